//! A conversation and its sessions, as they truly are and as events tell them.

mod acd;
mod user;

pub(crate) use acd::{AcdEnd, AcdSession, Answer, Outcome, Told, ToldOutcome};
pub(crate) use user::{Acw, After, Disconnect, Segment, UserSession};

use super::lanes::{Media, Queue};
use super::party::Party;
use crate::id::Id;

/// A conversation of a customer with the contact centre.
pub(crate) struct Conversation {
    /// Counts up; never published.
    pub(crate) number: u64,
    pub(crate) id: Id,
    /// Nothing of it is published that has a later time.
    pub(crate) cut: i64,
    pub(crate) party: Party,
    pub(crate) media: Media,
    pub(crate) outbound: bool,
    pub(crate) customer: CustomerSession,
    pub(crate) flow: Option<FlowSession>,
    pub(crate) acds: Vec<AcdSession>,
    pub(crate) users: Vec<UserSession>,
    /// The agent who waits for a colleague to take the customer over.
    pub(crate) consulting: Option<usize>,
    /// After-call works that are still to be completed.
    pub(crate) acws_due: usize,
}

/// The customer's part.
pub(crate) struct CustomerSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    pub(crate) disconnect: Disconnect,
}

/// A flow's part: the IVR.
pub(crate) struct FlowSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) start: i64,
}

impl Conversation {
    /// Whether nothing more will happen.
    pub(crate) fn is_over(&self) -> bool {
        let left = || self.users.iter().all(|user| user.end.is_some());
        self.customer.end.is_some() && self.acws_due == 0 && left()
    }

    /// The agent who is alerted for this time in a queue, if any.
    pub(crate) fn alerted(&self) -> Option<usize> {
        let rings = |user: &UserSession| user.end.is_none() && user.connected.is_none();
        self.users.iter().rposition(|user| rings(user) && user.queue.is_some())
    }

    /// When this queue was left last.
    pub(crate) fn left_queue(&self, queue: Queue) -> Option<i64> {
        let ends = self.acds.iter().filter(|acd| acd.queue == queue);
        ends.filter_map(|acd| acd.end.as_ref().map(|end| end.time)).max()
    }

    /// Whether an event of this time is published.
    pub(crate) const fn tells(&self, time: i64) -> bool {
        time <= self.cut
    }
}
