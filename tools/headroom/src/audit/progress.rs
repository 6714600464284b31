//! A line on the terminal that says how far an audit is.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the line is drawn, in items.
const ITEMS_BETWEEN_TICKS: u64 = 4_096;

/// The line; hidden if standard error is no terminal.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let style = ProgressStyle::with_template("{msg}, {elapsed}");
        let bar = ProgressBar::new_spinner();
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar }
    }

    /// Notes that so many items of a kind were read in a pass.
    pub(super) fn tick(&self, pass: usize, what: &str, count: u64) {
        if count.is_multiple_of(ITEMS_BETWEEN_TICKS) {
            self.show(pass, what, count);
        }
    }

    /// Shows that so many items of a kind were read in a pass.
    pub(super) fn show(&self, pass: usize, what: &str, count: u64) {
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("pass {pass}: {} {what}", HumanCount(count)));
            self.bar.tick();
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
