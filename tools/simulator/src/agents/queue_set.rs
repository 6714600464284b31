//! Sets of queues.

use crate::world::lanes::{QUEUES, Queue};

/// A set of the queues in [`QUEUES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct QueueSet(u8);

impl QueueSet {
    pub(crate) const fn has(self, queue: Queue) -> bool {
        self.0 & (1 << queue.0) != 0
    }

    #[must_use]
    pub(crate) const fn with(self, queue: Queue) -> Self {
        Self(self.0 | 1 << queue.0)
    }

    #[must_use]
    pub(crate) const fn without(self, queue: Queue) -> Self {
        Self(self.0 & !(1 << queue.0))
    }

    /// The queues that are in this set or in another.
    #[must_use]
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The queues that are in this set and not in another.
    #[must_use]
    pub(crate) const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn queues(self) -> impl Iterator<Item = Queue> {
        (0..QUEUES.len()).map(Queue).filter(move |queue| self.has(*queue))
    }

    pub(crate) fn ids(self) -> Vec<&'static str> {
        self.queues().map(Queue::id).collect()
    }
}

impl FromIterator<Queue> for QueueSet {
    fn from_iter<I: IntoIterator<Item = Queue>>(queues: I) -> Self {
        queues.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_added_and_not_removed() {
        let set: QueueSet = [Queue(0), Queue(6)].into_iter().collect();
        assert_eq!(set.queues().collect::<Vec<_>>(), [Queue(0), Queue(6)]);
        assert_eq!(set.without(Queue(0)).ids(), [QUEUES[6].id]);
        assert_eq!(set.minus(set.with(Queue(1))), QueueSet::default());
        assert_eq!(set.union(QueueSet::default().with(Queue(1))), set.with(Queue(1)));
    }
}
