//! Applies messages to a store: load the entities, fold the facts, commit; and again, when another
//! writer was faster.

use crate::batch::{EntityFacts, FactsByEntity, batch_facts};
use crate::outcome::{BatchSummary, Message, Outcome, Rejected};
use crate::plan::{Change, Step, pack};
use crate::{EntityStore, ITEMS_MAX, StoreError, StoredEntity, Transaction};
use futures_util::future::join_all;
use headroom_kpi::{ContributionBuilder, Conversation, FoldOutcome, Millis, Settings, gaps};
use headroom_requests::RetryPolicy;

/// Attempts before facts are given up, and their messages have to be delivered again. With
/// [`RetryPolicy::TRANSACTIONS`] the last wait is up to a second: longer than any conflict, and
/// shorter than the time that a Lambda function has for a batch.
pub const ATTEMPTS_MAX: u32 = 6;

/// Entities that are loaded together: as many as DynamoDB returns in one request.
const ENTITIES_MAX: usize = 100;

/// Rows that a session or a metric fact contributes to, at most: an agent's session contributes to
/// two gauges, and to interval and day of queue and agent, at its end and again after its
/// after-call work.
const ROWS_PER_FACT_MAX: usize = 10;

/// Applies the facts of some messages. An entity is loaded and written once, however many of the
/// facts are about it. Never fails as a whole: the summary has an outcome for each message.
pub async fn apply(
    store: &(impl EntityStore + Sync),
    settings: &Settings,
    messages: &[Message<'_>],
    retry: &RetryPolicy,
) -> BatchSummary {
    let count = messages.iter().map(|facts| facts.len()).sum();
    let facts = batch_facts(messages);
    let facts = FactsByEntity::new(
        facts.filter(|(_, (key, fact))| key.is_enabled(settings, fact.kind.time())),
    );
    let mut applier = Applier {
        settings,
        contributions: ContributionBuilder::default(),
        attempts: first_attempts(&facts),
        outcomes: vec![Outcome::WithoutEffect; count],
        summary: BatchSummary { rows_changed: vec![false; count], ..<_>::default() },
    };
    while let Some(attempt) = applier.attempts.pop() {
        if attempt.failures > 0 {
            applier.summary.retries += 1;
            retry.wait_after(attempt.failures).await;
        }
        applier.run(store, attempt).await;
    }
    applier.summary.conclude(messages, applier.outcomes)
}

/// Entities to be loaded, folded and committed together.
struct Attempt<'a> {
    entities: Vec<EntityFacts<'a>>,
    /// How often that has failed before.
    failures: u32,
}

fn first_attempts<'a>(facts: &'a FactsByEntity<'_>) -> Vec<Attempt<'a>> {
    let entities: Vec<_> = facts.entities().collect();
    let attempt = |part: &[EntityFacts<'a>]| Attempt { entities: part.to_vec(), failures: 0 };
    // The last attempt is made first.
    entities.chunks(ENTITIES_MAX).rev().map(attempt).collect()
}

struct Applier<'a> {
    settings: &'a Settings,
    contributions: ContributionBuilder,
    /// A stack: the last one is made next.
    attempts: Vec<Attempt<'a>>,
    /// For each fact of the batch, in order.
    outcomes: Vec<Outcome>,
    summary: BatchSummary,
}

impl<'a> Applier<'a> {
    async fn run(&mut self, store: &impl EntityStore, attempt: Attempt<'a>) {
        let Attempt { entities, failures } = attempt;
        let keys: Vec<_> = entities.iter().map(|entity| entity.key.clone()).collect();
        self.summary.round_trips += 1;
        let loaded = match store.load(&keys).await {
            Ok(loaded) => loaded,
            Err(error) => return self.retry(entities, failures, error),
        };
        let changes: Vec<_> = entities
            .into_iter()
            .zip(loaded)
            .filter_map(|(facts, stored)| self.fold(facts, stored))
            .collect();
        for wave in pack(changes) {
            self.summary.round_trips += 1;
            let results = join_all(wave.iter().map(|step| commit(store, step))).await;
            for (step, (committed, result)) in wave.into_iter().zip(results) {
                self.summary.count(&step.transactions[..committed]);
                if let Err(error) = result {
                    self.retry(step.entities, failures, error);
                }
            }
        }
    }

