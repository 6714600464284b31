//! The gaps of all conversations, counted.

use super::cost::requests;
use crate::CliError;
use crate::replay::Replay;
use crate::time::utc;
use headroom_kpi::gaps::{due, find_gaps};
use headroom_kpi::{Conversation, Due, Id, Millis, Settings, Urgency};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What of a capture would be read from the Platform API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GapSummary {
    /// The newest event time of all conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// All conversations.
    pub conversations: usize,
    /// Those with a gap that are due, sooner or later.
    pub due: usize,
    /// Those of them that a gauge waits for.
    pub gauge: usize,
    /// Those of them whose sums of the past may be wrong.
    pub historical: usize,
    /// Those of them that are due only after the end of the capture: events after it may close their
    /// gaps.
    pub after_end: usize,
    /// Those with a gap that are not read again: Genesys has nothing more, or does not know them.
    pub given_up: usize,
    /// Requests that read the due ones, each once.
    pub requests: usize,
    /// Conversations without a gap that have an open session.
    pub open: OpenSessions,
    /// The due ones by rule; a conversation may have gaps of several.
    pub rules: Vec<RuleCount>,
}

/// Conversations without a gap that have an open session. They are read if it stays open for its
/// limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenSessions {
    /// How many there are at the end of the capture.
    pub conversations: usize,
    /// Those of them whose limit was reached before the end of the capture.
    pub overdue: usize,
}

/// The conversations with a gap of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleCount {
    /// The rule (`kpis.md#gap-rules`).
    pub rule: &'static str,
    /// How many conversations.
    pub conversations: usize,
    /// Those of them of which a gauge is wrong by this rule.
    pub gauge: usize,
    /// Some of their ids.
    pub examples: BTreeSet<String>,
}

impl GapSummary {
    /// Counts the gaps of a replay's conversations, and names some conversations of each rule.
    pub fn new(replay: &Replay, settings: &Settings, examples: usize) -> Result<Self, CliError> {
        let mut counts = Counts { examples, ..Counts::default() };
        replay.each_conversation(|id, conversation| counts.add(id, conversation, settings))?;
        Ok(counts.finish())
    }
}

#[derive(Default)]
struct Counts {
    examples: usize,
    end: Option<Millis>,
    conversations: usize,
    given_up: usize,
    due: Vec<Due>,
    open: Vec<Due>,
    rules: BTreeMap<&'static str, RuleCount>,
}

impl Counts {
    fn add(&mut self, id: &Id, conversation: &Conversation, settings: &Settings) {
        self.conversations += 1;
        self.end = self.end.max(conversation.newest_event_time());
        let gaps = find_gaps(conversation, settings);
        let due = due(conversation, settings);
        let Some(urgency) = gaps.iter().map(|gap| gap.urgency).min() else {
            self.open.extend(due);
            return;
        };
        let Some(due) = due else {
            self.given_up += 1;
            return;
        };
        self.due.push(Due { urgency, ..due });
        let mut rules: BTreeMap<&'static str, Urgency> = BTreeMap::new();
        for gap in gaps {
            let urgency = rules.entry(gap.rule).or_insert(gap.urgency);
            *urgency = gap.urgency.min(*urgency);
        }
        for (rule, urgency) in rules {
            let count = self.rules.entry(rule).or_default();
            count.rule = rule;
            count.add(id, urgency, self.examples);
        }
    }

    fn finish(self) -> GapSummary {
        let end = self.end.unwrap_or_default();
        let count = |due: &[Due], is_counted: fn(&Due, Millis) -> bool| {
            due.iter().filter(|due| is_counted(due, end)).count()
        };
        let mut rules: Vec<_> = self.rules.into_values().collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.conversations));
        GapSummary {
            end: self.end.map(utc),
            conversations: self.conversations,
            due: self.due.len(),
            gauge: count(&self.due, |due, _| due.urgency == Urgency::Gauge),
            historical: count(&self.due, |due, _| due.urgency == Urgency::Historical),
            after_end: count(&self.due, |due, end| due.at > end),
            given_up: self.given_up,
            open: OpenSessions {
                conversations: self.open.len(),
                overdue: count(&self.open, |due, end| due.at <= end),
            },
            requests: requests(self.due),
            rules,
        }
    }
}

impl RuleCount {
    fn add(&mut self, id: &Id, urgency: Urgency, examples: usize) {
        self.conversations += 1;
        self.gauge += usize::from(urgency == Urgency::Gauge);
        self.examples.insert(id.to_string());
        // The smallest ids, so that the order of the conversations does not matter.
        if self.examples.len() > examples {
            self.examples.pop_last();
        }
    }
}
