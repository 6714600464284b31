//! Sections 1 and 11: two official sources, kept apart.

use super::known::{Number, set};
use headroom_kpi::Fact;
use headroom_kpi::facts::Source;
use std::collections::BTreeSet;

/// "Facts from metric events and facts from API answers are two sets [...] for each (sessionId,
/// metric name) the set with more facts counts, as a whole; at equal size the API's."
pub(super) fn official(facts: &[Fact]) -> Vec<Number> {
    let (events, answers) = (set(facts, Source::Event), set(facts, Source::Api));
    let of = |number: &Number| (number.holder.clone(), number.metric.clone());
    let books: BTreeSet<_> = events.iter().chain(&answers).map(of).collect();
    let mut counting = Vec::new();
    for book in books {
        let part = |set: &[Number]| -> Vec<Number> {
            set.iter().filter(|n| of(n) == book).cloned().collect()
        };
        let (event, answer) = (part(&events), part(&answers));
        let event_counts = event.len() > answer.len();
        counting.extend(if event_counts { event } else { repaired(answer, &event) });
    }
    give_way(&counting)
}

/// "A fact of an answer that counts is *repaired* where no metric event of its session and metric
/// stands beside it. Each event stands beside one, in order of emit time: the nearest that is left,
/// of equally near ones the earlier."
fn repaired(mut answers: Vec<Number>, events: &[Number]) -> Vec<Number> {
    for answer in &mut answers {
        answer.repaired = true;
    }
    let mut events: Vec<_> = events.iter().map(|event| event.emitted).collect();
    events.sort_unstable();
    for event in events {
        let left = answers.iter_mut().filter(|answer| answer.repaired);
        let near = left.min_by_key(|answer| ((answer.emitted - event).abs(), answer.emitted));
        near.unwrap().repaired = false;
    }
    answers
}

/// "A fact of an event that has only a record [...] does not count if there is a repaired fact of
/// the same metric, queue and user at most 10 s apart [...] one for one, in order of (emit time,
/// recordId) each takes the nearest (at equal distance the smaller sessionId, then the earlier)."
fn give_way(all: &[Number]) -> Vec<Number> {
    let is_record = |number: &&Number| number.holder.session.is_none() && !number.repaired;
    let mut records: Vec<_> = all.iter().filter(is_record).cloned().collect();
    records.sort_by_key(|record| (record.emitted, record.holder.clone()));
    let mut left: Vec<_> = all.to_vec();
    for record in records {
        let same = |number: &&mut Number| {
            number.repaired
                && number.holder.session.is_some()
                && number.metric == record.metric
                && number.queue == record.queue
                && number.user == record.user
                && (number.emitted - record.emitted).abs() <= 10_000
        };
        let order = |number: &&mut Number| {
            let distance = (number.emitted - record.emitted).abs();
            (distance, number.holder.clone(), number.emitted)
        };
        if let Some(answer) = left.iter_mut().filter(same).min_by_key(order) {
            answer.repaired = false;
            left.retain(|number| *number != record);
        }
    }
    left
}
