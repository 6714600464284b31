//! Handles one batch of the stream of rows.

use crate::audience::Group;
use crate::sending::{Delivery, SendOutcome};
use crate::{Push, PushError, PushSummary, audience, changes, deltas};
use aws_lambda_events::event::dynamodb::Event;
use headroom_aws::sample_step;
use headroom_kpi::Millis;
use headroom_protocol::Histograms;
use headroom_viewers::Gateway;
use metrics::histogram;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

impl<G: Gateway + Sync> Push<G> {
    /// Sends the changes of a batch, within `time`. Connections whose turn has not come by then are
    /// skipped, so that the next batch is not late as well.
    pub async fn handle(
        &self,
        batch: &Event,
        now: Millis,
        time: Duration,
    ) -> Result<PushSummary, PushError> {
        let started = Instant::now();
        let deadline = started + time;
        let (changes, unreadable) = changes::merge_records(&batch.records);
        let deltas = deltas::encode(&changes, &self.formatter, Histograms::Absent)?;
        let rows_by_pattern = audience::rows_by_pattern(&deltas);
        let subscribers = audience::read_subscribers(&self.connections, &rows_by_pattern).await?;
        let groups = audience::group(&rows_by_pattern, subscribers);
        let with_histograms = if groups.iter().any(Group::has_histograms) {
            deltas::encode(&changes, &self.formatter, Histograms::Present)?
        } else {
            Vec::new()
        };
        let rows: BTreeSet<_> = groups.iter().flat_map(|group| group.rows.clone()).collect();
        let bodies = groups.len() as u64;
        let deliveries = self.send((&deltas, &with_histograms), groups, now, deadline).await;
        let sent_at = now + elapsed(started);
        let sample = rows.iter().step_by(sample_step(rows.len()));
        for delta in sample.filter_map(|index| deltas.get(*index)) {
            record_lag(sent_at - delta.at);
        }
        // A connection that is not removed in time is found to be closed by its next frame.
        let _ = timeout_at(deadline, self.remove_ended(&deliveries)).await;
        let counts = count(&deliveries);
        let summary = PushSummary { rows: rows.len() as u64, bodies, unreadable, ..counts };
        summary.record_metrics();
        Ok(summary)
    }
}

fn elapsed(since: Instant) -> Millis {
    Millis(i64::try_from(since.elapsed().as_millis()).unwrap_or_default())
}

/// Time from the event to the viewers. Clocks differ, so that it may seem to be negative.
#[allow(clippy::cast_precision_loss)]
fn record_lag(lag: Millis) {
    histogram!("PushLag").record(lag.0.max(0) as f64);
}

fn count(deliveries: &[Delivery]) -> PushSummary {
    let mut summary = PushSummary::default();
    for delivery in deliveries {
        summary.sent += delivery.frames as u64;
        match delivery.outcome {
            SendOutcome::Sent => {}
            SendOutcome::Skipped => summary.skipped += 1,
            SendOutcome::Failed => summary.failed += 1,
            SendOutcome::Gone => summary.closed += 1,
            SendOutcome::Expired => summary.expired += 1,
        }
    }
    summary
}
