//! What an audit takes for granted, and how much of it is in memory.

use headroom_engine::Expiry;
use headroom_kpi::Millis;
use headroom_tables::Retention;

#[derive(clap::Args, Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Days that entities are kept: `RetentionDays` of the stack
    #[arg(long, value_name = "N", default_value_t = 90)]
    retention_days: u32,
    /// Days that rows of intervals are kept, repaired ones too: `IntervalRowsDays` of the stack
    #[arg(long, value_name = "N", default_value_t = 400)]
    interval_rows_days: u32,
    /// Read everything so often, each time with one part of the rows in memory
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
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
