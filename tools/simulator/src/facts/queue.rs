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
    let derived = Derived { reading, told_at: end.time, replaced_at: Some(acd.offered_at) };
    Some(Fact { metric: "nOffered", derived: Some(derived), official: None })
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
    if wait > limit { vec![answered, missed] } else { vec![answered] }
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
    if let Some(session) = agent_session {
        official.session = session;
        official.purpose = "agent";
    }
}

const fn is_told(end: &AcdEnd) -> bool {
    matches!(end.told.outcome, Some(ToldOutcome::Known(_)))
}

const fn reading(acd: &AcdSession, time: i64, value: i64) -> Reading {
    Reading { time, value, media: acd.media, queue: Some(acd.queue), user: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Part;
    use crate::id::Id;
    use crate::world::conversation::{Answer, Told};
    use crate::world::lanes::{Media, Queue};

    const START: i64 = 1_000_000;

    fn session(start_told: bool, chance: &mut Chance) -> AcdSession {
        let lane = (Queue(0), Media::Voice);
        let acd = AcdSession::new(0, lane, START, chance);
        AcdSession { start_told, ..acd }
    }

    fn end(time: i64, connected_ms: i64) -> AcdEnd {
        let (user, session) = (Id::random(1), Id::random(2));
        let told = Told {
            outcome: Some(ToldOutcome::Known(Outcome::Answered)),
            answered_user: Some(user),
            connected_ms: Some(connected_ms),
        };
        let answer = Some(Answer { user, session });
        AcdEnd { time, outcome: Outcome::Answered, answer, told }
    }

    #[test]
    fn an_untold_start_is_reckoned_from_the_end() {
        let mut chance = Chance::new(1, Part::World);
        let mut acd = session(false, &mut chance);
        assert_eq!(acd_start(&mut acd, &mut chance).derived, None);
        let offered = untold_start(&acd, &end(START + 5000, 4990)).and_then(|it| it.derived);
        assert_eq!(
            offered.map(|it| (it.reading.time, it.told_at)),
            Some((START + 10, START + 5000))
        );
        let told = session(true, &mut chance);
        assert_eq!(untold_start(&told, &end(START + 5000, 4990)), None);
    }

    #[test]
    fn a_derived_miss_goes_with_the_derived_answer() {
        let mut chance = Chance::new(1, Part::World);
        let acd = session(true, &mut chance);
        for _ in 0..50 {
            let end = end(START + 30_000, 30_000);
            let facts = acd_end(&acd, &end, &Rules::default(), &mut chance);
            let of = |metric| facts.iter().find(|it| it.metric == metric).unwrap();
            let official = |metric| of(metric).official.unwrap().reading.time;
            let first = official("tAnswered").min(official("nOverSla"));
            assert_eq!(of("nOverSla").derived.unwrap().replaced_at, Some(first));
        }
    }

    #[test]
    fn an_answer_in_just_the_service_level_time_is_no_miss() {
        let mut chance = Chance::new(1, Part::World);
        let acd = session(true, &mut chance);
        let mut metrics = |connected_ms| {
            let end = end(START + connected_ms, connected_ms);
            acd_end(&acd, &end, &Rules::default(), &mut chance).len()
        };
        assert_eq!((metrics(20_000), metrics(20_001)), (2, 3));
    }
}
