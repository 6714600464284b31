//! What the end-to-end tests share. They run the built functions and the deployed template on the
//! local cloud.
//!
//! `make e2e` builds what they need and runs them. Without the feature `e2e`, `cargo test` leaves
//! them out.

// Only tests call this crate, and a test fails by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod cloud;
mod day;
mod events;
mod genesys;
mod http;
mod queues;
mod rows;
mod socket;
mod viewers;

pub use cloud::Cloud;
pub use day::Day;
pub use events::acd_start;
pub use genesys::{CLIENT, Genesys};
pub use http::HttpAnswer;
pub use queues::{QuarantinedEvent, SAFE_VISIBILITY, SHORT_VISIBILITY};
pub use rows::{RowValues, Rows};
pub use socket::Socket;
pub use viewers::{rows_of, viewer};

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The root folder of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The command line, as `make e2e` builds it.
pub fn headroom() -> PathBuf {
    let built = root().join("target/debug/headroom");
    assert!(built.exists(), "{} is not there: run `make e2e`", built.display());
    built
}

/// Longest wait for a condition. No machine is so slow that it needs more.
pub const TIMEOUT: Duration = Duration::from_mins(10);

/// Polls a condition until it holds. Fails after [`TIMEOUT`].
pub async fn eventually(description: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    let mut interval = tokio::time::interval(Duration::from_millis(300));
    while !holds().await {
        assert!(Instant::now() < deadline, "{description}: not within {TIMEOUT:?}");
        interval.tick().await;
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
