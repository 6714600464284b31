//! Facts of agents in (`kpis.md#agent-facts`).

use crate::fold::{Body, check_time, id, parse_time};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A value at a time, with the time beside the body of its event.
pub(crate) type Change<T> = (i64, i64, T);
/// The system presence and the organisation presence.
pub(crate) type Presence = (String, Option<String>);

#[derive(Default)]
pub(crate) struct Agents(pub(crate) BTreeMap<String, Agent>);

/// The facts of an agent. Of changes, those of events and those of reads.
#[derive(Default)]
pub(crate) struct Agent {
    pub(crate) routing: [Vec<Change<String>>; 2],
    pub(crate) presence: [Vec<Change<Presence>>; 2],
    pub(crate) joined: BTreeSet<(i64, BTreeSet<String>)>,
    /// By queue, time, and whether the agent joined it then.
    pub(crate) marks: BTreeSet<(String, i64, bool)>,
    pub(crate) members: BTreeSet<(i64, BTreeSet<String>)>,
    pub(crate) out_of_office: BTreeSet<(i64, bool)>,
}

/// An event of a topic about users.
struct Event<'a> {
    topic_name: &'a str,
    body: &'a Body,
    published: i64,
    delivered: i64,
}

impl Agents {
    /// Whether the event is of use, if it is about an agent; nothing if it must be refused.
    pub(crate) fn take(&mut self, topic: &str, detail: &Value, delivered: i64) -> Option<bool> {
        let event = Event {
            topic_name: detail.get("topicName")?.as_str()?,
            body: detail.get("eventBody")?.as_object()?,
            published: parse_time(detail.get("timestamp")?.as_str()?)?,
            delivered,
        };
        match topic {
            "v2.users.{id}.activity" => self.activity(&event),
            "v2.users.{id}.presence" => self.presence(&event),
            "v2.users.{id}.routingStatus" => self.routing_status(&event),
            _ => self.queue_user(&event),
        }
    }

    fn activity(&mut self, event: &Event<'_>) -> Option<bool> {
        let user = id(event.body, "id")?;
        let routing = event.routing(event.body)?;
        let presence = event.presence(event.body.get("presence")?.as_object()?)?;
        let queues = strings(event.body.get("activeQueueIds")?)?;
        let joined_at = event.time(event.body, "dateActiveQueuesChanged")?;
        let office = event.body.get("outOfOffice")?.as_object()?;
        let office_at = event.time(office, "modifiedDate")?;
        let agent = self.0.entry(user).or_default();
        agent.routing[0].push(routing);
        agent.presence[0].push(presence);
        agent.joined.insert((joined_at, queues));
        agent.out_of_office.insert((office_at, office.get("active")?.as_bool()?));
        Some(true)
    }

    fn presence(&mut self, event: &Event<'_>) -> Option<bool> {
        if event.body.get("primary") == Some(&false.into()) {
            return Some(false);
        }
        let user = event.topic_name.strip_prefix("v2.users.")?.strip_suffix(".presence")?;
        let presence = event.presence(event.body)?;
        self.0.entry(user.to_owned()).or_default().presence[0].push(presence);
        Some(true)
    }

    fn routing_status(&mut self, event: &Event<'_>) -> Option<bool> {
        let (user, routing) = (id(event.body, "id")?, event.routing(event.body)?);
        self.0.entry(user).or_default().routing[0].push(routing);
        Some(true)
    }

    fn queue_user(&mut self, event: &Event<'_>) -> Option<bool> {
        let user = id(event.body.get("user")?.as_object()?, "id")?;
        let mark =
            (id(event.body, "queueId")?, event.published, event.body.get("joined")?.as_bool()?);
        self.0.entry(user).or_default().marks.insert(mark);
        Some(true)
    }
}

impl Event<'_> {
    fn routing(&self, body: &Body) -> Option<Change<String>> {
        let routing = body.get("routingStatus")?.as_object()?;
        let status = status(routing.get("status")?)?;
        Some((self.time(routing, "startTime")?, self.published, status))
    }

    fn presence(&self, body: &Body) -> Option<Change<Presence>> {
        let definition = body.get("presenceDefinition")?.as_object()?;
        let system = status(definition.get("systemPresence")?)?;
        let presence = (system, id(definition, "id"));
        Some((self.time(body, "modifiedDate")?, self.published, presence))
    }

    /// Where the body has no time, the one beside it.
    fn time(&self, body: &Body, key: &str) -> Option<i64> {
        let time = match body.get(key) {
            Some(time) => parse_time(time.as_str()?)?,
            None => self.published,
        };
        check_time(time, self.delivered)?;
        Some(time)
    }
}

/// A status in any spelling.
pub(crate) fn status(value: &Value) -> Option<String> {
    let text = value.as_str()?.to_uppercase().replace([' ', '-'], "_");
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let valid = (1..=32).contains(&text.len()) && text.chars().all(allowed);
    valid.then(|| if text == "ONQUEUE" { "ON_QUEUE".to_owned() } else { text })
}

fn strings(list: &Value) -> Option<BTreeSet<String>> {
    list.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}
