//! Holes between what is known of agents' sessions and what is known of waits and metrics.

use super::evidence::{Evidence, HANDLING, alerting, handling};
use super::{Gap, Rule};
use crate::derive::EffectiveMetric;
use crate::facts::UserSession;
use crate::{Id, Metric, Millis};
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] =
    &[work_of_no_wait, work_untold, handling_untold, handling_differs];

/// Sums that Genesys rounds on the way may differ by this.
pub(super) const ROUNDING: Millis = Millis(250);

/// Agents worked for a queue more often than the conversation is known to have been in it.
fn work_of_no_wait(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let inbound = |session: &&UserSession| !session.outbound();
    let users = || known.conversation.user.iter().filter(inbound);
    let queues: BTreeSet<&Id> = users().filter_map(UserSession::queue).collect();
    let missing = queues.into_iter().any(|queue| {
        let of_queue = users().filter(|session| session.queue() == Some(queue));
        let answered = of_queue.filter(|it| alerting(it).0 > 0 && handling(it).0 > 0).count();
        // An alert that nobody answered was of a wait, too.
        known.waits(queue).len() < answered.max(1)
    });
    holes.extend(missing.then_some(Gap::settled("work of no wait")));
}

/// A metric has an agent, and its session is not known.
fn work_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let of_agents = known.official.iter().filter(|fact| fact.user.is_some());
    let mut sessions = of_agents.filter_map(|fact| fact.session);
    let unknown = |id: &Id| known.user(id).is_none() && known.acd(id).is_none();
    let untold = known.has_details() && sessions.any(unknown);
    holes.extend(untold.then_some(Gap::settled("work untold")));
}

/// An agent worked, and Genesys' `tHandle` is missing. It comes when after-call work is done: where
/// that is not known of, it may be under way.
fn handling_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    if !known.has_metrics() {
        return;
    }
    let derived = known.derived.iter().filter(|fact| fact.metric == Metric::T_HANDLE);
    let parts = known.official.iter().filter(|fact| HANDLING.contains(&fact.metric));
    let told = |fact: &&EffectiveMetric<'_>| {
        fact.session.is_none_or(|id| known.is_told(id, &[Metric::T_HANDLE]))
    };
    for fact in derived.chain(parts.filter(|fact| !told(fact))) {
        let hole = Gap::settled("handling untold");
        let until = fact.emitted + known.settings.gaps.talking(&fact.media);
        let done = fact.session.is_some_and(|id| after_call_work_is_known(id, known));
        holes.push(if done { hole } else { Gap { not_before: until, ..hole } });
    }
}

fn after_call_work_is_known(session: &Id, known: &Evidence<'_>) -> bool {
    let told = || known.is_told(session, &[Metric::T_ACW]);
    known.user(session).is_some_and(|session| session.acw.value().is_some()) || told()
}

/// `tHandle` is not the sum of its parts.
fn handling_differs(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let differs = known.facts(Metric::T_HANDLE).filter_map(|handle| handle.session).any(|id| {
        let parts = known.sum(id, &HANDLING) + known.sum(id, &[Metric::T_ACW]);
        parts.distance(known.sum(id, &[Metric::T_HANDLE])) > ROUNDING
    });
    holes.extend(differs.then_some(Gap::settled("handling differs")));
}
