//! Packs changed entities into transactions.

use crate::batch::EntityFacts;
use crate::{EntityWrite, ITEMS_MAX, RowWrite, Transaction};
use foldhash::fast::RandomState;
use headroom_kpi::{Amounts, Contributions, Due, Entity, Id, Millis, RowChange, RowKey, Subject};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// An entity that was folded, and what has to be written because of it.
pub(crate) struct Change<'a> {
    /// The facts that were folded.
    pub(crate) facts: EntityFacts<'a>,
    /// The version that was loaded; 0 of a new entity.
    pub(crate) expected_version: u64,
    /// The newest event time among the facts.
    pub(crate) at: Millis,
    /// When the entity is due for a gap read.
    pub(crate) due: Option<Due>,
    /// The entity without the facts, if the change may take several transactions.
    pub(crate) before: Option<Entity>,
    /// The entity with the facts.
    pub(crate) entity: Entity,
    /// The contributions that are in the rows.
    pub(crate) contributions: Contributions,
    /// The contributions that the entity makes with the facts, without those of facts that it has
    /// forgotten.
    pub(crate) next: Contributions,
    /// The difference that the facts make to the contributions.
    pub(crate) rows: Vec<RowChange>,
}

/// Transactions to commit one after the other, and the facts that are stored when all of them are
/// committed.
pub(crate) struct Step<'a> {
    pub(crate) entities: Vec<EntityFacts<'a>>,
    pub(crate) transactions: Vec<Transaction>,
}

/// Packs changes into waves of steps. A row that several entities change takes one item of a
/// transaction. An entity and its rows are in one transaction, unless they are more than any
/// transaction takes: then the entity is written several times, and its contributions are true
/// after each.
///
/// The steps of a wave have no row in common: they can be committed at the same time without a
/// conflict. The waves have to be committed one after the other.
pub(crate) fn pack(changes: Vec<Change<'_>>) -> Vec<Vec<Step<'_>>> {
    let is_large = |change: &Change<'_>| change.rows.len() >= ITEMS_MAX;
    let (large, small): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_large);
    let affinities = if transactions_needed(&small) > SEQUENTIAL_MAX {
        affinities(&small)
    } else {
        vec![Affinity::None; small.len()]
    };
    let mut small: Vec<_> = affinities.into_iter().zip(small).collect();
    small.sort_by_key(|(affinity, _)| *affinity);
    let mut steps = fill_transactions(small);
    steps.extend(large.into_iter().map(split));
    waves(steps)
}

/// So many transactions may be committed one after the other, whatever rows they share: with the
/// load before them that makes three requests.
const SEQUENTIAL_MAX: usize = 2;

/// How many transactions the changes fill, one after the other; not counted further than one more
/// than [`SEQUENTIAL_MAX`].
fn transactions_needed(changes: &[Change<'_>]) -> usize {
    let mut count = usize::from(!changes.is_empty());
    let mut items = 0;
    let mut rows = HashSet::<_, RandomState>::default();
    for change in changes {
        let new_rows =
            |rows: &HashSet<_, _>| change.rows.iter().filter(|c| !rows.contains(&c.row)).count();
        if items + 1 + new_rows(&rows) > ITEMS_MAX {
            count += 1;
            items = 0;
            rows.clear();
        }
        items += 1 + new_rows(&rows);
        rows.extend(change.rows.iter().map(|change| &change.row));
        if count > SEQUENTIAL_MAX {
            break;
        }
    }
    count
}

/// Which changes share transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Affinity {
    /// Changes of one queue, named by the index of its first change.
    Queue(usize),
    /// Any changes.
    None,
}

