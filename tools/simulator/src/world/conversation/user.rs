//! An agent's part.

use crate::archive::Kind;
use crate::chance::Chance;
use crate::facts::Official;
use crate::id::Id;
use crate::world::lanes::{Media, Queue};
use std::collections::VecDeque;

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

impl Segment {
    pub(crate) const fn kind(self) -> Kind {
        if self.held { Kind::Hold } else { Kind::Interact }
    }
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
