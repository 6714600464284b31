//! Detail events of an agent's sessions.

use super::detail::{FieldGroups, SessionRef, SharedFields};
use super::{Publisher, optional};
use crate::LineKind::{Event, Unused};
use crate::chance::Chance;
use crate::id::{Id, fixed_id};
use crate::world::agent_session::{Acw, UserSession};
use crate::world::conversation::Conversation;
use crate::world::lanes::Queue;
use serde::Serialize;

const WRAP_UP_CODES: [Id; 4] = [fixed_id(10), fixed_id(11), fixed_id(12), fixed_id(13)];
const WRAP_UP_NOTES: [&str; 4] =
    ["", "Called about invoice 4711", "Customer \"very\" unhappy", "R\u{fc}ckruf am Montag"];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserStart<'a> {
    #[serde(flatten)]
    shared: SharedFields<'a>,
    user_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserEnd<'a> {
    #[serde(flatten)]
    start: UserStart<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interacting_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alerting_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacting_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialing_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_duration_ms: Option<i64>,
}

/// After-call work; only the topic `acw` has the agent's id.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcwBody<'a> {
    #[serde(flatten)]
    shared: SharedFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_id: Option<&'static str>,
    wrapup_code: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrapup_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrapup_notes: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Id>,
}

impl Publisher {
    pub(crate) fn user_start(&mut self, conversation: &Conversation, user: &UserSession) {
        if !user.start_published {
            return;
        }
        self.detail(conversation, ("user.start", Event), user.start, |chance| {
            start(conversation, user, user.start, chance)
        });
    }

    pub(crate) fn user_end(&mut self, conversation: &Conversation, user: &UserSession, time: i64) {
        let spent = &user.spent;
        self.detail(conversation, ("user.end", Event), time, |chance| UserEnd {
            start: start(conversation, user, time, chance),
            disconnect_type: user.disconnect.text(),
            interacting_duration_ms: duration(spent.talking, chance),
            held_duration_ms: duration(spent.holding, chance),
            alerting_duration_ms: duration(spent.alerting, chance),
            contacting_duration_ms: duration(spent.contacting, chance),
            dialing_duration_ms: duration(spent.dialing, chance),
            callback_duration_ms: duration(spent.callback, chance),
        });
    }

    pub(crate) fn acw(&mut self, conversation: &Conversation, user: &UserSession, acw: Acw) {
        let code = self.chance.pick(&WRAP_UP_CODES);
        if self.chance.happens(0.4) {
            self.detail(conversation, ("wrapup", Unused), acw.time, |chance| {
                acw_body(conversation, user, acw, code, chance)
            });
        }
        self.detail(conversation, ("acw", Event), acw.time, |chance| AcwBody {
            user_id: Some(user.user),
            ..acw_body(conversation, user, acw, code, chance)
        });
    }
}

fn shared<'a>(
    conversation: &'a Conversation,
    user: &UserSession,
    time: i64,
    groups: FieldGroups,
    chance: &mut Chance,
) -> SharedFields<'a> {
    let session = SessionRef {
        participant: user.participant,
        session: user.session,
        media: user.media,
        outbound: user.outbound,
    };
    SharedFields::new(conversation, time, session, groups, chance)
}

fn start<'a>(
    conversation: &'a Conversation,
    user: &UserSession,
    time: i64,
    chance: &mut Chance,
) -> UserStart<'a> {
    UserStart {
        shared: shared(conversation, user, time, FieldGroups::ALL, chance),
        user_id: user.user,
        queue_id: user.queue.map(Queue::id),
    }
}

/// A duration of 0 is present in some events and absent from others.
fn duration(ms: i64, chance: &mut Chance) -> Option<i64> {
    (ms > 0 || chance.happens(0.2)).then_some(ms)
}

fn acw_body<'a>(
    conversation: &'a Conversation,
    user: &UserSession,
    acw: Acw,
    code: Id,
    chance: &mut Chance,
) -> AcwBody<'a> {
    let groups = FieldGroups { division: false, ..FieldGroups::ALL };
    AcwBody {
        shared: shared(conversation, user, acw.time, groups, chance),
        queue_id: user.queue.map(Queue::id),
        wrapup_code: code,
        wrapup_duration_ms: acw.duration_ms,
        // The note is drawn only if there is one.
        wrapup_notes: optional((), chance).map(|()| chance.pick(&WRAP_UP_NOTES)),
        user_id: None,
    }
}
