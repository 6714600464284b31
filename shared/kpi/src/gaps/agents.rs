//! Rules that compare the sessions and metrics of one agent. They count per agent, since some of
//! Genesys' metrics name no session.

use super::context::{GapContext, ROUNDING_MAX, alerting, handling, was_answered};
use super::gap::{Gap, Rule};
use crate::facts::Outcome;
use crate::facts::session::{AcdSession, UserSession};
use crate::id::Id;
use crate::metrics::effective::{ALERT_END, EffectiveMetric};
use crate::names::Metric;
use crate::time::Millis;
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[agent_mismatches, missing_consult];

/// The rules that compare what an agent's sessions and metrics say.
fn agent_mismatches(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    if !context.has_metrics() {
        return;
    }
    for agent in agents(context) {
        let checks = [
            ("talk_time_mismatch", agent.differs(&Metric::T_TALK, &Metric::T_TALK_COMPLETE)),
            ("hold_time_mismatch", agent.differs(&Metric::T_HELD, &Metric::T_HELD_COMPLETE)),
            ("missing_outbound", agent.outbound_calls() > agent.count(&Metric::N_OUTBOUND)),
            ("missing_unanswered_alert", agent.misses_unanswered_alert()),
        ];
        for (rule, is_gap) in checks {
            if is_gap {
                gaps.push(Gap::historical(rule));
            }
        }
    }
}

/// Everyone who has a session or an official fact.
fn agents<'c, 'a>(context: &'c GapContext<'a>) -> impl Iterator<Item = Agent<'c, 'a>> {
    let mut agents: BTreeMap<&'a Id, Agent<'c, 'a>> = BTreeMap::new();
    let new = || Agent { context, facts: Vec::new(), sessions: Vec::new() };
    for session in &context.conversation.user_sessions {
        if let Some(user) = session.user() {
            agents.entry(user).or_insert_with(new).sessions.push(session);
        }
    }
    for fact in &context.official {
        if let Some(user) = fact.user {
            agents.entry(user).or_insert_with(new).facts.push(fact);
        }
    }
    agents.into_values()
}

/// The official facts and the sessions of one agent.
struct Agent<'c, 'a> {
    context: &'c GapContext<'a>,
    facts: Vec<&'c EffectiveMetric<'a>>,
    sessions: Vec<&'a UserSession>,
}

impl Agent<'_, '_> {
    /// How many facts there are of a metric.
    fn count(&self, metric: &Metric) -> usize {
        self.facts.iter().filter(|fact| fact.metric == *metric).count()
    }

    fn sum(&self, metric: &Metric) -> Millis {
        let facts = self.facts.iter().filter(|fact| fact.metric == *metric);
        Millis(facts.map(|fact| fact.value).sum())
    }

    /// Whether the parts do not add up to the whole. While the agent works, some parts are still to
    /// come, so only a whole that is too large counts.
    fn differs(&self, part: &Metric, whole: &Metric) -> bool {
        let (parts, whole) = (self.sum(part), self.sum(whole));
        let is_done = !self.sessions.is_empty()
            && self.sessions.iter().all(|session| session.end.value().is_some());
        parts.distance(whole) > ROUNDING_MAX && (is_done || whole > parts)
    }

    /// How many outbound calls were dialed; 0 for an agent with a callback, which dials as well.
    fn outbound_calls(&self) -> usize {
        if self.sessions.iter().any(|session| session.media().as_str() == "callback") {
            return 0;
        }
        let is_dialed = |session: &&&UserSession| {
            let durations = session.end.value().map(|end| end.durations).unwrap_or_default();
            session.outbound() && (durations.dialing + durations.contacting).0 > 0
        };
        self.sessions.iter().filter(is_dialed).count()
    }

    /// Whether Genesys reports fewer unanswered alerts than the sessions have.
    fn misses_unanswered_alert(&self) -> bool {
        let is_unanswered = |session: &&&UserSession| self.is_unanswered_alert(session);
        self.count(&Metric::T_NOT_RESPONDING) < self.sessions.iter().filter(is_unanswered).count()
    }

    /// Whether the agent did not respond to an alert or declined it: it was not answered, not
    /// transferred, and did not end because the wait did.
    fn is_unanswered_alert(&self, session: &UserSession) -> bool {
        let Some(end) = session.end.value() else { return false };
        let is_unanswered =
            alerting(session).0 > 0 && !was_answered(session) && end.transfer.is_none();
        // Without its start, work on a callback looks like an alert.
        let is_certain = session.start.value().is_some() || session.media().as_str() != "callback";
        let wait_ended = |acd: &AcdSession| {
            acd.queue() == session.queue()
                && acd.end.value().is_none_or(|wait_end| {
                    wait_end.outcome != Some(Outcome::Answered)
                        && wait_end.time.distance(end.time) <= ALERT_END
                })
        };
        let waits = &self.context.conversation.acd_sessions;
        is_unanswered && is_certain && !waits.iter().any(wait_ended)
    }
}

/// An agent was called in, without a queue, while another one worked, which is a consultation: fewer
/// `nConsult` than those.
fn missing_consult(context: &GapContext<'_>, gaps: &mut Vec<Gap>) {
    let sessions = &context.conversation.user_sessions;
    let is_consult = |session: &&UserSession| {
        session.queue().is_none()
            && !session.outbound()
            && sessions.iter().any(|other| starts_within(session, other))
    };
    let consults = sessions.iter().filter(is_consult).count();
    if context.has_metrics() && context.facts(Metric::N_CONSULT).count() < consults {
        gaps.push(Gap::historical("missing_consult"));
    }
}

/// Whether a session alerted and started clearly within another one.
fn starts_within(session: &UserSession, other: &UserSession) -> bool {
    let (Some(start), Some(other_start)) = (start_time(session), start_time(other)) else {
        return false;
    };
    let Some(other_end) = other.end.value() else { return false };
    session.id != other.id
        && alerting(session).0 > 0
        && other_start < start
        && start < other_end.time - ALERT_END
}

/// When a session started, or would have by its end and durations.
fn start_time(session: &UserSession) -> Option<Millis> {
    match (session.start.value(), session.end.value()) {
        (Some(start), _) => Some(start.time),
        (None, Some(end)) => Some(end.time - alerting(session) - handling(session)),
        (None, None) => None,
    }
}
