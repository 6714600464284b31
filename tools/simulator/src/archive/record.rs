//! The record of a conversation.

use crate::facts::Reading;
use crate::id::Id;
use crate::world::agent_session::{Disconnect, SegmentKind};
use crate::world::conversation::Conversation;
use crate::world::lanes::{Media, Queue};
use crate::world::party::{Party, Purpose};

/// A conversation as Genesys' analytics keep it.
pub(crate) struct Record {
    pub(crate) id: Id,
    pub(crate) start: i64,
    pub(crate) outbound: bool,
    pub(crate) party: Party,
    pub(crate) sessions: Vec<Session>,
    /// The number of events that the faults lost.
    pub(super) lost_events: u32,
    published_until: i64,
}

/// A session of a participant; every participant has one.
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
}

pub(crate) struct Segment {
    pub(crate) kind: SegmentKind,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    /// `disconnectType`, if it is the session's last segment.
    pub(crate) disconnect: Option<Disconnect>,
}

/// A metric of a session. The time of its reading is the emit date of the API.
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) reading: Reading,
}

impl Record {
    pub(super) fn new(conversation: &Conversation) -> Self {
        let customer = &conversation.customer;
        let ids = (customer.participant, customer.session);
        let mut session = Session::new(ids, Purpose::Customer, conversation.media, customer.start);
        session.outbound = conversation.outbound;
        session.start_segment(SegmentKind::Interact, customer.start);
        Self {
            id: conversation.id,
            start: customer.start,
            outbound: conversation.outbound,
            party: conversation.party.clone(),
            sessions: vec![session],
            lost_events: 0,
            published_until: conversation.published_until,
        }
    }

    pub(super) fn session_mut(&mut self, id: Id) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// When the customer and all agents have left; after-call work is not waited for.
    pub(crate) fn end(&self) -> Option<i64> {
        let is_person =
            |session: &&Session| !matches!(session.purpose, Purpose::Ivr | Purpose::Acd);
        let people = self.sessions.iter().filter(is_person);
        people.map(|session| session.end).try_fold(self.start, |last, end| Some(last.max(end?)))
    }

    /// The queue that the segments of a session name as of a time. Those of the customer's session
    /// name the first queue that the customer entered.
    pub(crate) fn queue_as_of(&self, session: &Session, as_of: i64) -> Option<Queue> {
        if session.purpose != Purpose::Customer {
            return session.queue;
        }
        let mut entered = self.sessions.iter().filter(|session| session.start <= as_of);
        entered.find(|session| session.purpose == Purpose::Acd)?.queue
    }

    /// The end, if it is not after a time.
    pub(crate) fn end_as_of(&self, as_of: i64) -> Option<i64> {
        self.end().filter(|end| *end <= as_of)
    }

    /// Whether events do not report all of it.
    pub(super) fn is_cut_short(&self) -> bool {
        let segments = self.sessions.iter().flat_map(|session| &session.segments);
        let metrics = self.sessions.iter().flat_map(|session| &session.metrics);
        let times = segments.filter_map(|segment| segment.end);
        times
            .chain(metrics.map(|metric| metric.reading.time))
            .any(|time| time > self.published_until)
    }
}

impl Session {
    pub(super) const fn new(
        (participant, id): (Id, Id),
        purpose: Purpose,
        media: Media,
        start: i64,
    ) -> Self {
        Self {
            participant,
            id,
            purpose,
            user: None,
            queue: None,
            media,
            outbound: false,
            start,
            end: None,
            segments: Vec::new(),
            metrics: Vec::new(),
        }
    }

    pub(crate) fn start_segment(&mut self, kind: SegmentKind, start: i64) {
        self.segments.push(Segment::open(kind, start));
    }

    pub(crate) fn add_segment(&mut self, kind: SegmentKind, start: i64, end: i64) {
        self.segments.push(Segment { end: Some(end), ..Segment::open(kind, start) });
    }

    /// Ends the open segment, if there is one.
    pub(crate) fn end_segment(&mut self, end: i64) {
        if let Some(open) = self.segments.iter_mut().find(|segment| segment.end.is_none()) {
            open.end = Some(end);
        }
    }

    pub(crate) fn finish(&mut self, end: i64, disconnect: Disconnect) {
        self.end_segment(end);
        self.end = Some(end);
        let mut segments = self.segments.iter_mut();
        if let Some(last) = segments.rfind(|segment| segment.kind != SegmentKind::Wrapup) {
            last.disconnect = Some(disconnect);
        }
    }

    /// Whether it is in progress at a time.
    pub(crate) fn is_open(&self, time: i64) -> bool {
        self.start <= time && self.end.is_none_or(|end| end > time)
    }
}

impl Segment {
    const fn open(kind: SegmentKind, start: i64) -> Self {
        Self { kind, start, end: None, disconnect: None }
    }
}
