//! What became of the events of a run.

use crate::terminal::{count_line, rate_text};
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
        let mut line = |count: u64, kind: &str| f.write_str(&count_line(count, kind));
        line(self.lines, "lines")?;
        line(self.put, "put")?;
        if self.retried > 0 {
            line(self.retried, "put once more, since EventBridge was busy")?;
        }
        line(self.refused.values().sum(), "that EventBridge cannot take")?;
        for (code, count) in &self.refused {
            line(*count, &format!("  {code}"))?;
        }
        f.write_str(&rate_text(self.put, self.took))
    }
}
