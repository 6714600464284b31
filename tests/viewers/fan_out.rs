//! Many viewers, some of them slow.

use crate::gateway::Behaviour;
use crate::world::{World, batch, key};
use headroom_protocol::Histograms;
use headroom_push::{Pace, PushError, PushSummary};
use headroom_test_support::HttpFault;
use headroom_viewers::{Connection, Connections};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const SUBSCRIBE: &str = r#"{"action":"subscribe","id":1,"subjects":["queue#q#*"]}"#;

async fn viewers(world: &World, names: &[&str]) {
    for name in names {
        world.connect(name, &["q"]).await;
        world.ask(name, SUBSCRIBE).await;
    }
}

/// Writes a connection with a subscription directly to the table.
async fn subscribed(connections: &Connections, world: &World, number: usize, pattern: &str) {
    let connection = Connection {
        id: format!("c{number}"),
        principal: format!("p{number}"),
        grants: headroom_protocol::Grants { queues: headroom_protocol::Queues::All, agents: false },
        until: world.now + world.now,
        connected_at: world.now,
        subjects: BTreeSet::new(),
        histograms: Histograms::Absent,
    };
    connections.connect(&connection, 1).await.unwrap();
    connections.subscribe(&connection, &[pattern.parse().unwrap()].into()).await.unwrap();
}

/// 100 changes of the rows of one queue, in three media types.
async fn hundred_changes(world: &World) -> Vec<Value> {
    let mut records = Vec::new();
    for number in 0..100 {
        let media = ["voice", "chat", "email"][number % 3];
        let bucket = ["now", "P1D#2026-05-12"][number % 2];
        records.push(world.change(&format!("queue#q#{media}"), bucket).await);
    }
    records
}

#[tokio::test]
async fn a_thousand_viewers_get_one_frame_each_which_is_built_once() {
    let world = World::new().await;
    for number in 0..1_000 {
        // Found in three ways, for the same rows.
        let pattern = ["queue#q#*", "queue#*"][number % 2];
        subscribed(&world.push.connections, &world, number, pattern).await;
    }
    let records = hundred_changes(&world).await;
    let requests = world.faults.requests();
    let started = Instant::now();
    let pushed = world.push(records).await;
    println!("{:?} for 1,000 frames", started.elapsed());
    assert_eq!((pushed.sent, pushed.rows, pushed.bodies), (1_000, 6, 1));
    assert_eq!(world.gateway.posts(), 1_000);
    let frames = world.gateway.take_all();
    assert!(frames.values().all(|frames| frames.len() == 1));
    assert_eq!(frames.into_values().collect::<BTreeSet<_>>().len(), 1, "the same for all");
    assert_eq!(world.faults.requests() - requests, 5, "reads: three media, the queue, all queues");
}

#[tokio::test]
async fn viewers_of_different_rows_get_different_frames() {
    let world = World::new().await;
    for (number, pattern) in
        ["queue#q#voice", "queue#q#voice", "queue#q#*", "queue#x#*"].into_iter().enumerate()
    {
        subscribed(&world.push.connections, &world, number, pattern).await;
    }
    let pushed = world.push(hundred_changes(&world).await).await;
    assert_eq!((pushed.sent, pushed.bodies), (3, 2));
}

#[tokio::test]
async fn a_slow_or_failing_connection_is_skipped_and_does_not_delay_the_others() {
    let world = World::new().await;
    viewers(&world, &["open", "stuck", "full", "failing"]).await;
    world.gateway.set("stuck", Behaviour::Stuck);
    world.gateway.set("full", Behaviour::Full);
    world.gateway.set("failing", Behaviour::Failing);
    let posts = world.gateway.posts();
    let change = world.change("queue#q#voice", "now").await;
    let pushed = world.push(vec![change]).await;
    assert_eq!((pushed.sent, pushed.skipped, pushed.failed, pushed.closed), (1, 2, 1, 0));
    assert_eq!(world.gateway.posts() - posts, 4, "each is tried once");
    assert_eq!(world.gateway.take("open").len(), 1);
    world.gateway.set("full", Behaviour::Open);
    let change = world.change("queue#q#voice", "now").await;
    world.push(vec![change]).await;
    assert_eq!(world.gateway.take("full").len(), 1, "it is still subscribed");
}

#[tokio::test]
async fn a_batch_whose_subscribers_cannot_be_read_is_retried_and_has_sent_nothing() {
    let world = World::new().await;
    viewers(&world, &["a"]).await;
    let posts = world.gateway.posts();
    let change = world.change("queue#q#voice", "now").await;
    world.faults.plan("Query", HttpFault::InternalErrorBefore);
    let failed = world
        .push
        .handle(&batch(std::slice::from_ref(&change)), world.now, Duration::from_mins(1))
        .await;
    assert!(matches!(failed, Err(PushError::Store(_))), "{failed:?}");
    assert_eq!(world.gateway.posts(), posts);
    assert_eq!(world.push(vec![change]).await.sent, 1);
}

#[tokio::test]
async fn removed_rows_are_not_pushed_and_unreadable_records_are_skipped() {
    let world = World::new().await;
    viewers(&world, &["a"]).await;
    world.change("queue#q#voice", "now").await;
    let removal = world.remove(&key("queue#q#voice", "now")).await;
    assert_eq!(world.push(vec![removal]).await, PushSummary::default());
    let mut bad = world.change("queue#q#voice", "now").await;
    bad["dynamodb"]["NewImage"]["version"] = json!({"S": "x"});
    let good = world.change("queue#q#chat", "now").await;
    let pushed = world.push(vec![bad, good]).await;
    assert_eq!((pushed.sent, pushed.rows, pushed.unreadable), (1, 1, 1));
}

#[tokio::test]
async fn a_frame_whose_turn_does_not_come_in_time_is_skipped_and_not_sent_late() {
    let mut world = World::new().await;
    viewers(&world, &["a", "b", "c"]).await;
    world.push.pace = Pace::new(1);
    let change = world.change("queue#q#voice", "now").await;
    let time = Duration::from_millis(50);
    let pushed = world.push.handle(&batch(&[change]), world.now, time).await.unwrap();
    assert_eq!((pushed.sent, pushed.skipped), (1, 2));
}
