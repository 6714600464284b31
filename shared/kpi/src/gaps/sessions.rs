//! Rules about starts and ends of sessions.

use super::context::GapContext;
use super::gap::{Gap, Rule};
use crate::facts::Outcome;
use crate::facts::session::{AcdSession, Session};
use crate::names::Metric;

pub(super) const RULES: &[Rule] =
    &[missing_wait_end, missing_wait_start, missing_agent_end, missing_answering_agent];

/// The metrics that Genesys emits at the end of a wait.
const WAIT_END: [Metric; 4] =
    [Metric::T_ACD, Metric::T_ANSWERED, Metric::T_ABANDON, Metric::T_FLOW_OUT];
/// The metrics that Genesys emits at the end of an agent's work.
const AGENT_END: [Metric; 3] = [Metric::T_HANDLE, Metric::T_TALK_COMPLETE, Metric::T_HELD_COMPLETE];

/// A wait has a start and no end, although it is over.
fn missing_wait_end(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    for session in context.conversation.acd_sessions.iter().filter(|session| session.is_open()) {
        let is_reported = context.is_reported(&session.id, &WAIT_END);
        if context.conversation.is_closed() {
            // A closed conversation has no gauge: only the sums of the wait may be missing.
            if !is_reported {
                gaps.push(Gap::historical("missing_wait_end"));
            }
        } else if is_reported || context.customer_left() {
            gaps.push(Gap::gauge("missing_wait_end"));
        }
    }
}

/// Nothing says when a wait began, neither its start nor its length, and its `nOffered` is not
/// reported.
fn missing_wait_start(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let is_missing = |session: &AcdSession| {
        session.offered().is_none() && !context.is_reported(&session.id, &[Metric::N_OFFERED])
    };
    if context.conversation.acd_sessions.iter().any(is_missing) {
        gaps.push(Gap::historical("missing_wait_start"));
    }
}

/// An agent's session has no end, although it is over.
fn missing_agent_end(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let sessions = &context.conversation.user_sessions;
    for session in sessions.iter().filter(|session| session.end.value().is_none()) {
        let is_reported = context.is_reported(&session.id, &AGENT_END);
        if context.conversation.is_closed() {
            if !is_reported {
                gaps.push(Gap::historical("missing_agent_end"));
            }
        } else if is_reported || context.customer_left() {
            let has_gauge = session.is_open();
            let gap = if has_gauge { Gap::gauge } else { Gap::historical };
            gaps.push(gap("missing_agent_end"));
        }
    }
}

/// A wait was answered, and there is no session of the agent who answered it.
fn missing_answering_agent(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let has_agent = |acd: &AcdSession| {
        let answered_user = acd.end.value().and_then(|end| end.answered_user.as_ref());
        context.conversation.user_sessions.iter().any(|session| {
            session.queue() == acd.queue()
                && (answered_user.is_none() || session.user() == answered_user)
        })
    };
    let is_missing = |acd: &AcdSession| {
        acd.end.value().is_some_and(|end| end.outcome == Some(Outcome::Answered)) && !has_agent(acd)
    };
    if context.conversation.acd_sessions.iter().any(is_missing) {
        gaps.push(Gap::historical("missing_answering_agent"));
    }
}
