//! A token for one queue sees nothing of another queue, and nothing at all after it has expired.

use crate::world::{MINUTE, World};
use headroom_kpi::Millis;
use headroom_protocol::ServerMessage;
use headroom_tables::catalog::QUEUE_KIND;
use headroom_tables::{DocumentKey, Documents, DynamoDocuments};
use headroom_test_support::LEDGER;
use serde_json::json;
use std::collections::BTreeSet;

/// Part of the id of every subject that must not be seen.
pub(crate) const SECRET: &str = "secret";

/// Subjects that must not be seen.
pub(crate) const SECRETS: [&str; 4] =
    ["queue#secret#voice", "queue#secret#agents", "agent#secret#voice", "agent#secret"];

/// The subjects of [`SECRETS`], and some that a token for the queue `own` may see or may not.
pub(crate) async fn world() -> World {
    let world = World::new().await;
    for subject in
        SECRETS.iter().chain(&["queue#own#voice", "queue#own#agents", "queue#owner#chat"])
    {
        world.change(subject, "now").await;
        world.change(subject, "P1D#2026-05-12").await;
    }
    for queue in ["secret", "owner"] {
        let ledger = DynamoDocuments::new(world.client.clone(), LEDGER);
        let levels = json!({"voice": [{"from": 0, "durationMs": 1, "percentage": 0.5}]});
        let body = json!({"name": format!("the {queue} queue"), "serviceLevels": levels});
        let key = DocumentKey::new(QUEUE_KIND, queue);
        ledger.put(&key, &body.to_string(), 0, None).await.unwrap();
    }
    world
}

/// All that may be asked for to see what is not allowed, by the WebSocket and by HTTP.
pub(crate) fn patterns() -> Vec<&'static str> {
    let wildcards = ["queue#*", "queue#secret#*", "agent#*", "agent#secret#*"];
    [&wildcards[..], &SECRETS].concat()
}

/// Messages that ask for subjects which are not allowed, in every way.
fn attempts() -> Vec<serde_json::Value> {
    let names = SECRETS
        .iter()
        .flat_map(|subject| ["now", "P1D#2026-05-12"].map(|bucket| format!("{subject}|{bucket}")));
    let have: serde_json::Map<_, _> =
        names.map(|name| (name, json!({"epoch": "x", "version": 0}))).collect();
    let patterns = patterns();
    let subscribe = |subjects: &[&str]| json!({"action": "subscribe", "id": 1, "subjects": subjects, "have": have});
    let mut attempts: Vec<_> = patterns.iter().map(|pattern| subscribe(&[pattern])).collect();
    attempts.push(subscribe(&patterns));
    attempts.push(json!({"action": "verify", "id": 2, "have": have}));
    attempts.push(json!({"action": "verify", "id": 2, "have": {}}));
    let range = json!({"action": "verify", "id": 2, "have": have, "from": "", "to": "z"});
    attempts.push(range);
    let subjects = ["queue#secret#voice", "agent#secret#voice", "queue#owner#chat"];
    let digests: serde_json::Map<_, _> =
        subjects.iter().map(|subject| ((*subject).to_owned(), json!(""))).collect();
    let buckets = ["now", "P1D#2026-05-12"];
    attempts.push(
        json!({"action": "verify", "id": 3, "digests": digests, "buckets": buckets, "catalog": ""}),
    );
    attempts.push(json!({"action": "verify", "id": 3, "digests": {}, "buckets": buckets}));
    for subject in subjects.iter().chain(&patterns) {
        let (since, until) = ("2026-05-12T00:00:00Z", "2026-05-13T00:00:00Z");
        attempts.push(json!({"action": "read", "id": 4, "subjects": [subject], "since": since, "until": until}));
        attempts.push(json!({"action": "read", "id": 4, "subjects": ["queue#own#voice", subject], "buckets": buckets}));
    }
    attempts.push(json!({"action": "catalog", "id": 5}));
    attempts.push(json!({"action": "catalog", "id": 5, "version": ""}));
    attempts
}

/// Messages without `subscribed`, which repeats the subjects of the request that it refuses.
fn without_subscribed(messages: Vec<String>) -> Vec<String> {
    let is_subscribed = |message: &String| {
        matches!(serde_json::from_str(message).unwrap(), ServerMessage::Subscribed { .. })
    };
    messages.into_iter().filter(|message| !is_subscribed(message)).collect()
}

