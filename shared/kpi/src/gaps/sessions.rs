//! Holes in what is known of sessions: starts and ends.

use super::evidence::Evidence;
use super::{Gap, Rule};
use crate::Metric;
use crate::facts::{Outcome, Session};

pub(super) const RULES: &[Rule] = &[wait_over, wait_unbegun, work_over, answered_by_nobody];

/// Metrics of a wait's end.
pub(super) const OUTCOMES: [Metric; 3] =
    [Metric::T_ANSWERED, Metric::T_ABANDON, Metric::T_FLOW_OUT];
const WAIT_END: [Metric; 4] =
    [Metric::T_ACD, Metric::T_ANSWERED, Metric::T_ABANDON, Metric::T_FLOW_OUT];
const WORK_END: [Metric; 3] = [Metric::T_HANDLE, Metric::T_TALK_COMPLETE, Metric::T_HELD_COMPLETE];

/// A wait has a start and no end, although it is over.
fn wait_over(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    for session in known.conversation.acd.iter().filter(|session| session.is_open()) {
        let told = known.is_told(&session.id, &WAIT_END);
        if known.conversation.is_closed() {
            // No gauge is up: only its sums may be missing.
            holes.extend((!told).then_some(Gap::settled("wait over")));
        } else if told || known.customer_left() {
            holes.push(Gap::live("wait over"));
        }
    }
}

/// A wait has an end and no start, and nothing says when it was offered.
fn wait_unbegun(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let ended = known.conversation.acd.iter().filter(|session| session.start.value().is_none());
    let mut untold = ended.filter(|session| !known.is_told(&session.id, &[Metric::N_OFFERED]));
    holes.extend(untold.next().map(|_| Gap::settled("wait unbegun")));
}

/// An agent's session has no end, although it is over.
fn work_over(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    for session in known.conversation.user.iter().filter(|it| it.end.value().is_none()) {
        let told = known.is_told(&session.id, &WORK_END);
        if known.conversation.is_closed() {
            holes.extend((!told).then_some(Gap::settled("work over")));
        } else if told || known.customer_left() {
            let up = session.is_open();
            holes.push(if up { Gap::live("work over") } else { Gap::settled("work over") });
        }
    }
}

/// An answer, and no session of who answered.
fn answered_by_nobody(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let users = &known.conversation.user;
    let mut answers = known.conversation.acd.iter().filter_map(|session| {
        let end = session.end.value()?;
        (end.outcome == Some(Outcome::Answered)).then_some((session, end.answered_user.as_ref()))
    });
    let nobody = answers.any(|(session, by)| {
        let same = |user: &crate::facts::UserSession| by.is_none() || user.user() == by;
        !users.iter().any(|user| same(user) && user.queue() == session.queue())
    });
    holes.extend(nobody.then_some(Gap::settled("answered by nobody")));
}
