//! Facts of an agent's sessions.

use super::{Derived, Fact, Official, Reading, lag};
use crate::chance::Chance;
use crate::id::Id;
use crate::world::agent_session::{Acw, Disconnect, Spent, UserSession};
use crate::world::conversation::{AcdSession, Conversation, Outcome};
use crate::world::lanes::{Media, Queue};
use crate::world::party::Purpose;

/// The facts of a session that ended, and its `tHandle` if there is one: Genesys publishes that
/// after after-call work.
pub(crate) fn user_end(
    user: &UserSession,
    end: i64,
    published_until: i64,
    chance: &mut Chance,
) -> (Vec<Fact>, Option<Fact>) {
    let Spent { alerting, talking, holding, dialing, contacting, .. } = user.spent;
    let start = if user.start_published { user.start } else { end - user.spent.total() };
    let mut facts = vec![
        derived("tAlert", reading(user, start + contacting + dialing + alerting, alerting), end),
        derived("tTalkComplete", reading(user, end, talking), end),
    ];
    for fact in &mut facts {
        let official_at = user.emitted.get(fact.metric).copied();
        fact.derived.iter_mut().for_each(|form| form.replaced_at = official_at);
    }
    let mut add = |metric, value, derived_at| {
        let reading = reading(user, end, value);
        let mut fact = Fact::new(metric, reading, end, (user.session, Purpose::Agent), lag(chance));
        fact.derived.iter_mut().for_each(|form| form.reading.time = derived_at);
        facts.push(fact);
    };
    add("tHeldComplete", holding, end);
    add("tContacting", contacting, start + contacting);
    add("tDialing", dialing, start + contacting + dialing);
    for metric in transfers(user.disconnect) {
        add(metric, 1, end);
    }
    facts.retain(|fact| fact.derived.is_some_and(|form| form.reading.value > 0));
    (facts, handle(user, end, published_until, lag(chance)))
}

/// A fact whose official form was emitted before.
const fn derived(metric: &'static str, reading: Reading, event_time: i64) -> Fact {
    let derived = Derived { reading, event_time, replaced_at: None };
    Fact { metric, derived: Some(derived), official: None }
}

fn transfers(disconnect: Option<Disconnect>) -> &'static [&'static str] {
    match disconnect {
        Some(Disconnect::Transfer) => &["nTransferred", "nBlindTransferred"],
        Some(Disconnect::ConsultTransfer) => &["nTransferred", "nConsultTransferred"],
        _ => &[],
    }
}

/// `tHandle`. The official form includes after-call work; the derived form includes it if its event
/// is published.
fn handle(user: &UserSession, end: i64, published_until: i64, lag: i64) -> Option<Fact> {
    let handling = user.spent.handling();
    let reading_with = |acw: Option<Acw>| {
        let time = acw.map_or(end, |acw| if handling == 0 { acw.time } else { acw.time.max(end) });
        let value = handling + acw.and_then(|acw| acw.duration_ms).unwrap_or(0);
        Some(reading(user, time, value)).filter(|reading| reading.value > 0)
    };
    let mut official = reading_with(user.acw)?;
    official.time += lag;
    let derived = reading_with(user.acw.filter(|acw| acw.time <= published_until));
    let mut fact = Fact::new("tHandle", official, end, (user.session, Purpose::Agent), 0);
    fact.derived = derived.map(|reading| Derived {
        reading,
        event_time: end,
        replaced_at: Some(official.time),
    });
    Some(fact)
}

/// Whatever ends an alert has happened within this time of its end.
const ALERT_END_MS: i64 = 2_000;

