//! Facts in, rows out (`kpis.md#rows`, `kpis.md#gauges`, `kpis.md#computed-values`).

use crate::effective::{Fact, effective_facts, time};
use crate::fold::{Body, Conversation, Facts, id};
use crate::staffing;
use headroom_simulator::Rules;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Row {
    pub(crate) metrics: BTreeMap<String, i64>,
    waits: Vec<i64>,
    waiting: Vec<i64>,
    interacting: Vec<i64>,
    /// Since when agents of a queue have been idle.
    pub(crate) idle: Vec<i64>,
    /// The status of an agent as it is shown, and since when.
    pub(crate) status: Option<(String, i64)>,
}

pub(crate) type Rows = BTreeMap<(String, String), Row>;

impl Row {
    pub(crate) fn add(&mut self, metric: &str, value: i64) {
        *self.metrics.entry(metric.to_owned()).or_default() += value;
    }

    /// What is computed, as JSON.
    pub(crate) fn computed(&self, subject: &str) -> Value {
        let mut computed = Map::new();
        for (key, numerator, denominator) in self.ratios() {
            let is_of_queue = key == "serviceLevel";
            if denominator != 0 && (subject.starts_with("queue#") || !is_of_queue) {
                computed.insert(key.to_owned(), (float(numerator) / float(denominator)).into());
            }
        }
        for percent in [50, 90, 95] {
            if let Some(wait) = self.percentile(percent) {
                computed.insert(format!("waitP{percent}Ms"), wait.into());
            }
        }
        let starts = [
            ("waitingSince", &self.waiting),
            ("interactingSince", &self.interacting),
            ("idleSince", &self.idle),
            ("statusSince", &self.status.iter().map(|(_, since)| *since).collect()),
        ];
        for (name, starts) in starts {
            if let Some(oldest) = starts.iter().min() {
                let since = Timestamp::from_second(oldest.div_euclid(1000)).unwrap();
                computed.insert(name.to_owned(), since.to_string().into());
            }
        }
        if let Some((status, _)) = &self.status {
            computed.insert("status".to_owned(), status.as_str().into());
        }
        computed.into()
    }

    fn ratios(&self) -> [(&'static str, i64, i64); 9] {
        let sum = |key: &str| self.metrics.get(key).copied().unwrap_or(0);
        let answered = sum("tAnswered.count");
        let abandoned = sum("tAbandon.count");
        let time = |status: &str| sum(&format!("tAgentRoutingStatus.{status}"));
        let interacting = time("INTERACTING");
        [
            ("occupancy", interacting, interacting + time("COMMUNICATING") + time("IDLE")),
            ("asaMs", sum("tAnswered.sum"), answered),
            ("ahtMs", sum("tHandle.sum"), sum("tHandle.count")),
            ("answerRate", answered, sum("nOffered")),
            ("abandonRate", abandoned, sum("nOffered")),
            ("serviceLevel", answered - sum("nOverSla"), answered + abandoned),
            ("avgTalkMs", sum("tTalkComplete.sum"), sum("tTalkComplete.count")),
            ("avgHoldMs", sum("tHeldComplete.sum"), sum("tHeldComplete.count")),
            ("avgAcwMs", sum("tAcw.sum"), sum("tAcw.count")),
        ]
    }

    /// The first wait that this share of all do not exceed.
    fn percentile(&self, percent: usize) -> Option<i64> {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        let enough = |at: usize| (at + 1) * 100 >= percent * waits.len();
        (0..waits.len()).find(|at| enough(*at)).map(|at| waits[at])
    }
}

pub(crate) fn rows(facts: &Facts, rules: &Rules) -> Rows {
    let mut rows = Rows::new();
    for conversation in facts.conversations.values() {
        for fact in effective_facts(conversation, rules) {
            count(&fact, rules, &mut rows);
        }
        gauges(conversation, &mut rows);
    }
    staffing::add_rows(&facts.agents, rules, &mut rows);
    for row in rows.values_mut() {
        row.metrics.retain(|_, value| *value != 0);
    }
    rows.retain(|_, row| !row.metrics.is_empty());
    rows
}

fn count(fact: &Fact, rules: &Rules, rows: &mut Rows) {
    for bucket in buckets(fact.time, rules) {
        for subject in subjects(fact.queue.as_ref(), fact.user.as_ref(), &fact.media) {
            let row = rows.entry((subject, bucket.clone())).or_default();
            if fact.metric.starts_with(['n', 'o']) {
                row.add(&fact.metric, fact.value);
            } else {
                row.add(&format!("{}.count", fact.metric), 1);
                row.add(&format!("{}.sum", fact.metric), fact.value);
            }
            if ["tAnswered", "tAbandon"].contains(&fact.metric.as_str()) {
                row.waits.push(fact.value);
            }
        }
    }
}

/// The interval and the day of a time.
pub(crate) fn buckets(time: i64, rules: &Rules) -> [String; 2] {
    let instant = Timestamp::from_millisecond(time).unwrap();
    let length = i64::from(rules.interval_minutes) * 60;
    let start = Timestamp::from_second(instant.as_second().div_euclid(length) * length).unwrap();
    let name = if length == 3600 { "PT1H".to_owned() } else { format!("PT{}M", length / 60) };
    let day = instant.to_zoned_datetime(rules.time_zone.clone()).date();
    [format!("{name}#{start}"), format!("P1D#{day}")]
}

fn subjects(queue: Option<&String>, user: Option<&String>, media: &str) -> Vec<String> {
    let queue = queue.into_iter().map(|id| format!("queue#{id}#{media}"));
    queue.chain(user.into_iter().map(|id| format!("agent#{id}#{media}"))).collect()
}

fn gauges(conversation: &Conversation, rows: &mut Rows) {
    for ((topic, session), body) in &conversation.sessions {
        let ended = |end: &str| conversation.sessions.contains_key(&(end.into(), session.clone()));
        let media = id(body, "mediaType").unwrap().to_lowercase();
        let (queue, user) = (id(body, "queueId"), id(body, "userId"));
        let metric = match topic.as_str() {
            "acd.start" if !ended("acd.end") => "oWaiting",
            "user.start" if !ended("user.end") && is_alerting(conversation, body) => "oAlerting",
            "user.start" if !ended("user.end") => "oInteracting",
            _ => continue,
        };
        for subject in subjects(queue.as_ref(), user.as_ref(), &media) {
            let is_of_queue = subject.starts_with("queue#");
            let row = rows.entry((subject, "now".to_owned())).or_default();
            row.add(metric, 1);
            if metric == "oInteracting" && is_of_queue {
                row.interacting.push(time(body));
            }
            if metric == "oWaiting" {
                row.waiting.push(time(body));
            }
        }
    }
}

fn is_alerting(conversation: &Conversation, user: &Body) -> bool {
    let is_on = |((topic, session), wait): (&(String, String), &Body)| {
        topic == "acd.start"
            && id(wait, "queueId") == id(user, "queueId")
            && time(wait) <= time(user)
            && !conversation.sessions.contains_key(&("acd.end".to_owned(), session.clone()))
    };
    id(user, "queueId").is_some() && conversation.sessions.iter().any(is_on)
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
fn float(value: i64) -> f64 {
    value as f64
}
