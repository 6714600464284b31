//! What is due when: in order of time, and at equal times in the order it was put in.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

pub(crate) struct Timeline<T> {
    due: BinaryHeap<Entry<T>>,
    entered: u64,
}

struct Entry<T> {
    time: i64,
    nth: u64,
    what: T,
}

impl<T> Timeline<T> {
    pub(crate) const fn new() -> Self {
        Self { due: BinaryHeap::new(), entered: 0 }
    }

    pub(crate) fn push(&mut self, time: i64, what: T) {
        self.entered += 1;
        self.due.push(Entry { time, nth: self.entered, what });
    }

    pub(crate) fn pop(&mut self) -> Option<(i64, T)> {
        self.due.pop().map(|entry| (entry.time, entry.what))
    }

    /// The next one, if it is due at `now`.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<(i64, T)> {
        self.due.peek().is_some_and(|entry| entry.time <= now).then(|| self.pop())?
    }

    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }
}

impl<T> Entry<T> {
    const fn key(&self) -> (i64, u64) {
        (self.time, self.nth)
    }
}

impl<T> Ord for Entry<T> {
    /// Reversed: the heap's greatest is the earliest.
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
    fn what_is_due_comes_by_time_then_by_entry() {
        let mut timeline = Timeline::new();
        for (time, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (2, 'b')] {
            timeline.push(time, what);
        }
        let early: Vec<_> = std::iter::from_fn(|| timeline.pop_due(4)).collect();
        assert_eq!(early, [(1, 'a'), (2, 'b')]);
        assert_eq!(timeline.pop(), Some((5, 'c')));
        assert_eq!(timeline.len(), 1);
    }
}
