//! Packs changed entities into transactions.

use crate::{EntityWrite, ITEMS_MAX, Transaction};
use foldhash::fast::RandomState;
use headroom_kpi::{Amounts, Books, Entity, EntityKey, RowChange, RowKey};
use std::collections::HashMap;

/// An entity that was folded, and what that changes.
pub(crate) struct Change {
    /// Which group of facts it comes from.
    pub(crate) group: usize,
    pub(crate) key: EntityKey,
    pub(crate) expected: u64,
    /// The new facts, and the books as they are in the rows now.
    pub(crate) entity: Entity,
    /// The books that the facts ask for.
    pub(crate) books: Books,
    /// The difference between the two.
    pub(crate) rows: Vec<RowChange>,
}

/// Transactions to commit one after the other, and the groups of facts that depend on them all.
pub(crate) struct Step {
    pub(crate) groups: Vec<usize>,
    pub(crate) transactions: Vec<Transaction>,
}

/// Packs changes, in their order, into as few transactions as fit: rows that several entities
/// share take one item. An entity and its rows are never apart, unless they are too many for any
/// transaction: then its books follow the rows in several steps, and are true after each.
pub(crate) fn pack(changes: Vec<Change>) -> Vec<Step> {
    let (mut steps, mut packer) = (Vec::new(), Packer::default());
    for change in changes {
        if change.rows.len() >= ITEMS_MAX {
            steps.push(in_several(change));
            continue;
        }
        if !packer.fits(&change) {
            steps.push(std::mem::take(&mut packer).close());
        }
        packer.add(change);
    }
    if !packer.groups.is_empty() {
        steps.push(packer.close());
    }
    steps
}

fn in_several(change: Change) -> Step {
    let mut entity = change.entity;
    let mut rows = change.rows;
    // What shrinks comes first: halfway, the entity is not larger than at either end.
    rows.sort_by_key(|change| change.amounts.iter().any(|(_, amount)| *amount > 0));
    let mut transactions = Vec::new();
    for (expected, part) in (change.expected..).zip(rows.chunks_mut(ITEMS_MAX - 1)) {
        part.sort_unstable_by(|a, b| a.row.cmp(&b.row));
        entity.books.apply(part);
        let write = EntityWrite { key: change.key.clone(), expected, entity: entity.clone() };
        transactions.push(Transaction { entities: vec![write], rows: part.to_vec() });
    }
    Step { groups: vec![change.group], transactions }
}

#[derive(Default)]
struct Packer {
    groups: Vec<usize>,
    entities: Vec<EntityWrite>,
    rows: HashMap<RowKey, Amounts, RandomState>,
}

impl Packer {
    fn fits(&self, change: &Change) -> bool {
        let most = self.entities.len() + 1 + self.rows.len() + change.rows.len();
        let new = || change.rows.iter().filter(|c| !self.rows.contains_key(&c.row)).count();
        most <= ITEMS_MAX || self.entities.len() + 1 + self.rows.len() + new() <= ITEMS_MAX
    }

    fn add(&mut self, change: Change) {
        let Change { group, key, expected, mut entity, books, rows } = change;
        entity.books = books;
        self.groups.push(group);
        self.entities.push(EntityWrite { key, expected, entity });
        for change in rows {
            match self.rows.get_mut(&change.row) {
                Some(amounts) => amounts.add(change.amounts.as_slice()),
                None => drop(self.rows.insert(change.row, change.amounts)),
            }
        }
    }

    fn close(self) -> Step {
        let rows = self.rows.into_iter().map(|(row, amounts)| RowChange { row, amounts });
        let mut rows: Vec<_> = rows.filter(|change| !change.amounts.is_empty()).collect();
        rows.sort_unstable_by(|a, b| a.row.cmp(&b.row));
        let mut entities = self.entities;
        entities.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        let transaction = Transaction { entities, rows };
        Step { groups: self.groups, transactions: vec![transaction] }
    }
}
