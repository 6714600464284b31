//! A server of the viewer protocol in a thread of its own, whose frames can be lost.

#![allow(clippy::result_large_err, reason = "the type is the library's")]

use futures_util::{SinkExt, StreamExt};
use headroom_kpi::Computed;
use headroom_protocol::{
    BucketVersions, CatalogQueue, ClientMessage, Delta, Feature, KnownVersion, KnownVersions,
    RowState, ServerMessage, SubjectDigests, snapshot_frames, subject_digest,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) state: Arc<Mutex<State>>,
    pushes: broadcast::Sender<Push>,
}

pub(crate) struct State {
    pub(crate) rows: BTreeMap<String, RowState>,
    /// The only token that may connect.
    pub(crate) token: String,
    /// The subprotocol that the server selects.
    pub(crate) subprotocol: Option<&'static str>,
    /// The path and the subprotocol offers of each handshake.
    pub(crate) handshakes: Vec<(String, String)>,
    /// What the server can do.
    pub(crate) features: Vec<Feature>,
    /// The queues of its catalog.
    pub(crate) queues: Vec<CatalogQueue>,
    /// The requests that it got.
    pub(crate) requests: Vec<ClientMessage>,
}

#[derive(Clone)]
enum Push {
    Frame(String),
    Close,
}

