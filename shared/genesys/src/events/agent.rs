//! The topics about users: their status, presence and queues (`kpis.md#agent-facts`). Personal text,
//! such as the message of a presence, is not read.

use super::topic::Topic;
use crate::fields::check::{FieldResult, needed, optional, plausible, required};
use crate::fields::{Field, FieldValue, IdField, Object, RefusalCode, Scalar, TimeField};
use headroom_kpi::facts::{AgentFact, Change, FactKind, Presence, QueueList, QueueMark, Source};
use headroom_kpi::{EntityKey, Fact, Id, Millis, Status};
use serde::Deserialize;
use std::mem::take;

/// Queues in a list, at most (`kpis.md#bad-input`). Genesys allows some hundred for a user.
const QUEUES_MAX: usize = 2_000;

/// What Genesys publishes about users.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AgentDetail {
    topic_name: Field<String>,
    /// When Genesys published it; the same in every repeat.
    timestamp: Field<TimeField>,
    event_body: Object<Body>,
}

/// What is read of a body; no topic has all of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Body {
    id: Field<IdField>,
    user: Object<Reference>,
    queue_id: Field<IdField>,
    joined: Option<bool>,
    primary: Option<bool>,
    routing_status: Option<Object<RoutingStatus>>,
    presence: Option<Object<PresenceBody>>,
    presence_definition: Object<Definition>,
    modified_date: Field<TimeField>,
    out_of_office: Option<Object<OutOfOffice>>,
    active_queue_ids: Option<Vec<Field<IdField>>>,
    date_active_queues_changed: Field<TimeField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    id: Field<IdField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RoutingStatus {
    status: Field<StatusField>,
    start_time: Field<TimeField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PresenceBody {
    presence_definition: Object<Definition>,
    modified_date: Field<TimeField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Definition {
    id: Field<IdField>,
    system_presence: Field<StatusField>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct OutOfOffice {
    active: Option<bool>,
    modified_date: Field<TimeField>,
}

/// A routing status or presence.
pub(super) type StatusField = FieldValue<Status>;

impl Scalar for StatusField {
    fn text(text: &str) -> Self {
        Status::parse(text).map_or(Self::Other, Self::Value)
    }
    fn other() -> Self {
        Self::Other
    }
}

impl AgentDetail {
    /// Whether it is about a presence of another source than Genesys, such as Teams: analytics does
    /// not count it.
    pub(crate) fn is_foreign(&self, topic: Topic) -> bool {
        topic == Topic::UserPresence && self.event_body.0.primary == Some(false)
    }

    /// The facts of an event of a topic about users. `envelope` is when the event arrived.
    pub(crate) fn facts(
        mut self,
        topic: Topic,
        envelope: TimeField,
    ) -> FieldResult<Vec<(EntityKey, Fact)>> {
        let user = self.user(topic)?;
        let times = Times { reported: self.timestamp.0, envelope };
        let body = self.event_body.0;
        let facts = match topic {
            Topic::QueueUsers => vec![queue_mark(body, times)?],
            Topic::UserPresence => {
                let presence = PresenceBody {
                    presence_definition: body.presence_definition,
                    modified_date: body.modified_date,
                };
                vec![presence.fact(times)?]
            }
            Topic::UserRoutingStatus => {
                vec![body.routing_status.unwrap_or_default().0.fact(times)?]
            }
            _ => activity(body, times)?,
        };
        let key = EntityKey::Agent(user);
        let fact = |fact| Fact { source: Source::Event, kind: FactKind::Agent(fact) };
        Ok(facts.into_iter().map(|kind| (key.clone(), fact(kind))).collect())
    }

    /// The body of a presence has no user id: it stands in the topic's name alone.
    fn user(&mut self, topic: Topic) -> FieldResult<Id> {
        let body = &mut self.event_body.0;
        match topic {
            Topic::QueueUsers => needed("user.id", take(&mut body.user.0.id.0)),
            Topic::UserPresence => {
                let name = self.topic_name.0.strip_prefix("v2.users.");
                let id = name.and_then(|name| name.strip_suffix(".presence"));
                needed("the user id in topicName", IdField::text(id.unwrap_or_default()))
            }
            _ => needed("id", take(&mut body.id.0)),
        }
    }
}

/// The times beside a body.
#[derive(Clone, Copy)]
struct Times {
    reported: TimeField,
    envelope: TimeField,
}

impl Times {
    /// The time of a field, or else that of the report.
    fn time(self, name: &str, field: TimeField) -> FieldResult<Millis> {
        match field {
            TimeField::Missing => plausible("timestamp", self.reported, self.envelope),
            field => plausible(name, field, self.envelope),
        }
    }

    fn change<T>(self, at: Millis, value: T) -> FieldResult<Change<T>> {
        let reported_at = match self.reported {
            TimeField::Missing => at,
            reported => plausible("timestamp", reported, self.envelope)?,
        };
        Ok(Change { at, reported_at, value })
    }
}

pub(super) fn status(name: &str, field: StatusField) -> FieldResult<Status> {
    let why = "is not a status of 1 to 32 ASCII letters, digits or '_'";
    required(name, field, RefusalCode::BadStatus, why)
}

impl RoutingStatus {
    fn fact(self, times: Times) -> FieldResult<AgentFact> {
        let status = status("routingStatus.status", self.status.0)?;
        let at = times.time("startTime", self.start_time.0)?;
        Ok(AgentFact::Routing(times.change(at, status)?))
    }
}

impl PresenceBody {
    fn fact(self, times: Times) -> FieldResult<AgentFact> {
        let Definition { id, system_presence } = self.presence_definition.0;
        let system = status("presenceDefinition.systemPresence", system_presence.0)?;
        let organization = optional("presenceDefinition.id", id.0)?;
        let at = times.time("modifiedDate", self.modified_date.0)?;
        Ok(AgentFact::Presence(times.change(at, Presence { system, organization })?))
    }
}

fn queue_mark(body: Body, times: Times) -> FieldResult<AgentFact> {
    let queue = needed("queueId", body.queue_id.0)?;
    let at = times.time("timestamp", TimeField::Missing)?;
    let missing = || RefusalCode::BadValue.because("joined is missing");
    Ok(AgentFact::Mark(QueueMark { queue, at, joined: body.joined.ok_or_else(missing)? }))
}

/// An activity has each part that is known, at a time of its own.
fn activity(body: Body, times: Times) -> FieldResult<Vec<AgentFact>> {
    let mut facts = Vec::new();
    if let Some(routing) = body.routing_status {
        facts.push(routing.0.fact(times)?);
    }
    if let Some(presence) = body.presence {
        facts.push(presence.0.fact(times)?);
    }
    if let Some(ids) = body.active_queue_ids {
        let at = times.time("dateActiveQueuesChanged", body.date_active_queues_changed.0)?;
        facts.push(AgentFact::Joined(QueueList::new(at, queues("activeQueueIds", ids)?)));
    }
    let office = body.out_of_office.and_then(|office| Some((office.0.active?, office.0)));
    if let Some((active, office)) = office {
        let at = times.time("outOfOffice.modifiedDate", office.modified_date.0)?;
        facts.push(AgentFact::OutOfOffice(at, active));
    }
    Ok(facts)
}

/// The queues of a list.
pub(super) fn queues(name: &str, ids: Vec<Field<IdField>>) -> FieldResult<Vec<Id>> {
    if ids.len() > QUEUES_MAX {
        let message = format!("{name} has more than {QUEUES_MAX} queues");
        return Err(RefusalCode::BadValue.because(message));
    }
    ids.into_iter().map(|id| needed(&format!("an id in {name}"), id.0)).collect()
}
