//! Text on the terminal that is drawn over itself. Nothing is left behind if we are killed: no other
//! screen, no hidden cursor.

use crate::CliError;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

/// What is on the terminal.
#[derive(Default)]
pub(crate) struct Canvas {
    /// Lines of it.
    drawn: usize,
}

impl Canvas {
    /// Draws over what was drawn before, as much as there is room for.
    pub(crate) fn draw(&mut self, text: &str) -> Result<(), CliError> {
        let (width, height) = size();
        let lines: Vec<_> = text.lines().take(height.saturating_sub(1)).collect();
        let mut frame = String::new();
        if self.drawn > 0 {
            let _ = write!(frame, "\x1b[{}F", self.drawn);
        }
        for line in &lines {
            let cut: String = line.chars().take(width).collect();
            let _ = writeln!(frame, "{cut}\x1b[K");
        }
        frame.push_str("\x1b[J");
        self.drawn = lines.len();
        write(&frame)
    }
}

/// Columns and lines of the terminal.
fn size() -> (usize, usize) {
    let usual = (terminal_size::Width(80), terminal_size::Height(24));
    let (width, height) = terminal_size::terminal_size().unwrap_or(usual);
    (usize::from(width.0), usize::from(height.0))
}

/// Writes to the standard output, at once.
pub(crate) fn write(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    written.map_err(CliError::write(Path::new("the standard output")))
}
