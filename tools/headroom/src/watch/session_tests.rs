//! What a session sends, and when. Time is passed in.

use super::*;
use headroom_protocol::{ClientMessage, Delta, ErrorCode, RowState, ServerMessage};
use std::collections::BTreeMap;

struct Server {
    session: Session,
    start: Instant,
}

fn row(queue: &str, version: u64) -> RowState {
    RowState {
        subject: format!("queue#{queue}#voice"),
        bucket: "now".into(),
        epoch: "1.5".into(),
        version,
        at: "2026-05-12T14:02:42Z".into(),
        metrics: BTreeMap::from([("oWaiting".into(), i64::try_from(version).unwrap())]),
        computed: headroom_kpi::Computed::default(),
    }
}

fn delta(queue: &str, base: u64, version: u64) -> ServerMessage {
    let before = (base > 0).then(|| row(queue, base));
    ServerMessage::Deltas { rows: vec![Delta::between(before.as_ref(), &row(queue, version))] }
}

fn snapshot(rows: &[RowState]) -> ServerMessage {
    ServerMessage::Snapshot { rows: rows.to_vec(), last: true }
}

impl Server {
    /// A session whose first connection was opened at second 0.
    fn new() -> Self {
        let start = Instant::now();
        let mut session = Session::new(vec!["queue#*".into()], || 1.0);
        session.opened(start);
        Self { session, start }
    }

