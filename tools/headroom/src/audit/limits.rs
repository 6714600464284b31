//! What an audit takes for granted, and how much of it is in memory.

use headroom_engine::Expiry;
use headroom_kpi::Millis;
use headroom_tables::Retention;

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) retention_days: u32,
    pub(super) interval_rows_days: u32,
    pub(super) passes: u32,
}

impl Limits {
    /// What may be gone at a time.
    pub(super) fn expiry(self, at: Millis) -> Expiry {
        Expiry::new(at, self.retention_days, self.interval_rows_days)
    }

    /// How long rows are kept that are repaired.
    pub(super) fn retention(self) -> Retention {
        Retention { entity_days: self.retention_days, interval_row_days: self.interval_rows_days }
    }
}
