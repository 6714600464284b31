//! The gauges (`kpis.md#gauges`).

use super::Rows;
use super::conversation::{NaiveConversation, User};
use headroom_kpi::facts::UserStart;

pub(super) fn add(rows: &mut Rows, conversation: &NaiveConversation) {
    // "A conversation that is over [...] has no open session, whatever else is missing".
    if conversation.closed {
        return;
    }
    waiting(rows, conversation);
    working(rows, conversation);
}

/// "`oWaiting` of queue and media: ACD sessions with a start and no end." And since when: "the
/// start time of the oldest", "exact to the second".
fn waiting(rows: &mut Rows, conversation: &NaiveConversation) {
    for session in conversation.acd.values() {
        if let (Some(start), None) = (&session.start, &session.end) {
            let subject = format!("queue#{}#{}", session.queue(), session.media());
            let row = rows.entry((subject, "now".to_owned())).or_default();
            row.add("oWaiting", 1);
            let second = start.time.0.div_euclid(1000);
            *row.waiting.entry(second).or_default() += 1;
        }
    }
}

/// `oInteracting` and `oAlerting`, "of queue and media, and of agent and media: user sessions with
/// a start and no end".
fn working(rows: &mut Rows, conversation: &NaiveConversation) {
    for (id, session) in &conversation.user {
        let (Some(start), None) = (&session.start, &session.end) else {
            continue;
        };
        let alerting = wait_is_on(session, start, conversation) && !is_answered(id, conversation);
        let gauge = if alerting { "oAlerting" } else { "oInteracting" };
        let media = session.media();
        let agent = Some(format!("agent#{}#{media}", session.user()));
        let queue = session.queue().map(|id| format!("queue#{id}#{media}"));
        for subject in agent.into_iter().chain(queue) {
            let is_of_queue = subject.starts_with("queue#");
            let row = rows.entry((subject, "now".to_owned())).or_default();
            row.add(gauge, 1);
            // "`interactingSince` of queue and media: the start of the oldest interacting session"
            if is_of_queue && !alerting {
                *row.interacting.entry(start.time.0.div_euclid(1000)).or_default() += 1;
            }
        }
    }
}

/// "A user session is *alerting* as long as the wait that brought it is on: the same conversation has
/// an ACD session of the same queue, of whatever media type, that began no later than this session and
/// has no end."
fn wait_is_on(session: &User, start: &UserStart, conversation: &NaiveConversation) -> bool {
    conversation.acd.values().any(|acd| {
        let began_before = acd.start.as_ref().is_some_and(|wait| wait.time <= start.time);
        Some(acd.queue()) == session.queue() && began_before && acd.end.is_none()
    })
}

/// "It stops with an official `tAlert` or `tAnswered` of this session."
fn is_answered(id: &str, conversation: &NaiveConversation) -> bool {
    conversation.official.iter().any(|number| {
        let is_of_session = number.holder.session.as_deref() == Some(id);
        is_of_session && ["tAlert", "tAnswered"].contains(&number.metric.as_str())
    })
}
