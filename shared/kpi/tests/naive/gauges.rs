//! Section 4: the gauges.

use super::Rows;
use super::known::{Known, User};
use headroom_kpi::facts::{Outcome, UserStart};

pub(super) fn add(rows: &mut Rows, known: &Known) {
    // "A conversation that is over [...] has no open session, whatever else is missing".
    if known.closed {
        return;
    }
    waiting(rows, known);
    working(rows, known);
}

/// "`oWaiting` of queue and media: ACD sessions with a start and no end." And since when: "a set
/// whose elements name start and session", "exact to the second".
fn waiting(rows: &mut Rows, known: &Known) {
    for (id, session) in &known.acd {
        if let (Some(start), None) = (&session.start, &session.end) {
            let subject = format!("queue#{}#{}", session.queue(), session.media());
            let row = rows.entry((subject, "now".to_owned())).or_default();
            row.add("oWaiting", 1);
            let second = start.time.0.div_euclid(1000);
            row.waiting.insert((second, id.clone()));
        }
    }
}

/// `oInteracting` and `oAlerting`, "of queue and media, and of agent and media: user sessions with
/// a start and no end".
fn working(rows: &mut Rows, known: &Known) {
    for session in known.user.values() {
        let (Some(start), None) = (&session.start, &session.end) else {
            continue;
        };
        let gauge = if is_connected(session, start, known) { "oInteracting" } else { "oAlerting" };
        let media = session.media();
        let agent = Some(format!("agent#{}#{media}", session.user()));
        let queue = session.queue().map(|id| format!("queue#{id}#{media}"));
        for subject in agent.into_iter().chain(queue) {
            let row = rows.entry((subject, "now".to_owned())).or_default();
            row.add(gauge, 1);
        }
    }
}

/// "no queueId, or direction OUTBOUND, or the same conversation has an ACD session of the same
/// queue with outcome ANSWERED and answeredUserId = this user that ended at or after this
/// session's start".
fn is_connected(session: &User, start: &UserStart, known: &Known) -> bool {
    let Some(queue) = session.queue() else {
        return true;
    };
    let answered = known.acd.values().any(|acd| {
        acd.end.as_ref().is_some_and(|end| {
            let user = end.answered_user.as_ref().map(ToString::to_string);
            acd.queue() == queue
                && end.outcome == Some(Outcome::Answered)
                && user == Some(session.user())
                && end.time >= start.time
        })
    });
    session.outbound() || answered
}
