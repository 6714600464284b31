//! The catalog: names and service levels of what a token allows.

use crate::world::World;
use headroom_kpi::settings::SettingsDocument;
use headroom_kpi::{Millis, Settings};
use headroom_protocol::{Catalog, ServerMessage, TargetLevel};
use headroom_tables::catalog::QUEUE_KIND;
use headroom_tables::{DocumentKey, Documents, DynamoDocuments};
use headroom_test_support::LEDGER;
use headroom_viewers::QueueCatalog;
use serde_json::{Value, json};

/// The gap reader writes a queue.
async fn write(world: &World, queue: &str, body: Value) {
    let ledger = DynamoDocuments::new(world.client.clone(), LEDGER);
    let key = DocumentKey::new(QUEUE_KIND, queue);
    let version = ledger.get(&key).await.unwrap().map_or(0, |document| document.version);
    ledger.put(&key, &body.to_string(), version, None).await.unwrap();
}

fn voice(threshold_ms: i64, from: i64) -> Value {
    json!({"from": from, "durationMs": threshold_ms, "percentage": 0.9})
}

async fn world() -> World {
    let world = World::new().await;
    let levels = json!({"voice": [voice(15_000, 0), voice(30_000, i64::MAX)]});
    write(&world, "a", json!({"name": "Billing", "serviceLevels": levels})).await;
    write(&world, "b", json!({"name": "Sales"})).await;
    write(&world, "secret", json!({"name": "Secret plans", "serviceLevels": levels})).await;
    world
}

fn name<'a>(catalog: &'a Catalog, id: &str) -> Option<&'a str> {
    let queue = catalog.queues.iter().find(|queue| queue.id == id);
    queue.and_then(|queue| queue.name.as_deref())
}

/// The catalog in some messages, and whether the first of them answers the request.
fn catalog(messages: &[ServerMessage]) -> Option<(Catalog, Option<u64>)> {
    let [
        ServerMessage::Catalog {
            id,
            version,
            unchanged: false,
            service_levels,
            queues,
            last: true,
        },
        ..,
    ] = messages
    else {
        return None;
    };
    let (version, service_levels) = (version.clone(), service_levels.clone());
    Some((Catalog { version, service_levels, queues: queues.clone() }, *id))
}

async fn ask(world: &World, version: Option<&str>) -> Vec<ServerMessage> {
    world.ask("c", json!({"action": "catalog", "id": 6, "version": version})).await
}

#[tokio::test]
async fn a_viewer_gets_names_and_the_service_levels_in_force_of_its_queues() {
    let world = world().await;
    world.connect("c", &["a", "b", "c"]).await;
    let frames = async {
        world.say("c", json!({"action": "catalog", "id": 6})).await;
        world.gateway.take("c").concat()
    };
    assert!(!frames.await.to_lowercase().contains("secret"));
    let (catalog, id) = catalog(&ask(&world, None).await).unwrap();
    assert_eq!(id, Some(6));
    let names: Vec<_> = ["a", "b", "c"].map(|queue| name(&catalog, queue)).into();
    assert_eq!(names, [Some("Billing"), Some("Sales"), None]);
    let level = |target, threshold_ms| Some(TargetLevel { target, threshold_ms });
    assert_eq!(catalog.service_level("a", "voice"), level(0.9, 15_000));
    assert_eq!(catalog.service_level("b", "voice"), level(0.8, 20_000));
    assert_eq!(catalog.service_level("a", "email"), level(0.8, 86_400_000));
}

#[tokio::test]
async fn what_the_stack_sets_counts_before_the_catalog() {
    let mut world = world().await;
    let queues =
        json!({"a": {"voice": {"durationMs": 5_000}}, "z": {"chat": {"durationMs": 7_000}}});
    let document = json!({"serviceLevel": {"queues": queues}});
    let document: SettingsDocument = serde_json::from_value(document).unwrap();
    let settings = Settings::try_from(document).unwrap();
    let ledger = DynamoDocuments::new(world.client.clone(), LEDGER);
    world.handler.catalog = QueueCatalog::new(ledger, settings);
    world.connect("c", &["*"]).await;
    let (catalog, _) = catalog(&ask(&world, None).await).unwrap();
    let threshold = |queue, media| catalog.service_level(queue, media).unwrap().threshold_ms;
    assert_eq!((threshold("a", "voice"), threshold("z", "chat")), (5_000, 7_000));
    assert_eq!((name(&catalog, "z"), name(&catalog, "secret")), (None, Some("Secret plans")));
}

#[tokio::test]
async fn a_changed_catalog_comes_with_the_next_verification() {
    let mut world = world().await;
    world.connect("c", &["a"]).await;
    let (first, _) = catalog(&ask(&world, None).await).unwrap();
    let again = ask(&world, Some(&first.version)).await;
    assert!(matches!(again[0], ServerMessage::Catalog { unchanged: true, last: true, .. }));
    let verify =
        |version: &str| json!({"action": "verify", "id": 7, "digests": {}, "catalog": version});
    // A queue that the token does not allow changes nothing.
    write(&world, "secret", json!({"name": "Other plans"})).await;
    world.now = world.now + Millis(61_000);
    let response = world.ask("c", verify(&first.version)).await;
    assert!(matches!(response[0], ServerMessage::Snapshot { .. }), "{response:?}");

    write(&world, "a", json!({"name": "Invoices"})).await;
    world.now = world.now + Millis(61_000);
    let changed = world.ask("c", verify(&first.version)).await;
    let (second, id) = catalog(&changed).unwrap();
    assert_eq!((name(&second, "a"), id), (Some("Invoices"), None));
    assert_ne!(second.version, first.version);
    assert!(matches!(changed[1], ServerMessage::Snapshot { id: Some(7), last: true, .. }));
}

#[tokio::test]
async fn a_token_that_allows_nothing_gets_the_defaults_alone() {
    let world = world().await;
    world.connect("c", &[]).await;
    let (catalog, _) = catalog(&ask(&world, None).await).unwrap();
    assert_eq!((catalog.queues.len(), catalog.service_levels.len()), (0, 4));
}
