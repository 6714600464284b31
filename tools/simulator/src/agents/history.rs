//! What the Platform API keeps of an agent: every change with its time.

use super::queue_set::QueueSet;
use super::status::{Presence, RoutingStatus};

/// A value from a time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change<T> {
    pub(crate) at: i64,
    pub(crate) value: T,
}

/// The changes of an agent, each list in order of time.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) routing: Vec<Change<RoutingStatus>>,
    pub(crate) presence: Vec<Change<Presence>>,
    /// The queues that the agent has joined.
    pub(crate) joined: Vec<Change<QueueSet>>,
    /// The queues that the agent is a member of.
    pub(crate) members: Vec<Change<QueueSet>>,
    pub(crate) out_of_office: Vec<Change<bool>>,
}

impl History {
    /// Removes what was over before a time.
    pub(crate) fn forget_before(&mut self, ms: i64) {
        forget(&mut self.routing, ms);
        forget(&mut self.presence, ms);
        forget(&mut self.joined, ms);
        forget(&mut self.members, ms);
        forget(&mut self.out_of_office, ms);
    }
}

fn forget<T>(changes: &mut Vec<Change<T>>, ms: i64) {
    let past = changes.partition_point(|change| change.at <= ms);
    changes.drain(..past.saturating_sub(1));
}

/// The change in force at a time.
pub(crate) fn current<T>(changes: &[Change<T>], as_of: i64) -> Option<&Change<T>> {
    let past = changes.partition_point(|change| change.at <= as_of);
    changes.get(past.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_forgotten_was_over() {
        let change = |at| Change { at, value: at };
        let mut changes = vec![change(1), change(5), change(9)];
        assert_eq!(current(&changes, 0), None);
        assert_eq!(current(&changes, 8), Some(&change(5)));
        forget(&mut changes, 8);
        assert_eq!(changes, [change(5), change(9)]);
        forget(&mut changes, 3);
        assert_eq!(changes.len(), 2);
    }
}
