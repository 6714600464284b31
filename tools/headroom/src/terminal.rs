//! What the person at the terminal is told, and what they ask for while we work.

use crate::CliError;
use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The exit code of an interrupted command: 128 and the number of the signal.
pub const INTERRUPTED_EXIT: i32 = 130;

/// Says something on the standard error. If nobody can hear it, that is no reason to stop.
pub fn tell(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Lets Ctrl-C and a polite kill end the command at its next step, so that it tidies up: files
/// that are not whole vanish. A second one ends it at once.
pub fn catch_interrupts() {
    let caught = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED_EXIT);
        }
    });
    if let Err(error) = caught {
        tell(format_args!("note: an interrupt will leave temporary files behind ({error})"));
    }
}

/// Whether to go on.
pub fn check_interrupt() -> Result<(), CliError> {
    if INTERRUPTED.load(Ordering::Relaxed) { Err(CliError::Interrupted) } else { Ok(()) }
}

/// Runs a future to its end, on this thread.
pub fn wait_for<F: Future>(future: F) -> Result<F::Output, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(CliError::Runtime)?.block_on(future))
}
