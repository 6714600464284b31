//! Queries for the statuses that agents had.

use super::details_query::{Order, Paging, interval};
use super::filter::Filter;
use super::refusal::Refusal;
use crate::agents::{Change, Presence, RoutingStatus};
use crate::archive::Agent;
use crate::json::Object;
use crate::time::{DAY_MS, iso_ms};
use serde::Deserialize;

/// The longest interval with a filter of users, and without.
const FILTERED_MS_MAX: i64 = 31 * DAY_MS;
const UNFILTERED_MS_MAX: i64 = 7 * DAY_MS;

/// The body of a query. Filters by status are refused, since the stand-in has none.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    interval: String,
    #[serde(default)]
    user_filters: Vec<Filter>,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    paging: Paging,
}

/// A valid query.
pub(super) struct UserDetailsQuery {
    from: i64,
    to: i64,
    body: Body,
}

impl UserDetailsQuery {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(body).map_err(Refusal::bad_request)?;
        let (from, to) = interval(&body.interval)?;
        body.paging.check()?;
        let is_filtered = !body.user_filters.is_empty();
        let length_max = if is_filtered { FILTERED_MS_MAX } else { UNFILTERED_MS_MAX };
        if to - from > length_max {
            let days = length_max / DAY_MS;
            return Err(Refusal::bad_request(format_args!(
                "Use an interval of {days} days at most"
            )));
        }
        body.user_filters.iter().try_for_each(|filter| filter.check(&["userId"]))?;
        Ok(Self { from, to, body })
    }

    pub(super) fn response<'a>(
        &self,
        agents: impl Iterator<Item = &'a Agent>,
        as_of: i64,
    ) -> Object {
        let mut hits: Vec<_> = agents.filter_map(|agent| self.user(agent, as_of)).collect();
        if self.body.order == Order::Desc {
            hits.reverse();
        }
        self.body.paging.response("userDetails", hits, |hit| hit)
    }

    /// The statuses of an agent that overlap the interval, if there are any.
    fn user(&self, agent: &Agent, as_of: i64) -> Option<Object> {
        let user = agent.user.to_string();
        let is_user = |filter: &Filter| filter.matches(&|_, value| value == user);
        if !self.body.user_filters.iter().all(is_user) {
            return None;
        }
        let presences = self.records(&agent.history.presence, as_of, presence);
        let statuses = self.records(&agent.history.routing, as_of, routing_status);
        if presences.is_empty() && statuses.is_empty() {
            return None;
        }
        let user = Object::default()
            .with("userId", user)
            .with_list("primaryPresence", presences)
            .with_list("routingStatus", statuses);
        Some(user)
    }

    fn records<T: Copy>(
        &self,
        changes: &[Change<T>],
        as_of: i64,
        view: impl Fn(T) -> Object,
    ) -> Vec<Object> {
        let past = &changes[..changes.partition_point(|change| change.at <= as_of)];
        let end = |index: usize| past.get(index + 1).map(|next: &Change<T>| next.at);
        let records = past.iter().enumerate().map(|(index, change)| (change, end(index)));
        let overlaps = |(change, end): &(&Change<T>, Option<i64>)| {
            change.at < self.to && end.is_none_or(|end| end > self.from)
        };
        let record = |(change, end): (&Change<T>, Option<i64>)| {
            Object::default()
                .with("startTime", iso_ms(change.at))
                .with("endTime", end.map(iso_ms))
                .with_fields(Some(view(change.value)))
        };
        records.filter(overlaps).map(record).collect()
    }
}

fn presence(presence: Presence) -> Object {
    Object::default()
        .with("systemPresence", presence.system().text())
        .with("organizationPresenceId", presence.id())
}

fn routing_status(status: RoutingStatus) -> Object {
    Object::default().with("routingStatus", status.text())
}
