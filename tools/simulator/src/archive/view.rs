//! A conversation as an answer has it, as of some time: what happens later is not in it.

use super::record::{Kind, Metric, Purpose, Record, Segment, Session};
use crate::events::conversation::{DIVISION, ends};
use crate::events::envelope::iso_ms;
use crate::events::fixed;
use crate::id::Id;
use crate::json::Object;
use crate::world::lanes::{Media, Queue};

const WRAP_UP_CODE: Id = fixed(10);

/// How much an answer has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Without participants' attributes: many conversations at once.
    Usual,
    /// With them: one conversation.
    WithAttributes,
}

/// A conversation that has begun by then.
pub(crate) fn conversation(it: &Record, at: i64, detail: Detail) -> Object {
    let mut object = Object::new();
    object.id("conversationId", it.id).text("conversationStart", &iso_ms(it.start));
    let end = it.end().filter(|end| *end <= at);
    object.maybe_text("conversationEnd", end.map(iso_ms).as_deref());
    object.text("originatingDirection", direction(it.outbound));
    object.text("conversationInitiator", if it.outbound { "agent" } else { "customer" });
    object.texts("divisionIds", &[&DIVISION.to_string()]);
    let begun = it.sessions.iter().filter(|session| session.start <= at);
    object.objects("participants", begun.map(|session| participant(it, session, at, detail)));
    object
}

fn participant(it: &Record, session: &Session, at: i64, detail: Detail) -> Object {
    let mut object = Object::new();
    object.id("participantId", session.participant).text("purpose", session.purpose.text());
    object.maybe_id("userId", session.user);
    if session.purpose == Purpose::Customer {
        object.text("participantName", &it.party.name);
        if detail == Detail::WithAttributes {
            let mut attributes = Object::new();
            attributes.text("customerName", &it.party.name);
            object.object("attributes", attributes);
        }
    }
    object.objects("sessions", [self::session(it, session, at)]);
    object
}

fn session(it: &Record, session: &Session, at: i64) -> Object {
    let mut object = Object::new();
    object.id("sessionId", session.id).text("mediaType", session.media.lower());
    object.text("direction", direction(session.outbound));
    object.text("provider", session.media.provider());
    people(it, session, &mut object);
    let mut segments: Vec<_> =
        session.segments.iter().filter(|segment| segment.start <= at).collect();
    segments.sort_by_key(|segment| segment.start);
    object.objects("segments", segments.into_iter().map(|part| segment(it, session, part, at)));
    let emitted = session.metrics.iter().filter(|metric| metric.reading.time <= at);
    object.objects("metrics", emitted.map(metric));
    object
}

/// Personal data, as Genesys has it.
fn people(it: &Record, session: &Session, object: &mut Object) {
    let party = &it.party;
    let (from, to) = ends(party, session.outbound, session.media);
    match session.media {
        Media::Voice => object.text("ani", from).text("dnis", to),
        Media::Callback => {
            object.text("callbackUserName", &party.name);
            object.texts("callbackNumbers", &[&party.phone])
        }
        Media::Message => {
            object.text("addressFrom", from).text("addressTo", to);
            object.text("messageType", &party.message_type.to_lowercase())
        }
        Media::Chat | Media::Email => object.text("addressFrom", from).text("addressTo", to),
    };
    object.text("remote", party.address(session.media));
}

fn segment(it: &Record, session: &Session, segment: &Segment, at: i64) -> Object {
    let end = segment.end.filter(|end| *end <= at);
    let mut object = Object::new();
    object.text("segmentType", segment.kind.text());
    object.text("segmentStart", &iso_ms(segment.start));
    object.maybe_text("segmentEnd", end.map(iso_ms).as_deref());
    object.maybe_text("queueId", session.queue.map(Queue::id));
    object.maybe_text("disconnectType", segment.disconnect.filter(|_| end.is_some()));
    object.flag("conference", false);
    if session.media == Media::Email {
        object.text("subject", it.party.subject);
    }
    if segment.kind == Kind::Wrapup && end.is_some() {
        object.id("wrapUpCode", WRAP_UP_CODE).text("wrapUpNote", &note(it));
    }
    object
}

/// Agents write about customers.
fn note(it: &Record) -> String {
    format!("{} will call again", it.party.name)
}

fn metric(metric: &Metric) -> Object {
    let mut object = Object::new();
    object.text("name", metric.name).int("value", metric.reading.value);
    object.text("emitDate", &iso_ms(metric.reading.time));
    object
}

const fn direction(outbound: bool) -> &'static str {
    if outbound { "outbound" } else { "inbound" }
}
