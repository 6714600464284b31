//! Packs changed entities into transactions.

use crate::{EntityWrite, ITEMS_MAX, RowWrite, Transaction};
use foldhash::fast::RandomState;
use headroom_kpi::{Amounts, Books, Conversation, Entity, EntityKey, Millis, RowChange, RowKey};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// An entity that was folded, and what that changes.
pub(crate) struct Change {
    /// Which group of facts it comes from.
    pub(crate) group: usize,
    pub(crate) key: EntityKey,
    pub(crate) expected: u64,
    /// The newest event time among the facts that were folded.
    pub(crate) at: Millis,
    /// The facts as they were, of a change that may take several steps.
    pub(crate) before: Option<Conversation>,
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
        let several = change.rows.len() >= ITEMS_MAX;
        if several || !packer.fits(&change) {
            steps.extend(std::mem::take(&mut packer).close());
        }
        if several {
            steps.push(in_several(change));
        } else {
            packer.add(change);
        }
    }
    steps.extend(packer.close());
    steps
}

/// Only the last step has the new facts. Until then the conversation is as it was, with books that
/// are ahead of it: a step that fails leaves facts that are still to be learned.
fn in_several(change: Change) -> Step {
    let Change { group, key, expected, at, before, entity, books, mut rows } = change;
    let conversation = before.unwrap_or_else(|| entity.conversation.clone());
    let mut written = Entity { conversation, books: entity.books };
    // What shrinks comes first: halfway, the entity is not larger than at either end.
    rows.sort_by_key(|change| change.amounts.iter().any(|(_, amount)| *amount > 0));
    let steps = rows.len().div_ceil(ITEMS_MAX - 1);
    let mut transactions = Vec::with_capacity(steps);
    for (step, part) in rows.chunks_mut(ITEMS_MAX - 1).enumerate() {
        part.sort_unstable_by(|a, b| a.row.cmp(&b.row));
        written.books.apply(part);
        if step + 1 == steps {
            written.conversation = entity.conversation.clone();
            debug_assert_eq!(written.books, books);
        }
        let expected = expected + step as u64;
        let write = EntityWrite { key: key.clone(), expected, entity: written.clone() };
        let rows = part.iter().cloned().map(|change| RowWrite::new(change, at)).collect();
        transactions.push(Transaction { entities: vec![write], rows });
    }
    Step { groups: vec![group], transactions }
}

#[derive(Default)]
struct Packer {
    groups: Vec<usize>,
    entities: Vec<EntityWrite>,
    rows: HashMap<RowKey, (Amounts, Millis), RandomState>,
}

impl Packer {
    fn fits(&self, change: &Change) -> bool {
        let most = self.entities.len() + 1 + self.rows.len() + change.rows.len();
        let new = || change.rows.iter().filter(|c| !self.rows.contains_key(&c.row)).count();
        most <= ITEMS_MAX || self.entities.len() + 1 + self.rows.len() + new() <= ITEMS_MAX
    }

    fn add(&mut self, change: Change) {
        let Change { group, key, expected, at, mut entity, books, rows, .. } = change;
        entity.books = books;
        self.groups.push(group);
        self.entities.push(EntityWrite { key, expected, entity });
        for change in rows {
            match self.rows.entry(change.row) {
                Entry::Occupied(mut row) => {
                    let (amounts, newest) = row.get_mut();
                    amounts.add(change.amounts.as_slice());
                    *newest = at.max(*newest);
                }
                Entry::Vacant(row) => drop(row.insert((change.amounts, at))),
            }
        }
    }

    /// A step, if there is anything to do.
    fn close(self) -> Option<Step> {
        if self.groups.is_empty() {
            return None;
        }
        let rows = self.rows.into_iter().map(|(row, (amounts, at))| RowWrite { row, amounts, at });
        let mut rows: Vec<_> = rows.filter(|change| !change.amounts.is_empty()).collect();
        rows.sort_unstable_by(|a, b| a.row.cmp(&b.row));
        let mut entities = self.entities;
        entities.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        let transaction = Transaction { entities, rows };
        Some(Step { groups: self.groups, transactions: vec![transaction] })
    }
}
