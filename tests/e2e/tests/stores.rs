//! The emulator's DynamoDB keeps the contract that all stores keep.

#![allow(clippy::unwrap_used)]

use headroom_e2e::Cloud;
use headroom_tables::{DynamoDocuments, DynamoDue, DynamoStore, Retention, Tables};
use headroom_test_support::contract::documents::keeps_the_documents_contract;
use headroom_test_support::contract::due::keeps_the_due_indexs_contract;
use headroom_test_support::contract::{all_rows, apply_all, keeps_the_contract, simulated};
use headroom_test_support::{DynamoTables, ENTITIES, LEDGER, MemoryStore, ROWS, create_tables};

#[tokio::test]
async fn the_local_cloud_keeps_the_contract_in_the_tables_of_the_template() {
    let cloud = Cloud::start(&[]);
    let table = |name| cloud.output(name).to_owned();
    let tables = Tables { entities: table("EntitiesTable"), rows: table("RowsTable") };
    let store = DynamoTables::new(cloud.dynamo(), tables);
    keeps_the_contract(&store, "").await;

    let (facts, memory) = (simulated(1, 30), MemoryStore::default());
    apply_all(&memory, &facts, 100).await;
    apply_all(&store, &facts, 100).await;
    let expected = all_rows(&memory, &facts).await;
    let actual = all_rows(&store, &facts).await;
    // The table has the rows of the contract's tests as well.
    assert!(expected.iter().all(|row| actual.contains(row)));

    // Tables without other writers: the due index is compared as a whole.
    let (client, name) = (cloud.dynamo(), |table| format!("contract-{table}"));
    create_tables(&client, "contract-").await;
    keeps_the_documents_contract(&DynamoDocuments::new(client.clone(), name(LEDGER))).await;
    let tables = Tables { entities: name(ENTITIES), rows: name(ROWS) };
    let store = DynamoStore::new(client.clone(), tables, Retention::default());
    keeps_the_due_indexs_contract(&store, &DynamoDue::new(client, name(ENTITIES))).await;
}
