//! What a viewer's session sends, and when. The tests pass the time in.

#![allow(clippy::unwrap_used, clippy::panic)]

mod features;
mod server;

use headroom_protocol::{Action, ClientMessage, ErrorCode, ServerMessage, SessionEvent};
use server::{Server, delta, row, snapshot};

#[test]
fn a_connection_begins_with_a_subscription_and_is_complete_with_the_last_frame() {
    let mut server = Server::new();
    assert_eq!(server.subscribes(0.0), []);
    assert_eq!(server.action(0.1), Action::Wait);
    let first = ServerMessage::Snapshot { id: None, rows: vec![row("a", 1)], last: false };
    assert!(matches!(server.send(0.2, first), SessionEvent::Rows(_)));
    assert!(!server.session.is_complete() && server.stale(0.2) == [true]);
    assert!(matches!(server.send(0.3, snapshot(&[row("b", 4)])), SessionEvent::Complete(_)));
    assert!(server.is_current(0.3));
    assert_eq!(server.stale(0.3), [false, false]);
}

#[test]
fn a_missed_change_is_subscribed_to_again_at_once_with_the_known_versions() {
    let mut server = Server::with_rows(&[row("a", 1), row("b", 4)]);
    server.send(1.0, delta("a", 1, 2));
    assert_eq!(server.action(1.0), Action::Wait);
    server.send(2.0, delta("b", 5, 6));
    assert_eq!(server.stale(2.0), [false, true]);
    let versions = [("queue#a#voice|now".to_owned(), 2), ("queue#b#voice|now".to_owned(), 0)];
    assert_eq!(server.subscribes(2.0), versions);
    server.send(2.1, snapshot(&[row("b", 6)]));
    assert_eq!(server.stale(2.1), [false, false]);
    assert_eq!(server.action(2.1), Action::Wait);
}

#[test]
fn one_request_is_pending_at_a_time_and_changes_missed_meanwhile_wait_for_its_response() {
    let mut server = Server::with_rows(&[row("a", 1), row("b", 4)]);
    server.send(1.0, delta("a", 2, 3));
    server.subscribes(1.0);
    server.send(1.1, delta("b", 5, 6));
    assert_eq!(server.action(1.1), Action::Wait);
    server.send(1.2, snapshot(&[row("a", 3)]));
    assert_eq!(server.subscribes(1.2).len(), 2);
    server.send(1.3, snapshot(&[row("b", 6)]));
    assert!(server.is_current(1.3));
}

#[test]
fn a_missed_change_that_the_pending_response_brings_is_not_requested_again() {
    let mut server = Server::new();
    server.action(0.0);
    server.send(0.1, delta("a", 4, 5));
    server.send(0.2, snapshot(&[row("a", 5)]));
    assert_eq!(server.action(0.2), Action::Wait);
    assert!(server.is_current(0.2));
}

#[test]
fn subscriptions_that_do_not_bring_a_missed_row_become_rarer() {
    let mut server = Server::with_rows(&[row("a", 1)]);
    server.send(0.0, delta("a", 5, 6));
    let mut subscribed_at = Vec::new();
    let mut seconds = 0.0;
    while seconds < 100.0 {
        if let Action::Send(ClientMessage::Subscribe { .. }) = server.action(seconds) {
            subscribed_at.push(seconds);
            server.send(seconds, snapshot(&[]));
        }
        seconds += 0.5;
    }
    assert_eq!(subscribed_at, [0.0, 2.0, 6.0, 14.0, 30.0, 60.0, 90.0]);
    assert_eq!(server.stale(100.0), [true]);
}

#[test]
fn rows_are_verified_after_a_minute_and_stale_after_two_without_a_response() {
    let mut server = Server::with_rows(&[row("a", 1)]);
    assert_eq!(server.session.next_action_at(), Some(server.instant(60.0)));
    assert_eq!(server.action(59.9), Action::Wait);
    let Action::Send(ClientMessage::Verify { known_versions, from: None, to: None, .. }) =
        server.action(60.0)
    else {
        unreachable!()
    };
    assert_eq!(known_versions.unwrap().len(), 1);
    assert_eq!(server.stale(119.0), [false]);
    assert_eq!(server.stale(121.0), [true]);
    server.send(61.0, snapshot(&[]));
    assert_eq!(server.stale(179.0), [false]);
    assert!(matches!(server.action(120.0), Action::Send(ClientMessage::Verify { .. })));
}

