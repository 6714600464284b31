//! Wait histograms, for viewers that ask for them.

use crate::requests::error_code;
use crate::world::{World, key};
use headroom_kpi::{Amounts, Measure};
use headroom_protocol::{Delta, ErrorCode, RowState, ServerMessage};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn subscribe(waits: bool) -> Value {
    json!({"action": "subscribe", "id": 1, "subjects": ["queue#q#voice"], "waits": waits})
}

/// Adds a wait that waits no more. Returns the stream's record.
async fn wait(world: &World, bucket: u16) -> Value {
    let amounts = Amounts::from_iter([(Measure::Wait(bucket), 1), (Measure::OWaiting, 1)]);
    world.add(&key("queue#q#voice", "now"), amounts).await
}

fn row(messages: &[ServerMessage]) -> RowState {
    let rows = messages.iter().find_map(|message| match message {
        ServerMessage::Snapshot { rows, .. } => rows.first(),
        _ => None,
    });
    rows.unwrap().clone()
}

fn delta(world: &World, connection: &str) -> Delta {
    match world.received(connection).remove(0) {
        ServerMessage::Deltas { mut rows } => rows.remove(0),
        other => panic!("{other:?}"),
    }
}

fn sums(sums: &[(&str, i64)]) -> BTreeMap<String, i64> {
    sums.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect()
}

#[tokio::test]
async fn rows_and_deltas_have_the_histogram_of_viewers_that_ask_for_it() {
    let world = World::new().await;
    wait(&world, 57).await;
    for (connection, waits) in [("with", true), ("without", false)] {
        world.connect(connection, &["q"]).await;
        let row = row(&world.ask(connection, subscribe(waits)).await);
        let with = sums(&[("oWaiting", 1), ("w57", 1)]);
        assert_eq!(row.metrics, if waits { with } else { sums(&[("oWaiting", 1)]) });
    }
    let records = vec![wait(&world, 57).await, wait(&world, 60).await];
    let pushed = world.push(records).await;
    assert_eq!((pushed.sent, pushed.bodies), (2, 2));
    let (with, without) = (delta(&world, "with"), delta(&world, "without"));
    assert_eq!(with.set, sums(&[("oWaiting", 3), ("w57", 2), ("w60", 1)]));
    assert_eq!(without.set, sums(&[("oWaiting", 3)]));
    assert_eq!((with.base, with.version), (without.base, without.version));
}

#[tokio::test]
async fn verifications_and_reads_of_such_a_connection_have_it_too() {
    let world = World::new().await;
    wait(&world, 57).await;
    world.connect("c", &["q"]).await;
    world.ask("c", subscribe(true)).await;
    // Later subscriptions need not name it.
    world.ask("c", subscribe(false)).await;
    let read =
        json!({"action": "read", "id": 3, "subjects": ["queue#q#voice"], "buckets": ["now"]});
    for request in [
        json!({"action": "verify", "id": 2, "have": {}}),
        json!({"action": "verify", "id": 2, "digests": {}}),
        read,
    ] {
        assert_eq!(row(&world.ask("c", &request).await).metrics.get("w57"), Some(&1), "{request}");
    }
}

#[tokio::test]
async fn a_connection_has_it_from_the_start_or_not_at_all() {
    let world = World::new().await;
    world.connect("c", &["q"]).await;
    world.ask("c", subscribe(false)).await;
    let refused = world.ask("c", subscribe(true)).await;
    assert_eq!(error_code(&refused), (Some(1), ErrorCode::BadRequest));
    let unsubscribe = json!({"action": "unsubscribe", "id": 2, "subjects": ["queue#q#voice"]});
    world.ask("c", unsubscribe).await;
    let accepted = world.ask("c", subscribe(true)).await;
    assert!(matches!(accepted[0], ServerMessage::Subscribed { .. }), "{accepted:?}");
}