    /// Folds facts into their entity; `None` if that changes nothing.
    fn fold(&mut self, facts: EntityFacts<'a>, stored: Option<StoredEntity>) -> Option<Change<'a>> {
        let StoredEntity { version, mut entity, contributions } =
            stored.unwrap_or_else(|| StoredEntity::new(facts.key));
        // A change of an agent may change any number of rows.
        let facts_before = entity.conversation().map_or(ITEMS_MAX, Conversation::len);
        let rows_max = contributions.len() + ROWS_PER_FACT_MAX * (facts_before + facts.facts.len());
        let is_large = rows_max >= ITEMS_MAX;
        let before = is_large.then(|| entity.clone());
        let mut changed = false;
        let mut newest = Millis::default();
        for (position, fact) in facts.facts {
            newest = newest.max(fact.kind.time());
            let folded = entity.fold((*fact).clone());
            changed |= folded == FoldOutcome::Applied;
            self.outcomes[*position].note(facts.key, folded);
        }
        let mut next = self.contributions.build(&entity, self.settings);
        let rows = contributions.difference(&next);
        for (position, _) in facts.facts {
            // A retry finds no difference if its own commit succeeded although the response was lost.
            self.summary.rows_changed[*position] |= !rows.is_empty();
        }
        if !changed && rows.is_empty() {
            return None;
        }
        if entity.forget(self.settings) {
            next = self.contributions.build(&entity, self.settings);
        }
        let due = gaps::entity_due(&entity, self.settings);
        Some(Change {
            facts,
            expected_version: version,
            at: newest,
            due,
            before,
            entity,
            contributions,
            next,
            rows,
        })
    }

    /// Plans another attempt for entities that failed, or gives them up.
    fn retry(&mut self, entities: Vec<EntityFacts<'a>>, failures: u32, error: StoreError) {
        match error {
            StoreError::RowFull(_) | StoreError::RowTooLarge(_) => {
                self.isolate_full_row(entities, error);
            }
            _ if error.retryable() && failures + 1 < ATTEMPTS_MAX => {
                // From the second conflict on in halves: an entity that another writer is busy with
                // delays ever fewer of the others.
                let halve = error == StoreError::Conflict && failures > 0;
                let parts = if halve { bisect(entities) } else { vec![entities] };
                self.push(parts, failures + 1);
            }
            // An entity that can never be read or written is found by halving, and fails alone.
            _ if !error.retryable() && entities.len() > 1 => {
                self.push(bisect(entities), failures);
            }
            _ => self.conclude(&entities, &Outcome::Failed(error)),
        }
    }

    /// Finds the fact that a full row has no room for: tries each entity alone, then each fact
    /// alone. Only that fact is refused.
    fn isolate_full_row(&mut self, entities: Vec<EntityFacts<'a>>, error: StoreError) {
        let parts: Vec<_> = match entities.as_slice() {
            [EntityFacts { facts: [_], .. }] => {
                let outcome = Outcome::Refused(Rejected::RowFull(error));
                return self.conclude(&entities, &outcome);
            }
            [EntityFacts { key, facts }] => {
                facts.chunks(1).map(|facts| vec![EntityFacts { key, facts }]).collect()
            }
            _ => entities.into_iter().map(|entity| vec![entity]).collect(),
        };
        self.push(parts, 0);
    }

    /// Plans attempts; the first part is tried first.
    fn push(&mut self, parts: Vec<Vec<EntityFacts<'a>>>, failures: u32) {
        let attempt = |entities| Attempt { entities, failures };
        self.attempts.extend(parts.into_iter().rev().map(attempt));
    }

    fn conclude(&mut self, entities: &[EntityFacts<'_>], outcome: &Outcome) {
        for (position, _) in entities.iter().flat_map(|entity| entity.facts) {
            self.outcomes[*position] = outcome.clone();
        }
    }
}

fn bisect<T>(mut items: Vec<T>) -> Vec<Vec<T>> {
    let second = items.split_off(items.len().div_ceil(2));
    if second.is_empty() { vec![items] } else { vec![items, second] }
}

/// Commits the transactions of a step one after the other. Returns how many were committed.
async fn commit(store: &impl EntityStore, step: &Step<'_>) -> (usize, Result<(), StoreError>) {
    for (committed, transaction) in step.transactions.iter().enumerate() {
        if let Err(error) = store.commit(transaction).await {
            return (committed, Err(error));
        }
    }
    (step.transactions.len(), Ok(()))
}

impl BatchSummary {
    fn count(&mut self, committed: &[Transaction]) {
        self.transactions += committed.len();
        self.rows += committed.iter().map(|transaction| transaction.rows.len()).sum::<usize>();
    }
}