#[tokio::test]
async fn a_token_for_one_queue_sees_nothing_of_another() {
    let world = world().await;
    world.connect("c", &["own"]).await;
    for attempt in attempts() {
        world.say("c", &attempt).await;
        let frames = world.gateway.take("c");
        let subscribed = frames.iter().any(|frame| frame.contains(r#""type":"subscribed""#));
        let messages = without_subscribed(frames);
        assert!(!messages.concat().contains(SECRET), "{attempt}");
        assert!(!messages.concat().contains("owner"), "{attempt}");
        assert!(!subscribed || !messages.is_empty(), "{attempt}");
    }
    let mut records = Vec::new();
    for subject in SECRETS.iter().chain(&["queue#own#voice"]) {
        records.push(world.change(subject, "now").await);
    }
    let pushed = world.push(records).await;
    assert_eq!((pushed.sent, pushed.rows), (1, 1));
    let frames = world.gateway.take("c").concat();
    assert!(frames.contains("queue#own#voice") && !frames.contains(SECRET));
}

#[tokio::test]
async fn a_token_for_agents_sees_agents_and_no_queue() {
    let world = world().await;
    world.connect_with("c", &[], true).await;
    let subjects_for = async |subjects: &[&str]| {
        let subscribe = json!({"action": "subscribe", "id": 1, "subjects": subjects});
        world.ask("c", subscribe).await.into_iter().flat_map(subjects_of).collect::<BTreeSet<_>>()
    };
    let expected = |subjects: &[&str]| subjects.iter().map(|s| (*s).to_owned()).collect();
    assert_eq!(subjects_for(&["queue#*", "queue#own#agents"]).await, expected(&[]));
    assert_eq!(subjects_for(&["agent#*"]).await, expected(&["agent#secret"]));
    let agent = ["agent#secret", "agent#secret#voice"];
    assert_eq!(subjects_for(&["agent#secret#*"]).await, expected(&agent));
    let mut records = Vec::new();
    for subject in SECRETS {
        records.push(world.change(subject, "now").await);
    }
    assert_eq!(world.push(records).await.rows, 2);
    let pushed = world.received("c").into_iter().flat_map(subjects_of).collect::<BTreeSet<_>>();
    assert_eq!(pushed, expected(&agent));
}

fn subjects_of(message: ServerMessage) -> Vec<String> {
    match message {
        ServerMessage::Snapshot { rows, .. } => rows.into_iter().map(|row| row.subject).collect(),
        ServerMessage::Deltas { rows } => rows.into_iter().map(|row| row.subject).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_token_that_allows_nothing_sees_nothing() {
    let world = world().await;
    world.connect("c", &[]).await;
    for attempt in attempts() {
        world.say("c", &attempt).await;
        assert!(!without_subscribed(world.gateway.take("c")).concat().contains('#'), "{attempt}");
    }
    let change = world.change("queue#own#voice", "now").await;
    assert_eq!(world.push(vec![change]).await.sent, 0);
}

#[tokio::test]
async fn after_the_token_has_expired_nothing_is_sent() {
    for by_request in [true, false] {
        let mut world = world().await;
        world.connect("c", &["own"]).await;
        world.ask("c", json!({"action": "subscribe", "id": 1, "subjects": ["queue#*"]})).await;
        world.now = world.now + Millis(60 * MINUTE.0);
        let change = world.change("queue#own#voice", "now").await;
        if by_request {
            let verify = json!({"action": "verify", "id": 2, "have": {}});
            assert_eq!(world.ask("c", verify).await, [ServerMessage::Expired]);
        } else {
            let pushed = world.push(vec![change.clone()]).await;
            assert_eq!((pushed.sent, pushed.expired), (0, 1));
            assert_eq!(world.received("c"), [ServerMessage::Expired]);
        }
        assert!(world.gateway.closed("c"));
        let pushed = world.push(vec![change]).await;
        assert_eq!((pushed.sent, pushed.expired, pushed.closed), (0, 0, 0), "it is removed");
        assert!(world.received("c").is_empty());
    }
}
