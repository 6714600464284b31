//! Events of queues. The engine ignores them, and every feed has them.

use super::Publisher;
use crate::LineKind::Unused;
use crate::json::Object;
use crate::time::{MINUTE_MS, iso_ms};
use crate::world::lanes::Lane;

const OBSERVED_INTERVAL_MS: i64 = 30 * MINUTE_MS;

impl Publisher {
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
