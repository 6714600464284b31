//! What the Platform API says of users, with the fields that are needed: names and texts get no
//! further.

mod changes;
mod members;

use super::client::Calls;
use super::endpoints::{PAGE_SIZE, encode, iso};
use super::entities::Page;
use super::error::CallError;
use super::transport::Transport;
use crate::budget::{Purpose, RateLimiter};
use crate::fields::{Field, TimeField};
use changes::DetailsBody;
use headroom_kpi::{Id, Millis};
use members::{ActivityBody, MemberBody};
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
    /// Those of the queues that the response has in full.
    pub members: Vec<QueueMember>,
    /// Queues that have more members than the response, or that it leaves out: whether such a queue
    /// is empty, it does not say.
    pub incomplete: Vec<String>,
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
        Ok(body.members(queues))
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
        Ok(body.changes(to))
    }
}

/// A filter for any of these ids.
fn any_of(dimension: &str, ids: &[Id]) -> Value {
    let predicate = |id: &Id| json!({"dimension": dimension, "value": id.to_string()});
    json!({"type": "or", "predicates": ids.iter().map(predicate).collect::<Vec<_>>()})
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
