//! Reads of rows.

use crate::error::store_error;
use crate::item::{SdkItem, item, s};
use crate::layout::{BUCKET, BY_BUCKET, SUBJECT, row_key_of, row_of};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::{RowStore, StoreError, StoredRow};
use headroom_kpi::{Bucket, RowKey, Subject};
use headroom_requests::RetryPolicy;
use serde_dynamo::Item;
use std::collections::HashMap;
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
}

impl DynamoRows {
    /// The rows of a table.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    async fn part(&self, keys: &[RowKey]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        let item_keys = keys.iter().map(row_item_key).collect();
        let mut rows = HashMap::new();
        for item in batch_get(&self.client, &self.table, item_keys).await? {
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
        let mut subjects = Vec::new();
        let mut items = paged.into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item.map_err(store_error)?;
            subjects.push(row_key_of(Item::from(item).inner())?.subject);
        }
        Ok(subjects)
    }
}

/// The key of a row's item.
pub(super) fn row_item_key(key: &RowKey) -> SdkItem {
    item([(SUBJECT, s(key.subject.to_string())), (BUCKET, s(key.bucket.to_string()))])
}

/// The items of up to [`KEYS_MAX`] keys, in no order, read with strong consistency.
pub(super) async fn batch_get(
    client: &Client,
    table: &str,
    keys: Vec<SdkItem>,
) -> Result<Vec<SdkItem>, StoreError> {
    let (mut items, mut keys) = (Vec::with_capacity(keys.len()), keys);
    for round in 0..ROUNDS_MAX {
        if keys.is_empty() {
            return Ok(items);
        }
        if round > 0 {
            BETWEEN_ROUNDS.wait_after(round).await;
        }
        let request = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
        let request = request.build().map_err(|error| StoreError::Rejected(error.to_string()))?;
        let response = client
            .batch_get_item()
            .request_items(table, request)
            .send()
            .await
            .map_err(store_error)?;
        items.extend(response.responses.unwrap_or_default().remove(table).unwrap_or_default());
        let unprocessed = response.unprocessed_keys.unwrap_or_default().remove(table);
        keys = unprocessed.map(|unprocessed| unprocessed.keys).unwrap_or_default();
    }
    if keys.is_empty() { Ok(items) } else { Err(StoreError::Throttled) }
}
