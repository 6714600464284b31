//! What the Platform API says of users, with the fields that are needed: names and texts get no
//! further.

use super::client::Calls;
use super::endpoints::{PAGE_SIZE, encode, iso};
use super::entities::Page;
use super::error::CallError;
use super::transport::Transport;
use crate::budget::{Purpose, RateLimiter};
use crate::fields::{Field, TimeField};
use headroom_kpi::{Id, Millis};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A routing status, and since when, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RoutingChange {
    /// Since when.
    pub since: i64,
    /// Such as `IDLE`.
    pub status: String,
}

/// A presence, and since when, in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresenceChange {
    /// Since when.
    pub since: i64,
    /// Such as `ON_QUEUE`.
    pub system_presence: String,
    /// The organisation's own presence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_presence_id: Option<String>,
}

/// A member of a queue, and the status of that user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMember {
    /// The queue.
    pub queue: String,
    /// The user.
    pub user: String,
    /// Whether the user has joined the queue.
    pub is_joined: bool,
    /// The routing status.
    pub routing: Option<RoutingChange>,
    /// The presence.
    pub presence: Option<PresenceChange>,
}

/// The members of some queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueMembers {
    /// Those of the queues that the response names in full.
    pub members: Vec<QueueMember>,
    /// Queues with more members than the response has.
    pub truncated: Vec<String>,
}

/// The changes of a user in some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserChanges {
    /// The user.
    pub user: String,
    /// Changes of the routing status, in order of time.
    pub routing: Vec<RoutingChange>,
    /// Changes of the presence, in order of time.
    pub presence: Vec<PresenceChange>,
}

impl UserChanges {
    /// No changes of a user.
    pub fn without(user: &Id) -> Self {
        Self { user: user.to_string(), routing: Vec::new(), presence: Vec::new() }
    }
}

/// Two records of one stream follow each other if they are no further apart.
const FOLLOWS_WITHIN_MS: i64 = 1_000;

impl<T: Transport, L: RateLimiter> Calls<'_, T, L> {
    /// The members of queues, with status and presence.
    pub async fn queue_members(&self, queues: &[Id]) -> Result<QueueMembers, CallError> {
        let metric = |name| json!({"metric": name, "details": true});
        let metrics = ["oMemberUsers", "oUserRoutingStatuses", "oUserPresences"].map(metric);
        let query = json!({
            "metrics": metrics,
            "groupBy": ["queueId"],
            "filter": any_of("queueId", queues),
        });
        let path = "/api/v2/analytics/routing/activity/query".to_owned();
        let query = query.to_string().into_bytes();
        let body: ActivityBody = self.call(Purpose::Catalog, path, Some(query)).await?;
        Ok(body.members())
    }

    /// A page of the members of one queue, with status and presence; the first page is 1.
    pub async fn members_of(
        &self,
        queue: &Id,
        page_number: u32,
    ) -> Result<Page<QueueMember>, CallError> {
        let queue = queue.to_string();
        let path = format!(
            "/api/v2/routing/queues/{}/members?pageSize={PAGE_SIZE}&pageNumber={page_number}\
             &expand=routingStatus&expand=presence",
            encode(&queue)
        );
        let page: Page<MemberBody> = self.call(Purpose::Catalog, path, None).await?;
        let members = page.entities.into_iter().filter_map(|member| member.member(&queue));
        Ok(Page {
            entities: members.collect(),
            page_count: page.page_count,
            page_number: page.page_number,
            total: page.total,
        })
    }

    /// The changes of at most [`PAGE_SIZE`] users from one time to another.
    pub async fn user_changes(
        &self,
        users: &[Id],
        from: Millis,
        to: Millis,
    ) -> Result<Vec<UserChanges>, CallError> {
        let query = json!({
            "interval": format!("{}/{}", iso(from), iso(to)),
            "userFilters": [any_of("userId", users)],
            "order": "asc",
            "paging": {"pageSize": PAGE_SIZE, "pageNumber": 1},
        });
        let path = "/api/v2/analytics/users/details/query".to_owned();
        let query = query.to_string().into_bytes();
        let body: DetailsBody = self.call(Purpose::Gap, path, Some(query)).await?;
        Ok(body.user_details.into_iter().flatten().filter_map(|user| user.changes(to)).collect())
    }
}

