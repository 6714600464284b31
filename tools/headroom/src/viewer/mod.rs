//! A viewer: a [`ViewerSession`] over WebSockets, which reconnects by itself.
//!
//! The session is in `shared/protocol`, where a wallboard and tests can use it with a connection of
//! their own. The WebSocket is here and not there, since only the command line needs one: the
//! functions that share the protocol do not compile a TLS client.

mod connect;
mod error;
mod link;

pub use connect::{ConnectArgs, Token, ViewerOptions};
pub use error::ViewerError;

use crate::CliError;
use crate::terminal::check_interrupt;
use futures_util::{SinkExt, StreamExt};
use headroom_protocol::{
    Action, ClientMessage, ErrorCode, ServerMessage, SessionEvent, View, ViewerSession,
};
use headroom_requests::RetryPolicy;
use link::{ConnectError, Link, Socket, check_address, connect};
use std::time::{Duration, Instant};
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Waits before a viewer connects again. The longest is short enough that numbers are back soon.
const RECONNECT: RetryPolicy = RetryPolicy::new(Duration::from_secs(1), Duration::from_secs(30));
/// A message that takes longer than this to send will not arrive.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// How often a command looks for an interrupt and redraws.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// Attempts to connect, for a command whose result somebody waits for.
const ATTEMPTS_MAX: u32 = 5;

/// A viewer of rows that stays connected as well as it can.
pub struct Viewer {
    options: ViewerOptions,
    session: ViewerSession,
    link: Link,
    /// The token of the connection.
    token: String,
    /// Failed connections since the last complete snapshot.
    failures: u32,
    counts: Counts,
}

/// What a viewer has sent and received so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections opened.
    pub connects: u64,
    /// Connections lost, and failed attempts to connect.
    pub losses: u64,
    /// Frames received.
    pub frames: u64,
    /// Frames received with deltas.
    pub delta_frames: u64,
    /// Subscriptions sent: the first of each connection, and those for missed rows.
    pub subscribes: u64,
    /// Verifications sent.
    pub verifies: u64,
    /// Frames received that are no message of the protocol.
    pub unreadable: u64,
}

/// What happened to a viewer.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewerEvent {
    /// A connection is open; its snapshot follows.
    Connected,
    /// The connection was lost or could not be opened, and why. The viewer tries again by itself.
    Disconnected(String),
    /// A message was received.
    Session(SessionEvent),
}

impl Viewer {
    /// A viewer that connects with the first call of [`next`](Self::next).
    pub fn new(options: ViewerOptions) -> Result<Self, ViewerError> {
        check_address(&options.url)?;
        let token = options.token.read()?;
        let subjects = options.subjects.clone();
        let session = ViewerSession::new(subjects, options.session, fastrand::f64);
        let link = Link::Down { retry_at: Instant::now(), reason: String::new() };
        Ok(Self { options, session, link, token, failures: 0, counts: Counts::default() })
    }

    /// Waits for the next event, at most until a time, and sends meanwhile what the protocol
    /// requires. Must not be cancelled; use `until` instead.
    pub async fn next(&mut self, until: Instant) -> Result<Option<ViewerEvent>, ViewerError> {
        loop {
            let event = match &mut self.link {
                Link::Down { retry_at, .. } if Instant::now() < *retry_at => {
                    let wake_at = (*retry_at).min(until);
                    tokio::time::sleep_until(wake_at.into()).await;
                    None
                }
                Link::Down { .. } => {
                    self.token = self.options.token.read()?;
                    self.link = Link::Connecting(connect(&self.options.url, &self.token)?);
                    None
                }
                Link::Connecting(connecting) => match timeout_at(until.into(), connecting).await {
                    Ok(result) => Some(self.finish_connect(result)?),
                    Err(_) => None,
                },
                Link::Up(_) => match self.next_frame(until).await {
                    Ok(Some(text)) => self.receive(&text)?,
                    Ok(None) => None,
                    Err(reason) => Some(self.lose_connection(reason)),
                },
            };
            if event.is_some() || Instant::now() >= until {
                return Ok(event);
            }
        }
    }

    /// Runs until a condition holds, at most until a time; returns whether it holds.
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

    /// The rows at hand.
    pub fn view(&self) -> &View {
        self.session.view()
    }

    /// The session: rows with their freshness.
    pub fn session(&self) -> &ViewerSession {
        &self.session
    }

    /// The session, to drop rows of past buckets.
    pub fn session_mut(&mut self) -> &mut ViewerSession {
        &mut self.session
    }

    /// What was sent and received so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Why there is no connection, and when the next attempt is; none while there is one, or an
    /// attempt is under way.
    pub fn disconnected(&self) -> Option<(&str, Instant)> {
        match &self.link {
            Link::Down { reason, retry_at } => Some((reason, *retry_at)),
            _ => None,
        }
    }

