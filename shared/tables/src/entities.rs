//! Loads entities, and commits them with their rows.

use super::answer::NotCommitted;
use super::layout::{BYTES, ENTITY, VERSION, number, text};
use super::rows::{SdkItem, batch_get};
use super::{DynamoStore, write};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, TransactWriteItem};
use headroom_engine::{
    EntityStore, RowLabel, RowStore, RowWrite, StoreError, StoredEntity, StoredRow, Transaction,
};
use headroom_kpi::stored::decode;
use headroom_kpi::{EntityKey, Row};
use serde_dynamo::Item;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

impl EntityStore for DynamoStore {
    async fn load(&self, keys: &[EntityKey]) -> Result<Vec<Option<StoredEntity>>, StoreError> {
        let item_keys = keys.iter().map(write::entity_item_key).collect();
        let mut stored = HashMap::new();
        for item in batch_get(&self.client, &self.tables.entities, item_keys).await? {
            let (key, entity) = entity_of(item)?;
            stored.insert(key, entity);
        }
        Ok(keys.iter().map(|key| stored.remove(&key.partition_key())).collect())
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        transaction.check()?;
        let mut must_read: Vec<bool> = transaction.rows.iter().map(write::needs_read).collect();
        loop {
            let read_rows = self.read_before(transaction, &must_read).await?;
            match self.send(transaction, &read_rows).await {
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

    /// Reads the rows that must not be updated blindly, and checks that their new names fit. The
    /// result is in the order of the transaction's rows; `None` for a row that is not read.
    async fn read_before(
        &self,
        transaction: &Transaction,
        must_read: &[bool],
    ) -> Result<Vec<Option<ReadRow>>, StoreError> {
        let marked = transaction.rows.iter().zip(must_read).filter(|(_, must_read)| **must_read);
        let keys: Vec<_> = marked.map(|(write, _)| write.row.clone()).collect();
        let mut stored = self.rows.rows(&keys).await?.into_iter();
        let mut read_rows = Vec::with_capacity(must_read.len());
        for (write, must_read) in transaction.rows.iter().zip(must_read) {
            let row = must_read.then(|| ReadRow(stored.next().flatten()));
            if row.as_ref().is_some_and(|row| !row.has_room(write)) {
                return Err(StoreError::RowFull(Box::new(RowLabel(write.row.clone()))));
            }
            read_rows.push(row);
        }
        Ok(read_rows)
    }

    async fn send(
        &self,
        transaction: &Transaction,
        read_rows: &[Option<ReadRow>],
    ) -> Result<(), NotCommitted> {
        let response = self
            .client
            .transact_write_items()
            .set_transact_items(Some(self.items(transaction, read_rows)?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| NotCommitted::new(&error))?;
        let units = response.consumed_capacity().iter().filter_map(|used| used.capacity_units);
        self.count(units.sum());
        Ok(())
    }

    fn items(
        &self,
        transaction: &Transaction,
        read_rows: &[Option<ReadRow>],
    ) -> Result<Vec<TransactWriteItem>, NotCommitted> {
        let (tables, retention) = (&self.tables, self.retention);
        let entities = transaction.entities.iter().map(|w| write::entity(w, tables, retention));
        let rows = transaction.rows.iter().zip(read_rows).map(|(write, read)| match read {
            Some(ReadRow(stored)) => {
                write::conditional_put(write, stored.as_ref(), tables, retention)
            }
            None => write::blind_update(write, tables, retention),
        });
        let built: Result<_, _> = entities.chain(rows).collect();
        built.map_err(|error| NotCommitted::Other(StoreError::Rejected(error.to_string())))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn count(&self, units: f64) {
        self.consumed.fetch_add(units.round() as u64, Ordering::Relaxed);
    }
}

/// Marks the rows whose blind update failed on a condition, so that the next attempt reads them
/// first. Any other error is returned to the caller.
fn retry_with_read(
    transaction: &Transaction,
    must_read: &mut [bool],
    error: NotCommitted,
) -> Result<(), StoreError> {
    let entities = transaction.entities.len();
    let row = |place: usize| place.checked_sub(entities);
    match error {
        NotCommitted::Other(error) => Err(error),
        NotCommitted::TooLarge(place) => {
            let row = row(place).and_then(|row| transaction.rows.get(row));
            let too_large =
                |write: &RowWrite| StoreError::RowTooLarge(Box::new(RowLabel(write.row.clone())));
            Err(row.map_or(StoreError::Rejected("an entity is too large".into()), too_large))
        }
        NotCommitted::Conditions(places) => {
            for place in places {
                match row(place).and_then(|row| must_read.get_mut(row)) {
                    Some(must_read) if !*must_read => *must_read = true,
                    _ => return Err(StoreError::Conflict),
                }
            }
            Ok(())
        }
    }
}

/// What was read of a row: `None` if it does not exist yet.
struct ReadRow(Option<StoredRow>);

impl ReadRow {
    fn has_room(&self, write: &RowWrite) -> bool {
        let new = Row::default();
        let row = self.0.as_ref().map_or(&new, |stored| &stored.row);
        row.has_room(&write.amounts).is_ok()
    }
}

fn entity_of(mut item: SdkItem) -> Result<(String, StoredEntity), StoreError> {
    let Some(AttributeValue::B(bytes)) = item.remove(BYTES) else {
        return Err(StoreError::BadItem(BYTES.to_owned()));
    };
    let item = Item::from(item).into_inner();
    let (entity, contributions) = decode(bytes.as_ref())?;
    let stored = StoredEntity { version: number(&item, VERSION)?, entity, contributions };
    Ok((text(&item, ENTITY)?, stored))
}
