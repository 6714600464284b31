//! How ingest waits before another try.

use headroom_cloud::Jitter;
use headroom_store::Pause;

/// Waits with jitter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff(pub Jitter);

impl Pause for Backoff {
    async fn pause(&self, attempt: u32) {
        self.0.pause(attempt).await;
    }
}
