//! The values of settings, each with the times from which it is in force
//! (`kpis.md#effective-times`).

use super::agents::AgentSettings;
use super::formulas::Formulas;
use super::gaps::GapSettings;
use crate::calendar::Calendar;
use crate::id::Id;
use crate::names::Media;
use crate::time::{HOUR_MS, Millis};
use std::collections::BTreeMap;

/// A value that changes at given times. In force is the newest change that has begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline<T> {
    first: T,
    changes: Vec<(Millis, T)>,
}

impl<T> Timeline<T> {
    /// A value without changes.
    pub const fn new(first: T) -> Self {
        Self { first, changes: Vec::new() }
    }

    /// Adds a change from a time on; see [`Calendar::effective`] for when a change may begin.
    pub fn set(&mut self, from: Millis, value: T) {
        let position = self.changes.partition_point(|(start, _)| *start <= from);
        self.changes.insert(position, (from, value));
    }

    /// The value in force at a time.
    pub fn value_at(&self, time: Millis) -> &T {
        let begun_count = self.changes.partition_point(|(start, _)| *start <= time);
        self.changes[..begun_count].last().map_or(&self.first, |(_, value)| value)
    }
}

/// The service level that a queue should have for one media type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevel {
    /// An answer within this time is in time.
    pub duration: Millis,
    /// The target share, 0 to 1.
    pub percentage: f64,
}

/// Everything that the numbers depend on besides the events (`kpis.md#settings`).
///
/// The values are those before the first of the `changes`. A rule looks its values up by a time of
/// the events, never by the clock: [`Settings::in_force`].
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The length of intervals and the time zone of days.
    pub calendar: Calendar,
    /// Abandons after a shorter wait than this are short.
    pub short_abandon: Timeline<Millis>,
    /// Service levels by queue and media type.
    pub queues: BTreeMap<(Id, Media), Timeline<ServiceLevel>>,
    /// Service levels by media type, of queues that have none of their own.
    pub media: BTreeMap<Media, Timeline<ServiceLevel>>,
    /// The formulas of what is computed when a row is read.
    pub formulas: Formulas,
    /// When a conversation is due for a gap read.
    pub gaps: GapSettings,
    /// What is booked and kept of agents.
    pub agents: AgentSettings,
    /// Later settings, each whole and without changes of its own, in order of the times from which
    /// they are in force. Written by [`Settings::change`].
    pub changes: Vec<(Millis, Self)>,
}

/// The media types whose default is not that of voice.
const MEDIA_WITH_DEFAULTS: [&str; 3] = ["message", "callback", "email"];

/// Genesys' defaults by media type. A media type without one has that of voice.
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
            formulas: Formulas::default(),
            gaps: GapSettings::default(),
            agents: AgentSettings::default(),
            changes: Vec::new(),
        }
    }
}

impl Settings {
    /// Adds settings that are in force from a time on; see [`Calendar::effective`] for when that may
    /// be. They replace others of the same time.
    pub fn change(&mut self, from: Millis, settings: Self) {
        self.changes.retain(|(start, _)| *start != from);
        let position = self.changes.partition_point(|(start, _)| *start < from);
        self.changes.insert(position, (from, Self { changes: Vec::new(), ..settings }));
    }

    /// The settings in force at a time.
    pub fn in_force(&self, time: Millis) -> &Self {
        let begun_count = self.changes.partition_point(|(start, _)| *start <= time);
        self.changes[..begun_count].last().map_or(self, |(_, settings)| settings)
    }

    /// When the first change after a time takes effect.
    pub(crate) fn next_change(&self, time: Millis) -> Option<Millis> {
        self.changes.iter().map(|(start, _)| *start).find(|start| *start > time)
    }

    /// The formulas, with the times from which they are in force.
    pub fn formula_timeline(&self) -> Timeline<Formulas> {
        let mut formulas = Timeline::new(self.formulas);
        for (from, settings) in &self.changes {
            formulas.set(*from, settings.formulas);
        }
        formulas
    }

