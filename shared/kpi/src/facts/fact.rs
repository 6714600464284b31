//! Facts: one thing that one event or one API response says.

use super::agent::AgentFact;
use super::budget::BudgetReport;
use super::join::Source;
use crate::id::Id;
use crate::names::{Media, Metric};
use crate::time::Millis;

/// One thing that an event or API response says about an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Where it comes from.
    pub source: Source,
    /// What it says.
    pub kind: FactKind,
}

/// What a fact says. The ids are `sessionId`s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// `v2.detail.events.conversation.{id}.acd.start`
    AcdStart(Id, AcdStart),
    /// `v2.detail.events.conversation.{id}.acd.end`
    AcdEnd(Id, AcdEnd),
    /// `v2.detail.events.conversation.{id}.user.start`
    UserStart(Id, UserStart),
    /// `v2.detail.events.conversation.{id}.user.end`
    UserEnd(Id, UserEnd),
    /// `v2.detail.events.conversation.{id}.acw`
    Acw(Id, Acw),
    /// `v2.detail.events.conversation.{id}.customer.start`, with its `eventTime`
    CustomerStart(Id, Millis),
    /// `v2.detail.events.conversation.{id}.customer.end`, with its `eventTime`
    CustomerEnd(Id, Millis),
    /// `v2.analytics.conversation.{id}.metrics`: an official metric fact
    Metric(MetricFact),
    /// The conversation is over: `conversationEnd` of an API response, or the event
    /// `headroom.conversation.closed`, which says that the API does not know the conversation
    Closed(Millis),
    /// `headroom.conversation.details`: when the conversation was read from the Platform API
    Read(Millis),
    /// `headroom.api.budget`: what was spent of the API budget. Never of a conversation.
    Budget(BudgetReport),
    /// A change of an agent's status, presence or queues. Never of a conversation.
    Agent(AgentFact),
}

impl FactKind {
    /// The event's own time (`eventTime`, `metricDate`), which alone decides what counts.
    pub fn time(&self) -> Millis {
        self.event().time()
    }

    /// The id of the session, or of the record of a metric event without a session.
    pub(super) fn session_id(&self) -> Option<&Id> {
        match self {
            Self::AcdStart(id, _)
            | Self::AcdEnd(id, _)
            | Self::UserStart(id, _)
            | Self::UserEnd(id, _)
            | Self::Acw(id, _)
            | Self::CustomerStart(id, _)
            | Self::CustomerEnd(id, _) => Some(id),
            Self::Metric(metric) => Some(metric.session.id()),
            Self::Closed(_) | Self::Read(_) | Self::Budget(_) | Self::Agent(_) => None,
        }
    }

    pub(super) fn event(&self) -> &dyn Event {
        match self {
            Self::AcdStart(_, event) => event,
            Self::AcdEnd(_, event) => event,
            Self::UserStart(_, event) => event,
            Self::UserEnd(_, event) => event,
            Self::Acw(_, event) => event,
            Self::CustomerStart(_, time)
            | Self::CustomerEnd(_, time)
            | Self::Closed(time)
            | Self::Read(time) => time,
            Self::Metric(metric) => metric,
            Self::Budget(report) => &report.at,
            Self::Agent(fact) => fact.time(),
        }
    }
}

/// What the events of all kinds have in common.
pub(crate) trait Event {
    /// The event's own time.
    fn time(&self) -> Millis;
    /// The texts that the stored form has to spell out, unlike UUIDs and known names: other ids
    /// than UUIDs, and names that the tables of names do not have. Without the session's id.
    fn texts(&self) -> Vec<&str> {
        Vec::new()
    }
}

impl Event for Millis {
    fn time(&self) -> Millis {
        *self
    }
}

/// A conversation enters a queue. The order of fields makes the later event the greater one; the
/// same holds for every struct below.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcdStart {
    /// `eventTime`
    pub time: Millis,
    /// `queueId`
    pub queue: Id,
    /// `mediaType`
    pub media: Option<Media>,
}

/// A conversation leaves a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcdEnd {
    /// `eventTime`
    pub time: Millis,
    /// `queueId`
    pub queue: Id,
    /// `mediaType`
    pub media: Option<Media>,
    /// `acdOutcome`; none if it is absent, `UNKNOWN` or new
    pub outcome: Option<Outcome>,
    /// `connectedDurationMs`: the time in the queue
    pub connected: Option<Millis>,
    /// `answeredUserId`
    pub answered_user: Option<Id>,
}

