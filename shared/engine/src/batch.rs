//! The facts of a batch, by entity.

use crate::Message;
use foldhash::fast::RandomState;
use headroom_kpi::{EntityKey, Fact};
use std::collections::HashMap;
use std::ops::Range;

/// The facts of one entity, in the order in which they came.
#[derive(Clone, Copy)]
pub(crate) struct EntityFacts<'a> {
    pub(crate) key: &'a EntityKey,
    /// Each with its position among all facts of the batch.
    pub(crate) facts: &'a [(usize, &'a Fact)],
}

/// A fact of a batch with its entity, and its position among all facts of the batch.
pub(crate) type BatchFact<'a> = (usize, &'a (EntityKey, Fact));

/// All facts of the messages of a batch.
pub(crate) fn batch_facts<'a>(messages: &[Message<'a>]) -> impl Iterator<Item = BatchFact<'a>> {
    messages.iter().copied().flatten().enumerate()
}

/// The facts of a batch, or of a part of it, those of one entity side by side.
pub(crate) struct FactsByEntity<'a> {
    facts: Vec<(usize, &'a Fact)>,
    /// In the order of their first facts, each with the range of its facts.
    entities: Vec<(&'a EntityKey, Range<usize>)>,
}

/// Facts of an entity in a batch: a guess, for how many entities to make room.
const FACTS_PER_ENTITY: usize = 4;

impl<'a> FactsByEntity<'a> {
    /// Sorts facts by entity, by counting: how many facts each entity has says where they go.
    pub(crate) fn new(facts: impl Iterator<Item = BatchFact<'a>>) -> Self {
        let batch: Vec<_> = facts.collect();
        let mut numbers: HashMap<&EntityKey, usize, RandomState> = HashMap::default();
        numbers.reserve(batch.len() / FACTS_PER_ENTITY);
        let mut entities = Vec::new();
        let mut entity_numbers = Vec::with_capacity(batch.len());
        for (_, (key, _)) in &batch {
            let number = *numbers.entry(key).or_insert_with(|| {
                entities.push((key, 0..0));
                entities.len() - 1
            });
            entities[number].1.end += 1;
            entity_numbers.push(number);
        }
        let mut start = 0;
        for (_, range) in &mut entities {
            let count = range.len();
            *range = start..start;
            start += count;
        }
        let mut facts: Vec<_> = batch.iter().map(|(_, (_, fact))| (0, fact)).collect();
        for ((position, (_, fact)), number) in batch.iter().zip(entity_numbers) {
            let range = &mut entities[number].1;
            facts[range.end] = (*position, fact);
            range.end += 1;
        }
        Self { facts, entities }
    }

    /// The entities, in the order of their first facts.
    pub(crate) fn entities(&self) -> impl ExactSizeIterator<Item = EntityFacts<'_>> {
        let entity = |(key, range): &(&'a EntityKey, Range<usize>)| EntityFacts {
            key,
            facts: &self.facts[range.clone()],
        };
        self.entities.iter().map(entity)
    }

    /// How many facts there are.
    pub(crate) fn len(&self) -> usize {
        self.facts.len()
    }
}
