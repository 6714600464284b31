//! Gauges: what is open now (`kpis.md#gauges`).

use super::buffers::{Buckets, RowBuffers};
use super::measure::Measure;
use super::waiting::{TaggedSecond, Waiting};
use crate::facts::conversation::Conversation;
use crate::facts::session::{AcdSession, Session, UserSession};
use crate::facts::{MetricFact, MetricSession};
use crate::names::Metric;

/// Adds the gauges of a conversation: one for each open session.
pub(super) fn add_gauges(conversation: &Conversation, buffers: &mut RowBuffers) {
    if conversation.is_closed() {
        return;
    }
    for session in conversation.acd_sessions.iter().filter(|session| session.is_open()) {
        add_waiting(session, buffers);
    }
    for session in conversation.user_sessions.iter().filter(|session| session.is_open()) {
        let is_alerting = is_alerting(session, conversation);
        let gauge = if is_alerting { Measure::OAlerting } else { Measure::OInteracting };
        let media = session.media();
        let queue = buffers.queue(session.queue(), &media);
        if let (Some(queue), Some(since)) = (queue, interacting_since(session, is_alerting)) {
            buffers.amounts(queue, Buckets::Now).push((since, 1));
        }
        let agent = buffers.agent(session.user(), &media);
        for subject in queue.into_iter().chain(agent) {
            buffers.amounts(subject, Buckets::Now).push((gauge.clone(), 1));
        }
    }
}

/// When an interacting session began; none of one that is alerting.
fn interacting_since(session: &UserSession, is_alerting: bool) -> Option<Measure> {
    let start = session.start.value().filter(|_| !is_alerting)?;
    let interacting = TaggedSecond { second: start.time.seconds(), tag: session.id.last_byte() };
    Some(Measure::InteractingSince(Box::new(interacting)))
}

fn add_waiting(session: &AcdSession, buffers: &mut RowBuffers) {
    let Some(start) = session.start.value() else { return };
    let Some(queue) = buffers.queue(session.queue(), &session.media()) else { return };
    let waiting = Waiting { second: start.time.seconds(), tag: session.id.tag() };
    let since = Measure::WaitingSince(Box::new(waiting));
    buffers.amounts(queue, Buckets::Now).extend([(Measure::OWaiting, 1), (since, 1)]);
}

/// Whether an open user session is alerting: the wait in its queue that brought it is still on, and
/// Genesys has not said that the alert is over (`kpis.md#working`).
fn is_alerting(session: &UserSession, conversation: &Conversation) -> bool {
    let (Some(queue), Some(start)) = (session.queue(), session.start.value()) else {
        return false;
    };
    let is_on = |acd: &AcdSession| {
        acd.is_open()
            && acd.queue() == Some(queue)
            && acd.start.value().is_some_and(|wait| wait.time <= start.time)
    };
    let ends_alert = |fact: &MetricFact| {
        [Metric::T_ALERT, Metric::T_ANSWERED].contains(&fact.metric)
            && fact.session == MetricSession::Session(session.id.clone())
    };
    conversation.acd_sessions.iter().any(is_on)
        && !conversation.metrics.iter().any(|(_, fact)| ends_alert(fact))
}