/// Keeps the changes of each queue together: transactions of different queues have no row in
/// common, and can be committed at the same time. A change of a row that several queues change,
/// such as that of an agent who works for two, belongs to none of them.
fn affinities(changes: &[Change<'_>]) -> Vec<Affinity> {
    let mut first_changes = HashMap::<_, usize, RandomState>::default();
    let queues: Vec<usize> = changes
        .iter()
        .enumerate()
        .map(|(index, change)| *first_changes.entry(queue(change)).or_insert(index))
        .collect();
    // Of each row the queue that changes it; `None` if there are several.
    let mut owners = HashMap::<_, Option<usize>, RandomState>::default();
    for (change, queue) in changes.iter().zip(&queues) {
        for row in &change.rows {
            let owner = owners.entry(&row.row).or_insert(Some(*queue));
            *owner = owner.filter(|owner| owner == queue);
        }
    }
    let affinity = |(change, queue): (&Change<'_>, usize)| {
        let is_shared = change.rows.iter().any(|row| owners[&row.row].is_none());
        if is_shared { Affinity::None } else { Affinity::Queue(queue) }
    };
    changes.iter().zip(queues).map(affinity).collect()
}

/// The queue whose rows a change changes, if any: rows of agents come before those of queues.
fn queue<'a>(change: &'a Change<'_>) -> Option<&'a Id> {
    match &change.rows.last()?.row.subject {
        Subject::Queue { id, .. } | Subject::QueueAgents(id) => Some(id),
        Subject::Agent { .. } | Subject::ApiBudget | Subject::AgentStatus(_) => None,
    }
}

/// Fills one transaction after the other, and begins a new one where the affinity changes.
fn fill_transactions(changes: Vec<(Affinity, Change<'_>)>) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut builder = TransactionBuilder::default();
    let mut previous = Affinity::None;
    for (affinity, change) in changes {
        if affinity != previous || !builder.fits(&change) {
            steps.extend(std::mem::take(&mut builder).build());
        }
        previous = affinity;
        builder.add(change);
    }
    steps.extend(builder.build());
    steps
}

/// Puts each step into the first wave that changes none of its rows.
fn waves(steps: Vec<Step<'_>>) -> Vec<Vec<Step<'_>>> {
    let mut rows_of_waves = Vec::<HashSet<&RowKey, RandomState>>::new();
    let mut wave_of_step = Vec::with_capacity(steps.len());
    for step in &steps {
        let writes = step.transactions.iter().flat_map(|transaction| &transaction.rows);
        let rows: Vec<_> = writes.map(|write| &write.row).collect();
        let is_free = |wave: &HashSet<_, _>| !rows.iter().any(|row| wave.contains(row));
        let wave = rows_of_waves.iter().position(is_free).unwrap_or(rows_of_waves.len());
        if wave == rows_of_waves.len() {
            rows_of_waves.push(HashSet::default());
        }
        rows_of_waves[wave].extend(rows);
        wave_of_step.push(wave);
    }
    let mut waves: Vec<_> = rows_of_waves.iter().map(|_| Vec::new()).collect();
    for (step, wave) in steps.into_iter().zip(wave_of_step) {
        waves[wave].push(step);
    }
    waves
}

/// Splits a change that is larger than a transaction. Each transaction writes some of the rows, and
/// the entity with the contributions that the rows have then. Only the last one writes the new
/// facts: if one fails, the facts are delivered again and the rest of the rows follows.
fn split(change: Change<'_>) -> Step<'_> {
    let Change { facts, expected_version, at, due, before, entity, next, .. } = change;
    let (mut contributions, mut rows) = (change.contributions, change.rows);
    let before = before.unwrap_or_else(|| entity.clone());
    // Decreases come first: in between, the entity is not larger than at either end.
    rows.sort_by_key(|change| change.amounts.iter().any(|(_, amount)| *amount > 0));
    let count = rows.len().div_ceil(ITEMS_MAX - 1);
    let mut transactions = Vec::with_capacity(count);
    for (index, part) in rows.chunks_mut(ITEMS_MAX - 1).enumerate() {
        part.sort_unstable_by(|a, b| a.row.cmp(&b.row));
        contributions.apply(part);
        let is_last = index + 1 == count;
        let write = EntityWrite {
            key: facts.key.clone(),
            expected_version: expected_version + index as u64,
            entity: if is_last { entity.clone() } else { before.clone() },
            contributions: if is_last { next.clone() } else { contributions.clone() },
            due,
        };
        let row = |RowChange { row, amounts }| RowWrite { row, amounts, at };
        let rows = part.iter().cloned().map(row).collect();
        transactions.push(Transaction { entities: vec![write], rows });
    }
    Step { entities: vec![facts], transactions }
}

/// DynamoDB takes 4 MB in a transaction; the rows of one take some 200 KB of them at most.
const ENTITY_BYTES_MAX: usize = 3_500_000;

/// Collects changes for one transaction.
#[derive(Default)]
struct TransactionBuilder<'a> {
    /// An upper limit of the size of its entities.
    entity_bytes: usize,
    facts: Vec<EntityFacts<'a>>,
    entities: Vec<EntityWrite>,
    rows: HashMap<RowKey, (Amounts, Millis), RandomState>,
}

impl<'a> TransactionBuilder<'a> {
    fn fits(&self, change: &Change<'a>) -> bool {
        if self.entity_bytes + change.entity.encoded_size_max() > ENTITY_BYTES_MAX {
            return false;
        }
        let items = self.entities.len() + 1 + self.rows.len();
        let new_rows = || change.rows.iter().filter(|c| !self.rows.contains_key(&c.row)).count();
        items + change.rows.len() <= ITEMS_MAX || items + new_rows() <= ITEMS_MAX
    }

    fn add(&mut self, change: Change<'a>) {
        self.entity_bytes += change.entity.encoded_size_max();
        let Change { facts, expected_version, at, due, entity, next, rows, .. } = change;
        let (key, contributions) = (facts.key.clone(), next);
        self.entities.push(EntityWrite { key, expected_version, entity, contributions, due });
        self.facts.push(facts);
        for change in rows {
            match self.rows.entry(change.row) {
                Entry::Occupied(mut row) => {
                    let (amounts, newest) = row.get_mut();
                    amounts.add(&change.amounts);
                    *newest = at.max(*newest);
                }
                Entry::Vacant(row) => drop(row.insert((change.amounts, at))),
            }
        }
    }

    /// A step with the transaction; `None` if nothing was added. A row is written as well where the
    /// amounts of several entities cancel each other out: its version says that contributions to it have
    /// changed, which audits rely on.
    fn build(self) -> Option<Step<'a>> {
        if self.facts.is_empty() {
            return None;
        }
        let mut entities = self.entities;
        entities.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        let row = |(row, (amounts, at))| RowWrite { row, amounts, at };
        let mut rows: Vec<_> = self.rows.into_iter().map(row).collect();
        rows.sort_unstable_by(|a, b| a.row.cmp(&b.row));
        let transaction = Transaction { entities, rows };
        Some(Step { entities: self.facts, transactions: vec![transaction] })
    }
}
