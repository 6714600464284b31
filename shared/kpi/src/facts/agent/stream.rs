//! The changes of a routing status or a presence, each at its own time.

use crate::facts::join::{FoldOutcome, Source, keep_greater};
use crate::limits::AGENT_CHANGES_MAX;
use crate::time::Millis;

/// A change to a value.
///
/// Of two changes of one time the one that was reported later counts, and then the greater value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change<T> {
    /// When the value began.
    pub at: Millis,
    /// `detail.timestamp` of an event, and the time of a read.
    pub reported_at: Millis,
    /// The value from then on.
    pub value: T,
}

/// A value, and since when it has not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run<T> {
    pub(crate) since: Millis,
    pub(crate) value: T,
}

/// The changes of one kind, of events and of reads, each in order of time and with one change for
/// each time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream<T> {
    /// The run in force when all changes before were forgotten.
    pub(crate) first: Option<Run<T>>,
    pub(crate) events: Vec<Change<T>>,
    pub(crate) reads: Vec<Change<T>>,
}

/// A change of a read does not count if one of an event to the same value is so near: the clocks of
/// the two sources differ by milliseconds.
pub(crate) const SAME_WITHIN: Millis = Millis(1_000);

/// Changes before and after a change that [`AGENT_CHANGES_MAX`] bounds.
const NEAR: Millis = Millis(12 * 3_600_000);

impl<T> Default for Stream<T> {
    fn default() -> Self {
        Self { first: None, events: Vec::new(), reads: Vec::new() }
    }
}

impl<T: Ord + Clone> Stream<T> {
    pub(super) fn fold(
        &mut self,
        source: Source,
        change: Change<T>,
        forgotten_until: Option<Millis>,
    ) -> FoldOutcome {
        if forgotten_until.is_some_and(|until| change.at <= until) {
            return FoldOutcome::WithoutEffect;
        }
        let changes = match source {
            Source::Event => &mut self.events,
            Source::Api => &mut self.reads,
        };
        match changes.binary_search_by_key(&change.at, |other| other.at) {
            Ok(position) => keep_greater(&mut changes[position], change).into(),
            Err(_) if near(changes, change.at) >= AGENT_CHANGES_MAX => FoldOutcome::Full,
            Err(position) => {
                changes.insert(position, change);
                FoldOutcome::Applied
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.first.iter().len() + self.events.len() + self.reads.len()
    }

    /// The newest time at which a change was reported or began.
    pub(super) fn newest_report(&self) -> Option<Millis> {
        let changes = self.events.iter().chain(&self.reads);
        let reports = changes.map(|change| change.reported_at.max(change.at));
        reports.chain(self.first.iter().map(|run| run.since)).max()
    }

    /// The start of the newest change.
    pub(super) fn newest(&self) -> Option<Millis> {
        let changes = self.events.last().into_iter().chain(self.reads.last());
        let first = self.first.iter().map(|run| run.since);
        changes.map(|change| change.at).chain(first).max()
    }

    /// The changes that count, in order of time, one for each time; without the first run. At equal
    /// times that of an event counts.
    pub(crate) fn effective(&self) -> Vec<(Millis, &T)> {
        let reads = self.reads.iter().filter(|read| !self.has_event_near(read));
        let changes = self.events.iter().chain(reads);
        let mut changes: Vec<_> = changes.map(|change| (change.at, &change.value)).collect();
        // Stable: events stay before reads of their time.
        changes.sort_by_key(|(at, _)| *at);
        changes.dedup_by_key(|(at, _)| *at);
        changes
    }

    fn has_event_near(&self, read: &Change<T>) -> bool {
        let start = self.events.partition_point(|event| event.at < read.at - SAME_WITHIN);
        let near = self.events[start..].iter().take_while(|e| e.at <= read.at + SAME_WITHIN);
        near.into_iter().any(|event| event.value == read.value)
    }
}

fn near<T>(changes: &[Change<T>], at: Millis) -> usize {
    let before = changes.partition_point(|change| change.at < at - NEAR);
    changes.partition_point(|change| change.at <= at + NEAR) - before
}
