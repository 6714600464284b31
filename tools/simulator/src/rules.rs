//! The settings under which the truth is computed (`kpis.md#settings`).

use crate::time::DAY_MS;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The settings under which the truth is computed.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The time zone of calendar days. Default: UTC.
    pub time_zone: TimeZone,
    /// Length of an interval: 15, 30 or 60 minutes. Default: 30.
    pub interval_minutes: u32,
    /// A wait that is abandoned before this many ms is a short abandon. Default: 10 s.
    pub short_abandon_ms: i64,
    /// A wait that is answered after more than its service-level time misses the service level.
    pub service_level_ms: ServiceLevels,
    /// What is booked of agents.
    pub agents: AgentRules,
}

/// What is booked of agents (`kpis.md#agent-settings`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentRules {
    /// Whether organisation presences are booked and shown. Default: yes.
    pub organization_presence: bool,
    /// Whether `OFF_QUEUE` and `OFFLINE` are booked. Default: no.
    pub absence: bool,
}

impl Default for AgentRules {
    fn default() -> Self {
        Self { organization_presence: true, absence: false }
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            time_zone: TimeZone::UTC,
            interval_minutes: 30,
            short_abandon_ms: 10_000,
            service_level_ms: ServiceLevels::default(),
            agents: AgentRules::default(),
        }
    }
}

/// Service-level times by media type, with exceptions by queue and media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLevels {
    by_media: BTreeMap<String, i64>,
    by_queue: BTreeMap<(String, String), i64>,
}

/// For a media type that has no entry.
const OTHER_MEDIA_MS: i64 = 20_000;

impl Default for ServiceLevels {
    fn default() -> Self {
        let table = [
            ("voice", 20_000),
            ("chat", 20_000),
            ("message", 60_000),
            ("callback", DAY_MS),
            ("email", DAY_MS),
        ];
        let by_media = table.into_iter().map(|(media, ms)| (media.to_owned(), ms)).collect();
        Self { by_media, by_queue: BTreeMap::new() }
    }
}

impl ServiceLevels {
    /// Sets the time of a media type (lower case), in ms.
    #[must_use]
    pub fn with_media(mut self, media: &str, ms: i64) -> Self {
        self.by_media.insert(media.to_owned(), ms);
        self
    }

    /// Sets the time of one queue's media type (lower case), in ms.
    #[must_use]
    pub fn with_queue(mut self, queue_id: &str, media: &str, ms: i64) -> Self {
        self.by_queue.insert((queue_id.to_owned(), media.to_owned()), ms);
        self
    }

    /// The service-level time in ms for a queue and media type (lower case).
    pub fn ms(&self, queue_id: &str, media: &str) -> i64 {
        let exception = self.by_queue.get(&(queue_id.to_owned(), media.to_owned()));
        exception.or_else(|| self.by_media.get(media)).copied().unwrap_or(OTHER_MEDIA_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_queue_overrides_that_of_its_media_type() {
        let levels = ServiceLevels::default().with_queue("q1", "voice", 30_000);
        assert_eq!(levels.ms("q1", "voice"), 30_000);
        assert_eq!(levels.ms("q2", "voice"), 20_000);
        assert_eq!(levels.ms("q1", "email"), 86_400_000);
        assert_eq!(levels.ms("q1", "video"), 20_000);
    }
}
