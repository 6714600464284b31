//! Settings come from the stack, the ledger and the catalog.

use crate::setup::{FaultyLedger, T0, acd_start, failed, ingest, key, limits, messages};
use headroom_engine::EntityStore;
use headroom_ingest::Limits;
use headroom_kpi::settings::{ServiceLevel, Timeline};
use headroom_kpi::{Id, Measure, Media, Millis, Row, Settings};
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND, version_key};
use headroom_tables::settings::{SettingsVersion, put_settings};
use headroom_tables::{DocumentKey, Documents, SettingsCache};
use headroom_test_support::{Fault, MemoryStore, Operation};
use serde_json::json;
use std::collections::BTreeMap;

const NOW: Millis = Millis(T0);

fn voice() -> Media {
    Media::new("voice")
}

fn level(ms: i64) -> ServiceLevel {
    ServiceLevel { duration: Millis(ms), percentage: 0.8 }
}

/// Writes a queue's document, and that the catalog has changed.
async fn write(ledger: &FaultyLedger, queue: &str, ms: i64) {
    let mut document = CatalogQueue::default();
    document.learn(&voice(), level(ms), Millis(0));
    let body = serde_json::to_string(&document).unwrap();
    for key in [DocumentKey::new(QUEUE_KIND, queue), version_key()] {
        let version = ledger.get(&key).await.unwrap().map_or(0, |document| document.version);
        ledger.put(&key, &body, version, None).await.unwrap();
    }
}

/// The service level of a queue that is in force.
async fn service_level_ms(settings: &SettingsCache, ledger: &FaultyLedger, now: Millis) -> i64 {
    let current = settings.current(ledger, now).await.unwrap();
    current.service_level(&Id::parse("q").unwrap(), &voice(), now).duration.0
}

#[tokio::test]
async fn a_change_is_in_force_within_a_minute_and_the_ledger_is_asked_no_more_often() {
    let (ledger, settings) =
        (FaultyLedger::default(), SettingsCache::with_queues(Settings::default()));
    assert_eq!(service_level_ms(&settings, &ledger, NOW).await, 20_000, "nothing is there yet");
    write(&ledger, "q", 15_000).await;
    let calls = ledger.plan.calls();
    assert_eq!(service_level_ms(&settings, &ledger, NOW + Millis(59_999)).await, 20_000);
    assert_eq!(ledger.plan.calls(), calls);
    assert_eq!(service_level_ms(&settings, &ledger, NOW + Millis(60_000)).await, 15_000);
    assert_eq!(ledger.plan.calls(), calls + 3, "the version, the settings and the queues");
    assert_eq!(service_level_ms(&settings, &ledger, NOW + Millis(120_000)).await, 15_000);
    assert_eq!(ledger.plan.calls(), calls + 4, "the version only");
}

#[tokio::test]
async fn what_the_stack_sets_for_a_queue_counts_before_the_catalog_and_that_before_the_media() {
    let ledger = FaultyLedger::default();
    write(&ledger, "q", 15_000).await;
    let mut stack = Settings::default();
    stack.media.insert(voice(), Timeline::new(level(7_000)));
    let settings = SettingsCache::with_queues(stack.clone());
    assert_eq!(service_level_ms(&settings, &ledger, NOW).await, 15_000);
    stack.queues.insert((Id::parse("q").unwrap(), voice()), Timeline::new(level(1_000)));
    assert_eq!(service_level_ms(&SettingsCache::with_queues(stack), &ledger, NOW).await, 1_000);
}

#[tokio::test]
async fn without_an_answer_the_last_known_settings_hold() {
    let ledger = FaultyLedger::default();
    write(&ledger, "q", 15_000).await;
    let settings = SettingsCache::with_queues(Settings::default());
    assert_eq!(service_level_ms(&settings, &ledger, NOW).await, 15_000);
    write(&ledger, "q", 30_000).await;
    for (minute, call) in [(1, Operation::Get), (2, Operation::List)] {
        ledger.plan.plan(call, [Fault::FailBefore]);
        let now = NOW + Millis(minute * 60_000);
        assert_eq!(service_level_ms(&settings, &ledger, now).await, 15_000);
        let calls = ledger.plan.calls();
        assert_eq!(service_level_ms(&settings, &ledger, now + Millis(1)).await, 15_000);
        assert_eq!(ledger.plan.calls(), calls, "not asked again for every batch");
    }
    assert_eq!(service_level_ms(&settings, &ledger, NOW + Millis(180_000)).await, 30_000);
}

