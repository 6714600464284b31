//! Detail events of time in a queue, and of the voicemail that may follow.

use super::detail::{FieldGroups, SessionRef, SharedFields};
use super::{Publisher, optional};
use crate::LineKind::{Event, Unused};
use crate::chance::Chance;
use crate::id::Id;
use crate::world::conversation::{AcdEnd, AcdSession, Conversation, EventOutcome, Outcome};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcdStart<'a> {
    #[serde(flatten)]
    shared: SharedFields<'a>,
    queue_id: &'static str,
    routing_priority: i64,
    requested_routing_skill_ids: [&'static str; 0],
    skill_expression_applied: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcdEndBody<'a> {
    #[serde(flatten)]
    shared: SharedFields<'a>,
    queue_id: &'static str,
    routing_priority: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    acd_outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_user_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connected_duration_ms: Option<i64>,
    #[serde(flatten)]
    routing: Option<Routing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used_routing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_type: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Routing {
    disconnect_type: &'static str,
    requested_routings: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Voicemail<'a> {
    #[serde(flatten)]
    shared: SharedFields<'a>,
    queue_id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VoicemailEnd<'a> {
    #[serde(flatten)]
    voicemail: Voicemail<'a>,
    disconnect_type: &'static str,
    voicemail_duration_ms: i64,
}

impl Publisher {
    pub(crate) fn acd_start(&mut self, conversation: &Conversation, acd: &AcdSession) {
        if !acd.start_published {
            return;
        }
        self.detail(conversation, ("acd.start", Event), acd.start, |chance| AcdStart {
            shared: shared(conversation, acd.start, acd, FieldGroups::ALL, chance),
            queue_id: acd.queue.id(),
            routing_priority: 0,
            requested_routing_skill_ids: [],
            skill_expression_applied: false,
        });
    }

    pub(crate) fn acd_end(&mut self, conversation: &Conversation, acd: &AcdSession, end: &AcdEnd) {
        self.detail(conversation, ("acd.end", Event), end.time, |chance| AcdEndBody {
            shared: shared(conversation, end.time, acd, FieldGroups::ALL, chance),
            queue_id: acd.queue.id(),
            routing_priority: 0,
            acd_outcome: end.event.outcome.map(EventOutcome::text),
            answered_user_id: end.event.answered_user,
            connected_duration_ms: end.event.connected_ms,
            routing: optional(Routing::new(end.outcome), chance),
            used_routing: (end.outcome == Outcome::Answered).then_some("STANDARD"),
            flow_type: (end.outcome == Outcome::FlowOut).then_some("INQUEUECALL"),
        });
    }

    pub(crate) fn voicemail_start(
        &mut self,
        conversation: &Conversation,
        acd: &AcdSession,
        time: i64,
    ) {
        self.detail(conversation, ("voicemail.start", Unused), time, |chance| {
            voicemail(conversation, acd, time, chance)
        });
    }

    pub(crate) fn voicemail_end(
        &mut self,
        conversation: &Conversation,
        acd: &AcdSession,
        time: i64,
    ) {
        self.detail(conversation, ("voicemail.end", Unused), time, |chance| VoicemailEnd {
            voicemail: voicemail(conversation, acd, time, chance),
            disconnect_type: "ENDPOINT",
            voicemail_duration_ms: time - acd.end.as_ref().map_or(time, |end| end.time),
        });
    }
}

impl Routing {
    const fn new(outcome: Outcome) -> Self {
        let disconnect_type = match outcome {
            Outcome::Abandon => "PEER",
            Outcome::Answered | Outcome::FlowOut => "TRANSFER",
        };
        Self { disconnect_type, requested_routings: ["STANDARD"] }
    }
}

fn shared<'a>(
    conversation: &'a Conversation,
    time: i64,
    acd: &AcdSession,
    groups: FieldGroups,
    chance: &mut Chance,
) -> SharedFields<'a> {
    let session = SessionRef {
        participant: acd.participant,
        session: acd.session,
        media: acd.media,
        outbound: false,
    };
    SharedFields::new(conversation, time, session, groups, chance)
}

fn voicemail<'a>(
    conversation: &'a Conversation,
    acd: &AcdSession,
    time: i64,
    chance: &mut Chance,
) -> Voicemail<'a> {
    let groups = FieldGroups { addresses: false, callback: false, division: true };
    let shared = shared(conversation, time, acd, groups, chance);
    Voicemail { shared, queue_id: acd.queue.id() }
}
