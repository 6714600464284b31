//! What the detail events of all sessions share.

use super::{Publisher, optional};
use crate::LineKind;
use crate::chance::Chance;
use crate::id::{Id, fixed_id};
use crate::json::Object;
use crate::world::conversation::Conversation;
use crate::world::lanes::Media;
use crate::world::party::{Party, centre_address};

pub(crate) const DIVISION: Id = fixed_id(1);

/// Fields of a caller's number and of the number that is called.
pub(crate) const CALL: [&str; 2] = ["ani", "dnis"];
/// Fields of a sender's address and of a receiver's.
pub(crate) const ADDRESSES: [&str; 2] = ["addressFrom", "addressTo"];

/// The session that an event is about.
#[derive(Clone, Copy)]
pub(super) struct SessionRef {
    /// The ids of the participant and of the session.
    pub(super) ids: (Id, Id),
    pub(super) media: Media,
    pub(super) outbound: bool,
}

impl Publisher {
    /// Publishes a detail event of a session. `add_fields` adds those of the topic alone.
    pub(super) fn detail(
        &mut self,
        conversation: &Conversation,
        (suffix, kind): (&'static str, LineKind),
        time: i64,
        session: SessionRef,
        add_fields: impl FnOnce(Object, &mut Chance) -> Object,
    ) {
        self.detail_body(conversation, (suffix, kind), time, |chance| {
            let fields = session_fields(conversation, suffix, time, session, chance);
            add_fields(fields, chance)
        });
    }

    /// Publishes a detail event, if the feed has detail events and the conversation's events of this
    /// time are published.
    pub(super) fn detail_body(
        &mut self,
        conversation: &Conversation,
        (suffix, kind): (&'static str, LineKind),
        time: i64,
        body: impl FnOnce(&mut Chance) -> Object,
    ) {
        if self.feed.has_detail() && conversation.publishes(time) {
            let body = body(&mut self.chance);
            let topic = format!("v2.detail.events.conversation.{{id}}.{suffix}");
            self.publish(&topic, conversation.id, (kind, time), body);
        }
    }
}

fn session_fields(
    conversation: &Conversation,
    suffix: &str,
    time: i64,
    SessionRef { ids: (participant, session), media, outbound }: SessionRef,
    chance: &mut Chance,
) -> Object {
    let party = &conversation.party;
    let contact =
        |names, chance: &mut Chance| optional(contact(names, party, outbound, media), chance);
    let has_addresses = media != Media::Callback && !suffix.starts_with("voicemail");
    let has_division = !["acw", "wrapup"].contains(&suffix);
    Object::default()
        .with("eventTime", time)
        .with("conversationId", conversation.id)
        .with("participantId", participant)
        .with("sessionId", session)
        .with("mediaType", media.upper())
        .with("provider", optional(media.provider(), chance))
        // The rules need the direction of outbound work, so only the others may lack it.
        .with("direction", if outbound { Some("OUTBOUND") } else { optional("INBOUND", chance) })
        .with_fields((media == Media::Callback).then(|| callback(conversation)))
        .with_fields((media == Media::Voice).then(|| contact(CALL, chance)).flatten())
        .with_fields(has_addresses.then(|| contact(ADDRESSES, chance)).flatten())
        .with("subject", (media == Media::Email).then_some(party.subject))
        .with("messageType", (media == Media::Message).then_some(party.message_type))
        .with("divisionId", has_division.then(|| optional(DIVISION, chance)).flatten())
        .with_fields(optional(external_ids(), chance))
}

fn callback(conversation: &Conversation) -> Object {
    Object::default()
        .with("callbackUserName", &conversation.party.name)
        .with("callbackNumbers", [&conversation.party.phone])
        .with("callbackScheduledTime", conversation.customer.start)
}

fn external_ids() -> Object {
    Object::default()
        .with("conversationExternalContactIds", [(); 0])
        .with("conversationExternalOrganizationIds", [(); 0])
}

/// The addresses of customer and contact centre under two names, the sender's first.
pub(crate) fn contact(
    [from, to]: [&'static str; 2],
    party: &Party,
    outbound: bool,
    media: Media,
) -> Object {
    let (customer, centre) = (party.address(media), centre_address(media));
    let (sender, receiver) = if outbound { (centre, customer) } else { (customer, centre) };
    Object::default().with(from, sender).with(to, receiver)
}

/// `direction`, as metric events and the Platform API write it.
pub(crate) const fn direction(outbound: bool) -> &'static str {
    if outbound { "outbound" } else { "inbound" }
}
