//! A viewer: the session, over WebSockets that come and go.

use super::link::{Failure, Link, Socket, connect};
use super::session::{Due, Heard, Session};
use super::{Token, ViewerError};
use crate::backoff::Backoff;
use futures_util::{SinkExt, StreamExt};
use headroom_protocol::{ClientMessage, ErrorCode, ServerMessage, View};
use std::time::{Duration, Instant};
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;

/// After a connection is lost or not made. The longest is short enough that numbers are back soon.
const RECONNECT: Backoff =
    Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
/// A message that takes longer to send will not get there.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// What a viewer is to watch.
#[derive(Clone, Debug)]
pub struct Options {
    /// `wss://...`; `ws://` for this machine alone.
    pub url: String,
    /// What to connect with.
    pub token: Token,
    /// Subjects, with wildcards.
    pub subjects: Vec<String>,
}

/// A viewer of rows, that stays connected as well as it can.
pub struct Viewer {
    options: Options,
    session: Session,
    link: Link,
    /// The token of the connection.
    token: String,
    /// Connections in a row that brought nothing.
    failures: u32,
    counts: Counts,
}

/// What a viewer has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections made.
    pub connects: u64,
    /// Connections lost, and tries that failed.
    pub losses: u64,
    /// Frames received.
    pub frames: u64,
    /// Those of them that hold deltas.
    pub delta_frames: u64,
    /// Those of them that hold rows as they are.
    pub snapshot_frames: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Messages sent.
    pub sent: u64,
    /// Subscriptions sent, the first of each connection and those for what was missed.
    pub subscribes: u64,
    /// Verifications sent.
    pub verifies: u64,
    /// Frames that were no message of the protocol.
    pub unreadable: u64,
}

/// What happened to a viewer.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// A connection is there; a snapshot is on its way.
    Connected,
    /// The connection is gone or was not made, and why. The next try follows by itself.
    Lost(String),
    /// A frame came in.
    Heard(Heard),
}

impl Viewer {
    /// A viewer that connects as soon as it is asked for what happens.
    pub fn new(options: Options) -> Result<Self, ViewerError> {
        super::link::check_address(&options.url)?;
        let token = options.token.read()?;
        let session = Session::new(options.subjects.clone(), fastrand::f64);
        let link = Link::down(Instant::now(), String::new());
        Ok(Self { options, session, link, token, failures: 0, counts: Counts::default() })
    }

    /// Waits for the next thing that happens, at most until a time, and does meanwhile what the
    /// protocol asks for. Not to be cancelled: give it a time.
    pub async fn next(&mut self, until: Instant) -> Result<Option<Happened>, ViewerError> {
        loop {
            let happened = match &mut self.link {
                Link::Down { again, .. } if Instant::now() < *again => {
                    let wake = (*again).min(until);
                    tokio::time::sleep_until(wake.into()).await;
                    None
                }
                Link::Down { .. } => {
                    self.token = self.options.token.read()?;
                    self.link = Link::Connecting(connect(&self.options.url, &self.token)?);
                    None
                }
                Link::Connecting(connecting) => match timeout_at(until.into(), connecting).await {
                    Ok(connected) => Some(self.connected(connected)?),
                    Err(_) => None,
                },
                Link::Up(_) => self.exchange(until).await?,
            };
            if happened.is_some() || Instant::now() >= until {
                return Ok(happened);
            }
        }
    }

