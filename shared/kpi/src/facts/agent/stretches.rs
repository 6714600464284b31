//! Stretches of time in which a routing status or presence does not change
//! (`kpis.md#agent-stretches`).

use super::stream::{Run, Stream};
use super::{Agent, Presence};
use crate::status::Status;
use crate::time::Millis;

/// The runs of both streams, each in order of time. The last one of each is open.
pub(crate) struct Runs {
    pub(crate) routing: Vec<Run<Status>>,
    pub(crate) presence: Vec<Run<Presence>>,
}

impl Runs {
    /// Whether a status or a presence is known.
    pub(crate) fn is_known(&self) -> bool {
        !self.routing.is_empty() || !self.presence.is_empty()
    }
}

/// A closed stretch: from the start of a run to the start of the next one.
pub(crate) struct Stretch<'a, T> {
    pub(crate) value: &'a T,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
}

/// A routing change so soon after a change of presence says itself what becomes of the status.
const CHANGE_WITHIN: Millis = Millis(2_000);

impl Agent {
    /// The runs of routing status and presence.
    pub(crate) fn runs(&self) -> Runs {
        let presence = self.presence.effective();
        let routing = self.routing_with_cuts(&presence);
        Runs { routing: runs(&self.routing, routing), presence: runs(&self.presence, presence) }
    }

    /// The routing changes, and `OFF_QUEUE` at each change of presence that cuts off a status which
    /// exists on queue only.
    fn routing_with_cuts<'a>(
        &'a self,
        presence: &[(Millis, &'a Presence)],
    ) -> Vec<(Millis, &'a Status)> {
        let routing = self.routing.effective();
        let cut = |at: Millis| {
            let later = routing.partition_point(|(start, _)| *start <= at);
            let before = later.checked_sub(1).map(|position| routing[position].1);
            let status = before.or_else(|| self.routing.first.as_ref().map(|run| &run.value));
            let follows = routing.get(later).is_some_and(|(start, _)| *start <= at + CHANGE_WITHIN);
            !follows && status.is_some_and(|s| [Status::IDLE, Status::NOT_RESPONDING].contains(s))
        };
        let off_queue = presence.iter().filter(|(_, value)| value.system != Status::ON_QUEUE);
        let cuts = off_queue.filter(|(at, _)| cut(*at)).map(|(at, _)| (*at, &OFF_QUEUE));
        // Stable: a cut outranks the change that it cuts off at once.
        let mut changes: Vec<_> = cuts.chain(routing.iter().copied()).collect();
        changes.sort_by_key(|(at, _)| *at);
        changes.dedup_by_key(|(at, _)| *at);
        changes
    }
}

const OFF_QUEUE: Status = Status::OFF_QUEUE;

/// Equal neighbours are one run.
fn runs<T: Ord + Clone>(stream: &Stream<T>, changes: Vec<(Millis, &T)>) -> Vec<Run<T>> {
    let mut runs: Vec<Run<T>> = stream.first.iter().cloned().collect();
    for (since, value) in changes {
        if runs.last().is_none_or(|run| run.value != *value) {
            runs.push(Run { since, value: value.clone() });
        }
    }
    runs
}

/// The closed stretches of a stream, in order of time.
pub(crate) fn closed_stretches<T>(runs: &[Run<T>]) -> impl Iterator<Item = Stretch<'_, T>> {
    runs.windows(2).map(|pair| Stretch {
        value: &pair[0].value,
        start: pair[0].since,
        end: pair[1].since,
    })
}
