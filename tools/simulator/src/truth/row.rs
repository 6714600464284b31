//! The sums of a subject in a bucket.

use crate::id::Id;
use crate::time::instant;
use crate::world::lanes::{Media, Queue};
use jiff::civil::Date;
use std::collections::BTreeMap;

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
    /// An interval by its start in ms.
    Interval(i64),
    Day(Date),
}

/// The sums of a row, and the waits that its percentiles are computed from.
#[derive(Default)]
pub(super) struct Row {
    sums: BTreeMap<&'static str, Sums>,
    waits: Vec<i64>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) count: i64,
    pub(super) sum: i64,
}

impl Row {
    pub(super) fn add(&mut self, metric: &'static str, value: i64) {
        let sums = self.sums.entry(metric).or_default();
        sums.count += 1;
        sums.sum += value;
        if matches!(metric, "tAnswered" | "tAbandon") {
            self.waits.push(value);
        }
    }

    /// The sums of a metric; 0 if it did not occur.
    pub(super) fn sums(&self, metric: &str) -> Sums {
        self.sums.get(metric).copied().unwrap_or_default()
    }

    pub(super) fn sorted_waits(&self) -> Vec<i64> {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        waits
    }

    /// The sums by name: one of a counter, two of a timer.
    pub(super) fn metrics(&self) -> impl Iterator<Item = (String, i64)> {
        self.sums.iter().flat_map(|(metric, sums)| {
            if metric.starts_with(['n', 'o']) {
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
            Self::Queue(queue) => format!("queue#{}#{}", queue.id(), media.lower()),
            Self::Agent(user) => format!("agent#{user}#{}", media.lower()),
        }
    }
}

impl Bucket {
    pub(super) fn text(self, interval_minutes: u32) -> String {
        match self {
            Self::Interval(start) if interval_minutes == 60 => format!("PT1H#{}", instant(start)),
            Self::Interval(start) => format!("PT{interval_minutes}M#{}", instant(start)),
            Self::Day(date) => format!("P1D#{date}"),
        }
    }
}
