//! Settings in the ledger: versions, and who sees them when.

#![allow(clippy::unwrap_used)]

use headroom_engine::StoreError;
use headroom_kpi::{Id, Media, Millis, Settings};
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND, version_key};
use headroom_tables::settings::{
    SETTINGS_KIND, SettingsVersion, VERSIONS_MAX, put_settings, settings_versions,
};
use headroom_tables::{DocumentKey, Documents, DynamoDocuments, SettingsCache, time_name};
use headroom_test_support::{Fault, FaultyDocuments, LEDGER, MemoryDocuments, Operation, dynamo};
use serde_json::{Value, json};

const NOW: Millis = Millis(1_778_594_400_000);
const HOUR: i64 = 3_600_000;

fn version(from: Millis, document: Value) -> SettingsVersion {
    SettingsVersion { from, put_at: NOW, document }
}

fn interval(from: Millis, minutes: u32) -> SettingsVersion {
    version(from, json!({ "intervalMinutes": minutes }))
}

/// The length of intervals in force at some times.
fn minutes(settings: &Settings, times: &[Millis]) -> Vec<u32> {
    times.iter().map(|time| settings.in_force(*time).calendar.interval_minutes()).collect()
}

async fn keeps_versions(ledger: &impl Documents) {
    let (first, second) = (NOW + Millis(HOUR), NOW + Millis(2 * HOUR));
    put_settings(ledger, &interval(second, 60)).await.unwrap();
    put_settings(ledger, &interval(first, 15)).await.unwrap();
    let cache = SettingsCache::new(Settings::default());
    let settings = cache.current(ledger, NOW).await.unwrap();
    let times = [NOW, first - Millis(1), first, second - Millis(1), second];
    assert_eq!(minutes(&settings, &times), [30, 30, 15, 15, 60]);
    put_settings(ledger, &interval(first, 30)).await.unwrap();
    let versions = settings_versions(ledger).await.unwrap();
    assert_eq!(versions, [interval(first, 30), interval(second, 60)], "replaced, and in order");
}

#[tokio::test]
async fn versions_are_kept_in_memory_as_in_dynamodb() {
    keeps_versions(&MemoryDocuments::default()).await;
    keeps_versions(&DynamoDocuments::new(dynamo().await, LEDGER)).await;
}

#[tokio::test]
async fn a_version_is_known_within_a_minute_and_the_ledger_is_asked_no_more_often() {
    let ledger = FaultyDocuments::<MemoryDocuments>::default();
    let cache = SettingsCache::new(Settings::default());
    let from = NOW + Millis(HOUR);
    let minutes_at = async |ms| {
        let settings = cache.current(&ledger, NOW + Millis(ms)).await.unwrap();
        minutes(&settings, &[from])[0]
    };
    assert_eq!(minutes_at(0).await, 30);
    put_settings(&ledger, &interval(from, 15)).await.unwrap();
    let calls = ledger.plan.calls();
    assert_eq!(minutes_at(59_999).await, 30);
    assert_eq!(ledger.plan.calls(), calls);
    assert_eq!(minutes_at(60_000).await, 15);
    assert_eq!(minutes_at(119_999).await, 15);
    assert_eq!(ledger.plan.calls(), calls + 2, "the version and the settings, once");
    ledger.plan.plan(Operation::Get, [Fault::FailBefore]);
    assert_eq!(minutes_at(120_000).await, 15, "the last ones stay in force");
}

#[tokio::test]
async fn a_queue_of_the_catalog_counts_in_every_version_that_does_not_name_it() {
    let ledger = MemoryDocuments::default();
    let (queue, voice) = (Id::parse("q").unwrap(), Media::new("voice"));
    let body = r#"{"serviceLevels":{"voice":[{"from":0,"durationMs":15000,"percentage":0.8}]}}"#;
    ledger.put(&DocumentKey::new(QUEUE_KIND, "q"), body, 0, None).await.unwrap();
    let document = json!({"serviceLevel": {"queues": {"q": {"voice": {"durationMs": 1_000}}}}});
    put_settings(&ledger, &version(NOW, document)).await.unwrap();
    put_settings(&ledger, &version(NOW + Millis(HOUR), json!({}))).await.unwrap();
    let cache = SettingsCache::with_queues(Settings::default());
    let settings = cache.current(&ledger, NOW).await.unwrap();
    let ms = |time| settings.service_level(&queue, &voice, time).duration.0;
    let times = [NOW - Millis(1), NOW, NOW + Millis(HOUR)];
    assert_eq!(times.map(ms), [15_000, 1_000, 15_000]);
    assert!(serde_json::from_str::<CatalogQueue>(body).is_ok());
}

#[tokio::test]
async fn settings_that_are_wrong_are_neither_put_nor_taken_for_right() {
    let ledger = MemoryDocuments::default();
    let wrong = interval(NOW, 7);
    assert!(matches!(put_settings(&ledger, &wrong).await, Err(StoreError::BadItem(_))));
    assert_eq!(settings_versions(&ledger).await.unwrap(), []);
    let key = DocumentKey::new(SETTINGS_KIND, time_name(NOW));
    ledger.put(&key, r#"{"putAt":1,"settings":{"later":1}}"#, 0, None).await.unwrap();
    let cache = SettingsCache::new(Settings::default());
    let error = cache.current(&ledger, NOW).await.unwrap_err();
    let message = "an item has no usable document settings/1778594400000; restore it from a backup, \
                   or deploy a later release";
    assert_eq!(error.to_string(), message);
}

#[tokio::test]
async fn whoever_changes_something_at_the_same_time_tells_the_caches_as_well() {
    let ledger = FaultyDocuments::<MemoryDocuments>::default();
    ledger.plan.plan(Operation::Put, [Fault::None, Fault::Conflict]);
    put_settings(&ledger, &interval(NOW, 15)).await.unwrap();
    assert_eq!(ledger.get(&version_key()).await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn versions_that_no_event_can_follow_are_removed_and_the_others_are_bounded() {
    let ledger = MemoryDocuments::default();
    let old = |days: i64| NOW - Millis(days * 24 * HOUR);
    for from in [old(500), old(450), old(399)] {
        put_settings(&ledger, &SettingsVersion { put_at: from, ..interval(from, 15) })
            .await
            .unwrap();
    }
    put_settings(&ledger, &interval(NOW, 15)).await.unwrap();
    let times = async || {
        let versions = settings_versions(&ledger).await.unwrap();
        versions.into_iter().map(|version| version.from).collect::<Vec<_>>()
    };
    assert_eq!(times().await, [old(450), old(399), NOW], "until 399 days ago, that of 450 held");
    let count = i64::try_from(VERSIONS_MAX).unwrap() - 3;
    for hour in 1..=count {
        put_settings(&ledger, &interval(NOW + Millis(hour * HOUR), 15)).await.unwrap();
    }
    let further = interval(NOW + Millis((count + 1) * HOUR), 15);
    assert!(matches!(put_settings(&ledger, &further).await, Err(StoreError::NotADocument(_))));
    put_settings(&ledger, &interval(NOW + Millis(count * HOUR), 60)).await.unwrap();
}
