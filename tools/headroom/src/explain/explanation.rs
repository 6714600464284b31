//! What is to say about a conversation, as data.

use super::facts::{ExplainedSession, sessions};
use crate::time::utc;
use headroom_kpi::gaps::{due, find_gaps};
use headroom_kpi::{
    ContributionBuilder, Conversation, EffectiveMetric, Entity, Exclusion, FoldOutcome, Id,
    Provenance, Settings, Urgency, explain_metrics,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that the numbers of a conversation follow from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// `conversationId`
    pub conversation: String,
    /// Facts about it in the files.
    pub facts: LineCounts,
    /// `conversationEnd` of an API response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// When it was last read from the Platform API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_read: Option<String>,
    /// Whether the Platform API does not know it.
    pub unknown_to_api: bool,
    /// Its sessions, in order of time.
    pub sessions: Vec<ExplainedSession>,
    /// Its metric facts, in order of time.
    pub metrics: Vec<ExplainedMetric>,
    /// What it adds to which row.
    pub contributions: Vec<ContributedRow>,
    /// What is missing of it.
    pub gaps: Vec<ExplainedGap>,
    /// When it is due for a read from the Platform API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<ExplainedDue>,
}

/// How many facts of the files are about a conversation. An event has one, a response of the
/// Platform API many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineCounts {
    /// Those that changed it.
    pub applied: u64,
    /// Repeats, or outranked by a later event.
    pub without_effect: u64,
    /// Refused, since the conversation had no room.
    pub without_room: u64,
}

impl LineCounts {
    pub(super) fn add(&mut self, outcome: FoldOutcome) {
        let count = match outcome {
            FoldOutcome::Applied => &mut self.applied,
            FoldOutcome::WithoutEffect => &mut self.without_effect,
            FoldOutcome::Full => &mut self.without_room,
        };
        *count += 1;
    }
}

/// A metric fact, and whether it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedMetric {
    /// Its name.
    pub metric: String,
    /// Milliseconds of a timer, or a count.
    pub value: i64,
    /// The time that decides interval and day.
    pub emitted: String,
    /// `sessionId`; none for a metric event that names only a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// `queueId`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// `userId`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// `mediaType`
    pub media: String,
    /// `derived`, `official`, `confirmed` or `repaired`.
    pub provenance: Provenance,
    /// Whether it counts.
    pub effective: bool,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusion: Option<Exclusion>,
}

/// What a conversation adds to a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContributedRow {
    /// `queue#<queueId>#<media>` or `agent#<userId>#<media>`.
    pub subject: String,
    /// `now`, `PT30M#<start>` or `P1D#<date>`.
    pub bucket: String,
    /// What it adds, by name.
    pub metrics: BTreeMap<String, i64>,
}

/// Something missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedGap {
    /// The rule that found it (`kpis.md#gap-rules`).
    pub rule: &'static str,
    /// `gauge` or `historical`.
    pub urgency: &'static str,
    /// The earliest time at which it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<String>,
}

/// When a conversation is due for a read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedDue {
    /// `gauge` or `historical`.
    pub urgency: &'static str,
    /// The earliest time to read it.
    pub at: String,
}

impl Explanation {
    pub(super) fn new(
        id: &Id,
        conversation: Conversation,
        facts: LineCounts,
        settings: &Settings,
    ) -> Self {
        let gap = |gap: headroom_kpi::gaps::Gap| ExplainedGap {
            rule: gap.rule,
            urgency: urgency(gap.urgency),
            not_before: (gap.not_before.0 > i64::MIN).then(|| utc(gap.not_before)),
        };
        let due = due(&conversation, settings);
        Self {
            conversation: id.to_string(),
            facts,
            end: conversation.end().map(utc),
            last_read: conversation.last_read().map(utc),
            unknown_to_api: conversation.is_unknown_to_api(),
            sessions: sessions(&conversation.facts()),
            metrics: metrics(&conversation, settings),
            gaps: find_gaps(&conversation, settings).into_iter().map(gap).collect(),
            due: due.map(|due| ExplainedDue { urgency: urgency(due.urgency), at: utc(due.at) }),
            contributions: contributions(conversation, settings),
        }
    }
}

fn urgency(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Gauge => "gauge",
        Urgency::Historical => "historical",
    }
}

fn metrics(conversation: &Conversation, settings: &Settings) -> Vec<ExplainedMetric> {
    let mut metrics = explain_metrics(conversation, settings);
    metrics.sort_by(|(a, _), (b, _)| {
        (a.emitted, &a.metric, a.session).cmp(&(b.emitted, &b.metric, b.session))
    });
    metrics.into_iter().map(|(fact, why)| ExplainedMetric::new(&fact, why)).collect()
}

impl ExplainedMetric {
    fn new(fact: &EffectiveMetric<'_>, why: Option<Exclusion>) -> Self {
        Self {
            metric: fact.metric.to_string(),
            value: fact.value,
            emitted: utc(fact.emitted),
            session: fact.session.map(Id::to_string),
            queue: fact.queue.map(Id::to_string),
            user: fact.user.map(Id::to_string),
            media: fact.media.to_string(),
            provenance: fact.provenance,
            effective: why.is_none(),
            exclusion: why,
        }
    }
}

fn contributions(conversation: Conversation, settings: &Settings) -> Vec<ContributedRow> {
    let entity = Entity::Conversation(conversation);
    let contributions = ContributionBuilder::default().build(&entity, settings);
    let row = |(key, amounts): (&headroom_kpi::RowKey, &[(headroom_kpi::Measure, i64)])| {
        let named = amounts.iter().filter_map(|(measure, amount)| {
            measure.public_name().map(|(metric, suffix)| (format!("{metric}{suffix}"), *amount))
        });
        let metrics: BTreeMap<_, _> = named.collect();
        let (subject, bucket) = (key.subject.to_string(), key.bucket.to_string());
        (!metrics.is_empty()).then_some(ContributedRow { subject, bucket, metrics })
    };
    contributions.rows().filter_map(row).collect()
}
