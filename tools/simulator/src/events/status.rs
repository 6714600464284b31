//! Events of agents and queues. The engine ignores them, and every feed has them.

use super::Publisher;
use super::envelope::Topic;
use crate::LineKind::Unused;
use crate::id::{Id, fixed_id};
use crate::time::{MINUTE_MS, iso_ms};
use crate::world::lanes::Lane;
use serde::Serialize;

const ON_QUEUE: Id = fixed_id(20);
const OFFLINE: Id = fixed_id(21);
const OBSERVED_INTERVAL_MS: i64 = 30 * MINUTE_MS;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Presence {
    source: &'static str,
    #[serde(rename = "presenceDefinition")]
    definition: PresenceDefinition,
    primary: bool,
    message: &'static str,
    modified_date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PresenceDefinition {
    id: Id,
    system_presence: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserRoutingStatus<'a> {
    id: Id,
    routing_status: RoutingStatus<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RoutingStatus<'a> {
    status: &'a str,
    start_time: String,
}

#[derive(Serialize)]
struct Observations {
    group: Group,
    data: [IntervalData; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    queue_id: &'static str,
    media_type: &'static str,
}

#[derive(Serialize)]
struct IntervalData {
    interval: String,
    metrics: [ObservedMetric; 1],
}

#[derive(Serialize)]
struct ObservedMetric {
    metric: &'static str,
    stats: Stats,
}

#[derive(Serialize)]
struct Stats {
    count: usize,
}

impl Publisher {
    pub(crate) fn presence(&mut self, user: Id, on_queue: bool, time: i64) {
        let (id, system_presence) =
            if on_queue { (ON_QUEUE, "ON_QUEUE") } else { (OFFLINE, "OFFLINE") };
        let body = Presence {
            source: "PURECLOUD",
            definition: PresenceDefinition { id, system_presence },
            primary: true,
            message: "",
            modified_date: iso_ms(time),
        };
        self.publish(Topic::User { suffix: "presence", user }, Unused, time, body);
    }

    pub(crate) fn routing_status(&mut self, user: Id, status: &str, time: i64) {
        let routing_status = RoutingStatus { status, start_time: iso_ms(time) };
        let body = UserRoutingStatus { id: user, routing_status };
        self.publish(Topic::User { suffix: "routingStatus", user }, Unused, time, body);
    }

    /// The number of customers who wait in a lane.
    pub(crate) fn observations(&mut self, lane: &Lane, waiting: usize, time: i64) {
        let queue = lane.queue.id();
        let start = time - time.rem_euclid(OBSERVED_INTERVAL_MS);
        let end = start + OBSERVED_INTERVAL_MS;
        let body = Observations {
            group: Group { queue_id: queue, media_type: lane.media.lower() },
            data: [IntervalData {
                interval: format!("{}/{}", iso_ms(start), iso_ms(end)),
                metrics: [ObservedMetric { metric: "oWaiting", stats: Stats { count: waiting } }],
            }],
        };
        self.publish(Topic::Observations { queue }, Unused, time, body);
    }
}
