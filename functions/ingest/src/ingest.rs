//! A batch, from its messages to the response.

use crate::batch::{Batch, MessageFacts};
use crate::measures::{
    add_event_counts, event_counts, measure_batch, measure_facts, measure_reads,
};
use crate::{Quarantine, Refused};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use futures_util::FutureExt;
use futures_util::future::join;
use headroom_engine::{BatchSummary, EntityStore, Message, StoreError, apply};
use headroom_kpi::{DAY_MS, Millis, Settings};
use headroom_requests::RetryPolicy;
use headroom_tables::{Counters, Documents, SettingsCache};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Time that is reserved for the quarantine, when everything else has run into the deadline.
pub const QUARANTINE_RESERVE: Duration = Duration::from_secs(3);

/// Time for adding to the event counts, beside the quarantine. Counts that take longer are dropped:
/// a batch does not wait for them.
const EVENT_COUNTS_TIMEOUT: Duration = Duration::from_secs(1);

/// The limits of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time at which the batch arrived, by this function's clock.
    pub now: Millis,
    /// How long the batch may take. Messages that are not committed by then go back to the queue.
    pub time: Duration,
}

/// Everything that ingest needs.
#[derive(Debug)]
pub struct Ingest<S, Q, L> {
    /// Where entities and rows are.
    pub store: S,
    /// Where refused events go.
    pub quarantine: Q,
    /// How to wait between attempts.
    pub retry: RetryPolicy,
    /// The ledger table: ingest reads the catalog there, and adds to the event counts.
    pub ledger: L,
    /// The settings, with those of the catalog.
    pub settings: SettingsCache,
    /// The ARN of the queue of replays. An event of a replay says nothing about whether Genesys delivers.
    pub replay_queue: Option<String>,
    /// Events that are older than so many days are refused.
    pub retention_days: u32,
}

impl<S, Q, L> Ingest<S, Q, L>
where
    S: EntityStore + Sync,
    Q: Quarantine,
    L: Documents + Counters,
{
    /// Ingests a batch. The response names the messages that go back to the queue.
    pub async fn handle(&self, messages: &[SqsMessage], limits: Limits) -> SqsBatchResponse {
        let began = Instant::now();
        let deadline = began + limits.time;
        let oldest = Millis(limits.now.0 - i64::from(self.retention_days) * DAY_MS);
        let mut batch = Batch::parse(messages, oldest, self.replay_queue.as_deref());
        let settings = self.load_settings(&batch.facts, limits.now).await;
        if let Some(settings) = &settings {
            batch.refuse_old_changes(limits.now - settings.in_force(limits.now).agents.window);
        }
        let facts = std::mem::take(&mut batch.facts);
        let summary = self.apply(&facts, settings.as_deref(), deadline).await;

        let elapsed = i64::try_from(began.elapsed().as_millis()).unwrap_or_default();
        let now = Millis(limits.now.0 + elapsed);
        measure_facts(&facts, &summary, now);
        measure_reads(&facts, &summary);
        batch.record_outcomes(&facts, &summary.outcomes);
        let counts = event_counts(&facts, &summary.outcomes, now);
        let counted = timeout(EVENT_COUNTS_TIMEOUT, add_event_counts(&self.ledger, counts));
        let quarantined = self.keep_refused(&mut batch, deadline + QUARANTINE_RESERVE);
        let (_, ()) = join(counted, quarantined).await;
        measure_batch(&batch, &summary);
        batch.response()
    }

    /// The settings in force, if there are facts to apply; `None` if they could not be loaded.
    async fn load_settings(&self, facts: &[MessageFacts], now: Millis) -> Option<Arc<Settings>> {
        if facts.is_empty() {
            return None;
        }
        let settings = self.settings.current(&self.ledger, now).await;
        settings
            .inspect_err(|error| {
                tracing::error!(%error, "settings could not be loaded; batch returned to the queue");
            })
            .ok()
    }

    /// Applies facts under the settings in force. Without settings all messages with facts fail.
    async fn apply(
        &self,
        facts: &[MessageFacts],
        settings: Option<&Settings>,
        deadline: Instant,
    ) -> BatchSummary {
        let messages: Vec<_> = facts.iter().map(|message| message.facts.as_slice()).collect();
        if let Some(settings) = settings {
            return self.apply_messages(settings, &messages, deadline).await;
        }
        let error = StoreError::Unanswered("settings could not be loaded".into());
        BatchSummary::failed(&messages, &error)
    }

    /// Applies messages together. If that panics, applies them one by one, so that only the message
    /// that causes the panic fails.
    async fn apply_messages(
        &self,
        settings: &Settings,
        messages: &[Message<'_>],
        deadline: Instant,
    ) -> BatchSummary {
        if let Some(summary) = self.catch_panic(settings, messages, deadline).await {
            return summary;
        }
        let mut summary = BatchSummary::default();
        for message in messages.chunks(1) {
            let single = self.catch_panic(settings, message, deadline).await;
            let panic = || StoreError::Unanswered("panic".into());
            summary.append(single.unwrap_or_else(|| BatchSummary::failed(message, &panic())));
        }
        summary
    }

    /// Applies messages until the deadline. `None` after a panic.
    async fn catch_panic(
        &self,
        settings: &Settings,
        messages: &[Message<'_>],
        deadline: Instant,
    ) -> Option<BatchSummary> {
        // Boxed: with all that the SDK puts into it, the future is large and deep.
        let applied = Box::pin(apply(&self.store, settings, messages, &self.retry));
        match timeout_at(deadline, AssertUnwindSafe(applied).catch_unwind()).await {
            Ok(Ok(summary)) => Some(summary),
            Ok(Err(_)) => {
                tracing::error!(messages = messages.len(), "panic while messages were applied");
                None
            }
            Err(_) => {
                let error = StoreError::Unanswered("the deadline has passed".into());
                Some(BatchSummary::failed(messages, &error))
            }
        }
    }

    /// Puts refused events into quarantine. Those that it does not take go back to the queue.
    async fn keep_refused(&self, batch: &mut Batch<'_>, deadline: Instant) {
        if batch.refused.is_empty() {
            return;
        }
        for Refused { refusal, .. } in &batch.refused {
            tracing::info!(code = refusal.code.as_str(), "event refused; put into quarantine");
        }
        match timeout_at(deadline, self.quarantine.keep(&batch.refused)).await {
            Ok(rejected) => batch.failed.extend(rejected),
            Err(_) => batch.failed.extend(batch.refused.iter().map(|refused| refused.index)),
        }
    }
}
