//! Stores whose calls fail on demand.

use crate::{Fault, FaultPlan, Operation};
use headroom_engine::{
    DueEntity, DueIndex, EntityStore, RowStore, RowVersion, StoreError, StoredEntity, StoredRow,
    Transaction,
};
use headroom_kpi::{Bucket, EntityKey, Millis, RowKey, Subject, Urgency};
use headroom_tables::{Counters, Document, DocumentKey, Documents};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

/// Any store of entities and rows, with a plan of what fails. Reads of rows never do.
#[derive(Clone, Debug, Default)]
pub struct FaultyStore<S> {
    /// The store.
    pub store: Arc<S>,
    /// What fails.
    pub plan: FaultPlan,
}

/// Any store of documents and counters, with a plan of what fails.
#[derive(Clone, Debug, Default)]
pub struct FaultyDocuments<D> {
    /// The store.
    pub documents: Arc<D>,
    /// What fails.
    pub plan: FaultPlan,
}

fn store_error(fault: Fault) -> StoreError {
    match fault {
        Fault::Conflict => StoreError::Conflict,
        Fault::Throttle => StoreError::Throttled,
        _ => StoreError::Unanswered("planned".into()),
    }
}

impl<S> Deref for FaultyStore<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

impl<S: EntityStore + Send + Sync> EntityStore for FaultyStore<S> {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        self.plan.call(Operation::Load, self.store.load(keys), store_error).await
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        self.plan.call(Operation::Commit, self.store.commit(transaction), store_error).await
    }
}

impl<S: RowStore + Send + Sync> RowStore for FaultyStore<S> {
    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        self.store.rows(keys).await
    }

    async fn subjects(&self, bucket: &Bucket, prefix: &str) -> Result<Vec<Subject>, StoreError> {
        self.store.subjects(bucket, prefix).await
    }

    async fn intervals(
        &self,
        subject: &Subject,
        first: &Bucket,
        last: &Bucket,
    ) -> Result<Vec<(Bucket, StoredRow)>, StoreError> {
        self.store.intervals(subject, first, last).await
    }

    async fn versions(
        &self,
        subjects: &[Subject],
        buckets: &[Bucket],
    ) -> Result<HashMap<RowKey, RowVersion>, StoreError> {
        self.store.versions(subjects, buckets).await
    }
}

impl<S: DueIndex> DueIndex for FaultyStore<S> {
    async fn due(
        &self,
        urgency: Urgency,
        until: Millis,
        limit: usize,
    ) -> Result<Vec<DueEntity>, StoreError> {
        self.plan.call(Operation::Due, self.store.due(urgency, until, limit), store_error).await
    }
}

impl<D: Documents> Documents for FaultyDocuments<D> {
    async fn get(&self, key: &DocumentKey) -> Result<Option<Document>, StoreError> {
        self.plan.call(Operation::Get, self.documents.get(key), store_error).await
    }

    async fn put(
        &self,
        key: &DocumentKey,
        body: &str,
        expected_version: u64,
        expires: Option<Millis>,
    ) -> Result<u64, StoreError> {
        let put = self.documents.put(key, body, expected_version, expires);
        self.plan.call(Operation::Put, put, store_error).await
    }

    async fn remove(&self, key: &DocumentKey, expected_version: u64) -> Result<(), StoreError> {
        let remove = self.documents.remove(key, expected_version);
        self.plan.call(Operation::Remove, remove, store_error).await
    }

    async fn list(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, Document)>, StoreError> {
        self.plan.call(Operation::List, self.documents.list(kind, from, to), store_error).await
    }
}

impl<D: Counters> Counters for FaultyDocuments<D> {
    async fn add(&self, key: &DocumentKey, amount: u64, expires: Millis) -> Result<(), StoreError> {
        self.plan.call(Operation::Add, self.documents.add(key, amount, expires), store_error).await
    }

    async fn counts(
        &self,
        kind: &'static str,
        from: &str,
        to: &str,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let counts = self.documents.counts(kind, from, to);
        self.plan.call(Operation::Counts, counts, store_error).await
    }
}
