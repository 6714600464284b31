//! The catalog: what the gap reader has read of each queue (name and service levels). A queue is a
//! document of the ledger, `queue/<queueId>`; its service levels become settings
//! (`kpis.md#effective-times`).

use crate::{DocumentKey, Documents, read_json, write_json};
use headroom_engine::StoreError;
use headroom_kpi::settings::{ServiceLevel, Timeline};
use headroom_kpi::{Id, Media, Millis, Settings};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The document that is written after queues or [settings](crate::settings) have changed: if its
/// version is unchanged, they are.
pub fn version_key() -> DocumentKey {
    DocumentKey::new("catalog", "version")
}

/// Attempts to write the version: who is faster has written it as well.
const BUMPS_MAX: u32 = 5;

/// Tells all caches that something has changed. The version is that of an empty document.
pub async fn bump_version(ledger: &impl Documents) -> Result<(), StoreError> {
    for attempt in 1.. {
        let stored = read_json::<serde_json::Value>(ledger, &version_key()).await?;
        let version = stored.unwrap_or_default().version;
        let empty = serde_json::json!({});
        match write_json(ledger, &version_key(), &empty, version, None).await {
            Err(StoreError::Conflict) if attempt < BUMPS_MAX => {}
            result => return result.map(drop),
        }
    }
    Ok(())
}

/// The kind of the queues' documents.
pub const QUEUE_KIND: &str = "queue";

/// Service levels that are kept of a queue and media type. Older ones ended before any conversation
/// began that is still stored.
const LEVELS_MAX: usize = 100;

/// A queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CatalogQueue {
    /// Its name in Genesys Cloud.
    pub name: String,
    /// Its division; empty if it is not known.
    pub division_id: String,
    /// By media type in lower case (`voice`, not `call`), in order of time.
    pub service_levels: BTreeMap<String, Vec<CatalogLevel>>,
}

/// A service level, and the time at which it takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogLevel {
    /// In milliseconds since 1970.
    pub from: i64,
    /// Answered within this time is in time, in milliseconds.
    pub duration_ms: i64,
    /// The target share, 0 to 1.
    pub percentage: f64,
}

impl CatalogQueue {
    /// Adds the service level of a media type, to take effect at a time: see
    /// [`Calendar::effective`](headroom_kpi::Calendar::effective). Returns whether that
    /// changes anything. An impossible one is ignored (above 400 days, or a share above 1).
    pub fn learn(&mut self, media: &Media, level: ServiceLevel, effective_from: Millis) -> bool {
        let new = CatalogLevel::new(level, effective_from);
        if !new.is_possible() {
            return false;
        }
        let levels = self.service_levels.entry(media.as_str().to_owned()).or_default();
        if levels.last().is_some_and(|last| last.is_like(&new)) {
            return false;
        }
        // What was to hold from then on, or later, never will.
        levels.retain(|level| level.from < new.from);
        if !levels.last().is_some_and(|last| last.is_like(&new)) {
            levels.push(new);
        }
        if levels.len() > LEVELS_MAX {
            // The second one takes the place of the first, so that no time is without.
            levels[1].from = levels[0].from;
            levels.remove(0);
        }
        true
    }

    /// Adds its service levels to the settings and to all changes of them, except for media types
    /// that those already have for this queue. Before the first one the fallback of the media type is
    /// in force.
    pub fn apply_to(&self, id: &Id, settings: &mut Settings) {
        let mut changes = std::mem::take(&mut settings.changes);
        for settings in changes.iter_mut().map(|(_, settings)| settings).chain([&mut *settings]) {
            self.apply_to_version(id, settings);
        }
        settings.changes = changes;
    }

    fn apply_to_version(&self, id: &Id, settings: &mut Settings) {
        for (name, levels) in &self.service_levels {
            let media = Media::new(name);
            let mut levels = levels.iter().filter(|level| level.is_possible()).peekable();
            let Some(first) = levels.peek() else { continue };
            let key = (id.clone(), media);
            if settings.queues.contains_key(&key) {
                continue;
            }
            let before = settings.service_level(id, &key.1, Millis(first.from));
            let mut timeline = Timeline::new(before);
            for level in levels {
                timeline.set(Millis(level.from), level.level());
            }
            settings.queues.insert(key, timeline);
        }
    }
}

impl CatalogLevel {
    fn new(ServiceLevel { duration, percentage }: ServiceLevel, from: Millis) -> Self {
        Self { from: from.0, duration_ms: duration.0, percentage }
    }

    fn level(&self) -> ServiceLevel {
        ServiceLevel { duration: Millis(self.duration_ms), percentage: self.percentage }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.level() == other.level()
    }

