//! The official facts that count, of two sources (`kpis.md#sources`).

use super::conversation::{Number, set};
use headroom_kpi::Fact;
use headroom_kpi::facts::Source;
use std::collections::BTreeSet;

/// "For each (sessionId, metric name) the set with more facts counts, as a whole; at equal size, the set
/// of the API."
pub(super) fn official(facts: &[Fact]) -> Vec<Number> {
    let (events, api_facts) = (set(facts, Source::Event), set(facts, Source::Api));
    let key = |number: &Number| (number.holder.clone(), number.metric.clone());
    let keys: BTreeSet<_> = events.iter().chain(&api_facts).map(key).collect();
    let mut official = Vec::new();
    for group in keys {
        let with_key = |set: &[Number]| -> Vec<Number> {
            set.iter().filter(|number| key(number) == group).cloned().collect()
        };
        let (events, api_facts) = (with_key(&events), with_key(&api_facts));
        let events_count = events.len() > api_facts.len();
        official.extend(if events_count { events } else { repaired(api_facts, &events) });
    }
    without_record_duplicates(&official)
}

/// "An effective fact of an API response is *repaired* if no metric event of its session and metric
/// matches it. Each event matches one such fact, in order of emit time: the nearest that no event
/// matched yet, and of equally near ones the earlier."
///
/// "Of a fact that an event matches, the event's queue, user and media type count, and not those of
/// the response" (`kpis.md#sources`).
fn repaired(mut api_facts: Vec<Number>, events: &[Number]) -> Vec<Number> {
    for fact in &mut api_facts {
        fact.repaired = true;
    }
    let mut events: Vec<_> = events.iter().collect();
    events.sort_by_key(|event| event.emitted);
    for event in events {
        let distance = |fact: &Number| (fact.emitted - event.emitted).abs();
        let unmatched = api_facts.iter_mut().filter(|fact| fact.repaired);
        let nearest = unmatched.min_by_key(|fact| (distance(fact), fact.emitted)).unwrap();
        *nearest = Number { emitted: nearest.emitted, value: nearest.value, ..event.clone() };
    }
    api_facts
}

/// A fact of an event that has only a record does not count if there is a repaired fact of the same
/// metric, queue and user at most 10 s apart. One for one, in order of (emit time, recordId), each
/// takes the nearest; of equally near ones that of the smaller sessionId, then the earlier
/// (`kpis.md#events-without-a-session`).
fn without_record_duplicates(numbers: &[Number]) -> Vec<Number> {
    let is_record = |number: &&Number| number.holder.session.is_none() && !number.repaired;
    let mut records: Vec<_> = numbers.iter().filter(is_record).cloned().collect();
    records.sort_by_key(|record| (record.emitted, record.holder.clone()));
    let mut remaining: Vec<_> = numbers.to_vec();
    for record in records {
        let may_be_same = |number: &&mut Number| {
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
        if let Some(api_fact) = remaining.iter_mut().filter(may_be_same).min_by_key(order) {
            api_fact.repaired = false;
            remaining.retain(|number| *number != record);
        }
    }
    remaining
}
