//! Messages to the user, and interrupts by the user.

use crate::CliError;
use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The exit code of an interrupted command: 128 plus the signal's number.
pub const INTERRUPTED_EXIT: i32 = 130;

/// How often a sleeping command checks for an interrupt.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Writes a line to standard error. A failed write is ignored: messages are not the command's work.
pub fn tell(text: impl Display) {
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
        tell(format_args!("note: an interrupt will leave temporary files behind ({error})"));
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
pub fn wait_for<F: Future>(future: F) -> Result<F::Output, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(CliError::Runtime)?.block_on(future))
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
