//! The queues of an agent: which the agent is a member of, and which the agent has joined
//! (`kpis.md#queue-staffing`).

use super::Agent;
use crate::facts::join::{FoldOutcome, keep_greater};
use crate::id::Id;
use crate::limits::AGENT_CHANGES_MAX;
use crate::time::Millis;

/// All queues of an agent at a time. The newest list counts, and of two of one time the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueList {
    pub(crate) at: Millis,
    pub(crate) queues: Vec<Id>,
}

impl QueueList {
    /// A list of queues in any order.
    pub fn new(at: Millis, mut queues: Vec<Id>) -> Self {
        queues.sort_unstable();
        queues.dedup();
        Self { at, queues }
    }

    /// When it was so.
    pub fn time(&self) -> Millis {
        self.at
    }

    /// The queues, in order of id.
    pub fn queues(&self) -> &[Id] {
        &self.queues
    }

    fn has(&self, queue: &Id) -> bool {
        self.queues.binary_search(queue).is_ok()
    }
}

/// Whether an agent has joined a queue, from a time on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueMark {
    /// The queue.
    pub queue: Id,
    /// From when on.
    pub at: Millis,
    /// `joined`; false if the agent left.
    pub joined: bool,
}

impl Agent {
    /// A list outranks the marks before it.
    pub(super) fn fold_joined(&mut self, list: QueueList) -> bool {
        let at = list.at;
        let changed = keep_greater(&mut self.joined, Some(list));
        if changed {
            self.marks.retain(|mark| mark.at >= at);
        }
        changed
    }

    pub(super) fn fold_mark(&mut self, mark: QueueMark) -> FoldOutcome {
        if self.joined.as_ref().is_some_and(|list| mark.at < list.at) {
            return FoldOutcome::WithoutEffect;
        }
        match self.marks.binary_search_by(|other| other.queue.cmp(&mark.queue)) {
            Ok(position) => keep_greater(&mut self.marks[position], mark).into(),
            Err(_) if self.marks.len() >= AGENT_CHANGES_MAX => FoldOutcome::Full,
            Err(position) => {
                self.marks.insert(position, mark);
                FoldOutcome::Applied
            }
        }
    }

    /// Whether the agent has joined a queue. Of a mark and a list of one time the mark counts.
    pub(crate) fn has_joined(&self, queue: &Id) -> bool {
        match self.marks.binary_search_by(|mark| mark.queue.cmp(queue)) {
            Ok(position) => self.marks[position].joined,
            Err(_) => self.joined.as_ref().is_some_and(|list| list.has(queue)),
        }
    }

    /// The queues that the agent is a member of, joined ones included, in order of id.
    pub(crate) fn queues(&self) -> Vec<&Id> {
        let lists = self.members.iter().chain(&self.joined);
        let marks = self.marks.iter().map(|mark| &mark.queue);
        let mut queues: Vec<_> = lists.flat_map(|list| &list.queues).chain(marks).collect();
        queues.sort_unstable();
        queues.dedup();
        let is_member = |queue: &Id| self.members.as_ref().is_some_and(|list| list.has(queue));
        queues.retain(|queue| is_member(queue) || self.has_joined(queue));
        queues
    }
}
