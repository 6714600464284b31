//! What the Platform API knows of the world: every conversation with its participants, sessions,
//! segments and official metrics. All of them have times, so that a request can be answered as of
//! any time.

mod agents;
mod contents;
mod record;
mod recorder;
mod truth;

pub(crate) use contents::{Agent, Contents};
pub(crate) use record::{Metric, Record, Segment, Session};
pub(crate) use recorder::Recorder;

use crate::id::parse_id;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The records of a run, written by [`run_recorded`](crate::run_recorded) and read by
/// [`Api`](crate::Api), also while the run goes on. A clone shares the same records.
#[derive(Clone, Default)]
pub struct Archive {
    contents: Arc<Mutex<Contents>>,
}

impl Archive {
    /// An empty archive, for one run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the emit dates of the API's metrics by a random time of up to this many ms, so that
    /// they differ from those of the metric events.
    #[must_use]
    pub fn with_emit_jitter(self, ms: i64) -> Self {
        self.lock().emit_jitter_ms = ms;
        self
    }

    /// The end of the run in ms since 1970; `None` while it goes on.
    pub fn end_ms(&self) -> Option<i64> {
        self.lock().end_ms
    }

    /// The ids of the conversations, in the order of their starts.
    pub fn conversations(&self) -> Vec<String> {
        self.lock().ids(|_| true)
    }

    /// The ids of the conversations of which the faults lost an event of kind
    /// [`LineKind::Event`](crate::LineKind::Event).
    pub fn lost(&self) -> BTreeSet<String> {
        self.lock().ids(|record| record.lost_events > 0)
    }

    /// The user ids of the agents of whom the faults lost an event of that kind.
    pub fn lost_agents(&self) -> BTreeSet<String> {
        let contents = self.lock();
        let agents = contents.agents.iter().filter(|agent| agent.has_lost_event);
        agents.map(|agent| agent.user.to_string()).collect()
    }

    /// The ids of the conversations whose last events were not published.
    pub fn cut_short(&self) -> BTreeSet<String> {
        self.lock().ids(Record::is_cut_short)
    }

    /// Removes the conversations, and the statuses of agents, that ended before a time in ms since
    /// 1970, so that the memory of an endless run stays bounded.
    pub fn forget_ended_before(&self, ms: i64) {
        self.lock().forget_ended_before(ms);
    }

    /// Counts an event of this conversation as lost.
    pub(crate) fn count_lost_event(&self, conversation_id: &[u8]) {
        let id = std::str::from_utf8(conversation_id).ok().and_then(parse_id);
        let mut contents = self.lock();
        if let Some(record) = id.and_then(|id| contents.find_mut(id)) {
            record.lost_events += 1;
        }
    }

    /// An event of this agent is lost.
    pub(crate) fn note_lost_status(&self, user_id: &[u8]) {
        let id = std::str::from_utf8(user_id).ok().and_then(parse_id);
        let mut contents = self.lock();
        let agent = contents.agents.iter_mut().find(|agent| Some(agent.user) == id);
        if let Some(agent) = agent {
            agent.has_lost_event = true;
        }
    }

    /// A panic elsewhere leaves no write half done, so a poisoned lock is taken as well.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
