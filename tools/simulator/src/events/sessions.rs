//! Detail events of customers, flows, queues and agents.

use super::detail::SessionRef;
use super::{Publisher, optional};
use crate::LineKind::{Event, Unused};
use crate::chance::Chance;
use crate::id::{Id, fixed_id};
use crate::json::Object;
use crate::world::agent_session::{Acw, UserSession};
use crate::world::conversation::{AcdEnd, AcdSession, Conversation, FlowSession, Outcome};
use crate::world::lanes::Queue;

const FLOW: Id = fixed_id(2);
const WRAP_UP_CODES: [Id; 4] = [fixed_id(10), fixed_id(11), fixed_id(12), fixed_id(13)];
const WRAP_UP_NOTES: [&str; 4] =
    ["", "Called about invoice 4711", "Customer \"very\" unhappy", "R\u{fc}ckruf am Montag"];

impl Publisher {
    pub(crate) fn customer_start(&mut self, conversation: &Conversation) {
        let (session, time) = (customer(conversation), conversation.customer.start);
        self.detail(conversation, ("customer.start", Event), time, session, |fields, _| fields);
    }

    pub(crate) fn customer_end(&mut self, conversation: &Conversation, time: i64) {
        let session = customer(conversation);
        self.detail(conversation, ("customer.end", Event), time, session, |fields, _| {
            fields
                .with("disconnectType", conversation.customer.disconnect)
                .with("interactingDurationMs", time - conversation.customer.start)
        });
    }

    pub(crate) fn flow_start(&mut self, conversation: &Conversation, flow: &FlowSession) {
        let session = flow_session(conversation, flow);
        self.detail(conversation, ("flow.start", Unused), flow.start, session, flow_fields);
    }

    /// The IVR ends: with a transfer to a queue, or because the caller hung up.
    pub(crate) fn flow_end(
        &mut self,
        conversation: &Conversation,
        flow: &FlowSession,
        time: i64,
        transferred: bool,
    ) {
        let session = flow_session(conversation, flow);
        self.detail(conversation, ("flow.end", Unused), time, session, |fields, chance| {
            flow_fields(fields, chance)
                .with("disconnectType", if transferred { "TRANSFER" } else { "PEER" })
                .with("connectedDurationMs", time - flow.start)
                .with("exitReason", if transferred { "TRANSFER" } else { "DISCONNECT" })
                .with("transferType", transferred.then_some("ACD"))
        });
    }

    pub(crate) fn attributes(&mut self, conversation: &Conversation, time: i64) {
        let Some(flow) = &conversation.flow else { return };
        self.detail_body(conversation, ("attributes", Unused), time, |chance| {
            let attributes = Object::default()
                .with("customerName", &conversation.party.name)
                .with("customerTier", chance.pick(&["gold", "silver", "none"]));
            let communication = Object::default()
                .with("id", flow.session)
                .with("mediaType", conversation.media.upper());
            Object::default()
                .with("eventTime", time)
                .with("conversationId", conversation.id)
                .with("participantId", flow.participant)
                .with_object("attributes", attributes)
                .with_list("communications", [communication])
                .with("participantStartTime", flow.start)
        });
    }

    pub(crate) fn acd_start(&mut self, conversation: &Conversation, acd: &AcdSession) {
        if !acd.start_published {
            return;
        }
        self.detail(conversation, ("acd.start", Event), acd.start, queue(acd), |fields, _| {
            fields
                .with("queueId", acd.queue.id())
                .with("routingPriority", 0)
                .with("requestedRoutingSkillIds", [(); 0])
                .with("skillExpressionApplied", false)
        });
    }

    pub(crate) fn acd_end(&mut self, conversation: &Conversation, acd: &AcdSession, end: &AcdEnd) {
        self.detail(conversation, ("acd.end", Event), end.time, queue(acd), |fields, chance| {
            fields
                .with("queueId", acd.queue.id())
                .with("routingPriority", 0)
                .with("acdOutcome", end.event.outcome)
                .with("answeredUserId", end.event.answered_user)
                .with("connectedDurationMs", end.event.connected_ms)
                .with_fields(optional(routing(end.outcome), chance))
                .with("usedRouting", (end.outcome == Some(Outcome::Answered)).then_some("STANDARD"))
                .with("flowType", (end.outcome == Some(Outcome::FlowOut)).then_some("INQUEUECALL"))
        });
    }