/// A filter for any of these ids.
fn any_of(dimension: &str, ids: &[Id]) -> Value {
    let predicate = |id: &Id| json!({"dimension": dimension, "value": id.to_string()});
    json!({"type": "or", "predicates": ids.iter().map(predicate).collect::<Vec<_>>()})
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ActivityBody {
    results: Option<Vec<ActivityResult>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ActivityResult {
    group: Group,
    truncated: Option<bool>,
    entities: Option<Vec<ActivityEntity>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Group {
    queue_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ActivityEntity {
    user_id: Option<String>,
    queue_id: Option<String>,
    queue_membership_status: Option<String>,
    routing_status: Option<String>,
    routing_status_date: Field<TimeField>,
    system_presence: Option<String>,
    organization_presence_id: Option<String>,
    presence_date: Field<TimeField>,
}

/// What the API calls the membership of one who has joined.
const JOINED: &str = "active";

impl ActivityBody {
    fn members(self) -> QueueMembers {
        let mut members = QueueMembers::default();
        for result in self.results.into_iter().flatten() {
            let queue = result.group.queue_id;
            if result.truncated == Some(true) {
                members.truncated.extend(queue);
                continue;
            }
            let entities = result.entities.into_iter().flatten();
            members.members.extend(entities.filter_map(|entity| entity.member(queue.as_ref())));
        }
        members
    }
}

impl ActivityEntity {
    fn member(self, queue: Option<&String>) -> Option<QueueMember> {
        let membership = self.queue_membership_status.unwrap_or_default();
        let presence_id = self.organization_presence_id;
        Some(QueueMember {
            queue: self.queue_id.or_else(|| queue.cloned())?,
            user: self.user_id?,
            is_joined: membership.eq_ignore_ascii_case(JOINED),
            routing: routing_change(self.routing_status, &self.routing_status_date),
            presence: presence_change(self.system_presence, presence_id, &self.presence_date),
        })
    }
}

/// A member of a queue in the form of the list of members.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MemberBody {
    id: Option<String>,
    joined: Option<bool>,
    routing_status: Option<RoutingBody>,
    user: Option<UserBody>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserBody {
    presence: Option<PresenceBody>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RoutingBody {
    status: Option<String>,
    start_time: Field<TimeField>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PresenceBody {
    presence_definition: Definition,
    modified_date: Field<TimeField>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Definition {
    id: Option<String>,
    system_presence: Option<String>,
}

impl MemberBody {
    fn member(self, queue: &str) -> Option<QueueMember> {
        let routing = self.routing_status.unwrap_or_default();
        let presence = self.user.unwrap_or_default().presence.unwrap_or_default();
        let Definition { id, system_presence } = presence.presence_definition;
        Some(QueueMember {
            queue: queue.to_owned(),
            user: self.id?,
            is_joined: self.joined.unwrap_or_default(),
            routing: routing_change(routing.status, &routing.start_time),
            presence: presence_change(system_presence, id, &presence.modified_date),
        })
    }
}

fn routing_change(status: Option<String>, since: &Field<TimeField>) -> Option<RoutingChange> {
    Some(RoutingChange { since: millis(since)?, status: status? })
}

fn presence_change(
    system_presence: Option<String>,
    organization_presence_id: Option<String>,
    since: &Field<TimeField>,
) -> Option<PresenceChange> {
    let (since, system_presence) = (millis(since)?, system_presence?);
    Some(PresenceChange { since, system_presence, organization_presence_id })
}

fn millis(time: &Field<TimeField>) -> Option<i64> {
    match time.0 {
        TimeField::Time(time) => Some(time.0),
        _ => None,
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DetailsBody {
    user_details: Option<Vec<UserDetail>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct UserDetail {
    user_id: Option<String>,
    primary_presence: Option<Vec<Record>>,
    routing_status: Option<Vec<Record>>,
}

/// A stretch of one presence, or of one routing status.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Record {
    start_time: Field<TimeField>,
    end_time: Field<TimeField>,
    routing_status: Option<String>,
    system_presence: Option<String>,
    organization_presence_id: Option<String>,
}

impl UserDetail {
    /// The changes up to `to`, where records may have been cut off.
    fn changes(self, to: Millis) -> Option<UserChanges> {
        let off_queue = |since| RoutingChange { since, status: "OFF_QUEUE".to_owned() };
        let offline = |since| PresenceChange {
            since,
            system_presence: "OFFLINE".to_owned(),
            organization_presence_id: None,
        };
        Some(UserChanges {
            user: self.user_id?,
            routing: changes(self.routing_status, to, Record::routing, off_queue),
            presence: changes(self.primary_presence, to, Record::presence, offline),
        })
    }
}

impl Record {
    fn routing(self) -> Option<RoutingChange> {
        routing_change(self.routing_status, &self.start_time)
    }

    fn presence(self) -> Option<PresenceChange> {
        presence_change(self.system_presence, self.organization_presence_id, &self.start_time)
    }
}

/// The starts of records, and the ends that no record follows, in order of time. (Inferred: that the
/// API may leave out who is off queue or offline.)
fn changes<T: Ord>(
    records: Option<Vec<Record>>,
    to: Millis,
    start: impl Fn(Record) -> Option<T>,
    end: impl Fn(i64) -> T,
) -> Vec<T> {
    let records = records.unwrap_or_default();
    let starts: Vec<_> = records.iter().filter_map(|record| millis(&record.start_time)).collect();
    let is_last = |end: &i64| {
        let follows = |start: &i64| (start - end).abs() <= FOLLOWS_WITHIN_MS;
        *end < to.0 && !starts.iter().any(follows)
    };
    let ends = records.iter().filter_map(|record| millis(&record.end_time)).filter(is_last);
    let mut changes: Vec<_> = ends.map(end).collect();
    changes.extend(records.into_iter().filter_map(start));
    changes.sort();
    changes.dedup();
    changes
}
