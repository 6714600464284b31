//! The true KPI rows (`kpis.md#rows`, `#gauges`, `#computed-values`).

mod agents;
mod calendar;
mod computed;
mod gauges;
mod row;
mod story;

pub(crate) use agents::AgentNow;
pub use computed::{Computed, TruthRow};
pub use story::Story;

use crate::facts::{Fact, Reading, not_responding};
use crate::world::conversation::Conversation;
use crate::{Feed, Rules};
use agents::AgentRows;
use calendar::Calendar;
pub(crate) use gauges::Gauges;
use row::{Row, RowKey, Subject};
use std::collections::{BTreeMap, HashMap};
use std::io;

/// What is true at the end of a run: the KPI rows, and how often each story happened.
pub struct Truth {
    feed: Feed,
    rules: Rules,
    calendar: Calendar,
    /// Sorted before they are returned, so that the hash order never shows.
    rows: HashMap<RowKey, Row>,
    pub(crate) gauges: Gauges,
    pub(crate) agents: AgentRows,
    stories: BTreeMap<Story, u64>,
}

impl Truth {
    pub(crate) fn new(feed: Feed, rules: &Rules) -> Self {
        Self {
            feed,
            rules: rules.clone(),
            calendar: Calendar::new(rules),
            rows: HashMap::new(),
            gauges: Gauges::default(),
            agents: AgentRows::new(rules),
            stories: BTreeMap::new(),
        }
    }

    /// The rows that are not empty, ordered by subject and bucket.
    pub fn rows(&self) -> impl Iterator<Item = TruthRow> {
        let minutes = self.rules.interval_minutes;
        let sums = self.rows.iter().map(|(key, row)| TruthRow::new(key, row, minutes));
        let mut rows: Vec<_> = sums.chain(self.gauges.rows()).collect();
        rows.extend(self.agents.rows(minutes));
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

    /// How often each story happened, whether its events are published or not.
    pub const fn stories(&self) -> &BTreeMap<Story, u64> {
        &self.stories
    }

    pub(crate) fn count_story(&mut self, story: Story) {
        *self.stories.entry(story).or_default() += 1;
    }

    /// Adds a fact of a conversation whose events are published until a time.
    pub(crate) fn add_fact(&mut self, fact: &Fact, published_until: i64) {
        if let Some(reading) = effective(fact, self.feed, published_until) {
            self.add_effective(fact.metric, &reading);
        }
    }

    /// Adds a metric to its rows.
    pub(crate) fn add_effective(&mut self, metric: &'static str, reading: &Reading) {
        self.add_reading(metric, reading);
        if metric == "tAbandon" && reading.value < self.rules.short_abandon_ms {
            self.add_reading("tShortAbandon", reading);
        }
    }

    fn add_reading(&mut self, metric: &'static str, reading: &Reading) {
        let queue = reading.queue.map(Subject::Queue);
        let agent = reading.user.map(Subject::Agent);
        for bucket in self.calendar.buckets(reading.time) {
            for subject in queue.into_iter().chain(agent) {
                let key = RowKey { subject, media: reading.media, bucket };
                self.rows.entry(key).or_default().add(metric, reading.value);
            }
        }
    }

    /// Adds what follows from all published events of a conversation together: the sessions that
    /// are open, and the alerts that got no response.
    pub(crate) fn add_conversation(&mut self, conversation: &Conversation) {
        if conversation.is_cut_short() {
            self.count_story(Story::CutShort);
        }
        if !self.feed.has_detail() {
            return;
        }
        self.gauges.add_open_sessions(conversation);
        for user in &conversation.users {
            let official_at =
                user.emitted.get("tNotResponding").filter(|_| self.feed.has_metrics());
            if official_at.is_none_or(|time| !conversation.publishes(*time))
                && let Some(reading) = not_responding(conversation, user)
            {
                self.add_effective("tNotResponding", &reading);
            }
        }
    }
}

/// The form of a fact that counts (`kpis.md#precedence`), if any is published.
fn effective(fact: &Fact, feed: Feed, published_until: i64) -> Option<Reading> {
    let is_published = |time: i64| time <= published_until;
    let official = fact.official.map(|form| form.reading).filter(|form| is_published(form.time));
    let derived = fact.derived.filter(|form| is_published(form.event_time));
    match feed {
        Feed::Detail => derived.map(|form| form.reading),
        Feed::Metrics => official,
        Feed::Both => official.or_else(|| {
            let current = derived.filter(|form| !form.replaced_at.is_some_and(is_published));
            current.map(|form| form.reading)
        }),
    }
}

#[cfg(test)]
mod tests;
