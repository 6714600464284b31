//! What is open now (`kpis.md`, section 4).

use crate::books::Ledger;
use crate::facts::{AcdSession, Conversation, Session, UserSession};
use crate::row::{Bucket, Key, Waiting};

/// Puts the gauges of a conversation on its books: one for each open session.
pub(crate) fn enter(conversation: &Conversation, ledger: &mut Ledger) {
    if conversation.is_closed() {
        return;
    }
    for session in conversation.acd.iter().filter(|session| session.is_open()) {
        waiting(session, ledger);
    }
    for session in conversation.user.iter().filter(|session| session.is_open()) {
        let key =
            if is_connected(session, conversation) { Key::OInteracting } else { Key::OAlerting };
        let media = session.media();
        for subject in [ledger.queue(session.queue(), &media), ledger.agent(session.user(), &media)]
        {
            ledger.add(subject, Bucket::Now, key.clone(), 1);
        }
    }
}

fn waiting(session: &AcdSession, ledger: &mut Ledger) {
    let Some(start) = session.start.value() else {
        return;
    };
    let queue = ledger.queue(session.queue(), &session.media());
    let since = Key::WaitingSince(Box::new(Waiting {
        second: start.time.seconds(),
        session: session.id.clone(),
    }));
    ledger.add(queue, Bucket::Now, Key::OWaiting, 1);
    ledger.add(queue, Bucket::Now, since, 1);
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
