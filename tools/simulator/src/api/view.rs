//! A conversation in answers of the Platform API, without anything after the time of the answer.

use super::record::{Metric, Purpose, Record, Segment, Session};
use crate::events::detail::{Addresses, Call, DIVISION};
use crate::id::{Id, fixed_id};
use crate::time::iso_ms;
use crate::world::agent_session::{Disconnect, SegmentKind};
use crate::world::lanes::{Media, Queue};
use crate::world::party::Party;
use serde::Serialize;

const WRAP_UP_CODE: Id = fixed_id(10);

/// What an answer contains.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// No attributes of participants, as in answers about many conversations.
    WithoutAttributes,
    /// All, as in answers about one conversation.
    WithAttributes,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationView<'a> {
    conversation_id: Id,
    conversation_start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_end: Option<String>,
    originating_direction: &'static str,
    conversation_initiator: &'static str,
    division_ids: [Id; 1],
    participants: Vec<ParticipantView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ParticipantView<'a> {
    participant_id: Id,
    purpose: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    participant_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Attributes<'a>>,
    sessions: [SessionView<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes<'a> {
    customer_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView<'a> {
    session_id: Id,
    media_type: &'static str,
    direction: &'static str,
    provider: &'static str,
    #[serde(flatten)]
    contact: Contact<'a>,
    remote: &'a str,
    segments: Vec<SegmentView<'a>>,
    metrics: Vec<MetricView>,
}

/// The customer's personal data, by media type.
#[derive(Serialize)]
#[serde(untagged)]
enum Contact<'a> {
    Call(Call<'a>),
    #[serde(rename_all = "camelCase")]
    Callback {
        callback_user_name: &'a str,
        callback_numbers: [&'a str; 1],
    },
    #[serde(rename_all = "camelCase")]
    Message {
        #[serde(flatten)]
        addresses: Addresses<'a>,
        message_type: String,
    },
    Address(Addresses<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SegmentView<'a> {
    segment_type: &'static str,
    segment_start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment_end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_type: Option<&'static str>,
    conference: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(flatten)]
    wrap_up: Option<WrapUp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrapUp {
    wrap_up_code: Id,
    wrap_up_note: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetricView {
    name: &'static str,
    value: i64,
    emit_date: String,
}

impl<'a> ConversationView<'a> {
    /// A conversation that has begun by a time, as of that time.
    pub(crate) fn new(record: &'a Record, as_of: i64, detail: Detail) -> Self {
        let sessions = record.sessions.iter().filter(|session| session.start <= as_of);
        Self {
            conversation_id: record.id,
            conversation_start: iso_ms(record.start),
            conversation_end: record.end_as_of(as_of).map(iso_ms),
            originating_direction: direction(record.outbound),
            conversation_initiator: if record.outbound { "agent" } else { "customer" },
            division_ids: [DIVISION],
            participants: sessions
                .map(|session| ParticipantView::new(record, session, as_of, detail))
                .collect(),
        }
    }
}

impl<'a> ParticipantView<'a> {
    fn new(record: &'a Record, session: &'a Session, as_of: i64, detail: Detail) -> Self {
        let is_customer = session.purpose == Purpose::Customer;
        let customer_name = &record.party.name;
        Self {
            participant_id: session.participant,
            purpose: session.purpose.text(),
            user_id: session.user,
            participant_name: is_customer.then_some(customer_name),
            attributes: (is_customer && detail == Detail::WithAttributes)
                .then_some(Attributes { customer_name }),
            sessions: [SessionView::new(record, session, as_of)],
        }
    }
}

impl<'a> SessionView<'a> {
    fn new(record: &'a Record, session: &'a Session, as_of: i64) -> Self {
        let mut segments: Vec<_> =
            session.segments.iter().filter(|segment| segment.start <= as_of).collect();
        segments.sort_by_key(|segment| segment.start);
        let metrics = session.metrics.iter().filter(|metric| metric.reading.time <= as_of);
        Self {
            session_id: session.id,
            media_type: session.media.lower(),
            direction: direction(session.outbound),
            provider: session.media.provider(),
            contact: Contact::new(&record.party, session),
            remote: record.party.address(session.media),
            segments: segments
                .into_iter()
                .map(|segment| SegmentView::new(&record.party, session, segment, as_of))
                .collect(),
            metrics: metrics.map(MetricView::new).collect(),
        }
    }
}

impl<'a> Contact<'a> {
    fn new(party: &'a Party, session: &Session) -> Self {
        let addresses = Addresses::new(party, session.outbound, session.media);
        match session.media {
            Media::Voice => Self::Call(Call::new(party, session.outbound)),
            Media::Callback => {
                Self::Callback { callback_user_name: &party.name, callback_numbers: [&party.phone] }
            }
            Media::Message => {
                Self::Message { addresses, message_type: party.message_type.to_lowercase() }
            }
            Media::Chat | Media::Email => Self::Address(addresses),
        }
    }
}

impl<'a> SegmentView<'a> {
    fn new(party: &'a Party, session: &Session, segment: &Segment, as_of: i64) -> Self {
        let end = segment.end.filter(|end| *end <= as_of);
        let disconnect = segment.disconnect.filter(|_| end.is_some());
        let is_wrapped_up = segment.kind == SegmentKind::Wrapup && end.is_some();
        Self {
            segment_type: segment.kind.text(),
            segment_start: iso_ms(segment.start),
            segment_end: end.map(iso_ms),
            queue_id: session.queue.map(Queue::id),
            disconnect_type: disconnect.map(Disconnect::api_text),
            conference: false,
            subject: (session.media == Media::Email).then_some(party.subject),
            wrap_up: is_wrapped_up.then(|| WrapUp {
                wrap_up_code: WRAP_UP_CODE,
                wrap_up_note: format!("{} will call again", party.name),
            }),
        }
    }
}

impl MetricView {
    fn new(metric: &Metric) -> Self {
        Self {
            name: metric.name,
            value: metric.reading.value,
            emit_date: iso_ms(metric.reading.time),
        }
    }
}

const fn direction(outbound: bool) -> &'static str {
    if outbound { "outbound" } else { "inbound" }
}
