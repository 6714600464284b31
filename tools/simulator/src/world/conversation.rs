//! A conversation and its sessions, as they truly are and as events tell them.

use super::lanes::{Media, Queue};
use super::party::Party;
use crate::chance::Chance;
use crate::facts::Official;
use crate::id::Id;
use std::collections::VecDeque;

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

/// Time in a queue.
pub(crate) struct AcdSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) lane: usize,
    pub(crate) queue: Queue,
    pub(crate) media: Media,
    pub(crate) start: i64,
    /// Now and then the start is never told.
    pub(crate) start_told: bool,
    /// Emit time of Genesys' own `nOffered`.
    pub(crate) offered_at: i64,
    pub(crate) end: Option<AcdEnd>,
}

/// How time in a queue ended.
pub(crate) struct AcdEnd {
    pub(crate) time: i64,
    pub(crate) outcome: Outcome,
    /// Who answered, if anyone.
    pub(crate) answer: Option<Answer>,
    pub(crate) told: Told,
}

#[derive(Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) user: Id,
    pub(crate) session: Id,
}

/// What the `acd.end` event says, which is not always the whole truth.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    /// `acdOutcome`; nothing if absent.
    pub(crate) outcome: Option<ToldOutcome>,
    pub(crate) answered_user: Option<Id>,
    pub(crate) connected_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    Abandon,
    FlowOut,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToldOutcome {
    Unknown,
    Known(Outcome),
}

/// An agent's part.
pub(crate) struct UserSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    pub(crate) agent: usize,
    pub(crate) user: Id,
    /// Absent when the work came from no queue.
    pub(crate) queue: Option<Queue>,
    pub(crate) media: Media,
    pub(crate) outbound: bool,
    pub(crate) start: i64,
    pub(crate) start_told: bool,
    pub(crate) connected: Option<i64>,
    /// Talk and hold that are still to come, the running one first.
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) spent: Spent,
    pub(crate) end: Option<i64>,
    pub(crate) disconnect: Disconnect,
    pub(crate) acw: Option<Acw>,
    pub(crate) after: After,
    /// Genesys' own `tHandle`, to be published when after-call work is completed.
    pub(crate) handle_due: Option<Official>,
    /// Whether the agent's hand is free when this session is over.
    pub(crate) frees_agent: bool,
}

/// A stretch of talk or hold.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) held: bool,
    pub(crate) ms: i64,
}

/// Where an agent's time went, in ms.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) alerting: i64,
    pub(crate) talking: i64,
    pub(crate) held: i64,
    pub(crate) dialing: i64,
    pub(crate) contacting: i64,
    pub(crate) callback: i64,
}

/// After-call work.
#[derive(Clone, Copy)]
pub(crate) struct Acw {
    pub(crate) time: i64,
    /// Now and then the event does not say it.
    pub(crate) duration_ms: Option<i64>,
}

/// What follows when an agent's last stretch of talk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The customer or the agent hangs up.
    HangUp,
    /// Blind transfer to a queue.
    ToQueue { lane: usize },
    /// Blind transfer to an agent.
    ToAgent,
    /// Consults a queue, and transfers to who answers.
    ConsultQueue { lane: usize },
    /// Consults an agent, and transfers.
    ConsultAgent,
    /// More e-mails of the same agent, each with a session of its own.
    NextEmail { more: u8 },
    /// The callback, of which this was the call, is closed.
    CloseCallback { user: usize },
}

/// `disconnectType`, as far as the stories need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disconnect {
    Client,
    Peer,
    Endpoint,
    System,
    Transfer,
    ConsultTransfer,
    /// Absent in the event.
    Untold,
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
        self.users
            .iter()
            .rposition(|user| rings(user) && user.queue.is_some())
    }

    /// When this queue was left last.
    pub(crate) fn left_queue(&self, queue: Queue) -> Option<i64> {
        let ends = self.acds.iter().filter(|acd| acd.queue == queue);
        ends.filter_map(|acd| acd.end.as_ref().map(|end| end.time))
            .max()
    }

    /// Whether an event of this time is published.
    pub(crate) const fn tells(&self, time: i64) -> bool {
        time <= self.cut
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
            start_told: !chance.happens(0.004),
            offered_at: start,
            end: None,
        }
    }
}

impl UserSession {
    pub(crate) fn new(agent: (usize, Id), media: Media, start: i64, chance: &mut Chance) -> Self {
        Self {
            participant: chance.id(),
            session: chance.id(),
            agent: agent.0,
            user: agent.1,
            queue: None,
            media,
            outbound: false,
            start,
            start_told: !chance.happens(0.002),
            connected: None,
            segments: VecDeque::new(),
            spent: Spent::default(),
            end: None,
            disconnect: Disconnect::Untold,
            acw: None,
            after: After::HangUp,
            handle_due: None,
            frees_agent: true,
        }
    }

    pub(crate) const fn is_talking(&self) -> bool {
        self.end.is_none() && self.connected.is_some()
    }
}

impl Spent {
    /// What counts as handling, without after-call work.
    pub(crate) const fn handling(&self) -> i64 {
        self.talking + self.held + self.dialing + self.contacting
    }
}

impl Disconnect {
    /// As in detail events.
    pub(crate) const fn text(self) -> Option<&'static str> {
        match self {
            Self::Client => Some("CLIENT"),
            Self::Peer => Some("PEER"),
            Self::Endpoint => Some("ENDPOINT"),
            Self::System => Some("SYSTEM"),
            Self::Transfer => Some("TRANSFER"),
            Self::ConsultTransfer => Some("CONSULT_TRANSFER"),
            Self::Untold => None,
        }
    }
}

impl Outcome {
    /// As in detail events.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Answered => "ANSWERED",
            Self::Abandon => "ABANDON",
            Self::FlowOut => "FLOW_OUT",
        }
    }
}