    pub(crate) fn voicemail_start(
        &mut self,
        conversation: &Conversation,
        acd: &AcdSession,
        time: i64,
    ) {
        self.detail(conversation, ("voicemail.start", Unused), time, queue(acd), |fields, _| {
            fields.with("queueId", acd.queue.id())
        });
    }

    pub(crate) fn voicemail_end(
        &mut self,
        conversation: &Conversation,
        acd: &AcdSession,
        time: i64,
    ) {
        let start = acd.end.as_ref().map_or(time, |end| end.time);
        self.detail(conversation, ("voicemail.end", Unused), time, queue(acd), |fields, _| {
            fields
                .with("queueId", acd.queue.id())
                .with("disconnectType", "ENDPOINT")
                .with("voicemailDurationMs", time - start)
        });
    }

    pub(crate) fn user_start(&mut self, conversation: &Conversation, user: &UserSession) {
        if !user.start_published {
            return;
        }
        self.detail(conversation, ("user.start", Event), user.start, agent(user), |fields, _| {
            fields.with("userId", user.user).with("queueId", user.queue.map(Queue::id))
        });
    }

    pub(crate) fn user_end(&mut self, conversation: &Conversation, user: &UserSession, time: i64) {
        let spent = &user.spent;
        self.detail(conversation, ("user.end", Event), time, agent(user), |fields, chance| {
            fields
                .with("userId", user.user)
                .with("queueId", user.queue.map(Queue::id))
                .with("disconnectType", user.disconnect)
                .with("interactingDurationMs", duration(spent.talking, chance))
                .with("heldDurationMs", duration(spent.holding, chance))
                .with("alertingDurationMs", duration(spent.alerting, chance))
                .with("contactingDurationMs", duration(spent.contacting, chance))
                .with("dialingDurationMs", duration(spent.dialing, chance))
                .with("callbackDurationMs", duration(spent.callback, chance))
        });
    }

    /// After-call work: some has an event of its wrap-up as well, which does not name the agent.
    pub(crate) fn acw(&mut self, conversation: &Conversation, user: &UserSession, acw: Acw) {
        let code = self.chance.pick(&WRAP_UP_CODES);
        let wrap_up = |fields: Object, chance: &mut Chance| {
            fields
                .with("queueId", user.queue.map(Queue::id))
                .with("wrapupCode", code)
                .with("wrapupDurationMs", acw.duration_ms)
                // The note is drawn only if there is one.
                .with("wrapupNotes", optional((), chance).map(|()| chance.pick(&WRAP_UP_NOTES)))
        };
        if self.chance.happens(0.4) {
            self.detail(conversation, ("wrapup", Unused), acw.time, agent(user), wrap_up);
        }
        self.detail(conversation, ("acw", Event), acw.time, agent(user), |fields, chance| {
            wrap_up(fields, chance).with("userId", user.user)
        });
    }
}

const fn customer(conversation: &Conversation) -> SessionRef {
    let ids = (conversation.customer.participant, conversation.customer.session);
    SessionRef { ids, media: conversation.media, outbound: conversation.outbound }
}

const fn flow_session(conversation: &Conversation, flow: &FlowSession) -> SessionRef {
    let ids = (flow.participant, flow.session);
    SessionRef { ids, media: conversation.media, outbound: false }
}

const fn queue(acd: &AcdSession) -> SessionRef {
    SessionRef { ids: (acd.participant, acd.session), media: acd.media, outbound: false }
}

const fn agent(user: &UserSession) -> SessionRef {
    let ids = (user.participant, user.session);
    SessionRef { ids, media: user.media, outbound: user.outbound }
}

fn flow_fields(fields: Object, _: &mut Chance) -> Object {
    fields.with("flowType", "INBOUNDCALL").with("flowId", FLOW).with("flowVersion", "12.0")
}

fn routing(outcome: Option<Outcome>) -> Object {
    let disconnect = if outcome == Some(Outcome::Abandon) { "PEER" } else { "TRANSFER" };
    Object::default().with("disconnectType", disconnect).with("requestedRoutings", ["STANDARD"])
}

/// A duration of 0 is present in some events and absent from others.
fn duration(ms: i64, chance: &mut Chance) -> Option<i64> {
    (ms > 0 || chance.happens(0.2)).then_some(ms)
}
