//! The one place where functions read the clock; the store reads it for the epoch of a row that begins.

use headroom_kpi::Millis;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time of this machine.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
