//! Whole conversations: their events, and the API response about the same conversation.

use super::visit::{StoryFact, visit};
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, MetricFact, MetricSession, Source};
use headroom_kpi::{Id, Millis};
use proptest::prelude::*;

/// A conversation that is over, from both sources.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// The facts of all its events: session facts and official metric facts.
    pub(crate) events: Vec<Fact>,
    /// The facts of the API response: those of the events in the same order, but each time differs by
    /// some milliseconds; then the end and the read.
    pub(crate) response: Vec<Fact>,
}

pub(crate) fn story(base: Millis) -> impl Strategy<Value = Story> {
    let visits = proptest::collection::vec(visit(), 1..4);
    let offsets = proptest::collection::vec(-50..=50_i64, 40);
    (visits, offsets, any::<bool>()).prop_map(move |(visits, offsets, is_complete)| {
        let mut at = base;
        let mut facts = Vec::new();
        for (number, visit) in visits.iter().enumerate() {
            at = visit.add_facts(number, at + Millis(2_000), is_complete, &mut facts);
        }
        // Complete is what is read at least a grace period after the end.
        let read = at + Millis(if is_complete { 301_000 } else { 0 });
        Story::new(facts, &offsets, at, read)
    })
}

impl Story {
    fn new(facts: Vec<StoryFact>, offsets: &[i64], over: Millis, read: Millis) -> Self {
        let mut response: Vec<_> = facts
            .iter()
            .zip(offsets.iter().cycle())
            .map(|((kind, _), offset)| shifted(kind.clone(), *offset))
            .collect();
        response.extend([FactKind::Closed(over), FactKind::Read(read)]);
        let events = facts.into_iter().map(|(kind, record)| with_record(kind, record));
        let fact = |source| move |kind| Fact { source, kind };
        Self {
            events: events.map(fact(Source::Event)).collect(),
            response: response.into_iter().map(fact(Source::Api)).collect(),
        }
    }
}

/// The fact, with a record in place of its session if there is one.
fn with_record(kind: FactKind, record: Option<Id>) -> FactKind {
    match (kind, record) {
        (FactKind::Metric(fact), Some(record)) => {
            FactKind::Metric(MetricFact { session: MetricSession::Record(record), ..fact })
        }
        (kind, _) => kind,
    }
}

fn shifted(mut kind: FactKind, ms: i64) -> FactKind {
    let time = match &mut kind {
        FactKind::AcdStart(_, event) => &mut event.time,
        FactKind::AcdEnd(_, event) => &mut event.time,
        FactKind::UserStart(_, event) => &mut event.time,
        FactKind::UserEnd(_, event) => &mut event.time,
        FactKind::Acw(_, event) => &mut event.time,
        FactKind::Metric(fact) => &mut fact.emitted,
        _ => return kind,
    };
    *time = *time + Millis(ms);
    kind
}
