//! The function's parts, its summary of a batch, and its errors.

use crate::Pace;
use headroom_engine::StoreError;
use headroom_protocol::RowFormatter;
use headroom_viewers::Connections;
use metrics::counter;
use std::time::Duration;

/// Pushes the changes of rows to viewers.
#[derive(Debug)]
pub struct Push<G> {
    /// The table of connections and their subscriptions.
    pub connections: Connections,
    /// Sends frames. It must not retry: a late frame is as bad as none.
    pub gateway: G,
    /// Formats rows for viewers.
    pub formatter: RowFormatter,
    /// How long a frame may take before its connection is skipped.
    pub send_timeout: Duration,
    /// How many frames it sends in a second, at most.
    pub pace: Pace,
}

/// Counts of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PushSummary {
    /// Rows that at least one connection was to get.
    pub rows: u64,
    /// Sets of rows for which messages were built.
    pub bodies: u64,
    /// Frames sent.
    pub sent: u64,
    /// Connections that were skipped, since they were slow, the time was over, or API Gateway was sent
    /// too much.
    pub skipped: u64,
    /// Connections that failed otherwise.
    pub failed: u64,
    /// Connections that were closed (410), and are removed.
    pub closed: u64,
    /// Connections whose token has expired, and which are closed and removed.
    pub expired: u64,
    /// Records that cannot be read.
    pub unreadable: u64,
}

/// Why a batch has to be retried. Nothing of it has been sent.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The subscribers cannot be read.
    #[error("cannot read the subscribers: {0}")]
    Store(#[from] StoreError),
    /// A delta cannot be encoded.
    #[error("cannot encode a delta: {0}")]
    Json(#[from] serde_json::Error),
}

impl PushSummary {
    pub(crate) fn record_metrics(&self) {
        counter!("FramesSent").increment(self.sent);
        counter!("FramesFailed").increment(self.failed);
        counter!("FramesSkipped").increment(self.skipped);
        counter!("ConnectionsGone").increment(self.closed);
        counter!("RowsPushed").increment(self.rows);
    }
}
