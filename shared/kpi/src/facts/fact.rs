//! One thing that one event or API answer said.

use super::BudgetReport;
use crate::{Id, Media, Metric, Millis};

/// Where a fact was read. Ordered: where an event is there, it counts over an API answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `participants[].sessions[]` of a conversation read from the Platform API.
    Api,
    /// An event of Genesys.
    Event,
}

/// One thing learned about a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Where it was read.
    pub source: Source,
    /// What it says.
    pub kind: FactKind,
}

/// What a fact says; the ids are `sessionId`s.
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
    /// `v2.detail.events.conversation.{id}.customer.start`, at its event time
    CustomerStart(Id, Millis),
    /// `v2.detail.events.conversation.{id}.customer.end`, at its event time
    CustomerEnd(Id, Millis),
    /// `v2.analytics.conversation.{id}.metrics`: an official metric fact
    Metric(MetricFact),
    /// The conversation is over: `conversationEnd` of an API answer, or, as an event,
    /// `headroom.conversation.closed`: Genesys does not know it (any more)
    Closed(Millis),
    /// `headroom.conversation.details`: the Platform API was asked about it then
    Read(Millis),
    /// `headroom.api.budget`: what was spent of the API budget. Of the budget's entities only.
    Budget(BudgetReport),
}

impl FactKind {
    /// The event's own time, the only one that matters.
    pub fn time(&self) -> Millis {
        match self {
            Self::AcdStart(_, event) => event.time,
            Self::AcdEnd(_, event) => event.time,
            Self::UserStart(_, event) => event.time,
            Self::UserEnd(_, event) => event.time,
            Self::Acw(_, event) => event.time,
            Self::CustomerStart(_, at)
            | Self::CustomerEnd(_, at)
            | Self::Closed(at)
            | Self::Read(at) => *at,
            Self::Metric(metric) => metric.emitted,
            Self::Budget(report) => report.at,
        }
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
    /// `mediaType`, if it is said
    pub media: Option<Media>,
}

/// A conversation leaves a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcdEnd {
    /// `eventTime`
    pub time: Millis,
    /// `queueId`
    pub queue: Id,
    /// `mediaType`, if it is said
    pub media: Option<Media>,
    /// `acdOutcome`, if it is one of the known
    pub outcome: Option<Outcome>,
    /// `connectedDurationMs`: the time in the queue
    pub connected: Option<Millis>,
    /// `answeredUserId`
    pub answered_user: Option<Id>,
}

/// How a wait in a queue ended. `UNKNOWN`, absent and new values are no outcome.
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
    /// `queueId`, absent for work that no queue brought
    pub queue: Option<Id>,
    /// `mediaType`, if it is said
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
    /// `disconnectType`, if it is a transfer that is counted
    pub transfer: Option<Transfer>,
}

/// The durations of a user session; absent ones are 0, which adds nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Durations {
    /// `alertingDurationMs`
    pub alerting: Millis,
    /// `interactingDurationMs`
    pub interacting: Millis,
    /// `heldDurationMs`
    pub held: Millis,
    /// `contactingDurationMs`
    pub contacting: Millis,
    /// `dialingDurationMs`
    pub dialing: Millis,
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

/// A value that Genesys computed. Ordered by its key first, so that the facts of one key stand
/// together; then the greater value counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricFact {
    /// What it is booked on
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

/// What a metric fact is booked on.
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
    /// What it adds to the encoded conversation at most, texts apart, with its contributions.
    pub(crate) const WEIGHT_MAX: usize = 210;

    pub(crate) fn key(&self) -> (&MetricSession, &Metric, Millis) {
        (&self.session, &self.metric, self.emitted)
    }
}