    /// Waits for the whole snapshot, and for what else was asked for. Fails if the viewer cannot connect several times in a row, or
    /// the user interrupts the command.
    pub(crate) async fn complete(&mut self) -> Result<(), CliError> {
        while !self.session.is_complete() || self.session.is_waiting() {
            check_interrupt()?;
            if let Some((reason, _)) = self.disconnected().filter(|_| self.failures >= ATTEMPTS_MAX)
            {
                return Err(ViewerError::NotConnected(reason.to_owned()).into());
            }
            self.next(Instant::now() + POLL_INTERVAL).await?;
        }
        Ok(())
    }

    /// Drops the connection without a close frame. The viewer connects again, as after any loss.
    pub fn disconnect(&mut self) {
        self.lose_connection("disconnected on request".to_owned());
    }

    fn finish_connect(
        &mut self,
        result: Result<Socket, ConnectError>,
    ) -> Result<ViewerEvent, ViewerError> {
        match result {
            Ok(socket) => {
                self.counts.connects += 1;
                self.session.connection_opened(Instant::now());
                self.link = Link::Up(Box::new(socket));
                Ok(ViewerEvent::Connected)
            }
            Err(ConnectError::TokenRefused(status)) => {
                self.require_new_token(ViewerError::TokenRefused(status))?;
                Ok(self.lose_connection(format!("the token was refused (status {status})")))
            }
            Err(ConnectError::Other(reason)) => Ok(self.lose_connection(reason)),
        }
    }

    /// Fails with `error` unless the token's file has another token by now.
    fn require_new_token(&self, error: ViewerError) -> Result<(), ViewerError> {
        if self.options.token.read()? == self.token { Err(error) } else { Ok(()) }
    }

    fn lose_connection(&mut self, reason: String) -> ViewerEvent {
        self.counts.losses += 1;
        self.failures = self.failures.saturating_add(1);
        self.session.connection_closed();
        let wait = RECONNECT.delay_after(self.failures, fastrand::f64());
        self.link = Link::Down { retry_at: Instant::now() + wait, reason: reason.clone() };
        ViewerEvent::Disconnected(reason)
    }

    /// Carries out the session's actions, then waits for a frame. Fails with the reason if the
    /// connection is lost.
    async fn next_frame(&mut self, until: Instant) -> Result<Option<Utf8Bytes>, String> {
        loop {
            match self.session.next_action(Instant::now()) {
                Action::Send(message) => self.send(&message).await?,
                Action::Reconnect => return Err("the server does not answer".to_owned()),
                Action::Wait => break,
            }
        }
        let wake_at = self.session.next_action_at().map_or(until, |time| time.min(until));
        let Link::Up(socket) = &mut self.link else { return Ok(None) };
        match timeout_at(wake_at.into(), socket.next()).await {
            Ok(Some(Ok(Message::Text(text)))) => Ok(Some(text)),
            Ok(Some(Ok(Message::Close(frame)))) => {
                let reason = frame.map(|frame| frame.to_string()).unwrap_or_default();
                Err(format!("the server closed the connection {reason}"))
            }
            // The time is over, or it is a control frame.
            Err(_) | Ok(Some(Ok(_))) => Ok(None),
            Ok(Some(Err(error))) => Err(error.to_string()),
            Ok(None) => Err("the connection ended".to_owned()),
        }
    }

    async fn send(&mut self, message: &ClientMessage) -> Result<(), String> {
        let Link::Up(socket) = &mut self.link else { return Ok(()) };
        let text = serde_json::to_string(message).map_err(|error| error.to_string())?;
        match message {
            ClientMessage::Subscribe { .. } => self.counts.subscribes += 1,
            ClientMessage::Verify { .. } => self.counts.verifies += 1,
            _ => {}
        }
        match timeout(SEND_TIMEOUT, socket.send(Message::text(text))).await {
            Ok(result) => result.map_err(|error| error.to_string()),
            Err(_) => Err("the server takes no messages".to_owned()),
        }
    }

    fn receive(&mut self, text: &str) -> Result<Option<ViewerEvent>, ViewerError> {
        self.counts.frames += 1;
        let Ok(message) = serde_json::from_str::<ServerMessage>(text) else {
            self.counts.unreadable += 1;
            return Ok(None);
        };
        self.counts.delta_frames += u64::from(matches!(message, ServerMessage::Deltas { .. }));
        let event = self.session.receive(message, Instant::now());
        match &event {
            SessionEvent::Complete(_) => self.failures = 0,
            SessionEvent::Expired => {
                self.require_new_token(ViewerError::TokenExpired)?;
                return Ok(Some(self.lose_connection("the token has expired".into())));
            }
            SessionEvent::RequestFailed(code, message) if *code != ErrorCode::Internal => {
                let message = message.clone();
                return Err(ViewerError::Subscription { code: *code, message });
            }
            _ => {}
        }
        Ok(Some(ViewerEvent::Session(event)))
    }
}