impl Server {
    /// Serves on loopback until the test ends.
    pub(crate) fn start() -> Self {
        let state = State {
            rows: BTreeMap::new(),
            token: "a.b.c".into(),
            subprotocol: Some("headroom.v1"),
            handshakes: Vec::new(),
            features: Vec::new(),
            queues: Vec::new(),
            requests: Vec::new(),
        };
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("ws://{}/v1", listener.local_addr().unwrap());
        let (pushes, _) = broadcast::channel(1_000);
        let server = Self { address, state: Arc::new(Mutex::new(state)), pushes };
        let serving = server.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(serving.accept(listener));
        });
        server
    }

    async fn accept(self, listener: std::net::TcpListener) {
        let listener = TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(self.clone().serve(stream));
        }
    }

    async fn serve(self, stream: TcpStream) {
        let mut pushed = self.pushes.subscribe();
        let handshake = |request: &Request, response| self.handshake(request, response);
        let Ok(mut socket) = accept_hdr_async(stream, handshake).await else { return };
        loop {
            let frames = tokio::select! {
                received = socket.next() => match received {
                    Some(Ok(Message::Text(text))) => self.respond(&text),
                    Some(Ok(_)) => continue,
                    _ => return,
                },
                push = pushed.recv() => match push {
                    Ok(Push::Frame(frame)) => vec![frame],
                    _ => return drop(socket.close(None).await),
                },
            };
            for frame in frames {
                if socket.send(Message::text(frame)).await.is_err() {
                    return;
                }
            }
        }
    }

    fn handshake(
        &self,
        request: &Request,
        mut response: Response,
    ) -> Result<Response, ErrorResponse> {
        let mut state = self.state.lock().unwrap();
        let offers = request.headers()["sec-websocket-protocol"].to_str().unwrap().to_owned();
        let allowed = offers == format!("headroom.v1, bearer.{}", state.token);
        state.handshakes.push((request.uri().to_string(), offers));
        if !allowed {
            let mut refused = ErrorResponse::new(None);
            *refused.status_mut() = tokio_tungstenite::tungstenite::http::StatusCode::FORBIDDEN;
            return Err(refused);
        }
        if let Some(subprotocol) = state.subprotocol {
            response.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().unwrap());
        }
        Ok(response)
    }

    fn respond(&self, text: &str) -> Vec<String> {
        let request = ClientMessage::parse(text).unwrap();
        self.state.lock().unwrap().requests.push(request.clone());
        match request {
            ClientMessage::Subscribe { id, subjects, known_versions, .. } => {
                let (refused, verify_seconds) = (Vec::new(), Some(1));
                let features = self.state.lock().unwrap().features.clone();
                let subscribed =
                    ServerMessage::Subscribed { id, subjects, refused, verify_seconds, features };
                [vec![json(&subscribed)], self.missing(id, &known_versions)].concat()
            }
            ClientMessage::Verify { id, digests: Some(digests), .. } => {
                self.differing(id, &digests)
            }
            ClientMessage::Verify { id, known_versions, .. } => {
                self.missing(id, &known_versions.unwrap())
            }
            ClientMessage::Ping { id } => vec![json(&ServerMessage::Pong { id })],
            ClientMessage::Read { id, subjects, .. } => {
                let is_read = |row: &RowState| {
                    subjects.contains(&row.subject) && row.bucket.starts_with("PT")
                };
                let rows: Vec<_> = self.rows().into_iter().filter(is_read).collect();
                snapshot_frames(id, &rows).unwrap()
            }
            ClientMessage::Catalog { id, .. } => vec![json(&self.catalog(id))],
            ClientMessage::Unsubscribe { .. } => Vec::new(),
        }
    }

    fn catalog(&self, id: u64) -> ServerMessage {
        ServerMessage::Catalog {
            id: Some(id),
            version: "1".into(),
            unchanged: false,
            service_levels: BTreeMap::new(),
            queues: self.state.lock().unwrap().queues.clone(),
            last: true,
        }
    }

    /// The rows of the subjects whose digests differ.
    fn differing(&self, id: u64, digests: &SubjectDigests) -> Vec<String> {
        let mut subjects = BTreeMap::<String, BucketVersions>::new();
        for row in self.rows() {
            let version = KnownVersion { epoch: row.epoch, version: row.version };
            subjects.entry(row.subject).or_default().insert(row.bucket, version);
        }
        subjects.retain(|subject, rows| digests.get(subject) != Some(&subject_digest(rows)));
        let rows = self.rows().into_iter().filter(|row| subjects.contains_key(&row.subject));
        snapshot_frames(id, &rows.collect::<Vec<_>>()).unwrap()
    }

    fn missing(&self, id: u64, versions: &KnownVersions) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let differs = |(key, row): &(&String, &RowState)| {
            versions.get(*key).is_none_or(|version| version.version != row.version)
        };
        let rows: Vec<_> = state.rows.iter().filter(differs).map(|(_, row)| row.clone()).collect();
        snapshot_frames(id, &rows).unwrap()
    }

    /// Changes a row; its delta is sent, or lost on the way.
    pub(crate) fn change(&self, queue: usize, delivery: Delivery) {
        let subject = format!("queue#q{queue}#voice");
        let mut state = self.state.lock().unwrap();
        let before = state.rows.get(&format!("{subject}|now")).cloned();
        let version = before.as_ref().map_or(1, |row| row.version + 1);
        let after = RowState {
            subject: subject.clone(),
            bucket: "now".into(),
            epoch: "1.1".into(),
            version,
            at: "2026-05-12T14:02:42Z".into(),
            metrics: BTreeMap::from([("nOffered".into(), i64::try_from(version).unwrap())]),
            computed: Computed::default(),
            name: None,
        };
        let rows = vec![Delta::between(before.as_ref(), &after)];
        state.rows.insert(format!("{subject}|now"), after);
        if delivery == Delivery::Sent {
            let _ = self.pushes.send(Push::Frame(json(&ServerMessage::Deltas { rows })));
        }
    }

    /// Sets a row without sending a delta.
    pub(crate) fn set_row(&self, subject: &str, bucket: &str, metrics: &[(&str, i64)]) {
        let metrics = metrics.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect();
        let (mut state, key) = (self.state.lock().unwrap(), format!("{subject}|{bucket}"));
        let row = RowState {
            subject: subject.into(),
            bucket: bucket.into(),
            epoch: "1.1".into(),
            version: state.rows.get(&key).map_or(1, |row| row.version + 1),
            at: "2026-05-12T14:02:42Z".into(),
            metrics,
            computed: Computed::default(),
            name: None,
        };
        state.rows.insert(key, row);
    }

    /// Sets the name of a row's queue.
    pub(crate) fn set_name(&self, row: &str, name: &str) {
        self.state.lock().unwrap().rows.get_mut(row).unwrap().name = Some(name.to_owned());
    }

    /// Sends a message to all viewers.
    pub(crate) fn push(&self, message: &ServerMessage) {
        let _ = self.pushes.send(Push::Frame(json(message)));
    }

    /// Closes all connections.
    pub(crate) fn close(&self) {
        let _ = self.pushes.send(Push::Close);
    }

    pub(crate) fn rows(&self) -> Vec<RowState> {
        self.state.lock().unwrap().rows.values().cloned().collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Sent,
    Lost,
}

fn json(message: &ServerMessage) -> String {
    serde_json::to_string(message).unwrap()
}
