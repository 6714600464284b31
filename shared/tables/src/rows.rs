//! Reads of rows.

use crate::error::store_error;
use crate::item::{SdkItem, item, s};
use crate::layout::{BUCKET, BY_BUCKET, SUBJECT, row_key_of, row_of};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::builders::KeysAndAttributesBuilder;
use aws_sdk_dynamodb::types::{ConsumedCapacity, KeysAndAttributes, ReturnConsumedCapacity};
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowStore, RowVersion, StoreError, StoredRow};
use headroom_kpi::{Bucket, RowKey, Subject};
use headroom_requests::RetryPolicy;
use serde_dynamo::Item;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Keys in one `BatchGetItem`.
pub(super) const KEYS_MAX: usize = 100;

/// Requests for keys that a response left unprocessed, before that counts as throttling.
const ROUNDS_MAX: u32 = 8;

/// The wait before keys that were left unprocessed are requested again: a table that is throttled would
/// refuse most of them at once. Seven waits are 1.6 seconds on average.
const BETWEEN_ROUNDS: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(50), Duration::from_secs(1));

/// Requests at the same time, of a read of many rows.
const REQUESTS_MAX: usize = 8;

/// Read access to rows in DynamoDB.
#[derive(Clone, Debug)]
pub struct DynamoRows {
    client: Client,
    table: String,
    /// Twice the read units since the last call of `take_read_units`: there are half ones.
    consumed: Arc<AtomicU64>,
}

impl DynamoRows {
    /// The rows of a table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, consumed: Arc::default() }
    }

    /// Read units that were consumed since the last call, by this and its clones.
    #[allow(clippy::cast_precision_loss)]
    pub fn take_read_units(&self) -> f64 {
        self.consumed.swap(0, Ordering::Relaxed) as f64 / 2.0
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn count<'a>(&self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units: f64 = capacity.into_iter().filter_map(|used| used.capacity_units).sum();
        self.consumed.fetch_add((2.0 * units).round() as u64, Ordering::Relaxed);
    }

    async fn part(&self, keys: &[RowKey]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        let item_keys = keys.iter().map(row_item_key).collect();
        let mut rows = HashMap::new();
        let request = KeysAndAttributes::builder().set_keys(Some(item_keys)).consistent_read(true);
        for item in self.batch_get(request).await? {
            let (key, row) = row_of(&Item::from(item))?;
            rows.insert(key, row);
        }
        Ok(keys.iter().map(|key| rows.remove(key)).collect())
    }
}

impl RowStore for DynamoRows {
    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        let parts: Vec<_> = keys.chunks(KEYS_MAX).map(|keys| self.part(keys)).collect();
        let parts: Vec<_> = stream::iter(parts).buffered(REQUESTS_MAX).try_collect().await?;
        Ok(parts.into_iter().flatten().collect())
    }

    async fn subjects(&self, bucket: &Bucket, prefix: &str) -> Result<Vec<Subject>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_BUCKET)
            .expression_attribute_names("#b", BUCKET)
            .expression_attribute_values(":b", s(bucket.to_string()));
        // DynamoDB refuses an empty string as a key.
        let paged = if prefix.is_empty() {
            query.key_condition_expression("#b = :b")
        } else {
            query
                .key_condition_expression("#b = :b AND begins_with(#s, :s)")
                .expression_attribute_names("#s", SUBJECT)
                .expression_attribute_values(":s", s(prefix))
        };
        let items = self.query(paged).await?.into_iter();
        items.map(|item| Ok(row_key_of(Item::from(item).inner())?.subject)).collect()
    }

    async fn intervals(
        &self,
        subject: &Subject,
        first: &Bucket,
        last: &Bucket,
    ) -> Result<Vec<(Bucket, StoredRow)>, StoreError> {
        let query = self.query_buckets(subject, first, last).consistent_read(true);
        let row = |item| {
            let (key, row) = row_of(&Item::from(item))?;
            Ok((key.bucket, row))
        };
        self.query(query).await?.into_iter().map(row).collect()
    }

    async fn versions(
        &self,
        subjects: &[Subject],
        buckets: &[Bucket],
    ) -> Result<HashMap<RowKey, RowVersion>, StoreError> {
        self.read_versions(subjects, buckets).await
    }
}

impl DynamoRows {
    /// The rows of a subject from one bucket to another, in the order of their names: that of time,
    /// for intervals of one length.
    pub(super) fn query_buckets(
        &self,
        subject: &Subject,
        first: &Bucket,
        last: &Bucket,
    ) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#s = :s AND #b BETWEEN :first AND :last")
            .expression_attribute_names("#s", SUBJECT)
            .expression_attribute_names("#b", BUCKET)
            .expression_attribute_values(":s", s(subject.to_string()))
            .expression_attribute_values(":first", s(first.to_string()))
            .expression_attribute_values(":last", s(last.to_string()))
    }

    /// The items of a query, of all its pages.
    pub(super) async fn query(
        &self,
        query: QueryFluentBuilder,
    ) -> Result<Vec<SdkItem>, StoreError> {
        let query = query.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut pages = query.into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(store_error)?;
            self.count(&page.consumed_capacity);
            items.extend(page.items.unwrap_or_default());
        }
        Ok(items)
    }

    /// The items of a request for up to [`KEYS_MAX`] keys, in no order.
    pub(super) async fn batch_get(
        &self,
        request: KeysAndAttributesBuilder,
    ) -> Result<Vec<SdkItem>, StoreError> {
        let (items, capacity) = batch_get(&self.client, &self.table, request).await?;
        self.count(&capacity);
        Ok(items)
    }
}

/// The key of a row's item.
pub(super) fn row_item_key(key: &RowKey) -> SdkItem {
    item([(SUBJECT, s(key.subject.to_string())), (BUCKET, s(key.bucket.to_string()))])
}

/// The items of a request for up to [`KEYS_MAX`] keys, in no order; and what they consumed.
pub(super) async fn batch_get(
    client: &Client,
    table: &str,
    request: KeysAndAttributesBuilder,
) -> Result<(Vec<SdkItem>, Vec<ConsumedCapacity>), StoreError> {
    let request = request.build().map_err(|error| StoreError::Rejected(error.to_string()))?;
    let (mut items, mut capacity) = (Vec::with_capacity(request.keys.len()), Vec::new());
    let mut unread = Some(request);
    for round in 0..ROUNDS_MAX {
        let Some(keys) = unread.take() else { return Ok((items, capacity)) };
        if round > 0 {
            BETWEEN_ROUNDS.wait_after(round).await;
        }
        let request = client.batch_get_item().request_items(table, keys);
        let request = request.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let response = request.send().await.map_err(store_error)?;
        capacity.extend(response.consumed_capacity.unwrap_or_default());
        items.extend(response.responses.unwrap_or_default().remove(table).unwrap_or_default());
        let unprocessed = response.unprocessed_keys.unwrap_or_default().remove(table);
        unread = unprocessed.filter(|unprocessed| !unprocessed.keys.is_empty());
    }
    if unread.is_none() { Ok((items, capacity)) } else { Err(StoreError::Throttled) }
}
