//! Packs changed entities into transactions.

use crate::{EntityWrite, ITEMS_MAX, RowWrite, Transaction};
use foldhash::fast::RandomState;
use headroom_kpi::{
    Amounts, Contributions, Conversation, Due, Entity, EntityKey, Id, Millis, RowChange, RowKey,
    SubjectKind,
};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// An entity that was folded, and what that changes.
pub(crate) struct Change {
    /// Which group of facts it comes from.
    pub(crate) group: usize,
    pub(crate) key: EntityKey,
    pub(crate) expected: u64,
    /// The newest event time among the facts that were folded.
    pub(crate) at: Millis,
    /// When the entity is due for a gap read, by the new facts.
    pub(crate) due: Option<Due>,
    /// The facts as they were, of a change that may take several steps.
    pub(crate) before: Option<Conversation>,
    /// The new facts, and the books as they are in the rows now.
    pub(crate) entity: Entity,
    /// The books that the facts ask for.
    pub(crate) books: Contributions,
    /// The difference between the two.
    pub(crate) rows: Vec<RowChange>,
}

/// Transactions to commit one after the other, and the groups of facts that depend on them all.
pub(crate) struct Step {
    pub(crate) groups: Vec<usize>,
    pub(crate) transactions: Vec<Transaction>,
}

/// Packs changes into transactions: rows that several entities share take one item. An entity and
/// its rows are never apart, unless they are too many for any transaction: then its books follow
/// the rows in several steps, and are true after each.
///
/// The steps of a wave have no row in common: committed at the same time, none of them is in
/// another one's way.
pub(crate) fn pack(changes: Vec<Change>) -> Vec<Vec<Step>> {
    let several = |change: &Change| change.rows.len() >= ITEMS_MAX;
    let (large, small): (Vec<_>, Vec<_>) = changes.into_iter().partition(several);
    let lanes =
        if filled(&small) > FILLED_MAX { lanes(&small) } else { vec![Lane::Any; small.len()] };
    let mut small: Vec<_> = lanes.into_iter().zip(small).collect();
    small.sort_by_key(|(lane, _)| *lane);
    let mut steps = in_one_each(small);
    steps.extend(large.into_iter().map(in_several));
    waves(steps)
}

/// So many transactions may follow one another, whatever they share: with the load before them
/// that makes three requests.
const FILLED_MAX: usize = 2;

/// How many transactions changes would fill, one after the other; 0 if there are no changes.
fn filled(changes: &[Change]) -> usize {
    let (mut count, mut items) = (usize::from(!changes.is_empty()), 0);
    let mut rows = HashSet::<_, RandomState>::default();
    for change in changes {
        let new =
            |rows: &HashSet<_, _>| change.rows.iter().filter(|c| !rows.contains(&c.row)).count();
        if items + 1 + new(&rows) > ITEMS_MAX {
            (count, items) = (count + 1, 0);
            rows.clear();
        }
        items += 1 + new(&rows);
        rows.extend(change.rows.iter().map(|change| &change.row));
        if count > FILLED_MAX {
            break;
        }
    }
    count
}

/// What a transaction's changes have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Lane {
    /// A queue, by the place of its first change.
    Queue(usize),
    /// Nothing.
    Any,
}

/// Gives each queue a lane of its own: lanes have no row in common, and need not wait for each
/// other. What has a row that several queues share, such as that of an agent who works for two,
/// is in no queue's lane.
fn lanes(changes: &[Change]) -> Vec<Lane> {
    let mut queues = HashMap::<_, usize, RandomState>::default();
    let queue_of = |(place, change)| *queues.entry(queue(change)).or_insert(place);
    let queues: Vec<usize> = changes.iter().enumerate().map(queue_of).collect();
    let mut rows = HashMap::<_, Option<usize>, RandomState>::default();
    for (change, queue) in changes.iter().zip(&queues) {
        for row in &change.rows {
            let only = rows.entry(&row.row).or_insert(Some(*queue));
            *only = only.filter(|only| only == queue);
        }
    }
    let shares = |change: &Change| change.rows.iter().any(|row| rows[&row.row].is_none());
    let lane = |(change, queue)| if shares(change) { Lane::Any } else { Lane::Queue(queue) };
    changes.iter().zip(queues).map(lane).collect()
}

