//! How much is heard of the feed: ingest counts it, the gap reader judges it.

use crate::{DocumentKey, time_name};
use headroom_kpi::Millis;

/// The kind of the counts. Their names are the starts of their slots.
pub const FEED_KIND: &str = "feed";

/// The length of a slot of event time.
pub const SLOT: Millis = Millis(5 * 60_000);

/// The start of the slot that a time lies in.
pub const fn slot_of(time: Millis) -> Millis {
    Millis(time.0.div_euclid(SLOT.0) * SLOT.0)
}

/// The count of the slot that starts at a time.
pub fn slot_key(start: Millis) -> DocumentKey {
    DocumentKey::new(FEED_KIND, time_name(start))
}
