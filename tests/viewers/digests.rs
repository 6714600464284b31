//! Verification by digests.

use crate::requests::{error_code, snapshot};
use crate::world::{World, key};
use headroom_kpi::Millis;
use headroom_protocol::{
    BucketVersions, ErrorCode, KnownVersion, RowState, ServerMessage, subject_digest,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NOW: &str = "now";
const DAY: &str = "P1D#2026-05-12";
const INTERVAL: &str = "PT30M#2026-05-12T14:00:00Z";
/// All current buckets, and an older one.
const BUCKETS: [&str; 7] = [
    NOW,
    DAY,
    INTERVAL,
    "PT30M#2026-05-12T13:30:00Z",
    "PT30M#2026-05-12T13:00:00Z",
    "PT30M#2026-05-12T12:30:00Z",
    "PT30M#2026-05-12T08:00:00Z",
];

/// What a viewer has.
#[derive(Default)]
struct Rows(BTreeMap<String, BucketVersions>);

impl Rows {
    fn extend(&mut self, messages: &[ServerMessage]) {
        for message in messages {
            if let ServerMessage::Snapshot { rows, .. } = message {
                for row in rows {
                    self.insert(row);
                }
            }
        }
    }

    fn insert(&mut self, row: &RowState) {
        let version = KnownVersion { epoch: row.epoch.clone(), version: row.version };
        self.0.entry(row.subject.clone()).or_default().insert(row.bucket.clone(), version);
    }

    fn digests(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(subject, rows)| (subject.clone(), subject_digest(rows))).collect()
    }

    /// The rows that a verification brings.
    async fn verify(&mut self, world: &World, buckets: &[&str]) -> Vec<(String, String)> {
        let answer = world.ask("c", verify(&self.digests(), buckets)).await;
        self.extend(&answer);
        snapshot(&answer)
    }
}

fn verify(digests: &BTreeMap<String, String>, buckets: &[&str]) -> Value {
    json!({"action": "verify", "id": 2, "digests": digests, "buckets": buckets})
}

fn row(subject: &str, bucket: &str) -> (String, String) {
    (subject.to_owned(), bucket.to_owned())
}

/// A viewer of everything, with rows of two queues.
async fn viewer() -> (World, Rows) {
    let world = World::new().await;
    world.connect("c", &["*"]).await;
    for subject in ["queue#a#voice", "queue#b#voice"] {
        for bucket in [NOW, DAY, INTERVAL] {
            world.change(subject, bucket).await;
        }
    }
    let mut rows = Rows::default();
    let subscribe = json!({"action": "subscribe", "id": 1, "subjects": ["queue#*"]});
    rows.extend(&world.ask("c", subscribe).await);
    assert_eq!(rows.0.len(), 2);
    (world, rows)
}

fn later(world: &mut World, seconds: i64) {
    world.now = world.now + Millis(seconds * 1_000);
}

#[tokio::test]
async fn only_subjects_that_differ_come_with_all_their_rows() {
    let (mut world, mut rows) = viewer().await;
    assert_eq!(rows.verify(&world, &BUCKETS).await, []);
    world.change("queue#b#voice", DAY).await;
    later(&mut world, 16);
    let (now, interval, day) =
        (row("queue#b#voice", NOW), row("queue#b#voice", INTERVAL), row("queue#b#voice", DAY));
    let mut brought = rows.verify(&world, &[NOW, DAY, INTERVAL]).await;
    brought.sort();
    assert_eq!(brought, [day, interval, now]);
    assert_eq!(rows.verify(&world, &BUCKETS).await, []);
}

#[tokio::test]
async fn a_late_event_of_a_closed_interval_is_found() {
    let (mut world, mut rows) = viewer().await;
    let old = BUCKETS[6];
    let record = world.change("queue#a#voice", old).await;
    world.push(vec![record]).await;
    let ServerMessage::Deltas { rows: deltas } = &world.received("c")[0] else { panic!() };
    let version = KnownVersion { epoch: deltas[0].epoch.clone(), version: 1 };
    rows.0.get_mut("queue#a#voice").unwrap().insert(old.to_owned(), version);
    assert_eq!(rows.verify(&world, &BUCKETS).await, []);

    world.change("queue#a#voice", old).await;
    later(&mut world, 16);
    let brought = rows.verify(&world, &BUCKETS).await;
    assert!(brought.contains(&row("queue#a#voice", old)), "{brought:?}");
    assert!(!brought.iter().any(|(subject, _)| subject == "queue#b#voice"), "{brought:?}");
}

