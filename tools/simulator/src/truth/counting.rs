//! Which form of a fact counts (`kpis.md`, section 1), and the rows it counts in (section 3).

use super::{Bucket, RowKey, Subject, Truth};
use crate::Feed;
use crate::facts::{Derived, Fact, Reading};

impl Truth {
    /// Adds a fact of a conversation of which nothing later than `cut` is published.
    pub(crate) fn count(&mut self, fact: &Fact, cut: i64) {
        let Some(reading) = counting(fact, self.feed, cut) else {
            return;
        };
        // The stream's own gauges are no sums: the rules ignore them.
        if fact.metric.starts_with('o') {
            return;
        }
        self.add(fact.metric, &reading);
        if fact.metric == "tAbandon" && reading.value < self.rules.short_abandon_ms {
            self.add("tShortAbandon", &reading);
        }
    }

    fn add(&mut self, metric: &'static str, reading: &Reading) {
        let interval = Bucket::Interval(self.calendar.interval(reading.time));
        let day = Bucket::Day(self.calendar.day(reading.time));
        for bucket in [interval, day] {
            for subject in subjects(reading) {
                let key = RowKey { subject, media: reading.media, bucket };
                self.rows.entry(key).or_default().add(metric, reading.value);
            }
        }
    }
}

fn subjects(reading: &Reading) -> impl Iterator<Item = Subject> {
    let queue = reading.queue.map(Subject::Queue);
    queue.into_iter().chain(reading.user.map(Subject::Agent))
}

/// The reading that counts, if any is published.
fn counting(fact: &Fact, feed: Feed, cut: i64) -> Option<Reading> {
    let official = || fact.official.map(|it| it.reading).filter(|it| it.time <= cut);
    let told = || fact.derived.filter(|it| it.told_at <= cut);
    let replaced = |it: &Derived| it.replaced_at.is_some_and(|time| time <= cut);
    match feed {
        Feed::Detail => told().map(|it| it.reading),
        Feed::Metrics => official(),
        Feed::Both => official().or_else(|| told().filter(|it| !replaced(it)).map(|it| it.reading)),
    }
}
