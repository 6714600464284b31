//! Accumulates facts in memory, for replays: folds them now, and builds the rows at the end.

use crate::batch::{EntityFacts, FactsByEntity};
use crate::{BatchSummary, Message, Outcome, Rejected, StoreError};
use foldhash::fast::RandomState;
use headroom_kpi::facts::{FactKind, MetricFact};
use headroom_kpi::limits::ROW_METRIC_NAMES_MAX;
use headroom_kpi::stored::{DecodeError, decode, encode};
use headroom_kpi::{
    ContributionBuilder, Contributions, Entity, EntityKey, Fact, FoldOutcome, Metric, Row,
    RowChange, RowKey, RowSums, Settings,
};
use std::collections::{BTreeSet, HashMap};
use std::panic::resume_unwind;

/// All entities of a replay, and the rows that follow from them.
///
/// A row is the sum of the contributions of all entities, so it needs to be computed only once, when
/// all facts are folded. Rows matter earlier only if one of them may be full: once the facts have
/// more metric names than a row takes, they are kept up to date with every fact.
#[derive(Debug)]
pub struct Accumulator {
    settings: Settings,
    threads: usize,
    builder: ContributionBuilder,
    /// Where the entities are in `entities`.
    positions: HashMap<EntityKey, usize, RandomState>,
    /// In their stored form, without contributions: that takes a fifth of the memory of values. In
    /// the order in which they appeared, so that entities side by side have rows in common.
    entities: Vec<Box<[u8]>>,
    /// Names of metrics in the facts so far that the table of names does not have.
    other_names: BTreeSet<Metric>,
    rows: Option<Rows>,
}

type Rows = HashMap<RowKey, RowSums, RandomState>;

impl Accumulator {
    /// An accumulator without facts. The settings are in force for all of them, and rows are built
    /// on so many threads.
    pub fn new(settings: Settings, threads: usize) -> Self {
        Self {
            threads: threads.max(1),
            settings,
            builder: ContributionBuilder::default(),
            positions: HashMap::default(),
            entities: Vec::new(),
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
            match &fact.kind {
                FactKind::Metric(MetricFact { metric, .. }) if !metric.is_known() => {
                    self.other_names.insert(metric.clone());
                }
                _ => {}
            }
        }
        let may_be_full = Metric::KNOWN + self.other_names.len() > ROW_METRIC_NAMES_MAX;
        if may_be_full { self.build_rows() } else { Ok(()) }
    }

    /// Folds all facts; returns the outcome of each.
    fn fold_all(&mut self, messages: &[Message<'_>]) -> Vec<Outcome> {
        let facts = FactsByEntity::new(messages);
        let mut outcomes = vec![Outcome::WithoutEffect; facts.len()];
        for EntityFacts { key, facts } in facts.entities() {
            if let Err(error) = self.fold(key, facts, &mut outcomes) {
                for (position, _) in facts {
                    outcomes[*position] = failed(error);
                }
            }
        }
        outcomes
    }

    /// Folds facts into their entity.
    fn fold(
        &mut self,
        key: &EntityKey,
        facts: &[(usize, &Fact)],
        outcomes: &mut [Outcome],
    ) -> Result<(), DecodeError> {
        let mut entity = self.load(key)?;
        let mut changed = false;
        for (position, fact) in facts {
            let folded = entity.fold((*fact).clone());
            changed |= folded == FoldOutcome::Applied;
            outcomes[*position].note(folded);
        }
        if changed {
            self.store(key, &entity);
        }
        Ok(())
    }

    /// Folds one fact and updates the rows, or refuses it.
    fn apply_fact(&mut self, key: &EntityKey, fact: &Fact) -> Result<Outcome, DecodeError> {
        let mut entity = self.load(key)?;
        let before = self.builder.build(&entity, &self.settings);
        let mut outcome = Outcome::WithoutEffect;
        outcome.note(entity.fold(fact.clone()));
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
            rows.entry(row.clone()).or_default().add(amounts.as_slice());
        }
        Ok(())
    }

    fn load(&self, key: &EntityKey) -> Result<Entity, DecodeError> {
        match self.positions.get(key) {
            Some(position) => Ok(decode(&self.entities[*position])?.0),
            None => Ok(Entity::new(key)),
        }
    }

    fn store(&mut self, key: &EntityKey, entity: &Entity) {
        let bytes = encode(entity, &Contributions::default()).into_boxed_slice();
        if let Some(position) = self.positions.get(key) {
            self.entities[*position] = bytes;
        } else {
            self.positions.insert(key.clone(), self.entities.len());
            self.entities.push(bytes);
        }
    }

    /// Builds the rows of all facts so far.
    pub fn build_rows(&mut self) -> Result<(), DecodeError> {
        if self.rows.is_some() {
            return Ok(());
        }
        let settings = &self.settings;
        let part = self.entities.len().div_ceil(self.threads).max(1);
        let rows = std::thread::scope(|scope| {
            let mut parts = self.entities.chunks(part);
            let first = parts.next().unwrap_or_default();
            let spawn = |part| scope.spawn(move || rows_of(part, settings));
            let tasks: Vec<_> = parts.map(spawn).collect();
            let mut rows = rows_of(first, settings)?;
            for task in tasks {
                let part = task.join().unwrap_or_else(|panic| resume_unwind(panic))?;
                for (key, sums) in part {
                    rows.entry(key).or_default().merge(&sums);
                }
            }
            Ok(rows)
        });
        self.rows = Some(rows?);
        Ok(())
    }

    /// The rows that have sums, in no order, as of [`Self::build_rows`]; none before it.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &RowSums)> {
        self.rows.iter().flatten().filter(|(_, sums)| !sums.is_empty())
    }

    /// All entities as they are now, in no order.
    pub fn entities(&self) -> impl Iterator<Item = Result<(&EntityKey, Entity), DecodeError>> {
        self.positions.iter().map(|(key, position)| Ok((key, decode(&self.entities[*position])?.0)))
    }

    /// The number of entities.
    pub fn entity_count(&self) -> usize {
        self.entities.len()
    }
}

/// The rows of some entities.
fn rows_of(entities: &[Box<[u8]>], settings: &Settings) -> Result<Rows, DecodeError> {
    let (mut rows, mut builder) = (Rows::default(), ContributionBuilder::default());
    for bytes in entities {
        let entity = decode(bytes)?.0;
        builder.visit(&entity, settings, |row, amounts| {
            rows.entry(row).or_default().add(amounts);
        });
    }
    Ok(rows)
}

fn failed(error: DecodeError) -> Outcome {
    Outcome::Failed(error.into())
}
