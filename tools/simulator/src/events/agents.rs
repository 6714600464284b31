//! Events of agents and queues, which have no use yet and come with every feed.

use super::envelope::{Topic, iso_ms};
use super::{Publisher, fixed};
use crate::LineKind::Unused;
use crate::id::Id;
use crate::json::Object;
use crate::world::lanes::Lane;

const ON_QUEUE: Id = fixed(20);
const OFFLINE: Id = fixed(21);
const HALF_HOUR_MS: i64 = 1_800_000;

impl Publisher {
    pub(crate) fn presence(&mut self, user: Id, on: bool, time: i64) {
        let mut definition = Object::new();
        definition.id("id", if on { ON_QUEUE } else { OFFLINE });
        definition.text("systemPresence", if on { "ON_QUEUE" } else { "OFFLINE" });
        let mut body = Object::new();
        body.text("source", "PURECLOUD").object("presenceDefinition", definition);
        body.flag("primary", true).text("message", "");
        body.text("modifiedDate", &iso_ms(time));
        self.publish(Topic::User { suffix: "presence", user }, Unused, time, body);
    }

    pub(crate) fn routing_status(&mut self, user: Id, status: &str, time: i64) {
        let mut routing = Object::new();
        routing.text("status", status).text("startTime", &iso_ms(time));
        let mut body = Object::new();
        body.id("id", user).object("routingStatus", routing);
        self.publish(Topic::User { suffix: "routingStatus", user }, Unused, time, body);
    }

    pub(crate) fn observations(&mut self, lane: &Lane, waiting: usize, time: i64) {
        let queue = lane.queue.id();
        let start = time - time.rem_euclid(HALF_HOUR_MS);
        let mut group = Object::new();
        group.text("queueId", queue).text("mediaType", lane.media.lower());
        let mut stats = Object::new();
        stats.int("count", i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut metric = Object::new();
        metric.text("metric", "oWaiting").object("stats", stats);
        let mut data = Object::new();
        data.text("interval", &format!("{}/{}", iso_ms(start), iso_ms(start + HALF_HOUR_MS)));
        data.objects("metrics", [metric]);
        let mut body = Object::new();
        body.object("group", group).objects("data", [data]);
        self.publish(Topic::Observations { queue }, Unused, time, body);
    }
}
