//! The built functions and the deployed template, on the local cloud: what the tests share.
//!
//! `make e2e` builds what they need and runs them. Without the feature `e2e`, `cargo test` leaves
//! them out.

// It is called by tests only, where a failure is a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod cloud;
mod day;
mod events;
mod genesys;
mod queues;
mod rows;
mod socket;
mod viewers;

pub use cloud::Cloud;
pub use day::Day;
pub use events::acd_start;
pub use genesys::{CLIENT, Genesys};
pub use queues::{Kept, SHORT_VISIBILITY};
pub use rows::{Rows, Shown};
pub use socket::Socket;
pub use viewers::{rows_of, viewer};

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The top of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The command line, as `make e2e` builds it.
pub fn headroom() -> PathBuf {
    let built = root().join("target/debug/headroom");
    assert!(built.exists(), "{} is not there: run `make e2e`", built.display());
    built
}

/// However slow the machine: what has not happened by then never will.
pub const PATIENCE: Duration = Duration::from_mins(10);

/// Looks every now and then whether something has come about.
pub async fn eventually(what: &str, mut has: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    let mut look = tokio::time::interval(Duration::from_millis(300));
    while !has().await {
        assert!(Instant::now() < deadline, "{what} does not come about");
        look.tick().await;
    }
}

#[cfg(all(test, not(feature = "e2e")))]
mod tests {
    /// The name is what `cargo test` prints in place of the tests that it leaves out.
    #[test]
    fn end_to_end_tests_are_left_out_here_and_run_with_make_e2e() {
        assert!(super::root().join("Makefile").exists());
    }
}
