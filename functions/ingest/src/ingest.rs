//! A batch, from the messages to the answer.

use crate::batch::{Batch, Placed};
use crate::feed::{heard, tally};
use crate::measures::{measure, measure_lag, measure_sources};
use crate::{CatalogSettings, Quarantine, Refused};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use futures_util::FutureExt;
use futures_util::future::join;
use headroom_engine::{Applied, EntityStore, Outcome, StoreError, apply};
use headroom_kpi::{EntityKey, Fact, Millis, Settings};
use headroom_requests::RetryPolicy;
use headroom_tables::{Counters, Documents};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Time that is left for the quarantine when all else is done, or has run out of its own.
pub const TO_KEEP: Duration = Duration::from_secs(3);

/// Time for counting the feed, beside the quarantine: a batch does not wait long for a count.
const TO_TALLY: Duration = Duration::from_secs(1);

const DAY_MS: i64 = 86_400_000;

/// What a batch has to keep to.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The time, by this function's clock.
    pub now: Millis,
    /// How long the batch may take. What is not committed by then goes back to the queue.
    pub time: Duration,
}

/// Everything that ingest needs.
#[derive(Debug)]
pub struct Ingest<S, Q, L> {
    /// Where entities and rows are.
    pub store: S,
    /// Where refused events go.
    pub quarantine: Q,
    /// How to wait between tries.
    pub retry: RetryPolicy,
    /// Where the catalog is, and where the feed is counted.
    pub ledger: L,
    /// What the numbers depend on.
    pub settings: CatalogSettings,
    /// Days after which an event is too old to be judged.
    pub retention_days: u32,
}

impl<S, Q, L> Ingest<S, Q, L>
where
    S: EntityStore + Sync,
    Q: Quarantine,
    L: Documents + Counters,
{
    /// Takes in a batch; the answer names the messages that go back to the queue.
    pub async fn take(&self, messages: &[SqsMessage], limits: Limits) -> SqsBatchResponse {
        let (began, deadline) = (Instant::now(), Instant::now() + limits.time);
        let oldest = Millis(limits.now.0 - i64::from(self.retention_days) * DAY_MS);
        let mut batch = Batch::parse(messages, oldest);
        let facts = std::mem::take(&mut batch.facts);
        let applied = self.applied(&facts, limits.now, deadline).await;
        let took = i64::try_from(began.elapsed().as_millis()).unwrap_or_default();
        let now = Millis(limits.now.0 + took);
        measure_lag(&facts, &applied.outcomes, now);
        measure_sources(&facts, &applied.outcomes);
        batch.settle(messages, &facts, &applied.outcomes);
        let heard = timeout(TO_TALLY, tally(&self.ledger, heard(&facts, &applied.outcomes, now)));
        let (_, ()) = join(heard, self.keep(&mut batch, deadline + TO_KEEP)).await;
        measure(&batch, &applied);
        batch.answer(messages)
    }

    /// Applies facts under the settings in force. Where those are not known, all facts go back; what
    /// is no fact needs none.
    async fn applied(&self, facts: &[Placed], now: Millis, deadline: Instant) -> Applied {
        if facts.is_empty() {
            return Applied::default();
        }
        if let Some(settings) = self.settings(now).await {
            return self.apply(&settings, facts, deadline).await;
        }
        let unknown = StoreError::Unanswered("the settings are not known".into());
        Applied { outcomes: vec![Outcome::Failed(unknown); facts.len()], ..Applied::default() }
    }

    /// The settings in force; none if they are not known.
    async fn settings(&self, now: Millis) -> Option<Arc<Settings>> {
        let current = self.settings.current(&self.ledger, now).await;
        let unknown = |error| tracing::error!(%error, "the settings are not known; all goes back");
        current.map_err(unknown).ok()
    }

    /// Applies facts together; if that panics, one by one, so that one message fails alone.
    async fn apply(&self, settings: &Settings, facts: &[Placed], deadline: Instant) -> Applied {
        let facts: Vec<_> =
            facts.iter().map(|(_, key, fact)| (key.clone(), fact.clone())).collect();
        match self.caught(settings, facts.clone(), deadline).await {
            Some(applied) => applied,
            None => self.one_by_one(settings, facts, deadline).await,
        }
    }

    async fn one_by_one(
        &self,
        settings: &Settings,
        facts: Vec<(EntityKey, Fact)>,
        deadline: Instant,
    ) -> Applied {
        let mut all = Applied::default();
        for fact in facts {
            match self.caught(settings, vec![fact], deadline).await {
                Some(applied) => all.append(applied),
                None => all.outcomes.push(Outcome::Failed(StoreError::Unanswered("panic".into()))),
            }
        }
        all
    }

    /// None after a panic.
    async fn caught(
        &self,
        settings: &Settings,
        facts: Vec<(EntityKey, Fact)>,
        deadline: Instant,
    ) -> Option<Applied> {
        let count = facts.len();
        // Boxed: with all that the SDK puts into it, it is large and deep.
        let applied = Box::pin(apply(&self.store, settings, facts, &self.retry));
        match timeout_at(deadline, AssertUnwindSafe(applied).catch_unwind()).await {
            Ok(Ok(applied)) => Some(applied),
            Ok(Err(_)) => {
                tracing::error!(count, "a panic while facts were applied");
                None
            }
            Err(_) => {
                let late = Outcome::Failed(StoreError::Unanswered("no time is left".into()));
                Some(Applied { outcomes: vec![late; count], ..Applied::default() })
            }
        }
    }

    /// Refused events that the quarantine does not take go back to the queue.
    async fn keep(&self, batch: &mut Batch, deadline: Instant) {
        if batch.refused.is_empty() {
            return;
        }
        for Refused { refusal, .. } in &batch.refused {
            tracing::info!(code = refusal.code.as_str(), "an event was refused");
        }
        match timeout_at(deadline, self.quarantine.keep(&batch.refused)).await {
            Ok(lost) => batch.failed.extend(lost),
            Err(_) => batch.failed.extend(batch.refused.iter().map(|refused| refused.place)),
        }
    }
}
