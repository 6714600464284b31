//! One batch of the stream of rows.

use crate::sending::{Delivery, Fate};
use crate::{audience, changes, deltas};
use aws_lambda_events::event::dynamodb::Event;
use headroom_aws::sample_step;
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_protocol::Presentation;
use headroom_viewers::Connections;
use headroom_viewers::Gateway;
use metrics::{counter, histogram};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Sends the changes of rows to those who watch.
#[derive(Debug)]
pub struct Push<G> {
    /// Who watches.
    pub connections: Connections,
    /// The way to them. It tries every frame once: a frame that is late is as bad as none.
    pub gateway: G,
    /// How rows are shown.
    pub presentation: Presentation,
    /// How long a frame may take before its connection is skipped.
    pub send_timeout: Duration,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pushed {
    /// Rows that were sent to anybody.
    pub rows: u64,
    /// Sets of rows for which messages were written.
    pub bodies: u64,
    /// Frames that were taken.
    pub sent: u64,
    /// Connections that were skipped for being slow.
    pub skipped: u64,
    /// Connections that failed otherwise.
    pub failed: u64,
    /// Connections that were closed, and are removed.
    pub gone: u64,
    /// Connections whose token's time is over, and which are closed and removed.
    pub expired: u64,
    /// Records that cannot be read.
    pub unreadable: u64,
}

/// Why a batch is to be tried again. Nothing of it has been sent.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Who watches cannot be read.
    #[error("the subscribers cannot be read: {0}")]
    Store(#[from] StoreError),
    /// A delta cannot be written.
    #[error("a delta cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl<G: Gateway + Sync> Push<G> {
    /// Sends what a batch changed, at a time. Connections whose turn has not come when the time is
    /// over are skipped: the next batch is worth more.
    pub async fn handle(
        &self,
        batch: &Event,
        now: Millis,
        time: Duration,
    ) -> Result<Pushed, PushError> {
        let (started, deadline) = (Instant::now(), Instant::now() + time);
        let (changes, unreadable) = changes::changes(&batch.records);
        let deltas = deltas::write(&changes, &self.presentation)?;
        let covered = audience::covered(&deltas);
        let subscribers = audience::subscribers(&self.connections, &covered).await?;
        let groups = audience::groups(&covered, subscribers);
        let rows: BTreeSet<_> = groups.iter().flat_map(|group| group.rows.clone()).collect();
        let bodies = groups.len() as u64;
        let deliveries = self.send(&deltas, groups, now, deadline).await;
        let sent_at = now + elapsed(started);
        let sampled = rows.iter().step_by(sample_step(rows.len()));
        for delta in sampled.filter_map(|row| deltas.get(*row)) {
            record_lag(sent_at - delta.at);
        }
        // Those that are not removed in time are found to be gone by the next frame.
        let _ = timeout_at(deadline, self.remove(&deliveries)).await;
        let pushed = Pushed { rows: rows.len() as u64, bodies, unreadable, ..count(&deliveries) };
        pushed.measure();
        Ok(pushed)
    }
}

fn elapsed(since: Instant) -> Millis {
    Millis(i64::try_from(since.elapsed().as_millis()).unwrap_or_default())
}

/// From the event to the viewers. Clocks differ, so it may seem to be negative.
#[allow(clippy::cast_precision_loss)]
fn record_lag(lag: Millis) {
    histogram!("PushLag").record(lag.0.max(0) as f64);
}

fn count(deliveries: &[Delivery]) -> Pushed {
    let mut pushed = Pushed::default();
    for delivery in deliveries {
        pushed.sent += delivery.frames as u64;
        match delivery.fate {
            Fate::Sent => {}
            Fate::Skipped => pushed.skipped += 1,
            Fate::Failed => pushed.failed += 1,
            Fate::Gone => pushed.gone += 1,
            Fate::Expired => pushed.expired += 1,
        }
    }
    pushed
}

impl Pushed {
    fn measure(&self) {
        counter!("FramesSent").increment(self.sent);
        counter!("FramesFailed").increment(self.failed);
        counter!("FramesSkipped").increment(self.skipped);
        counter!("ConnectionsGone").increment(self.gone);
        counter!("RowsPushed").increment(self.rows);
    }
}
