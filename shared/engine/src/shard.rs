//! A part of the entities of a replay, which one thread works on.

use crate::batch::{EntityFacts, FactsByEntity, batch_facts};
use crate::{Message, Outcome};
use foldhash::fast::RandomState;
use headroom_kpi::stored::{DecodeError, decode, encode};
use headroom_kpi::{Contributions, Entity, EntityKey, Fact};
use std::collections::HashMap;

/// Some of the entities.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    /// Where the entities are in `entities`.
    positions: HashMap<EntityKey, usize, RandomState>,
    /// In their stored form, without contributions: that takes a fifth of the memory of values. In
    /// the order in which they appeared, so that entities side by side have rows in common.
    entities: Vec<Box<[u8]>>,
}

impl Shard {
    /// Folds the facts that are here: about its entities. Returns their outcomes, each with its position among all
    /// facts of the messages. An entity is decoded and encoded once.
    pub(crate) fn fold_all(
        &mut self,
        messages: &[Message<'_>],
        is_here: impl Fn(&EntityKey, &Fact) -> bool,
    ) -> Vec<(usize, Outcome)> {
        let facts = batch_facts(messages).filter(|(_, (key, fact))| is_here(key, fact));
        let facts = FactsByEntity::new(facts);
        let mut outcomes = Vec::with_capacity(facts.len());
        for entity in facts.entities() {
            if let Err(error) = self.fold(entity, &mut outcomes) {
                outcomes
                    .extend(entity.facts.iter().map(|(position, _)| (*position, failed(error))));
            }
        }
        outcomes
    }

    /// Folds facts into their entity.
    fn fold(
        &mut self,
        EntityFacts { key, facts }: EntityFacts<'_>,
        outcomes: &mut Vec<(usize, Outcome)>,
    ) -> Result<(), DecodeError> {
        let mut entity = self.load(key)?;
        let mut changed = false;
        for (position, fact) in facts {
            let mut outcome = Outcome::WithoutEffect;
            outcome.note(key, entity.fold((*fact).clone()));
            changed |= outcome == Outcome::Applied;
            outcomes.push((*position, outcome));
        }
        if changed {
            self.store(key, &entity);
        }
        Ok(())
    }

    /// An entity as it is now; one without facts if it is new.
    pub(crate) fn load(&self, key: &EntityKey) -> Result<Entity, DecodeError> {
        match self.positions.get(key) {
            Some(position) => Ok(decode(&self.entities[*position])?.0),
            None => Ok(Entity::new(key)),
        }
    }

    /// Keeps an entity, in place of what it was before.
    pub(crate) fn store(&mut self, key: &EntityKey, entity: &Entity) {
        let bytes = encode(entity, &Contributions::default()).into_boxed_slice();
        if let Some(position) = self.positions.get(key) {
            self.entities[*position] = bytes;
        } else {
            self.positions.insert(key.clone(), self.entities.len());
            self.entities.push(bytes);
        }
    }

    /// One of so many equal parts of its entities, by the order in which they appeared.
    pub(crate) fn part(&self, number: usize, parts: usize) -> &[Box<[u8]>] {
        let end = |number| self.entities.len() * number / parts;
        &self.entities[end(number)..end(number + 1)]
    }

    /// The keys of its entities, in no order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &EntityKey> {
        self.positions.keys()
    }
}

pub(crate) fn failed(error: DecodeError) -> Outcome {
    Outcome::Failed(error.into())
}
