//! Which conversations are worth a request now.

use headroom_kpi::{Id, Millis, Urgency};
use std::collections::{BTreeSet, VecDeque};

/// While an outage waits for its backfill, only conversations that gauges have been waiting for
/// for this long are read by their ids.
const BACKFILL_FIRST: Millis = Millis(15 * 60_000);

/// A conversation that is due for a read. Ordered by value: those that gauges wait for first, then
/// the most overdue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DueConversation {
    /// What its read would repair.
    pub(crate) urgency: Urgency,
    /// Since when it has been due.
    pub(crate) since: Millis,
    /// Its id.
    pub(crate) id: Id,
    /// The rule that found its gap.
    pub(crate) rule: String,
}

/// When a request is sent that is not full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPolicy {
    /// Ids in one request.
    pub ids_per_call: usize,
    /// How long a conversation that gauges wait for waits for others.
    pub live_wait: Millis,
    /// How long any other conversation does.
    pub settled_wait: Millis,
}

/// Puts conversations in the order in which to read them: each once, without those that were read
/// a moment ago.
pub(crate) fn plan(
    mut due: Vec<DueConversation>,
    recent: &BTreeSet<Id>,
) -> VecDeque<DueConversation> {
    due.sort_unstable();
    let mut planned = BTreeSet::new();
    due.retain(|due| !recent.contains(&due.id) && planned.insert(due.id.clone()));
    due.into()
}

/// Leaves out what the backfill of an outage will most likely bring.
pub(crate) fn retain_overdue_gauges(due: &mut VecDeque<DueConversation>, now: Millis) {
    due.retain(|due| due.urgency == Urgency::Gauge && due.since + BACKFILL_FIRST <= now);
}

impl BatchPolicy {
    /// Takes out the conversations of the next request, at most `size`. None if what is left
    /// should wait: it does not fill a request, and none of it is overdue.
    pub(crate) fn next_batch(
        &self,
        due: &mut VecDeque<DueConversation>,
        size: usize,
        now: Millis,
    ) -> Vec<DueConversation> {
        let size = size.clamp(1, self.ids_per_call.max(1));
        if due.len() < size && !due.iter().any(|due| self.is_overdue(due, now)) {
            return Vec::new();
        }
        due.drain(..size.min(due.len())).collect()
    }

    fn is_overdue(&self, due: &DueConversation, now: Millis) -> bool {
        let wait = match due.urgency {
            Urgency::Gauge => self.live_wait,
            Urgency::Historical => self.settled_wait,
        };
        due.since + wait <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;
    const NOW: Millis = Millis(1_778_594_400_000);

    fn due(urgency: Urgency, minutes: i64, id: &str) -> DueConversation {
        let since = Millis(NOW.0 - minutes * MINUTE);
        DueConversation { urgency, since, id: Id::parse(id).unwrap(), rule: String::new() }
    }

    fn live(minutes: i64, id: &str) -> DueConversation {
        due(Urgency::Gauge, minutes, id)
    }

    fn settled(minutes: i64, id: &str) -> DueConversation {
        due(Urgency::Historical, minutes, id)
    }

    const POLICY: BatchPolicy = BatchPolicy {
        ids_per_call: 3,
        live_wait: Millis(5 * MINUTE),
        settled_wait: Millis(10 * MINUTE),
    };

    fn batches(due: Vec<DueConversation>) -> Vec<String> {
        let mut due = plan(due, &BTreeSet::new());
        let mut batches = Vec::new();
        loop {
            let batch = POLICY.next_batch(&mut due, POLICY.ids_per_call, NOW);
            if batch.is_empty() {
                return batches;
            }
            batches.push(batch.iter().map(|due| due.id.to_string()).collect());
        }
    }

    #[test]
    fn gauges_come_first_and_of_each_urgency_the_most_overdue() {
        let due = vec![settled(60, "d"), live(1, "b"), settled(70, "c"), live(6, "a")];
        assert_eq!(batches(due), ["abc", "d"]);
    }

    #[test]
    fn a_historical_one_waits_for_a_full_request_but_not_for_ever() {
        let due = |minutes| vec![settled(minutes, "a"), settled(1, "b")];
        assert!(batches(due(9)).is_empty());
        assert_eq!(batches(due(10)), ["ab"]);
        let four = vec![settled(4, "a"), settled(3, "b"), settled(2, "c"), settled(1, "d")];
        assert_eq!(batches(four), ["abc"]);
    }

    #[test]
    fn a_gauge_waits_for_less_long_and_takes_historical_ones_along() {
        let due = |minutes| vec![settled(1, "b"), live(minutes, "a")];
        assert!(batches(due(4)).is_empty());
        assert_eq!(batches(due(5)), ["ab"]);
    }

    #[test]
    fn a_conversation_is_planned_once_and_not_when_it_was_read_a_moment_ago() {
        let recent = BTreeSet::from([Id::parse("b").unwrap()]);
        let due = vec![live(1, "a"), live(2, "b"), settled(3, "a")];
        assert_eq!(plan(due, &recent), [live(1, "a")]);
    }

    #[test]
    fn while_an_outage_waits_for_its_backfill_only_overdue_gauges_are_read() {
        let due = vec![live(14, "a"), live(15, "b"), settled(60, "c")];
        let mut due = plan(due, &BTreeSet::new());
        retain_overdue_gauges(&mut due, NOW);
        assert_eq!(due, [live(15, "b")]);
    }

    #[test]
    fn a_smaller_request_is_full_sooner() {
        let mut due = plan(vec![settled(1, "a"), settled(0, "b")], &BTreeSet::new());
        assert_eq!(POLICY.next_batch(&mut due, 1, NOW).len(), 1);
        assert_eq!(due.len(), 1);
    }
}
