//! What the bodies of a conversation's detail events have in common.

use super::{Publisher, fixed};
use crate::chance::Chance;
use crate::id::Id;
use crate::json::Object;
use crate::world::conversation::Conversation;
use crate::world::lanes::Media;
use crate::world::party::{Party, own_address};

pub(crate) const DIVISION: Id = fixed(1);

/// Whom an event is about.
#[derive(Clone, Copy)]
pub(super) struct Session {
    pub(super) participant: Id,
    pub(super) id: Id,
    pub(super) media: Media,
    pub(super) outbound: bool,
}

/// Which groups of optional fields a topic has.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    pub(super) addresses: bool,
    pub(super) callback: bool,
    pub(super) division: bool,
}

impl Fields {
    pub(super) const ALL: Self = Self { addresses: true, callback: true, division: true };
    pub(super) const ACW: Self = Self { division: false, ..Self::ALL };
    pub(super) const FLOW: Self = Self { callback: false, ..Self::ALL };
    pub(super) const VOICEMAIL: Self = Self { addresses: false, callback: false, division: true };
}

/// A body with the fields that the session topics share.
pub(super) fn body(
    it: &Conversation,
    time: i64,
    session: Session,
    fields: Fields,
    chance: &mut Chance,
) -> Object {
    let mut body = Object::new();
    body.int("eventTime", time).id("conversationId", it.id);
    body.id("participantId", session.participant).id("sessionId", session.id);
    body.text("mediaType", session.media.upper());
    if Publisher::keeps(chance) {
        body.text("provider", session.media.provider());
    }
    // Only outbound work is told apart by its direction, so only the others may lack it.
    if session.outbound || Publisher::keeps(chance) {
        body.text("direction", if session.outbound { "OUTBOUND" } else { "INBOUND" });
    }
    personal(it, session, fields, &mut body, chance);
    if fields.division && Publisher::keeps(chance) {
        body.id("divisionId", DIVISION);
    }
    if Publisher::keeps(chance) {
        body.texts("conversationExternalContactIds", &[]);
        body.texts("conversationExternalOrganizationIds", &[]);
    }
    body
}

fn personal(
    it: &Conversation,
    session: Session,
    fields: Fields,
    body: &mut Object,
    chance: &mut Chance,
) {
    match session.media {
        Media::Callback if fields.callback => callback(it, body),
        Media::Voice if Publisher::keeps(chance) => call(it, session.outbound, body),
        _ => {}
    }
    if fields.addresses {
        addresses(it, session, body, chance);
    }
}

fn callback(it: &Conversation, body: &mut Object) {
    body.text("callbackUserName", &it.party.name);
    body.texts("callbackNumbers", &[&it.party.phone]);
    body.int("callbackScheduledTime", it.customer.start);
}

fn call(it: &Conversation, outbound: bool, body: &mut Object) {
    let ends = ends(&it.party, outbound, Media::Voice);
    body.text("ani", ends.0).text("dnis", ends.1);
}

fn addresses(it: &Conversation, session: Session, body: &mut Object, chance: &mut Chance) {
    if session.media != Media::Callback && Publisher::keeps(chance) {
        let (from, to) = ends(&it.party, session.outbound, session.media);
        body.text("addressFrom", from).text("addressTo", to);
    }
    match session.media {
        Media::Email => body.text("subject", it.party.subject),
        Media::Message => body.text("messageType", it.party.message_type),
        _ => body,
    };
}

/// Who it comes from, and who it goes to.
pub(crate) fn ends(party: &Party, outbound: bool, media: Media) -> (&str, &str) {
    let (customer, own) = (party.address(media), own_address(media));
    if outbound { (own, customer) } else { (customer, own) }
}
