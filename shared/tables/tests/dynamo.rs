//! DynamoDB does what the store in memory does, whatever fails on the way to it.

#![allow(clippy::unwrap_used)]

use headroom_engine::{Outcome, StoreError, apply};
use headroom_kpi::{EntityKey, Fact, Settings};
use headroom_requests::RetryPolicy;
use headroom_tables::Tables;
use headroom_test_support::contract::{all_rows, apply_all, keeps_the_contract, simulated};
use headroom_test_support::{
    DynamoTables, ENTITIES, HttpFault, HttpFaults, MemoryStore, ROWS, dynamo_with,
};
use std::collections::VecDeque;

async fn store(faults: &HttpFaults) -> DynamoTables {
    let tables = Tables { entities: ENTITIES.into(), rows: ROWS.into() };
    DynamoTables::new(dynamo_with(faults.clone()).await, tables)
}

#[test]
fn the_store_in_memory_keeps_the_contract() {
    pollster::block_on(keeps_the_contract(&MemoryStore::default(), ""));
}

#[tokio::test]
async fn dynamodb_keeps_the_contract() {
    keeps_the_contract(&store(&HttpFaults::default()).await, "").await;
}

#[tokio::test]
async fn the_same_events_give_the_same_rows() {
    let facts = simulated(1, 60);
    for batch in [1, 7, 100] {
        let (memory, dynamo) = (MemoryStore::default(), store(&HttpFaults::default()).await);
        apply_all(&memory, &facts, batch).await;
        apply_all(&dynamo, &facts, batch).await;
        let rows = all_rows(&memory, &facts).await;
        assert!(rows.len() > 20, "{} rows", rows.len());
        assert_eq!(all_rows(&dynamo, &facts).await, rows, "batches of {batch}");
    }
}

#[tokio::test]
async fn keys_that_are_left_unprocessed_are_read_in_the_end() {
    let faults = HttpFaults::default();
    let (store, facts) = (store(&faults).await, simulated(1, 5));
    apply_all(&store, &facts, 100).await;
    let rows = all_rows(&store, &facts).await;
    for _ in 0..3 {
        faults.plan("BatchGetItem", HttpFault::Unprocessed);
    }
    assert_eq!(all_rows(&store, &facts).await, rows);
}

/// Every error that leaves open whether a transaction was committed, and those that do not.
const FAULTS: [HttpFault; 9] = [
    HttpFault::Unreachable,
    HttpFault::ResponseTooLate,
    HttpFault::ResponseLost,
    HttpFault::InvalidResponse,
    HttpFault::InternalErrorAfter,
    HttpFault::InternalErrorBefore,
    HttpFault::Throttled,
    HttpFault::TransactionConflict,
    HttpFault::TransactionInProgress,
];

#[tokio::test]
async fn whatever_becomes_of_a_request_its_events_count_once() {
    let facts = simulated(2, 12);
    let undisturbed = MemoryStore::default();
    apply_all(&undisturbed, &facts, 20).await;
    let rows = all_rows(&undisturbed, &facts).await;
    let of_transactions = [HttpFault::TransactionConflict, HttpFault::TransactionInProgress];
    for fault in FAULTS {
        let operations = ["TransactWriteItems", "BatchGetItem"].into_iter();
        let count = if of_transactions.contains(&fault) { 1 } else { 2 };
        for operation in operations.take(count) {
            let (faults, mut planned) = (HttpFaults::default(), 0);
            let store = store(&faults).await;
            for part in facts.chunks(20) {
                faults.plan(operation, fault);
                planned += 1;
                apply_all(&store, part, 20).await;
            }
            assert!(planned > 3);
            assert_eq!(all_rows(&store, &facts).await, rows, "{fault:?} of {operation}");
        }
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_out_and_counted_as_applied() {
    let facts = simulated(3, 1);
    for fault in [HttpFault::ResponseTooLate, HttpFault::ResponseLost, HttpFault::InvalidResponse] {
        let faults = HttpFaults::default();
        let store = store(&faults).await;
        faults.plan("TransactWriteItems", fault);
        let applied =
            apply(&store, &Settings::default(), &[&facts[..1]], &RetryPolicy::IMMEDIATE).await;
        assert_eq!(applied.outcomes, [Outcome::Applied]);
        assert_eq!((applied.transactions, applied.retries), (0, 1), "the first one had committed");
    }
}

#[tokio::test]
async fn what_can_never_succeed_is_not_tried_again() {
    let faults = HttpFaults::default();
    let store = store(&faults).await;
    let facts: Vec<(EntityKey, Fact)> = simulated(3, 1)[..1].to_vec();
    faults.plan("TransactWriteItems", HttpFault::AccessDenied);
    let applied = apply(&store, &Settings::default(), &[&facts], &RetryPolicy::IMMEDIATE).await;
    assert!(matches!(&applied.outcomes[..], [Outcome::Failed(StoreError::Rejected(_))]));
    assert_eq!((applied.retries, faults.requests()), (0, 2), "one read, one write");
}

/// What fails is delivered again, as a queue would.
async fn deliver(store: &DynamoTables, facts: &[(EntityKey, Fact)]) {
    let mut queue: VecDeque<_> = facts.chunks(10).map(<[_]>::to_vec).collect();
    while let Some(batch) = queue.pop_front() {
        let messages: Vec<_> = batch.chunks(1).collect();
        let applied = apply(store, &Settings::default(), &messages, &RetryPolicy::IMMEDIATE).await;
        let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_));
        let outcomes = batch.into_iter().zip(applied.outcomes);
        let again: Vec<_> =
            outcomes.filter(|(_, outcome)| failed(outcome)).map(|(fact, _)| fact).collect();
        if !again.is_empty() {
            queue.push_back(again);
        }
    }
}

#[tokio::test]
async fn two_writers_of_the_same_conversations_lose_nothing() {
    let facts = simulated(4, 10);
    let undisturbed = MemoryStore::default();
    apply_all(&undisturbed, &facts, 10).await;
    let store = store(&HttpFaults::default()).await;
    let (odd, even): (Vec<_>, Vec<_>) =
        facts.iter().cloned().enumerate().partition(|(place, _)| place % 2 == 1);
    let part = |part: Vec<(usize, _)>| part.into_iter().map(|(_, fact)| fact).collect::<Vec<_>>();
    let (odd, even) = (part(odd), part(even));
    tokio::join!(deliver(&store, &odd), deliver(&store, &even));
    assert_eq!(all_rows(&store, &facts).await, all_rows(&undisturbed, &facts).await);
}
