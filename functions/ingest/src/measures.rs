//! What a batch reports: metrics for CloudWatch, and event counts for the gap reader.

use crate::batch::{Batch, MessageFacts, is_of_agent};
use futures_util::{StreamExt, stream};
use headroom_aws::sample_step;
use headroom_engine::{BatchSummary, Outcome};
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{Fact, Millis};
use headroom_tables::Counters;
use headroom_tables::event_counts::{slot_key, slot_of};
use metrics::{counter, histogram};
use std::collections::BTreeMap;

/// The gap reader does not look for outages further back.
const EVENT_AGE_MAX: Millis = Millis(48 * 3_600_000);

/// How long an event count is kept: the gap reader compares a time of day with the same time in the
/// five weeks before, and needs a day more to do so.
const EVENT_COUNTS_LIFETIME: Millis = Millis(36 * 24 * 3_600_000);

/// Event counts that are added to at the same time.
const REQUESTS_MAX: usize = 8;

/// Counts messages by what became of them, and what that took.
pub(crate) fn measure_batch(batch: &Batch<'_>, summary: &BatchSummary) {
    counter!("EventsApplied").increment(batch.applied);
    counter!("EventsWithoutEffect").increment(batch.without_effect);
    counter!("EventsIgnored").increment(batch.ignored);
    counter!("EventsRefused").increment(batch.refused.len() as u64);
    counter!("EventsFailed").increment(batch.failed.len() as u64);
    counter!("RowsChanged").increment(summary.rows as u64);
    counter!("Transactions").increment(summary.transactions as u64);
    counter!("Retries").increment(summary.retries as u64);
}

/// Measures the facts that changed something: how many came from where, which shows the share that
/// gap reads contribute, and how long events took from their own time to their commit. The lag of a
/// clock that is ahead of ours counts as none.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn measure_facts(facts: &[MessageFacts], summary: &BatchSummary, now: Millis) {
    let facts = facts.iter().flat_map(|message| &message.facts).zip(&summary.facts_applied);
    let applied: Vec<_> =
        facts.filter(|(_, applied)| **applied).map(|((_, fact), _)| fact).collect();
    let events: Vec<_> = applied.iter().filter(|fact| is_genesys_event(fact)).collect();
    let from_api = |fact: &&&Fact| fact.source == Source::Api && !is_our_own(fact);
    counter!("FactsFromEvents").increment(events.len() as u64);
    counter!("FactsFromAnswers").increment(applied.iter().filter(from_api).count() as u64);
    // An agent's event repeats what began long ago.
    let timely: Vec<_> = events.iter().filter(|event| !is_of_agent(event)).collect();
    for event in timely.iter().step_by(sample_step(timely.len())) {
        histogram!("CommitLag").record((now.0 - event.kind.time().0).max(0) as f64);
    }
}

/// Counts the conversations that were read from the API, by whether rows changed with what the read
/// brought.
pub(crate) fn measure_reads(facts: &[MessageFacts], summary: &BatchSummary) {
    let [changing, without] = read_counts(facts, summary);
    if changing + without > 0 {
        counter!("ReadsChangingRows").increment(changing);
        counter!("ReadsWithoutChange").increment(without);
    }
}

/// How many reads changed rows, and how many did not. A response that is delivered again is no read.
fn read_counts(facts: &[MessageFacts], summary: &BatchSummary) -> [u64; 2] {
    let mut counts = [0; 2];
    let mut rows_changed = summary.rows_changed.iter();
    for (message, outcome) in facts.iter().zip(&summary.outcomes) {
        let changes = rows_changed.by_ref().take(message.facts.len());
        let has_change = changes.filter(|has_change| **has_change).count() > 0;
        let is_read = message.facts.iter().any(|(_, fact)| matches!(fact.kind, FactKind::Read(_)));
        if is_read && *outcome == Outcome::Applied {
            counts[usize::from(!has_change)] += 1;
        }
    }
    counts
}

/// Whether the fact was published by Genesys.
fn is_genesys_event(fact: &Fact) -> bool {
    fact.source == Source::Event && !is_our_own(fact)
}

/// Whether one of our own functions has stated the fact.
fn is_our_own(fact: &Fact) -> bool {
    matches!(fact.kind, FactKind::Closed(_) | FactKind::Read(_) | FactKind::Budget(_))
}

/// Counts the events about conversations that are in the store now, by slots of event time: with these
/// counts the gap reader finds out when Genesys delivered nothing.
pub(crate) fn event_counts(
    facts: &[MessageFacts],
    outcomes: &[Outcome],
    now: Millis,
) -> BTreeMap<Millis, u64> {
    let mut counts = BTreeMap::new();
    for (message, outcome) in facts.iter().zip(outcomes) {
        if !matches!(outcome, Outcome::Applied | Outcome::WithoutEffect) {
            continue;
        }
        for (_, fact) in &message.facts {
            let time = fact.kind.time();
            if is_genesys_event(fact)
                && !is_of_agent(fact)
                && (now - EVENT_AGE_MAX..=now).contains(&time)
            {
                *counts.entry(slot_of(time)).or_default() += 1;
            }
        }
    }
    counts
}

/// Adds to the event counts in the ledger. A count that cannot be written is only logged: a slot
/// that is a little too low does not look like an outage.
pub(crate) async fn add_event_counts(ledger: &impl Counters, counts: BTreeMap<Millis, u64>) {
    let add = |(slot, count): (Millis, u64)| async move {
        let added = ledger.add(&slot_key(slot), count, slot + EVENT_COUNTS_LIFETIME).await;
        if let Err(error) = added {
            tracing::error!(%error, "event count could not be written to the ledger; it is dropped");
        }
    };
    stream::iter(counts).map(add).buffer_unordered(REQUESTS_MAX).collect::<()>().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::{EntityKey, Id};

    #[test]
    fn reads_are_counted_by_whether_rows_changed_and_repeats_are_not() {
        let message = |index, kinds: &[FactKind]| {
            let key = EntityKey::Conversation(Id::parse("c").unwrap());
            let facts = kinds.iter().map(|kind| Fact { source: Source::Api, kind: kind.clone() });
            let facts = facts.map(|fact| (key.clone(), fact)).collect();
            MessageFacts { index, facts, refusal: None }
        };
        let read = [FactKind::Read(Millis(1)), FactKind::Closed(Millis(1))];
        let facts = [
            message(0, &read),
            message(1, &read[1..]),
            message(2, &read),
            message(3, &read),
            message(4, &read[..1]),
        ];
        let (applied, repeat) = (Outcome::Applied, Outcome::WithoutEffect);
        let summary = BatchSummary {
            outcomes: vec![applied.clone(), applied.clone(), applied.clone(), repeat, applied],
            rows_changed: vec![false, true, true, false, false, true, true, true],
            ..BatchSummary::default()
        };
        assert_eq!(read_counts(&facts, &summary), [2, 1]);
    }
}
