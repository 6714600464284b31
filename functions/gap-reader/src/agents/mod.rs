//! Reads what events do not say of agents: who is a member of which queue, the status of those who
//! have not changed anything yet, and changes whose events were lost (`kpis.md#agent-reads`).

mod changes;
mod page;
mod reads;
mod round;
mod state;

pub(crate) use reads::AgentReads;
pub use reads::{AgentRules, AgentsSummary};

use crate::error::JobError;
use changes::ChangesProgress;
use headroom_aws::events::EventBus;
use headroom_genesys::api::Transport;
use headroom_kpi::{Id, Millis};
use headroom_tables::Documents;
use round::Round;
use std::collections::BTreeMap;

impl<D: Documents, B: EventBus, T: Transport> AgentReads<'_, D, B, T> {
    /// Reads on where the run before stopped: agents that lack something first, then the members
    /// of all queues, then the changes of all agents. `due`: agents that lack something, and since
    /// when. `has_outage`: the feed is silent, so that statuses may have changed without an event.
    pub(crate) async fn run(
        &mut self,
        due: BTreeMap<Id, Millis>,
        has_outage: bool,
    ) -> Result<(), JobError> {
        if !self.rules.settings.enabled {
            return Ok(());
        }
        self.read_due(due).await?;
        if let Some(round) = Round::load(self, has_outage).await? {
            self.read_round(round).await?;
        }
        if let Some(progress) = ChangesProgress::load(self).await? {
            self.read_all_changes(progress).await?;
        }
        Ok(())
    }
}
