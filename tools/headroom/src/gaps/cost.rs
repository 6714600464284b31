//! How many requests the gap reader needs for what is due.

use headroom_genesys::budget::{IDS_PER_CALL, request_wait};
use headroom_kpi::{Due, Millis};

/// The number of requests that read each conversation once: a request goes out when it is full, or
/// when a conversation in it has waited for long enough.
pub(super) fn requests(mut due: Vec<Due>) -> usize {
    due.sort_unstable_by_key(|due| due.at);
    let (mut requests, mut pending) = (0, 0);
    let mut deadline = Millis(i64::MAX);
    for due in due {
        if pending == IDS_PER_CALL || due.at > deadline {
            requests += 1;
            (pending, deadline) = (0, Millis(i64::MAX));
        }
        pending += 1;
        deadline = deadline.min(due.at + request_wait(due.urgency));
    }
    requests + usize::from(pending > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::Urgency;
    use headroom_kpi::gaps::OPEN_SESSION;

    fn due(urgency: Urgency, minutes: &[i64]) -> Vec<Due> {
        let due = |minute| Due { urgency, at: Millis(minute * 60_000), rule: OPEN_SESSION };
        minutes.iter().map(due).collect()
    }

    #[test]
    fn a_request_waits_for_others_and_not_for_ever() {
        assert_eq!(requests(Vec::new()), 0);
        assert_eq!(requests(due(Urgency::Historical, &[0, 5, 20])), 1);
        assert_eq!(requests(due(Urgency::Historical, &[0, 5, 25])), 2);
        assert_eq!(requests(due(Urgency::Gauge, &[15, 0])), 2);
    }

    #[test]
    fn a_full_request_goes_out_at_once() {
        assert_eq!(requests(due(Urgency::Historical, &[0; 100])), 1);
        assert_eq!(requests(due(Urgency::Historical, &[0; 101])), 2);
    }
}
