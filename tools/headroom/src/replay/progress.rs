//! A progress bar on the terminal.

use crate::CliError;
use crate::files::Input;
use crate::terminal::print_message;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A command that takes less time shows no bar.
const SHOW_AFTER: Duration = Duration::from_secs(1);

/// A progress bar; hidden if standard error is no terminal.
#[derive(Clone)]
pub struct Progress {
    bar: ProgressBar,
    /// Number of bytes read so far.
    bytes: Arc<AtomicU64>,
}

impl Progress {
    /// A bar over the bytes of all `files`, or a spinner if one of them has no known size.
    pub(crate) fn new(files: &[PathBuf], quiet: bool) -> Self {
        let size = |path: &PathBuf| std::fs::metadata(path).ok().map(|metadata| metadata.len());
        let total: Option<u64> = files.iter().map(size).sum();
        let bar = match total.filter(|total| *total > 0) {
            Some(total) => ProgressBar::new(total)
                .with_style(style("{bar:30} {bytes} of {total_bytes}, {msg} events, {eta} left")),
            None => ProgressBar::new_spinner().with_style(style("{bytes} read, {msg} events")),
        };
        if quiet {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Self { bar, bytes: Arc::default() }
    }

    /// A bar that is never shown.
    pub fn none() -> Self {
        Self { bar: ProgressBar::hidden(), bytes: Arc::default() }
    }

    /// Opens one of the files.
    pub(crate) fn open(&self, path: &Path) -> Result<Input, CliError> {
        Input::open(path, &self.bytes)
    }

    pub(crate) fn tick(&self, lines: u64) {
        if self.bar.elapsed() < SHOW_AFTER {
            return;
        }
        self.bar.set_position(self.bytes.load(Ordering::Relaxed));
        if !self.bar.is_hidden() {
            self.bar.set_message(HumanCount(lines).to_string());
        }
    }

    pub(crate) fn note(&self, text: &str) {
        self.bar.suspend(|| print_message(format_args!("note: {text}")));
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Falls back to the default style: a wrong template is no reason to fail.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
