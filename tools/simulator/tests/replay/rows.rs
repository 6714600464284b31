//! Facts in, rows out (`kpis.md`, sections 3, 4 and 6).

use crate::fold::{Body, Conversation, Conversations, id};
use crate::judge::{Fact, facts, time};
use headroom_simulator::Rules;
use jiff::Timestamp;
use std::collections::BTreeMap;

#[derive(Default)]
pub(crate) struct Row {
    pub(crate) metrics: BTreeMap<String, i64>,
    waits: Vec<i64>,
    waiting: Vec<i64>,
}

type Rows = BTreeMap<(String, String), Row>;

impl Row {
    fn add(&mut self, metric: &str, value: i64) {
        *self.metrics.entry(metric.to_owned()).or_default() += value;
    }

    pub(crate) fn percentiles(&self) -> [Option<i64>; 3] {
        let mut waits = self.waits.clone();
        waits.sort_unstable();
        [50, 90, 95].map(|percent| {
            // The first that this share of all do not exceed.
            let enough = |at: usize| (at + 1) * 100 >= percent * waits.len();
            (0..waits.len()).find(|at| enough(*at)).map(|at| waits[at])
        })
    }

    pub(crate) fn waiting_since(&self) -> Option<String> {
        let oldest = self.waiting.iter().min()?;
        Some(
            Timestamp::from_second(oldest.div_euclid(1000))
                .unwrap()
                .to_string(),
        )
    }
}

pub(crate) fn rows(conversations: &Conversations, rules: &Rules) -> Rows {
    let mut rows = Rows::new();
    for conversation in conversations.0.values() {
        for fact in facts(conversation, rules) {
            count(&fact, rules, &mut rows);
        }
        gauges(conversation, &mut rows);
    }
    for row in rows.values_mut() {
        row.metrics.retain(|_, value| *value != 0);
    }
    rows.retain(|_, row| !row.metrics.is_empty());
    rows
}

fn count(fact: &Fact, rules: &Rules, rows: &mut Rows) {
    let instant = Timestamp::from_millisecond(fact.time).unwrap();
    let length = i64::from(rules.interval_minutes) * 60;
    let start = Timestamp::from_second(instant.as_second().div_euclid(length) * length).unwrap();
    let name = if length == 3600 {
        "PT1H".to_owned()
    } else {
        format!("PT{}M", length / 60)
    };
    let day = instant.to_zoned_datetime(rules.time_zone.clone()).date();
    for bucket in [format!("{name}#{start}"), format!("P1D#{day}")] {
        for subject in subjects(&fact.queue, &fact.user, &fact.media) {
            let row = rows.entry((subject, bucket.clone())).or_default();
            if fact.metric.starts_with('n') {
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

fn subjects(queue: &Option<String>, user: &Option<String>, media: &str) -> Vec<String> {
    let queue = queue.iter().map(|id| format!("queue#{id}#{media}"));
    queue
        .chain(user.iter().map(|id| format!("agent#{id}#{media}")))
        .collect()
}

fn gauges(conversation: &Conversation, rows: &mut Rows) {
    for ((topic, session), body) in &conversation.sessions {
        let ended = |end: &str| {
            conversation
                .sessions
                .contains_key(&(end.into(), session.clone()))
        };
        let media = id(body, "mediaType").unwrap().to_lowercase();
        let (queue, user) = (id(body, "queueId"), id(body, "userId"));
        let metric = match topic.as_str() {
            "acd.start" if !ended("acd.end") => "oWaiting",
            "user.start" if !ended("user.end") && is_connected(conversation, body) => {
                "oInteracting"
            }
            "user.start" if !ended("user.end") => "oAlerting",
            _ => continue,
        };
        for subject in subjects(&queue, &user, &media) {
            let row = rows.entry((subject, "now".to_owned())).or_default();
            row.add(metric, 1);
            if metric == "oWaiting" {
                row.waiting.push(time(body));
            }
        }
    }
}

fn is_connected(conversation: &Conversation, user: &Body) -> bool {
    let text = |body: &Body, key| id(body, key);
    let answers = |topic: &str, end: &Body| {
        topic == "acd.end"
            && text(end, "queueId") == text(user, "queueId")
            && text(end, "acdOutcome").as_deref() == Some("ANSWERED")
            && text(end, "answeredUserId") == text(user, "userId")
            && time(end) >= time(user)
    };
    text(user, "queueId").is_none()
        || text(user, "direction").as_deref() == Some("OUTBOUND")
        || conversation
            .sessions
            .iter()
            .any(|((topic, _), end)| answers(topic, end))
}
