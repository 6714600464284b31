//! Runs of the auditor on DynamoDB in process.

#![allow(clippy::unwrap_used)]

use aws_sdk_dynamodb::Client;
use headroom_auditor::{Auditor, Rules};
use headroom_engine::RowWrite;
use headroom_kpi::{Amounts, Measure, Millis};
use headroom_tables::{DynamoDocuments, DynamoStore, Retention, TableAudit, TableScan, Tables};
use headroom_test_support::contract::{apply_all, simulated};
use headroom_test_support::{ENTITIES, LEDGER, ROWS, dynamo};
use std::time::Duration;

const PARTS: u32 = 4;
const RULES: Rules = Rules { parts: PARTS, retention_days: 90, interval_rows_days: 400 };
const LONG: Duration = Duration::from_mins(10);

struct World {
    client: Client,
    store: DynamoStore,
    auditor: Auditor<DynamoDocuments>,
    newest: Millis,
}

/// Both tables after some conversations.
async fn world() -> World {
    let client = dynamo().await;
    let tables = Tables { entities: ENTITIES.into(), rows: ROWS.into() };
    let store = DynamoStore::new(client.clone(), tables.clone(), Retention::default());
    let facts = simulated(1, 20);
    apply_all(&store, &facts, 100).await;
    let auditor = Auditor {
        documents: DynamoDocuments::new(client.clone(), LEDGER),
        tables: TableAudit::new(client.clone(), tables, 100_000),
        rules: RULES,
    };
    let newest = facts.iter().map(|(_, fact)| fact.kind.time()).max().unwrap();
    World { client, store, auditor, newest }
}

#[tokio::test]
async fn each_row_has_its_turn_and_nothing_is_found_where_nothing_is_wrong() {
    let world = world().await;
    let mut compared = 0;
    for part in (0..PARTS).chain(0..PARTS) {
        let summary = world.auditor.run(world.newest, LONG).await;
        assert_eq!((summary.part, summary.differing, summary.failures), (part, 0, 0));
        compared += summary.compared;
    }
    let mut scan = TableScan::new(world.client, ROWS, 100_000);
    let mut rows = 0;
    while let Some(page) = scan.next_rows().await.unwrap() {
        rows += page.len() as u64;
    }
    assert!(rows > 20);
    assert_eq!(compared, 2 * rows);
}

#[tokio::test]
async fn a_row_that_is_wrong_is_found_in_its_turn_and_stays_as_it_is() {
    let world = world().await;
    let mut scan = TableScan::new(world.client.clone(), ROWS, 100_000);
    let (row, stored) = scan.next_rows().await.unwrap().unwrap().swap_remove(0);
    let amounts = Amounts::from_iter([(Measure::OWaiting, 1)]);
    let write = RowWrite { row, amounts, at: stored.at };
    world.store.repair_row(&write, Some(&stored)).await.unwrap();
    for _ in 0..2 {
        let mut differences = Vec::new();
        for _ in 0..PARTS {
            differences.push(world.auditor.run(world.newest, LONG).await.differing);
        }
        differences.sort_unstable();
        assert_eq!(differences, [0, 0, 0, 1]);
        let late = world.auditor.run(world.newest, Duration::ZERO).await;
        assert_eq!(late.differing_in_all, Some(1), "a run that failed takes nothing back");
    }
}

#[tokio::test]
async fn a_run_without_time_fails_and_the_next_takes_the_same_part() {
    let world = world().await;
    let late = world.auditor.run(world.newest, Duration::ZERO).await;
    assert_eq!((late.part, late.failures, late.compared), (0, 1, 0));
    let next = world.auditor.run(world.newest, LONG).await;
    assert_eq!((next.part, next.failures), (0, 0));
    assert!(next.compared > 0);
}
