//! How much is kept of an agent, who unlike a conversation never ends (`kpis.md#agent-retention`).

use super::stream::{Run, Stream};
use super::{Agent, closed_stretches};
use crate::time::Millis;

/// Times may lie so far ahead of the clock (`kpis.md#bad-input`).
const AHEAD_MAX: Millis = Millis(48 * 3_600_000);

/// The longest stretch that is booked.
pub(crate) const STRETCH_MAX: Millis = Millis(31 * 24 * 3_600_000);

impl Agent {
    /// Forgets the changes that are older than a window before the newest one; of each stream the
    /// run in force then stays. Returns whether there were any.
    ///
    /// What forgotten stretches have added to rows stays there. So the contributions to store are
    /// those after this, and the difference to commit is that before it.
    pub fn forget(&mut self, window: Millis) -> bool {
        let newest = self.routing.newest().max(self.presence.newest());
        let Some(until) = newest.map(|newest| newest - window - AHEAD_MAX) else { return false };
        if !self.routing.has_change_until(until) && !self.presence.has_change_until(until) {
            return false;
        }
        let runs = self.runs();
        self.routing.forget(until, &runs.routing);
        self.presence.forget(until, &runs.presence);
        self.forgotten_until = self.forgotten_until.max(Some(until));
        true
    }

    /// An upper bound of the stored form with all contributions, in bytes.
    pub(crate) fn encoded_size_max(&self) -> usize {
        let lists = self.joined.iter().chain(&self.members);
        let queues = lists.map(|list| list.queues.len()).sum::<usize>() + self.marks.len();
        let runs = self.runs();
        let routing = closed_stretches(&runs.routing).map(|s| pieces_max(s.start, s.end));
        let presence = closed_stretches(&runs.presence).map(|s| pieces_max(s.start, s.end));
        let changes = self.routing.len() + self.presence.len();
        let booked: usize = routing.chain(presence).sum();
        200 + queues * QUEUE_BYTES_MAX + changes * CHANGE_BYTES_MAX + booked * PIECE_BYTES_MAX
    }
}

/// A queue in a list, with its id as text, and in the row of its staffing.
const QUEUE_BYTES_MAX: usize = 360;
/// A change, with an organisation presence of its own.
const CHANGE_BYTES_MAX: usize = 200;
/// What a stretch adds to one row.
const PIECE_BYTES_MAX: usize = 40;

/// Rows of intervals and days that a stretch lies in, at most.
fn pieces_max(start: Millis, end: Millis) -> usize {
    const SHORTEST_INTERVAL_MS: i64 = 15 * 60_000;
    let length = (end - start).min(STRETCH_MAX).0;
    usize::try_from(length / SHORTEST_INTERVAL_MS).unwrap_or_default() * 2 + 4
}

impl<T: Ord + Clone> Stream<T> {
    fn has_change_until(&self, until: Millis) -> bool {
        let oldest = self.events.first().into_iter().chain(self.reads.first());
        oldest.map(|change| change.at).min().is_some_and(|at| at <= until)
    }

    fn forget(&mut self, until: Millis, runs: &[Run<T>]) {
        self.first = runs.iter().rfind(|run| run.since <= until).cloned();
        self.events.retain(|change| change.at > until);
        self.reads.retain(|change| change.at > until);
    }
}
