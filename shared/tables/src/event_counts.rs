//! Event counts: ingest counts the events from Genesys by slots of event time; the gap reader finds
//! outages with these counts.

use crate::{DocumentKey, time_name};
use headroom_kpi::Millis;

/// The kind of the counters. Their names are the start times of their slots.
pub const FEED_KIND: &str = "feed";

/// The length of a slot.
pub const SLOT: Millis = Millis(5 * 60_000);

/// The start of the slot that a time lies in.
pub const fn slot_of(time: Millis) -> Millis {
    Millis(time.0.div_euclid(SLOT.0) * SLOT.0)
}

/// The key of the counter of the slot that starts at a time.
pub fn slot_key(start: Millis) -> DocumentKey {
    DocumentKey::new(FEED_KIND, time_name(start))
}
