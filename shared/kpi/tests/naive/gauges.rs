//! The gauges (`kpis.md#gauges`).

use super::Rows;
use super::conversation::{NaiveConversation, User};
use headroom_kpi::facts::{Outcome, UserStart};

pub(super) fn add(rows: &mut Rows, conversation: &NaiveConversation) {
    // "A conversation that is over [...] has no open session, whatever else is missing".
    if conversation.closed {
        return;
    }
    waiting(rows, conversation);
    working(rows, conversation);
}

/// "`oWaiting` of queue and media: ACD sessions with a start and no end." And since when: "a set
/// whose elements name start and session", "exact to the second".
fn waiting(rows: &mut Rows, conversation: &NaiveConversation) {
    for (id, session) in &conversation.acd {
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
fn working(rows: &mut Rows, conversation: &NaiveConversation) {
    for session in conversation.user.values() {
        let (Some(start), None) = (&session.start, &session.end) else {
            continue;
        };
        let gauge =
            if is_connected(session, start, conversation) { "oInteracting" } else { "oAlerting" };
        let media = session.media();
        let agent = Some(format!("agent#{}#{media}", session.user()));
        let queue = session.queue().map(|id| format!("queue#{id}#{media}"));
        for subject in agent.into_iter().chain(queue) {
            let row = rows.entry((subject, "now".to_owned())).or_default();
            row.add(gauge, 1);
        }
    }
}

/// "it has no queueId, or its direction is OUTBOUND, or the same conversation has an ACD session of
/// the same queue with outcome ANSWERED and answeredUserId = this user that ended at or after the
/// start of this session"
fn is_connected(session: &User, start: &UserStart, conversation: &NaiveConversation) -> bool {
    let Some(queue) = session.queue() else {
        return true;
    };
    let answered = conversation.acd.values().any(|acd| {
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