/// The queue among the rows, if there is one: agents come first. What was spent of the API budget
/// has rows that nothing else has, and is taken for a queue of its own.
fn queue(change: &Change) -> Option<&Id> {
    let last = change.rows.last().map(|change| &change.row.subject);
    last.filter(|subject| subject.kind != SubjectKind::Agent).map(|queue| &queue.id)
}

/// Fills one transaction after the other; each lane begins a new one.
fn in_one_each(changes: Vec<(Lane, Change)>) -> Vec<Step> {
    let (mut steps, mut packer, mut before) = (Vec::new(), Packer::default(), Lane::Any);
    for (lane, change) in changes {
        if lane != before || !packer.fits(&change) {
            steps.extend(std::mem::take(&mut packer).close());
        }
        before = lane;
        packer.add(change);
    }
    steps.extend(packer.close());
    steps
}

/// Puts each step into the first wave that has none of its rows.
fn waves(steps: Vec<Step>) -> Vec<Vec<Step>> {
    let mut taken = Vec::<HashSet<&RowKey, RandomState>>::new();
    let mut numbers = Vec::with_capacity(steps.len());
    for step in &steps {
        let rows: Vec<_> =
            step.transactions.iter().flat_map(|t| &t.rows).map(|write| &write.row).collect();
        let free = |wave: &HashSet<_, _>| !rows.iter().any(|row| wave.contains(row));
        let number = taken.iter().position(free).unwrap_or(taken.len());
        taken.resize_with(taken.len().max(number + 1), HashSet::default);
        taken[number].extend(rows);
        numbers.push(number);
    }
    let mut waves: Vec<_> = taken.iter().map(|_| Vec::new()).collect();
    for (step, number) in steps.into_iter().zip(numbers) {
        waves[number].push(step);
    }
    waves
}

/// Only the last step has the new facts. Until then the conversation is as it was, with books that
/// are ahead of it: a step that fails leaves facts that are still to be learned.
fn in_several(change: Change) -> Step {
    let Change { group, key, expected, at, due, before, entity, books, mut rows } = change;
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
        let write = EntityWrite { key: key.clone(), expected, entity: written.clone(), due };
        let rows = part.iter().cloned().map(|change| RowWrite::new(change, at)).collect();
        transactions.push(Transaction { entities: vec![write], rows });
    }
    Step { groups: vec![group], transactions }
}

/// DynamoDB takes 4 MB in a transaction; rows take a KB or two each.
const BYTES_MAX: usize = 3_500_000;

/// What a change's entity weighs at most.
fn bytes(change: &Change) -> usize {
    change.entity.conversation.weight()
}

#[derive(Default)]
struct Packer {
    bytes: usize,
    groups: Vec<usize>,
    entities: Vec<EntityWrite>,
    rows: HashMap<RowKey, (Amounts, Millis), RandomState>,
}

impl Packer {
    fn fits(&self, change: &Change) -> bool {
        if self.bytes + bytes(change) > BYTES_MAX {
            return false;
        }
        let most = self.entities.len() + 1 + self.rows.len() + change.rows.len();
        let new = || change.rows.iter().filter(|c| !self.rows.contains_key(&c.row)).count();
        most <= ITEMS_MAX || self.entities.len() + 1 + self.rows.len() + new() <= ITEMS_MAX
    }

    fn add(&mut self, change: Change) {
        self.bytes += bytes(&change);
        let Change { group, key, expected, at, due, mut entity, books, rows, .. } = change;
        entity.books = books;
        self.groups.push(group);
        self.entities.push(EntityWrite { key, expected, entity, due });
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
