//! Facts into a store: load, fold, commit; and again, when somebody else was faster.

use crate::batch::{Facts, Group, group};
use crate::plan::{Change, Step, pack};
use crate::{EntityStore, ITEMS_MAX, StoreError, Stored, Transaction};
use futures_util::future::join_all;
use headroom_kpi::{ContributionBuilder, EntityKey, Fact, FoldOutcome, Millis, Settings, gaps};
use headroom_requests::RetryPolicy;

/// Tries before facts go back to where they came from. With full jitter the last pause is some
/// seconds: longer than any conflict, shorter than a Lambda's patience.
pub const ATTEMPTS_MAX: u32 = 6;

/// Why a fact can never be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The conversation has no room for another session, metric fact or text.
    #[error("the conversation holds as much as it can; it is kept as it is")]
    ConversationFull,
    /// A row has no room for another metric name, or would be too large.
    #[error("{0}")]
    RowFull(StoreError),
}

/// What became of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the store.
    Applied,
    /// It was there already, or a later event outranks it.
    WithoutEffect,
    /// It can never be applied: to be kept with this reason.
    Refused(Rejected),
    /// It is not applied, or not known to be: to be delivered again.
    Failed(StoreError),
}

impl Outcome {
    /// What became of a message two of whose facts came to these: not applied, if one of them is
    /// not; else refused, if one of them is, for the first reason; else applied, if one of them is.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        match (self, next) {
            (failed @ Self::Failed(_), _) | (_, failed @ Self::Failed(_)) => failed,
            (refused @ Self::Refused(_), _) | (_, refused @ Self::Refused(_)) => refused,
            (Self::Applied, _) | (_, Self::Applied) => Self::Applied,
            (Self::WithoutEffect, Self::WithoutEffect) => Self::WithoutEffect,
        }
    }
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// For each fact, in order.
    pub outcomes: Vec<Outcome>,
    /// Transactions that were committed.
    pub transactions: usize,
    /// Changes of rows that were committed.
    pub rows: usize,
    /// Loads and commits that were tried again.
    pub retries: usize,
    /// Requests that had to wait for one another: each load, and each wave of commits.
    pub round_trips: usize,
}

/// Applies facts. However many of them are about one entity, it is loaded and written once.
/// Outcomes come in the order of the facts.
pub async fn apply(
    store: &(impl EntityStore + Sync),
    settings: &Settings,
    facts: Vec<(EntityKey, Fact)>,
    retry: &RetryPolicy,
) -> Applied {
    let applied = Applied::of(facts.len());
    let (groups, facts) = group(facts);
    let bookkeeper = ContributionBuilder::default();
    let mut work =
        Work { facts, settings, stores_due_index: store.stores_due_index(), bookkeeper, applied };
    let mut tasks = tasks(groups);
    while let Some(task) = tasks.pop() {
        if task.attempt > 0 {
            work.applied.retries += 1;
            retry.wait_after(task.attempt).await;
        }
        work.run(store, task, &mut tasks).await;
    }
    work.applied
}

/// Groups to be applied together.
struct Task {
    groups: Vec<Group>,
    attempt: u32,
}

/// Entities loaded together: as many as DynamoDB gives in one request.
const LOADED_MAX: usize = 100;

/// Rows that a session or a metric fact contributes to, at most: a user session to two gauges, and
/// to interval and day of queue and agent at its end and after its after-call work.
const ROWS_EACH_MAX: usize = 10;

/// The last task is the first one to be done.
fn tasks(mut groups: Vec<Group>) -> Vec<Task> {
    let mut tasks = Vec::with_capacity(groups.len() / LOADED_MAX + 1);
    while !groups.is_empty() {
        let rest = (groups.len() - 1) / LOADED_MAX * LOADED_MAX;
        tasks.push(Task { groups: groups.split_off(rest), attempt: 0 });
    }
    tasks
}

/// The last one is the next one to be done.
fn halves(mut groups: Vec<Group>) -> Vec<Vec<Group>> {
    let second = groups.split_off(groups.len().div_ceil(2));
    [second, groups].into_iter().filter(|groups| !groups.is_empty()).collect()
}

struct Work<'a> {
    facts: Facts,
    bookkeeper: ContributionBuilder,
    settings: &'a Settings,
    stores_due_index: bool,
    applied: Applied,
}

