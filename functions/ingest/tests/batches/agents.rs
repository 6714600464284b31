//! Events about agents.

use crate::setup::{T0, codes, failed, ingest, limits, messages};
use headroom_engine::RowStore;
use headroom_genesys::RefusalCode;
use headroom_kpi::{Bucket, Measure, RowKey, Settings, Subject};
use headroom_tables::event_counts::FEED_KIND;
use headroom_tables::{Counters, LAST_NAME, SettingsCache};
use headroom_test_support::MemoryStore;
use serde_json::json;

const HOUR_MS: i64 = 3_600_000;

fn iso(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).unwrap().to_string()
}

/// An activity that was reported at a time, of a status that began at another.
fn activity(status: &str, began: i64, reported: i64) -> String {
    let began = iso(began);
    json!({
        "detail-type": "v2.users.{id}.activity",
        "time": iso(reported),
        "detail": {
            "topicName": "v2.users.u.activity",
            "timestamp": iso(reported),
            "eventBody": {
                "id": "u",
                "routingStatus": {"status": status, "startTime": began},
                "presence": {
                    "presenceDefinition": {"id": "p", "systemPresence": "ON_QUEUE"},
                    "presenceMessage": "a secret", "modifiedDate": began
                },
                "activeQueueIds": ["q"], "dateActiveQueuesChanged": began
            }
        }
    })
    .to_string()
}

async fn row(store: &MemoryStore, subject: &str) -> Vec<(String, i64)> {
    let key = RowKey { subject: subject.parse::<Subject>().unwrap(), bucket: Bucket::Now };
    let stored = store.rows(&[key]).await.unwrap().pop().flatten().unwrap();
    let name = |(measure, sum): &(Measure, i64)| {
        let (name, suffix) = measure.public_name()?;
        Some((format!("{name}{suffix}"), *sum))
    };
    stored.row.sums.iter().filter_map(name).collect()
}

#[tokio::test]
async fn an_activity_becomes_the_rows_of_the_agent_and_of_the_queue() {
    let ingest = ingest(MemoryStore::default());
    let event = activity("IDLE", T0, T0 + 300);
    let answer = ingest.handle(&messages(&[&event, &event]), limits()).await;
    assert_eq!(failed(&answer), [""; 0]);
    let agent = [
        ("routingStatus.IDLE", T0),
        ("systemPresence.ON_QUEUE", T0),
        ("organizationPresence.p", T0),
    ];
    let agent: Vec<_> = agent.map(|(name, sum)| (name.to_owned(), sum)).into();
    assert_eq!(row(&ingest.store, "agent#u").await, agent);
    let names = ["oOnQueueUsers.IDLE", "oMemberUsers", "oActiveUsers"];
    let queue: Vec<_> = names.map(|name| (name.to_owned(), 1)).into();
    assert_eq!(row(&ingest.store, "queue#q#agents").await, queue);
}

#[tokio::test]
async fn a_report_that_is_older_than_the_window_is_refused_and_an_old_status_is_not() {
    let ingest = ingest(MemoryStore::default());
    let now = limits().now.0;
    let events = [
        activity("IDLE", now - 300 * 24 * HOUR_MS, now),
        activity("IDLE", now - 48 * HOUR_MS, now - 48 * HOUR_MS),
        activity("INTERACTING", now - 48 * HOUR_MS - 1, now - 48 * HOUR_MS - 1),
    ];
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    assert_eq!(failed(&ingest.handle(&messages(&events), limits()).await), [""; 0]);
    assert_eq!(codes(&ingest.quarantine), [(2, RefusalCode::TooOld)]);
    assert_eq!(ingest.store.entity_count(), 1);
}

#[tokio::test]
async fn agents_are_not_part_of_the_feed_of_conversations() {
    let ingest = ingest(MemoryStore::default());
    ingest.handle(&messages(&[&activity("IDLE", T0, T0)]), limits()).await;
    assert_eq!(ingest.ledger.counts(FEED_KIND, "", LAST_NAME).await.unwrap(), []);
}

#[tokio::test]
async fn where_agents_are_switched_off_nothing_is_kept_of_them() {
    let mut ingest = ingest(MemoryStore::default());
    let mut settings = Settings::default();
    settings.agents.enabled = false;
    ingest.settings = SettingsCache::with_queues(settings);
    let answer = ingest.handle(&messages(&[&activity("IDLE", T0, T0)]), limits()).await;
    assert_eq!(failed(&answer), [""; 0]);
    assert_eq!((ingest.store.entity_count(), ingest.store.row_count()), (0, 0));
    assert_eq!(codes(&ingest.quarantine), []);
}
