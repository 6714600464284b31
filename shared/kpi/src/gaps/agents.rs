//! Holes in what is known of an agent. Some of Genesys' metrics name no session, so these count
//! per agent.

use super::evidence::{ALERT_END, Evidence, HANDLING, alerting, handling, was_answered};
use super::work::ROUNDING;
use super::{Gap, Rule};
use crate::derive::EffectiveMetric;
use crate::facts::{AcdSession, Outcome, UserSession};
use crate::{Id, Metric, Millis};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULES: &[Rule] = &[per_agent, consult_untold];

/// What each agent's sessions and metrics say of each other.
fn per_agent(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    if !known.has_metrics() {
        return;
    }
    for agent in agents(known) {
        let rules = [
            ("talk untold", agent.differs(&Metric::T_TALK, &Metric::T_TALK_COMPLETE)),
            ("hold untold", agent.differs(&Metric::T_HELD, &Metric::T_HELD_COMPLETE)),
            ("connection untold", agent.connections() > agent.count(&[Metric::N_CONNECTED])),
            ("outbound untold", agent.outbound() > agent.count(&[Metric::N_OUTBOUND])),
            ("alert untold", agent.alert_untold()),
        ];
        holes.extend(rules.iter().filter(|(_, hole)| *hole).map(|(rule, _)| Gap::settled(rule)));
    }
}

/// Everyone who has a session or a fact.
fn agents<'e, 'a>(known: &'e Evidence<'a>) -> impl Iterator<Item = Agent<'e, 'a>> {
    let mut agents: BTreeMap<&'a Id, Agent<'e, 'a>> = BTreeMap::new();
    let new = || Agent { known, facts: Vec::new(), sessions: Vec::new() };
    for session in &known.conversation.user {
        if let Some(user) = session.user() {
            agents.entry(user).or_insert_with(new).sessions.push(session);
        }
    }
    for fact in &known.official {
        if let Some(user) = fact.user {
            agents.entry(user).or_insert_with(new).facts.push(fact);
        }
    }
    agents.into_values()
}

/// What is known of one agent.
struct Agent<'e, 'a> {
    known: &'e Evidence<'a>,
    facts: Vec<&'e EffectiveMetric<'a>>,
    sessions: Vec<&'a UserSession>,
}

impl Agent<'_, '_> {
    /// How many official facts there are of some metrics.
    fn count(&self, metrics: &[Metric]) -> usize {
        self.facts.iter().filter(|fact| metrics.contains(&fact.metric)).count()
    }

    fn sum(&self, metric: &Metric) -> Millis {
        let mine = self.facts.iter().filter(|fact| fact.metric == *metric);
        Millis(mine.map(|fact| fact.value).sum())
    }

    /// Whether stretches do not add up to the whole; while an agent works, some are still to come.
    fn differs(&self, part: &Metric, whole: &Metric) -> bool {
        let (parts, whole) = (self.sum(part), self.sum(whole));
        let over =
            !self.sessions.is_empty() && self.sessions.iter().all(|it| it.end.value().is_some());
        parts.distance(whole) > ROUNDING && (over || whole > parts)
    }

    /// How many alerts were answered.
    fn connections(&self) -> usize {
        let ended = self.sessions.iter().filter(|session| session.end.value().is_some());
        let known = ended.filter(|session| alerting(session).0 > 0 && was_answered(session));
        let alerts = self.facts.iter().filter(|fact| fact.metric == Metric::T_ALERT);
        let told = alerts.filter_map(|fact| fact.session);
        let told = told.filter(|id| self.known.is_told(id, &HANDLING));
        known.map(|session| &session.id).chain(told).collect::<BTreeSet<_>>().len()
    }

    /// How many calls were made, other than those of a callback.
    fn outbound(&self) -> usize {
        let mut medias = self.sessions.iter().map(|session| session.media());
        if medias.any(|media| media.as_str() == "callback") {
            return 0;
        }
        let dialed = |session: &UserSession| {
            let spent = session.end.value().map(|end| end.durations).unwrap_or_default();
            session.outbound() && (spent.dialing + spent.contacting).0 > 0
        };
        self.sessions.iter().filter(|session| dialed(session)).count()
    }

    /// Whether Genesys' count of alerts that were not answered is too low, or not the same in both
    /// ways of counting.
    fn alert_untold(&self) -> bool {
        let timed = self.count(&[Metric::T_NOT_RESPONDING]);
        let counted = self.count(&[Metric::N_ALERT_EXPIRED, Metric::N_AGENT_DECLINED]);
        let missed = self.sessions.iter().filter(|session| self.is_missed(session)).count();
        timed != counted || timed < missed
    }

    /// Whether an alert was let ring, or declined: not answered, and not over because the wait was.
    fn is_missed(&self, session: &UserSession) -> bool {
        let Some(end) = session.end.value() else { return false };
        let alert = alerting(session).0 > 0 && !was_answered(session) && end.transfer.is_none();
        // Without its start, work on a callback looks like an alert.
        let certain = session.start.value().is_some() || session.media().as_str() != "callback";
        let over = |acd: &&AcdSession| {
            let ended = acd.end.value();
            acd.queue() == session.queue()
                && ended.is_none_or(|it| {
                    it.outcome != Some(Outcome::Answered) && it.time.distance(end.time) <= ALERT_END
                })
        };
        alert && certain && !self.known.conversation.acd.iter().any(|acd| over(&acd))
    }
}

/// An agent was called in while another one worked, without a queue: a consultation, which is
/// counted.
fn consult_untold(known: &Evidence<'_>, holes: &mut Vec<Gap>) {
    let users = &known.conversation.user;
    let called = users.iter().filter(|it| it.queue().is_none() && !it.outbound());
    let consulted = called.filter(|it| users.iter().any(|other| is_amid(it, other))).count();
    let untold = known.has_metrics() && known.facts(Metric::N_CONSULT).count() < consulted;
    holes.extend(untold.then_some(Gap::settled("consultation untold")));
}

/// Whether a session began clearly within another one.
fn is_amid(session: &UserSession, other: &UserSession) -> bool {
    let within = |began: Millis| {
        let end = other.end.value().map(|end| end.time - ALERT_END);
        began_at(other).is_some_and(|start| start < began) && end.is_some_and(|end| began < end)
    };
    session.id != other.id && alerting(session).0 > 0 && began_at(session).is_some_and(within)
}

/// When a session began, if need be reckoned from its end.
fn began_at(session: &UserSession) -> Option<Millis> {
    let reckoned = || Some(session.end.value()?.time - alerting(session) - handling(session));
    session.start.value().map(|start| start.time).or_else(reckoned)
}
