//! What is too much, and is said to be.

use crate::world::World;
use headroom_protocol::{ErrorCode, SUBJECTS_MAX, SUBJECTS_PER_REQUEST_MAX, ServerMessage};
use serde_json::{Value, json};

fn subscribe(id: u64, from: usize, count: usize) -> Value {
    let subjects: Vec<_> = (from..from + count).map(|n| format!("queue#{n}#voice")).collect();
    json!({"action": "subscribe", "id": id, "subjects": subjects})
}

#[tokio::test]
async fn subjects_are_limited_in_a_request_and_in_all() {
    let world = World::new().await;
    world.connect("c", &["*"]).await;
    let too_many = |answer: Vec<ServerMessage>, number: u64| {
        let [ServerMessage::Error { id, code: ErrorCode::TooMany, .. }] = answer.as_slice() else {
            panic!("{answer:?}")
        };
        assert_eq!(*id, Some(number));
    };
    too_many(world.ask("c", subscribe(1, 0, SUBJECTS_PER_REQUEST_MAX + 1)).await, 1);
    for part in 0..SUBJECTS_MAX / SUBJECTS_PER_REQUEST_MAX {
        let answer = world
            .ask("c", subscribe(2, part * SUBJECTS_PER_REQUEST_MAX, SUBJECTS_PER_REQUEST_MAX))
            .await;
        assert!(matches!(answer[0], ServerMessage::Subscribed { .. }), "{answer:?}");
    }
    too_many(world.ask("c", subscribe(3, SUBJECTS_MAX, 1)).await, 3);
    let again = world.ask("c", subscribe(4, 0, SUBJECTS_PER_REQUEST_MAX)).await;
    assert!(matches!(again[0], ServerMessage::Subscribed { .. }), "a repeat takes no room");
}

#[tokio::test]
async fn connections_of_a_principal_are_limited() {
    let mut world = World::new().await;
    world.handler.connections_max = 2;
    for (connection, status) in [("a", 200), ("b", 200), ("c", 429)] {
        assert_eq!(world.connect(connection, &[]).await.status_code, status, "{connection}");
    }
    world.route("$disconnect", "a", None, None).await;
    assert_eq!(world.connect("d", &[]).await.status_code, 200);
}
