//! Snapshots have the names of queues, as far as they are known.

use crate::world::World;
use headroom_kpi::Millis;
use headroom_protocol::ServerMessage;
use headroom_tables::catalog::QUEUE_KIND;
use headroom_tables::{DocumentKey, Documents, DynamoDocuments};
use headroom_test_support::{HttpFault, LEDGER};
use serde_json::json;

/// The gap reader writes a queue of the catalog.
async fn write_name(world: &World, queue: &str, name: &str) {
    let ledger = DynamoDocuments::new(world.client.clone(), LEDGER);
    let key = DocumentKey::new(QUEUE_KIND, queue);
    let version = ledger.get(&key).await.unwrap().map_or(0, |document| document.version);
    ledger.put(&key, &json!({"name": name}).to_string(), version, None).await.unwrap();
}

/// The names in the snapshot of a subscription to all queues.
async fn names(world: &World) -> Vec<Option<String>> {
    let subscribe = json!({"action": "subscribe", "id": 1, "subjects": ["queue#*", "api#budget"]});
    let mut names = Vec::new();
    for message in world.ask("c", subscribe).await {
        if let ServerMessage::Snapshot { rows, .. } = message {
            names.extend(rows.into_iter().map(|row| row.name));
        }
    }
    names
}

#[tokio::test]
async fn rows_of_a_snapshot_have_the_names_that_the_catalog_has() {
    let mut world = World::new().await;
    world.connect("c", &["*"]).await;
    for subject in ["queue#a#voice", "queue#b#voice", "api#budget"] {
        world.change(subject, "now").await;
    }
    write_name(&world, "a", "Billing").await;
    let billing = Some("Billing".to_owned());
    assert_eq!(names(&world).await, [billing.clone(), None, None]);

    // Names are kept for some minutes.
    write_name(&world, "b", "Sales").await;
    assert_eq!(names(&world).await, [billing.clone(), None, None]);
    world.now = world.now + Millis(11 * 60_000);
    assert_eq!(names(&world).await, [billing, Some("Sales".to_owned()), None]);
}

#[tokio::test]
async fn a_snapshot_without_names_is_sent_if_the_catalog_cannot_be_read() {
    let mut world = World::new().await;
    world.connect("c", &["q"]).await;
    world.change("queue#q#voice", "now").await;
    write_name(&world, "q", "Billing").await;
    let subscribe = json!({"action": "subscribe", "id": 1, "subjects": ["queue#q#voice"]});
    world.faults.plan("Query", HttpFault::AccessDenied);
    let row = async |world: &World| {
        let messages = world.ask("c", &subscribe).await;
        let ServerMessage::Snapshot { rows, last: true, .. } = &messages[1] else {
            panic!("{messages:?}")
        };
        rows[0].name.clone()
    };
    assert_eq!(row(&world).await, None);
    world.now = world.now + Millis(2 * 60_000);
    assert_eq!(row(&world).await, Some("Billing".to_owned()));
}
