//! An explanation as text.

use super::explanation::{ExplainedMetric, Explanation};
use super::facts::{ExplainedSession, SessionFact};
use super::labels::Labels;
use super::reasons::{exclusion_text, provenance_text};
use crate::gaps::rule_text;
use crate::time::seconds;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where lines of sums are broken.
const LINE_CHARS_MAX: usize = 100;

impl Explanation {
    /// The explanation as text, for people who know Genesys.
    pub fn text(&self) -> String {
        let labels = Labels::new(self);
        let parts = [
            self.summary(),
            section("Queues and agents", &labels.legend()),
            section("Sessions", &self.session_lines(&labels)),
            section("Metrics that count", &self.effective_lines(&labels)),
            section("Metrics that do not count", &self.excluded_lines(&labels)),
            section("What it adds to the rows", &self.row_lines()),
            section("What is missing of it (gaps)", &self.gap_lines()),
            self.due_line(),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }

    fn summary(&self) -> String {
        let super::LineCounts { applied, without_effect, without_room } = self.facts;
        let mut text = format!("Conversation {}\n\n", self.conversation);
        let _ = writeln!(
            text,
            "Facts about it in the files: {}, of which {without_effect} changed nothing (repeats, \
             or outranked by a later event).",
            applied + without_effect + without_room
        );
        if without_room > 0 {
            let _ =
                writeln!(text, "{without_room} were refused: a conversation has no room for more.");
        }
        if self.unknown_to_api {
            text.push_str("The Platform API does not know it, so it counts as over.\n");
        }
        match (&self.end, &self.last_read) {
            (Some(end), _) => {
                let _ = writeln!(text, "It ended at {end}, as the Platform API says.");
            }
            (None, Some(_)) => text.push_str("It was under way when it was read.\n"),
            (None, None) => {}
        }
        if let Some(read) = &self.last_read {
            let _ = writeln!(text, "It was last read from the Platform API at {read}.");
        }
        text
    }

    fn session_lines(&self, labels: &Labels<'_>) -> String {
        let mut text = String::new();
        for session in &self.sessions {
            let label = labels.session(Some(&session.session));
            let about = about(session, labels);
            let _ = writeln!(text, "  {label:<4}{about:<30}  {}", session.session);
            for fact in &session.facts {
                let line = format!("      {}  {:<15}{}", fact.at, fact.event, says(fact, labels));
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
        for id in labels.sessions_of_metrics(self) {
            let label = labels.session(Some(&id.to_owned()));
            let _ = writeln!(text, "  {label:<4}{:<30}  {id}", "no event, metrics alone");
        }
        text
    }

    fn effective_lines(&self, labels: &Labels<'_>) -> String {
        let effective = self.metrics.iter().filter(|metric| metric.effective);
        let line = |metric: &ExplainedMetric| {
            let rows = [
                metric.queue.as_ref().map(|id| labels.queue(id)),
                metric.user.as_ref().map(|id| labels.agent(id)),
            ];
            let rows: Vec<_> = rows.into_iter().flatten().collect();
            let rows = if rows.is_empty() {
                "in no row: it names neither queue nor agent".to_owned()
            } else {
                format!("in rows of {}", rows.join(" and "))
            };
            format!("  {}{rows}\n", metric_line(metric, labels))
        };
        effective.map(line).collect()
    }

    /// The metrics that do not count, by reason.
    fn excluded_lines(&self, labels: &Labels<'_>) -> String {
        let mut lines: BTreeMap<_, String> = BTreeMap::new();
        for metric in &self.metrics {
            let Some(why) = metric.exclusion else { continue };
            let text = exclusion_text(why, &metric.metric);
            let list = lines.entry((why, text.clone())).or_insert_with(|| format!("  {text}:\n"));
            let line = metric_line(metric, labels);
            let _ = writeln!(list, "    {}", line.trim_end());
        }
        lines.into_values().collect()
    }

    fn row_lines(&self) -> String {
        let mut text = String::new();
        let mut subject = "";
        for row in &self.contributions {
            if row.subject != subject {
                let _ = writeln!(text, "  {}", row.subject);
                subject = &row.subject;
            }
            let _ = writeln!(text, "    {}", row.bucket);
            let sums = row.metrics.iter().map(|(name, amount)| format!("{name} {amount}"));
            text.push_str(&wrapped(sums, "      "));
        }
        text
    }

    fn gap_lines(&self) -> String {
        let line = |gap: &super::ExplainedGap| {
            let wait = gap.not_before.as_ref();
            let wait = wait.map_or_else(String::new, |time| format!(", not before {time}"));
            format!("  {} ({}{wait}): {}\n", gap.rule, gap.urgency, rule_text(gap.rule))
        };
        self.gaps.iter().map(line).collect()
    }

    fn due_line(&self) -> String {
        match &self.due {
            Some(due) => {
                let super::ExplainedDue { urgency, at } = due;
                let reason = if self.gaps.is_empty() {
                    "if its open session has no end by then"
                } else if *urgency == "gauge" {
                    "as a gauge: someone is shown as waiting or working who may not be"
                } else {
                    "as historical: sums of the past may be wrong"
                };
                format!("It is due for a read from the Platform API at {at}, {reason}.\n")
            }
            None => "It is not due for a read from the Platform API.\n".to_owned(),
        }
    }
}

fn section(title: &str, lines: &str) -> String {
    let lines = if lines.is_empty() { "  none\n" } else { lines };
    format!("{title}\n{lines}")
}

/// What a session is: `wait in Q1, voice`.
fn about(session: &ExplainedSession, labels: &Labels<'_>) -> String {
    let first = |value: fn(&SessionFact) -> Option<&String>| session.facts.iter().find_map(value);
    let queue = first(|fact| fact.queue.as_ref()).map(|id| labels.queue(id));
    let media = first(|fact| fact.media.as_ref()).map_or("unknown", String::as_str);
    let agent = first(|fact| fact.user.as_ref()).map(|id| labels.agent(id)).unwrap_or_default();
    match (session.kind, queue) {
        ("customer", _) => "customer".to_owned(),
        ("acd", queue) => format!("wait in {}, {media}", queue.unwrap_or_default()),
        (_, Some(queue)) => format!("{agent} for {queue}, {media}"),
        (_, None) => format!("{agent} without a queue, {media}"),
    }
}

/// What a fact says beside its time.
fn says(fact: &SessionFact, labels: &Labels<'_>) -> String {
    let mut parts = Vec::new();
    if let Some(outcome) = fact.acd_outcome {
        let by = fact.user.as_ref().map(|id| format!(" by {}", labels.agent(id)));
        parts.push(format!("{outcome}{}", by.unwrap_or_default()));
    }
    parts.extend(fact.direction.map(str::to_owned));
    parts.extend(
        fact.durations
            .iter()
            .map(|(name, ms)| format!("{} {}", name.trim_end_matches("DurationMs"), seconds(*ms))),
    );
    parts.extend(fact.disconnect_type.map(str::to_owned));
    let origin = if fact.source == "api" { " (from the Platform API)" } else { "" };
    (parts.join(", ") + origin).trim_start().to_owned()
}

fn metric_line(metric: &ExplainedMetric, labels: &Labels<'_>) -> String {
    let ExplainedMetric { metric: name, value, emitted, .. } = metric;
    let value = if name.starts_with('t') { seconds(*value) } else { value.to_string() };
    let session = labels.session(metric.session.as_ref());
    let from = provenance_text(metric.provenance);
    format!("{name:<24}{value:>12}  {emitted}  {session:<4}{from:<32}")
}

/// A list in lines that are not too long.
fn wrapped(list: impl Iterator<Item = String>, indent: &str) -> String {
    let mut text = indent.to_owned();
    let mut length = indent.len();
    for (position, entry) in list.enumerate() {
        if position > 0 && length + entry.len() > LINE_CHARS_MAX {
            text.push_str(",\n");
            text.push_str(indent);
            length = indent.len();
        } else if position > 0 {
            text.push_str(", ");
        }
        length += entry.len() + 2;
        text.push_str(&entry);
    }
    text.push('\n');
    text
}
