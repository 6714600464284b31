//! Messages, and an ingest with everything in memory.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use headroom_genesys::RefusalCode;
use headroom_ingest::{Ingest, Limits, Quarantine, Refused};
use headroom_kpi::{EntityKey, Id, Millis, Settings};
use headroom_requests::RetryPolicy;
use headroom_tables::SettingsCache;
use headroom_test_support::{
    Fault, FaultyDocuments, FaultyStore, MemoryDocuments, MemoryStore, Operation,
};
use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

pub(crate) const T0: i64 = 1_778_594_400_000;
pub(crate) const REPLAY_QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:replays";
pub(crate) const DAY_MS: i64 = 86_400_000;

pub(crate) fn acd_start(conversation: &str, at: i64) -> String {
    format!(
        r#"{{"detail-type":"v2.detail.events.conversation.{{id}}.acd.start","time":"2026-05-12T14:00:00Z",
        "detail":{{"eventBody":{{"eventTime":{at},"conversationId":"{conversation}","sessionId":"s-{conversation}",
        "queueId":"q","mediaType":"VOICE"}}}}}}"#
    )
}

pub(crate) const IGNORED: &str =
    r#"{"detail-type":"v2.analytics.queues.{id}.observations","detail":{"eventBody":{}}}"#;

pub(crate) fn messages(events: &[&str]) -> Vec<SqsMessage> {
    let message = |(place, event): (usize, &&str)| {
        let mut message = SqsMessage::default();
        message.message_id = Some(format!("m{place}"));
        message.body = Some((*event).to_owned());
        message
    };
    events.iter().enumerate().map(message).collect()
}

/// Keeps what it gets, or nothing while it is unavailable.
#[derive(Default)]
pub(crate) struct MemoryQuarantine {
    pub(crate) refused: Mutex<Vec<Refused>>,
    pub(crate) is_unavailable: bool,
}

impl Quarantine for MemoryQuarantine {
    async fn keep(&self, refused: &[Refused]) -> HashSet<usize> {
        if self.is_unavailable {
            return refused.iter().map(|refused| refused.index).collect();
        }
        self.refused.lock().unwrap().extend_from_slice(refused);
        HashSet::new()
    }
}

pub(crate) fn key(conversation: &str) -> EntityKey {
    EntityKey::Conversation(Id::parse(conversation).unwrap())
}

pub(crate) type FaultyLedger = FaultyDocuments<MemoryDocuments>;

/// A store whose next commits fail as planned.
pub(crate) fn faulty<const N: usize>(faults: [Fault; N]) -> FaultyStore<MemoryStore> {
    let store = FaultyStore::default();
    store.plan.plan(Operation::Commit, faults);
    store
}

/// An ingest that has everything but its store in memory.
pub(crate) fn ingest<S>(store: S) -> Ingest<S, MemoryQuarantine, FaultyLedger> {
    Ingest {
        store,
        quarantine: MemoryQuarantine::default(),
        retry: RetryPolicy::IMMEDIATE,
        ledger: FaultyLedger::default(),
        settings: SettingsCache::with_queues(Settings::default()),
        replay_queue: Some(REPLAY_QUEUE.to_owned()),
        retention_days: 90,
    }
}

pub(crate) fn limits() -> Limits {
    Limits { now: Millis(T0 + 1_000), time: Duration::from_hours(1) }
}

pub(crate) fn failed(answer: &SqsBatchResponse) -> Vec<&str> {
    answer.batch_item_failures.iter().map(|failed| failed.item_identifier.as_str()).collect()
}

pub(crate) fn codes(quarantine: &MemoryQuarantine) -> Vec<(usize, RefusalCode)> {
    let refused = quarantine.refused.lock().unwrap();
    refused.iter().map(|refused| (refused.index, refused.refusal.code)).collect()
}