    /// Goes on until something is true of the viewer, at most until a time; says whether it is.
    pub async fn until(
        &mut self,
        deadline: Instant,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> Result<bool, ViewerError> {
        while !condition(self) {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            self.next(deadline).await?;
        }
        Ok(true)
    }

    /// What is held.
    pub fn view(&self) -> &View {
        self.session.view()
    }

    /// The session: rows with their freshness.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The session, to let go of rows.
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// What was counted.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Connections in a row that brought nothing.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Why there is no connection, and when the next try is, if there is none.
    pub fn is_down(&self) -> Option<(&str, Instant)> {
        match &self.link {
            Link::Down { why, again } => Some((why, *again)),
            _ => None,
        }
    }

    /// Breaks the connection off, without a word to the server. The next one follows after a time,
    /// as after any loss.
    pub fn cut(&mut self) {
        self.lose("cut off".to_owned());
    }

    fn connected(&mut self, connected: Result<Socket, Failure>) -> Result<Happened, ViewerError> {
        match connected {
            Ok(socket) => {
                self.counts.connects += 1;
                self.session.opened(Instant::now());
                self.link = Link::Up(Box::new(socket));
                Ok(Happened::Connected)
            }
            Err(Failure::Refused(status)) => {
                self.needs_another_token(ViewerError::TokenRefused(status))?;
                Ok(self.lose(format!("the token was refused (status {status})")))
            }
            Err(Failure::Other(why)) => Ok(self.lose(why)),
        }
    }

    /// Fails unless the token's file holds another one by now.
    fn needs_another_token(&self, otherwise: ViewerError) -> Result<(), ViewerError> {
        if self.options.token.read()? == self.token { Err(otherwise) } else { Ok(()) }
    }

    fn lose(&mut self, why: String) -> Happened {
        self.counts.losses += 1;
        self.failures = self.failures.saturating_add(1);
        self.session.closed();
        let wait = RECONNECT.after(self.failures, fastrand::f64());
        self.link = Link::down(Instant::now() + wait, why.clone());
        Happened::Lost(why)
    }

    /// Sends what is due, and waits for a frame.
    async fn exchange(&mut self, until: Instant) -> Result<Option<Happened>, ViewerError> {
        loop {
            match self.session.due(Instant::now()) {
                Due::Send(message) => {
                    if let Err(why) = self.send(&message).await {
                        return Ok(Some(self.lose(why)));
                    }
                }
                Due::Silent => return Ok(Some(self.lose("the server does not answer".into()))),
                Due::Nothing => break,
            }
        }
        let wake = self.session.next_due().map_or(until, |due| due.min(until));
        let Link::Up(socket) = &mut self.link else { return Ok(None) };
        match timeout_at(wake.into(), socket.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => self.heard(&text),
            Ok(Some(Ok(Message::Close(frame)))) => {
                let reason = frame.map(|frame| frame.to_string()).unwrap_or_default();
                Ok(Some(self.lose(format!("the server closed the connection {reason}"))))
            }
            // Its time is over, or a frame of WebSockets themselves.
            Err(_) | Ok(Some(Ok(_))) => Ok(None),
            Ok(Some(Err(error))) => Ok(Some(self.lose(error.to_string()))),
            Ok(None) => Ok(Some(self.lose("the connection ended".into()))),
        }
    }

    async fn send(&mut self, message: &ClientMessage) -> Result<(), String> {
        let Link::Up(socket) = &mut self.link else { return Ok(()) };
        let text = serde_json::to_string(message).map_err(|error| error.to_string())?;
        self.counts.sent += 1;
        match message {
            ClientMessage::Subscribe { .. } => self.counts.subscribes += 1,
            ClientMessage::Verify { .. } => self.counts.verifies += 1,
            _ => {}
        }
        match timeout(SEND_WITHIN, socket.send(Message::text(text))).await {
            Ok(sent) => sent.map_err(|error| error.to_string()),
            Err(_) => Err("the server takes no messages".to_owned()),
        }
    }

    fn heard(&mut self, text: &str) -> Result<Option<Happened>, ViewerError> {
        self.counts.frames += 1;
        self.counts.bytes += text.len() as u64;
        let Ok(message) = serde_json::from_str::<ServerMessage>(text) else {
            self.counts.unreadable += 1;
            return Ok(None);
        };
        match &message {
            ServerMessage::Deltas { .. } => self.counts.delta_frames += 1,
            ServerMessage::Snapshot { .. } => self.counts.snapshot_frames += 1,
            _ => {}
        }
        let heard = self.session.received(message, Instant::now());
        match &heard {
            Heard::Complete(_) => self.failures = 0,
            Heard::Expired => {
                self.needs_another_token(ViewerError::Expired)?;
                return Ok(Some(self.lose("the token has expired".into())));
            }
            Heard::Refused(code, message) if *code != ErrorCode::Internal => {
                let message = message.clone();
                return Err(ViewerError::Subscription { code: *code, message });
            }
            _ => {}
        }
        Ok(Some(Happened::Heard(heard)))
    }
}
