//! Entities and rows in DynamoDB, as one store.

use aws_sdk_dynamodb::Client;
use headroom_engine::{
    EntityStore, RowStore, RowVersion, StoreError, StoredEntity, StoredRow, Transaction,
};
use headroom_kpi::{Bucket, EntityKey, RowKey, Subject};
use headroom_tables::{DynamoRows, DynamoStore, Retention, Tables};
use std::collections::HashMap;

/// The tables of entities and rows: what ingest writes, and what the functions of viewers read.
#[derive(Debug)]
pub struct DynamoTables {
    store: DynamoStore,
    rows: DynamoRows,
}

impl DynamoTables {
    /// A store in these tables.
    pub fn new(client: Client, tables: Tables) -> Self {
        let rows = DynamoRows::new(client.clone(), tables.rows.clone());
        Self { store: DynamoStore::new(client, tables, Retention::default()), rows }
    }
}

impl EntityStore for DynamoTables {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        self.store.load(keys).await
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.store.commit(transaction).await
    }
}

impl RowStore for DynamoTables {
    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        self.rows.rows(keys).await
    }

    async fn subjects(&self, bucket: &Bucket, prefix: &str) -> Result<Vec<Subject>, StoreError> {
        self.rows.subjects(bucket, prefix).await
    }

    async fn intervals(
        &self,
        subject: &Subject,
        first: &Bucket,
        last: &Bucket,
    ) -> Result<Vec<(Bucket, StoredRow)>, StoreError> {
        self.rows.intervals(subject, first, last).await
    }

    async fn versions(
        &self,
        subjects: &[Subject],
        buckets: &[Bucket],
    ) -> Result<HashMap<RowKey, RowVersion>, StoreError> {
        self.rows.versions(subjects, buckets).await
    }
}
