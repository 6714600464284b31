//! Settings, each with the times from which its values hold (`kpis.md`, section 7).

mod document;
mod gaps;

pub use document::{SettingsDocument, SettingsError};

use crate::{Calendar, GapSettings, Id, Media, Millis};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A value over time: the one in force at a time is the newest that began by then.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline<T> {
    first: T,
    changes: Vec<(Millis, T)>,
}

impl<T> Timeline<T> {
    /// A value that has held since ever.
    pub const fn new(first: T) -> Self {
        Self { first, changes: Vec::new() }
    }

    /// Lets a value hold from a time on; see [`Calendar::effective`] for which time that is.
    pub fn set(&mut self, from: Millis, value: T) {
        let at = self.changes.partition_point(|(start, _)| *start <= from);
        self.changes.insert(at, (from, value));
    }

    /// The value in force at a time.
    pub fn at(&self, time: Millis) -> &T {
        let begun = self.changes.partition_point(|(start, _)| *start <= time);
        match begun.checked_sub(1) {
            Some(newest) => &self.changes[newest].1,
            None => &self.first,
        }
    }
}

/// A queue's service-level setting for one media type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevel {
    /// Answered within this time is in time.
    pub duration: Millis,
    /// The target share, 0 to 1.
    pub percentage: f64,
}

/// The three switches of Genesys' service-level formula (`kpis.md`, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[allow(clippy::struct_field_names)]
pub struct Formula {
    /// Flow-outs count among the contacts.
    pub include_flowouts: bool,
    /// Abandons below the short-abandon time count among the contacts.
    pub include_short_abandons: bool,
    /// Abandons count among the contacts.
    pub include_abandons: bool,
}

impl Default for Formula {
    fn default() -> Self {
        Self { include_flowouts: false, include_short_abandons: true, include_abandons: true }
    }
}

/// Everything that the numbers depend on besides the events.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Intervals and days.
    pub calendar: Calendar,
    /// Abandons below this are short.
    pub short_abandon: Timeline<Millis>,
    /// Service levels of single queues.
    pub queues: BTreeMap<(Id, Media), Timeline<ServiceLevel>>,
    /// Service levels of queues that have none of their own.
    pub media: BTreeMap<Media, Timeline<ServiceLevel>>,
    /// How a service level is computed on read.
    pub formula: Formula,
    /// When a conversation counts as having a gap.
    pub gaps: GapSettings,
}

const HOUR_MS: i64 = 3_600_000;

/// Genesys' defaults per media type. Those it has none for take voice's.
fn default_service_level(media: &str) -> ServiceLevel {
    let duration = Millis(match media {
        "message" => 60_000,
        "callback" | "email" => 24 * HOUR_MS,
        _ => 20_000,
    });
    ServiceLevel { duration, percentage: 0.8 }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calendar: Calendar::default(),
            short_abandon: Timeline::new(Millis(10_000)),
            queues: BTreeMap::new(),
            media: BTreeMap::new(),
            formula: Formula::default(),
            gaps: GapSettings::default(),
        }
    }
}

impl Settings {
    /// The service level of a queue and media type in force at a time.
    pub fn service_level(&self, queue: &Id, media: &Media, at: Millis) -> ServiceLevel {
        // Most deployments set few: no key is built where there is nothing to find.
        let own = || self.queues.get(&(queue.clone(), media.clone()));
        let queue = if self.queues.is_empty() { None } else { own() };
        match queue.or_else(|| self.media.get(media)) {
            Some(set) => *set.at(at),
            None => default_service_level(media.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_that_has_begun_is_in_force() {
        let mut time = Timeline::new(1);
        time.set(Millis(100), 3);
        time.set(Millis(50), 2);
        let seen = [0, 49, 50, 99, 100, 1_000].map(|at| *time.at(Millis(at)));
        assert_eq!(seen, [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn a_value_set_again_for_the_same_time_replaces_the_older_one() {
        let mut time = Timeline::new(1);
        time.set(Millis(50), 2);
        time.set(Millis(50), 3);
        assert_eq!(*time.at(Millis(50)), 3);
    }

    #[test]
    fn a_queue_counts_before_its_media_type_and_that_before_the_default() {
        let (mut settings, queue) = (Settings::default(), Id::parse("q").unwrap());
        let level = |ms| ServiceLevel { duration: Millis(ms), percentage: 0.9 };
        let of = |settings: &Settings, media| {
            settings.service_level(&queue, &Media::new(media), Millis(0)).duration.0
        };
        assert_eq!(of(&settings, "message"), 60_000);
        assert_eq!(of(&settings, "email"), 86_400_000);
        settings.media.insert(Media::new("voice"), Timeline::new(level(5)));
        assert_eq!(of(&settings, "voice"), 5);
        settings.queues.insert((queue.clone(), Media::new("voice")), Timeline::new(level(7)));
        assert_eq!(of(&settings, "voice"), 7);
    }
}