#[test]
fn the_server_sets_after_how_long_rows_are_verified() {
    let mut server = Server::new();
    server.action(0.0);
    let subjects = vec!["queue#*".to_owned()];
    let verify_seconds = Some(10);
    let (refused, features) = (vec![], vec![]);
    server.send(
        0.0,
        ServerMessage::Subscribed { id: 1, subjects, refused, verify_seconds, features },
    );
    server.send(0.0, snapshot(&[row("a", 1)]));
    assert_eq!(server.session.next_action_at(), Some(server.instant(10.0)));
    assert_eq!(server.stale(21.0), [true]);
}

#[test]
fn a_large_verification_is_spread_and_done_before_rows_are_stale() {
    let rows: Vec<_> = (0..2_000).map(|n| row(&format!("{n:>036}"), 1)).collect();
    let mut server = Server::with_rows(&rows);
    let mut sent_at = Vec::new();
    let mut listed = 0;
    let mut seconds = 59.0;
    while seconds < 100.0 {
        if let Action::Send(ClientMessage::Verify { known_versions, .. }) = server.action(seconds) {
            sent_at.push(seconds);
            listed += known_versions.unwrap().len();
            server.send(seconds, snapshot(&[]));
        }
        seconds += 0.5;
    }
    assert_eq!((listed, sent_at[0]), (2_000, 60.0));
    let apart = sent_at.windows(2).all(|pair| pair[1] - pair[0] >= 2.0);
    assert!(sent_at.len() > 4 && apart, "{sent_at:?}");
    assert!(server.is_current(115.0), "{sent_at:?}");
}

#[test]
fn a_lost_response_is_requested_again_and_a_silent_server_is_left() {
    let mut server = Server::new();
    server.action(0.0);
    server.send(5.0, delta("a", 0, 1));
    assert_eq!(server.action(29.0), Action::Wait);
    assert_eq!(server.subscribes(30.0).len(), 1);
    assert_eq!(server.action(60.0), Action::Reconnect);
}

#[test]
fn a_failed_subscription_is_retried_later() {
    let mut server = Server::new();
    server.action(0.0);
    let message = "later".to_owned();
    let error = ServerMessage::Error { id: Some(1), code: ErrorCode::Internal, message };
    assert!(matches!(server.send(1.0, error), SessionEvent::RequestFailed(ErrorCode::Internal, _)));
    assert_eq!(server.action(1.0), Action::Wait);
    assert_eq!(server.subscribes(3.0), []);
}

#[test]
fn all_rows_are_stale_from_a_lost_connection_to_the_next_snapshot() {
    let mut server = Server::with_rows(&[row("a", 1), row("b", 4)]);
    server.session.connection_closed();
    assert_eq!(server.stale(1.0), [true, true]);
    assert_eq!(server.action(1.0), Action::Wait);
    assert_eq!(server.session.next_action_at(), None);
    let again = server.instant(2.0);
    server.session.connection_opened(again);
    assert_eq!(server.subscribes(2.0).len(), 2);
    server.send(2.1, snapshot(&[row("b", 5)]));
    assert_eq!(server.stale(2.1), [false, false]);
    assert!(server.session.view().rows().any(|(row, _)| row.version == 5));
}

#[test]
fn an_idle_connection_is_kept_open_by_pings() {
    let mut server = Server::new();
    server.action(0.0);
    let verify_seconds = Some(3_600);
    let (subjects, refused, features) = (vec![], vec![], vec![]);
    server.send(
        0.0,
        ServerMessage::Subscribed { id: 1, subjects, refused, verify_seconds, features },
    );
    server.send(0.0, snapshot(&[]));
    assert_eq!(server.action(239.0), Action::Wait);
    let Action::Send(ClientMessage::Ping { id }) = server.action(240.0) else { unreachable!() };
    server.send(240.1, ServerMessage::Pong { id });
    assert_eq!(server.action(479.0), Action::Wait);
    assert!(matches!(server.action(480.0), Action::Send(ClientMessage::Ping { .. })));
    assert_eq!(server.action(511.0), Action::Reconnect);
}
