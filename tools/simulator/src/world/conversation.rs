//! A conversation and its sessions, as they are and as events report them.

use super::agent_session::{Disconnect, UserSession};
use super::lanes::{Media, Queue};
use super::party::Party;
use crate::chance::Chance;
use crate::id::Id;
use serde::Serialize;

/// A conversation of a customer with the contact centre.
pub(crate) struct Conversation {
    /// Counts up from 1; never published.
    pub(crate) number: u64,
    pub(crate) id: Id,
    /// Events and metrics with a later time are not published.
    pub(crate) published_until: i64,
    pub(crate) party: Party,
    pub(crate) media: Media,
    pub(crate) outbound: bool,
    pub(crate) customer: CustomerSession,
    pub(crate) flow: Option<FlowSession>,
    pub(crate) acds: Vec<AcdSession>,
    pub(crate) users: Vec<UserSession>,
    /// The index of the agent who waits for a colleague to take over the customer.
    pub(crate) consulting: Option<usize>,
    /// The number of after-call works that are not completed.
    pub(crate) acws_due: usize,
}

pub(crate) struct CustomerSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    pub(crate) disconnect: Option<Disconnect>,
}

/// The IVR.
pub(crate) struct FlowSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) start: i64,
}

/// Time in a queue.
pub(crate) struct AcdSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) lane: usize,
    pub(crate) queue: Queue,
    pub(crate) media: Media,
    pub(crate) start: i64,
    /// A few start events are never published.
    pub(crate) start_published: bool,
    /// Emit time of the official `nOffered`.
    pub(crate) official_offered_at: i64,
    pub(crate) end: Option<AcdEnd>,
}

pub(crate) struct AcdEnd {
    pub(crate) time: i64,
    /// Absent if the system dials the customer, who asked for a callback.
    pub(crate) outcome: Option<Outcome>,
    /// The agent who answered, if any.
    pub(crate) answer: Option<Answer>,
    pub(crate) event: AcdEndFields,
}

#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) user: Id,
    pub(crate) session: Id,
}

/// Fields of the `acd.end` event. Some are absent or unknown although the world knows better.
#[derive(Clone, Copy)]
pub(crate) struct AcdEndFields {
    pub(crate) outcome: Option<Outcome>,
    pub(crate) answered_user: Option<Id>,
    pub(crate) connected_ms: Option<i64>,
}

/// `acdOutcome`: how time in a queue ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// Of an event alone: it does not say.
    #[default]
    Unknown,
    /// An agent answers.
    Answered,
    /// The customer leaves.
    Abandon,
    /// A flow takes over.
    FlowOut,
}

impl Conversation {
    /// Whether nothing more will happen.
    pub(crate) fn is_over(&self) -> bool {
        self.customer.end.is_some()
            && self.acws_due == 0
            && self.users.iter().all(|user| user.end.is_some())
    }

    /// The agent who is alerted for the current time in a queue, if any.
    pub(crate) fn alerted(&self) -> Option<usize> {
        self.users.iter().rposition(|user| {
            user.end.is_none() && user.connected.is_none() && user.queue.is_some()
        })
    }

    /// The current time in a queue, if any.
    pub(crate) fn open_acd(&self) -> Option<usize> {
        self.acds.iter().position(|acd| acd.end.is_none())
    }

    /// When a queue was last left.
    pub(crate) fn left_queue_at(&self, queue: Queue) -> Option<i64> {
        let sessions = self.acds.iter().filter(|acd| acd.queue == queue);
        sessions.filter_map(|acd| acd.end.as_ref().map(|end| end.time)).max()
    }

    /// Whether events and metrics of this time are published.
    pub(crate) const fn publishes(&self, time: i64) -> bool {
        time <= self.published_until
    }

    /// Whether the end of some session is not published.
    pub(crate) fn is_cut_short(&self) -> bool {
        let last_user = self.users.iter().filter_map(|user| user.end).max();
        let end = self.customer.end.max(last_user);
        !self.is_over() || end.is_some_and(|end| !self.publishes(end))
    }
}

impl AcdSession {
    pub(crate) fn new(
        lane: usize,
        (queue, media): (Queue, Media),
        start: i64,
        chance: &mut Chance,
    ) -> Self {
        Self {
            participant: chance.id(),
            session: chance.id(),
            lane,
            queue,
            media,
            start,
            start_published: !chance.happens(0.004),
            official_offered_at: start,
            end: None,
        }
    }
}
