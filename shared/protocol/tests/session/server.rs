//! A server, as a session sees it.

use headroom_protocol::{
    Action, ClientMessage, Delta, RowState, ServerMessage, SessionEvent, SessionOptions,
    ViewerSession,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The server's side of a session. Times are in seconds since the connection was opened.
pub(crate) struct Server {
    pub(crate) session: ViewerSession,
    start: Instant,
}

pub(crate) fn row(queue: &str, version: u64) -> RowState {
    RowState {
        subject: format!("queue#{queue}#voice"),
        bucket: "now".into(),
        epoch: "1.5".into(),
        version,
        at: "2026-05-12T14:02:42Z".into(),
        metrics: BTreeMap::from([("oWaiting".into(), i64::try_from(version).unwrap())]),
        computed: headroom_kpi::Computed::default(),
        name: None,
    }
}

pub(crate) fn delta(queue: &str, base: u64, version: u64) -> ServerMessage {
    let before = (base > 0).then(|| row(queue, base));
    ServerMessage::Deltas { rows: vec![Delta::between(before.as_ref(), &row(queue, version))] }
}

pub(crate) fn snapshot(rows: &[RowState]) -> ServerMessage {
    ServerMessage::Snapshot { id: None, rows: rows.to_vec(), last: true }
}

impl Server {
    pub(crate) fn new() -> Self {
        Self::with_options(SessionOptions::default())
    }

    pub(crate) fn with_options(options: SessionOptions) -> Self {
        let start = Instant::now();
        let subjects = vec!["queue#*".into()];
        let mut session = ViewerSession::new(subjects, options, || 1.0);
        session.connection_opened(start);
        Self { session, start }
    }

    /// A session that has these rows since second 0.
    pub(crate) fn with_rows(rows: &[RowState]) -> Self {
        let mut server = Self::new();
        server.action(0.0);
        server.send(0.0, snapshot(rows));
        server
    }

    pub(crate) fn instant(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    pub(crate) fn action(&mut self, seconds: f64) -> Action {
        self.session.next_action(self.instant(seconds))
    }

    pub(crate) fn send(&mut self, seconds: f64, message: ServerMessage) -> SessionEvent {
        self.session.receive(message, self.instant(seconds))
    }

    /// The versions that the session lists in the subscription that it sends now.
    pub(crate) fn subscribes(&mut self, seconds: f64) -> Vec<(String, u64)> {
        match self.action(seconds) {
            Action::Send(ClientMessage::Subscribe { known_versions, .. }) => {
                known_versions.into_iter().map(|(name, row)| (name, row.version)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    /// Whether everything was received, and none of it is stale.
    pub(crate) fn is_current(&self, seconds: f64) -> bool {
        self.session.is_complete() && !self.stale(seconds).contains(&true)
    }

    pub(crate) fn stale(&self, seconds: f64) -> Vec<bool> {
        self.session.rows(self.instant(seconds)).map(|(_, stale)| stale).collect()
    }
}
