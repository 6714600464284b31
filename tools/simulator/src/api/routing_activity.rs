//! Queries of who is in which queue now, and in which status.

use super::filter::Filter;
use super::refusal::Refusal;
use super::statuses::Status;
use crate::agents::SystemPresence;
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    metrics: Vec<Metric>,
    group_by: Vec<String>,
    filter: Option<Filter>,
    /// The groups come in the order of the queues all the same.
    #[serde(default, rename = "order")]
    _order: Option<Order>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Order {
    Asc,
    Desc,
    Unordered,
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

/// A valid query.
pub(super) struct RoutingActivityQuery(Body);

impl RoutingActivityQuery {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(body).map_err(Refusal::bad_request)?;
        if body.group_by != ["queueId"] || body.metrics.is_empty() {
            return Err(Refusal::bad_request("The stand-in groups metrics by queueId alone"));
        }
        body.filter.as_ref().map_or(Ok(()), |filter| filter.check(&DIMENSIONS))?;
        Ok(Self(body))
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
            self.0.filter.as_ref().is_none_or(|filter| {
                filter.matches(|dimension, value| member.has(dimension, value))
            })
        };
        members.filter(is_hit).collect()
    }

    fn group(&self, members: &[Member], entities_max: usize) -> Object {
        let has_details = self.0.metrics.iter().any(|metric| metric.details);
        let data = self.0.metrics.iter().flat_map(|metric| metric.values(members));
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
        let status = &member.status;
        let presence = status.presence.value;
        let is_active = status.joined.has(member.queue);
        let routing = || status.routing.value.text().to_owned();
        let organization = || presence.id().to_string();
        match self {
            Self::OMemberUsers => Some((None, None)),
            Self::OActiveUsers => is_active.then_some((None, None)),
            Self::OOnQueueUsers => {
                (is_active && presence.is_on_queue()).then(|| (Some(routing()), None))
            }
            Self::OOffQueueUsers => {
                (is_active && !presence.is_on_queue()).then(|| (Some(organization()), None))
            }
            Self::OUserRoutingStatuses => Some((Some(routing()), None)),
            Self::OUserPresences => {
                Some((Some(presence.system().text().to_owned()), Some(organization())))
            }
        }
    }
}

impl Member {
    fn membership(&self) -> &'static str {
        if self.status.joined.has(self.queue) { "active" } else { "inactive" }
    }

    fn system_presence(&self) -> SystemPresence {
        self.status.presence.value.system()
    }

    fn has(&self, dimension: &str, value: &str) -> bool {
        match dimension {
            "queueId" => self.queue.id() == value,
            "userId" => self.status.user.to_string() == value,
            "queueMembershipStatus" => self.membership() == value,
            "routingStatus" => self.status.routing.value.text() == value,
            "systemPresence" => self.system_presence().text() == value,
            _ => self.status.presence.value.id().to_string() == value,
        }
    }

    fn entity(&self) -> Object {
        let (routing, presence) = (self.status.routing, self.status.presence);
        Object::default()
            .with("queueId", self.queue.id())
            .with("userId", self.status.user)
            .with("queueMembershipStatus", self.membership())
            .with("routingStatus", routing.value.text())
            .with("routingStatusDate", iso_ms(routing.at))
            .with("systemPresence", self.system_presence().text())
            .with("organizationPresenceId", presence.value.id())
            .with("presenceDate", iso_ms(presence.at))
    }
}
