//! What the Platform API says of users, with the fields that are needed: names and texts get no
//! further.

mod changes;
mod facts;
mod members;

use super::client::Calls;
use super::endpoints::{PAGE_SIZE, encode, iso};
use super::entities::Page;
use super::error::CallError;
use super::transport::Transport;
use crate::budget::{Purpose, RateLimiter};
use changes::DetailsBody;
pub use facts::{PresenceChange, QueueMember, QueueMembers, RoutingChange, UserChanges};
use headroom_kpi::{Id, Millis};
use members::{ActivityBody, MemberBody};
use serde_json::{Value, json};

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
        Ok(Page { entities: members.collect(), page_count: page.page_count })
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
