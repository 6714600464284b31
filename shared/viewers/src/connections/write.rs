//! Batch writes.

use super::Connections;
use super::item::Item;
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::StoreError;
use headroom_requests::{RetryPolicy, chunks};
use headroom_tables::store_error;
use std::time::Duration;

/// Items that `BatchWriteItem` takes.
const BATCH_MAX: usize = 25;

/// Concurrent batches: 2,000 subscriptions are ten rounds.
const CONCURRENT_BATCHES: usize = 8;

/// Attempts of a batch. Their waits add up to a second and a half on average: a viewer waits for the
/// response.
const ATTEMPTS_MAX: u32 = 6;
const RETRY: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(50), Duration::from_millis(1_600));

/// None if the item has no attributes, which does not happen: then there is nothing to write.
pub(super) fn put(item: Item) -> Option<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(item)).build().ok()?;
    Some(WriteRequest::builder().put_request(put).build())
}

/// None if the key has no attributes, which does not happen: then there is nothing to delete.
pub(super) fn delete(key: Item) -> Option<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
    Some(WriteRequest::builder().delete_request(delete).build())
}

impl Connections {
    /// Puts and deletes items, none of which may occur twice. This is no transaction: after an error
    /// some of them are written, and the caller may write all again.
    pub(super) async fn write(
        &self,
        requests: Vec<Option<WriteRequest>>,
    ) -> Result<(), StoreError> {
        let batches = chunks(requests.into_iter().flatten(), BATCH_MAX, usize::MAX, |_| 1);
        let writes: Vec<_> = batches.into_iter().map(|batch| self.write_batch(batch)).collect();
        stream::iter(writes).buffer_unordered(CONCURRENT_BATCHES).try_collect().await
    }

    async fn write_batch(&self, mut batch: Vec<WriteRequest>) -> Result<(), StoreError> {
        for attempt in 1..=ATTEMPTS_MAX {
            let request = self.client.batch_write_item().request_items(&self.table, batch);
            let response = request.send().await.map_err(store_error)?;
            let mut unprocessed = response.unprocessed_items.unwrap_or_default();
            batch = unprocessed.remove(&self.table).unwrap_or_default();
            if batch.is_empty() {
                return Ok(());
            }
            RETRY.wait_after(attempt).await;
        }
        Err(StoreError::Throttled)
    }
}
