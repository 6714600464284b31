//! A row: what is added up for a subject in a bucket.

use super::calendar::instant;
use super::computed::Computed;
use crate::id::Id;
use crate::world::lanes::{Media, Queue};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

/// A true row, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TruthRow {
    /// `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
    pub subject: String,
    /// `PT30M#<start>`, `P1D#<date>` or `now`.
    pub bucket: String,
    /// The sums, none of them 0.
    pub metrics: BTreeMap<String, i64>,
    /// What is computed of them.
    pub computed: Computed,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct RowKey {
    pub(super) subject: Subject,
    pub(super) media: Media,
    pub(super) bucket: Bucket,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Subject {
    Queue(Queue),
    Agent(Id),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Bucket {
    /// By its start in ms.
    Interval(i64),
    Day(Date),
}

/// The sums of a row, and the waits behind its percentiles.
#[derive(Default)]
pub(super) struct Row {
    metrics: BTreeMap<&'static str, Sums>,
    waits: Vec<i64>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) count: i64,
    pub(super) sum: i64,
}

impl Row {
    pub(super) fn add(&mut self, metric: &'static str, value: i64) {
        let sums = self.metrics.entry(metric).or_default();
        sums.count += 1;
        sums.sum += value;
        if matches!(metric, "tAnswered" | "tAbandon") {
            self.waits.push(value);
        }
    }

    /// The sums of a metric; 0 of one that did not occur.
    pub(super) fn sums(&self, metric: &str) -> Sums {
        self.metrics.get(metric).copied().unwrap_or_default()
    }

    pub(super) fn sorted_waits(&self) -> Vec<i64> {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        waits
    }

    pub(super) fn told(&self, key: &RowKey, interval_minutes: u32) -> TruthRow {
        TruthRow {
            subject: key.subject.text(key.media),
            bucket: key.bucket.text(interval_minutes),
            metrics: self.told_metrics().filter(|(_, value)| *value != 0).collect(),
            computed: Computed::of(self),
        }
    }

    /// A counter adds up its values; a timer counts and adds up.
    fn told_metrics(&self) -> impl Iterator<Item = (String, i64)> {
        self.metrics.iter().flat_map(|(metric, sums)| {
            if metric.starts_with('n') {
                vec![((*metric).to_owned(), sums.sum)]
            } else {
                vec![(format!("{metric}.count"), sums.count), (format!("{metric}.sum"), sums.sum)]
            }
        })
    }
}

impl Subject {
    pub(super) fn text(self, media: Media) -> String {
        match self {
            Self::Queue(queue) => format!("queue#{queue}#{}", media.lower()),
            Self::Agent(user) => format!("agent#{user}#{}", media.lower()),
        }
    }
}

impl Bucket {
    fn text(self, interval_minutes: u32) -> String {
        match self {
            Self::Interval(start) if interval_minutes == 60 => format!("PT1H#{}", instant(start)),
            Self::Interval(start) => format!("PT{interval_minutes}M#{}", instant(start)),
            Self::Day(date) => format!("P1D#{date}"),
        }
    }
}
