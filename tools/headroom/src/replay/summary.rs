//! What a replay did, in numbers.

use headroom_genesys::{Ignored, RefusalCode};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Unknown topics that are counted by name; the others are counted together.
const UNKNOWN_TOPICS_MAX: usize = 50;

/// Counts of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines read, empty ones apart.
    pub lines: u64,
    /// Events that told something new.
    pub applied: u64,
    /// Repeats, and events that a later one outranks.
    pub without_effect: u64,
    /// Events of topics and metrics that no number depends on.
    pub ignored: BTreeMap<Ignored, u64>,
    /// Lines that could not be used.
    pub refused: BTreeMap<RefusalCode, u64>,
    /// Conversations held at the end.
    pub entities: usize,
    /// Rows that show anything at the end.
    pub rows: usize,
    /// How long it took.
    pub took: Duration,
}

impl Summary {
    /// All refused lines.
    pub fn refused_lines(&self) -> u64 {
        self.refused.values().sum()
    }

    pub(super) fn ignore(&mut self, what: Ignored) {
        let unknown = |what: &&Ignored| matches!(what, Ignored::UnknownTopic(_));
        let known = self.ignored.contains_key(&what)
            || self.ignored.keys().filter(unknown).count() < UNKNOWN_TOPICS_MAX;
        let what = match what {
            Ignored::UnknownTopic(_) if !known => Ignored::UnknownTopic("(others)".into()),
            what => what,
        };
        *self.ignored.entry(what).or_default() += 1;
    }

    fn rate(&self) -> u64 {
        let millis = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX).max(1);
        self.lines.saturating_mul(1_000) / millis
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, count: u64, what: &str| {
            writeln!(f, "{:>12}  {what}", grouped(count))
        };
        line(f, self.lines, "lines")?;
        line(f, self.applied, "applied")?;
        line(f, self.without_effect, "without effect (repeats, or outranked by a later event)")?;
        line(f, self.ignored.values().sum(), "ignored")?;
        for (what, count) in &self.ignored {
            line(f, *count, &format!("  {}", Name(what)))?;
        }
        line(f, self.refused_lines(), "refused")?;
        for (code, count) in &self.refused {
            line(f, *count, &format!("  {code}"))?;
        }
        line(f, self.entities as u64, "conversations")?;
        line(f, self.rows as u64, "rows")?;
        let seconds = self.took.as_secs_f64();
        write!(f, "{seconds:>12.3}  seconds ({} events/s)", grouped(self.rate()))
    }
}

struct Name<'a>(&'a Ignored);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ignored::Topic(template) => f.write_str(template),
            // It comes from outside: nothing in it may reach a terminal as a control.
            Ignored::UnknownTopic(name) => write!(f, "unknown topic {}", name.escape_debug()),
            Ignored::Metric => f.write_str("metrics that are neither counter nor timer"),
        }
    }
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let shown = [0, 12, 999, 1_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "999", "1,000", "1,234,567"]);
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
