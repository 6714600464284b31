//! Accumulates facts in memory, for replays: folds them now, and builds the rows at the end.

use crate::shard::{Shard, failed};
use crate::{BatchSummary, Message, Outcome, Rejected, StoreError, StoredEntity, on_threads};
use foldhash::fast::RandomState;
use headroom_kpi::facts::{FactKind, MetricFact};
use headroom_kpi::limits::ROW_METRIC_NAMES_MAX;
use headroom_kpi::stored::{DecodeError, decode};
use headroom_kpi::{
    ContributionBuilder, Entity, EntityKey, Fact, Metric, Row, RowChange, RowKey, RowSums, Settings,
};
use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

/// All entities of a replay, and the rows that follow from them.
///
/// A row is the sum of the contributions of all entities, so it needs to be computed only once, when
/// all facts are folded. Rows matter earlier only if one of them may be full: once the facts have
/// more metric names than a row takes, they are kept up to date with every fact.
#[derive(Debug)]
pub struct Accumulator {
    settings: Settings,
    builder: ContributionBuilder,
    /// One for each thread. An entity is in the shard that the hash of its key says.
    shards: Vec<Shard>,
    hasher: RandomState,
    /// Names of metrics in the facts so far that the table of names does not have.
    other_names: BTreeSet<Metric>,
    rows: Option<Rows>,
}

type Rows = HashMap<RowKey, RowSums, RandomState>;

impl Accumulator {
    /// An accumulator without facts. The settings are in force for all of them. Facts are folded and
    /// rows are built on so many threads.
    pub fn new(settings: Settings, threads: usize) -> Self {
        Self {
            settings,
            builder: ContributionBuilder::default(),
            shards: (0..threads.max(1)).map(|_| Shard::default()).collect(),
            hasher: RandomState::default(),
            other_names: BTreeSet::new(),
            rows: None,
        }
    }

