//! Genesys' results by row and metric, of all responses together.

use super::response::{GroupResult, IntervalResult, Stats, parse};
use headroom_kpi::{Bucket, Calendar, Id, Media, Metric, Millis, Subject};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Whose numbers a response groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grouping {
    Queues,
    Agents,
}

impl Grouping {
    /// None of the API budget, which Genesys does not know.
    pub(super) fn new(subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Queue { .. } => Some(Self::Queues),
            Subject::Agent { .. } => Some(Self::Agents),
            Subject::ApiBudget | Subject::AgentStatus(_) | Subject::QueueAgents(_) => None,
        }
    }
}

/// Whether a bucket is an interval or a day, and whose numbers are grouped: each such pair has a time
/// span and a list of metrics of its own.
pub(super) type Kind = (Grouping, bool);

pub(super) fn kind(subject: &Subject, bucket: Bucket) -> Option<Kind> {
    Some((Grouping::new(subject)?, matches!(bucket, Bucket::Day(_))))
}

/// The results of one or more responses.
#[derive(Debug, Default)]
pub struct Results {
    pub(super) rows: BTreeMap<(Subject, Bucket), BTreeMap<Metric, Stats>>,
    /// The metrics that any result names.
    pub(super) metrics: BTreeMap<Kind, BTreeSet<Metric>>,
    /// The first and the last bucket.
    pub(super) spans: BTreeMap<Kind, (Bucket, Bucket)>,
    /// Results that name neither queue nor agent.
    pub(super) without_subject: usize,
}

const GROUP_BY: &str = "send the query with \"groupBy\": [\"queueId\", \"mediaType\"] or \
                        [\"userId\", \"mediaType\"], as in docs/compare.md";

impl Results {
    /// Adds a response. The error says what is wrong with it and what to do.
    pub fn add(&mut self, response: &[u8], calendar: &Calendar) -> Result<(), String> {
        let mut grouped = false;
        let results = parse(response)?;
        let is_empty = results.is_empty();
        for result in results {
            grouped |= self.add_group(result, calendar)?;
        }
        if grouped || is_empty {
            Ok(())
        } else {
            Err(format!("no result names a queue or an agent; {GROUP_BY}"))
        }
    }

    /// Returns whether the group names a queue or an agent.
    fn add_group(&mut self, result: GroupResult, calendar: &Calendar) -> Result<bool, String> {
        let Some(subject) = subject(&result.group)? else {
            self.without_subject += 1;
            return Ok(false);
        };
        for interval in result.data {
            let bucket = bucket(&interval.interval, calendar)?;
            self.add_interval(&subject, bucket, interval)?;
        }
        Ok(true)
    }

    fn add_interval(
        &mut self,
        subject: &Subject,
        bucket: Bucket,
        interval: IntervalResult,
    ) -> Result<(), String> {
        let Some(kind) = kind(subject, bucket) else { return Ok(()) };
        let (first, last) = self.spans.entry(kind).or_insert((bucket, bucket));
        (*first, *last) = (bucket.min(*first), bucket.max(*last));
        let row = self.rows.entry((subject.clone(), bucket)).or_default();
        for result in interval.metrics {
            let metric = Metric::parse(&result.metric)
                .ok_or_else(|| format!("{:?} is no name of a metric", result.metric))?;
            self.metrics.entry(kind).or_default().insert(metric.clone());
            let previous = row.insert(metric, result.stats);
            if previous.is_some_and(|stats| stats != result.stats) {
                return Err(format!(
                    "{subject} has two values of {} in {}; is an answer given twice, from \
                     different times?",
                    result.metric, interval.interval
                ));
            }
        }
        Ok(())
    }

    /// Widens the time that the results stand for to the interval of the query: its first and its last
    /// part may have no data.
    pub fn cover(&mut self, start: Millis, end: Millis, calendar: &Calendar) {
        let last = end - Millis(1);
        for ((_, is_day), span) in &mut self.spans {
            *span = if *is_day {
                (calendar.day(start), calendar.day(last))
            } else {
                (calendar.interval(start), calendar.interval(last))
            };
        }
    }
}

/// The subject of a group; none if it names neither queue nor agent.
fn subject(group: &BTreeMap<String, String>) -> Result<Option<Subject>, String> {
    let dimensions = ["queueId", "userId", "mediaType"];
    if let Some(other) = group.keys().find(|key| !dimensions.contains(&key.as_str())) {
        return Err(format!("it is grouped by {other}, too; {GROUP_BY}"));
    }
    let id = |text: &String| {
        Id::parse(text).map_err(|error| format!("the id {text:?} of a group {error}"))
    };
    let (queue, user) = (group.get("queueId"), group.get("userId"));
    let media = match group.get("mediaType") {
        Some(media) => Media::new(media),
        None if queue.is_none() && user.is_none() => return Ok(None),
        None => return Err(format!("it is not grouped by mediaType; {GROUP_BY}")),
    };
    match (queue, user) {
        (Some(_), Some(_)) => {
            Err(format!("it is grouped by queueId and userId together; {GROUP_BY}"))
        }
        (Some(queue), None) => Ok(Some(Subject::Queue { id: id(queue)?, media })),
        (None, Some(user)) => Ok(Some(Subject::Agent { id: id(user)?, media })),
        (None, None) => Ok(None),
    }
}

/// The ends of an interval, which stands as `START/END` in queries and results.
pub(super) fn ends(interval: &str) -> Option<(Millis, Millis)> {
    let time = |text: &str| Some(Millis(text.parse::<Timestamp>().ok()?.as_millisecond()));
    let (start, end) = interval.split_once('/')?;
    Some((time(start)?, time(end)?))
}

/// The bucket of an interval: one of the settings' intervals, or a day of their time zone.
fn bucket(interval: &str, calendar: &Calendar) -> Result<Bucket, String> {
    let (start, end) = ends(interval).ok_or_else(|| {
        format!("the interval {interval:?} is not START/END with times as 2026-05-12T14:00:00.000Z")
    })?;
    // Up to the last millisecond it is the bucket, and before and after it is another one.
    let is_whole = |bucket: fn(&Calendar, Millis) -> Bucket| {
        let first = bucket(calendar, start);
        start < end
            && first == bucket(calendar, end - Millis(1))
            && first != bucket(calendar, start - Millis(1))
            && first != bucket(calendar, end)
    };
    if is_whole(Calendar::interval) {
        Ok(calendar.interval(start))
    } else if is_whole(Calendar::day) {
        Ok(calendar.day(start))
    } else {
        Err(wrong_interval(interval, calendar))
    }
}

fn wrong_interval(interval: &str, calendar: &Calendar) -> String {
    let minutes = calendar.interval_minutes();
    let zone = calendar.zone_name();
    let granularity = if minutes == 60 { "PT1H".to_owned() } else { format!("PT{minutes}M") };
    format!(
        "{interval} is neither an interval of {minutes} minutes nor a day of {zone}; send the query \
         with the granularity {granularity} or P1D, the time zone {zone}, and an interval of whole \
         days of it, or give the --settings of your deployment"
    )
}
