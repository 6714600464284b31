//! Facts of an agent's sessions.

use super::{Fact, Official, Reading, lag};
use crate::chance::Chance;
use crate::world::conversation::{Acw, Conversation, Disconnect, UserSession};

/// The facts of an ended session. `tHandle` is the last of them, if there is one: Genesys
/// publishes its own once after-call work is completed.
pub(crate) fn user_end(
    user: &UserSession,
    end: i64,
    cut: i64,
    chance: &mut Chance,
) -> (Vec<Fact>, Option<Fact>) {
    let spent = &user.spent;
    let durations = [
        ("tAlert", spent.alerting),
        ("tTalkComplete", spent.talking),
        ("tHeldComplete", spent.held),
        ("tContacting", spent.contacting),
        ("tDialing", spent.dialing),
    ];
    let positive = durations.into_iter().filter(|(_, value)| *value > 0);
    let transfers = transfers(user.disconnect).iter().map(|metric| (*metric, 1));
    let facts = positive.chain(transfers).map(|(metric, value)| {
        let reading = reading(user, end, value);
        Fact::both(metric, reading, end, (user.session, "agent"), lag(chance))
    });
    let facts = facts.collect();
    (facts, handle(user, end, cut, lag(chance)))
}

fn transfers(disconnect: Disconnect) -> &'static [&'static str] {
    match disconnect {
        Disconnect::Transfer => &["nTransferred", "nBlindTransferred"],
        Disconnect::ConsultTransfer => &["nTransferred", "nConsultTransferred"],
        _ => &[],
    }
}

/// `tHandle`: with after-call work in Genesys' record, and in ours as soon as that is told.
fn handle(user: &UserSession, end: i64, cut: i64, lag: i64) -> Option<Fact> {
    let handling = Some(user.spent.handling()).filter(|handling| *handling > 0)?;
    let with = |acw: Option<Acw>| {
        let time = acw.map_or(end, |acw| acw.time.max(end));
        reading(user, time, handling + acw.and_then(|acw| acw.duration_ms).unwrap_or(0))
    };
    let told = with(user.acw.filter(|acw| acw.time <= cut));
    let mut fact = Fact::both("tHandle", told, end, (user.session, "agent"), 0);
    let official = Reading { time: with(user.acw).time + lag, ..with(user.acw) };
    fact.official = fact.official.map(|booked| Official { reading: official, ..booked });
    fact.derived.iter_mut().for_each(|derived| derived.replaced_at = Some(official.time));
    Some(fact)
}

/// `tAcw`, if its duration is told and not 0.
pub(crate) fn acw(user: &UserSession, acw: Acw, chance: &mut Chance) -> Option<Fact> {
    let value = acw.duration_ms.filter(|ms| *ms > 0)?;
    let booked = (user.session, "agent");
    Some(Fact::both("tAcw", reading(user, acw.time, value), acw.time, booked, lag(chance)))
}

/// What Genesys books besides when an agent lets it ring.
pub(crate) fn ring_out(user: &UserSession, end: i64, chance: &mut Chance) -> [Fact; 2] {
    [("tNotResponding", user.spent.alerting), ("nAlertExpired", 1)]
        .map(|(metric, value)| extra(metric, value, user, end, chance))
}

/// Now and then a record has its own id only.
const WITHOUT_SESSION: f64 = 0.1;

/// A metric of an agent's session that Genesys' stream alone has.
pub(crate) fn extra(
    metric: &'static str,
    value: i64,
    user: &UserSession,
    time: i64,
    chance: &mut Chance,
) -> Fact {
    let reading = reading(user, time + lag(chance), value);
    let tells_session = !chance.happens(WITHOUT_SESSION);
    let official = Official { reading, session: user.session, tells_session, purpose: "agent" };
    Fact::official(metric, official)
}

/// A metric of neither queue nor agent: it is kept, and belongs to no row.
pub(crate) fn conversation_extra(
    metric: &'static str,
    value: i64,
    conversation: &Conversation,
    time: i64,
    chance: &mut Chance,
) -> Fact {
    let time = time + lag(chance);
    let reading = Reading { time, value, media: conversation.media, queue: None, user: None };
    let flow = conversation.flow.as_ref();
    let session = flow.map_or(conversation.customer.session, |flow| flow.session);
    Fact::official(metric, Official { reading, session, tells_session: true, purpose: "ivr" })
}

const fn reading(user: &UserSession, time: i64, value: i64) -> Reading {
    Reading { time, value, media: user.media, queue: user.queue, user: Some(user.user) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Part;
    use crate::id::Id;
    use crate::world::lanes::Media;

    /// The derived `tHandle` of a session of 60 s of talk that ended at 100 s.
    fn handle(acw: Acw, cut: i64) -> Option<(i64, i64)> {
        let mut chance = Chance::new(1, Part::World);
        let mut user = UserSession::new((0, Id::random(1)), Media::Voice, 40_000, &mut chance);
        user.spent.talking = 60_000;
        user.acw = Some(acw);
        let derived = user_end(&user, 100_000, cut, &mut chance).1?.derived?;
        Some((derived.reading.time, derived.reading.value))
    }

    #[test]
    fn handling_is_emitted_at_the_later_of_end_and_after_call_work() {
        let acw = |time, duration_ms| Acw { time, duration_ms };
        let all = i64::MAX;
        assert_eq!(handle(acw(130_000, Some(30_000)), all), Some((130_000, 90_000)));
        assert_eq!(handle(acw(99_000, Some(4000)), all), Some((100_000, 64_000)));
        assert_eq!(handle(acw(130_000, None), all), Some((130_000, 60_000)));
        assert_eq!(handle(acw(130_000, Some(30_000)), 129_999), Some((100_000, 60_000)));
    }
}
