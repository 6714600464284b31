//! From the bytes of an event to a fact.

use super::agent::AgentDetail;
use super::agent_state::StateBody;
use super::body::Body;
use super::budget_report::ReportBody;
use super::envelope::{Content, Detail, Envelope};
use super::layout::Layouts;
use super::topic::{Topic, TopicEntry, TopicField};
use crate::details::ConversationDetails;
use crate::fields::check::{FieldResult, plausible};
use crate::fields::{Object, Refusal, RefusalCode, TimeField};
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{EntityKey, Id, Millis};
use serde::de::DeserializeOwned;
use std::mem::take;

/// Bytes of an event at most. EventBridge's own limit is 256 KB in most of what AWS publishes;
/// four times that leaves room for a raise.
pub const EVENT_BYTES_MAX: usize = 1024 * 1024;

/// A usable event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// It says something about an entity.
    Fact(EntityKey, Fact),
    /// It says several things: an API response, an activity of a user, or a report of the budget.
    Facts(Vec<(EntityKey, Fact)>),
    /// It is an API response of which some facts can be used, and others cannot, with the reason. It
    /// is to be kept like a refused event, and the facts count.
    Partial(Vec<(EntityKey, Fact)>, Refusal),
    /// It is of a topic, or a metric, that no number depends on: known or not known by name.
    Ignored(Ignored),
}

/// What an ignored event is counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// A topic of the table.
    Topic(&'static str),
    /// A topic that the table does not have; the start of its name.
    UnknownTopic(String),
    /// A metric that is neither a counter nor a timer.
    Metric,
}

/// Reads one EventBridge envelope.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Refusal> {
    read(bytes, None)
}

/// Reads many EventBridge envelopes: faster than [`parse`] does, and with the same results. It
/// remembers the layouts of events, and compares the text between their values as a whole.
#[derive(Debug, Default)]
pub struct Parser {
    layouts: Layouts,
}

impl Parser {
    /// Reads one EventBridge envelope.
    pub fn parse(&mut self, bytes: &[u8]) -> Result<Parsed, Refusal> {
        let mut envelope = Envelope::default();
        let has_layout =
            bytes.len() <= EVENT_BYTES_MAX && self.layouts.read(bytes, &mut envelope).is_some();
        if has_layout { parsed(&mut envelope, bytes) } else { read(bytes, Some(&mut self.layouts)) }
    }
}

fn read(bytes: &[u8], layouts: Option<&mut Layouts>) -> Result<Parsed, Refusal> {
    if bytes.len() > EVENT_BYTES_MAX {
        let message = format!("{} bytes, and an event has at most {EVENT_BYTES_MAX}", bytes.len());
        return Err(RefusalCode::TooLarge.because(message));
    }
    let mut envelope = Envelope::default();
    let values =
        envelope.read(as_text(bytes)?, layouts.is_some()).map_err(|error| not_json(&error))?;
    if let Some(layouts) = layouts {
        layouts.learn(bytes, &values);
    }
    parsed(&mut envelope, bytes)
}

fn as_text(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        RefusalCode::NotJson.because(format!("not UTF-8 from byte {at} on"))
    })
}

