//! Loads entities, and commits them with their rows.

use crate::error::NotCommitted;
use crate::item::{SdkItem, number, text};
use crate::layout::{BYTES, ENTITY, VERSION};
use crate::rows::batch_get;
use crate::{DynamoStore, write};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, TransactWriteItem,
};
use headroom_engine::{
    EntityStore, RowStore, RowWrite, StoreError, StoredEntity, StoredRow, Transaction,
};
use headroom_kpi::stored::decode;
use headroom_kpi::{EntityKey, Row};
use serde_dynamo::{AttributeValue as ReadValue, Item};
use std::collections::HashMap;
use std::sync::atomic::Ordering;

impl EntityStore for DynamoStore {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        let item_keys = keys.iter().map(write::entity_item_key).collect();
        let mut stored = HashMap::new();
        let request = KeysAndAttributes::builder().set_keys(Some(item_keys)).consistent_read(true);
        let (items, _) = batch_get(&self.client, &self.tables.entities, request).await?;
        for item in items {
            let (key, entity) = entity_of(item)?;
            stored.insert(key, entity);
        }
        Ok(keys.iter().map(|key| stored.remove(&key.partition_key())).collect())
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        transaction.check()?;
        let mut must_read: Vec<bool> = transaction.rows.iter().map(write::needs_read).collect();
        loop {
            let stored = self.read_marked(transaction, &must_read).await?;
            match self.send(transaction, &must_read, &stored).await {
                Ok(()) => return Ok(()),
                Err(error) => retry_with_read(transaction, &mut must_read, error)?,
            }
        }
    }
}

impl DynamoStore {
    /// Write units that were consumed since the last call. A transaction's are a whole number.
    pub fn take_write_units(&self) -> u64 {
        self.consumed.swap(0, Ordering::Relaxed)
    }

    /// Repairs a row: adds amounts on condition that it still has the version that was read, or that
    /// there still is none. Its version grows by one, so that viewers and exports see the change. Fails
    /// with [`StoreError::Conflict`] if the row has changed since.
    pub async fn repair_row(
        &self,
        write: &RowWrite,
        stored: Option<&StoredRow>,
    ) -> Result<(), StoreError> {
        let item = self.conditional_put(write, stored).map_err(|error| not_built(&error))?;
        let request = self.client.transact_write_items().transact_items(item);
        match request.send().await.map_err(NotCommitted::new) {
            Ok(_) => Ok(()),
            Err(NotCommitted::Conditions(_)) => Err(StoreError::Conflict),
            Err(NotCommitted::TooLarge(_)) => {
                Err(StoreError::RowTooLarge(Box::new(write.row.clone())))
            }
            Err(NotCommitted::Other(error)) => Err(error),
        }
    }

    /// Reads the rows that must not be updated blindly, and checks that their new names fit. The
    /// result is in the order of these rows; `None` for a row that does not exist yet.
    async fn read_marked(
        &self,
        transaction: &Transaction,
        must_read: &[bool],
    ) -> Result<Vec<Option<StoredRow>>, StoreError> {
        let marked = transaction.rows.iter().zip(must_read).filter(|(_, must_read)| **must_read);
        let writes: Vec<_> = marked.map(|(write, _)| write).collect();
        let keys: Vec<_> = writes.iter().map(|write| write.row.clone()).collect();
        let stored = self.rows.rows(&keys).await?;
        let new = Row::default();
        for (write, stored) in writes.iter().zip(&stored) {
            let row = stored.as_ref().map_or(&new, |stored| &stored.row);
            let full = |_| StoreError::RowFull(Box::new(write.row.clone()));
            row.has_room(&write.amounts).map_err(full)?;
        }
        Ok(stored)
    }

    async fn send(
        &self,
        transaction: &Transaction,
        must_read: &[bool],
        stored: &[Option<StoredRow>],
    ) -> Result<(), NotCommitted> {
        let items = self
            .items(transaction, must_read, stored)
            .map_err(|error| NotCommitted::Other(not_built(&error)))?;
        let response = self
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(NotCommitted::new)?;
        let units = response.consumed_capacity().iter().filter_map(|used| used.capacity_units);
        self.count(units.sum());
        Ok(())
    }

    fn items(
        &self,
        transaction: &Transaction,
        must_read: &[bool],
        stored: &[Option<StoredRow>],
    ) -> Result<Vec<TransactWriteItem>, BuildError> {
        let mut stored = stored.iter().map(Option::as_ref);
        let entities = transaction.entities.iter().map(|write| self.entity_put(write));
        let rows = transaction.rows.iter().zip(must_read).map(|(write, must_read)| {
            if *must_read {
                self.conditional_put(write, stored.next().flatten())
            } else {
                self.blind_update(write)
            }
        });
        entities.chain(rows).collect()
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn count(&self, units: f64) {
        self.consumed.fetch_add(units.round() as u64, Ordering::Relaxed);
    }
}

fn not_built(error: &BuildError) -> StoreError {
    StoreError::Rejected(error.to_string())
}

/// Marks the rows whose blind update failed on a condition, so that the next attempt reads them
/// first. Any other error is returned to the caller.
fn retry_with_read(
    transaction: &Transaction,
    must_read: &mut [bool],
    error: NotCommitted,
) -> Result<(), StoreError> {
    let row = |item: usize| item.checked_sub(transaction.entities.len());
    match error {
        NotCommitted::Other(error) => Err(error),
        NotCommitted::TooLarge(item) => match row(item).and_then(|row| transaction.rows.get(row)) {
            Some(write) => Err(StoreError::RowTooLarge(Box::new(write.row.clone()))),
            None => Err(StoreError::Rejected("an entity is too large".into())),
        },
        NotCommitted::Conditions(items) => {
            for item in items {
                match row(item).and_then(|row| must_read.get_mut(row)) {
                    Some(must_read) if !*must_read => *must_read = true,
                    _ => return Err(StoreError::Conflict),
                }
            }
            Ok(())
        }
    }
}

/// An entity and its key in the table, from its item.
pub(super) fn entity_of(mut item: SdkItem) -> Result<(String, StoredEntity), StoreError> {
    let Some(AttributeValue::B(bytes)) = item.remove(BYTES) else {
        return Err(StoreError::BadItem(BYTES.to_owned()));
    };
    stored_entity(bytes.as_ref(), Item::from(item).inner())
}

/// An entity and its key, from its encoded form and the other attributes.
pub(super) fn stored_entity(
    bytes: &[u8],
    item: &HashMap<String, ReadValue>,
) -> Result<(String, StoredEntity), StoreError> {
    let (entity, contributions) = decode(bytes)?;
    let stored = StoredEntity { version: number(item, VERSION)?, entity, contributions };
    Ok((text(item, ENTITY)?, stored))
}
