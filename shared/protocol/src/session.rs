//! A viewer's side of the protocol, without a socket or a clock.

use crate::client::{row_name, split_row_name};
use crate::requests::subscribe_request;
use crate::{ClientMessage, Delta, ErrorCode, RefusedSubject, RowState, ServerMessage, View};
use headroom_requests::RetryPolicy;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// A row that had no delta for this long is verified, unless the server names another time.
const VERIFY_AFTER: Duration = Duration::from_mins(1);
/// The shortest time that a server may name: each verification costs it reads.
const VERIFY_AFTER_MIN: Duration = Duration::from_secs(1);
/// A response takes a second at worst; one that takes longer than this was lost.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);
/// API Gateway closes a connection that was idle for 10 minutes.
const PING_AFTER: Duration = Duration::from_mins(4);
/// Waits before another subscription for missed rows, when the last one did not bring them.
const RESUBSCRIBE: RetryPolicy = RetryPolicy::new(Duration::from_secs(2), Duration::from_secs(30));

/// A viewer's session, over any number of connections: which rows it has, and what it has to send.
///
/// The owner of the WebSocket calls [`connection_opened`](Self::connection_opened) and
/// [`connection_closed`](Self::connection_closed), passes every message to
/// [`receive`](Self::receive), and carries out [`next_action`](Self::next_action) after each
/// message and at [`next_action_at`](Self::next_action_at).
pub struct ViewerSession {
    subjects: Vec<String>,
    view: View,
    /// When the server last confirmed a row, by row name.
    confirmed_at: BTreeMap<String, Instant>,
    verify_after: Duration,
    connection: Option<Connection>,
    last_request_id: u64,
    /// Subscriptions in a row that did not bring all missed rows.
    failed_subscribes: u32,
    /// Random numbers from 0 to 1, for the jitter of waits.
    random: fn() -> f64,
}

struct Connection {
    /// Whether the first snapshot has arrived in full.
    complete: bool,
    last_received: Instant,
    last_sent: Instant,
    /// The request that waits for its response. There is one at a time, since a snapshot does not
    /// say which request it answers.
    pending: Option<PendingRequest>,
    subscribe_at: Option<Instant>,
    verify_at: Instant,
    /// The requests of the present verification that are still to be sent.
    verify_requests: VecDeque<ClientMessage>,
    /// Time between two of them.
    verify_step: Duration,
    /// When the next verification begins.
    verify_again_at: Instant,
}

/// A request without a response so far.
struct PendingRequest {
    message: ClientMessage,
    sent_at: Instant,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// A subscription was accepted, except for these subjects.
    Subscribed(Vec<RefusedSubject>),
    /// Rows changed, with whole rows as changes from nothing; more frames of the same response
    /// follow, or it was a push.
    Rows(Vec<Delta>),
    /// The last frame of the response to a subscription or verification.
    Complete(Vec<Delta>),
    /// A request was not carried out, with the server's explanation.
    RequestFailed(ErrorCode, String),
    /// The token has expired.
    Expired,
    /// Nothing that a user needs to know.
    None,
}

/// What the owner of the connection has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Wait for a message, or until [`ViewerSession::next_action_at`].
    Wait,
    /// Send this message, then ask for the next action.
    Send(ClientMessage),
    /// The server does not respond: close this connection and open another one.
    Reconnect,
}

impl ViewerSession {
    /// A session for these subjects. `random` returns numbers from 0 to 1.
    pub fn new(subjects: Vec<String>, random: fn() -> f64) -> Self {
        Self {
            subjects,
            view: View::default(),
            confirmed_at: BTreeMap::new(),
            verify_after: VERIFY_AFTER,
            connection: None,
            last_request_id: 0,
            failed_subscribes: 0,
            random,
        }
    }

    /// A connection was opened: it begins with a subscription.
    pub fn connection_opened(&mut self, now: Instant) {
        self.failed_subscribes = 0;
        self.connection = Some(Connection {
            complete: false,
            last_received: now,
            last_sent: now,
            pending: None,
            subscribe_at: Some(now),
            verify_at: now + self.verify_after,
            verify_requests: VecDeque::new(),
            verify_step: self.verify_after,
            verify_again_at: now + self.verify_after,
        });
    }

