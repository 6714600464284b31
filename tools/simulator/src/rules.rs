//! The settings under which the truth is computed (`kpis.md`, section 7).

use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The settings that decide about the truth.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Decides which calendar day a fact belongs to. Default: UTC.
    pub time_zone: TimeZone,
    /// Length of an interval: 15, 30 or 60 minutes. Default: 30.
    pub interval_minutes: u32,
    /// An abandon below it is a short one, in ms. Default: 10 s.
    pub short_abandon_ms: i64,
    /// An answer after more than it misses the service level.
    pub service_level_ms: ServiceLevels,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            time_zone: TimeZone::UTC,
            interval_minutes: 30,
            short_abandon_ms: 10_000,
            service_level_ms: ServiceLevels::default(),
        }
    }
}

/// Service-level times: per media type, with exceptions per queue and media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLevels {
    by_media: BTreeMap<String, i64>,
    by_queue: BTreeMap<(String, String), i64>,
}

/// Of a media type that is not in the table.
const OTHER_MEDIA_MS: i64 = 20_000;

impl Default for ServiceLevels {
    fn default() -> Self {
        let day = 24 * 3_600_000;
        let table = [
            ("voice", 20_000),
            ("chat", 20_000),
            ("message", 60_000),
            ("callback", day),
            ("email", day),
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

    /// The time that holds for a queue and media type (lower case), in ms.
    pub fn ms(&self, queue_id: &str, media: &str) -> i64 {
        let exception = || self.by_queue.get(&(queue_id.to_owned(), media.to_owned()));
        let exception = if self.by_queue.is_empty() { None } else { exception() };
        exception.or_else(|| self.by_media.get(media)).copied().unwrap_or(OTHER_MEDIA_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_of_its_own_time_is_an_exception_to_its_media_type() {
        let levels = ServiceLevels::default().with_queue("q1", "voice", 30_000);
        assert_eq!(levels.ms("q1", "voice"), 30_000);
        assert_eq!(levels.ms("q2", "voice"), 20_000);
        assert_eq!(levels.ms("q1", "email"), 86_400_000);
        assert_eq!(levels.ms("q1", "video"), 20_000);
    }
}
