//! The facts of one agent: what the agent said (presence), what happens (routing status), and the
//! queues that the agent has joined or is a member of (`kpis.md#agent-facts`).

mod queues;
mod retention;
mod stream;
mod stretches;

pub use queues::{QueueList, QueueMark};
pub(crate) use retention::STRETCH_MAX;
pub use stream::Change;
pub(crate) use stream::{Run, SAME_WITHIN, Stream};
pub(crate) use stretches::{Runs, Stretch, closed_stretches};

use super::join::{FoldOutcome, Source, keep_greater};
use crate::id::Id;
use crate::status::Status;
use crate::time::Millis;

/// What an event or a read says about an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentFact {
    /// The routing status changed.
    Routing(Change<Status>),
    /// The presence changed.
    Presence(Change<Presence>),
    /// All queues that the agent has joined.
    Joined(QueueList),
    /// The agent joined or left one queue.
    Mark(QueueMark),
    /// All queues that the agent is a member of.
    Members(QueueList),
    /// Whether the agent is out of office, since when.
    OutOfOffice(Millis, bool),
    /// All changes up to this time were read from the Platform API.
    DetailsUntil(Millis),
}

/// What an agent says about himself or herself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Presence {
    /// `systemPresence`
    pub system: Status,
    /// `presenceDefinition.id`: the organisation's own presence
    pub organization: Option<Id>,
}

/// The facts of one agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    pub(crate) user: Id,
    /// No change up to this time is kept; see [`Agent::forget`].
    pub(crate) forgotten_until: Option<Millis>,
    pub(crate) routing: Stream<Status>,
    pub(crate) presence: Stream<Presence>,
    pub(crate) joined: Option<QueueList>,
    /// Marks that the list of joined queues does not outrank, in order of queue.
    pub(crate) marks: Vec<QueueMark>,
    pub(crate) members: Option<QueueList>,
    pub(crate) out_of_office: Option<(Millis, bool)>,
    /// All changes up to this time were read.
    pub(crate) details_until: Option<Millis>,
}

impl AgentFact {
    /// When a change was reported: one that is reported later than the window of what is kept is
    /// refused. `None` of other facts, which only ever replace older ones.
    pub fn reported_at(&self) -> Option<Millis> {
        match self {
            Self::Routing(change) => Some(change.reported_at),
            Self::Presence(change) => Some(change.reported_at),
            _ => None,
        }
    }

    /// The time from the body that alone decides what counts.
    pub(super) fn time(&self) -> &Millis {
        match self {
            Self::Routing(change) => &change.at,
            Self::Presence(change) => &change.at,
            Self::Joined(list) | Self::Members(list) => &list.at,
            Self::Mark(mark) => &mark.at,
            Self::OutOfOffice(at, _) | Self::DetailsUntil(at) => at,
        }
    }
}

impl Agent {
    /// A user of whom nothing is known.
    pub fn new(user: Id) -> Self {
        Self {
            user,
            forgotten_until: None,
            routing: Stream::default(),
            presence: Stream::default(),
            joined: None,
            marks: Vec::new(),
            members: None,
            out_of_office: None,
            details_until: None,
        }
    }

    /// Adds one fact.
    pub fn fold(&mut self, source: Source, fact: AgentFact) -> FoldOutcome {
        match fact {
            AgentFact::Routing(change) => self.routing.fold(source, change, self.forgotten_until),
            AgentFact::Presence(change) => self.presence.fold(source, change, self.forgotten_until),
            AgentFact::Joined(list) => self.fold_joined(list).into(),
            AgentFact::Mark(mark) => self.fold_mark(mark),
            AgentFact::Members(list) => keep_greater(&mut self.members, Some(list)).into(),
            AgentFact::OutOfOffice(at, active) => {
                keep_greater(&mut self.out_of_office, Some((at, active))).into()
            }
            AgentFact::DetailsUntil(at) => keep_greater(&mut self.details_until, Some(at)).into(),
        }
    }

    /// The user.
    pub fn user(&self) -> &Id {
        &self.user
    }

    /// No change up to this time is kept; `None` as long as every change is. Rows of an earlier time may
    /// have more than the agent contributes (`kpis.md#agent-retention`).
    pub fn forgotten_until(&self) -> Option<Millis> {
        self.forgotten_until
    }

    /// The newest time of all its facts, or at which one was reported: a fresh event may tell a
    /// status that began long ago.
    pub fn newest_event_time(&self) -> Option<Millis> {
        let lists = self.joined.iter().chain(&self.members).map(|list| list.at);
        let marks = self.marks.iter().map(|mark| mark.at);
        let office = self.out_of_office.iter().map(|(at, _)| *at);
        let changes = self.routing.newest_report().into_iter().chain(self.presence.newest_report());
        changes.chain(lists).chain(marks).chain(office).chain(self.details_until).max()
    }
}
