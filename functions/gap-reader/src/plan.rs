//! Which conversations are worth a call now.

use headroom_kpi::{Id, Millis, Urgency};
use std::collections::{BTreeSet, VecDeque};

/// A conversation that is due for a read. Ordered by value: gauges before sums, then the most
/// overdue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gap {
    /// What a read would mend.
    pub(crate) urgency: Urgency,
    /// Since when it is due.
    pub(crate) due: Millis,
    /// The conversation.
    pub(crate) id: Id,
}

/// What a call has to be worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// Ids that a call takes.
    pub ids_per_call: usize,
    /// So long a live conversation waits for its call to be filled.
    pub live_wait: Millis,
    /// So long a settled one does.
    pub settled_wait: Millis,
}

/// Conversations in the order in which to read them: each once, and none that was just read.
pub(crate) fn order(mut due: Vec<Gap>, recent: &BTreeSet<Id>) -> VecDeque<Gap> {
    due.sort_unstable();
    let mut seen = BTreeSet::new();
    due.retain(|gap| !recent.contains(&gap.id) && seen.insert(gap.id.clone()));
    due.into()
}

/// Leaves the live ones that have been due for so long. The others are better read with the window
/// that is to be read back.
pub(crate) fn only_old_live(waiting: &mut VecDeque<Gap>, after: Millis, now: Millis) {
    waiting.retain(|gap| gap.urgency == Urgency::Gauge && gap.due.0 + after.0 <= now.0);
}

impl Worth {
    /// Takes out what goes into the next call; nothing if what is left is to wait. `size` is what
    /// a call takes at most, which may be fewer than planned.
    pub(crate) fn next_call(
        &self,
        waiting: &mut VecDeque<Gap>,
        size: usize,
        now: Millis,
    ) -> Vec<Gap> {
        let size = size.clamp(1, self.ids_per_call.max(1));
        let pressing = |gap: &Gap| {
            let wait = match gap.urgency {
                Urgency::Gauge => self.live_wait,
                Urgency::Historical => self.settled_wait,
            };
            gap.due + wait <= now
        };
        if waiting.len() < size && !waiting.iter().any(pressing) {
            return Vec::new();
        }
        waiting.drain(..size.min(waiting.len())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const NOW: Millis = Millis(1_778_594_400_000);

    fn gap(urgency: Urgency, minutes_due: i64, id: &str) -> Gap {
        let due = Millis(NOW.0 - minutes_due * MINUTE);
        Gap { urgency, due, id: Id::parse(id).unwrap() }
    }

    fn live(minutes_due: i64, id: &str) -> Gap {
        gap(Urgency::Gauge, minutes_due, id)
    }

    fn settled(minutes_due: i64, id: &str) -> Gap {
        gap(Urgency::Historical, minutes_due, id)
    }

    const WORTH: Worth =
        Worth { ids_per_call: 3, live_wait: Millis(5 * MINUTE), settled_wait: Millis(10 * MINUTE) };

    fn calls(worth: Worth, due: Vec<Gap>) -> Vec<String> {
        let mut waiting = order(due, &BTreeSet::new());
        let mut calls = Vec::new();
        loop {
            let call = worth.next_call(&mut waiting, worth.ids_per_call, NOW);
            if call.is_empty() {
                return calls;
            }
            calls.push(call.iter().map(|gap| gap.id.to_string()).collect());
        }
    }

    #[test]
    fn live_ones_come_first_and_the_most_overdue_of_each() {
        let due = vec![settled(60, "d"), live(1, "b"), settled(70, "c"), live(6, "a")];
        assert_eq!(calls(WORTH, due), ["abc", "d"]);
    }

    #[test]
    fn a_settled_one_waits_for_its_call_to_be_filled_but_not_for_ever() {
        let due = |minutes| vec![settled(minutes, "a"), settled(1, "b")];
        assert!(calls(WORTH, due(9)).is_empty());
        assert_eq!(calls(WORTH, due(10)), ["ab"]);
        let four = vec![settled(4, "a"), settled(3, "b"), settled(2, "c"), settled(1, "d")];
        assert_eq!(calls(WORTH, four), ["abc"]);
    }

    #[test]
    fn a_live_one_waits_for_less_long_and_takes_settled_ones_along() {
        let due = |minutes| vec![settled(1, "b"), live(minutes, "a")];
        assert!(calls(WORTH, due(4)).is_empty());
        assert_eq!(calls(WORTH, due(5)), ["ab"]);
    }

    #[test]
    fn one_that_was_just_read_or_stands_there_twice_is_read_once() {
        let recent = BTreeSet::from([Id::parse("b").unwrap()]);
        let due = vec![live(1, "a"), live(2, "b"), settled(3, "a")];
        let ordered = order(due, &recent);
        assert_eq!(ordered, [live(1, "a")]);
    }

    #[test]
    fn while_a_window_is_to_be_read_back_only_old_live_ones_are_left() {
        let due = vec![live(14, "a"), live(15, "b"), settled(60, "c")];
        let mut waiting = order(due, &BTreeSet::new());
        only_old_live(&mut waiting, Millis(15 * MINUTE), NOW);
        assert_eq!(waiting, [live(15, "b")]);
    }

    #[test]
    fn a_smaller_call_is_still_full() {
        let mut waiting = order(vec![settled(1, "a"), settled(0, "b")], &BTreeSet::new());
        assert_eq!(WORTH.next_call(&mut waiting, 1, NOW).len(), 1);
        assert_eq!(waiting.len(), 1);
    }
}
