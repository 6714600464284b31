//! How many lines of each kind were written: progress and summary.

use crate::terminal::{count_line, print_message};
use headroom_simulator::LineKind;
use indicatif::{HumanCount, ProgressBar};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

/// Number of lines of each kind, with a spinner that shows their sum.
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
        self.progress.set_message(format!("{} lines", HumanCount(self.lines)));
    }

    /// Prints the counts, and `conclusion` below them.
    pub(super) fn print(&self, conclusion: impl Display) {
        self.progress.finish_and_clear();
        if self.quiet {
            return;
        }
        for (kind, description) in [
            (LineKind::Event, "events that count"),
            (LineKind::Repeat, "repeats of them"),
            (LineKind::Unused, "events of topics that the engine has no use for"),
            (LineKind::Broken, "broken lines"),
        ] {
            let count = self.counts.get(&kind).copied().unwrap_or(0);
            print_message(count_line(count, description).trim_end());
        }
        print_message(conclusion);
    }
}