    /// The connection is gone: all rows are stale until the next one has brought its snapshot.
    pub fn connection_closed(&mut self) {
        self.connection = None;
    }

    /// The rows at hand.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Whether the first snapshot of the connection has arrived in full.
    pub fn is_complete(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.complete)
    }

    /// The rows in the order of subject and bucket, each with whether it is stale: something was
    /// missed, or it was neither changed nor verified for twice the usual time, or the connection
    /// has not brought its first snapshot yet.
    pub fn rows(&self, now: Instant) -> impl Iterator<Item = (&RowState, bool)> {
        let complete = self.is_complete();
        self.view
            .rows()
            .map(move |(row, missed)| (row, missed || !complete || self.is_unconfirmed(row, now)))
    }

    fn is_unconfirmed(&self, row: &RowState, now: Instant) -> bool {
        match self.confirmed_at.get(&row_name(&row.subject, &row.bucket)) {
            Some(confirmed) => now.saturating_duration_since(*confirmed) > 2 * self.verify_after,
            None => true,
        }
    }

    /// Drops all rows of the buckets for which `keep` is false, such as past intervals.
    pub fn retain_buckets(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.view.retain_buckets(&mut keep);
        self.confirmed_at
            .retain(|name, _| split_row_name(name).is_none_or(|(_, bucket)| keep(bucket)));
    }

    /// Takes in a message of the server.
    pub fn receive(&mut self, message: ServerMessage, now: Instant) -> SessionEvent {
        let Some(connection) = &mut self.connection else { return SessionEvent::None };
        connection.last_received = now;
        match message {
            ServerMessage::Subscribed { refused, verify_seconds, .. } => {
                let named = verify_seconds.map(|seconds| Duration::from_secs(seconds.into()));
                self.verify_after = named.unwrap_or(VERIFY_AFTER).max(VERIFY_AFTER_MIN);
                SessionEvent::Subscribed(refused)
            }
            ServerMessage::Snapshot { last: true, .. } => {
                let changes = self.apply_rows(message, now);
                self.finish_response(now);
                SessionEvent::Complete(changes)
            }
            ServerMessage::Snapshot { .. } | ServerMessage::Deltas { .. } => {
                SessionEvent::Rows(self.apply_rows(message, now))
            }
            ServerMessage::Pong { .. } => {
                connection.pending.take_if(|pending| pending.is_ping());
                SessionEvent::None
            }
            ServerMessage::Error { id, code, message } => {
                self.fail_request(id, now);
                SessionEvent::RequestFailed(code, message)
            }
            ServerMessage::Expired => SessionEvent::Expired,
        }
    }

    /// Applies rows to the view, and plans a subscription if any of them is stale.
    fn apply_rows(&mut self, message: ServerMessage, now: Instant) -> Vec<Delta> {
        let changes = row_changes(&message);
        let is_stale = self.view.apply(message);
        for change in &changes {
            self.confirmed_at.insert(row_name(&change.subject, &change.bucket), now);
        }
        if is_stale {
            self.plan_subscribe(now);
        }
        changes
    }

    /// Plans a subscription that brings missed rows: at once, and later after failed ones.
    fn plan_subscribe(&mut self, now: Instant) {
        let wait = match self.failed_subscribes {
            0 => Duration::ZERO,
            failures => RESUBSCRIBE.delay_after(failures, (self.random)()),
        };
        if let Some(connection) = &mut self.connection {
            connection.subscribe_at.get_or_insert(now + wait);
        }
    }

    /// Handles the last frame of a snapshot: the rows that the request listed are confirmed as of
    /// the time at which it was sent.
    fn finish_response(&mut self, now: Instant) {
        let Some(connection) = &mut self.connection else { return };
        let Some(request) = connection.pending.take_if(|pending| !pending.is_ping()) else {
            return;
        };
        if request.is_subscribe() {
            connection.complete = true;
            connection.verify_at = now + self.verify_after;
        }
        for name in request.message.row_names() {
            let confirmed = self.confirmed_at.entry(name.clone()).or_insert(request.sent_at);
            *confirmed = (*confirmed).max(request.sent_at);
        }
        if self.view.is_stale() {
            self.failed_subscribes += 1;
            self.plan_subscribe(now);
        } else {
            self.failed_subscribes = 0;
            if let Some(connection) = &mut self.connection {
                connection.subscribe_at = None;
            }
        }
    }

    fn fail_request(&mut self, id: Option<u64>, now: Instant) {
        let Some(connection) = &mut self.connection else { return };
        let failed = connection.pending.take_if(|pending| Some(pending.message.id()) == id);
        if failed.is_some_and(|request| request.is_subscribe()) {
            self.failed_subscribes += 1;
            self.plan_subscribe(now);
        }
    }

    /// What to do now. After [`Action::Send`] ask again.
    pub fn next_action(&mut self, now: Instant) -> Action {
        let Some(connection) = &mut self.connection else { return Action::Wait };
        if let Some(pending) = &connection.pending {
            if now < pending.sent_at + RESPONSE_TIMEOUT {
                return Action::Wait;
            }
            if connection.last_received <= pending.sent_at {
                return Action::Reconnect;
            }
            // Other messages arrive: only the response was lost.
            connection.pending = None;
            connection.subscribe_at.get_or_insert(now);
        }
        match self.next_request(now) {
            Some(message) => Action::Send(self.track_request(message, now)),
            None => Action::Wait,
        }
    }

    fn next_request(&mut self, now: Instant) -> Option<ClientMessage> {
        let id = self.last_request_id + 1;
        let connection = self.connection.as_mut()?;
        if connection.subscribe_at.take_if(|time| *time <= now).is_some() {
            return Some(subscribe_request(id, &self.subjects, self.view.known_versions()));
        }
        if connection.complete && connection.verify_at <= now {
            return self.next_verification(now);
        }
        (connection.last_sent + PING_AFTER <= now).then_some(ClientMessage::Ping { id })
    }

    /// The next request that verifies rows. The requests of a verification are spread over half of
    /// the time after which a row has to be verified, so that all rows are verified before any
    /// becomes stale.
    fn next_verification(&mut self, now: Instant) -> Option<ClientMessage> {
        let connection = self.connection.as_mut()?;
        if connection.verify_requests.is_empty() {
            connection.verify_requests = self.view.verify_requests(self.last_request_id + 1).into();
            let count = u32::try_from(connection.verify_requests.len()).unwrap_or(u32::MAX).max(1);
            self.last_request_id += u64::from(count);
            connection.verify_step = self.verify_after / 2 / count;
            connection.verify_again_at = now + self.verify_after;
        }
        let message = connection.verify_requests.pop_front();
        connection.verify_at = if connection.verify_requests.is_empty() {
            connection.verify_again_at
        } else {
            now + connection.verify_step
        };
        message
    }

    fn track_request(&mut self, message: ClientMessage, now: Instant) -> ClientMessage {
        self.last_request_id = self.last_request_id.max(message.id());
        if let Some(connection) = &mut self.connection {
            connection.last_sent = now;
            connection.pending = Some(PendingRequest { message: message.clone(), sent_at: now });
        }
        message
    }

    /// When to ask for [`next_action`](Self::next_action) again if no message arrives before.
    pub fn next_action_at(&self) -> Option<Instant> {
        let connection = self.connection.as_ref()?;
        if let Some(pending) = &connection.pending {
            return Some(pending.sent_at + RESPONSE_TIMEOUT);
        }
        let mut time = connection.last_sent + PING_AFTER;
        if let Some(subscribe_at) = connection.subscribe_at {
            time = time.min(subscribe_at);
        }
        if connection.complete {
            time = time.min(connection.verify_at);
        }
        Some(time)
    }
}

impl PendingRequest {
    fn is_subscribe(&self) -> bool {
        matches!(self.message, ClientMessage::Subscribe { .. })
    }

    fn is_ping(&self) -> bool {
        matches!(self.message, ClientMessage::Ping { .. })
    }
}

fn row_changes(message: &ServerMessage) -> Vec<Delta> {
    match message {
        ServerMessage::Snapshot { rows, .. } => {
            rows.iter().map(|row| Delta::between(None, row)).collect()
        }
        ServerMessage::Deltas { rows } => rows.clone(),
        _ => Vec::new(),
    }
}