impl Work<'_> {
    async fn run(&mut self, store: &impl EntityStore, task: Task, tasks: &mut Vec<Task>) {
        let Task { groups, attempt } = task;
        let keys: Vec<_> = groups.iter().map(|group| group.key.clone()).collect();
        self.applied.round_trips += 1;
        let loaded = match store.load(&keys).await {
            Ok(loaded) => loaded,
            Err(error) => return self.again(groups, attempt, error, tasks),
        };
        let mut changes = Vec::new();
        for (at, (group, stored)) in groups.iter().zip(loaded).enumerate() {
            changes.extend(self.fold(at, group, stored));
        }
        let mut groups: Vec<_> = groups.into_iter().map(Some).collect();
        for wave in pack(changes) {
            self.applied.round_trips += 1;
            let committed = join_all(wave.iter().map(|step| commit(store, step))).await;
            for (step, (done, result)) in wave.iter().zip(committed) {
                self.applied.count(done);
                if let Err(error) = result {
                    let failed = step.groups.iter().filter_map(|at| groups[*at].take()).collect();
                    self.again(failed, attempt, error, tasks);
                }
            }
        }
    }

    /// Folds a group's facts; none if that changes nothing.
    fn fold(&mut self, at: usize, group: &Group, stored: Option<Stored>) -> Option<Change> {
        let Stored { version, mut entity } = stored.unwrap_or_else(Stored::new);
        let most =
            entity.books.len() + ROWS_EACH_MAX * (entity.conversation.len() + group.facts.len());
        let before = (most >= ITEMS_MAX).then(|| entity.conversation.clone());
        let (mut changed, mut newest) = (false, Millis::default());
        for (place, fact) in self.facts.of(group) {
            newest = newest.max(fact.kind.time());
            let folded = entity.conversation.fold(fact.clone());
            changed |= folded == FoldOutcome::Applied;
            self.applied.note(*place, folded);
        }
        let books = self.bookkeeper.books(&entity.conversation, self.settings);
        let rows = entity.books.difference(&books);
        if !changed && rows.is_empty() {
            return None;
        }
        let (key, expected) = (group.key.clone(), version);
        let due =
            self.stores_due_index.then(|| gaps::due(&entity.conversation, self.settings)).flatten();
        Some(Change { group: at, key, expected, at: newest, due, before, entity, books, rows })
    }

    /// What failed is tried again, in smaller parts if a row is full, or is given up.
    fn again(
        &mut self,
        groups: Vec<Group>,
        attempt: u32,
        error: StoreError,
        tasks: &mut Vec<Task>,
    ) {
        match error {
            StoreError::RowFull(_) | StoreError::RowTooLarge(_) => {
                self.isolate(groups, &error, tasks);
            }
            _ if error.retryable() && attempt + 1 < ATTEMPTS_MAX => {
                // After the second conflict in halves: one entity that another writer is busy with
                // holds up ever fewer of the others.
                let apart = error == StoreError::Conflict && attempt > 0;
                let parts = if apart { halves(groups) } else { vec![groups] };
                tasks.extend(parts.into_iter().map(|groups| Task { groups, attempt: attempt + 1 }));
            }
            // One that cannot be read, or written, is found and fails alone.
            _ if !error.retryable() && groups.len() > 1 => {
                let again = |groups| Task { groups, attempt };
                tasks.extend(halves(groups).into_iter().map(again));
            }
            _ => self.settle(&groups, &Outcome::Failed(error)),
        }
    }

    /// Finds the fact that a full row has no room for, and refuses only that one.
    fn isolate(&mut self, groups: Vec<Group>, error: &StoreError, tasks: &mut Vec<Task>) {
        let parts: Vec<Group> = match groups.as_slice() {
            [Group { facts, .. }] if facts.len() == 1 => {
                let full = Rejected::RowFull(error.clone());
                return self.settle(&groups, &Outcome::Refused(full));
            }
            [Group { key, facts }] => {
                let alone = |at| Group { key: key.clone(), facts: at..at + 1 };
                facts.clone().map(alone).collect()
            }
            _ => groups,
        };
        // The last task is the next one: what came first stays first.
        tasks.extend(parts.into_iter().rev().map(|part| Task { groups: vec![part], attempt: 0 }));
    }

    fn settle(&mut self, groups: &[Group], outcome: &Outcome) {
        for (place, _) in groups.iter().flat_map(|group| self.facts.of(group)) {
            self.applied.outcomes[*place] = outcome.clone();
        }
    }
}

/// Commits a step; says how far it came.
async fn commit<'a>(
    store: &impl EntityStore,
    step: &'a Step,
) -> (&'a [Transaction], Result<(), StoreError>) {
    for (done, transaction) in step.transactions.iter().enumerate() {
        if let Err(error) = store.commit(transaction).await {
            return (&step.transactions[..done], Err(error));
        }
    }
    (&step.transactions, Ok(()))
}

impl Applied {
    fn count(&mut self, committed: &[Transaction]) {
        self.transactions += committed.len();
        self.rows += committed.iter().map(|transaction| transaction.rows.len()).sum::<usize>();
    }

    /// Adds what became of more facts.
    pub fn append(&mut self, more: Self) {
        self.outcomes.extend(more.outcomes);
        self.transactions += more.transactions;
        self.rows += more.rows;
        self.retries += more.retries;
        self.round_trips += more.round_trips;
    }

    fn of(facts: usize) -> Self {
        Self { outcomes: vec![Outcome::WithoutEffect; facts], ..Self::default() }
    }

    fn note(&mut self, place: usize, folded: FoldOutcome) {
        let outcome = &mut self.outcomes[place];
        match folded {
            // A repeat may be our own commit, whose answer was lost: then it was applied.
            FoldOutcome::WithoutEffect if *outcome == Outcome::Applied => {}
            FoldOutcome::WithoutEffect => *outcome = Outcome::WithoutEffect,
            FoldOutcome::Applied => *outcome = Outcome::Applied,
            FoldOutcome::Full => {
                *outcome = Outcome::Refused(Rejected::ConversationFull);
            }
        }
    }
}

impl Stored {
    fn new() -> Self {
        Self { version: 0, entity: headroom_kpi::Entity::default() }
    }
}
