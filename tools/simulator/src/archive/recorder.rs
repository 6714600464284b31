//! Writes what happens in the world into an archive.

use super::Archive;
use super::contents::{Agent, Contents};
use super::record::{Metric, Record, Session};
use crate::Options;
use crate::agents::{Change, History};
use crate::chance::{Chance, Part};
use crate::facts::{Official, Reading};
use crate::id::Id;
use crate::world::agent_session::{Acw, Disconnect, SegmentKind, UserSession};
use crate::world::agent_state::{AgentState, Current};
use crate::world::conversation::{AcdEnd, AcdSession, Conversation, FlowSession, Outcome};
use crate::world::party::Purpose;

/// Does nothing without an archive.
pub(crate) struct Recorder {
    archive: Option<Archive>,
    jitter_ms: i64,
    /// Whether agents have lives of their own.
    has_agents: bool,
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
        Self { archive: archive.cloned(), jitter_ms, has_agents: options.agents, chance }
    }

    pub(crate) fn agent_hired(&self, user: Id, group: usize, hired: i64) {
        let (history, has_lost_event) = (History::default(), false);
        let agent = Agent { user, group, hired, history, has_lost_event };
        self.write(|contents| contents.agents.push(agent));
    }

    /// What is true of an agent who has a life of his or her own, before it changes.
    pub(crate) fn agent_began(&self, agent: usize, state: &AgentState) {
        self.agent_changed(agent, |history| {
            *history = History {
                routing: vec![first(&state.routing)],
                presence: vec![first(&state.presence)],
                joined: vec![first(&state.joined)],
                members: vec![Change { at: state.joined.since, value: state.members }],
                out_of_office: vec![first(&state.out_of_office)],
            };
        });
    }

    /// Changes what is kept of an agent, if agents have lives of their own.
    pub(crate) fn agent_changed(&self, agent: usize, change: impl FnOnce(&mut History)) {
        if self.has_agents {
            self.write(|contents| {
                if let Some(agent) = contents.agents.get_mut(agent) {
                    change(&mut agent.history);
                }
            });
        }
    }

    pub(crate) fn run_ended(&self, end: i64) {
        let end_ms = end + self.jitter_ms;
        self.write(|contents| contents.end_ms = Some(end_ms));
    }

    pub(crate) fn conversation_started(&self, conversation: &Conversation) {
        self.write(|contents| contents.insert(conversation.number, Record::new(conversation)));
    }

    pub(crate) fn flow_started(&self, conversation: &Conversation, flow: &FlowSession) {
        let ids = (flow.participant, flow.session);
        let mut session = Session::new(ids, Purpose::Ivr, conversation.media, flow.start);
        session.start_segment(SegmentKind::Ivr, flow.start);
        self.add_session(conversation, session);
    }

    pub(crate) fn acd_started(&self, conversation: &Conversation, acd: &AcdSession) {
        let ids = (acd.participant, acd.session);
        let mut session = Session::new(ids, Purpose::Acd, acd.media, acd.start);
        session.queue = Some(acd.queue);
        session.start_segment(SegmentKind::Interact, acd.start);
        self.add_session(conversation, session);
    }

    pub(crate) fn acd_ended(&self, conversation: &Conversation, acd: &AcdSession, end: &AcdEnd) {
        let is_abandon = end.outcome == Some(Outcome::Abandon);
        let disconnect = if is_abandon { Disconnect::Peer } else { Disconnect::Transfer };
        self.change_session(conversation, acd.session, |session| {
            session.finish(end.time, disconnect);
        });
    }

    /// An agent's session starts: with an alert, unless it is connected at once.
    pub(crate) fn user_started(&self, conversation: &Conversation, user: &UserSession) {
        let is_personal_call = user.outbound && user.queue.is_none();
        let purpose = if is_personal_call { Purpose::User } else { Purpose::Agent };
        let ids = (user.participant, user.session);
        let mut session = Session::new(ids, purpose, user.media, user.start);
        session.user = Some(user.user);
        session.queue = user.queue;
        session.outbound = user.outbound;
        if user.connected.is_none() {
            session.start_segment(SegmentKind::Alert, user.start);
        }
        self.add_session(conversation, session);
    }

    /// After-call work is planned. Genesys has no segment of it if it has no duration.
    pub(crate) fn acw_planned(&self, conversation: &Conversation, session: Id, acw: Acw) {
        if let Some(ms) = acw.duration_ms {
            self.change_session(conversation, session, |session| {
                session.add_segment(SegmentKind::Wrapup, acw.time - ms, acw.time);
            });
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

    fn add_session(&self, conversation: &Conversation, session: Session) {
        self.change(conversation, |record| record.sessions.push(session));
    }

    /// Changes the record of a session.
    pub(crate) fn change_session(
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
            if let Some(record) = contents.records.get_mut(&conversation.number) {
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

const fn first<T: Copy>(current: &Current<T>) -> Change<T> {
    Change { at: current.since, value: current.value }
}
