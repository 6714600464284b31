//! A viewer's side of the protocol, without a socket or a clock.

mod catalog;
mod pending;
mod sending;

use crate::catalog::Catalog;
use crate::versions::{row_name, split_row_name};
use crate::{
    ClientMessage, Delta, ErrorCode, Feature, RefusedSubject, RowState, ServerMessage, View,
};
use headroom_requests::RetryPolicy;
use pending::PendingRequest;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// A row that had no delta for this long is verified, unless the server names another time.
const VERIFY_AFTER: Duration = Duration::from_mins(1);
/// The shortest time that a server may name: each verification costs it reads.
const VERIFY_AFTER_MIN: Duration = Duration::from_secs(1);
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
    options: SessionOptions,
    view: View,
    catalog: Option<Catalog>,
    /// The frames of a catalog that has not arrived in full.
    next_catalog: Catalog,
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

/// What a session asks for besides rows, from a server that can do it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionOptions {
    /// The names and service levels of queues: see [`ViewerSession::catalog`].
    pub catalog: bool,
    /// The histograms of waits, in all rows.
    pub waits: bool,
}

struct Connection {
    /// What the server can do.
    features: Vec<Feature>,
    /// Whether the catalog is still to be requested.
    needs_catalog: bool,
    /// Requests for rows of the past that are still to be sent.
    reads: VecDeque<ClientMessage>,
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
    /// The catalog has changed: see [`ViewerSession::catalog`].
    Catalog,
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
    pub fn new(subjects: Vec<String>, options: SessionOptions, random: fn() -> f64) -> Self {
        Self {
            subjects,
            options,
            view: View::default(),
            catalog: None,
            next_catalog: Catalog::default(),
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
            features: Vec::new(),
            needs_catalog: self.options.catalog,
            reads: VecDeque::new(),
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

    /// Requests rows of intervals that begin from `since` up to, but not with, `until` (ISO-8601).
    /// Their response is like that of a subscription. Returns false if there is no complete
    /// connection, or the server cannot do it.
    pub fn read(&mut self, subjects: Vec<String>, since: String, until: String) -> bool {
        let (since, until, buckets) = (Some(since), Some(until), Vec::new());
        let Some(connection) = &mut self.connection else { return false };
        if !connection.complete || !connection.features.contains(&Feature::Read) {
            return false;
        }
        connection.reads.push_back(ClientMessage::Read { id: 0, subjects, since, until, buckets });
        true
    }

    /// Whether a response is still to come that the owner asked for: the catalog, or rows of the past.
    pub fn is_waiting(&self) -> bool {
        self.connection.as_ref().is_some_and(|connection| {
            let has_request = connection.pending.as_ref().is_some_and(PendingRequest::is_extra);
            let needs_catalog =
                connection.needs_catalog && connection.features.contains(&Feature::Catalog);
            has_request || needs_catalog || !connection.reads.is_empty()
        })
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
            ServerMessage::Subscribed { refused, verify_seconds, features, .. } => {
                connection.features = features;
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
            ServerMessage::Catalog { .. } => self.receive_catalog(message),
            ServerMessage::Pong { .. } => {
                connection.pending.take_if(|pending| pending.is_ping());
                SessionEvent::None
            }
            ServerMessage::Error { id, code, message } => {
                if self.tries_otherwise(id, code) {
                    return SessionEvent::None;
                }
                self.fail_request(id, now);
                SessionEvent::RequestFailed(code, message)
            }
            ServerMessage::Expired => SessionEvent::Expired,
        }
    }

    /// Applies rows to the view, and plans a subscription if any of them is stale.
    fn apply_rows(&mut self, message: ServerMessage, now: Instant) -> Vec<Delta> {
        let mut changes = row_changes(&message);
        let is_stale = self.view.apply(message);
        changes.retain(|change| self.view.contains(&change.subject, &change.bucket));
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

    /// Handles the last frame of a snapshot: the rows that the request was about are confirmed as of
    /// the time at which it was sent, or at which the server may have read them.
    fn finish_response(&mut self, now: Instant) {
        let verify_period = self.verify_period();
        let Some(connection) = &mut self.connection else { return };
        let Some(request) = connection.pending.take_if(|pending| pending.expects_snapshot()) else {
            return;
        };
        if request.is_subscribe() {
            connection.complete = true;
            connection.verify_at = now + verify_period;
        }
        let confirmed_at = request.confirms_as_of();
        for name in self.view.row_names().filter(|name| request.message.confirms(name)) {
            let confirmed = self.confirmed_at.entry(name.clone()).or_insert(confirmed_at);
            *confirmed = (*confirmed).max(confirmed_at);
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

    /// Whether a request was refused that can be made in another way: digests of too many rows. From
    /// then on they are verified by versions.
    fn tries_otherwise(&mut self, id: Option<u64>, code: ErrorCode) -> bool {
        let Some(connection) = &mut self.connection else { return false };
        let is_refused = |pending: &mut PendingRequest| {
            let by_digests =
                matches!(pending.message, ClientMessage::Verify { digests: Some(_), .. });
            by_digests && Some(pending.message.id()) == id && code != ErrorCode::Internal
        };
        if connection.pending.take_if(is_refused).is_none() {
            return false;
        }
        connection.features.retain(|feature| *feature != Feature::Digests);
        connection.verify_requests.clear();
        true
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
