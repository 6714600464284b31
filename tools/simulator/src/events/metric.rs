//! Genesys' own metric stream.

use super::conversation::{DIVISION, ends};
use super::envelope::{Topic, iso_ms};
use super::{Publisher, fixed};
use crate::LineKind;
use crate::chance::Chance;
use crate::facts::Official;
use crate::id::Id;
use crate::json::Object;
use crate::world::conversation::Conversation;
use crate::world::lanes::{Media, Queue};

const WRAP_UP_CODE: Id = fixed(10);

impl Publisher {
    /// Publishes Genesys' own record of a fact.
    pub(crate) fn official(&mut self, it: &Conversation, metric: &'static str, what: &Official) {
        let time = what.reading.time;
        if !(self.feed.has_metrics() && it.tells(time)) {
            return;
        }
        let body = body(it, metric, what, &mut self.chance);
        // A gauge of the stream is of no use: the rules ignore it.
        let kind = if metric.starts_with('o') { LineKind::Unused } else { LineKind::Event };
        self.publish(Topic::Metrics { conversation: it.id }, kind, time, body);
    }
}

fn body(it: &Conversation, metric: &str, what: &Official, chance: &mut Chance) -> Object {
    let reading = &what.reading;
    let session = what.tells_session.then_some(what.session);
    let mut body = Object::new();
    body.text("metric", metric).text("metricDate", &iso_ms(reading.time));
    body.int("value", reading.value).id("recordId", chance.id());
    body.id("conversationId", it.id).maybe_id("sessionId", session);
    body.text("mediaType", reading.media.lower());
    body.text("originatingDirection", if it.outbound { "outbound" } else { "inbound" });
    body.maybe_text("queueId", reading.queue.map(Queue::id));
    body.maybe_id("userId", reading.user).text("purpose", what.purpose);
    people(it, reading.media, &mut body, chance);
    dimensions(metric, &mut body, chance);
    body
}

fn people(it: &Conversation, media: Media, body: &mut Object, chance: &mut Chance) {
    let (from, to) = ends(&it.party, it.outbound, media);
    match media {
        Media::Voice => body.text("ani", from).text("dnis", to),
        _ => body.text("addressFrom", from).text("addressTo", to),
    };
    if Publisher::keeps(chance) {
        body.text("remote", it.party.address(media)).text("provider", media.provider());
    }
    if chance.happens(0.5) {
        body.text("participantName", &it.party.name);
    }
}

fn dimensions(metric: &str, body: &mut Object, chance: &mut Chance) {
    body.texts("divisionIds", &[&DIVISION.to_string()]);
    match metric {
        "nOffered" => body.flag("firstQueue", chance.happens(0.9)),
        "tAcd" | "tAnswered" => {
            body.text("usedRouting", "Standard").texts("requestedRoutings", &["Standard"])
        }
        "tAcw" | "tHandle" => body.id("wrapUpCode", WRAP_UP_CODE),
        "tFlowOut" => body.text("flowOutType", "INQUEUECALL"),
        _ => body,
    };
}
