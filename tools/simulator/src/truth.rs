//! The true KPI rows (`kpis.md`, sections 3, 4 and 6).

#[cfg(test)]
mod by_hand;
mod calendar;
mod computed;
mod counting;
mod gauges;
mod row;
mod story;

pub(crate) use calendar::instant;
pub use computed::Computed;
pub use row::TruthRow;
pub use story::Story;

use crate::{Feed, Options, Rules};
use calendar::Calendar;
use gauges::Gauges;
use row::{Bucket, Row, RowKey, Subject};
use std::collections::{BTreeMap, HashMap};
use std::io;

/// What is true of a run: the KPI rows, and which stories happened.
pub struct Truth {
    feed: Feed,
    rules: Rules,
    calendar: Calendar,
    /// Never walked through: rows come out sorted.
    rows: HashMap<RowKey, Row>,
    gauges: Gauges,
    stories: BTreeMap<Story, u64>,
}

impl Truth {
    pub(crate) fn new(options: &Options) -> Self {
        Self::of(options.feed, &options.rules)
    }

    pub(crate) fn of(feed: Feed, rules: &Rules) -> Self {
        Self {
            feed,
            rules: rules.clone(),
            calendar: Calendar::new(rules),
            rows: HashMap::new(),
            gauges: Gauges::default(),
            stories: BTreeMap::new(),
        }
    }

    /// The rows in the order of their subject and bucket, without empty ones.
    pub fn rows(&self) -> impl Iterator<Item = TruthRow> {
        let counted = self.rows.iter().map(|(key, row)| row.told(key, self.rules.interval_minutes));
        let mut rows: Vec<_> = counted.chain(self.gauges.rows()).collect();
        rows.retain(|row| !row.metrics.is_empty());
        rows.sort_by(|a, b| (&a.subject, &a.bucket).cmp(&(&b.subject, &b.bucket)));
        rows.into_iter()
    }

    /// Writes the rows, one JSON object per line.
    pub fn write_to(&self, mut writer: impl io::Write) -> io::Result<()> {
        for row in self.rows() {
            serde_json::to_writer(&mut writer, &row)?;
            writer.write_all(b"\n")?;
        }
        writer.flush()
    }

    /// How often each story happened, told or not.
    pub const fn stories(&self) -> &BTreeMap<Story, u64> {
        &self.stories
    }

    pub(crate) fn happened(&mut self, story: Story) {
        *self.stories.entry(story).or_default() += 1;
    }
}
