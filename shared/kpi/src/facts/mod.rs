//! What is known about an entity, and the fold that adds one fact (`kpis.md#facts`).
//!
//! The fold is a join: every slot keeps the greatest value it was given, in an order that starts
//! with the event's own time. So neither order nor repeats nor batches of facts matter.

pub(crate) mod agent;
pub(crate) mod budget;
pub(crate) mod conversation;
pub(crate) mod entity;
pub(crate) mod fact;
pub(crate) mod join;
mod listing;
pub(crate) mod session;

pub use agent::{Agent, AgentFact, Change, Presence, QueueList, QueueMark};
pub use budget::{BudgetMetric, BudgetReport, BudgetScope};
pub use fact::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, MetricFact, MetricSession, Outcome, Transfer,
    UserEnd, UserStart, Work,
};
pub use join::Source;
