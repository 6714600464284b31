//! How to wait between tries.

use headroom_cloud::{Jitter, pause_below};
use std::time::Duration;

/// Waits with jitter: for the ledger and the bus by how often it was tried, for Genesys below the
/// limit that the client says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff(pub Jitter);

impl headroom_store::Pause for Backoff {
    async fn pause(&self, attempt: u32) {
        self.0.pause(attempt).await;
    }
}

impl headroom_genesys::client::Pause for Backoff {
    async fn pause(&self, limit: Duration) {
        pause_below(limit).await;
    }
}
