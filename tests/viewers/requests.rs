//! Each request of the protocol, and the response to it.

use crate::gateway::Behaviour;
use crate::world::{World, key};
use headroom_protocol::{AuthorizerContext, ErrorCode, Feature, RefusedSubject, ServerMessage};
use headroom_test_support::HttpFault;
use serde_json::json;

pub(crate) fn error_code(messages: &[ServerMessage]) -> (Option<u64>, ErrorCode) {
    let [ServerMessage::Error { id, code, .. }] = messages else { panic!("{messages:?}") };
    (*id, *code)
}

/// The subjects and buckets of the rows of a snapshot, which has to be complete.
pub(crate) fn snapshot(messages: &[ServerMessage]) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (number, message) in messages.iter().enumerate() {
        let ServerMessage::Snapshot { rows, last, .. } = message else { panic!("{message:?}") };
        assert_eq!(*last, number + 1 == messages.len());
        names.extend(rows.iter().map(|row| (row.subject.clone(), row.bucket.clone())));
    }
    assert!(!messages.is_empty());
    names
}

#[tokio::test]
async fn connecting_selects_the_subprotocol_or_is_refused() {
    let world = World::new().await;
    let connected = world.connect("c", &["q"]).await;
    assert_eq!(connected.status_code, 200);
    assert_eq!(connected.headers["Sec-WebSocket-Protocol"], "headroom.v1");
    assert_eq!(world.route("$connect", "d", None, None).await.status_code, 403);
    let expired = AuthorizerContext {
        sub: "u".into(),
        queues: "[]".into(),
        agents: "true".into(),
        until: world.now.seconds().to_string(),
    };
    let unreadable = AuthorizerContext { until: "soon".into(), ..expired.clone() };
    for context in [expired, unreadable] {
        assert_eq!(world.route("$connect", "d", Some(context), None).await.status_code, 403);
    }
}

#[tokio::test]
async fn a_ping_is_answered() {
    let world = World::new().await;
    world.connect("c", &["q"]).await;
    let pong = world.ask("c", json!({"action": "ping", "id": 3})).await;
    assert_eq!(pong, [ServerMessage::Pong { id: 3 }]);
}

#[tokio::test]
async fn subscribing_brings_the_current_rows_that_the_viewer_does_not_have() {
    let world = World::new().await;
    world.connect("c", &["q1"]).await;
    for bucket in ["now", "P1D#2026-05-12", "P1D#2026-05-11", "PT30M#2026-05-12T12:30:00Z"] {
        world.change("queue#q1#voice", bucket).await;
    }
    world.change("queue#q1#voice", "PT30M#2026-05-12T12:00:00Z").await;
    let subjects = ["queue#q1#*", "queue#q2#*", "agent#u", "nonsense"];
    let subscribe = json!({"action": "subscribe", "id": 1, "subjects": subjects});
    let mut answer = world.ask("c", subscribe).await;
    let refused = |subject: &str, code| RefusedSubject { subject: subject.into(), code };
    let subscribed = ServerMessage::Subscribed {
        id: 1,
        subjects: vec!["queue#q1#*".into()],
        refused: vec![
            refused("queue#q2#*", ErrorCode::Forbidden),
            refused("agent#u", ErrorCode::Forbidden),
            refused("nonsense", ErrorCode::BadRequest),
        ],
        verify_seconds: None,
        features: Feature::ALL.to_vec(),
    };
    assert_eq!(answer.remove(0), subscribed);
    let row = |bucket: &str| ("queue#q1#voice".to_owned(), bucket.to_owned());
    let (day, interval) = (row("P1D#2026-05-12"), row("PT30M#2026-05-12T12:30:00Z"));
    assert_eq!(snapshot(&answer), [row("now"), interval.clone(), day.clone()]);

    let ServerMessage::Snapshot { rows, .. } = &answer[0] else { panic!() };
    let current = json!({"epoch": rows[0].epoch, "version": rows[0].version});
    let older = json!({"epoch": rows[0].epoch, "version": 0});
    let have = json!({"queue#q1#voice|now": current, "queue#q1#voice|P1D#2026-05-12": older});
    let again =
        json!({"action": "subscribe", "id": 2, "subjects": ["queue#q1#voice"], "have": have});
    let answer = world.ask("c", again).await;
    assert_eq!(snapshot(&answer[1..]), [interval, day]);
}

