//! The counts of a replay, as text for the terminal.

use super::parsing::ParsedChunk;
use crate::terminal::{count_line, print_message, rate_text};
use headroom_genesys::{Ignored, RefusalCode};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Number of unknown topics that are counted by name; the others are counted together.
const UNKNOWN_TOPICS_MAX: usize = 50;

/// Counts of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Number of lines read, without empty ones.
    pub lines: u64,
    /// Number of lines that changed a conversation.
    pub applied: u64,
    /// Number of lines that changed nothing: repeats, or outranked by a later event.
    pub without_effect: u64,
    /// Number of lines of topics and metrics that no KPI depends on.
    pub ignored: BTreeMap<Ignored, u64>,
    /// Number of lines that were refused, by reason. An API response of which some facts count and
    /// others are refused is here, and also where its other facts put it.
    pub refused: BTreeMap<RefusalCode, u64>,
    /// Number of conversations at the end.
    pub conversations: usize,
    /// Number of agents at the end.
    pub agents: usize,
    /// Number of rows at the end.
    pub rows: usize,
    /// How long the replay took.
    pub duration: Duration,
}

impl Summary {
    /// Number of refused lines, of all reasons.
    pub fn refused_lines(&self) -> u64 {
        self.refused.values().sum()
    }

    /// Says that lines were refused, if any were, and what that may mean.
    pub(crate) fn note_refused(&self, meaning: &str) {
        let refused = self.refused_lines();
        if refused > 0 {
            print_message(format_args!(
                "note: {refused} lines were refused, and {meaning}; `headroom replay --rejects FILE` \
                 keeps them"
            ));
        }
    }

    /// Counts the lines of a chunk, and those of them that need no engine: they are ignored or refused.
    pub(super) fn note_parsed(&mut self, chunk: &mut ParsedChunk) {
        self.lines += chunk.line_count;
        for kind in chunk.ignored.drain(..) {
            self.ignore(kind);
        }
        for (_, refusal) in &chunk.refused {
            self.refuse(refusal.code);
        }
    }

    pub(super) fn refuse(&mut self, code: RefusalCode) {
        *self.refused.entry(code).or_default() += 1;
    }

    fn ignore(&mut self, ignored: Ignored) {
        let has_entry =
            self.ignored.contains_key(&ignored) || self.unknown_topic_count() < UNKNOWN_TOPICS_MAX;
        let entry = match ignored {
            Ignored::UnknownTopic(_) if !has_entry => Ignored::UnknownTopic("(others)".into()),
            ignored => ignored,
        };
        *self.ignored.entry(entry).or_default() += 1;
    }

    fn unknown_topic_count(&self) -> usize {
        let topics = self.ignored.keys();
        topics.filter(|ignored| matches!(ignored, Ignored::UnknownTopic(_))).count()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |count: u64, what: &str| f.write_str(&count_line(count, what));
        line(self.lines, "lines")?;
        line(self.applied, "applied")?;
        line(self.without_effect, "without effect (repeats, or outranked by a later event)")?;
        line(self.ignored.values().sum(), "ignored")?;
        for (ignored, count) in &self.ignored {
            line(*count, &format!("  {}", printable_name(ignored)))?;
        }
        line(self.refused_lines(), "refused")?;
        for (code, count) in &self.refused {
            line(*count, &format!("  {}", code.as_str()))?;
        }
        line(self.conversations as u64, "conversations")?;
        if self.agents > 0 {
            line(self.agents as u64, "agents")?;
        }
        line(self.rows as u64, "rows")?;
        f.write_str(&rate_text(self.lines, self.duration))
    }
}

/// The name of an ignored topic, safe to print on a terminal.
fn printable_name(ignored: &Ignored) -> String {
    match ignored {
        Ignored::Topic(template) => (*template).to_owned(),
        // The name comes from the input: control characters in it must not reach the terminal.
        Ignored::UnknownTopic(name) => format!("unknown topic {}", name.escape_debug()),
        Ignored::Metric => "metrics that are neither counter nor timer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands_and_aligned() {
        for (lines, text) in [(0, "           0"), (999, "         999"), (1_000, "       1,000")] {
            let summary = Summary { lines, ..Summary::default() };
            assert!(summary.to_string().starts_with(&format!("{text}  lines\n")), "{summary}");
        }
    }

    #[test]
    fn unknown_topics_are_counted_by_name_up_to_a_limit() {
        let mut summary = Summary::default();
        for n in 0..100 {
            summary.ignore(Ignored::UnknownTopic(format!("t{n}")));
        }
        assert_eq!(summary.ignored.len(), UNKNOWN_TOPICS_MAX + 1);
        assert_eq!(summary.ignored.values().sum::<u64>(), 100);
    }

    #[test]
    fn a_topic_from_outside_cannot_drive_the_terminal() {
        let mut summary = Summary::default();
        summary.ignore(Ignored::UnknownTopic("a\u{1b}[2J".into()));
        assert!(!summary.to_string().contains('\u{1b}'));
    }
}