#[tokio::test]
async fn what_was_read_for_one_viewer_serves_others_for_15_seconds() {
    let (mut world, mut rows) = viewer().await;
    assert_eq!(rows.verify(&world, &BUCKETS).await, []);
    world.handler.rows.take_read_units();
    world.change("queue#a#voice", NOW).await;
    later(&mut world, 14);
    assert_eq!(rows.verify(&world, &BUCKETS).await, []);
    assert!(world.handler.rows.take_read_units() < 0.5);
    later(&mut world, 2);
    assert_ne!(rows.verify(&world, &BUCKETS).await, []);
    assert!(world.handler.rows.take_read_units() > 0.0);
}

#[tokio::test]
async fn a_viewer_that_has_a_change_already_reveals_it_for_the_others() {
    let (world, mut behind) = viewer().await;
    let mut ahead = Rows(behind.0.clone());
    assert_eq!(behind.verify(&world, &BUCKETS).await, []);
    world.change("queue#a#voice", NOW).await;
    for state in world.row_states(&[key("queue#a#voice", NOW)]).await.values() {
        ahead.insert(state);
    }
    assert_eq!(ahead.verify(&world, &BUCKETS).await, [], "it is current");
    assert_ne!(behind.verify(&world, &BUCKETS).await, []);
}

#[tokio::test]
async fn new_subjects_and_new_rows_of_current_buckets_come() {
    let (mut world, mut rows) = viewer().await;
    assert_eq!(rows.verify(&world, &[NOW, DAY]).await.len(), 6, "the digests are about less");
    world.change("queue#c#chat", DAY).await;
    world.change("queue#a#voice", BUCKETS[3]).await;
    later(&mut world, 16);
    let mut brought = rows.verify(&world, &[NOW, DAY, INTERVAL]).await;
    brought.sort();
    assert_eq!(brought, [row("queue#a#voice", BUCKETS[3]), row("queue#c#chat", DAY)]);
}

#[tokio::test]
async fn a_row_that_is_no_more_comes_as_version_0() {
    let (mut world, mut rows) = viewer().await;
    world.remove(&key("queue#a#voice", INTERVAL)).await;
    later(&mut world, 16);
    let answer = world.ask("c", verify(&rows.digests(), &[NOW, INTERVAL, DAY])).await;
    let ServerMessage::Snapshot { rows: states, .. } = &answer[0] else { panic!() };
    let versions: Vec<_> = states.iter().map(|row| (row.bucket.as_str(), row.version)).collect();
    assert!(versions.contains(&(INTERVAL, 0)) && versions.len() == 3, "{versions:?}");
    rows.extend(&answer);
    assert_eq!(rows.verify(&world, &[NOW, INTERVAL, DAY]).await, []);
}

#[tokio::test]
async fn a_range_leaves_out_the_subjects_before_and_after_it() {
    let (world, _) = viewer().await;
    let request = json!({"action": "verify", "id": 2, "digests": {}, "from": "queue#b"});
    let subjects: Vec<_> = snapshot(&world.ask("c", request).await);
    assert!(subjects.iter().all(|(subject, _)| subject == "queue#b#voice") && subjects.len() == 3);
}

#[tokio::test]
async fn a_verification_that_is_too_much_is_refused() {
    let (world, _) = viewer().await;
    let digests = |count: usize| -> BTreeMap<_, _> {
        (0..count).map(|n| (format!("queue#{n}#voice"), String::new())).collect()
    };
    let hours: Vec<_> = (10..34)
        .map(|n| format!("PT30M#2026-05-{:02}T{:02}:00:00Z", 12 + n / 24, n % 24))
        .collect();
    let hours: Vec<_> = hours.iter().map(String::as_str).collect();
    let many = world.ask("c", verify(&digests(501), &hours)).await;
    assert_eq!(error_code(&many), (Some(2), ErrorCode::TooMany));
    let span = [INTERVAL, "PT30M#2026-05-10T14:00:00Z"];
    let old = ["PT30M#2025-05-12T14:00:00Z"];
    for buckets in [&span[..], &old, &["then"]] {
        let bad = world.ask("c", verify(&digests(1), buckets)).await;
        assert_eq!(error_code(&bad), (Some(2), ErrorCode::BadRequest), "{buckets:?}");
    }
}

#[tokio::test]
async fn a_bucket_that_is_named_twice_is_compared_once() {
    let (world, mut rows) = viewer().await;
    assert_eq!(rows.verify(&world, &[NOW, DAY, INTERVAL, NOW]).await, []);
    rows.0.get_mut("queue#a#voice").unwrap().clear();
    assert_eq!(rows.verify(&world, &[NOW, DAY, INTERVAL, NOW]).await.len(), 3);
}