#[tokio::test]
async fn verifying_brings_the_rows_of_the_range_that_differ_or_are_new() {
    let world = World::new().await;
    world.connect("c", &["*"]).await;
    for queue in ["a", "b", "c"] {
        world.change(&format!("queue#{queue}#voice"), "now").await;
    }
    let subscribe = json!({"action": "subscribe", "id": 1, "subjects": ["queue#*"]});
    let answer = world.ask("c", subscribe).await;
    let ServerMessage::Snapshot { rows, .. } = &answer[1] else { panic!() };
    let row = &rows[0];
    let have = json!({"queue#a#voice|now": {"epoch": row.epoch, "version": row.version}});
    let verify =
        |have, from, to| json!({"action": "verify", "id": 2, "have": have, "from": from, "to": to});
    let messages = world.ask("c", verify(have.clone(), None::<&str>, None::<&str>)).await;
    let now = |subject: &str| (subject.to_owned(), "now".to_owned());
    assert_eq!(snapshot(&messages), [now("queue#b#voice"), now("queue#c#voice")]);
    let part = world.ask("c", verify(have, None, Some("queue#b#zzz"))).await;
    assert_eq!(snapshot(&part), [now("queue#b#voice")]);

    // A row that was removed is replaced by a tombstone, once.
    world.remove(&key("queue#a#voice", "now")).await;
    let versions = json!({"queue#a#voice|now": {"epoch": row.epoch, "version": row.version}});
    let part = world.ask("c", verify(versions, Some("x"), None)).await;
    let ServerMessage::Snapshot { rows, .. } = &part[0] else { panic!() };
    assert_eq!((rows[0].epoch.as_str(), rows[0].version), ("1.0", 0));
    let tombstones = json!({"queue#a#voice|now": {"epoch": "1.0", "version": 0}});
    assert!(snapshot(&world.ask("c", verify(tombstones, Some("x"), None)).await).is_empty());
}

#[tokio::test]
async fn after_unsubscribing_there_are_no_deltas() {
    let world = World::new().await;
    world.connect("c", &["q"]).await;
    world.ask("c", json!({"action": "subscribe", "id": 1, "subjects": ["queue#*"]})).await;
    let change = world.change("queue#q#voice", "now").await;
    assert_eq!(world.push(vec![change]).await.sent, 1);
    world.ask("c", json!({"action": "unsubscribe", "id": 2, "subjects": ["queue#*"]})).await;
    let change = world.change("queue#q#voice", "now").await;
    assert_eq!(world.push(vec![change]).await.sent, 0);
}

#[tokio::test]
async fn an_invalid_request_gets_an_error_and_keeps_the_connection() {
    let world = World::new().await;
    world.connect("c", &["q"]).await;
    let bad = world.ask("c", "{").await;
    assert_eq!(error_code(&bad), (None, ErrorCode::BadRequest));
    let unknown = world.ask("c", json!({"action": "fly", "id": 9})).await;
    assert_eq!(error_code(&unknown), (Some(9), ErrorCode::BadRequest));
    let large = world.ask("c", " ".repeat(33 * 1_024)).await;
    assert_eq!(error_code(&large), (None, ErrorCode::TooLarge));
    world.route("$default", "c", None, None).await;
    assert_eq!(error_code(&world.received("c")), (None, ErrorCode::BadRequest));
    assert_eq!(world.ask("c", json!({"action": "ping", "id": 1})).await.len(), 1);
}

#[tokio::test]
async fn a_fault_of_dynamodb_is_reported_without_details() {
    let world = World::new().await;
    world.connect("c", &["q"]).await;
    let subscribe = json!({"action": "subscribe", "id": 5, "subjects": ["queue#q#voice"]});
    for (operation, id) in [("GetItem", None), ("UpdateItem", Some(5))] {
        world.faults.plan(operation, HttpFault::Throttled);
        assert_eq!(error_code(&world.ask("c", &subscribe).await), (id, ErrorCode::Internal));
    }
    world.faults.plan("BatchGetItem", HttpFault::InternalErrorBefore);
    let answer = world.ask("c", &subscribe).await;
    assert_eq!(error_code(&answer[1..]), (Some(5), ErrorCode::Internal));
}

#[tokio::test]
async fn a_connection_that_is_not_in_the_table_is_closed() {
    let world = World::new().await;
    let answer = world.ask("c", json!({"action": "ping", "id": 1})).await;
    assert_eq!(answer, [ServerMessage::Expired]);
    assert!(world.gateway.closed("c"));
}

#[tokio::test]
async fn a_closed_connection_is_removed_with_its_subscriptions() {
    let world = World::new().await;
    for connection in ["by answer", "by message", "by frame"] {
        world.connect(connection, &["q"]).await;
        world
            .say(connection, json!({"action": "subscribe", "id": 1, "subjects": ["queue#q#*"]}))
            .await;
    }
    world.route("$disconnect", "by message", None, None).await;
    world.gateway.set("by answer", Behaviour::Gone);
    world.say("by answer", json!({"action": "ping", "id": 1})).await;
    world.gateway.set("by frame", Behaviour::Gone);
    let change = world.change("queue#q#voice", "now").await;
    let pushed = world.push(vec![change.clone()]).await;
    assert_eq!((pushed.sent, pushed.closed), (0, 1));
    assert_eq!(world.push(vec![change]).await.closed, 0);
    let scan = world.client.scan().table_name(headroom_test_support::CONNECTIONS);
    assert_eq!(scan.send().await.unwrap().count, 0);
}

#[tokio::test]
async fn a_snapshot_is_split_into_frames_below_the_limit() {
    let world = World::new().await;
    world.connect("c", &["*"]).await;
    for queue in 0..200 {
        world.change(&format!("queue#{queue:036}#voice"), "now").await;
    }
    world.say("c", json!({"action": "subscribe", "id": 1, "subjects": ["queue#*"]})).await;
    let frames = world.gateway.take("c");
    assert!(frames.len() > 2 && frames.iter().all(|frame| frame.len() <= 32 * 1_024));
    let messages: Vec<_> =
        frames[1..].iter().map(|frame| serde_json::from_str(frame).unwrap()).collect();
    assert_eq!(snapshot(&messages).len(), 200);
}
