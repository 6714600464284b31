//! A part of the rows, for an audit in several passes.

use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash};

/// One of several parts of all rows and entities, each about as large as the others. A pass keeps
/// one part in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    number: u32,
    count: u32,
}

/// Seeds of hashes that say nothing about each other.
const SEEDS: [u64; 3] = [0x5061_7274, 0x4e61_6d65, 0x4e61_6d66];

impl Part {
    /// The part with a number, of so many, at least one. After the last part the first one follows.
    pub fn new(number: u32, count: u32) -> Self {
        let count = count.max(1);
        Self { number: number % count, count }
    }

    /// So many parts, at least one.
    pub fn split(count: u32) -> impl ExactSizeIterator<Item = Self> {
        (0..count.max(1)).map(move |number| Self::new(number, count))
    }

    /// Its number, from 0.
    pub fn number(self) -> u32 {
        self.number
    }

    /// The fingerprint of an entity, if it belongs to the part.
    pub(super) fn fingerprint(self, entity: &str) -> Option<u128> {
        self.has(entity).then(|| {
            let half = |seed| u128::from(hash(seed, entity));
            half(SEEDS[1]) << 64 | half(SEEDS[2])
        })
    }

    /// Whether a row or an entity belongs to it.
    pub(super) fn has(self, key: &(impl Hash + ?Sized)) -> bool {
        self.count == 1 || hash(SEEDS[0], key) % u64::from(self.count) == u64::from(self.number)
    }
}

fn hash(seed: u64, key: &(impl Hash + ?Sized)) -> u64 {
    FixedState::with_seed(seed).hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_belongs_to_one_part_and_parts_are_about_equally_large() {
        let mut counts = [0; 4];
        for n in 0..4_000 {
            let name = format!("conversation#{n}");
            let parts = Part::split(4).map(|part| usize::from(part.fingerprint(&name).is_some()));
            let parts: Vec<_> = parts.collect();
            assert_eq!(parts.iter().sum::<usize>(), 1);
            counts.iter_mut().zip(parts).for_each(|(count, part)| *count += part);
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
        assert_eq!(Part::split(0).len(), 1);
        assert_eq!(Part::new(5, 4), Part::new(1, 4));
    }
}
