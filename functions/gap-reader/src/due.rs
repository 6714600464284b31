//! What is due for a read: the index is searched once in a run, for all jobs.

use crate::api::Api;
use crate::recent::recent_reads;
use crate::repair::{BatchPolicy, DueConversation, REQUESTS_MAX, plan};
use headroom_engine::{DueEntity, DueIndex, StoreError};
use headroom_genesys::api::Transport;
use headroom_kpi::{EntityKey, Id, Millis, Urgency};
use headroom_tables::Documents;
use std::collections::{BTreeMap, VecDeque};

/// Agents that are looked for in a run, besides the conversations that it can read.
const AGENTS_MAX: usize = 1_000;

/// What is due and was not read a moment ago.
#[derive(Debug, Default)]
pub(crate) struct DueReads {
    /// Conversations, the most valuable first, as many as the budget of a minute can read.
    pub(crate) conversations: VecDeque<DueConversation>,
    /// Agents, and since when each has been due.
    pub(crate) agents: BTreeMap<Id, Millis>,
}

/// Searches the index for what is due.
pub(crate) async fn find_due<D: Documents, T: Transport>(
    api: &Api<'_, T, D>,
    documents: &D,
    due_index: &impl DueIndex,
    batch: &BatchPolicy,
) -> Result<DueReads, StoreError> {
    let now = api.clock.now();
    let recent = recent_reads(documents, now).await?;
    let requests = api.client.rate_limiter().requests_per_minute().await?;
    let requests = (requests as usize).clamp(1, REQUESTS_MAX);
    let limit = recent.len() + requests * batch.ids_per_call + AGENTS_MAX;
    let (mut conversations, mut agents) = (Vec::new(), BTreeMap::new());
    for urgency in [Urgency::Gauge, Urgency::Historical] {
        for DueEntity { since, key, rule } in due_index.due(urgency, now, limit).await? {
            match key {
                EntityKey::Conversation(id) => {
                    conversations.push(DueConversation { urgency, since, id, rule });
                }
                EntityKey::Agent(id) if !recent.contains(&id) => {
                    let earliest = agents.entry(id).or_insert(since);
                    *earliest = since.min(*earliest);
                }
                _ => {}
            }
        }
    }
    Ok(DueReads { conversations: plan(conversations, &recent), agents })
}
