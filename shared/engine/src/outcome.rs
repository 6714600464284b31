//! What became of the messages of a batch.

use crate::StoreError;
use headroom_kpi::{EntityKey, Fact, FoldOutcome};

/// A message: facts that arrived together. It is acknowledged, refused or delivered again as a
/// whole.
pub type Message<'a> = &'a [(EntityKey, Fact)];

/// Why a fact can never be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// The conversation has no room for another session, metric fact or text.
    #[error("the conversation holds as much as it can; it is kept as it is")]
    ConversationFull,
    /// The agent has no room for another change at about the same time.
    #[error("the agent has as many changes at about that time as can be; it is kept as it is")]
    AgentFull,
    /// A row has no room for another metric name, or would be too large.
    #[error("{0}")]
    RowFull(StoreError),
}

/// What became of a message, or of one fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It changed the store.
    Applied,
    /// The store had it already, or has a later event that outranks it.
    WithoutEffect,
    /// It can never be applied. The caller should keep it somewhere with the reason.
    Refused(Rejected),
    /// It was not applied, or it is not known whether it was. It has to be delivered again, which
    /// is safe: facts are never counted twice.
    Failed(StoreError),
}

impl Outcome {
    /// The outcome of a message from the outcomes of two of its facts: failed if a fact failed, else
    /// refused if a fact was refused (for the first reason), else applied if a fact was applied.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        match (self, next) {
            (failed @ Self::Failed(_), _) | (_, failed @ Self::Failed(_)) => failed,
            (refused @ Self::Refused(_), _) | (_, refused @ Self::Refused(_)) => refused,
            (Self::Applied, _) | (_, Self::Applied) => Self::Applied,
            (Self::WithoutEffect, Self::WithoutEffect) => Self::WithoutEffect,
        }
    }

    /// Notes what a fold did. A retry folds a fact again: if its own commit succeeded although the
    /// response was lost, the fact is found in the store, and still counts as applied.
    pub(crate) fn note(&mut self, key: &EntityKey, folded: FoldOutcome) {
        *self = match folded {
            FoldOutcome::WithoutEffect if *self == Self::Applied => return,
            FoldOutcome::WithoutEffect => Self::WithoutEffect,
            FoldOutcome::Applied => Self::Applied,
            FoldOutcome::Full => Self::Refused(match key {
                EntityKey::Agent(_) => Rejected::AgentFull,
                EntityKey::Conversation(_) | EntityKey::ApiBudget(_) => Rejected::ConversationFull,
            }),
        }
    }
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchSummary {
    /// For each message, in order.
    pub outcomes: Vec<Outcome>,
    /// For each fact of all messages, in order: whether it changed the store.
    pub facts_applied: Vec<bool>,
    /// For each fact of all messages, in order: whether rows changed when its entity was written.
    pub rows_changed: Vec<bool>,
    /// Transactions that were committed.
    pub transactions: usize,
    /// Row updates in those transactions.
    pub rows: usize,
    /// Loads and commits that were tried again.
    pub retries: usize,
    /// Requests that had to wait for one another: each load, and each wave of commits.
    pub round_trips: usize,
}

impl BatchSummary {
    /// The summary of messages that all failed with the same error.
    pub fn failed(messages: &[Message<'_>], error: &StoreError) -> Self {
        let facts = messages.iter().map(|facts| facts.len()).sum();
        Self {
            outcomes: vec![Outcome::Failed(error.clone()); messages.len()],
            facts_applied: vec![false; facts],
            rows_changed: vec![false; facts],
            ..Self::default()
        }
    }

    /// Adds the summary of the messages that follow.
    pub fn append(&mut self, next: Self) {
        self.outcomes.extend(next.outcomes);
        self.facts_applied.extend(next.facts_applied);
        self.rows_changed.extend(next.rows_changed);
        self.transactions += next.transactions;
        self.rows += next.rows;
        self.retries += next.retries;
        self.round_trips += next.round_trips;
    }

    /// Gives each message the outcome of its facts.
    pub(crate) fn conclude(mut self, messages: &[Message<'_>], facts: Vec<Outcome>) -> Self {
        let is_applied = |outcome: &Outcome| *outcome == Outcome::Applied;
        self.facts_applied = facts.iter().map(is_applied).collect();
        let mut outcomes = facts.into_iter();
        let outcome = |message: &Message<'_>| {
            let outcomes = outcomes.by_ref().take(message.len());
            outcomes.reduce(Outcome::and).unwrap_or(Outcome::WithoutEffect)
        };
        self.outcomes = messages.iter().map(outcome).collect();
        self
    }
}
