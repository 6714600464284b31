//! Events of Genesys' metrics topic.

use super::detail::{ADDRESSES, CALL, DIVISION, contact, direction};
use super::{Publisher, optional};
use crate::LineKind;
use crate::chance::Chance;
use crate::facts::Official;
use crate::id::{Id, fixed_id};
use crate::json::Object;
use crate::time::iso_ms;
use crate::world::conversation::Conversation;
use crate::world::lanes::{Media, Queue};

pub(crate) const WRAP_UP_CODE: Id = fixed_id(10);

impl Publisher {
    /// Publishes the official form of a fact.
    pub(crate) fn official(
        &mut self,
        conversation: &Conversation,
        metric: &'static str,
        official: &Official,
    ) {
        let time = official.reading.time;
        if self.feed.has_metrics() && conversation.publishes(time) {
            let body = body(conversation, metric, official, &mut self.chance);
            let topic = "v2.analytics.conversation.{id}.metrics";
            self.publish(topic, conversation.id, (LineKind::Event, time), body);
        }
    }
}

fn body(
    conversation: &Conversation,
    metric: &'static str,
    official: &Official,
    chance: &mut Chance,
) -> Object {
    let reading = &official.reading;
    let (party, media) = (&conversation.party, reading.media);
    let contact_names = if media == Media::Voice { CALL } else { ADDRESSES };
    let remote =
        Object::default().with("remote", party.address(media)).with("provider", media.provider());
    let body = Object::default()
        .with("metric", metric)
        .with("metricDate", iso_ms(reading.time))
        .with("value", reading.value)
        .with("recordId", chance.id())
        .with("conversationId", conversation.id)
        .with("sessionId", official.has_session.then_some(official.session))
        .with("mediaType", media.lower())
        .with("originatingDirection", direction(conversation.outbound))
        .with("queueId", reading.queue.map(Queue::id))
        .with("userId", reading.user)
        .with("purpose", official.purpose)
        .with_fields(Some(contact(contact_names, party, conversation.outbound, media)))
        .with_fields(optional(remote, chance))
        .with("participantName", chance.happens(0.5).then_some(&party.name))
        .with("divisionIds", [DIVISION]);
    match metric {
        "nOffered" => body.with("firstQueue", chance.happens(0.9)),
        "tAcd" | "tAnswered" => {
            body.with("usedRouting", "Standard").with("requestedRoutings", ["Standard"])
        }
        "tAcw" | "tHandle" => body.with("wrapUpCode", WRAP_UP_CODE),
        "tFlowOut" => body.with("flowOutType", "INQUEUECALL"),
        _ => body,
    }
}