/// What an envelope says; `bytes` is the whole event.
fn parsed(envelope: &mut Envelope, bytes: &[u8]) -> Result<Parsed, Refusal> {
    let TopicEntry { template, topic } = match take(&mut envelope.detail_type.0) {
        TopicField::Missing => return Err(RefusalCode::BadTopic.because("detail-type is missing")),
        TopicField::Unknown(name) => return Ok(Parsed::Ignored(Ignored::UnknownTopic(name))),
        TopicField::Known(entry) => *entry,
    };
    let Some(topic) = topic else { return Ok(Parsed::Ignored(Ignored::Topic(template))) };
    let (time, body) = (envelope.time.0, &mut envelope.detail.0.body.0);
    match topic {
        Topic::AcdStart => fact(body, time, Body::acd_start),
        Topic::AcdEnd => fact(body, time, Body::acd_end),
        Topic::UserStart => fact(body, time, Body::user_start),
        Topic::UserEnd => fact(body, time, Body::user_end),
        Topic::Acw => fact(body, time, Body::acw),
        Topic::CustomerStart => fact(body, time, Body::customer_start),
        Topic::CustomerEnd => fact(body, time, Body::customer_end),
        Topic::ConversationClosed => fact(body, time, |_, time| Ok(FactKind::Closed(time))),
        Topic::ConversationMetrics => metric_fact(body, time),
        Topic::ConversationDetails => conversation_facts(&own_body(bytes)?, time),
        Topic::AgentState => Ok(Parsed::Facts(own_body::<StateBody>(bytes)?.facts(time)?)),
        Topic::ApiBudget => Ok(Parsed::Facts(own_body::<ReportBody>(bytes)?.facts(time)?)),
        Topic::UserActivity
        | Topic::UserPresence
        | Topic::UserRoutingStatus
        | Topic::QueueUsers => {
            let detail: AgentDetail = detail(bytes)?;
            if detail.is_foreign(topic) {
                return Ok(Parsed::Ignored(Ignored::Topic(template)));
            }
            Ok(Parsed::Facts(detail.facts(topic, time)?))
        }
    }
}

/// Says what is wrong and where, without quoting the event.
fn not_json(error: &serde_json::Error) -> Refusal {
    let kind = match error.classify() {
        serde_json::error::Category::Eof => "it ends early",
        serde_json::error::Category::Data => "a field stands in it twice, or is of a wrong kind",
        _ => "it breaks the rules of JSON",
    };
    RefusalCode::NotJson.because(format!("{kind}, at column {}", error.column()))
}

/// What Genesys publishes, of a topic whose events are few or have parts: `serde_json` will do.
fn detail<D: DeserializeOwned + Default>(bytes: &[u8]) -> Result<D, Refusal> {
    let content = serde_json::from_str::<Object<Content<D>>>(as_text(bytes)?);
    Ok(content.map_err(|error| not_json(&error))?.0.detail.0)
}

/// The body alone.
fn own_body<B: DeserializeOwned + Default>(bytes: &[u8]) -> Result<B, Refusal> {
    Ok(detail::<Detail<B>>(bytes)?.body.0)
}

/// What the Platform API said about a conversation.
fn conversation_facts(
    details: &ConversationDetails,
    envelope: TimeField,
) -> Result<Parsed, Refusal> {
    let key = EntityKey::Conversation(details.id()?);
    plausible("readAt", TimeField::Value(Millis(details.read_at)), envelope)?;
    let response = details.facts()?;
    let refusal = response.refusal();
    let facts = response.facts.into_iter().map(|fact| (key.clone(), fact)).collect();
    Ok(match refusal {
        None => Parsed::Facts(facts),
        Some(refusal) => Parsed::Partial(facts, refusal),
    })
}

/// A fact of a conversation, at the time of its event.
fn fact(
    body: &mut Body,
    envelope: TimeField,
    kind: impl FnOnce(&mut Body, Millis) -> FieldResult<FactKind>,
) -> Result<Parsed, Refusal> {
    let conversation = body.conversation()?;
    let time = body.event_time(envelope)?;
    Ok(conversation_fact(conversation, kind(body, time)?))
}

fn metric_fact(body: &mut Body, envelope: TimeField) -> Result<Parsed, Refusal> {
    let metric = body.metric()?;
    if metric.kind().is_none() {
        return Ok(Parsed::Ignored(Ignored::Metric));
    }
    let conversation = body.conversation()?;
    let emitted = body.metric_date(envelope)?;
    Ok(conversation_fact(conversation, FactKind::Metric(body.metric_fact(metric, emitted)?)))
}

fn conversation_fact(conversation: Id, kind: FactKind) -> Parsed {
    Parsed::Fact(EntityKey::Conversation(conversation), Fact { source: Source::Event, kind })
}
