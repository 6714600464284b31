//! A conversation in responses of the Platform API, without anything after the time of the response.

use crate::archive::{Metric, Record, Segment, Session};
use crate::events::detail::{ADDRESSES, CALL, DIVISION, contact, direction};
use crate::events::metric::WRAP_UP_CODE;
use crate::json::Object;
use crate::time::iso_ms;
use crate::world::agent_session::{Disconnect, SegmentKind};
use crate::world::lanes::{Media, Queue};
use crate::world::party::{Party, Purpose};

/// What a response contains.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// No attributes of participants, as in responses about many conversations.
    WithoutAttributes,
    /// Everything, as in responses about one conversation.
    WithAttributes,
}

/// A conversation that has begun by a time, as of that time.
pub(super) fn conversation(record: &Record, as_of: i64, detail: Detail) -> Object {
    let sessions = record.sessions.iter().filter(|session| session.start <= as_of);
    let participants = sessions.map(|session| participant(record, session, as_of, detail));
    Object::default()
        .with("conversationId", record.id)
        .with("conversationStart", iso_ms(record.start))
        .with("conversationEnd", record.end_as_of(as_of).map(iso_ms))
        .with("originatingDirection", direction(record.outbound))
        .with("conversationInitiator", if record.outbound { "agent" } else { "customer" })
        .with("divisionIds", [DIVISION])
        .with_list("participants", participants)
}

fn participant(record: &Record, session: &Session, as_of: i64, detail: Detail) -> Object {
    let name = Some(&record.party.name).filter(|_| session.purpose == Purpose::Customer);
    let attributes = name.filter(|_| detail == Detail::WithAttributes);
    let attributes = attributes.map(|name| Object::default().with("customerName", name));
    Object::default()
        .with("participantId", session.participant)
        .with("purpose", session.purpose)
        .with("userId", session.user)
        .with("participantName", name)
        .with_object("attributes", attributes)
        .with_list("sessions", [session_view(record, session, as_of)])
}

fn session_view(record: &Record, session: &Session, as_of: i64) -> Object {
    let party = &record.party;
    let mut segments: Vec<_> =
        session.segments.iter().filter(|segment| segment.start <= as_of).collect();
    segments.sort_by_key(|segment| segment.start);
    let queue = record.queue_as_of(session, as_of).map(Queue::id);
    let segments = segments
        .into_iter()
        .map(|segment| segment_view(party, session, segment, as_of).with("queueId", queue));
    let metrics = session.metrics.iter().filter(|metric| metric.reading.time <= as_of);
    Object::default()
        .with("sessionId", session.id)
        .with("mediaType", session.media.lower())
        .with("direction", direction(session.outbound))
        .with("provider", session.media.provider())
        .with_fields(Some(addresses(party, session)))
        .with("remote", party.address(session.media))
        .with_list("segments", segments)
        .with_list("metrics", metrics.map(metric_view))
}

/// The customer's personal data, by media type.
fn addresses(party: &Party, session: &Session) -> Object {
    let contact = |names| contact(names, party, session.outbound, session.media);
    match session.media {
        Media::Voice => contact(CALL),
        Media::Callback => Object::default()
            .with("callbackUserName", &party.name)
            .with("callbackNumbers", [&party.phone]),
        Media::Message => contact(ADDRESSES).with("messageType", party.message_type.to_lowercase()),
        Media::Chat | Media::Email => contact(ADDRESSES),
    }
}

fn segment_view(party: &Party, session: &Session, segment: &Segment, as_of: i64) -> Object {
    let end = segment.end.filter(|end| *end <= as_of);
    let disconnect = segment.disconnect.filter(|_| end.is_some());
    let view = Object::default()
        .with("segmentType", segment.kind)
        .with("segmentStart", iso_ms(segment.start))
        .with("segmentEnd", end.map(iso_ms))
        .with("disconnectType", disconnect.map(Disconnect::segment_text))
        .with("conference", false)
        .with("subject", (session.media == Media::Email).then_some(party.subject));
    if segment.kind == SegmentKind::Wrapup && end.is_some() {
        let note = format!("{} will call again", party.name);
        return view.with("wrapUpCode", WRAP_UP_CODE).with("wrapUpNote", note);
    }
    view
}

fn metric_view(metric: &Metric) -> Object {
    Object::default()
        .with("name", metric.name)
        .with("value", metric.reading.value)
        .with("emitDate", iso_ms(metric.reading.time))
}
