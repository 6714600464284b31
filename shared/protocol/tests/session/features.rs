//! What a session does with a server that can do more than version 1 had at first.

use crate::server::{Server, delta, row, snapshot};
use headroom_protocol::{
    Action, CatalogQueue, ClientMessage, ErrorCode, Feature, KnownVersion, ServerMessage,
    SessionEvent, SessionOptions, subject_digest,
};
use std::collections::BTreeMap;

/// A session that has a row since second 0, of a server that can do all.
fn server(options: SessionOptions) -> Server {
    let mut server = Server::with_options(options);
    server.action(0.0);
    let subscribed = ServerMessage::Subscribed {
        id: 1,
        subjects: vec![],
        refused: vec![],
        verify_seconds: None,
        features: Feature::ALL.to_vec(),
    };
    server.send(0.0, subscribed);
    server.send(0.0, snapshot(&[row("a", 3)]));
    server
}

fn catalog(id: Option<u64>, version: &str, queue: &str, last: bool) -> ServerMessage {
    let queue = CatalogQueue {
        id: queue.into(),
        name: Some(queue.to_uppercase()),
        service_levels: BTreeMap::new(),
    };
    ServerMessage::Catalog {
        id,
        version: version.into(),
        unchanged: false,
        service_levels: BTreeMap::new(),
        queues: vec![queue],
        last,
    }
}

#[test]
fn rows_are_verified_by_digests_fifteen_seconds_earlier() {
    let mut server = server(SessionOptions::default());
    assert_eq!(server.session.next_action_at(), Some(server.instant(45.0)));
    let Action::Send(ClientMessage::Verify { known_versions: None, digests, buckets, .. }) =
        server.action(45.0)
    else {
        unreachable!()
    };
    let version = KnownVersion { epoch: "1.5".into(), version: 3 };
    let digest = subject_digest(&[("now".to_owned(), version)].into());
    assert_eq!(digests.unwrap(), [("queue#a#voice".to_owned(), digest)].into());
    assert_eq!(buckets, ["now"]);
    // The server may have read the row 15 seconds before.
    server.send(46.0, snapshot(&[]));
    assert_eq!(server.stale(149.0), [false]);
    assert_eq!(server.stale(151.0), [true]);
    assert!(matches!(server.action(90.0), Action::Send(ClientMessage::Verify { .. })));
}

#[test]
fn a_row_that_a_verification_brings_is_current_and_one_that_is_no_more_is_not_added() {
    let mut server = server(SessionOptions::default());
    server.action(45.0);
    let mut tombstone = row("b", 0);
    tombstone.epoch = "1.0".into();
    server.send(46.0, snapshot(&[row("a", 4), tombstone]));
    let rows: Vec<_> = server.session.view().rows().map(|(row, _)| row.version).collect();
    assert_eq!(rows, [4]);
    server.send(47.0, delta("a", 4, 5));
    assert!(server.is_current(47.0));
}

#[test]
fn a_server_that_refuses_digests_gets_versions() {
    let mut server = server(SessionOptions::default());
    let Action::Send(message) = server.action(45.0) else { unreachable!() };
    let (id, message) = (Some(message.id()), "no".to_owned());
    let error = ServerMessage::Error { id, code: ErrorCode::TooMany, message };
    assert_eq!(server.send(46.0, error), SessionEvent::None);
    let verifies_by_versions = |server: &mut Server, seconds| {
        let action = server.action(seconds);
        matches!(action, Action::Send(ClientMessage::Verify { known_versions: Some(_), .. }))
    };
    assert!(verifies_by_versions(&mut server, 90.0));
}

#[test]
fn the_catalog_is_requested_once_and_then_kept_current_by_verifications() {
    let mut server = server(SessionOptions { catalog: true, waits: false });
    let Action::Send(ClientMessage::Catalog { id, version: None }) = server.action(0.1) else {
        unreachable!()
    };
    assert_eq!(server.send(0.2, catalog(Some(id), "1", "a", false)), SessionEvent::None);
    assert_eq!(server.session.catalog(), None);
    assert_eq!(server.send(0.3, catalog(Some(id), "1", "b", true)), SessionEvent::Catalog);
    let name = |server: &Server, id: &str| {
        let mut queues = server.session.catalog().into_iter().flat_map(|catalog| &catalog.queues);
        queues.find(|queue| queue.id == id).and_then(|queue| queue.name.clone())
    };
    assert_eq!((name(&server, "a"), name(&server, "b")), (Some("A".into()), Some("B".into())));
    assert_eq!(server.action(0.4), Action::Wait);
    let Action::Send(ClientMessage::Verify { catalog: Some(version), .. }) = server.action(45.0)
    else {
        unreachable!()
    };
    assert_eq!(version, "1");
    assert_eq!(server.send(45.1, catalog(None, "2", "c", true)), SessionEvent::Catalog);
    assert_eq!((name(&server, "a"), name(&server, "c")), (None, Some("C".into())));
    assert!(matches!(server.send(45.2, snapshot(&[])), SessionEvent::Complete(_)));
}

#[test]
fn a_lost_catalog_is_requested_again() {
    let mut server = server(SessionOptions { catalog: true, waits: false });
    server.action(0.1);
    server.send(20.0, delta("a", 3, 4));
    assert!(matches!(server.action(31.0), Action::Send(ClientMessage::Catalog { .. })));
}

#[test]
fn rows_of_the_past_are_read_after_the_first_snapshot() {
    let mut server = server(SessionOptions::default());
    let read = |server: &mut Server| {
        server.session.read(vec!["queue#a#voice".into()], "s".into(), "u".into())
    };
    assert!(read(&mut server) && server.session.is_waiting());
    let Action::Send(ClientMessage::Read { id, since: Some(_), until: Some(_), .. }) =
        server.action(0.1)
    else {
        unreachable!()
    };
    let mut past = row("a", 7);
    past.bucket = "PT30M#2026-05-12T07:00:00Z".into();
    let answer = ServerMessage::Snapshot { id: Some(id), rows: vec![past], last: true };
    assert!(matches!(server.send(0.2, answer), SessionEvent::Complete(_)));
    assert_eq!(server.stale(0.2), [false, false]);
    assert!(!server.session.is_waiting());
    let mut older = Server::with_rows(&[]);
    assert!(!read(&mut older), "an older server cannot");
}

#[test]
fn waits_are_asked_for_with_every_subscription() {
    let mut server = Server::with_options(SessionOptions { catalog: false, waits: true });
    let subscribe = server.action(0.0);
    assert!(matches!(subscribe, Action::Send(ClientMessage::Subscribe { waits: true, .. })));
}
