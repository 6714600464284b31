//! Queries of who is in which queue now, and in which status.

use super::details_query::Order;
use super::filter::Filter;
use super::refusal::Refusal;
use super::statuses::Status;
use crate::json::Object;
use crate::time::iso_ms;
use crate::world::lanes::{QUEUES, Queue};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Entities of a group without a fault. An assumption: Genesys documents no limit.
const ENTITIES_MAX: usize = 1_000;

const DIMENSIONS: [&str; 6] = [
    "queueId",
    "userId",
    "queueMembershipStatus",
    "routingStatus",
    "systemPresence",
    "organizationPresenceId",
];

/// The body of a query.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RoutingActivityQuery {
    metrics: Vec<Metric>,
    group_by: Vec<String>,
    filter: Option<Filter>,
    /// The groups come in the order of the queues all the same.
    #[serde(default, rename = "order")]
    _order: Option<Order>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Metric {
    metric: MetricName,
    #[serde(default)]
    details: bool,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::enum_variant_names, reason = "Genesys' names")]
enum MetricName {
    OActiveUsers,
    OMemberUsers,
    OOffQueueUsers,
    OOnQueueUsers,
    OUserPresences,
    OUserRoutingStatuses,
}

/// A member of a queue.
struct Member {
    queue: Queue,
    status: Status,
}

impl RoutingActivityQuery {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let query: Self = serde_json::from_slice(body).map_err(Refusal::bad_request)?;
        if query.group_by != ["queueId"] || query.metrics.is_empty() {
            return Err(Refusal::bad_request("The stand-in groups metrics by queueId alone"));
        }
        query.filter.as_ref().map_or(Ok(()), |filter| filter.check(&DIMENSIONS))?;
        Ok(query)
    }

    /// A response without hits has no groups. `entities_max` of 0 is the usual limit.
    pub(super) fn response(&self, statuses: &[Status], entities_max: usize) -> Object {
        let entities_max = if entities_max == 0 { ENTITIES_MAX } else { entities_max };
        let groups = (0..QUEUES.len()).map(|index| self.members(Queue(index), statuses));
        let groups = groups.filter(|members| !members.is_empty());
        let results = groups.map(|members| self.group(&members, entities_max));
        Object::default().with_list("results", results).with("entityIdDimension", "userId")
    }

    fn members(&self, queue: Queue, statuses: &[Status]) -> Vec<Member> {
        let members = statuses.iter().filter(|status| status.members.has(queue));
        let members = members.map(|status| Member { queue, status: *status });
        let is_hit = |member: &Member| {
            self.filter.as_ref().is_none_or(|filter| {
                filter.matches(&|dimension, value| member.value(dimension) == value)
            })
        };
        members.filter(is_hit).collect()
    }

    fn group(&self, members: &[Member], entities_max: usize) -> Object {
        let has_details = self.metrics.iter().any(|metric| metric.details);
        let data = self.metrics.iter().flat_map(|metric| metric.values(members));
        let queue = members.first().map(|member| member.queue.id());
        let group = Object::default()
            .with_object("group", Object::default().with("queueId", queue))
            .with_list("data", data);
        if !has_details {
            return group;
        }
        let entities = members.iter().take(entities_max).map(Member::entity);
        group.with("truncated", members.len() > entities_max).with_list("entities", entities)
    }
}

impl Metric {
    /// The numbers of members by what qualifies the metric.
    fn values(&self, members: &[Member]) -> Vec<Object> {
        let mut users = BTreeMap::<_, Vec<_>>::new();
        for member in members {
            if let Some(qualifiers) = self.metric.qualifiers(member) {
                users.entry(qualifiers).or_default().push(member.status.user);
            }
        }
        let value = |((first, second), users): (Qualifiers, Vec<_>)| {
            Object::default()
                .with("metric", self.metric)
                .with("qualifier", first)
                .with("secondaryQualifier", second)
                .with("count", users.len())
                .with("entityIds", self.details.then_some(users))
        };
        users.into_iter().map(value).collect()
    }
}

type Qualifiers = (Option<String>, Option<String>);

impl MetricName {
    /// The qualifiers under which a member counts, if the member does.
    fn qualifiers(self, member: &Member) -> Option<Qualifiers> {
        let is_active = member.status.joined.has(member.queue);
        let is_on_queue = member.status.presence.value.is_on_queue();
        let routing = Some(member.value("routingStatus"));
        let organization = Some(member.value("organizationPresenceId"));
        match self {
            Self::OMemberUsers => Some((None, None)),
            Self::OActiveUsers => is_active.then_some((None, None)),
            Self::OOnQueueUsers => (is_active && is_on_queue).then_some((routing, None)),
            Self::OOffQueueUsers => (is_active && !is_on_queue).then_some((organization, None)),
            Self::OUserRoutingStatuses => Some((routing, None)),
            Self::OUserPresences => Some((Some(member.value("systemPresence")), organization)),
        }
    }
}

impl Member {
    /// What one of [`DIMENSIONS`] says of the member.
    fn value(&self, dimension: &str) -> String {
        let presence = self.status.presence.value;
        let is_active = self.status.joined.has(self.queue);
        match dimension {
            "queueId" => self.queue.id().to_owned(),
            "userId" => self.status.user.to_string(),
            "queueMembershipStatus" if is_active => "active".to_owned(),
            "queueMembershipStatus" => "inactive".to_owned(),
            "routingStatus" => self.status.routing.value.text().to_owned(),
            "systemPresence" => presence.system().text(),
            _ => presence.id().to_string(),
        }
    }

    fn entity(&self) -> Object {
        let entity = DIMENSIONS.iter().fold(Object::default(), |entity, dimension| {
            entity.with(dimension, self.value(dimension))
        });
        entity
            .with("routingStatusDate", iso_ms(self.status.routing.at))
            .with("presenceDate", iso_ms(self.status.presence.at))
    }
}
