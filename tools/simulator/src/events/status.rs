//! Events of agents and queues. The engine ignores them, and every feed has them.

use super::Publisher;
use crate::LineKind::Unused;
use crate::id::{Id, fixed_id};
use crate::json::Object;
use crate::time::{MINUTE_MS, iso_ms};
use crate::world::lanes::Lane;

const ON_QUEUE: Id = fixed_id(20);
const OFFLINE: Id = fixed_id(21);
const OBSERVED_INTERVAL_MS: i64 = 30 * MINUTE_MS;

impl Publisher {
    pub(crate) fn presence(&mut self, user: Id, on_queue: bool, time: i64) {
        let (id, name) = if on_queue { (ON_QUEUE, "ON_QUEUE") } else { (OFFLINE, "OFFLINE") };
        let definition = Object::default().with("id", id).with("systemPresence", name);
        let body = Object::default()
            .with("source", "PURECLOUD")
            .with_object("presenceDefinition", definition)
            .with("primary", true)
            .with("message", "")
            .with("modifiedDate", iso_ms(time));
        self.publish("v2.users.{id}.presence", user, (Unused, time), body);
    }

    pub(crate) fn routing_status(&mut self, user: Id, status: &str, time: i64) {
        let status = Object::default().with("status", status).with("startTime", iso_ms(time));
        let body = Object::default().with("id", user).with_object("routingStatus", status);
        self.publish("v2.users.{id}.routingStatus", user, (Unused, time), body);
    }

    /// The number of customers who wait in a lane.
    pub(crate) fn observations(&mut self, lane: &Lane, waiting: usize, time: i64) {
        let queue = lane.queue.id();
        let start = time - time.rem_euclid(OBSERVED_INTERVAL_MS);
        let interval = format!("{}/{}", iso_ms(start), iso_ms(start + OBSERVED_INTERVAL_MS));
        let group = Object::default().with("queueId", queue).with("mediaType", lane.media.lower());
        let metric = Object::default()
            .with("metric", "oWaiting")
            .with_object("stats", Object::default().with("count", waiting));
        let data = Object::default().with("interval", interval).with_list("metrics", [metric]);
        let body = Object::default().with_object("group", group).with_list("data", [data]);
        self.publish("v2.analytics.queues.{id}.observations", queue, (Unused, time), body);
    }
}
