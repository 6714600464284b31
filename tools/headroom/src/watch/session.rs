//! What a viewer sends, and when: the protocol's rules, without a socket or a clock.

use super::request::{Awaited, Request, subscribe};
use crate::backoff::Backoff;
use headroom_protocol::{ClientMessage, Effect, ErrorCode, Refused, RowState, ServerMessage, View};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Unless the server names another: a row without a delta for so long is verified.
const VERIFY_AFTER: Duration = Duration::from_mins(1);
/// The shortest that a server may name: each verification is work for it.
const VERIFY_AFTER_MIN: Duration = Duration::from_secs(1);
/// An answer takes a second at worst; one that takes so long is lost.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// API Gateway closes a connection that was idle for 10 minutes.
const PING_AFTER: Duration = Duration::from_mins(4);
/// Between two subscriptions to find what was missed, if the first does not find it.
const AGAIN: Backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(30) };

/// One viewer's side of the protocol, over any number of connections.
pub struct Session {
    subjects: Vec<String>,
    view: View,
    /// When a row was last known to be the server's, by `<subject>|<bucket>`.
    checked: BTreeMap<String, Instant>,
    verify_after: Duration,
    connection: Option<Connection>,
    last_id: u64,
    /// Subscriptions in a row that did not bring all that was missed.
    in_vain: u32,
    chance: fn() -> f64,
}

struct Connection {
    /// Whether the first snapshot is whole.
    complete: bool,
    heard: Instant,
    sent: Instant,
    awaited: Option<Awaited>,
    subscribe_due: Option<Instant>,
    verify_due: Instant,
    /// The rest of a verification in several messages, when it began, and how far they are apart.
    to_verify: VecDeque<ClientMessage>,
    verify_began: Instant,
    verify_step: Duration,
}

/// What a frame told.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The answer to a subscription, with what was refused.
    Subscribed(Vec<Refused>),
    /// Rows, whole or changed.
    Rows(Vec<Change>),
    /// A subscription or verification has been answered to the end.
    Complete(Vec<Change>),
    /// A request was not carried out.
    Refused(ErrorCode, String),
    /// The token's time is over.
    Expired,
    /// Nothing to tell of.
    Nothing,
}

/// What changed in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `queue#<queueId>#<media>`, ...
    pub subject: String,
    /// `now`, `PT30M#...` or `P1D#...`.
    pub bucket: String,
    /// The newest event time in the change.
    pub at: String,
    /// New values.
    pub set: BTreeMap<String, i64>,
    /// Sums that are zero now.
    pub unset: Vec<String>,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing.
    Nothing,
    /// A message.
    Send(ClientMessage),
    /// The server does not answer: connect anew.
    Silent,
}

impl Session {
    /// For these subjects. `chance` gives numbers from 0 to 1, and is for waits.
    pub fn new(subjects: Vec<String>, chance: fn() -> f64) -> Self {
        Self {
            subjects,
            view: View::default(),
            checked: BTreeMap::new(),
            verify_after: VERIFY_AFTER,
            connection: None,
            last_id: 0,
            in_vain: 0,
            chance,
        }
    }

    /// A connection is there.
    pub fn opened(&mut self, now: Instant) {
        self.in_vain = 0;
        self.connection = Some(Connection {
            complete: false,
            heard: now,
            sent: now,
            awaited: None,
            subscribe_due: Some(now),
            verify_due: now + self.verify_after,
            to_verify: VecDeque::new(),
            verify_began: now,
            verify_step: self.verify_after,
        });
    }

    /// The connection is gone.
    pub fn closed(&mut self) {
        self.connection = None;
    }

    /// What is held.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Whether all that is subscribed to is held, as it is now as far as can be told.
    pub fn is_current(&self, now: Instant) -> bool {
        self.is_complete() && !self.rows(now).any(|(_, stale)| stale)
    }

