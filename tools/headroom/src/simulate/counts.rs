//! Counts lines, and tells of them.

use crate::replay::grouped;
use crate::terminal::tell;
use headroom_simulator::LineKind;
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

/// How many lines of each kind there were.
pub(super) struct LineCounts {
    pub(super) lines: u64,
    counts: BTreeMap<LineKind, u64>,
    progress: ProgressBar,
    quiet: bool,
}

impl LineCounts {
    pub(super) fn new(quiet: bool) -> Self {
        let progress = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        progress.enable_steady_tick(Duration::from_millis(200));
        Self { lines: 0, counts: BTreeMap::new(), progress, quiet }
    }

    pub(super) fn count(&mut self, kind: LineKind) {
        *self.counts.entry(kind).or_default() += 1;
        self.lines += 1;
    }

    pub(super) fn show(&self) {
        self.progress.set_message(format!("{} lines", grouped(self.lines)));
    }

    pub(super) fn sum_up(&self, end: impl Display) {
        self.progress.finish_and_clear();
        if self.quiet {
            return;
        }
        for (kind, what) in [
            (LineKind::Event, "events that count"),
            (LineKind::Repeat, "repeats of them"),
            (LineKind::Unused, "events of topics that the engine has no use for"),
            (LineKind::Broken, "broken lines"),
        ] {
            let count = grouped(self.counts.get(&kind).copied().unwrap_or(0));
            tell(format_args!("{count:>12}  {what}"));
        }
        tell(end);
    }
}
