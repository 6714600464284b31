//! What the agents job needs, and what it did.

use crate::api::Api;
use headroom_aws::events::EventPublisher;
use headroom_kpi::Millis;
use headroom_kpi::settings::AgentSettings;
use headroom_tables::DocumentKey;
use serde::Serialize;

/// The kind of all documents of this job.
pub(super) const KIND: &str = "agents";

/// How agents are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRules {
    /// Whether agents are kept at all, and of which queues.
    pub settings: AgentSettings,
    /// How often members and statuses of all queues are read.
    pub round_interval: Millis,
    /// How often all changes of all agents are read; never if it is 0.
    pub changes_interval: Millis,
}

/// The agents job of one run.
pub(crate) struct AgentReads<'a, D, B, T> {
    pub(crate) run_id: &'a str,
    pub(crate) documents: &'a D,
    pub(crate) api: &'a Api<'a, T, D>,
    pub(crate) publisher: &'a EventPublisher<B>,
    pub(crate) rules: &'a AgentRules,
    pub(crate) summary: AgentsSummary,
}

/// What the agents job of a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentsSummary {
    /// Agents that were due for a read of their changes.
    pub agents_due: u64,
    /// Agents whose members, status or changes were read.
    pub agents_read: u64,
}

pub(super) fn key(name: impl Into<String>) -> DocumentKey {
    DocumentKey::new(KIND, name)
}
