//! What was spent of the API budget is a row like any other.

use crate::viewer::Viewer;
use crate::world::{MINUTE, World, key};
use headroom_kpi::RowKey;
use headroom_protocol::ServerMessage;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn rows() -> [RowKey; 2] {
    [key("api#budget", "now"), key("api#budget", "P1D#2026-05-12")]
}

/// The gap reader reports.
async fn report(world: &World, now: Value, day: Value) -> Vec<Value> {
    let body = json!({"reportedAt": world.now.0, "date": "2026-05-12", "now": now, "day": day});
    let event = json!({"detail-type": "headroom.api.budget", "time": "2026-05-12T14:02:42Z",
        "detail": {"eventBody": body}});
    world.fold(&event.to_string(), &rows()).await
}

/// What a viewer shows as fresh, by bucket.
fn shown(viewer: &Viewer) -> BTreeMap<String, BTreeMap<String, i64>> {
    viewer.fresh().into_values().map(|row| (row.bucket, row.metrics)).collect()
}

fn metrics(rows: &[(&str, &[(&str, i64)])]) -> BTreeMap<String, BTreeMap<String, i64>> {
    let named = |(name, value): &(&str, i64)| ((*name).to_owned(), *value);
    let row = |(bucket, sums): &(&str, &[(&str, i64)])| {
        ((*bucket).to_owned(), sums.iter().map(named).collect())
    };
    rows.iter().map(row).collect()
}

#[tokio::test]
async fn the_budget_is_subscribed_to_followed_and_verified() {
    let mut world = World::new().await;
    let (now, day) = (json!({"minute.used": 3, "minute.allowed": 30}), json!({"day.used": 9}));
    report(&world, now, day).await;

    // No queue is allowed: the budget is everyone's.
    let mut viewer = Viewer::new("b", &[], &["api#budget"]);
    viewer.connect(&world).await;
    viewer.receive_all(&world, || false).await;
    let first = metrics(&[
        ("now", &[("minute.used", 3), ("minute.allowed", 30)]),
        ("P1D#2026-05-12", &[("day.used", 9)]),
    ]);
    assert_eq!(shown(&viewer), first);

    world.now = world.now + MINUTE;
    let blocked = json!({"minute.allowed": 30, "blockedUntil": 1_778_594_700});
    let records = report(&world, blocked, json!({"day.used": 10, "throttled": 1})).await;
    assert_eq!(records.len(), 2);
    world.push(records).await;
    let messages = world.received(viewer.connection().unwrap());
    assert!(matches!(messages.as_slice(), [ServerMessage::Deltas { rows }] if rows.len() == 2));
    for message in messages {
        viewer.receive(message);
    }
    let second = metrics(&[
        ("now", &[("minute.allowed", 30), ("blockedUntil", 1_778_594_700)]),
        ("P1D#2026-05-12", &[("day.used", 10), ("throttled", 1)]),
    ]);
    assert_eq!(shown(&viewer), second);

    // A delta is lost, and the next verification finds out.
    world.now = world.now + MINUTE;
    let records = report(&world, json!({"minute.used": 1}), json!({"day.used": 11})).await;
    world.push(records).await;
    viewer.receive_all(&world, || true).await;
    viewer.verify(&mut world).await;
    let third = metrics(&[("now", &[("minute.used", 1)]), ("P1D#2026-05-12", &[("day.used", 11)])]);
    assert_eq!(shown(&viewer), third);
}

#[tokio::test]
async fn a_report_that_comes_again_or_late_tells_nothing() {
    let mut world = World::new().await;
    let early = world.now;
    world.now = world.now + MINUTE;
    let late = || report(&world, json!({"minute.used": 3}), json!({"day.used": 9}));
    assert_eq!(late().await.len(), 2);
    assert_eq!(late().await, [Value::Null; 0]);
    world.now = early;
    let older = report(&world, json!({"minute.used": 2}), json!({"day.used": 8})).await;
    assert_eq!(older, [Value::Null; 0]);
}
