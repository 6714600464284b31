//! Events of Genesys' metrics topic.

use super::detail::{Addresses, Call, DIVISION};
use super::envelope::Topic;
use super::{Publisher, optional};
use crate::LineKind;
use crate::chance::Chance;
use crate::facts::Official;
use crate::id::{Id, fixed_id};
use crate::time::iso_ms;
use crate::world::conversation::Conversation;
use crate::world::lanes::{Media, Queue};
use serde::Serialize;

const WRAP_UP_CODE: Id = fixed_id(10);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricBody<'a> {
    metric: &'static str,
    metric_date: String,
    value: i64,
    record_id: Id,
    conversation_id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<Id>,
    media_type: &'static str,
    originating_direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Id>,
    purpose: &'static str,
    #[serde(flatten)]
    call: Option<Call<'a>>,
    #[serde(flatten)]
    addresses: Option<Addresses<'a>>,
    #[serde(flatten)]
    remote: Option<Remote<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participant_name: Option<&'a str>,
    division_ids: [Id; 1],
    #[serde(flatten)]
    dimensions: Dimensions,
}

#[derive(Serialize)]
struct Remote<'a> {
    remote: &'a str,
    provider: &'static str,
}

/// The fields that only events of some metrics have.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Dimensions {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_queue: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used_routing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_routings: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrap_up_code: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_out_type: Option<&'static str>,
}

impl Publisher {
    /// Publishes the official form of a fact.
    pub(crate) fn official(
        &mut self,
        conversation: &Conversation,
        metric: &'static str,
        official: &Official,
    ) {
        let time = official.reading.time;
        if !(self.feed.has_metrics() && conversation.publishes(time)) {
            return;
        }
        let body = body(conversation, metric, official, &mut self.chance);
        // The engine ignores the gauges of this topic.
        let kind = if metric.starts_with('o') { LineKind::Unused } else { LineKind::Event };
        self.publish(Topic::Metrics { conversation: conversation.id }, kind, time, body);
    }
}

fn body<'a>(
    conversation: &'a Conversation,
    metric: &'static str,
    official: &Official,
    chance: &mut Chance,
) -> MetricBody<'a> {
    let reading = &official.reading;
    let (party, media) = (&conversation.party, reading.media);
    let is_call = media == Media::Voice;
    MetricBody {
        metric,
        metric_date: iso_ms(reading.time),
        value: reading.value,
        record_id: chance.id(),
        conversation_id: conversation.id,
        session_id: official.has_session.then_some(official.session),
        media_type: media.lower(),
        originating_direction: if conversation.outbound { "outbound" } else { "inbound" },
        queue_id: reading.queue.map(Queue::id),
        user_id: reading.user,
        purpose: official.purpose,
        call: is_call.then(|| Call::new(party, conversation.outbound)),
        addresses: (!is_call).then(|| Addresses::new(party, conversation.outbound, media)),
        remote: optional(
            Remote { remote: party.address(media), provider: media.provider() },
            chance,
        ),
        participant_name: chance.happens(0.5).then_some(&party.name),
        division_ids: [DIVISION],
        dimensions: Dimensions::new(metric, chance),
    }
}

impl Dimensions {
    fn new(metric: &str, chance: &mut Chance) -> Self {
        let mut dimensions = Self::default();
        match metric {
            "nOffered" => dimensions.first_queue = Some(chance.happens(0.9)),
            "tAcd" | "tAnswered" => {
                dimensions.used_routing = Some("Standard");
                dimensions.requested_routings = Some(["Standard"]);
            }
            "tAcw" | "tHandle" => dimensions.wrap_up_code = Some(WRAP_UP_CODE),
            "tFlowOut" => dimensions.flow_out_type = Some("INQUEUECALL"),
            _ => {}
        }
        dimensions
    }
}
