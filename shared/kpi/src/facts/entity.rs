//! Entities: what events are about, folded, versioned and stored as one item each.

use super::budget::{BudgetReport, BudgetScope};
use super::conversation::{Conversation, FoldOutcome};
use super::fact::{Fact, FactKind};
use super::session::keep_greater;
use crate::id::Id;
use crate::time::{Millis, date};

/// Identifies an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKey {
    /// A conversation, by `conversationId`.
    Conversation(Id),
    /// What was spent of the API budget, now or on a day.
    ApiBudget(BudgetScope),
}

impl EntityKey {
    /// The partition key in the `entities` table, such as `conversation#<conversationId>`.
    pub fn partition_key(&self) -> String {
        match self {
            Self::Conversation(id) => format!("conversation#{id}"),
            Self::ApiBudget(BudgetScope::Now) => "budget".to_owned(),
            Self::ApiBudget(BudgetScope::Day(day)) => format!("budget#{}", date(*day)),
        }
    }
}

/// The facts of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entity {
    /// Sessions and metric facts of a conversation.
    Conversation(Conversation),
    /// The newest report about the API budget; none before the first one.
    ApiBudget(Option<BudgetReport>),
}

impl Entity {
    /// An entity without facts.
    pub fn new(key: &EntityKey) -> Self {
        match key {
            EntityKey::Conversation(_) => Self::Conversation(Conversation::default()),
            EntityKey::ApiBudget(_) => Self::ApiBudget(None),
        }
    }

    /// Adds one fact. A fact about another kind of entity has no effect.
    pub fn fold(&mut self, fact: Fact) -> FoldOutcome {
        match self {
            Self::Conversation(conversation) => conversation.fold(fact),
            Self::ApiBudget(newest) => match fact.kind {
                FactKind::Budget(report) => keep_greater(newest, Some(report)).into(),
                _ => FoldOutcome::WithoutEffect,
            },
        }
    }

    /// The conversation, if it is one.
    pub fn conversation(&self) -> Option<&Conversation> {
        match self {
            Self::Conversation(conversation) => Some(conversation),
            Self::ApiBudget(_) => None,
        }
    }

    /// How many sessions and metric facts, or reports, it has.
    pub fn fact_count(&self) -> usize {
        match self {
            Self::Conversation(conversation) => conversation.len(),
            Self::ApiBudget(report) => report.iter().len(),
        }
    }

    /// The newest event time: retention counts from it (`kpis.md#retention`).
    pub fn newest_event_time(&self) -> Option<Millis> {
        match self {
            Self::Conversation(conversation) => conversation.newest_event_time(),
            Self::ApiBudget(report) => report.as_ref().map(|report| report.at),
        }
    }

    /// An upper bound of the stored form with all contributions, in bytes.
    pub fn encoded_size_max(&self) -> usize {
        match self {
            Self::Conversation(conversation) => conversation.encoded_size_max(),
            Self::ApiBudget(_) => BudgetReport::ENCODED_SIZE_MAX,
        }
    }
}