/// `tNotResponding` as it follows from the published events (`kpis.md#not-responding`).
pub(crate) fn not_responding(conversation: &Conversation, user: &UserSession) -> Option<Reading> {
    let end = user.end.filter(|end| conversation.publishes(*end))?;
    let ended_alert = |acd: &AcdSession| {
        Some(acd.queue) == user.queue
            && acd.end.as_ref().is_some_and(|wait_end| {
                conversation.publishes(wait_end.time)
                    && wait_end.event.outcome != Some(Outcome::Answered)
                    && (wait_end.time - end).abs() <= ALERT_END_MS
            })
    };
    let alerting = user.spent.alerting;
    let outlasts_alert = if user.start_published {
        end - user.start - alerting > ALERT_END_MS
    } else {
        user.media == Media::Callback
    };
    let is_unanswered = alerting > 0
        && user.queue.is_some()
        && user.spent.handling() == 0
        && transfers(user.disconnect).is_empty()
        && !outlasts_alert
        && !conversation.acds.iter().any(ended_alert);
    let alert_end = if user.start_published { user.start + alerting } else { end };
    is_unanswered.then(|| reading(user, alert_end, alerting))
}

/// `tAcw`, if its event has a duration that is not 0.
pub(crate) fn acw(user: &UserSession, acw: Acw, chance: &mut Chance) -> Option<Fact> {
    let value = acw.duration_ms.filter(|ms| *ms > 0)?;
    let reading = reading(user, acw.time, value);
    Some(Fact::new("tAcw", reading, acw.time, (user.session, Purpose::Agent), lag(chance)))
}

/// The official form of a part of a session that is over now.
pub(crate) fn part(
    metric: &'static str,
    value: i64,
    user: &UserSession,
    time: i64,
    chance: &mut Chance,
) -> Fact {
    let reading = reading(user, time + lag(chance), value);
    of_session(metric, user.session, reading, true)
}

fn of_session(metric: &'static str, session: Id, reading: Reading, has_session: bool) -> Fact {
    Fact::official(metric, Official { reading, session, has_session, purpose: Purpose::Agent })
}

/// The share of official facts whose event has no session id.
const WITHOUT_SESSION: f64 = 0.1;

/// A fact of an agent's session that only Genesys reports.
pub(crate) fn extra(
    metric: &'static str,
    value: i64,
    user: &UserSession,
    time: i64,
    chance: &mut Chance,
) -> Fact {
    let reading = reading(user, time + lag(chance), value);
    of_session(metric, user.session, reading, !chance.happens(WITHOUT_SESSION))
}

/// A fact that only Genesys reports of the customer's session, or `tIvr` of that of the IVR.
pub(crate) fn without_agent(
    metric: &'static str,
    value: i64,
    queue: Option<Queue>,
    (conversation, time): (&Conversation, i64),
    chance: &mut Chance,
) -> Fact {
    let time = time + lag(chance);
    let reading = Reading { time, value, media: conversation.media, queue, user: None };
    let (session, purpose) = match &conversation.flow {
        Some(flow) if metric == "tIvr" => (flow.session, Purpose::Ivr),
        _ => (conversation.customer.session, Purpose::Customer),
    };
    Fact::official(metric, Official { reading, session, has_session: true, purpose })
}

const fn reading(user: &UserSession, time: i64, value: i64) -> Reading {
    Reading { time, value, media: user.media, queue: user.queue, user: Some(user.user) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Part;
    use crate::id::id_from_bits;

    /// The derived `tHandle` of a session with 60 s of talk that ended at 100 s.
    fn handle(acw: Acw, published_until: i64) -> Option<(i64, i64)> {
        let mut chance = Chance::new(1, Part::World);
        let agent = (0, id_from_bits(1));
        let mut user = UserSession::new(agent, Media::Voice, 40_000, &mut chance);
        user.spent.talking = 60_000;
        user.acw = Some(acw);
        let derived = user_end(&user, 100_000, published_until, &mut chance).1?.derived?;
        Some((derived.reading.time, derived.reading.value))
    }

    #[test]
    fn handle_time_is_emitted_at_the_later_of_session_end_and_after_call_work() {
        let acw = |time, duration_ms| Acw { time, duration_ms };
        let always = i64::MAX;
        assert_eq!(handle(acw(130_000, Some(30_000)), always), Some((130_000, 90_000)));
        assert_eq!(handle(acw(99_000, Some(4000)), always), Some((100_000, 64_000)));
        assert_eq!(handle(acw(130_000, None), always), Some((130_000, 60_000)));
        assert_eq!(handle(acw(130_000, Some(30_000)), 129_999), Some((100_000, 60_000)));
    }
}
