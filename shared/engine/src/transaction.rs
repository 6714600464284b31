//! A transaction: what is committed together.

use crate::StoreError;
use headroom_kpi::{Amounts, Contributions, Due, Entity, EntityKey, Millis, RowKey};

/// Items that one DynamoDB transaction takes.
pub const ITEMS_MAX: usize = 100;

/// Entities, and the rows that their contributions change: at most [`ITEMS_MAX`] items, none twice,
/// both in ascending order. The fixed order prevents deadlocks between writers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Entities; each is written on condition of its version.
    pub entities: Vec<EntityWrite>,
    /// Rows to add to. Another writer can make that fail only if a row is nearly full.
    pub rows: Vec<RowWrite>,
}

/// An entity to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityWrite {
    /// The entity's key.
    pub key: EntityKey,
    /// The version that was loaded, 0 of a new entity. The write increments it.
    pub expected_version: u64,
    /// The entity to write.
    pub entity: Entity,
    /// What it contributes to the rows once this is committed.
    pub contributions: Contributions,
    /// When the entity is due for a gap read, if at all.
    pub due: Option<Due>,
}

/// A row to add to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowWrite {
    /// The row's key.
    pub row: RowKey,
    /// The amounts to add; never empty.
    pub amounts: Amounts,
    /// The newest event time among the facts behind the change.
    pub at: Millis,
}

impl Transaction {
    /// The number of items.
    pub fn items(&self) -> usize {
        self.entities.len() + self.rows.len()
    }

    /// Checks the limits and the order; a store has to refuse a transaction that fails this.
    pub fn check(&self) -> Result<(), StoreError> {
        if self.items() > ITEMS_MAX {
            return Err(StoreError::NotATransaction("it has more than 100 items"));
        }
        let entities = self.entities.is_sorted_by(|a, b| a.key < b.key);
        let rows = self.rows.is_sorted_by(|a, b| a.row < b.row);
        if !(entities && rows) {
            return Err(StoreError::NotATransaction("it has an item twice, or out of order"));
        }
        Ok(())
    }
}
