//! Facts of time in a queue.

use super::{Derived, Fact, Official, Reading, lag};
use crate::Rules;
use crate::chance::Chance;
use crate::world::conversation::{AcdEnd, AcdSession, Outcome, ToldOutcome};

/// `nOffered` at the start. Where the start is never told, only Genesys' own record is known yet.
pub(crate) fn acd_start(acd: &mut AcdSession, chance: &mut Chance) -> Fact {
    acd.offered_at = acd.start + lag(chance);
    let reading = reading(acd, acd.start, 1);
    let mut fact = Fact::both("nOffered", reading, acd.start, (acd.session, "acd"), 0);
    if let Some(official) = &mut fact.official {
        official.reading.time = acd.offered_at;
    }
    match &mut fact.derived {
        Some(derived) if acd.start_told => derived.replaced_at = Some(acd.offered_at),
        derived => *derived = None,
    }
    fact
}

/// `nOffered` from the end alone, if the start was never told.
pub(crate) fn untold_start(acd: &AcdSession, end: &AcdEnd) -> Option<Fact> {
    let connected_ms = end.told.connected_ms.filter(|_| !acd.start_told)?;
    let reading = reading(acd, end.time - connected_ms, 1);
    let derived = Derived {
        reading,
        told_at: end.time,
        replaced_at: Some(acd.offered_at),
    };
    Some(Fact {
        metric: "nOffered",
        derived: Some(derived),
        official: None,
    })
}

/// The outcome's facts.
pub(crate) fn acd_end(
    acd: &AcdSession,
    end: &AcdEnd,
    rules: &Rules,
    chance: &mut Chance,
) -> Vec<Fact> {
    let wait = end.told.connected_ms.unwrap_or(end.time - acd.start);
    let mut facts = vec![outcome_fact("tAcd", wait, acd, end, chance)];
    match end.outcome {
        Outcome::Answered => facts.extend(answered(wait, acd, end, rules, chance)),
        Outcome::Abandon => facts.push(outcome_fact("tAbandon", wait, acd, end, chance)),
        Outcome::FlowOut => facts.push(outcome_fact("tFlowOut", wait, acd, end, chance)),
    }
    facts
}

/// A fact that has no agent. Nothing is derived from an outcome that is not told.
fn outcome_fact(
    metric: &'static str,
    value: i64,
    acd: &AcdSession,
    end: &AcdEnd,
    chance: &mut Chance,
) -> Fact {
    let reading = reading(acd, end.time, value);
    let mut fact = Fact::both(metric, reading, end.time, (acd.session, "acd"), lag(chance));
    fact.derived = fact.derived.filter(|_| is_told(end));
    fact
}

fn answered(
    wait: i64,
    acd: &AcdSession,
    end: &AcdEnd,
    rules: &Rules,
    chance: &mut Chance,
) -> Vec<Fact> {
    let limit = rules.service_level_ms.ms(acd.queue.id(), acd.media.lower());
    let answered = answer_fact("tAnswered", wait, acd, end, chance);
    let mut missed = answer_fact("nOverSla", 1, acd, end, chance);
    // A derived miss is gone with the derived answer, even if Genesys sends no miss.
    let answered_at = answered.official.map(|official| official.reading.time);
    if let Some(derived) = &mut missed.derived {
        derived.replaced_at = derived.replaced_at.min(answered_at);
    }
    if wait > limit {
        vec![answered, missed]
    } else {
        vec![answered]
    }
}

/// Genesys books what has an agent now and then on the agent's session (precedence, case 2).
const BOOKED_ON_AGENT: f64 = 0.3;

fn answer_fact(
    metric: &'static str,
    value: i64,
    acd: &AcdSession,
    end: &AcdEnd,
    chance: &mut Chance,
) -> Fact {
    let mut fact = outcome_fact(metric, value, acd, end, chance);
    if let Some(derived) = &mut fact.derived {
        derived.reading.user = end.told.answered_user;
    }
    let on_agent = chance.happens(BOOKED_ON_AGENT);
    if let (Some(official), Some(answer)) = (&mut fact.official, end.answer) {
        book(official, answer.user, on_agent.then_some(answer.session));
    }
    fact
}

fn book(official: &mut Official, user: crate::id::Id, agent_session: Option<crate::id::Id>) {
    official.reading.user = Some(user);
    if agent_session.is_some() {
        official.session = agent_session;
        official.purpose = "agent";
    }
}

const fn is_told(end: &AcdEnd) -> bool {
    matches!(end.told.outcome, Some(ToldOutcome::Known(_)))
}

const fn reading(acd: &AcdSession, time: i64, value: i64) -> Reading {
    Reading {
        time,
        value,
        media: acd.media,
        queue: Some(acd.queue),
        user: None,
    }
}
