//! Rules that compare agents' sessions with waits and metrics.

use super::context::{GapContext, HANDLING, ROUNDING_MAX, alerting, handling};
use super::gap::{Gap, Rule};
use crate::facts::session::UserSession;
use crate::id::Id;
use crate::metrics::effective::EffectiveMetric;
use crate::names::Metric;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] =
    &[agent_without_wait, missing_agent_session, missing_handle_time, handle_time_mismatch];

/// Agents worked for a queue more often than the conversation waited in it. A transfer explains one
/// session without a wait: that of the agent it went to may name the queue as well.
fn agent_without_wait(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let sessions = &context.conversation.user_sessions;
    let inbound = || sessions.iter().filter(|session| !session.outbound());
    let queues: BTreeSet<&Id> = inbound().filter_map(UserSession::queue).collect();
    for queue in queues {
        let is_answer = |session: &&UserSession| {
            session.queue() == Some(queue) && alerting(session).0 > 0 && handling(session).0 > 0
        };
        // An alert that nobody answered belongs to a wait as well, so there is at least one.
        let of_queue = inbound().filter(|session| session.queue() == Some(queue));
        let is_transfer =
            |session: &&UserSession| session.end.value().is_some_and(|end| end.transfer.is_some());
        let transfers = of_queue.filter(is_transfer).count();
        let answers = inbound().filter(is_answer).count().saturating_sub(transfers);
        if context.waits(queue).len() < answers.max(1) {
            gaps.push(Gap::historical("agent_without_wait"));
            return;
        }
    }
}

/// A metric has an agent, and there is no session of it.
fn missing_agent_session(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let is_unknown =
        |id: &Id| context.user_session(id).is_none() && context.acd_session(id).is_none();
    let is_missing =
        |fact: &EffectiveMetric<'_>| fact.user.is_some() && fact.session.is_some_and(is_unknown);
    if context.has_details() && context.official.iter().any(is_missing) {
        gaps.push(Gap::historical("missing_agent_session"));
    }
}

/// An agent worked, and `tHandle` is not reported. Genesys emits it at the end of after-call work,
/// which may be under way as long as there is no event of it.
fn missing_handle_time(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    if !context.has_metrics() {
        return;
    }
    let derived = context.derived.iter().filter(|fact| fact.metric == Metric::T_HANDLE);
    let parts = context.official.iter().filter(|fact| {
        (HANDLING.contains(&fact.metric) || fact.metric == Metric::T_ACW)
            && fact.session.is_some_and(|id| !context.is_reported(id, &[Metric::T_HANDLE]))
    });
    for fact in derived.chain(parts) {
        let mut gap = Gap::historical("missing_handle_time");
        if !fact.session.is_some_and(|id| has_after_call_work(id, context)) {
            gap.not_before = fact.emitted + context.gap_settings.talking_limit(&fact.media);
        }
        gaps.push(gap);
    }
}

fn has_after_call_work(session: &Id, context: &GapContext<'_>) -> bool {
    context.user_session(session).is_some_and(|session| session.acw.value().is_some())
        || context.is_reported(session, &[Metric::T_ACW])
}

/// `tHandle` of a session is not the sum of its parts.
fn handle_time_mismatch(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let differs = |session: &Id| {
        let parts = context.sum(session, &HANDLING) + context.sum(session, &[Metric::T_ACW]);
        parts.distance(context.sum(session, &[Metric::T_HANDLE])) > ROUNDING_MAX
    };
    if context.facts(Metric::T_HANDLE).filter_map(|fact| fact.session).any(differs) {
        gaps.push(Gap::historical("handle_time_mismatch"));
    }
}
