//! What is true by the API alone: the rows of a pipeline that has read everything.

use super::Archive;
use super::record::{Metric, Purpose, Record, Session};
use crate::facts::{Fact, Official};
use crate::{Feed, Truth};

impl Archive {
    /// The rows that follow from the API's answers as of a time in ms since 1970, whatever was
    /// published: also of conversations that were lost or cut short.
    pub fn truth(&self, at_ms: i64) -> Truth {
        let books = self.books();
        let mut truth = Truth::of(Feed::Metrics, &books.rules);
        for record in books.records.values() {
            for session in &record.sessions {
                count(session, at_ms, &mut truth);
                gauge(record, session, at_ms, &mut truth);
            }
        }
        truth
    }
}

fn count(session: &Session, at: i64, truth: &mut Truth) {
    for Metric { name, reading } in &session.metrics {
        let (session, purpose) = (session.id, session.purpose.text());
        let official = Official { reading: *reading, session, tells_session: true, purpose };
        let fact = Fact { metric: name, derived: None, official: Some(official) };
        truth.count(&fact, at);
    }
}

fn gauge(record: &Record, session: &Session, at: i64, truth: &mut Truth) {
    if !session.is_open(at) {
        return;
    }
    match (session.purpose, session.queue, session.user) {
        (Purpose::Acd, Some(queue), _) => truth.waits(queue, session.media, session.start),
        (Purpose::Agent | Purpose::User, queue, Some(user)) => {
            let connected = is_connected(record, session, at);
            truth.works(queue, (user, session.media), connected);
        }
        _ => {}
    }
}

/// By the rule (`kpis.md`, section 4).
fn is_connected(record: &Record, user: &Session, at: i64) -> bool {
    let answers = |acd: &Session| {
        acd.purpose == Purpose::Acd
            && acd.queue == user.queue
            && acd.answered_by == user.user
            && acd.end.is_some_and(|end| user.start <= end && end <= at)
    };
    user.queue.is_none() || user.outbound || record.sessions.iter().any(answers)
}
