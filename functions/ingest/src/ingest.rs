//! A batch, from the messages to the answer.

use crate::batch::Batch;
use crate::{Quarantine, Refused};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use futures_util::FutureExt;
use headroom_cloud::sample_step;
use headroom_kpi::{EntityKey, Fact, Millis, Settings};
use headroom_store::{Applied, EntityStore, Outcome, Pause, StoreError, apply};
use metrics::{counter, histogram};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Time that is left for the quarantine when all else is done, or has run out of its own.
pub const TO_KEEP: Duration = Duration::from_secs(3);

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
pub struct Ingest<S, Q, P> {
    /// Where entities and rows are.
    pub store: S,
    /// Where refused events go.
    pub quarantine: Q,
    /// How to wait between tries.
    pub pause: P,
    /// What the numbers depend on.
    pub settings: Settings,
    /// Days after which an event is too old to be judged.
    pub retention_days: u32,
}

impl<S, Q, P> Ingest<S, Q, P>
where
    S: EntityStore + Sync,
    Q: Quarantine,
    P: Pause + Sync,
{
    /// Takes in a batch; the answer names the messages that go back to the queue.
    pub async fn take(&self, messages: &[SqsMessage], limits: Limits) -> SqsBatchResponse {
        let (began, deadline) = (Instant::now(), Instant::now() + limits.time);
        let oldest = Millis(limits.now.0 - i64::from(self.retention_days) * DAY_MS);
        let mut batch = Batch::parse(messages, oldest);
        let facts = std::mem::take(&mut batch.facts);
        let applied = self.apply(&facts, deadline).await;
        let took = i64::try_from(began.elapsed().as_millis()).unwrap_or_default();
        measure_lag(&facts, &applied, Millis(limits.now.0 + took));
        settle(&mut batch, messages, &facts, &applied);
        self.keep(&mut batch, deadline + TO_KEEP).await;
        measure(&batch, &applied);
        batch.answer(messages)
    }

    /// Applies facts together; if that panics, one by one, so that one message fails alone.
    async fn apply(&self, facts: &[(usize, EntityKey, Fact)], deadline: Instant) -> Applied {
        let facts: Vec<_> =
            facts.iter().map(|(_, key, fact)| (key.clone(), fact.clone())).collect();
        match self.caught(facts.clone(), deadline).await {
            Some(applied) => applied,
            None => self.one_by_one(facts, deadline).await,
        }
    }

    async fn one_by_one(&self, facts: Vec<(EntityKey, Fact)>, deadline: Instant) -> Applied {
        let mut all = Applied::default();
        for fact in facts {
            match self.caught(vec![fact], deadline).await {
                Some(applied) => all.append(applied),
                None => all.outcomes.push(Outcome::Failed(StoreError::Unanswered("panic".into()))),
            }
        }
        all
    }

    /// None after a panic.
    async fn caught(&self, facts: Vec<(EntityKey, Fact)>, deadline: Instant) -> Option<Applied> {
        let count = facts.len();
        // Boxed: with all that the SDK puts into it, it is large and deep.
        let applied = Box::pin(apply(&self.store, &self.settings, facts, &self.pause));
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

/// Sorts out what became of the facts.
fn settle(
    batch: &mut Batch,
    messages: &[SqsMessage],
    facts: &[(usize, EntityKey, Fact)],
    applied: &Applied,
) {
    for ((place, _, _), outcome) in facts.iter().zip(&applied.outcomes) {
        match outcome {
            Outcome::Applied | Outcome::WithoutEffect => {}
            Outcome::Refused(refusal) => batch.refuse(*place, messages, refusal.clone()),
            Outcome::Failed(error) => {
                tracing::warn!(%error, "an event goes back to the queue");
                batch.failed.push(*place);
            }
        }
    }
}

fn measure(batch: &Batch, applied: &Applied) {
    let outcome = |wanted: &Outcome| {
        applied.outcomes.iter().filter(|outcome| *outcome == wanted).count() as u64
    };
    counter!("EventsApplied").increment(outcome(&Outcome::Applied));
    counter!("EventsWithoutEffect").increment(outcome(&Outcome::WithoutEffect));
    counter!("EventsIgnored").increment(batch.ignored);
    counter!("EventsRefused").increment(batch.refused.len() as u64);
    counter!("EventsFailed").increment(batch.failed.len() as u64);
    counter!("RowsChanged").increment(applied.rows as u64);
    counter!("Transactions").increment(applied.transactions as u64);
    counter!("Retries").increment(applied.retries as u64);
}

/// From an event's own time to its commit. A clock ahead of ours is no negative lag.
#[allow(clippy::cast_precision_loss)]
fn measure_lag(facts: &[(usize, EntityKey, Fact)], applied: &Applied, now: Millis) {
    let outcomes = facts.iter().zip(&applied.outcomes);
    let applied = outcomes.filter(|(_, outcome)| **outcome == Outcome::Applied);
    for ((_, _, fact), _) in applied.step_by(sample_step(facts.len())) {
        histogram!("CommitLag").record((now.0 - fact.what.time().0).max(0) as f64);
    }
}
