//! Reads single conversations that have a gap, by their ids.

mod plan;

pub use plan::BatchPolicy;
pub(crate) use plan::{DueConversation, plan, retain_overdue_gauges};

use crate::api::Api;
use crate::error::JobError;
use crate::events::{closed, details, publish};
use crate::recent::note_reads;
use headroom_aws::events::{Event, EventBus, EventPublisher};
use headroom_genesys::api::{CallError, Transport};
use headroom_genesys::details::ConversationDetails;
use headroom_kpi::{Id, Millis};
use headroom_tables::Documents;
use metrics::counter;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

/// A conversation that has been due for this long and that Genesys does not know, does not exist:
/// responses lag behind by minutes at most.
const UNKNOWN_AFTER: Millis = Millis(3_600_000);
/// Requests of a run that time out before the rest is left to the next run.
const TIMEOUTS_MAX: u32 = 3;
/// Requests of a run: what Genesys allows a token in a minute.
pub(crate) const REQUESTS_MAX: usize = 300;

/// The repair job of one run.
pub(crate) struct Repair<'a, D, B, T> {
    pub(crate) run_id: &'a str,
    pub(crate) documents: &'a D,
    pub(crate) api: &'a Api<'a, T, D>,
    pub(crate) publisher: &'a EventPublisher<B>,
    pub(crate) batch: &'a BatchPolicy,
    pub(crate) summary: RepairSummary,
}

/// What the repair job of a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepairSummary {
    /// Conversations that were due when the job began, as far as a run can read them.
    pub due: u64,
    /// Those of them that still are.
    pub due_left: u64,
    /// Conversations that were read.
    pub read: u64,
    /// Conversations that Genesys does not know, and that were closed.
    pub closed: u64,
}

impl RepairSummary {
    fn record(&mut self, requested: u64, closed: u64) {
        self.closed += closed;
        self.read += requested - closed;
        self.due_left = self.due_left.saturating_sub(requested);
    }
}

impl<D: Documents, B: EventBus, T: Transport> Repair<'_, D, B, T> {
    /// Counts what is due, whether or not it can be read in this run.
    pub(crate) fn count_due(&mut self, due: &VecDeque<DueConversation>) {
        for conversation in due {
            // One metric for each rule, besides that of all rules together.
            counter!("GapsDue", "rule" => conversation.rule.clone()).increment(1);
        }
        self.summary.due = due.len() as u64;
        self.summary.due_left = self.summary.due;
    }

    /// Reads conversations in their order, as far as the API allows.
    pub(crate) async fn run(&mut self, mut due: VecDeque<DueConversation>) -> Result<(), JobError> {
        let mut size = self.batch.ids_per_call;
        let mut timeouts = 0;
        for number in 0..REQUESTS_MAX {
            let now = self.api.clock.now();
            let batch = self.batch.next_batch(&mut due, size, now);
            if batch.is_empty() {
                break;
            }
            let ids: Vec<_> = batch.iter().map(|due| due.id.clone()).collect();
            let note = format!("{}-gap-{number}", self.run_id);
            match self.api.request(async |calls| calls.conversations(&ids).await).await {
                Ok((read_at, conversations)) => {
                    let (events, closed) = events(&batch, read_at, conversations);
                    publish(self.publisher, events).await?;
                    self.summary.record(batch.len() as u64, closed);
                    note_reads(self.documents, self.api.clock.now(), &note, &ids).await?;
                }
                Err(CallError::RequestTooLarge(_)) if batch.len() > 1 => {
                    size = halve(&mut due, batch);
                }
                Err(CallError::TimedOut) if batch.len() > 1 && timeouts < TIMEOUTS_MAX => {
                    timeouts += 1;
                    size = halve(&mut due, batch);
                }
                // A conversation that cannot be read by itself. It does not hold up the others.
                Err(error @ CallError::RequestTooLarge(_)) => {
                    tracing::warn!(%error, "a conversation cannot be read; it is skipped for now");
                    note_reads(self.documents, now, &note, &ids).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The events of what a request brought, and how many conversations they close.
fn events(
    batch: &[DueConversation],
    read_at: Millis,
    conversations: Vec<ConversationDetails>,
) -> (Vec<Event>, u64) {
    let mut missing: BTreeMap<&Id, &DueConversation> =
        batch.iter().map(|due| (&due.id, due)).collect();
    let mut events = Vec::new();
    for conversation in conversations {
        // Ignores conversations that were not requested.
        let is_requested = conversation.id().is_ok_and(|id| missing.remove(&id).is_some());
        if is_requested {
            events.extend(details(conversation, read_at));
        }
    }
    // What Genesys does not know yet stays due, and is read again when it is no longer recent.
    missing.retain(|_, due| due.since + UNKNOWN_AFTER <= read_at);
    events.extend(missing.keys().map(|id| closed(id, read_at)));
    (events, missing.len() as u64)
}

/// Puts a batch back in front, to be read in halves. Returns their size.
fn halve(due: &mut VecDeque<DueConversation>, batch: Vec<DueConversation>) -> usize {
    let size = batch.len().div_ceil(2);
    for conversation in batch.into_iter().rev() {
        due.push_front(conversation);
    }
    size
}
