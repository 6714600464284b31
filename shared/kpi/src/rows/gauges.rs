//! Gauges: what is open now (`kpis.md#gauges`).

use super::buffers::{Buckets, RowBuffers};
use super::measure::{Measure, Waiting};
use crate::facts::conversation::Conversation;
use crate::facts::session::{AcdSession, Session, UserSession};

/// Adds the gauges of a conversation: one for each open session.
pub(super) fn add_gauges(conversation: &Conversation, buffers: &mut RowBuffers) {
    if conversation.is_closed() {
        return;
    }
    for session in conversation.acd_sessions.iter().filter(|session| session.is_open()) {
        add_waiting(session, buffers);
    }
    for session in conversation.user_sessions.iter().filter(|session| session.is_open()) {
        let is_connected = is_connected(session, conversation);
        let gauge = if is_connected { Measure::OInteracting } else { Measure::OAlerting };
        let media = session.media();
        let queue = buffers.queue(session.queue(), &media);
        let agent = buffers.agent(session.user(), &media);
        for subject in queue.into_iter().chain(agent) {
            buffers.amounts(subject, Buckets::Now).push((gauge.clone(), 1));
        }
    }
}

fn add_waiting(session: &AcdSession, buffers: &mut RowBuffers) {
    let Some(start) = session.start.value() else { return };
    let Some(queue) = buffers.queue(session.queue(), &session.media()) else { return };
    let waiting = Waiting { second: start.time.seconds(), session: session.id.clone() };
    let since = Measure::WaitingSince(Box::new(waiting));
    buffers.amounts(queue, Buckets::Now).extend([(Measure::OWaiting, 1), (since, 1)]);
}

/// Whether an open user session is connected, and not alerting: its work does not come from a
/// queue, or is outbound, or its user answered the wait in that queue (`kpis.md#working`).
fn is_connected(session: &UserSession, conversation: &Conversation) -> bool {
    let (Some(queue), Some(start)) = (session.queue(), session.start.value()) else {
        return true;
    };
    let answered = session.user().is_some_and(|user| {
        conversation.acd_sessions.iter().any(|acd| acd.answered_by(user, queue, start.time))
    });
    session.outbound() || answered
}
