//! What becomes of each message of a batch.

#![allow(clippy::unwrap_used)]

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use headroom_genesys::RefusalCode;
use headroom_ingest::{Ingest, Limits, Quarantine, Refused};
use headroom_kpi::{EntityKey, Id, Millis, Settings};
use headroom_store::{EntityStore, Fault, MemoryStore, NoPause, StoreError, Stored, Transaction};
use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

const T0: i64 = 1_778_594_400_000;
const DAY_MS: i64 = 86_400_000;

fn acd_start(conversation: &str, at: i64) -> String {
    format!(
        r#"{{"detail-type":"v2.detail.events.conversation.{{id}}.acd.start","time":"2026-05-12T14:00:00Z",
        "detail":{{"eventBody":{{"eventTime":{at},"conversationId":"{conversation}","sessionId":"s-{conversation}",
        "queueId":"q","mediaType":"VOICE"}}}}}}"#
    )
}

const IGNORED: &str =
    r#"{"detail-type":"v2.analytics.queues.{id}.observations","detail":{"eventBody":{}}}"#;

fn messages(events: &[&str]) -> Vec<SqsMessage> {
    let message = |(place, event): (usize, &&str)| {
        let mut message = SqsMessage::default();
        message.message_id = Some(format!("m{place}"));
        message.body = Some((*event).to_owned());
        message
    };
    events.iter().enumerate().map(message).collect()
}

/// Keeps what it gets, or nothing.
#[derive(Default)]
struct Kept {
    refused: Mutex<Vec<Refused>>,
    gone: bool,
}

impl Quarantine for Kept {
    async fn keep(&self, refused: &[Refused]) -> HashSet<usize> {
        if self.gone {
            return refused.iter().map(|refused| refused.place).collect();
        }
        self.refused.lock().unwrap().extend_from_slice(refused);
        HashSet::new()
    }
}

/// A store with one conversation that nobody can load without harm.
#[derive(Default)]
struct Poisoned(MemoryStore);

impl EntityStore for Poisoned {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<Stored>>, StoreError> {
        assert!(!keys.contains(&key("poison")), "a panic on purpose");
        self.0.load(keys).await
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.0.commit(transaction).await
    }
}

fn key(conversation: &str) -> EntityKey {
    EntityKey::Conversation(Id::parse(conversation).unwrap())
}

fn ingest<S>(store: S) -> Ingest<S, Kept, NoPause> {
    let (settings, quarantine) = (Settings::default(), Kept::default());
    Ingest { store, quarantine, pause: NoPause, settings, retention_days: 90 }
}

fn limits() -> Limits {
    Limits { now: Millis(T0 + 1_000), time: Duration::from_hours(1) }
}

fn failed(answer: &SqsBatchResponse) -> Vec<&str> {
    answer.batch_item_failures.iter().map(|failed| failed.item_identifier.as_str()).collect()
}

fn codes(kept: &Kept) -> Vec<(usize, RefusalCode)> {
    let refused = kept.refused.lock().unwrap();
    refused.iter().map(|refused| (refused.place, refused.refusal.code)).collect()
}

#[tokio::test]
async fn the_good_are_applied_the_useless_ignored_and_the_bad_kept_whole() {
    let ingest = ingest(MemoryStore::default());
    let (good, late) = (acd_start("a", T0), acd_start("b", T0 - 91 * DAY_MS));
    let just = acd_start("c", T0 - 89 * DAY_MS);
    let no_id = acd_start("", T0);
    let events = [&good, IGNORED, "{", &late, &just, &no_id, ""];
    let answer = ingest.take(&messages(&events), limits()).await;
    assert_eq!(failed(&answer), [""; 0]);
    assert_eq!(ingest.store.entity_count(), 2);
    let wanted = [
        (2, RefusalCode::NotJson),
        (3, RefusalCode::TooOld),
        (5, RefusalCode::MissingId),
        (6, RefusalCode::NotJson),
    ];
    assert_eq!(codes(&ingest.quarantine), wanted);
    for refused in ingest.quarantine.refused.lock().unwrap().iter() {
        assert_eq!(refused.event, events[refused.place]);
    }
}

#[tokio::test]
async fn a_message_that_makes_the_code_panic_fails_alone() {
    let ingest = ingest(Poisoned::default());
    let events = [acd_start("a", T0), acd_start("poison", T0), acd_start("b", T0), "{".to_owned()];
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    let answer = ingest.take(&messages(&events), limits()).await;
    assert_eq!(failed(&answer), ["m1"]);
    assert_eq!(ingest.store.0.entity_count(), 2);
    assert_eq!(codes(&ingest.quarantine), [(3, RefusalCode::NotJson)]);
}

#[tokio::test]
async fn what_the_quarantine_does_not_take_goes_back_to_the_queue() {
    let mut ingest = ingest(MemoryStore::default());
    ingest.quarantine.gone = true;
    let good = acd_start("a", T0);
    let answer = ingest.take(&messages(&["{", &good, "["]), limits()).await;
    let mut back = failed(&answer);
    back.sort_unstable();
    assert_eq!(back, ["m0", "m2"]);
    assert_eq!(ingest.store.entity_count(), 1);
}

#[tokio::test]
async fn without_time_everything_goes_back_and_nothing_counts_twice() {
    let ingest = ingest(MemoryStore::default());
    let (a, b) = (acd_start("a", T0), acd_start("b", T0));
    let batch = messages(&[&a, &b, IGNORED]);
    // The store never answers in time: it has none.
    ingest.store.plan_faults([Fault::CrashAfter]);
    let none = Limits { time: Duration::ZERO, ..limits() };
    let first = ingest.take(&batch, none).await;
    assert!(failed(&first).len() <= 2, "an ignored event does not come back");
    let again = ingest.take(&batch, limits()).await;
    assert_eq!(failed(&again), [""; 0]);
    assert_eq!(ingest.store.entity_count(), 2);
    ingest.store.with_rows(|rows| {
        for (_, row) in rows {
            assert_eq!(row.sums.iter().map(|(_, sum)| sum).max(), Some(&2));
        }
    });
}

#[tokio::test]
async fn a_store_that_is_down_sends_back_the_facts_and_only_them() {
    let ingest = ingest(MemoryStore::default());
    ingest.store.plan_faults([Fault::Throttle; 100]);
    let good = acd_start("a", T0);
    let answer = ingest.take(&messages(&[&good, IGNORED, "{"]), limits()).await;
    assert_eq!(failed(&answer), ["m0"]);
    assert_eq!(codes(&ingest.quarantine), [(2, RefusalCode::NotJson)]);
}
