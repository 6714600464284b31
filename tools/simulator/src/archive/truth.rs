//! The rows that follow from the Platform API alone.

use super::Archive;
use super::agents::add_agent;
use super::record::{Metric, Record, Session};
use crate::world::party::Purpose;
use crate::{Feed, Truth};

impl Archive {
    /// The rows that follow from the API's answers as of a time in ms since 1970, of all
    /// conversations and agents: also of those whose events were lost or cut short.
    pub fn truth(&self, as_of_ms: i64) -> Truth {
        let contents = self.lock();
        let mut truth = Truth::new(Feed::Metrics, &contents.rules);
        for record in contents.records.values() {
            for session in &record.sessions {
                add_metrics(session, as_of_ms, &mut truth);
                add_gauges(record, session, as_of_ms, &mut truth);
            }
        }
        for agent in &contents.agents {
            add_agent(agent, as_of_ms, &mut truth);
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
            let is_alerting = is_alerting(record, session, as_of);
            let user = (user, session.media);
            truth.gauges.add_working(queue, user, session.start, is_alerting);
        }
        _ => {}
    }
}

/// Whether an agent is alerted (`kpis.md#working`).
fn is_alerting(record: &Record, user: &Session, as_of: i64) -> bool {
    let is_on = |acd: &Session| {
        acd.purpose == Purpose::Acd
            && user.queue.is_some()
            && acd.queue == user.queue
            && acd.start <= user.start
            && acd.is_open(as_of)
    };
    let ends_alert = |metric: &Metric| {
        ["tAlert", "tAnswered"].contains(&metric.name) && metric.reading.time <= as_of
    };
    record.sessions.iter().any(is_on) && !user.metrics.iter().any(ends_alert)
}
