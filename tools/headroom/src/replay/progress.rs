//! How far a replay is, on a terminal.

use crate::terminal::tell;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What takes less needs no bar.
const SHOWN_AFTER: Duration = Duration::from_secs(1);

/// A bar on a terminal, nothing elsewhere.
pub struct Progress {
    bar: ProgressBar,
    bytes: Arc<AtomicU64>,
}

impl Progress {
    /// Over the bytes of all files, or without an end if that is not known.
    pub fn new(files: &[PathBuf], bytes: Arc<AtomicU64>, quiet: bool) -> Self {
        let size = |path: &PathBuf| std::fs::metadata(path).ok().map(|data| data.len());
        let total: Option<u64> = files.iter().map(size).sum();
        let bar = match total.filter(|total| *total > 0) {
            Some(total) => ProgressBar::new(total)
                .with_style(style("{bar:30} {bytes} of {total_bytes}, {msg} events, {eta} left")),
            None => ProgressBar::new_spinner().with_style(style("{bytes} read, {msg} events")),
        };
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar, bytes }
    }

    /// No bar, wherever it is.
    pub fn none() -> Self {
        Self { bar: ProgressBar::hidden(), bytes: Arc::default() }
    }

    pub(crate) fn tick(&self, lines: u64) {
        if self.bar.elapsed() < SHOWN_AFTER {
            return;
        }
        self.bar.set_position(self.bytes.load(Ordering::Relaxed));
        if !self.bar.is_hidden() {
            self.bar.set_message(super::grouped(lines));
        }
    }

    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| tell(format_args!("note: {text}")));
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A template that is wrong would only cost the bar its looks.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
