//! What is open now (`kpis.md`, section 4).

use crate::facts::{AcdSession, Conversation, Session, UserSession};
use crate::ledger::Ledger;
use crate::row::{Bucket, Measure, Waiting};

/// Puts the gauges of a conversation on its books: one for each open session.
pub(crate) fn enter(conversation: &Conversation, ledger: &mut Ledger) {
    if conversation.is_closed() {
        return;
    }
    for session in conversation.acd.iter().filter(|session| session.is_open()) {
        waiting(session, ledger);
    }
    for session in conversation.user.iter().filter(|session| session.is_open()) {
        let key = if is_connected(session, conversation) {
            Measure::OInteracting
        } else {
            Measure::OAlerting
        };
        let media = session.media();
        let subjects =
            [ledger.queue(session.queue(), &media), ledger.agent(session.user(), &media)];
        for subject in subjects.into_iter().flatten() {
            ledger.page(subject, Bucket::Now).push((key.clone(), 1));
        }
    }
}

fn waiting(session: &AcdSession, ledger: &mut Ledger) {
    let Some(start) = session.start.value() else { return };
    let Some(queue) = ledger.queue(session.queue(), &session.media()) else { return };
    let (second, session) = (start.time.seconds(), session.id.clone());
    let since = Measure::WaitingSince(Box::new(Waiting { second, session }));
    ledger.page(queue, Bucket::Now).extend([(Measure::OWaiting, 1), (since, 1)]);
}

/// Whether an open user session is past its alert: it was not brought by a queue, is outbound, or
/// its user answered the wait in that queue.
fn is_connected(session: &UserSession, conversation: &Conversation) -> bool {
    let (Some(queue), Some(start)) = (session.queue(), session.start.value()) else {
        return true;
    };
    let answered = |acd: &AcdSession| {
        session.user().is_some_and(|user| acd.answered_by(user, queue, start.time))
    };
    session.outbound() || conversation.acd.iter().any(answered)
}
