//! Ledgers and the index of what is due: in memory as in DynamoDB, whatever goes wrong.

#![allow(clippy::unwrap_used)]

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use headroom_engine::{Fault as Planned, MemoryStore, StoreError};
use headroom_kpi::Millis;
use headroom_tables::{
    Counters, DOCUMENTS_MAX, DocumentKey, Documents, DocumentsCall, LAST_NAME, MemoryDocuments,
};
use headroom_tables::{DynamoDocuments, DynamoDue, DynamoStore, Retention, Tables};
use headroom_test_support::contract::documents::keeps_the_documents_contract;
use headroom_test_support::contract::due::keeps_the_due_indexs_contract;
use headroom_test_support::{ENTITIES, Fault, Faults, LEDGER, ROWS, dynamo, dynamo_with};

const LATER: Millis = Millis(4_102_444_800_000);

#[tokio::test]
async fn the_ledger_in_memory_keeps_the_contract() {
    keeps_the_documents_contract(&MemoryDocuments::default()).await;
}

#[tokio::test]
async fn dynamodb_keeps_the_documents_contract() {
    keeps_the_documents_contract(&DynamoDocuments::new(dynamo().await, LEDGER)).await;
}

#[tokio::test]
async fn the_store_in_memory_knows_what_is_due() {
    let store = MemoryStore::default();
    keeps_the_due_indexs_contract(&store, &store).await;
}

#[tokio::test]
async fn dynamodb_knows_what_is_due() {
    let client = dynamo().await;
    let tables = Tables { entities: ENTITIES.into(), rows: ROWS.into() };
    let store = DynamoStore::new(client.clone(), tables, Retention::default());
    keeps_the_due_indexs_contract(&store, &DynamoDue::new(client, ENTITIES)).await;
}

fn key(name: &str) -> DocumentKey {
    DocumentKey::new("kind", name)
}

#[tokio::test]
async fn a_put_without_an_answer_is_found_out_by_reading_again() {
    let done = [Fault::AnswerTooLate, Fault::AnswerLost, Fault::AnswerGarbled];
    let done = done.into_iter().chain([Fault::InternalErrorAfter]).map(|fault| (fault, true));
    let undone = [Fault::Unreachable, Fault::InternalErrorBefore].map(|fault| (fault, false));
    for (fault, written) in done.chain(undone) {
        let faults = Faults::default();
        let ledger = DynamoDocuments::new(dynamo_with(faults.clone()).await, LEDGER);
        faults.plan("PutItem", fault);
        let put = ledger.put(&key("a"), "mine", 0, None).await;
        assert!(matches!(put, Err(StoreError::Unanswered(_))), "{fault:?}: {put:?}");
        let held = ledger.get(&key("a")).await.unwrap();
        assert_eq!(held.is_some_and(|held| held.body == "mine"), written, "{fault:?}");
        ledger.put(&key("a"), "next", written.into(), None).await.unwrap();
    }
}

#[tokio::test]
async fn errors_say_whether_to_try_again() {
    for (fault, retryable) in [(Fault::Throttled, true), (Fault::AccessDenied, false)] {
        let faults = Faults::default();
        let ledger = DynamoDocuments::new(dynamo_with(faults.clone()).await, LEDGER);
        let mut results = Vec::new();
        for operation in ["GetItem", "PutItem", "DeleteItem", "Query", "UpdateItem"] {
            faults.plan(operation, fault);
            results.push(match operation {
                "GetItem" => ledger.get(&key("a")).await.err(),
                "PutItem" => ledger.put(&key("a"), "1", 0, None).await.err(),
                "DeleteItem" => ledger.remove(&key("a"), 1).await.err(),
                "Query" => ledger.list("kind", "", LAST_NAME).await.err(),
                _ => ledger.add(&key("a"), 1, LATER).await.err(),
            });
        }
        let told: Vec<_> = results.into_iter().map(|error| error.unwrap().retryable()).collect();
        assert_eq!(told, [retryable; 5], "{fault:?}");
    }
}

#[tokio::test]
async fn a_list_has_an_end() {
    let client = dynamo().await;
    let text = |text: String| AttributeValue::S(text);
    let put = |n: usize| {
        let put = PutRequest::builder().item("kind", text("kind".into()));
        let put = put.item("name", text(format!("{n:05}"))).item("body", text("{}".into()));
        let put = put.item("version", AttributeValue::N("1".into())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let all: Vec<_> = (0..=DOCUMENTS_MAX).collect();
    for part in all.chunks(25) {
        let batch = part.iter().map(|n| put(*n)).collect();
        client.batch_write_item().request_items(LEDGER, batch).send().await.unwrap();
    }
    let ledger = DynamoDocuments::new(client, LEDGER);
    let listed = ledger.list("kind", "", LAST_NAME).await;
    assert_eq!(listed, Err(StoreError::TooManyDocuments("kind")));
    let listed = ledger.list("kind", "00001", LAST_NAME).await.unwrap();
    assert_eq!(listed.len(), DOCUMENTS_MAX);
}

#[tokio::test]
async fn each_call_to_the_ledger_in_memory_can_be_made_to_fail() {
    let run = async |ledger: &MemoryDocuments| -> Result<(), StoreError> {
        ledger.get(&key("a")).await?;
        ledger.put(&key("a"), "1", 0, None).await?;
        ledger.list("kind", "", LAST_NAME).await?;
        ledger.add(&key("n"), 1, LATER).await?;
        ledger.counts("kind", "", LAST_NAME).await?;
        ledger.remove(&key("a"), 1).await
    };
    for place in 0..6 {
        for fault in [Planned::Throttle, Planned::CrashBefore, Planned::CrashAfter] {
            let ledger = MemoryDocuments::default();
            ledger.plan_fault_at(place, fault);
            assert!(run(&ledger).await.is_err_and(|error| error.retryable()));
            assert_eq!(ledger.calls(), place + 1);
        }
    }
    let ledger = MemoryDocuments::default();
    ledger.plan_faults(
        DocumentsCall::Put,
        [Planned::Conflict, Planned::CrashBefore, Planned::CrashAfter],
    );
    assert_eq!(ledger.put(&key("a"), "1", 0, None).await, Err(StoreError::Conflict));
    for written in [None, Some(1)] {
        let unanswered = ledger.put(&key("a"), "1", 0, None).await;
        assert!(matches!(unanswered, Err(StoreError::Unanswered(_))));
        assert_eq!(ledger.get(&key("a")).await.unwrap().map(|held| held.version), written);
    }
}

#[tokio::test]
async fn what_has_expired_goes_when_its_time_has_come() {
    let ledger = MemoryDocuments::default();
    ledger.put(&key("a"), "1", 0, Some(Millis(5))).await.unwrap();
    ledger.put(&key("b"), "1", 0, None).await.unwrap();
    ledger.add(&key("c"), 1, Millis(6)).await.unwrap();
    ledger.remove_expired(Millis(4));
    assert_eq!(ledger.list("kind", "", LAST_NAME).await.unwrap().len(), 2);
    ledger.remove_expired(Millis(5));
    assert_eq!(ledger.get(&key("a")).await, Ok(None));
    ledger.remove_expired(LATER);
    assert_eq!(ledger.list("kind", "", LAST_NAME).await.unwrap().len(), 1);
    assert_eq!(ledger.counts("kind", "", LAST_NAME).await, Ok(vec![]));
}
