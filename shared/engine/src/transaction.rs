//! What is committed together.

use crate::StoreError;
use headroom_kpi::{Amounts, Contributions, Due, Entity, EntityKey, Millis, RowChange, RowKey};

/// Items that one DynamoDB transaction takes.
pub const ITEMS_MAX: usize = 100;

/// Entities and the rows that their books change: at most [`ITEMS_MAX`] items, none twice, both in
/// ascending order. So two writers never hold what the other one waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Entities, each on condition of its version.
    pub entities: Vec<EntityWrite>,
    /// Rows to add to. No other writer can make that fail, except where a row is nearly full.
    pub rows: Vec<RowWrite>,
}

/// An entity to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityWrite {
    /// Which.
    pub key: EntityKey,
    /// The version it was loaded with, 0 for a new one. It is written with the next one.
    pub expected_version: u64,
    /// What to write.
    pub entity: Entity,
    /// What the rows have of it, once this is committed.
    pub contributions: Contributions,
    /// When it is due for a gap read, if it is.
    pub due: Option<Due>,
}

/// A row to add to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowWrite {
    /// Which.
    pub row: RowKey,
    /// What to add; never empty.
    pub amounts: Amounts,
    /// The newest event time among what changes it.
    pub at: Millis,
}

impl RowWrite {
    /// A change, and the newest event time behind it.
    pub fn new(change: RowChange, at: Millis) -> Self {
        Self { row: change.row, amounts: change.amounts, at }
    }
}

impl Transaction {
    /// How many items it takes.
    pub fn items(&self) -> usize {
        self.entities.len() + self.rows.len()
    }

    /// Whether a store may take it.
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