/// How a wait in a queue ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// `ANSWERED`
    Answered,
    /// `ABANDON`
    Abandon,
    /// `FLOW_OUT`
    FlowOut,
}

/// Who works on what in a user session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work {
    /// `userId`
    pub user: Id,
    /// `queueId`, absent for work that does not come from a queue
    pub queue: Option<Id>,
    /// `mediaType`
    pub media: Option<Media>,
    /// Whether `direction` is `OUTBOUND`
    pub outbound: bool,
}

/// A user is alerted, or starts work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserStart {
    /// `eventTime`
    pub time: Millis,
    /// Who, on what
    pub work: Work,
}

/// A user session ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UserEnd {
    /// `eventTime`
    pub time: Millis,
    /// Who, on what
    pub work: Work,
    /// The `*DurationMs` fields
    pub durations: Durations,
    /// `disconnectType`, if it is a transfer
    pub transfer: Option<Transfer>,
}

/// The durations of a user session. One that is absent is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Durations {
    /// `alertingDurationMs`
    pub alerting: Millis,
    /// `interactingDurationMs`
    pub interacting: Millis,
    /// `heldDurationMs`
    pub hold: Millis,
    /// `contactingDurationMs`
    pub contacting: Millis,
    /// `dialingDurationMs`
    pub dialing: Millis,
}

impl Durations {
    /// `tHandle` without after-call work.
    pub(crate) fn handling(self) -> Millis {
        self.interacting + self.hold + self.contacting + self.dialing
    }
}

/// The `disconnectType`s that count as transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transfer {
    /// `TRANSFER`
    Blind,
    /// `CONSULT_TRANSFER`
    Consult,
}

/// After-call work is done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acw {
    /// `eventTime`
    pub time: Millis,
    /// Who, on what
    pub work: Work,
    /// `wrapupDurationMs`
    pub wrapup: Option<Millis>,
}

/// A value that Genesys computed. Its key is (session, metric, emit time); of two facts with one key
/// the greater counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricFact {
    /// The session, or else the record
    pub session: MetricSession,
    /// `metric` or `name`
    pub metric: Metric,
    /// `metricDate` or `emitDate`
    pub emitted: Millis,
    /// `value`: milliseconds of a timer, or a count
    pub value: i64,
    /// `queueId`
    pub queue: Option<Id>,
    /// `userId`
    pub user: Option<Id>,
    /// `mediaType`
    pub media: Media,
}

/// What a metric fact belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MetricSession {
    /// `sessionId`
    Session(Id),
    /// `recordId`, of a metric event without a session
    Record(Id),
}

impl MetricSession {
    /// The id, of either kind.
    pub fn id(&self) -> &Id {
        match self {
            Self::Session(id) | Self::Record(id) => id,
        }
    }
}

impl MetricFact {
    /// An upper bound of what it adds to the stored form with its contributions, but without texts,
    /// in bytes.
    pub(super) const ENCODED_SIZE_MAX: usize = 210;

    pub(super) fn key(&self) -> (&MetricSession, &Metric, Millis) {
        (&self.session, &self.metric, self.emitted)
    }
}

impl Event for MetricFact {
    fn time(&self) -> Millis {
        self.emitted
    }

    fn texts(&self) -> Vec<&str> {
        let mut list = texts([self.queue.as_ref(), self.user.as_ref()], Some(&self.media));
        if !self.metric.is_known() {
            list.push(self.metric.as_str());
        }
        list
    }
}

impl Event for AcdStart {
    fn time(&self) -> Millis {
        self.time
    }

    fn texts(&self) -> Vec<&str> {
        texts([Some(&self.queue)], self.media.as_ref())
    }
}

impl Event for AcdEnd {
    fn time(&self) -> Millis {
        self.time
    }

    fn texts(&self) -> Vec<&str> {
        texts([Some(&self.queue), self.answered_user.as_ref()], self.media.as_ref())
    }
}

fn texts<'a, const N: usize>(ids: [Option<&'a Id>; N], media: Option<&'a Media>) -> Vec<&'a str> {
    let ids = ids.into_iter().flatten().filter_map(Id::as_text);
    ids.chain(media.filter(|media| !media.is_known()).map(Media::as_str)).collect()
}

macro_rules! events_of_users {
    ($($type:ident),*) => {$(
        impl Event for $type {
            fn time(&self) -> Millis {
                self.time
            }

            fn texts(&self) -> Vec<&str> {
                let Work { user, queue, media, .. } = &self.work;
                texts([Some(user), queue.as_ref()], media.as_ref())
            }
        }
    )*};
}

events_of_users!(UserStart, UserEnd, Acw);