#[tokio::test]
async fn facts_go_back_as_long_as_the_settings_were_never_known() {
    let ingest = ingest(MemoryStore::default());
    write(&ingest.ledger, "q", 15_000).await;
    ingest.ledger.plan.plan(Operation::Get, [Fault::FailBefore]);
    ingest.ledger.plan.plan(Operation::List, [Fault::Throttle]);
    let batch = messages(&[&acd_start("a", T0), "{"]);
    for _ in 0..2 {
        assert_eq!(
            failed(&ingest.handle(&batch, limits()).await),
            ["m0"],
            "the other one is no fact"
        );
        assert_eq!(ingest.store.entity_count(), 0);
    }
    assert_eq!(failed(&ingest.handle(&batch, limits()).await), [""; 0]);
    assert_eq!(ingest.store.entity_count(), 1);
}

#[tokio::test]
async fn a_queue_that_cannot_be_read_takes_no_other_along() {
    let ledger = FaultyLedger::default();
    write(&ledger, "q", 15_000).await;
    for (name, body) in [("a#b", "{}"), ("p", "no JSON"), ("r", r#"{"serviceLevels":7}"#)] {
        ledger.put(&DocumentKey::new(QUEUE_KIND, name), body, 0, None).await.unwrap();
    }
    assert_eq!(
        service_level_ms(&SettingsCache::with_queues(Settings::default()), &ledger, NOW).await,
        15_000
    );
}

#[tokio::test]
async fn what_is_folded_is_folded_under_the_settings_of_the_catalog() {
    let ingest = ingest(MemoryStore::default());
    write(&ingest.ledger, "q", 90_000).await;
    let end = acd_start("a", T0 + 60_000).replace("acd.start", "acd.end").replace(
        "\"mediaType\"",
        "\"acdOutcome\":\"ANSWERED\",\"connectedDurationMs\":60000,\"mediaType\"",
    );
    let later = Limits { now: Millis(T0 + 120_000), ..limits() };
    ingest.handle(&messages(&[&end]), later).await;
    assert_eq!(ingest.store.load(&[key("a")]).await.unwrap().iter().flatten().count(), 1);
    ingest.store.with_rows(|rows| {
        for (_, row) in rows {
            let names: Vec<_> = row.sums.iter().filter_map(|(key, _)| key.public_name()).collect();
            assert!(names.contains(&("tAnswered", ".count")), "{names:?}");
            assert!(!names.contains(&("nOverSla", "")), "60 s are within 90");
        }
    });
}

#[tokio::test]
async fn settings_that_are_put_hold_from_the_next_boundary_on_without_a_new_start() {
    let ingest = ingest(MemoryStore::default());
    ingest.handle(&messages(&[&acd_start("a", T0)]), limits()).await;
    let boundary = T0 + 30 * 60_000;
    let document = json!({"intervalMinutes": 15});
    let version = SettingsVersion { from: Millis(boundary), put_at: NOW, document };
    put_settings(&ingest.ledger, &version).await.unwrap();

    // After a minute the cache asks again, long before the boundary.
    let later = Limits { now: NOW + Millis(61_000), ..limits() };
    let events = [acd_start("b", boundary - 1), acd_start("c", boundary)];
    ingest.handle(&messages(&events.each_ref().map(String::as_str)), later).await;
    let offered = ingest.store.with_rows(|rows| {
        let offered = |row: &Row| {
            let mut sums = row.sums.iter().filter(|(key, _)| is_offered(key));
            sums.next().map_or(0, |(_, sum)| *sum)
        };
        let rows = rows.map(|(key, row)| (key.bucket.to_string(), offered(row)));
        rows.filter(|(bucket, _)| bucket.starts_with("PT")).collect::<BTreeMap<_, _>>()
    });
    let expected = [("PT30M#2026-05-12T14:00:00Z", 2), ("PT15M#2026-05-12T14:30:00Z", 1)];
    assert_eq!(offered, expected.map(|(bucket, sum)| (bucket.to_owned(), sum)).into());
}

fn is_offered(measure: &Measure) -> bool {
    measure.public_name() == Some(("nOffered", ""))
}