    /// The service level of a queue and media type that is in force at a time.
    pub fn service_level(&self, queue: &Id, media: &Media, time: Millis) -> ServiceLevel {
        let settings = self.in_force(time);
        // Most deployments set none for a queue: then no key needs to be built.
        let of_queue = if settings.queues.is_empty() {
            None
        } else {
            settings.queues.get(&(queue.clone(), media.clone()))
        };
        match of_queue.or_else(|| settings.media.get(media)) {
            Some(timeline) => *timeline.value_at(time),
            None => default_service_level(media.as_str()),
        }
    }

    /// The media types that have a service level of their own, for queues that have none; with the
    /// levels that are in force at a time. Other media types have
    /// [`other_media_service_level`](Self::other_media_service_level).
    pub fn media_service_levels(&self, time: Millis) -> BTreeMap<Media, ServiceLevel> {
        let defaults =
            MEDIA_WITH_DEFAULTS.map(|name| (Media::new(name), default_service_level(name)));
        let mut levels = BTreeMap::from(defaults);
        let media = self.in_force(time).media.iter();
        levels.extend(media.map(|(media, level)| (media.clone(), *level.value_at(time))));
        levels
    }

    /// The service level of a media type that has none of its own.
    pub fn other_media_service_level() -> ServiceLevel {
        default_service_level("")
    }

    /// An abandon after a shorter wait than this is short, at a time.
    pub(crate) fn short_abandon(&self, time: Millis) -> Millis {
        *self.in_force(time).short_abandon.value_at(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_that_has_begun_is_in_force() {
        let mut timeline = Timeline::new(1);
        timeline.set(Millis(100), 3);
        timeline.set(Millis(50), 2);
        let values = [0, 49, 50, 99, 100, 1_000].map(|time| *timeline.value_at(Millis(time)));
        assert_eq!(values, [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn a_second_change_at_the_same_time_replaces_the_first() {
        let mut timeline = Timeline::new(1);
        timeline.set(Millis(50), 2);
        timeline.set(Millis(50), 3);
        assert_eq!(*timeline.value_at(Millis(50)), 3);
    }

    #[test]
    fn whole_settings_change_at_their_times_and_those_of_the_same_time_are_replaced() {
        let with =
            |ms| Settings { short_abandon: Timeline::new(Millis(ms)), ..Settings::default() };
        let mut settings = with(1);
        settings.change(Millis(100), with(3));
        settings.change(Millis(50), with(7));
        settings.change(Millis(50), with(2));
        let values = [0, 49, 50, 99, 100].map(|time| settings.short_abandon(Millis(time)).0);
        assert_eq!(values, [1, 1, 2, 2, 3]);
        let next = [0, 50, 99, 100].map(|time| settings.next_change(Millis(time)));
        assert_eq!(next, [Some(Millis(50)), Some(Millis(100)), Some(Millis(100)), None]);
    }

    #[test]
    fn a_service_level_of_a_queue_outranks_that_of_its_media_type_and_that_the_default() {
        let queue = Id::parse("q").unwrap();
        let level = |ms| ServiceLevel { duration: Millis(ms), percentage: 0.9 };
        let in_force = |settings: &Settings, media| {
            settings.service_level(&queue, &Media::new(media), Millis(0)).duration.0
        };
        let mut settings = Settings::default();
        assert_eq!(in_force(&settings, "message"), 60_000);
        assert_eq!(in_force(&settings, "email"), 86_400_000);
        settings.media.insert(Media::new("voice"), Timeline::new(level(5)));
        assert_eq!(in_force(&settings, "voice"), 5);
        settings.queues.insert((queue.clone(), Media::new("voice")), Timeline::new(level(7)));
        assert_eq!(in_force(&settings, "voice"), 7);
    }
}
