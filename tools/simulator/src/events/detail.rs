//! The fields that the detail events of all sessions share.

use super::optional;
use crate::chance::Chance;
use crate::id::{Id, fixed_id};
use crate::world::conversation::Conversation;
use crate::world::lanes::Media;
use crate::world::party::{Party, centre_address};
use serde::Serialize;

pub(crate) const DIVISION: Id = fixed_id(1);

/// The session that an event is about.
#[derive(Clone, Copy)]
pub(super) struct SessionRef {
    pub(super) participant: Id,
    pub(super) session: Id,
    pub(super) media: Media,
    pub(super) outbound: bool,
}

/// The groups of optional fields that a topic has.
#[derive(Clone, Copy)]
pub(super) struct FieldGroups {
    pub(super) addresses: bool,
    pub(super) callback: bool,
    pub(super) division: bool,
}

impl FieldGroups {
    pub(super) const ALL: Self = Self { addresses: true, callback: true, division: true };
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SharedFields<'a> {
    event_time: i64,
    conversation_id: Id,
    participant_id: Id,
    session_id: Id,
    media_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    #[serde(flatten)]
    callback: Option<Callback<'a>>,
    #[serde(flatten)]
    call: Option<Call<'a>>,
    #[serde(flatten)]
    addresses: Option<Addresses<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    division_id: Option<Id>,
    #[serde(flatten)]
    external: Option<ExternalIds>,
}

#[derive(Serialize)]
struct Callback<'a> {
    #[serde(rename = "callbackUserName")]
    user_name: &'a str,
    #[serde(rename = "callbackNumbers")]
    numbers: [&'a str; 1],
    #[serde(rename = "callbackScheduledTime")]
    scheduled_time: i64,
}

/// Who calls (`ani`), and who is called.
#[derive(Serialize)]
pub(crate) struct Call<'a> {
    pub(crate) ani: &'a str,
    pub(crate) dnis: &'a str,
}

#[derive(Serialize)]
pub(crate) struct Addresses<'a> {
    #[serde(rename = "addressFrom")]
    pub(crate) from: &'a str,
    #[serde(rename = "addressTo")]
    pub(crate) to: &'a str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExternalIds {
    conversation_external_contact_ids: [&'static str; 0],
    conversation_external_organization_ids: [&'static str; 0],
}

impl<'a> SharedFields<'a> {
    pub(super) fn new(
        conversation: &'a Conversation,
        event_time: i64,
        session: SessionRef,
        groups: FieldGroups,
        chance: &mut Chance,
    ) -> Self {
        let SessionRef { media, outbound, .. } = session;
        let party = &conversation.party;
        let of_media = |other: Media| groups.addresses && media == other;
        Self {
            event_time,
            conversation_id: conversation.id,
            participant_id: session.participant,
            session_id: session.session,
            media_type: media.upper(),
            provider: optional(media.provider(), chance),
            // The rules need the direction of outbound work, so only the others may lack it.
            direction: if outbound { Some("OUTBOUND") } else { optional("INBOUND", chance) },
            callback: (groups.callback && media == Media::Callback)
                .then(|| Callback::new(conversation)),
            call: match media {
                Media::Voice => optional(Call::new(party, outbound), chance),
                _ => None,
            },
            addresses: match media {
                Media::Callback => None,
                _ if !groups.addresses => None,
                _ => optional(Addresses::new(party, outbound, media), chance),
            },
            subject: of_media(Media::Email).then_some(party.subject),
            message_type: of_media(Media::Message).then_some(party.message_type),
            division_id: if groups.division { optional(DIVISION, chance) } else { None },
            external: optional(ExternalIds::default(), chance),
        }
    }
}

impl<'a> Callback<'a> {
    fn new(conversation: &'a Conversation) -> Self {
        Self {
            user_name: &conversation.party.name,
            numbers: [&conversation.party.phone],
            scheduled_time: conversation.customer.start,
        }
    }
}

impl<'a> Call<'a> {
    pub(crate) fn new(party: &'a Party, outbound: bool) -> Self {
        let Addresses { from, to } = Addresses::new(party, outbound, Media::Voice);
        Self { ani: from, dnis: to }
    }
}

impl<'a> Addresses<'a> {
    pub(crate) fn new(party: &'a Party, outbound: bool, media: Media) -> Self {
        let (customer, centre) = (party.address(media), centre_address(media));
        if outbound {
            Self { from: centre, to: customer }
        } else {
            Self { from: customer, to: centre }
        }
    }
}
