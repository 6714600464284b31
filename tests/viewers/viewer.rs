//! A viewer with the session that `headroom watch` has, and a connection in memory.

use crate::gateway::Behaviour;
use crate::world::World;
use headroom_kpi::Millis;
use headroom_protocol::{Action, RowState, ServerMessage, SessionOptions, ViewerSession};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Longer than a session waits for a response, and than it waits until it verifies rows; shorter than
/// the time after which a row without verification is stale.
const PATIENCE: Duration = Duration::from_secs(61);

/// Longer than the server keeps versions of rows.
const CACHE_AGE: Millis = Millis(16_000);

pub(crate) struct Viewer {
    pub(crate) name: String,
    pub(crate) queues: Vec<&'static str>,
    pub(crate) subjects: Vec<&'static str>,
    /// Whether every message since the last verification has arrived.
    pub(crate) up_to_date: bool,
    session: ViewerSession,
    /// The viewer's clock.
    now: Instant,
    connection: Option<String>,
    connections: u32,
}

impl Viewer {
    /// A viewer whose token allows these queues, and that subscribes to these subjects.
    pub(crate) fn new(name: &str, queues: &[&'static str], subjects: &[&'static str]) -> Self {
        let names = subjects.iter().map(|subject| (*subject).to_owned()).collect();
        Self {
            name: name.into(),
            queues: queues.into(),
            subjects: subjects.into(),
            up_to_date: false,
            session: ViewerSession::new(names, SessionOptions::default(), || 1.0),
            now: Instant::now(),
            connection: None,
            connections: 0,
        }
    }

    pub(crate) fn connection(&self) -> Option<&str> {
        self.connection.as_deref()
    }

    /// Opens another connection, and subscribes.
    pub(crate) async fn connect(&mut self, world: &World) {
        self.open(world).await;
        self.send_requests(world).await;
    }

    /// Opens another connection, without subscribing yet.
    pub(crate) async fn open(&mut self, world: &World) {
        self.connections += 1;
        let connection = format!("{}{}", self.name, self.connections);
        assert_eq!(world.connect(&connection, &self.queues).await.status_code, 200);
        self.connection = Some(connection);
        self.session.connection_opened(self.now);
    }

    /// The connection breaks, and the server is not notified.
    pub(crate) fn cut(&mut self, world: &World) {
        if let Some(connection) = self.connection.take() {
            world.gateway.set(&connection, Behaviour::Gone);
            self.lose(world, &connection);
        }
    }

    /// The viewer closes its connection, and the server is notified.
    pub(crate) async fn close(&mut self, world: &World) {
        if let Some(connection) = self.connection.take() {
            world.route("$disconnect", &connection, None, None).await;
            self.lose(world, &connection);
        }
    }

    fn lose(&mut self, world: &World, connection: &str) {
        world.gateway.take(connection);
        self.session.connection_closed();
        self.up_to_date = false;
    }

    /// The next message that the session wants to send, if any.
    pub(crate) fn next_request(&mut self) -> Option<String> {
        match self.session.next_action(self.now) {
            Action::Send(message) => Some(serde_json::to_string(&message).unwrap()),
            Action::Wait | Action::Reconnect => None,
        }
    }

    /// Carries out what the session wants to do now.
    async fn send_requests(&mut self, world: &World) {
        while let Some(connection) = self.connection.clone() {
            match self.session.next_action(self.now) {
                Action::Send(message) => {
                    world.say(&connection, serde_json::to_string(&message).unwrap()).await;
                }
                Action::Reconnect => {
                    self.cut(world);
                    self.open(world).await;
                }
                Action::Wait => return,
            }
        }
    }

    /// Some seconds go by.
    pub(crate) async fn pass_time(&mut self, world: &World, time: Duration) {
        self.now += time;
        self.send_requests(world).await;
    }

    /// Receives all messages, without those for which `is_lost` returns true, and sends what the
    /// session wants to send, until nothing is left to do.
    pub(crate) async fn receive_all(&mut self, world: &World, mut is_lost: impl FnMut() -> bool) {
        loop {
            let Some(connection) = self.connection.clone() else { return };
            let messages = world.received(&connection);
            if messages.is_empty() {
                return;
            }
            for message in messages {
                if is_lost() {
                    self.up_to_date = false;
                } else {
                    self.session.receive(message, self.now);
                }
            }
            self.send_requests(world).await;
        }
    }

    /// Receives a message, out of turn.
    pub(crate) fn receive(&mut self, message: ServerMessage) {
        self.session.receive(message, self.now);
    }

    /// Lets time pass until the session has verified all rows: first a lost response times out and is
    /// requested again, then the verification is due.
    pub(crate) async fn verify(&mut self, world: &mut World) {
        let Some(connection) = self.connection.clone() else { return };
        world.gateway.set(&connection, Behaviour::Open);
        for _ in 0..2 {
            // What the server has read for other viewers is too old by then.
            world.now = world.now + CACHE_AGE;
            self.pass_time(world, PATIENCE).await;
            self.receive_all(world, || false).await;
        }
        self.up_to_date = self.session.is_complete();
        assert!(self.up_to_date, "{}", self.name);
    }

    /// The rows that are not stale, by name. Their times are left out: that of a delta is the newest
    /// of its batch, and that of a snapshot the one of the last change.
    pub(crate) fn fresh(&self) -> BTreeMap<String, RowState> {
        let mut fresh = BTreeMap::new();
        for (row, stale) in self.session.rows(self.now) {
            if !stale {
                fresh.insert(format!("{}|{}", row.subject, row.bucket), timeless(row));
            }
        }
        fresh
    }

    /// Whether no row is stale.
    pub(crate) fn is_current(&self) -> bool {
        self.session.rows(self.now).all(|(_, stale)| !stale)
    }
}

pub(crate) fn timeless(row: &RowState) -> RowState {
    RowState { at: String::new(), ..row.clone() }
}
