//! What is told of a batch in metrics.

use crate::batch::{Batch, Placed};
use crate::feed::is_genesys_event;
use headroom_aws::sample_step;
use headroom_engine::{Applied, Outcome};
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{Fact, Millis};
use metrics::{counter, histogram};

/// Messages by what became of them, and what it took.
pub(crate) fn measure(batch: &Batch, applied: &Applied) {
    counter!("EventsApplied").increment(batch.applied);
    counter!("EventsWithoutEffect").increment(batch.without_effect);
    counter!("EventsIgnored").increment(batch.ignored);
    counter!("EventsRefused").increment(batch.refused.len() as u64);
    counter!("EventsFailed").increment(batch.failed.len() as u64);
    counter!("RowsChanged").increment(applied.rows as u64);
    counter!("Transactions").increment(applied.transactions as u64);
    counter!("Retries").increment(applied.retries as u64);
}

/// Facts that were news, by where they came from: which share of what is known the API brought.
pub(crate) fn measure_sources(facts: &[Placed], outcomes: &[Outcome]) {
    let told = |fact: &Fact| {
        !matches!(fact.kind, FactKind::Closed(_) | FactKind::Read(_) | FactKind::Budget(_))
    };
    let from =
        |source| applied(facts, outcomes, |fact| fact.source == source && told(fact)).count();
    counter!("FactsFromEvents").increment(from(Source::Event) as u64);
    counter!("FactsFromAnswers").increment(from(Source::Api) as u64);
}

/// From an event's own time to its commit. A clock ahead of ours is no negative lag. What a gap
/// read brings is late by nature, and does not count.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn measure_lag(facts: &[Placed], outcomes: &[Outcome], now: Millis) {
    for fact in applied(facts, outcomes, is_genesys_event).step_by(sample_step(facts.len())) {
        histogram!("CommitLag").record((now.0 - fact.kind.time().0).max(0) as f64);
    }
}

fn applied<'a>(
    facts: &'a [Placed],
    outcomes: &'a [Outcome],
    wanted: impl Fn(&Fact) -> bool + 'a,
) -> impl Iterator<Item = &'a Fact> {
    let outcomes = facts.iter().zip(outcomes);
    let applied = outcomes.filter(|(_, outcome)| **outcome == Outcome::Applied);
    applied.map(|((_, _, fact), _)| fact).filter(move |fact| wanted(fact))
}
