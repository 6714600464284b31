//! One conversation's record.

use crate::facts::Reading;
use crate::id::Id;
use crate::world::conversation::{Conversation, Disconnect};
use crate::world::lanes::{Media, Queue};
use crate::world::party::Party;

/// A conversation as Genesys' analytics keep it.
pub(crate) struct Record {
    pub(crate) id: Id,
    pub(crate) start: i64,
    pub(crate) outbound: bool,
    pub(crate) party: Party,
    pub(crate) sessions: Vec<Session>,
    /// Events that count, and were lost on their way.
    pub(super) lost_lines: u32,
    /// Nothing later is published.
    cut: i64,
}

/// A participant's part; each participant has one.
pub(crate) struct Session {
    pub(crate) participant: Id,
    pub(crate) id: Id,
    pub(crate) purpose: Purpose,
    pub(crate) user: Option<Id>,
    pub(crate) queue: Option<Queue>,
    pub(crate) media: Media,
    pub(crate) outbound: bool,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) metrics: Vec<Metric>,
    /// Of time in a queue: who answered.
    pub(crate) answered_by: Option<Id>,
}

/// What a participant is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Customer,
    Ivr,
    Acd,
    Agent,
    User,
}

/// A stretch of a session.
pub(crate) struct Segment {
    pub(crate) kind: Kind,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    /// Of the last one: how the session ended.
    pub(crate) disconnect: Option<&'static str>,
}

/// What is done in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Alert,
    Callback,
    Contacting,
    Dialing,
    Hold,
    Interact,
    Ivr,
    Wrapup,
}

/// A metric of a session. Its reading has the time at which the API says it was emitted, and whom
/// it belongs to.
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) reading: Reading,
}

impl Record {
    pub(super) fn of(it: &Conversation) -> Self {
        let customer = Session {
            participant: it.customer.participant,
            purpose: Purpose::Customer,
            segments: vec![Segment::open(Kind::Interact, it.customer.start)],
            ..Session::new(it.customer.session, it.media, it.customer.start)
        };
        Self {
            id: it.id,
            start: it.customer.start,

            outbound: it.outbound,
            party: it.party.clone(),
            sessions: vec![Session { outbound: it.outbound, ..customer }],
            lost_lines: 0,
            cut: it.cut,
        }
    }

    pub(super) fn session(&mut self, id: Id) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// When customer and agents have left, if they have. After-call work does not count.
    pub(crate) fn end(&self) -> Option<i64> {
        let people = self.sessions.iter().filter(|session| session.purpose.is_a_person());
        people.map(|session| session.end).try_fold(self.start, |last, end| Some(last.max(end?)))
    }

    pub(super) fn is_cut_short(&self) -> bool {
        let last = self.sessions.iter().flat_map(Session::times).max();
        last.is_some_and(|last| last > self.cut)
    }
}

impl Session {
    pub(super) const fn new(id: Id, media: Media, start: i64) -> Self {
        Self {
            participant: id,
            id,
            purpose: Purpose::Agent,
            user: None,
            queue: None,
            media,
            outbound: false,
            start,
            end: None,
            segments: Vec::new(),
            metrics: Vec::new(),
            answered_by: None,
        }
    }

    pub(super) fn open(&mut self, kind: Kind, start: i64) {
        self.segments.push(Segment::open(kind, start));
    }

    pub(super) fn whole(&mut self, kind: Kind, start: i64, end: i64) {
        self.segments.push(Segment { end: Some(end), ..Segment::open(kind, start) });
    }

    /// Ends the segment that is open, if one is.
    pub(super) fn close(&mut self, end: i64) {
        if let Some(open) = self.segments.iter_mut().find(|segment| segment.end.is_none()) {
            open.end = Some(end);
        }
    }

    pub(super) fn finish(&mut self, end: i64, disconnect: Disconnect) {
        self.close(end);
        self.end = Some(end);
        let mut segments = self.segments.iter_mut();
        if let Some(last) = segments.rfind(|segment| segment.kind != Kind::Wrapup) {
            last.disconnect = Some(text(disconnect));
        }
    }

    /// Whether it is going on at a time.
    pub(crate) fn is_open(&self, at: i64) -> bool {
        self.start <= at && self.end.is_none_or(|end| end > at)
    }

    /// What happens at which time, as far as events tell it.
    fn times(&self) -> impl Iterator<Item = i64> {
        let segments = self.segments.iter().filter_map(|segment| segment.end);
        segments.chain(self.metrics.iter().map(|metric| metric.reading.time))
    }
}

impl Segment {
    const fn open(kind: Kind, start: i64) -> Self {
        Self { kind, start, end: None, disconnect: None }
    }
}

impl Purpose {
    const fn is_a_person(self) -> bool {
        matches!(self, Self::Customer | Self::Agent | Self::User)
    }

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Ivr => "ivr",
            Self::Acd => "acd",
            Self::Agent => "agent",
            Self::User => "user",
        }
    }
}

impl Kind {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Callback => "callback",
            Self::Contacting => "contacting",
            Self::Dialing => "dialing",
            Self::Hold => "hold",
            Self::Interact => "interact",
            Self::Ivr => "ivr",
            Self::Wrapup => "wrapup",
        }
    }
}

/// As in analytics.
const fn text(disconnect: Disconnect) -> &'static str {
    match disconnect {
        Disconnect::Client => "client",
        Disconnect::Peer => "peer",
        Disconnect::Endpoint => "endpoint",
        Disconnect::System => "system",
        Disconnect::Transfer => "transfer",
        Disconnect::ConsultTransfer => "consultTransfer",
        Disconnect::Untold => "other",
    }
}
