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
        let wanted = keys.iter().map(write::entity_item_key).collect();
        let mut stored = HashMap::new();
        for item in batch_get(&self.client, &self.tables.entities, wanted).await? {
            let (key, entity) = entity_of(item)?;
            stored.insert(key, entity);
        }
        Ok(keys.iter().map(|key| stored.remove(&key.partition_key())).collect())
    }

    async fn commit(&self, transaction: &Transaction) -> Result<(), StoreError> {
        transaction.check()?;
        let mut looked: Vec<bool> = transaction.rows.iter().map(write::needs_a_look).collect();
        loop {
            let seen = self.look(transaction, &looked).await?;
            match self.send(transaction, &seen).await {
                Ok(()) => return Ok(()),
                Err(error) => look_again(transaction, &mut looked, error)?,
            }
        }
    }
}

impl DynamoStore {
    /// Write units consumed since it was last asked. A transaction's are whole.
    pub fn take_write_units(&self) -> u64 {
        self.consumed.swap(0, Ordering::Relaxed)
    }

    /// Reads the rows that are not to be added to unseen, and checks that their names fit.
    async fn look(
        &self,
        transaction: &Transaction,
        looked: &[bool],
    ) -> Result<Vec<Option<Seen>>, StoreError> {
        let chosen = transaction.rows.iter().zip(looked).filter(|(_, look)| **look);
        let keys: Vec<_> = chosen.map(|(row, _)| row.row.clone()).collect();
        let mut found = self.rows.rows(&keys).await?.into_iter();
        let mut seen = Vec::with_capacity(looked.len());
        for (write, look) in transaction.rows.iter().zip(looked) {
            let row = look.then(|| Seen(found.next().flatten()));
            if row.as_ref().is_some_and(|row| !row.has_room(write)) {
                return Err(row_full(write));
            }
            seen.push(row);
        }
        Ok(seen)
    }

    async fn send(
        &self,
        transaction: &Transaction,
        seen: &[Option<Seen>],
    ) -> Result<(), NotCommitted> {
        let request = self.client.transact_write_items();
        let request = request.set_transact_items(Some(self.items(transaction, seen)?));
        let request = request.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = request.send().await.map_err(|error| NotCommitted::of(&error))?;
        let units = answer.consumed_capacity().iter().filter_map(|used| used.capacity_units);
        self.count(units.sum());
        Ok(())
    }

    fn items(
        &self,
        transaction: &Transaction,
        seen: &[Option<Seen>],
    ) -> Result<Vec<TransactWriteItem>, NotCommitted> {
        let (tables, retention) = (&self.tables, self.retention);
        let entities = transaction.entities.iter().map(|w| write::entity(w, tables, retention));
        let rows = transaction.rows.iter().zip(seen).map(|(row, seen)| match seen {
            Some(seen) => write::row_seen(row, seen.0.as_ref(), tables, retention),
            None => write::row_unseen(row, tables, retention),
        });
        let built: Result<_, _> = entities.chain(rows).collect();
        built.map_err(|error| NotCommitted::Other(StoreError::Rejected(error.to_string())))
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fn count(&self, units: f64) {
        self.consumed.fetch_add(units.round() as u64, Ordering::Relaxed);
    }
}

/// A crowded row that was written to unseen is looked at; everything else is the caller's.
fn look_again(
    transaction: &Transaction,
    looked: &mut [bool],
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
                match row(place).and_then(|row| looked.get_mut(row)) {
                    Some(look) if !*look => *look = true,
                    _ => return Err(StoreError::Conflict),
                }
            }
            Ok(())
        }
    }
}

/// A row that was looked at: none if there is none.
struct Seen(Option<StoredRow>);

impl Seen {
    fn has_room(&self, write: &RowWrite) -> bool {
        let none = Row::default();
        self.0.as_ref().map_or(&none, |seen| &seen.row).has_room(&write.amounts).is_ok()
    }
}

fn row_full(write: &RowWrite) -> StoreError {
    StoreError::RowFull(Box::new(RowLabel(write.row.clone())))
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
