//! An agent's session.

use super::lanes::{Media, Queue};
use crate::chance::Chance;
use crate::facts::Official;
use crate::id::Id;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};

pub(crate) struct UserSession {
    pub(crate) participant: Id,
    pub(crate) session: Id,
    /// The agent's index among the staff.
    pub(crate) agent: usize,
    pub(crate) user: Id,
    /// Absent if the work came from no queue.
    pub(crate) queue: Option<Queue>,
    pub(crate) media: Media,
    pub(crate) outbound: bool,
    pub(crate) start: i64,
    /// A few start events are never published.
    pub(crate) start_published: bool,
    pub(crate) connected: Option<i64>,
    /// The current and the planned talk and hold.
    pub(crate) segments: VecDeque<Segment>,
    pub(crate) spent: Spent,
    pub(crate) end: Option<i64>,
    /// Absent in a few events.
    pub(crate) disconnect: Option<Disconnect>,
    pub(crate) acw: Option<Acw>,
    pub(crate) after: After,
    /// Emit times of the official metrics of parts that are over before the session is.
    pub(crate) emitted: BTreeMap<&'static str, i64>,
    /// The official `tHandle`, to be published when after-call work is completed.
    pub(crate) handle_due: Option<Official>,
    /// Whether the end of this session frees the agent for other work.
    pub(crate) frees_agent: bool,
}

/// Planned talk or hold.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    /// `Interact` or `Hold`.
    pub(crate) kind: SegmentKind,
    pub(crate) ms: i64,
}

/// `segmentType`, as the Platform API writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SegmentKind {
    Alert,
    Callback,
    Contacting,
    Dialing,
    Hold,
    Interact,
    Ivr,
    Wrapup,
}

/// The agent's time by activity, in ms.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) alerting: i64,
    pub(crate) talking: i64,
    pub(crate) holding: i64,
    pub(crate) dialing: i64,
    pub(crate) contacting: i64,
    pub(crate) callback: i64,
}

/// After-call work.
#[derive(Clone, Copy)]
pub(crate) struct Acw {
    /// When it is completed.
    pub(crate) time: i64,
    /// Absent in a few events.
    pub(crate) duration_ms: Option<i64>,
}

/// What follows when the agent has talked to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The customer or the agent hangs up.
    HangUp,
    /// A blind transfer to a queue.
    ToQueue { lane: usize },
    /// A blind transfer to an agent.
    ToAgent,
    /// A consultation of a queue, with a transfer to the agent who answers.
    ConsultQueue { lane: usize },
    /// A consultation of an agent, with a transfer.
    ConsultAgent,
    /// More e-mails of the same agent, each in its own session.
    NextEmail { count: u8 },
    /// The end of the callback that this call was for.
    CloseCallback { user: usize },
}

/// `disconnectType`, as detail events write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Disconnect {
    Client,
    Peer,
    Endpoint,
    System,
    Transfer,
    ConsultTransfer,
}

impl UserSession {
    pub(crate) fn new(
        (agent, user): (usize, Id),
        media: Media,
        start: i64,
        chance: &mut Chance,
    ) -> Self {
        Self {
            participant: chance.id(),
            session: chance.id(),
            agent,
            user,
            queue: None,
            media,
            outbound: false,
            start,
            start_published: !chance.happens(0.002),
            connected: None,
            segments: VecDeque::new(),
            spent: Spent::default(),
            end: None,
            disconnect: None,
            acw: None,
            after: After::HangUp,
            emitted: BTreeMap::new(),
            handle_due: None,
            frees_agent: true,
        }
    }

    pub(crate) const fn is_talking(&self) -> bool {
        self.end.is_none() && self.connected.is_some()
    }
}

impl Spent {
    /// The time of all parts that a session's end event has.
    pub(crate) const fn total(&self) -> i64 {
        self.alerting + self.handling()
    }

    /// The handle time without after-call work.
    pub(crate) const fn handling(&self) -> i64 {
        self.talking + self.holding + self.dialing + self.contacting
    }
}

impl Disconnect {
    /// The text in segments of the Platform API: of a consult transfer, that it is a transfer.
    pub(crate) const fn segment_text(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Peer => "peer",
            Self::Endpoint => "endpoint",
            Self::System => "system",
            Self::Transfer | Self::ConsultTransfer => "transfer",
        }
    }
}
