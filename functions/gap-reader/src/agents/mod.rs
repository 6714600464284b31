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
use headroom_engine::DueIndex;
use headroom_genesys::api::Transport;
use headroom_tables::Documents;
use round::Round;

impl<D: Documents, I: DueIndex, B: EventBus, T: Transport> AgentReads<'_, D, I, B, T> {
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
