//! Writes down what happens, if anybody wants to know.

use super::record::{Kind, Metric, Purpose, Record, Session};
use super::{Archive, Books};
use crate::Options;
use crate::archive::catalog::Person;
use crate::chance::{Chance, Part};
use crate::facts::{Official, Reading};
use crate::id::Id;
use crate::world::conversation::{
    AcdEnd, AcdSession, Acw, Conversation, Disconnect, FlowSession, Outcome, UserSession,
};

/// The world's pen. Without an archive it writes nothing.
pub(crate) struct Recorder {
    archive: Option<Archive>,
    jitter_ms: i64,
    chance: Chance,
}

impl Recorder {
    pub(crate) fn new(options: &Options, archive: Option<&Archive>) -> Self {
        let jitter_ms = archive.map_or(0, |archive| {
            let mut books = archive.books();
            books.rules = options.rules.clone();
            books.emit_jitter_ms
        });
        let chance = Chance::new(options.seed, Part::Archive);
        Self { archive: archive.cloned(), jitter_ms, chance }
    }

    pub(crate) fn hired(&self, user: Id, group: usize, now: i64) {
        self.books(|books| books.people.push(Person { user, group, hired: now }));
    }

    pub(crate) fn ended(&self, end: i64) {
        let end = end + self.jitter_ms;
        self.books(|books| books.end_ms = Some(end));
    }

    pub(crate) fn begun(&self, it: &Conversation) {
        self.books(|books| {
            books.numbers.insert(it.id, it.number);
            books.records.insert(it.number, Record::of(it));
        });
    }

    pub(crate) fn flow(&self, it: &Conversation, flow: &FlowSession) {
        let session = Session::new(flow.session, it.media, flow.start);
        let session = Session { participant: flow.participant, purpose: Purpose::Ivr, ..session };
        self.add(it, session, Some(Kind::Ivr));
    }

    pub(crate) fn acd(&self, it: &Conversation, acd: &AcdSession) {
        let session = Session {
            participant: acd.participant,
            purpose: Purpose::Acd,
            queue: Some(acd.queue),
            ..Session::new(acd.session, acd.media, acd.start)
        };
        self.add(it, session, Some(Kind::Interact));
    }

    pub(crate) fn acd_ended(&self, it: &Conversation, acd: &AcdSession, end: &AcdEnd) {
        let disconnect = match end.outcome {
            Outcome::Abandon => Disconnect::Peer,
            Outcome::Answered | Outcome::FlowOut => Disconnect::Transfer,
        };
        self.session(it, acd.session, |session| {
            session.answered_by = end.answer.map(|answer| answer.user);
            session.finish(end.time, disconnect);
        });
    }

    /// An agent's session begins: with an alert, or at once connected.
    pub(crate) fn user(&self, it: &Conversation, user: &UserSession) {
        let own = user.outbound && user.queue.is_none();
        let session = Session {
            participant: user.participant,
            purpose: if own { Purpose::User } else { Purpose::Agent },
            user: Some(user.user),
            queue: user.queue,
            outbound: user.outbound,
            ..Session::new(user.session, user.media, user.start)
        };
        self.add(it, session, user.connected.is_none().then_some(Kind::Alert));
    }

    pub(crate) fn opened(&self, it: &Conversation, session: Id, kind: Kind, start: i64) {
        self.session(it, session, |session| session.open(kind, start));
    }

    pub(crate) fn closed(&self, it: &Conversation, session: Id, end: i64) {
        self.session(it, session, |session| session.close(end));
    }

    pub(crate) fn whole(&self, it: &Conversation, session: Id, kind: Kind, (from, to): (i64, i64)) {
        self.session(it, session, |session| session.whole(kind, from, to));
    }

    pub(crate) fn finished(&self, it: &Conversation, session: Id, end: i64, how: Disconnect) {
        self.session(it, session, |session| session.finish(end, how));
    }

    /// After-call work is planned. Without a duration Genesys has no segment of it.
    pub(crate) fn acw(&self, it: &Conversation, session: Id, acw: Acw) {
        if let Some(ms) = acw.duration_ms {
            self.whole(it, session, Kind::Wrapup, (acw.time - ms, acw.time));
        }
    }

    pub(crate) fn metric(&mut self, it: &Conversation, name: &'static str, official: &Official) {
        let off_ms = match self.jitter_ms {
            0 => 0,
            ms => self.chance.between(-ms..=ms),
        };
        let reading = Reading { time: official.reading.time + off_ms, ..official.reading };
        self.session(it, official.session, |session| {
            session.metrics.push(Metric { name, reading });
        });
    }

    fn add(&self, it: &Conversation, mut session: Session, first: Option<Kind>) {
        if let Some(kind) = first {
            session.open(kind, session.start);
        }
        self.record(it, |record| record.sessions.push(session));
    }

    fn session(&self, it: &Conversation, session: Id, write: impl FnOnce(&mut Session)) {
        self.record(it, |record| {
            if let Some(session) = record.session(session) {
                write(session);
            }
        });
    }

    /// A conversation that was forgotten is written down no more.
    fn record(&self, it: &Conversation, write: impl FnOnce(&mut Record)) {
        self.books(|books| {
            if let Some(record) = books.records.get_mut(&it.number) {
                write(record);
            }
        });
    }

    fn books(&self, write: impl FnOnce(&mut Books)) {
        if let Some(archive) = &self.archive {
            write(&mut archive.books());
        }
    }
}