    /// One that holds these rows since second 0.
    fn holding(rows: &[RowState]) -> Self {
        let mut server = Self::new();
        server.due(0.0);
        server.send(0.0, snapshot(rows));
        server
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn due(&mut self, seconds: f64) -> Due {
        self.session.due(self.at(seconds))
    }

    fn send(&mut self, seconds: f64, message: ServerMessage) -> Heard {
        self.session.received(message, self.at(seconds))
    }

    fn subscribes(&mut self, seconds: f64) -> Vec<(String, u64)> {
        match self.due(seconds) {
            Due::Send(ClientMessage::Subscribe { have, .. }) => {
                have.into_iter().map(|(key, held)| (key, held.version)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn stale(&self, seconds: f64) -> Vec<bool> {
        self.session.rows(self.at(seconds)).map(|(_, stale)| stale).collect()
    }
}

#[test]
fn a_connection_begins_with_a_subscription_and_is_complete_with_the_last_frame() {
    let mut server = Server::new();
    assert_eq!(server.subscribes(0.0), []);
    assert_eq!(server.due(0.1), Due::Nothing);
    let first = ServerMessage::Snapshot { rows: vec![row("a", 1)], last: false };
    assert!(matches!(server.send(0.2, first), Heard::Rows(_)));
    assert!(!server.session.is_complete() && server.stale(0.2) == [true]);
    assert!(matches!(server.send(0.3, snapshot(&[row("b", 4)])), Heard::Complete(_)));
    assert!(server.session.is_current(server.at(0.3)));
    assert_eq!(server.stale(0.3), [false, false]);
}

#[test]
fn what_was_missed_is_asked_for_at_once_with_what_is_held() {
    let mut server = Server::holding(&[row("a", 1), row("b", 4)]);
    server.send(1.0, delta("a", 1, 2));
    assert_eq!(server.due(1.0), Due::Nothing);
    server.send(2.0, delta("b", 5, 6));
    assert_eq!(server.stale(2.0), [false, true]);
    let held = [("queue#a#voice|now".to_owned(), 2), ("queue#b#voice|now".to_owned(), 0)];
    assert_eq!(server.subscribes(2.0), held);
    server.send(2.1, snapshot(&[row("b", 6)]));
    assert_eq!(server.stale(2.1), [false, false]);
    assert_eq!(server.due(2.1), Due::Nothing);
}

#[test]
fn one_request_is_under_way_at_a_time_and_what_is_missed_meanwhile_waits_for_its_answer() {
    let mut server = Server::holding(&[row("a", 1), row("b", 4)]);
    server.send(1.0, delta("a", 2, 3));
    server.subscribes(1.0);
    server.send(1.1, delta("b", 5, 6));
    assert_eq!(server.due(1.1), Due::Nothing);
    server.send(1.2, snapshot(&[row("a", 3)]));
    assert_eq!(server.subscribes(1.2).len(), 2);
    server.send(1.3, snapshot(&[row("b", 6)]));
    assert!(server.session.is_current(server.at(1.3)));
}

#[test]
fn what_the_awaited_answer_brings_is_not_asked_for_again() {
    let mut server = Server::new();
    server.due(0.0);
    server.send(0.1, delta("a", 4, 5));
    server.send(0.2, snapshot(&[row("a", 5)]));
    assert_eq!(server.due(0.2), Due::Nothing);
    assert!(server.session.is_current(server.at(0.2)));
}

#[test]
fn asking_in_vain_is_done_ever_more_rarely() {
    let mut server = Server::holding(&[row("a", 1)]);
    server.send(0.0, delta("a", 5, 6));
    let (mut asked, mut seconds) = (Vec::new(), 0.0);
    while seconds < 100.0 {
        if let Due::Send(ClientMessage::Subscribe { .. }) = server.due(seconds) {
            asked.push(seconds);
            server.send(seconds, snapshot(&[]));
        }
        seconds += 0.5;
    }
    assert_eq!(asked, [0.0, 2.0, 6.0, 14.0, 30.0, 60.0, 90.0]);
    assert_eq!(server.stale(100.0), [true]);
}

#[test]
fn rows_are_verified_after_a_minute_and_stale_after_two_without_an_answer() {
    let mut server = Server::holding(&[row("a", 1)]);
    assert_eq!(server.session.next_due(), Some(server.at(60.0)));
    assert_eq!(server.due(59.9), Due::Nothing);
    let Due::Send(ClientMessage::Verify { have, from: None, to: None, .. }) = server.due(60.0)
    else {
        unreachable!()
    };
    assert_eq!(have.len(), 1);
    assert_eq!(server.stale(119.0), [false]);
    assert_eq!(server.stale(121.0), [true]);
    server.send(61.0, snapshot(&[]));
    assert_eq!(server.stale(179.0), [false]);
    assert!(matches!(server.due(120.0), Due::Send(ClientMessage::Verify { .. })));
}

#[test]
fn the_server_says_after_how_long_rows_are_verified() {
    let mut server = Server::new();
    server.due(0.0);
    let subjects = vec!["queue#*".to_owned()];
    let verify_seconds = Some(10);
    server
        .send(0.0, ServerMessage::Subscribed { id: 1, subjects, refused: vec![], verify_seconds });
    server.send(0.0, snapshot(&[row("a", 1)]));
    assert_eq!(server.session.next_due(), Some(server.at(10.0)));
    assert_eq!(server.stale(21.0), [true]);
}

#[test]
fn a_large_verification_is_spread_and_done_before_rows_are_stale() {
    let rows: Vec<_> = (0..2_000).map(|n| row(&format!("{n:>036}"), 1)).collect();
    let mut server = Server::holding(&rows);
    let (mut at, mut named, mut seconds) = (Vec::new(), 0, 59.0);
    while seconds < 100.0 {
        if let Due::Send(ClientMessage::Verify { have, .. }) = server.due(seconds) {
            at.push(seconds);
            named += have.len();
            server.send(seconds, snapshot(&[]));
        }
        seconds += 0.5;
    }
    assert_eq!((named, at[0]), (2_000, 60.0));
    assert!(at.len() > 4 && at.windows(2).all(|pair| pair[1] - pair[0] >= 2.0), "{at:?}");
    assert!(server.session.is_current(server.at(115.0)), "{at:?}");
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again_and_a_silent_server_is_left() {
    let mut server = Server::new();
    server.due(0.0);
    server.send(5.0, delta("a", 0, 1));
    assert_eq!(server.due(29.0), Due::Nothing);
    assert_eq!(server.subscribes(30.0).len(), 1);
    assert_eq!(server.due(60.0), Due::Silent);
}

#[test]
fn a_subscription_that_failed_is_tried_again_later() {
    let mut server = Server::new();
    server.due(0.0);
    let message = "later".to_owned();
    let error = ServerMessage::Error { id: Some(1), code: ErrorCode::Internal, message };
    assert!(matches!(server.send(1.0, error), Heard::Refused(ErrorCode::Internal, _)));
    assert_eq!(server.due(1.0), Due::Nothing);
    assert_eq!(server.subscribes(3.0), []);
}

#[test]
fn all_rows_are_stale_from_a_lost_connection_to_the_next_snapshot() {
    let mut server = Server::holding(&[row("a", 1), row("b", 4)]);
    server.session.closed();
    assert_eq!(server.stale(1.0), [true, true]);
    assert_eq!(server.due(1.0), Due::Nothing);
    assert_eq!(server.session.next_due(), None);
    let again = server.at(2.0);
    server.session.opened(again);
    assert_eq!(server.subscribes(2.0).len(), 2);
    server.send(2.1, snapshot(&[row("b", 5)]));
    assert_eq!(server.stale(2.1), [false, false]);
    assert!(server.session.view().rows().any(|(row, _)| row.version == 5));
}

#[test]
fn a_connection_with_nothing_to_say_is_kept_open() {
    let mut server = Server::new();
    server.due(0.0);
    let verify_seconds = Some(3_600);
    server.send(
        0.0,
        ServerMessage::Subscribed { id: 1, subjects: vec![], refused: vec![], verify_seconds },
    );
    server.send(0.0, snapshot(&[]));
    assert_eq!(server.due(239.0), Due::Nothing);
    let Due::Send(ClientMessage::Ping { id }) = server.due(240.0) else { unreachable!() };
    server.send(240.1, ServerMessage::Pong { id });
    assert_eq!(server.due(479.0), Due::Nothing);
    assert!(matches!(server.due(480.0), Due::Send(ClientMessage::Ping { .. })));
    assert_eq!(server.due(511.0), Due::Silent);
}
