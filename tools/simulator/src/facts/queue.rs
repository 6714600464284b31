//! Facts of time in a queue.

use super::{Derived, Fact, Reading, lag};
use crate::chance::Chance;
use crate::world::conversation::{AcdEnd, AcdSession, Outcome};
use crate::world::party::Purpose;
use crate::{Assumptions, Rules};

/// `nOffered`, at the start. If the start event is not published, the fact has its official form
/// alone until the end; see [`offered_from_end`].
pub(crate) fn acd_start(acd: &mut AcdSession, chance: &mut Chance) -> Fact {
    let lag = lag(chance);
    acd.official_offered_at = acd.start + lag;
    let reading = reading(acd, acd.start, 1);
    let mut fact = Fact::new("nOffered", reading, acd.start, (acd.session, Purpose::Acd), lag);
    fact.derived = fact.derived.filter(|_| acd.start_published);
    fact
}

/// `nOffered` as derived from the end, if the start event was not published.
pub(crate) fn offered_from_end(acd: &AcdSession, end: &AcdEnd) -> Option<Fact> {
    let connected_ms = end.event.connected_ms.filter(|_| !acd.start_published)?;
    let derived = Derived {
        reading: reading(acd, end.time - connected_ms, 1),
        event_time: end.time,
        replaced_at: Some(acd.official_offered_at),
    };
    Some(Fact { metric: "nOffered", derived: Some(derived), official: None })
}

/// The facts of an outcome.
pub(crate) fn acd_end(
    acd: &AcdSession,
    end: &AcdEnd,
    (rules, assumptions): (&Rules, &Assumptions),
    chance: &mut Chance,
) -> Vec<Fact> {
    let wait = end.event.connected_ms.unwrap_or(end.time - acd.start);
    let mut facts = vec![outcome_fact("tAcd", wait, acd, end, chance)];
    match end.outcome.or(end.event.outcome) {
        Some(Outcome::Answered) => {
            let limit = rules.service_level_ms.ms(acd.queue.id(), acd.media.lower());
            let (answered, missed) = answered(wait, acd, end, (assumptions, chance));
            facts.push(answered);
            facts.extend(Some(missed).filter(|_| wait > limit));
        }
        Some(Outcome::Abandon) => facts.push(outcome_fact("tAbandon", wait, acd, end, chance)),
        Some(Outcome::FlowOut) => facts.push(outcome_fact("tFlowOut", wait, acd, end, chance)),
        Some(Outcome::Unknown) | None => {}
    }
    if end.outcome.is_none() {
        facts.iter_mut().skip(1).for_each(Fact::forget_official);
    }
    facts
}

/// A fact without an agent. It has no derived form if the event does not have the outcome.
fn outcome_fact(
    metric: &'static str,
    value: i64,
    acd: &AcdSession,
    end: &AcdEnd,
    chance: &mut Chance,
) -> Fact {
    let reading = reading(acd, end.time, value);
    let mut fact = Fact::new(metric, reading, end.time, (acd.session, Purpose::Acd), lag(chance));
    let has_outcome = end.event.outcome.is_some_and(|outcome| outcome != Outcome::Unknown);
    fact.derived = fact.derived.filter(|_| has_outcome);
    fact
}

/// The answer, and that it misses the service level.
fn answered(
    wait: i64,
    acd: &AcdSession,
    end: &AcdEnd,
    (assumptions, chance): (&Assumptions, &mut Chance),
) -> (Fact, Fact) {
    let on_queue_session = assumptions.answers_on_queue_session;
    let answered = answer_fact(("tAnswered", wait), acd, end, on_queue_session, chance);
    let on_queue_session = assumptions.misses_on_queue_session;
    let mut missed = answer_fact(("nOverSla", 1), acd, end, on_queue_session, chance);
    // An official answer replaces the derived miss as well, even without an official miss.
    let answered_at = answered.official.map(|official| official.reading.time);
    if let Some(derived) = &mut missed.derived {
        derived.replaced_at = derived.replaced_at.min(answered_at);
    }
    (answered, missed)
}

/// A fact of an answer, whose official form is of the agent's session, or of the queue's.
fn answer_fact(
    (metric, value): (&'static str, i64),
    acd: &AcdSession,
    end: &AcdEnd,
    on_queue_session: bool,
    chance: &mut Chance,
) -> Fact {
    let mut fact = outcome_fact(metric, value, acd, end, chance);
    if let Some(derived) = &mut fact.derived {
        derived.reading.user = end.event.answered_user;
    }
    if let (Some(official), Some(answer)) = (&mut fact.official, end.answer) {
        official.reading.user = Some(answer.user);
        if !on_queue_session {
            (official.session, official.purpose) = (answer.session, Purpose::Agent);
        }
    }
    fact
}

const fn reading(acd: &AcdSession, time: i64, value: i64) -> Reading {
    Reading { time, value, media: acd.media, queue: Some(acd.queue), user: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Part;
    use crate::id::id_from_bits;
    use crate::world::conversation::{AcdEndFields, Answer};
    use crate::world::lanes::{Media, Queue};

    const START: i64 = 1_000_000;

    fn session(start_published: bool, chance: &mut Chance) -> AcdSession {
        let lane = (Queue(0), Media::Voice);
        let acd = AcdSession::new(0, lane, START, chance);
        AcdSession { start_published, ..acd }
    }

    fn end(time: i64, connected_ms: i64) -> AcdEnd {
        let answer = Answer { user: id_from_bits(1), session: id_from_bits(2) };
        let event = AcdEndFields {
            outcome: Some(Outcome::Answered),
            answered_user: Some(answer.user),
            connected_ms: Some(connected_ms),
        };
        AcdEnd { time, outcome: Some(Outcome::Answered), answer: Some(answer), event }
    }

    #[test]
    fn an_unpublished_start_is_derived_from_the_end() {
        let mut chance = Chance::new(1, Part::World);
        let mut acd = session(false, &mut chance);
        assert_eq!(acd_start(&mut acd, &mut chance).derived, None);
        let offered = offered_from_end(&acd, &end(START + 5000, 4990));
        let derived = offered.and_then(|fact| fact.derived).unwrap();
        assert_eq!((derived.reading.time, derived.event_time), (START + 10, START + 5000));
        let published = session(true, &mut chance);
        assert_eq!(offered_from_end(&published, &end(START + 5000, 4990)), None);
    }

    #[test]
    fn a_derived_miss_is_replaced_with_the_derived_answer() {
        let mut chance = Chance::new(1, Part::World);
        let acd = session(true, &mut chance);
        let (rules, assumptions) = (Rules::default(), Assumptions::default());
        for _ in 0..50 {
            let end = end(START + 30_000, 30_000);
            let facts = acd_end(&acd, &end, (&rules, &assumptions), &mut chance);
            let fact = |metric| facts.iter().find(|fact| fact.metric == metric).unwrap();
            let official = |metric| fact(metric).official.unwrap().reading.time;
            let first = official("tAnswered").min(official("nOverSla"));
            assert_eq!(fact("nOverSla").derived.unwrap().replaced_at, Some(first));
        }
    }

    #[test]
    fn an_answer_in_exactly_the_service_level_time_is_no_miss() {
        let mut chance = Chance::new(1, Part::World);
        let acd = session(true, &mut chance);
        let (rules, assumptions) = (Rules::default(), Assumptions::default());
        let mut metrics = |connected_ms| {
            let end = end(START + connected_ms, connected_ms);
            acd_end(&acd, &end, (&rules, &assumptions), &mut chance).len()
        };
        assert_eq!((metrics(20_000), metrics(20_001)), (2, 3));
    }
}
