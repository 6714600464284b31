//! Writes what happens in the world into an archive.

use super::Archive;
use super::catalog::Agent;
use super::contents::Contents;
use super::record::{Metric, Purpose, Record, Session};
use crate::Options;
use crate::chance::{Chance, Part};
use crate::facts::{Official, Reading};
use crate::id::Id;
use crate::world::agent_session::{Acw, Disconnect, SegmentKind, UserSession};
use crate::world::conversation::{AcdEnd, AcdSession, Conversation, FlowSession, Outcome};

/// Does nothing without an archive.
pub(crate) struct Recorder {
    archive: Option<Archive>,
    jitter_ms: i64,
    chance: Chance,
}

impl Recorder {
    pub(crate) fn new(options: &Options, archive: Option<&Archive>) -> Self {
        let jitter_ms = archive.map_or(0, |archive| {
            let mut contents = archive.lock();
            contents.rules = options.rules.clone();
            contents.emit_jitter_ms
        });
        let chance = Chance::new(options.seed, Part::Archive);
        Self { archive: archive.cloned(), jitter_ms, chance }
    }

    pub(crate) fn agent_hired(&self, user: Id, group: usize, hired: i64) {
        self.write(|contents| contents.agents.push(Agent { user, group, hired }));
    }

    pub(crate) fn run_ended(&self, end: i64) {
        let end_ms = end + self.jitter_ms;
        self.write(|contents| contents.end_ms = Some(end_ms));
    }

    pub(crate) fn conversation_started(&self, conversation: &Conversation) {
        self.write(|contents| contents.insert(conversation.number, Record::new(conversation)));
    }

    pub(crate) fn flow_started(&self, conversation: &Conversation, flow: &FlowSession) {
        let session = Session {
            participant: flow.participant,
            purpose: Purpose::Ivr,
            ..Session::new(flow.session, conversation.media, flow.start)
        };
        self.add_session(conversation, session, Some(SegmentKind::Ivr));
    }

    pub(crate) fn acd_started(&self, conversation: &Conversation, acd: &AcdSession) {
        let session = Session {
            participant: acd.participant,
            purpose: Purpose::Acd,
            queue: Some(acd.queue),
            ..Session::new(acd.session, acd.media, acd.start)
        };
        self.add_session(conversation, session, Some(SegmentKind::Interact));
    }

    pub(crate) fn acd_ended(&self, conversation: &Conversation, acd: &AcdSession, end: &AcdEnd) {
        let disconnect = match end.outcome {
            Outcome::Abandon => Disconnect::Peer,
            Outcome::Answered | Outcome::FlowOut => Disconnect::Transfer,
        };
        self.change_session(conversation, acd.session, |session| {
            session.answered_by = end.answer.map(|answer| answer.user);
            session.finish(end.time, disconnect);
        });
    }

    /// An agent's session starts: with an alert, unless it is connected at once.
    pub(crate) fn user_started(&self, conversation: &Conversation, user: &UserSession) {
        let is_personal_call = user.outbound && user.queue.is_none();
        let session = Session {
            participant: user.participant,
            purpose: if is_personal_call { Purpose::User } else { Purpose::Agent },
            user: Some(user.user),
            queue: user.queue,
            outbound: user.outbound,
            ..Session::new(user.session, user.media, user.start)
        };
        let segment = if user.connected.is_none() { Some(SegmentKind::Alert) } else { None };
        self.add_session(conversation, session, segment);
    }

    pub(crate) fn segment_started(
        &self,
        conversation: &Conversation,
        session: Id,
        kind: SegmentKind,
        start: i64,
    ) {
        self.change_session(conversation, session, |session| session.start_segment(kind, start));
    }

    pub(crate) fn segment_ended(&self, conversation: &Conversation, session: Id, end: i64) {
        self.change_session(conversation, session, |session| session.end_segment(end));
    }

    /// A segment with its start and end.
    pub(crate) fn segment(
        &self,
        conversation: &Conversation,
        session: Id,
        kind: SegmentKind,
        (start, end): (i64, i64),
    ) {
        self.change_session(conversation, session, |session| session.add_segment(kind, start, end));
    }

    pub(crate) fn session_ended(
        &self,
        conversation: &Conversation,
        session: Id,
        end: i64,
        disconnect: Disconnect,
    ) {
        self.change_session(conversation, session, |session| session.finish(end, disconnect));
    }

    /// After-call work is planned. Genesys has no segment of it if it has no duration.
    pub(crate) fn acw_planned(&self, conversation: &Conversation, session: Id, acw: Acw) {
        if let Some(ms) = acw.duration_ms {
            let times = (acw.time - ms, acw.time);
            self.segment(conversation, session, SegmentKind::Wrapup, times);
        }
    }

    pub(crate) fn metric(
        &mut self,
        conversation: &Conversation,
        name: &'static str,
        official: &Official,
    ) {
        let jitter_ms = match self.jitter_ms {
            0 => 0,
            ms => self.chance.between(-ms..=ms),
        };
        let reading = Reading { time: official.reading.time + jitter_ms, ..official.reading };
        self.change_session(conversation, official.session, |session| {
            session.metrics.push(Metric { name, reading });
        });
    }

    fn add_session(
        &self,
        conversation: &Conversation,
        mut session: Session,
        segment: Option<SegmentKind>,
    ) {
        if let Some(kind) = segment {
            session.start_segment(kind, session.start);
        }
        self.change(conversation, |record| record.sessions.push(session));
    }

    fn change_session(
        &self,
        conversation: &Conversation,
        session: Id,
        change: impl FnOnce(&mut Session),
    ) {
        self.change(conversation, |record| {
            if let Some(session) = record.session_mut(session) {
                change(session);
            }
        });
    }

    /// Changes a record, if it has not been removed.
    fn change(&self, conversation: &Conversation, change: impl FnOnce(&mut Record)) {
        self.write(|contents| {
            if let Some(record) = contents.record_mut(conversation.number) {
                change(record);
            }
        });
    }

    fn write(&self, write: impl FnOnce(&mut Contents)) {
        if let Some(archive) = &self.archive {
            write(&mut archive.lock());
        }
    }
}
