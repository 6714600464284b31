//! Reads what events do not say of agents: who is a member of which queue, the status of those who
//! have not changed anything yet, and changes whose events were lost (`kpis.md#agent-reads`).

mod changes;
mod page;
mod round;
mod state;

use crate::api::Api;
use crate::error::JobError;
use changes::ChangesProgress;
use headroom_aws::events::EventPublisher;
use headroom_kpi::Millis;
use headroom_kpi::settings::AgentSettings;
use headroom_tables::DocumentKey;
use round::Round;
use serde::Serialize;

/// The kind of all documents of this job.
const KIND: &str = "agents";

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
pub(crate) struct AgentReads<'a, D, I, B, T> {
    pub(crate) run_id: &'a str,
    pub(crate) documents: &'a D,
    pub(crate) due_index: &'a I,
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

impl<D, I, B, T> AgentReads<'_, D, I, B, T>
where
    D: headroom_tables::Documents,
    I: headroom_engine::DueIndex,
    B: headroom_aws::events::EventBus,
    T: headroom_genesys::api::Transport,
{
    /// Reads on where the run before stopped: agents that lack something first, then the members
    /// of all queues, then the changes of all agents. `had_outage`: the feed is silent, so that
    /// statuses may have changed without an event.
    pub(crate) async fn run(&mut self, had_outage: bool) -> Result<(), JobError> {
        if !self.rules.settings.enabled {
            return Ok(());
        }
        self.read_due().await?;
        if let Some(round) = Round::load(self, had_outage).await? {
            self.read_round(round).await?;
        }
        if let Some(progress) = ChangesProgress::load(self).await? {
            self.read_all_changes(progress).await?;
        }
        Ok(())
    }
}

fn key(name: impl Into<String>) -> DocumentKey {
    DocumentKey::new(KIND, name)
}
