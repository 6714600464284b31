//! Entities: what events are about, folded, versioned and stored as one item each.

use super::agent::Agent;
use super::budget::{BudgetReport, BudgetScope};
use super::conversation::Conversation;
use super::fact::{Fact, FactKind};
use super::join::{FoldOutcome, keep_greater};
use crate::id::Id;
use crate::settings::values::Settings;
use crate::time::{Millis, date};

/// Identifies an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKey {
    /// A conversation, by `conversationId`.
    Conversation(Id),
    /// What was spent of the API budget, now or on a day.
    ApiBudget(BudgetScope),
    /// An agent, by user id.
    Agent(Id),
}

impl EntityKey {
    /// Whether facts of a time about the entity are taken in.
    pub fn is_enabled(&self, settings: &Settings, time: Millis) -> bool {
        !matches!(self, Self::Agent(_)) || settings.in_force(time).agents.enabled
    }

    /// The partition key in the `entities` table, such as `conversation#<conversationId>`.
    pub fn partition_key(&self) -> String {
        match self {
            Self::Conversation(id) => format!("conversation#{id}"),
            Self::Agent(id) => format!("agent#{id}"),
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
    /// Status changes and queues of an agent.
    Agent(Box<Agent>),
}

impl Entity {
    /// An entity without facts.
    pub fn new(key: &EntityKey) -> Self {
        match key {
            EntityKey::Conversation(_) => Self::Conversation(Conversation::default()),
            EntityKey::ApiBudget(_) => Self::ApiBudget(None),
            EntityKey::Agent(id) => Self::Agent(Box::new(Agent::new(id.clone()))),
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
            Self::Agent(agent) => match fact.kind {
                FactKind::Agent(kind) => agent.fold(fact.source, kind),
                _ => FoldOutcome::WithoutEffect,
            },
        }
    }

    /// Forgets facts that are older than the settings keep, which only agents do. Returns whether
    /// there were any; what they have added to rows stays there (`kpis.md#agent-retention`).
    pub fn forget(&mut self, settings: &Settings) -> bool {
        match self {
            Self::Conversation(_) | Self::ApiBudget(_) => false,
            Self::Agent(agent) => {
                let newest = agent.newest_event_time().unwrap_or_default();
                agent.forget(settings.in_force(newest).agents.window)
            }
        }
    }

    /// The conversation, if it is one.
    pub fn conversation(&self) -> Option<&Conversation> {
        match self {
            Self::Conversation(conversation) => Some(conversation),
            Self::ApiBudget(_) | Self::Agent(_) => None,
        }
    }

    /// The newest event time: retention counts from it (`kpis.md#retention`).
    pub fn newest_event_time(&self) -> Option<Millis> {
        match self {
            Self::Conversation(conversation) => conversation.newest_event_time(),
            Self::ApiBudget(report) => report.as_ref().map(|report| report.at),
            Self::Agent(agent) => agent.newest_event_time(),
        }
    }

    /// An upper bound of the stored form with all contributions, in bytes.
    pub fn encoded_size_max(&self) -> usize {
        match self {
            Self::Conversation(conversation) => conversation.encoded_size_max(),
            Self::ApiBudget(_) => BudgetReport::ENCODED_SIZE_MAX,
            Self::Agent(agent) => agent.encoded_size_max(),
        }
    }
}
