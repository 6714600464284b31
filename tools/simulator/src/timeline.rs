//! A queue ordered by due time; items with the same time come out in the order they went in.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

pub(crate) struct Timeline<T> {
    due: BinaryHeap<Entry<T>>,
    pushed: u64,
}

struct Entry<T> {
    time: i64,
    /// Items pushed before.
    position: u64,
    item: T,
}

impl<T> Timeline<T> {
    pub(crate) const fn new() -> Self {
        Self { due: BinaryHeap::new(), pushed: 0 }
    }

    pub(crate) fn push(&mut self, time: i64, item: T) {
        self.pushed += 1;
        self.due.push(Entry { time, position: self.pushed, item });
    }

    pub(crate) fn pop(&mut self) -> Option<(i64, T)> {
        self.due.pop().map(|entry| (entry.time, entry.item))
    }

    /// The next item, if it is due at `now`.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<(i64, T)> {
        self.due.peek().is_some_and(|entry| entry.time <= now).then(|| self.pop())?
    }

    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }
}

impl<T> Entry<T> {
    const fn key(&self) -> (i64, u64) {
        (self.time, self.position)
    }
}

impl<T> Ord for Entry<T> {
    /// Reversed, since the heap pops its greatest entry first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_out_by_time_then_in_the_order_they_went_in() {
        let mut timeline = Timeline::new();
        for (time, item) in [(5, 'c'), (1, 'a'), (5, 'd'), (2, 'b')] {
            timeline.push(time, item);
        }
        let early: Vec<_> = std::iter::from_fn(|| timeline.pop_due(4)).collect();
        assert_eq!(early, [(1, 'a'), (2, 'b')]);
        assert_eq!(timeline.pop(), Some((5, 'c')));
        assert_eq!(timeline.len(), 1);
    }
}