    /// Applies the facts of some messages, and returns the outcome of each message. An entity is
    /// decoded and encoded once, however many of the facts are about it.
    pub fn apply(&mut self, messages: &[Message<'_>]) -> Vec<Outcome> {
        if let Err(error) = self.prepare(messages) {
            return vec![failed(error); messages.len()];
        }
        let outcomes = if self.rows.is_none() {
            self.fold_all(messages)
        } else {
            let facts = messages.iter().copied().flatten();
            facts.map(|(key, fact)| self.apply_fact(key, fact).unwrap_or_else(failed)).collect()
        };
        BatchSummary::default().conclude(messages, outcomes).outcomes
    }

    /// Builds the rows before the first facts that one of them may have no room for.
    fn prepare(&mut self, messages: &[Message<'_>]) -> Result<(), DecodeError> {
        if self.rows.is_some() {
            return Ok(());
        }
        for (_, fact) in messages.iter().copied().flatten() {
            if let FactKind::Metric(MetricFact { metric, .. }) = &fact.kind
                && !metric.is_known()
            {
                self.other_names.insert(metric.clone());
            }
        }
        let may_be_full = Metric::KNOWN + self.other_names.len() > ROW_METRIC_NAMES_MAX;
        if may_be_full { self.build_rows() } else { Ok(()) }
    }

    /// Folds all facts, those of each shard on a thread; returns the outcome of each.
    fn fold_all(&mut self, messages: &[Message<'_>]) -> Vec<Outcome> {
        let (hasher, count, settings) = (&self.hasher, self.shards.len(), &self.settings);
        let parts = on_threads(self.shards.iter_mut().enumerate(), |(number, shard)| {
            shard.fold_all(messages, |key, fact| {
                shard_number(hasher, count, key) == number
                    && key.is_enabled(settings, fact.kind.time())
            })
        });
        let mut outcomes =
            vec![Outcome::WithoutEffect; messages.iter().map(|facts| facts.len()).sum()];
        for (position, outcome) in parts.into_iter().flatten() {
            outcomes[position] = outcome;
        }
        outcomes
    }

    /// Folds one fact and updates the rows, or refuses it.
    fn apply_fact(&mut self, key: &EntityKey, fact: &Fact) -> Result<Outcome, DecodeError> {
        if !key.is_enabled(&self.settings, fact.kind.time()) {
            return Ok(Outcome::WithoutEffect);
        }
        let mut entity = self.load(key)?;
        let before = self.builder.build(&entity, &self.settings);
        let mut outcome = Outcome::WithoutEffect;
        outcome.note(key, entity.fold(fact.clone()));
        if outcome == Outcome::Applied {
            let changes = before.difference(&self.builder.build(&entity, &self.settings));
            if let Err(error) = self.change_rows(&changes) {
                return Ok(Outcome::Refused(Rejected::RowFull(error)));
            }
            self.store(key, &entity);
        }
        Ok(outcome)
    }

    /// Adds changes to the rows: all of them, or none if a row has no room.
    fn change_rows(&mut self, changes: &[RowChange]) -> Result<(), StoreError> {
        let rows = self.rows.get_or_insert_default();
        for RowChange { row, amounts } in changes {
            let full = |_| StoreError::RowFull(Box::new(row.clone()));
            let current = rows.get(row).map(Row::from).unwrap_or_default();
            current.has_room(amounts).map_err(full)?;
        }
        for RowChange { row, amounts } in changes {
            rows.entry(row.clone()).or_default().add(amounts);
        }
        Ok(())
    }

    fn load(&self, key: &EntityKey) -> Result<Entity, DecodeError> {
        self.shards[shard_number(&self.hasher, self.shards.len(), key)].load(key)
    }

    fn store(&mut self, key: &EntityKey, entity: &Entity) {
        let number = shard_number(&self.hasher, self.shards.len(), key);
        self.shards[number].store(key, entity);
    }

    /// Builds the rows of all facts so far, each thread for a part of the time: so the threads have
    /// few rows in common.
    pub fn build_rows(&mut self) -> Result<(), DecodeError> {
        if self.rows.is_some() {
            return Ok(());
        }
        let count = self.shards.len();
        let parts = on_threads(0..count, |number| {
            let entities = self.shards.iter().flat_map(|shard| shard.part(number, count));
            rows_of(entities, &self.settings)
        });
        let mut rows = Rows::default();
        for part in parts {
            merge(&mut rows, part?);
        }
        self.rows = Some(rows);
        Ok(())
    }

    /// The rows that have sums, in no order, as of [`Self::build_rows`]; none before it.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &RowSums)> {
        self.rows.iter().flatten().filter(|(_, sums)| !sums.is_empty())
    }

    /// All entities as they are now, in no order.
    pub fn entities(&self) -> impl Iterator<Item = Result<(&EntityKey, Entity), DecodeError>> {
        self.keys().map(|key| Ok((key, self.load(key)?)))
    }

    /// All entities as a store would have them after these facts, in order: in their first version, with
    /// what they contribute.
    pub fn stored_entities(
        &self,
    ) -> impl Iterator<Item = Result<(&EntityKey, StoredEntity), DecodeError>> {
        let mut keys: Vec<_> = self.keys().collect();
        keys.sort_unstable();
        let mut builder = ContributionBuilder::default();
        keys.into_iter().map(move |key| {
            let entity = self.load(key)?;
            let contributions = builder.build(&entity, &self.settings);
            Ok((key, StoredEntity { version: 1, entity, contributions }))
        })
    }

    /// The keys of all entities, in no order.
    pub fn keys(&self) -> impl Iterator<Item = &EntityKey> {
        self.shards.iter().flat_map(Shard::keys)
    }
}

/// The number of the shard that an entity belongs to.
fn shard_number(hasher: &RandomState, count: usize, key: &EntityKey) -> usize {
    let hash = hasher.hash_one(key) % count as u64;
    usize::try_from(hash).unwrap_or_default()
}

/// The rows of some entities.
fn rows_of<'a>(
    entities: impl Iterator<Item = &'a Box<[u8]>>,
    settings: &Settings,
) -> Result<Rows, DecodeError> {
    let (mut rows, mut builder) = (Rows::default(), ContributionBuilder::default());
    for bytes in entities {
        let entity = decode(bytes)?.0;
        builder.visit(&entity, settings, |row, amounts| {
            rows.entry(row).or_default().add(amounts);
        });
    }
    Ok(rows)
}

/// Adds the rows of a part to those of others.
fn merge(rows: &mut Rows, part: Rows) {
    if rows.is_empty() {
        *rows = part;
        return;
    }
    for (key, sums) in part {
        rows.entry(key).or_default().merge(&sums);
    }
}
