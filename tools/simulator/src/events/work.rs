//! The detail events of queues and agents.

use super::conversation::{Fields, Session, body};
use super::{Publisher, fixed};
use crate::LineKind::{Event, Unused};
use crate::chance::Chance;
use crate::id::Id;
use crate::json::Object;
use crate::world::conversation::{
    AcdEnd, AcdSession, Acw, Conversation, Outcome, ToldOutcome, UserSession,
};
use crate::world::lanes::Queue;

const WRAP_UP_CODES: [Id; 4] = [fixed(10), fixed(11), fixed(12), fixed(13)];
const WRAP_UP_NOTES: [&str; 4] =
    ["", "Called about invoice 4711", "Customer \"very\" unhappy", "R\u{fc}ckruf am Montag"];

impl Publisher {
    pub(crate) fn acd_start(&mut self, it: &Conversation, acd: &AcdSession) {
        if !acd.start_told {
            return;
        }
        self.detail(it, ("acd.start", Event), acd.start, |chance| {
            let mut body = body(it, acd.start, queue(acd), Fields::ALL, chance);
            body.text("queueId", acd.queue.id()).int("routingPriority", 0);
            body.texts("requestedRoutingSkillIds", &[]).flag("skillExpressionApplied", false);
            body
        });
    }

    pub(crate) fn acd_end(&mut self, it: &Conversation, acd: &AcdSession, end: &AcdEnd) {
        self.detail(it, ("acd.end", Event), end.time, |chance| {
            let mut body = body(it, end.time, queue(acd), Fields::ALL, chance);
            body.text("queueId", acd.queue.id()).int("routingPriority", 0);
            acd_outcome(end, &mut body, chance);
            body
        });
    }

    pub(crate) fn user_start(&mut self, it: &Conversation, user: &UserSession) {
        if !user.start_told {
            return;
        }
        self.detail(it, ("user.start", Event), user.start, |chance| {
            let mut body = body(it, user.start, agent(user), Fields::ALL, chance);
            body.id("userId", user.user).maybe_text("queueId", user.queue.map(Queue::id));
            body
        });
    }

    pub(crate) fn user_end(&mut self, it: &Conversation, user: &UserSession, time: i64) {
        self.detail(it, ("user.end", Event), time, |chance| {
            let mut body = body(it, time, agent(user), Fields::ALL, chance);
            body.id("userId", user.user).maybe_text("queueId", user.queue.map(Queue::id));
            body.maybe_text("disconnectType", user.disconnect.text());
            spent(user, &mut body, chance);
            body
        });
    }

    pub(crate) fn acw(&mut self, it: &Conversation, user: &UserSession, acw: Acw) {
        let code = self.chance.pick(&WRAP_UP_CODES);
        if self.chance.happens(0.4) {
            self.detail(it, ("wrapup", Unused), acw.time, |chance| {
                acw_body(it, user, acw, code, chance)
            });
        }
        self.detail(it, ("acw", Event), acw.time, |chance| {
            let mut body = acw_body(it, user, acw, code, chance);
            body.id("userId", user.user);
            body
        });
    }

    pub(crate) fn voicemail_start(&mut self, it: &Conversation, acd: &AcdSession, time: i64) {
        self.detail(it, ("voicemail.start", Unused), time, |chance| {
            voicemail_body(it, acd, time, chance)
        });
    }

    pub(crate) fn voicemail_end(&mut self, it: &Conversation, acd: &AcdSession, time: i64) {
        self.detail(it, ("voicemail.end", Unused), time, |chance| {
            let start = acd.end.as_ref().map_or(time, |end| end.time);
            let mut body = voicemail_body(it, acd, time, chance);
            body.text("disconnectType", "ENDPOINT").int("voicemailDurationMs", time - start);
            body
        });
    }
}

fn queue(acd: &AcdSession) -> Session {
    let (participant, id) = (acd.participant, acd.session);
    Session { participant, id, media: acd.media, outbound: false }
}

fn agent(user: &UserSession) -> Session {
    let (participant, id) = (user.participant, user.session);
    Session { participant, id, media: user.media, outbound: user.outbound }
}

fn voicemail_body(it: &Conversation, acd: &AcdSession, time: i64, chance: &mut Chance) -> Object {
    let mut body = body(it, time, queue(acd), Fields::VOICEMAIL, chance);
    body.text("queueId", acd.queue.id());
    body
}

fn acd_outcome(end: &AcdEnd, body: &mut Object, chance: &mut Chance) {
    let outcome = end.told.outcome.map(|told| match told {
        ToldOutcome::Unknown => "UNKNOWN",
        ToldOutcome::Known(outcome) => outcome.text(),
    });
    body.maybe_text("acdOutcome", outcome);
    body.maybe_id("answeredUserId", end.told.answered_user);
    body.maybe_int("connectedDurationMs", end.told.connected_ms);
    if Publisher::keeps(chance) {
        let abandoned = end.outcome == Outcome::Abandon;
        body.text("disconnectType", if abandoned { "PEER" } else { "TRANSFER" });
        body.texts("requestedRoutings", &["STANDARD"]);
    }
    match end.outcome {
        Outcome::Answered => body.text("usedRouting", "STANDARD"),
        Outcome::FlowOut => body.text("flowType", "INQUEUECALL"),
        Outcome::Abandon => body,
    };
}

/// Durations of 0 are told or left out, either way.
fn spent(user: &UserSession, body: &mut Object, chance: &mut Chance) {
    let spent = &user.spent;
    for (key, ms) in [
        ("interactingDurationMs", spent.talking),
        ("heldDurationMs", spent.held),
        ("alertingDurationMs", spent.alerting),
        ("contactingDurationMs", spent.contacting),
        ("dialingDurationMs", spent.dialing),
        ("callbackDurationMs", spent.callback),
    ] {
        if ms > 0 || chance.happens(0.2) {
            body.int(key, ms);
        }
    }
}

fn acw_body(
    it: &Conversation,
    user: &UserSession,
    acw: Acw,
    code: Id,
    chance: &mut Chance,
) -> Object {
    let mut body = body(it, acw.time, agent(user), Fields::ACW, chance);
    body.maybe_text("queueId", user.queue.map(Queue::id)).id("wrapupCode", code);
    body.maybe_int("wrapupDurationMs", acw.duration_ms);
    if Publisher::keeps(chance) {
        body.text("wrapupNotes", chance.pick(&WRAP_UP_NOTES));
    }
    body
}
