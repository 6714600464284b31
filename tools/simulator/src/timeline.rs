//! A queue ordered by due time; items with the same time come out in the order they went in.

use std::collections::BTreeMap;

pub(crate) struct Timeline<T> {
    /// By time and by the number of items pushed before.
    items: BTreeMap<(i64, u64), T>,
    pushed: u64,
}

impl<T> Timeline<T> {
    pub(crate) const fn new() -> Self {
        Self { items: BTreeMap::new(), pushed: 0 }
    }

    pub(crate) fn push(&mut self, time: i64, item: T) {
        self.items.insert((time, self.pushed), item);
        self.pushed += 1;
    }

    pub(crate) fn pop(&mut self) -> Option<(i64, T)> {
        self.items.pop_first().map(|((time, _), item)| (time, item))
    }

    /// The next item, if it is due at `now`.
    pub(crate) fn pop_due(&mut self, now: i64) -> Option<(i64, T)> {
        let (time, _) = *self.items.first_key_value()?.0;
        (time <= now).then(|| self.pop())?
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }
}

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