    fn is_possible(&self) -> bool {
        (0..=Millis::DURATION_MAX.0).contains(&self.duration_ms)
            && (0.0..=1.0).contains(&self.percentage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(ms: i64) -> ServiceLevel {
        ServiceLevel { duration: Millis(ms), percentage: 0.8 }
    }

    fn voice() -> Media {
        Media::new("voice")
    }

    /// The time of a queue's service level at some times, if the settings begin as these.
    fn duration_at(queue: &CatalogQueue, mut settings: Settings, times: &[i64]) -> Vec<i64> {
        let id = Id::parse("q").unwrap();
        queue.apply_to(&id, &mut settings);
        let at = |time: &i64| settings.service_level(&id, &voice(), Millis(*time)).duration.0;
        times.iter().map(at).collect()
    }

    #[test]
    fn a_level_holds_from_its_time_on_and_before_it_the_fallback() {
        let mut queue = CatalogQueue::default();
        assert!(queue.learn(&voice(), level(15_000), Millis(100)));
        assert!(queue.learn(&voice(), level(30_000), Millis(200)));
        let times = [0, 99, 100, 199, 200];
        let expected = [20_000, 20_000, 15_000, 15_000, 30_000];
        assert_eq!(duration_at(&queue, Settings::default(), &times), expected);
        let mut fallback = Settings::default();
        fallback.media.insert(voice(), Timeline::new(level(5_000)));
        assert_eq!(duration_at(&queue, fallback, &[0, 100]), [5_000, 15_000]);
    }

    #[test]
    fn what_the_stack_sets_for_a_queue_counts_before_the_catalog() {
        let mut queue = CatalogQueue::default();
        queue.learn(&voice(), level(15_000), Millis(0));
        let mut stack = Settings::default();
        let key = (Id::parse("q").unwrap(), voice());
        stack.queues.insert(key, Timeline::new(level(1_000)));
        assert_eq!(duration_at(&queue, stack, &[0, 100]), [1_000, 1_000]);
    }

    #[test]
    fn a_level_is_learned_once() {
        let mut queue = CatalogQueue::default();
        assert!(queue.learn(&voice(), level(15_000), Millis(100)));
        assert!(!queue.learn(&voice(), level(15_000), Millis(200)));
        assert!(queue.learn(&Media::new("chat"), level(15_000), Millis(200)));
        assert_eq!(queue.service_levels["voice"].len(), 1);
    }

    #[test]
    fn a_change_that_is_taken_back_before_it_holds_never_did() {
        let mut queue = CatalogQueue::default();
        queue.learn(&voice(), level(15_000), Millis(100));
        assert!(queue.learn(&voice(), level(30_000), Millis(200)));
        assert!(queue.learn(&voice(), level(15_000), Millis(200)));
        assert_eq!(queue.service_levels["voice"], [CatalogLevel::new(level(15_000), Millis(100))]);
    }

    #[test]
    fn a_level_that_cannot_be_is_not_learned_and_does_not_hold() {
        let mut queue = CatalogQueue::default();
        let share = |percentage| ServiceLevel { duration: Millis(1), percentage };
        for bad in [level(-1), level(Millis::DURATION_MAX.0 + 1), share(80.0), share(f64::NAN)] {
            assert!(!queue.learn(&voice(), bad, Millis(0)));
        }
        let text = r#"{"serviceLevels":{"voice":[{"from":0,"durationMs":-1,"percentage":0.8}]}}"#;
        let stored: CatalogQueue = serde_json::from_str(text).unwrap();
        assert_eq!(duration_at(&stored, Settings::default(), &[0]), [20_000]);
    }

    #[test]
    fn changes_without_end_take_no_room_without_end() {
        let mut queue = CatalogQueue::default();
        for n in 0..1_000 {
            queue.learn(&voice(), level(n), Millis(n));
        }
        assert_eq!(queue.service_levels["voice"].len(), LEVELS_MAX);
        assert_eq!(duration_at(&queue, Settings::default(), &[0, 950, 999]), [900, 950, 999]);
    }

    #[test]
    fn a_document_reads_as_it_was_written() {
        let mut queue = CatalogQueue { name: "Billing".into(), ..CatalogQueue::default() };
        queue.learn(&voice(), level(15_000), Millis(100));
        let text = serde_json::to_string(&queue).unwrap();
        let expected = r#"{"name":"Billing","divisionId":"","serviceLevels":{"voice":[{"from":100,"durationMs":15000,"percentage":0.8}]}}"#;
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<CatalogQueue>(&text).unwrap(), queue);
    }
}