    /// Whether the connection's first snapshot is whole.
    pub fn is_complete(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.complete)
    }

    /// The rows, each with whether it is stale: missed something, or neither changed nor verified
    /// for twice the usual time, or not known anew since the connection was lost.
    pub fn rows(&self, now: Instant) -> impl Iterator<Item = (&RowState, bool)> {
        let complete = self.is_complete();
        self.view.rows().map(move |(row, missed)| {
            let checked = self.checked.get(&key(&row.subject, &row.bucket));
            let old = checked.is_none_or(|checked| {
                now.saturating_duration_since(*checked) > 2 * self.verify_after
            });
            (row, missed || old || !complete)
        })
    }

    /// Lets go of rows of these buckets.
    pub fn forget(&mut self, mut unwanted: impl FnMut(&str) -> bool) {
        self.view.forget(&mut unwanted);
        self.checked.retain(|key, _| key.rsplit_once('|').is_none_or(|(_, of)| !unwanted(of)));
    }

    /// Takes in a message of the server.
    pub fn received(&mut self, message: ServerMessage, now: Instant) -> Heard {
        let Some(connection) = &mut self.connection else { return Heard::Nothing };
        connection.heard = now;
        match message {
            ServerMessage::Subscribed { refused, verify_seconds, .. } => {
                let named = verify_seconds.map(|seconds| Duration::from_secs(seconds.into()));
                self.verify_after = named.unwrap_or(VERIFY_AFTER).max(VERIFY_AFTER_MIN);
                Heard::Subscribed(refused)
            }
            message @ ServerMessage::Snapshot { last, .. } => {
                let changes = self.take(message, now);
                if last {
                    self.answered(now);
                    return Heard::Complete(changes);
                }
                Heard::Rows(changes)
            }
            message @ ServerMessage::Deltas { .. } => Heard::Rows(self.take(message, now)),
            ServerMessage::Pong { .. } => {
                connection.awaited.take_if(|awaited| awaited.request == Request::Ping);
                Heard::Nothing
            }
            ServerMessage::Error { id, code, message } => self.failed(id, code, message, now),
            ServerMessage::Expired => Heard::Expired,
        }
    }

    /// Takes rows into the view, and subscribes again if something is missing.
    fn take(&mut self, message: ServerMessage, now: Instant) -> Vec<Change> {
        let changes = changes(&message);
        let effect = self.view.apply(message);
        for change in &changes {
            self.checked.insert(key(&change.subject, &change.bucket), now);
        }
        if effect == Effect::Missed {
            self.subscribe_again(now);
        }
        changes
    }

    fn subscribe_again(&mut self, now: Instant) {
        let wait = match self.in_vain {
            0 => Duration::ZERO,
            times => AGAIN.after(times, (self.chance)()),
        };
        if let Some(connection) = &mut self.connection {
            connection.subscribe_due.get_or_insert(now + wait);
        }
    }

    /// The last frame of an answer: what was named is what the server has.
    fn answered(&mut self, now: Instant) {
        let Some(connection) = &mut self.connection else { return };
        let Some(awaited) = connection.awaited.take_if(|awaited| awaited.request != Request::Ping)
        else {
            return;
        };
        if awaited.request == Request::Subscribe {
            connection.complete = true;
            connection.verify_due = now + self.verify_after;
        }
        for named in awaited.keys {
            let checked = self.checked.entry(named).or_insert(awaited.sent);
            *checked = (*checked).max(awaited.sent);
        }
        self.look_for_missed(now);
    }

    /// After an answer nothing should be missing; if something is, it is asked for again, later.
    fn look_for_missed(&mut self, now: Instant) {
        if self.view.is_stale() {
            self.in_vain += 1;
            self.subscribe_again(now);
        } else {
            self.in_vain = 0;
            if let Some(connection) = &mut self.connection {
                connection.subscribe_due = None;
            }
        }
    }

    fn failed(&mut self, id: Option<u64>, code: ErrorCode, text: String, now: Instant) -> Heard {
        let own = |awaited: &mut Awaited| Some(awaited.id) == id;
        let awaited = self.connection.as_mut().and_then(|it| it.awaited.take_if(own));
        if awaited.is_some_and(|awaited| awaited.request == Request::Subscribe) {
            self.in_vain += 1;
            self.subscribe_again(now);
        }
        Heard::Refused(code, text)
    }

    /// What is to be done now. To be asked again until it is nothing.
    pub fn due(&mut self, now: Instant) -> Due {
        let Some(connection) = &mut self.connection else { return Due::Nothing };
        if let Some(awaited) = &connection.awaited {
            if now < awaited.sent + ANSWER_WITHIN {
                return Due::Nothing;
            }
            if connection.heard <= awaited.sent {
                return Due::Silent;
            }
            // The connection is well: only the answer was lost.
            connection.awaited = None;
            connection.subscribe_due.get_or_insert(now);
        }
        match self.next_request(now) {
            Some((request, message)) => Due::Send(self.await_answer(request, message, now)),
            None => Due::Nothing,
        }
    }

    fn next_request(&mut self, now: Instant) -> Option<(Request, ClientMessage)> {
        let id = self.last_id + 1;
        let connection = self.connection.as_mut()?;
        if connection.subscribe_due.take_if(|due| *due <= now).is_some() {
            return Some((Request::Subscribe, subscribe(id, &self.subjects, self.view.have())));
        }
        if connection.complete && connection.verify_due <= now {
            return self.next_verification(now).map(|message| (Request::Verify, message));
        }
        (connection.sent + PING_AFTER <= now).then_some((Request::Ping, ClientMessage::Ping { id }))
    }

    /// Verifies all that is held, a message at a time, spread over half of the time that a row may
    /// take before it is stale.
    fn next_verification(&mut self, now: Instant) -> Option<ClientMessage> {
        let connection = self.connection.as_mut()?;
        if connection.to_verify.is_empty() {
            connection.to_verify = self.view.verify(self.last_id + 1).into();
            self.last_id += connection.to_verify.len() as u64;
            let parts = u32::try_from(connection.to_verify.len()).unwrap_or(u32::MAX).max(1);
            (connection.verify_began, connection.verify_step) =
                (now, self.verify_after / 2 / parts);
        }
        let message = connection.to_verify.pop_front();
        connection.verify_due = if connection.to_verify.is_empty() {
            connection.verify_began + self.verify_after
        } else {
            now + connection.verify_step
        };
        message
    }

    fn await_answer(
        &mut self,
        request: Request,
        message: ClientMessage,
        now: Instant,
    ) -> ClientMessage {
        self.last_id = self.last_id.max(message.id());
        if let Some(connection) = &mut self.connection {
            connection.sent = now;
            connection.awaited = Some(Awaited::new(request, &message, now));
        }
        message
    }

    /// When [`Session::due`] is to be asked again, if nothing is heard before.
    pub fn next_due(&self) -> Option<Instant> {
        let connection = self.connection.as_ref()?;
        if let Some(awaited) = &connection.awaited {
            return Some(awaited.sent + ANSWER_WITHIN);
        }
        let verify = connection.complete.then_some(connection.verify_due);
        let ping = Some(connection.sent + PING_AFTER);
        [connection.subscribe_due, verify, ping].into_iter().flatten().min()
    }
}

pub(super) fn key(subject: &str, bucket: &str) -> String {
    format!("{subject}|{bucket}")
}

fn changes(message: &ServerMessage) -> Vec<Change> {
    match message {
        ServerMessage::Snapshot { rows, .. } => rows.iter().map(Change::from).collect(),
        ServerMessage::Deltas { rows } => rows
            .iter()
            .map(|delta| Change {
                subject: delta.subject.clone(),
                bucket: delta.bucket.clone(),
                at: delta.at.clone(),
                set: delta.set.clone(),
                unset: delta.unset.clone(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

impl From<&RowState> for Change {
    fn from(row: &RowState) -> Self {
        Self {
            subject: row.subject.clone(),
            bucket: row.bucket.clone(),
            at: row.at.clone(),
            set: row.metrics.clone(),
            unset: Vec::new(),
        }
    }
}
