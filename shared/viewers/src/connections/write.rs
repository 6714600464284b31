//! Writes of many items.

use super::{Connections, item::Item};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{DeleteRequest, PutRequest, WriteRequest};
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::StoreError;
use headroom_tables::store_error;
use std::time::Duration;

/// Items that `BatchWriteItem` takes.
const BATCH_MAX: usize = 25;

/// Batches at the same time: 2,000 subscriptions are ten rounds.
const BATCHES_AT_ONCE: usize = 8;

/// With pauses that double, a second and a half: within an answer that somebody waits for.
const ATTEMPTS_MAX: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// None if an attribute is missing: then there is nothing to send.
pub(super) fn put(item: Item) -> Option<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(item)).build().ok()?;
    Some(WriteRequest::builder().put_request(put).build())
}

/// None if an attribute is missing: then there is nothing to send.
pub(super) fn delete(key: Item) -> Option<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key)).build().ok()?;
    Some(WriteRequest::builder().delete_request(delete).build())
}

impl Connections {
    /// Puts and deletes items, none of them twice. They are not written together: after an error
    /// some are, and writing them again is right.
    pub(super) async fn write(
        &self,
        requests: Vec<Option<WriteRequest>>,
    ) -> Result<(), StoreError> {
        let requests: Vec<_> = requests.into_iter().flatten().collect();
        let batches = requests.chunks(BATCH_MAX).map(|batch| self.write_batch(batch.to_vec()));
        let batches: Vec<_> = batches.collect();
        stream::iter(batches).buffer_unordered(BATCHES_AT_ONCE).try_collect().await
    }

    async fn write_batch(&self, mut batch: Vec<WriteRequest>) -> Result<(), StoreError> {
        for attempt in 0..ATTEMPTS_MAX {
            let write = self.client.batch_write_item().request_items(&self.table, batch);
            let answer = write.send().await.map_err(|error| store_error(&error))?;
            let unprocessed =
                answer.unprocessed_items.and_then(|mut left| left.remove(&self.table));
            batch = unprocessed.unwrap_or_default();
            if batch.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt)).await;
        }
        Err(StoreError::Throttled)
    }
}

pub(super) fn condition_failed<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    error.as_service_error().and_then(ProvideErrorMetadata::code)
        == Some("ConditionalCheckFailedException")
}
