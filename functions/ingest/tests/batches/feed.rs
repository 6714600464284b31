//! The feed is counted by the time that it is about.

use crate::setup::{
    FaultyLedger, IGNORED, REPLAY_QUEUE, T0, acd_start, failed, faulty, ingest, limits, messages,
};
use headroom_tables::event_counts::{FEED_KIND, SLOT};
use headroom_tables::{Counters, LAST_NAME};
use headroom_test_support::{Fault, MemoryStore, Operation};

const HOUR_MS: i64 = 3_600_000;

async fn counts(ledger: &FaultyLedger) -> Vec<(i64, u64)> {
    let counts = ledger.counts(FEED_KIND, "", LAST_NAME).await.unwrap();
    assert!(counts.iter().all(|(slot, _)| slot.len() == 13));
    counts.into_iter().map(|(slot, count)| (slot.parse().unwrap(), count)).collect()
}

#[tokio::test]
async fn what_genesys_sent_is_counted_by_five_minutes_of_event_time() {
    let ingest = ingest(MemoryStore::default());
    let closed = r#"{"detail-type":"headroom.conversation.closed","time":"2026-05-12T14:00:00Z",
        "detail":{"eventBody":{"eventTime":1778594400000,"conversationId":"gone"}}}"#;
    let events = [
        acd_start("a", T0),
        acd_start("a", T0),
        acd_start("b", T0 - 1),
        acd_start("c", T0 - 47 * HOUR_MS),
        acd_start("d", T0 - 49 * HOUR_MS),
        acd_start("e", T0 + HOUR_MS),
        closed.to_owned(),
        IGNORED.to_owned(),
        "{".to_owned(),
    ];
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    ingest.handle(&messages(&events), limits()).await;
    let slots = [(T0 - 47 * HOUR_MS, 1), (T0 - SLOT.0, 1), (T0, 2)];
    assert_eq!(counts(&ingest.ledger).await, slots);
}

#[tokio::test]
async fn what_is_not_committed_is_not_counted_yet() {
    let ingest = ingest(faulty([Fault::Throttle; 100]));
    let batch = messages(&[&acd_start("a", T0)]);
    assert_eq!(failed(&ingest.handle(&batch, limits()).await), ["m0"]);
    assert_eq!(counts(&ingest.ledger).await, []);
}

#[tokio::test]
async fn a_count_that_fails_fails_nothing_else() {
    let ingest = ingest(MemoryStore::default());
    ingest.ledger.plan.plan(Operation::Add, [Fault::FailBefore]);
    let batch = messages(&[&acd_start("a", T0), &acd_start("b", T0 - SLOT.0)]);
    assert_eq!(failed(&ingest.handle(&batch, limits()).await), [""; 0]);
    assert_eq!(ingest.store.entity_count(), 2);
    assert_eq!(counts(&ingest.ledger).await, [(T0, 1)], "the other one was counted");
}

#[tokio::test]
async fn a_replay_is_applied_and_not_counted() {
    let ingest = ingest(MemoryStore::default());
    let mut batch = messages(&[&acd_start("a", T0), &acd_start("b", T0)]);
    batch[0].event_source_arn = Some(REPLAY_QUEUE.to_owned());
    batch[1].event_source_arn = Some("arn:aws:sqs:us-east-1:123456789012:ingest".to_owned());
    assert_eq!(failed(&ingest.handle(&batch, limits()).await), [""; 0]);
    assert_eq!(ingest.store.entity_count(), 2);
    assert_eq!(counts(&ingest.ledger).await, [(T0, 1)]);
}
