//! A viewer as the protocol asks it to be: it takes in what it gets, and resyncs when it is behind.

use crate::world::World;
use headroom_protocol::{ClientMessage, Effect, Have, RowState, View};
use headroom_viewers::Viewer as Connection;
use std::collections::BTreeMap;

pub(crate) struct Viewer {
    pub(crate) name: String,
    pub(crate) queues: Vec<&'static str>,
    pub(crate) subjects: Vec<&'static str>,
    pub(crate) view: View,
    /// Whether all that was sent since the last verification has arrived.
    pub(crate) whole: bool,
    connection: Option<String>,
    connections: u32,
    requests: u64,
}

impl Viewer {
    pub(crate) fn new(name: &str, queues: &[&'static str], subjects: &[&'static str]) -> Self {
        Self {
            name: name.into(),
            queues: queues.into(),
            subjects: subjects.into(),
            view: View::default(),
            whole: false,
            connection: None,
            connections: 0,
            requests: 0,
        }
    }

    pub(crate) fn connection(&self) -> Option<&str> {
        self.connection.as_deref()
    }

    /// Connects anew and subscribes with what it holds.
    pub(crate) async fn connect(&mut self, world: &World) {
        let (connection, message) = self.opened(world).await;
        world.say(&connection, message).await;
    }

    /// Connects anew. The new connection, and what to subscribe with.
    pub(crate) async fn opened(&mut self, world: &World) -> (String, String) {
        self.connections += 1;
        let connection = format!("{}{}", self.name, self.connections);
        assert_eq!(world.connect(&connection, &self.queues).await.status_code, 200);
        self.connection = Some(connection);
        let (connection, message) = self.subscription().unwrap();
        (connection, serde_json::to_string(&message).unwrap())
    }

    /// The connection breaks, and the server does not hear of it.
    pub(crate) fn cut(&mut self, world: &World) {
        if let Some(connection) = self.connection.take() {
            world.gateway.set(&connection, Connection::Gone);
            world.gateway.take(&connection);
            self.whole = false;
        }
    }

    /// It closes, and the server hears of it.
    pub(crate) async fn close(&mut self, world: &World) {
        if let Some(connection) = self.connection.take() {
            world.route("$disconnect", &connection, None, None).await;
            world.gateway.take(&connection);
            self.whole = false;
        }
    }

    pub(crate) fn subscription(&mut self) -> Option<(String, ClientMessage)> {
        self.requests += 1;
        let subjects = self.subjects.iter().map(|subject| (*subject).to_owned()).collect();
        let have: Have = self.view.have();
        let message = ClientMessage::Subscribe { id: self.requests, subjects, have };
        Some((self.connection.clone()?, message))
    }

    pub(crate) async fn subscribe(&mut self, world: &World) {
        if let Some((connection, message)) = self.subscription() {
            world.say(&connection, serde_json::to_string(&message).unwrap()).await;
        }
    }

    /// Takes in what it has got, except what `lost` says; subscribes again while it is behind.
    pub(crate) async fn listen(&mut self, world: &World, mut lost: impl FnMut() -> bool) {
        loop {
            let Some(connection) = self.connection.clone() else { return };
            let (mut missed, heard) = (false, world.heard(&connection));
            if heard.is_empty() {
                return;
            }
            for message in heard {
                if lost() {
                    self.whole = false;
                } else {
                    missed |= self.view.apply(message) == Effect::Missed;
                }
            }
            if missed {
                self.subscribe(world).await;
            }
        }
    }

    /// Asks whether all that it holds is still it, and reads the answer.
    pub(crate) async fn verify(&mut self, world: &World) {
        let Some(connection) = self.connection.clone() else { return };
        world.gateway.set(&connection, Connection::Open);
        for message in self.view.verify(self.requests + 1) {
            self.requests = message.id();
            world.say(&connection, serde_json::to_string(&message).unwrap()).await;
        }
        self.listen(world, || false).await;
        self.whole = true;
    }

    /// What it shows as fresh, without the times: a delta has the newest of a batch, a snapshot
    /// that of the last change.
    pub(crate) fn fresh(&self) -> BTreeMap<String, RowState> {
        let fresh = self.view.rows().filter(|(_, stale)| !stale);
        fresh.map(|(row, _)| (format!("{}|{}", row.subject, row.bucket), timeless(row))).collect()
    }
}

pub(crate) fn timeless(row: &RowState) -> RowState {
    RowState { at: String::new(), ..row.clone() }
}
