//! Documents, counters and the due index: in memory as in DynamoDB, whatever fails.

#![allow(clippy::unwrap_used)]

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::{
    Counters, DOCUMENTS_MAX, DocumentKey, Documents, DynamoDocuments, DynamoDue, DynamoStore,
    LAST_NAME, Lease, Retention, Tables,
};
use headroom_test_support::contract::documents::keeps_the_documents_contract;
use headroom_test_support::contract::due::keeps_the_due_indexs_contract;
use headroom_test_support::{
    ENTITIES, Fault, FaultyDocuments, HttpFault, HttpFaults, LEDGER, MemoryDocuments, MemoryStore,
    Operation, ROWS, dynamo, dynamo_with,
};

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
async fn the_store_in_memory_has_a_due_index() {
    let store = MemoryStore::default();
    keeps_the_due_indexs_contract(&store, &store).await;
}

#[tokio::test]
async fn dynamodb_has_a_due_index() {
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
    let done = [HttpFault::ResponseTooLate, HttpFault::ResponseLost, HttpFault::InvalidResponse];
    let done = done.into_iter().chain([HttpFault::InternalErrorAfter]).map(|fault| (fault, true));
    let undone =
        [HttpFault::Unreachable, HttpFault::InternalErrorBefore].map(|fault| (fault, false));
    for (fault, is_written) in done.chain(undone) {
        let faults = HttpFaults::default();
        let ledger = DynamoDocuments::new(dynamo_with(faults.clone()).await, LEDGER);
        faults.plan("PutItem", fault);
        let put = ledger.put(&key("a"), "mine", 0, None).await;
        assert!(matches!(put, Err(StoreError::Unanswered(_))), "{fault:?}: {put:?}");
        let stored = ledger.get(&key("a")).await.unwrap();
        assert_eq!(stored.is_some_and(|stored| stored.body == "mine"), is_written, "{fault:?}");
        ledger.put(&key("a"), "next", is_written.into(), None).await.unwrap();
    }
}

#[tokio::test]
async fn errors_say_whether_to_try_again() {
    for (fault, retryable) in [(HttpFault::Throttled, true), (HttpFault::AccessDenied, false)] {
        let faults = HttpFaults::default();
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
        let retries: Vec<_> = results.into_iter().map(|error| error.unwrap().retryable()).collect();
        assert_eq!(retries, [retryable; 5], "{fault:?}");
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
    let numbers: Vec<_> = (0..=DOCUMENTS_MAX).collect();
    for part in numbers.chunks(25) {
        let batch = part.iter().map(|n| put(*n)).collect();
        client.batch_write_item().request_items(LEDGER, batch).send().await.unwrap();
    }
    let ledger = DynamoDocuments::new(client, LEDGER);
    let listed = ledger.list("kind", "", LAST_NAME).await;
    assert_eq!(listed, Err(StoreError::TooManyDocuments("kind")));
    let listed = ledger.list("kind", "00001", LAST_NAME).await.unwrap();
    assert_eq!(listed.len(), DOCUMENTS_MAX);
}

type FaultyLedger = FaultyDocuments<MemoryDocuments>;

#[tokio::test]
async fn each_call_to_the_ledger_in_memory_can_be_made_to_fail() {
    let run = async |ledger: &FaultyLedger| -> Result<(), StoreError> {
        ledger.get(&key("a")).await?;
        ledger.put(&key("a"), "1", 0, None).await?;
        ledger.list("kind", "", LAST_NAME).await?;
        ledger.add(&key("n"), 1, LATER).await?;
        ledger.counts("kind", "", LAST_NAME).await?;
        ledger.remove(&key("a"), 1).await
    };
    for index in 0..6 {
        for fault in [Fault::Throttle, Fault::FailBefore, Fault::FailAfter] {
            let ledger = FaultyLedger::default();
            ledger.plan.plan_call(index, fault);
            assert!(run(&ledger).await.is_err_and(|error| error.retryable()));
            assert_eq!(ledger.plan.calls(), index + 1);
        }
    }
    let ledger = FaultyLedger::default();
    let faults = [Fault::Conflict, Fault::FailBefore, Fault::FailAfter];
    ledger.plan.plan(Operation::Put, faults);
    assert_eq!(ledger.put(&key("a"), "1", 0, None).await, Err(StoreError::Conflict));
    for version in [None, Some(1)] {
        let unanswered = ledger.put(&key("a"), "1", 0, None).await;
        assert!(matches!(unanswered, Err(StoreError::Unanswered(_))));
        let stored = ledger.get(&key("a")).await.unwrap();
        assert_eq!(stored.map(|stored| stored.version), version);
    }
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_is_released_or_expires() {
    let documents = &MemoryDocuments::default();
    let acquire = async |holder, now| {
        Lease::acquire(documents, "job", holder, Millis(now), Millis(now + 60)).await.unwrap()
    };
    let lease = acquire("a", 0).await.unwrap();
    assert_eq!(acquire("b", 59).await, None);
    lease.release(documents).await.unwrap();
    assert!(acquire("b", 59).await.is_some());
    assert_eq!(acquire("c", 118).await, None);
    assert!(acquire("c", 119).await.is_some(), "a lease that was never released");
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
