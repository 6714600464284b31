//! An invocation by a schedule.

use headroom_kpi::Millis;
use std::time::Duration;
use tokio::time::Instant;

/// From the end of the work until Lambda kills the invocation: what follows takes two or three
/// seconds.
const SHUTDOWN_RESERVE: Duration = Duration::from_secs(5);

/// An invocation by a schedule: its name, and how long it may take.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// A name that no other invocation has.
    pub id: String,
    /// When the work ends.
    pub deadline: Instant,
    /// When Lambda kills the invocation at the latest; its lease expires then.
    pub killed_at: Millis,
}

impl Invocation {
    /// An invocation by its id, and when it is killed in ms since 1970.
    pub fn new(id: String, killed_at_ms: u64, now: Millis) -> Self {
        let killed_at = Millis(i64::try_from(killed_at_ms).unwrap_or(i64::MAX));
        let time_left = u64::try_from(killed_at.0.saturating_sub(now.0)).unwrap_or_default();
        let time = Duration::from_millis(time_left).saturating_sub(SHUTDOWN_RESERVE);
        Self { id, deadline: Instant::now() + time, killed_at }
    }
}
