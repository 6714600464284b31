//! Responses with the statuses that users had, as records with start and end.

use super::{PresenceChange, RoutingChange, UserChanges, millis, presence_change, routing_change};
use crate::fields::{Field, TimeField};
use headroom_kpi::Millis;
use serde::Deserialize;

/// Two records of one stream follow each other if they are no further apart.
const FOLLOWS_WITHIN_MS: i64 = 1_000;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DetailsBody {
    user_details: Option<Vec<UserDetail>>,
}

impl DetailsBody {
    /// The changes of each user up to `to`.
    pub(super) fn changes(self, to: Millis) -> Vec<UserChanges> {
        self.user_details.into_iter().flatten().filter_map(|user| user.changes(to)).collect()
    }
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
