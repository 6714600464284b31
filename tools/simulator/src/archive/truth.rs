//! The rows that follow from the Platform API alone.

use super::Archive;
use super::record::{Metric, Record, Session};
use crate::world::party::Purpose;
use crate::{Feed, Truth};

impl Archive {
    /// The rows that follow from the API's answers as of a time in ms since 1970, of all
    /// conversations: also of those whose events were lost or cut short.
    pub fn truth(&self, as_of_ms: i64) -> Truth {
        let contents = self.lock();
        let mut truth = Truth::with_feed(Feed::Metrics, &contents.rules);
        for record in contents.records() {
            for session in &record.sessions {
                add_metrics(session, as_of_ms, &mut truth);
                add_gauges(record, session, as_of_ms, &mut truth);
            }
        }
        truth
    }
}

fn add_metrics(session: &Session, as_of: i64, truth: &mut Truth) {
    for Metric { name, reading } in &session.metrics {
        if reading.time <= as_of {
            truth.add_effective(name, reading);
        }
    }
}

fn add_gauges(record: &Record, session: &Session, as_of: i64, truth: &mut Truth) {
    if !session.is_open(as_of) {
        return;
    }
    match (session.purpose, session.queue, session.user) {
        (Purpose::Acd, Some(queue), _) => {
            truth.gauges.add_waiting(queue, session.media, session.start);
        }
        (Purpose::Agent | Purpose::User, queue, Some(user)) => {
            let connected = is_connected(record, session, as_of);
            truth.gauges.add_working(queue, (user, session.media), connected);
        }
        _ => {}
    }
}

/// Whether an agent is connected (`kpis.md#working`).
fn is_connected(record: &Record, user: &Session, as_of: i64) -> bool {
    let is_answered = |acd: &Session| {
        acd.purpose == Purpose::Acd
            && acd.queue == user.queue
            && acd.answered_by == user.user
            && acd.end.is_some_and(|end| user.start <= end && end <= as_of)
    };
    user.queue.is_none() || user.outbound || record.sessions.iter().any(is_answered)
}
