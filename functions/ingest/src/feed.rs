//! How much the feed brings, by the time that it is about: so that the gap reader knows when Genesys
//! was silent.

use crate::batch::Placed;
use futures_util::{StreamExt, stream};
use headroom_engine::Outcome;
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{Fact, Millis};
use headroom_tables::Counters;
use headroom_tables::event_counts::{slot_key, slot_of};
use std::collections::BTreeMap;

/// Older slots are not looked at any more.
const BACK: Millis = Millis(48 * 3_600_000);

/// What is usual at a time of day is told by five weeks and a day.
const KEPT: Millis = Millis(36 * 24 * 3_600_000);

/// Requests under way at once.
const AT_ONCE: usize = 8;

/// Whether Genesys sent it, and not one of our own functions.
pub(crate) fn is_genesys_event(fact: &Fact) -> bool {
    let ours = matches!(fact.kind, FactKind::Closed(_) | FactKind::Read(_) | FactKind::Budget(_));
    fact.source == Source::Event && !ours
}

/// What was heard in which slot: of what Genesys sent, what is in the store now.
pub(crate) fn heard(facts: &[Placed], outcomes: &[Outcome], now: Millis) -> BTreeMap<Millis, u64> {
    let mut slots = BTreeMap::new();
    for ((_, _, fact), outcome) in facts.iter().zip(outcomes) {
        let (stored, at) = (is_stored(outcome), fact.kind.time());
        if stored && is_genesys_event(fact) && (now - BACK..=now).contains(&at) {
            *slots.entry(slot_of(at)).or_default() += 1;
        }
    }
    slots
}

fn is_stored(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Applied | Outcome::WithoutEffect)
}

/// Adds what was heard to the ledger, as far as it answers: a count that is too low for once is no
/// silence.
pub(crate) async fn tally(ledger: &impl Counters, heard: BTreeMap<Millis, u64>) {
    let add = |(start, count): (Millis, u64)| async move {
        if let Err(error) = ledger.add(&slot_key(start), count, start + KEPT).await {
            tracing::error!(%error, "the feed is not counted");
        }
    };
    stream::iter(heard).map(add).buffer_unordered(AT_ONCE).collect::<()>().await;
}
