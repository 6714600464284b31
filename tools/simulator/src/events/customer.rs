//! Detail events of customers and flows.

use super::Publisher;
use super::detail::{FieldGroups, SessionRef, SharedFields};
use crate::LineKind::{Event, Unused};
use crate::chance::Chance;
use crate::id::{Id, fixed_id};
use crate::world::conversation::{Conversation, FlowSession};
use serde::Serialize;

const FLOW: Id = fixed_id(2);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomerEnd<'a> {
    #[serde(flatten)]
    shared: SharedFields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_type: Option<&'static str>,
    interacting_duration_ms: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FlowFields<'a> {
    #[serde(flatten)]
    shared: SharedFields<'a>,
    flow_type: &'static str,
    flow_id: Id,
    flow_version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FlowEnd<'a> {
    #[serde(flatten)]
    flow: FlowFields<'a>,
    disconnect_type: &'static str,
    connected_duration_ms: i64,
    exit_reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_type: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttributesBody<'a> {
    event_time: i64,
    conversation_id: Id,
    participant_id: Id,
    attributes: Attributes<'a>,
    communications: [Communication; 1],
    participant_start_time: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes<'a> {
    customer_name: &'a str,
    customer_tier: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Communication {
    id: Id,
    media_type: &'static str,
}

impl Publisher {
    pub(crate) fn customer_start(&mut self, conversation: &Conversation) {
        let time = conversation.customer.start;
        self.detail(conversation, ("customer.start", Event), time, |chance| {
            shared(conversation, time, chance)
        });
    }

    pub(crate) fn customer_end(&mut self, conversation: &Conversation, time: i64) {
        self.detail(conversation, ("customer.end", Event), time, |chance| CustomerEnd {
            shared: shared(conversation, time, chance),
            disconnect_type: conversation.customer.disconnect.text(),
            interacting_duration_ms: time - conversation.customer.start,
        });
    }

    pub(crate) fn flow_start(&mut self, conversation: &Conversation, flow: &FlowSession) {
        self.detail(conversation, ("flow.start", Unused), flow.start, |chance| {
            flow_fields(conversation, flow.start, flow, chance)
        });
    }

    /// The IVR ends: with a transfer to a queue, or because the caller hung up.
    pub(crate) fn flow_end(
        &mut self,
        conversation: &Conversation,
        flow: &FlowSession,
        time: i64,
        transferred: bool,
    ) {
        self.detail(conversation, ("flow.end", Unused), time, |chance| FlowEnd {
            flow: flow_fields(conversation, time, flow, chance),
            disconnect_type: if transferred { "TRANSFER" } else { "PEER" },
            connected_duration_ms: time - flow.start,
            exit_reason: if transferred { "TRANSFER" } else { "DISCONNECT" },
            transfer_type: transferred.then_some("ACD"),
        });
    }

    pub(crate) fn attributes(&mut self, conversation: &Conversation, time: i64) {
        let Some(flow) = &conversation.flow else { return };
        self.detail(conversation, ("attributes", Unused), time, |chance| AttributesBody {
            event_time: time,
            conversation_id: conversation.id,
            participant_id: flow.participant,
            attributes: Attributes {
                customer_name: &conversation.party.name,
                customer_tier: chance.pick(&["gold", "silver", "none"]),
            },
            communications: [Communication {
                id: flow.session,
                media_type: conversation.media.upper(),
            }],
            participant_start_time: flow.start,
        });
    }
}

fn shared<'a>(conversation: &'a Conversation, time: i64, chance: &mut Chance) -> SharedFields<'a> {
    let session = SessionRef {
        participant: conversation.customer.participant,
        session: conversation.customer.session,
        media: conversation.media,
        outbound: conversation.outbound,
    };
    SharedFields::new(conversation, time, session, FieldGroups::ALL, chance)
}

fn flow_fields<'a>(
    conversation: &'a Conversation,
    time: i64,
    flow: &FlowSession,
    chance: &mut Chance,
) -> FlowFields<'a> {
    let session = SessionRef {
        participant: flow.participant,
        session: flow.session,
        media: conversation.media,
        outbound: false,
    };
    let groups = FieldGroups { callback: false, ..FieldGroups::ALL };
    FlowFields {
        shared: SharedFields::new(conversation, time, session, groups, chance),
        flow_type: "INBOUNDCALL",
        flow_id: FLOW,
        flow_version: "12.0",
    }
}
