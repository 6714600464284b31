//! The gaps of a capture as text.

use super::rules::rule_text;
use super::summary::{GapSummary, RuleCount};
use crate::terminal::count_line;
use headroom_genesys::budget::IDS_PER_CALL;
use indicatif::HumanCount;
use std::fmt::Write as _;

impl GapSummary {
    /// The counts as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line =
            |count: usize, description: &str| text += &count_line(count as u64, description);
        let end = self.end.as_deref().unwrap_or("no time");
        line(self.conversations, &format!("conversations, with events up to {end}"));
        line(self.due, "with a gap: due for a read from the Platform API");
        line(self.gauge, "  a gauge may be wrong: someone is shown as waiting or working");
        line(self.historical, "  sums of the past may be wrong");
        line(
            self.after_end,
            "  of both, due after the end of the files: later events may close the gap",
        );
        line(self.requests, &format!("requests for them, of up to {IDS_PER_CALL} conversations"));
        line(self.given_up, "with a gap, and not read again: Genesys has nothing more of them");
        line(
            self.open.conversations,
            "with an open session alone: read if it stays open for its limit",
        );
        line(self.open.overdue, "  of them, the limit was reached before the end of the files");
        if !self.rules.is_empty() {
            text.push_str(
                "\nGaps by rule; a conversation may have several (docs/kpis.md#gap-rules)\n",
            );
        }
        self.rules.iter().for_each(|rule| text.push_str(&rule.text()));
        text
    }
}

impl RuleCount {
    fn text(&self) -> String {
        let gauge = match self.gauge {
            0 => String::new(),
            gauge => format!(" ({} of them a gauge)", HumanCount(gauge as u64)),
        };
        let what = format!("{}: {}{gauge}", self.rule, rule_text(self.rule));
        let mut text = count_line(self.conversations as u64, &what);
        for id in &self.examples {
            let _ = writeln!(text, "{:>14}{id}", "");
        }
        text
    }
}
