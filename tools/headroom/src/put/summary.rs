//! What became of the events of a run.

use indicatif::HumanCount;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Counts of a run.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) lines: u64,
    pub(super) put: u64,
    pub(super) retried: u64,
    pub(super) refused: BTreeMap<&'static str, u64>,
    pub(super) took: Duration,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, count: u64, kind: &str| {
            writeln!(f, "{:>12}  {kind}", HumanCount(count).to_string())
        };
        line(f, self.lines, "lines")?;
        line(f, self.put, "put")?;
        if self.retried > 0 {
            line(f, self.retried, "put once more, since EventBridge was busy")?;
        }
        line(f, self.refused.values().sum(), "that EventBridge cannot take")?;
        for (code, count) in &self.refused {
            line(f, *count, &format!("  {code}"))?;
        }
        let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = HumanCount(self.put.saturating_mul(1_000) / millis);
        write!(f, "{:>12.3}  seconds ({rate} events/s)", self.took.as_secs_f64())
    }
}
