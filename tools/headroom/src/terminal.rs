//! What the user gets to see, and interrupts by the user.

use crate::CliError;
use comfy_table::{CellAlignment, Row, Table, presets};
use indicatif::HumanCount;
use serde::Serialize;
use std::fmt::Display;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The exit code of an interrupted command: 128 plus the signal's number.
pub const INTERRUPTED_EXIT: i32 = 130;

/// How often a sleeping command checks for an interrupt.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Writes a line to standard error. A failed write is ignored: messages are not the command's work.
pub fn print_message(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Makes Ctrl-C and SIGTERM end the command at its next [`check_interrupt`], so that it removes
/// its temporary files. A second signal exits at once.
pub fn catch_interrupts() {
    let handler = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED_EXIT);
        }
    });
    if let Err(error) = handler {
        print_message(format_args!(
            "note: an interrupt will leave temporary files behind ({error})"
        ));
    }
}

/// Fails with [`CliError::Interrupted`] once the user has interrupted the command.
pub fn check_interrupt() -> Result<(), CliError> {
    if INTERRUPTED.load(Ordering::Relaxed) { Err(CliError::Interrupted) } else { Ok(()) }
}

/// Sleeps until `remaining` returns zero. Fails soon after the user interrupts the command.
pub fn sleep_while(remaining: impl Fn() -> Duration) -> Result<(), CliError> {
    loop {
        check_interrupt()?;
        match next_sleep(remaining()) {
            Duration::ZERO => return Ok(()),
            sleep => std::thread::sleep(sleep),
        }
    }
}

fn next_sleep(remaining: Duration) -> Duration {
    remaining.min(POLL_INTERVAL)
}

/// Runs a future to its end, on this thread.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(CliError::Runtime)?.block_on(future))
}

/// Writes to the standard output and flushes it.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let result = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    result.map_err(CliError::write(Path::new("the standard output")))
}

/// A value as a line of JSON.
pub(crate) fn json_line(value: &impl Serialize) -> Result<String, CliError> {
    let json = serde_json::to_string(value).map(|json| json + "\n");
    json.map_err(|error| CliError::write(Path::new("a line of JSON"))(error.into()))
}

/// A line with how many there are of something.
pub(crate) fn count_line(count: u64, what: &str) -> String {
    format!("{:>12}  {what}\n", HumanCount(count).to_string())
}

/// How long some events took, and how many they were in a second.
pub(crate) fn rate_text(events: u64, duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = HumanCount(events.saturating_mul(1_000) / millis);
    format!("{:>12.3}  seconds ({rate} events/s)", duration.as_secs_f64())
}

/// A table with lines around it. Its header is separated by commas, and the columns from an index on are
/// aligned to the right.
pub(crate) fn table<R: Into<Row>>(
    header: &str,
    right_from: usize,
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(header.split(','));
    for column in table.column_iter_mut().skip(right_from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.add_rows(rows);
    table
}

/// What stands behind a name whose numbers may be out of date.
pub(crate) fn stale_mark(stale: bool) -> &'static str {
    if stale { " (stale)" } else { "" }
}

/// Text that is redrawn in place on the terminal. It uses neither the alternate screen nor a hidden
/// cursor, so that nothing has to be restored if the process is killed.
#[derive(Default)]
pub(crate) struct Canvas {
    /// Number of lines of the last drawing.
    lines: usize,
}

impl Canvas {
    /// Draws over the last drawing, cut to the size of the terminal.
    pub(crate) fn draw(&mut self, text: &str) -> Result<(), CliError> {
        let default_size = (terminal_size::Width(80), terminal_size::Height(24));
        let (width, height) = terminal_size::terminal_size().unwrap_or(default_size);
        let lines: Vec<_> = text.lines().take(usize::from(height.0).saturating_sub(1)).collect();
        let mut frame = String::new();
        if self.lines > 0 {
            let _ = write!(frame, "\x1b[{}F", self.lines);
        }
        for line in &lines {
            let visible: String = line.chars().take(usize::from(width.0)).collect();
            let _ = writeln!(frame, "{visible}\x1b[K");
        }
        frame.push_str("\x1b[J");
        self.lines = lines.len();
        print(&frame)
    }
}

/// Text from outside, without characters that could control the terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sleep_is_cut_into_short_ones() {
        assert_eq!(next_sleep(Duration::from_millis(30)), Duration::from_millis(30));
        assert_eq!(next_sleep(Duration::MAX), POLL_INTERVAL);
    }
}
