//! The detail events of customers and flows.

use super::conversation::{Fields, Session, body};
use super::{Publisher, fixed};
use crate::LineKind::{Event, Unused};
use crate::chance::Chance;
use crate::id::Id;
use crate::json::Object;
use crate::world::conversation::{Conversation, FlowSession};

const FLOW: Id = fixed(2);

impl Publisher {
    pub(crate) fn customer_start(&mut self, it: &Conversation) {
        let time = it.customer.start;
        self.detail(it, ("customer.start", Event), time, |chance| {
            body(it, time, customer(it), Fields::ALL, chance)
        });
    }

    pub(crate) fn customer_end(&mut self, it: &Conversation, time: i64) {
        self.detail(it, ("customer.end", Event), time, |chance| {
            let mut body = body(it, time, customer(it), Fields::ALL, chance);
            body.maybe_text("disconnectType", it.customer.disconnect.text());
            body.int("interactingDurationMs", time - it.customer.start);
            body
        });
    }

    pub(crate) fn flow_start(&mut self, it: &Conversation, flow: &FlowSession) {
        self.detail(it, ("flow.start", Unused), flow.start, |chance| {
            flow_body(it, flow.start, flow, chance)
        });
    }

    /// The IVR ends: by a transfer to a queue, or because the caller hung up.
    pub(crate) fn flow_end(&mut self, it: &Conversation, flow: &FlowSession, time: i64, on: bool) {
        self.detail(it, ("flow.end", Unused), time, |chance| {
            let mut body = flow_body(it, time, flow, chance);
            body.text("disconnectType", if on { "TRANSFER" } else { "PEER" });
            body.int("connectedDurationMs", time - flow.start);
            body.text("exitReason", if on { "TRANSFER" } else { "DISCONNECT" });
            body.maybe_text("transferType", on.then_some("ACD"));
            body
        });
    }

    pub(crate) fn attributes(&mut self, it: &Conversation, time: i64) {
        let Some(flow) = &it.flow else { return };
        self.detail(it, ("attributes", Unused), time, |chance| {
            let mut attributes = Object::new();
            attributes.text("customerName", &it.party.name);
            attributes.text("customerTier", chance.pick(&["gold", "silver", "none"]));
            let mut communication = Object::new();
            communication.id("id", flow.session).text("mediaType", it.media.upper());
            let mut body = Object::new();
            body.int("eventTime", time).id("conversationId", it.id);
            body.id("participantId", flow.participant).object("attributes", attributes);
            body.objects("communications", [communication]);
            body.int("participantStartTime", flow.start);
            body
        });
    }
}

fn customer(it: &Conversation) -> Session {
    let (participant, id) = (it.customer.participant, it.customer.session);
    Session { participant, id, media: it.media, outbound: it.outbound }
}

fn flow_body(it: &Conversation, time: i64, flow: &FlowSession, chance: &mut Chance) -> Object {
    let (participant, id) = (flow.participant, flow.session);
    let session = Session { participant, id, media: it.media, outbound: false };
    let mut body = body(it, time, session, Fields::FLOW, chance);
    body.text("flowType", "INBOUNDCALL").id("flowId", FLOW).text("flowVersion", "12.0");
    body
}
