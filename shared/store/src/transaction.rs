//! What is committed together.

use crate::StoreError;
use foldhash::fast::RandomState;
use headroom_kpi::{Entity, EntityKey, RowChange};
use std::collections::HashSet;

/// Items that one DynamoDB transaction takes.
pub const ITEMS_MAX: usize = 100;

/// Entities and the rows that their books change: at most [`ITEMS_MAX`] items, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Entities, each on condition of its version.
    pub entities: Vec<EntityWrite>,
    /// Rows to add to, without a condition.
    pub rows: Vec<RowChange>,
}

/// An entity to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityWrite {
    /// Which.
    pub key: EntityKey,
    /// The version it was loaded with, 0 for a new one. It is written with the next one.
    pub expected: u64,
    /// What to write.
    pub entity: Entity,
}

impl Transaction {
    /// How many items it takes.
    pub fn items(&self) -> usize {
        self.entities.len() + self.rows.len()
    }

    /// Whether a store may take it.
    pub fn check(&self) -> Result<(), StoreError> {
        let entities: HashSet<_, RandomState> =
            self.entities.iter().map(|write| &write.key).collect();
        let rows: HashSet<_, RandomState> = self.rows.iter().map(|change| &change.row).collect();
        if self.items() > ITEMS_MAX {
            return Err(StoreError::NotATransaction("it has more than 100 items"));
        }
        if entities.len() + rows.len() < self.items() {
            return Err(StoreError::NotATransaction("it has an item twice"));
        }
        Ok(())
    }
}
