//! A comparison as text.

use super::comparison::{Comparison, Difference, NotCompared};
use crate::names::QueueNames;
use crate::terminal::{count_line, table};
use indicatif::HumanCount;
use std::collections::BTreeSet;
use std::fmt::Write;

impl Comparison {
    /// The differences as a table, and what was compared.
    pub(super) fn text(&self, names: &QueueNames) -> String {
        let mut text = String::new();
        if !self.differences.is_empty() {
            let header = "queue or agent,media,interval,metric,ours,Genesys',difference";
            let rows = self.differences.iter().map(|difference| cells(difference, names));
            let _ = writeln!(text, "{}", table(header, 4, rows));
        }
        text += &count_line(self.compared as u64, "values compared");
        text += &count_line(self.rows as u64, "rows that they are of");
        text += &count_line(self.differences.len() as u64, "differences");
        let reasons = self.not_compared.reasons();
        if !reasons.is_empty() {
            text += "Not compared:\n";
        }
        text.extend(reasons.into_iter().map(|reason| format!("  {reason}\n")));
        text
    }
}

impl NotCompared {
    fn reasons(&self) -> Vec<String> {
        let metrics = |metrics: &BTreeSet<String>, why: &str| {
            let names: Vec<_> = metrics.iter().map(String::as_str).collect();
            (!names.is_empty()).then(|| format!("{}: {why}", names.join(", ")))
        };
        let rows = |rows: usize, what: &str| {
            (rows > 0).then(|| format!("{what}: {}", HumanCount(rows as u64)))
        };
        let reasons = [
            metrics(
                &self.query_time,
                "computed by Genesys when a query asks for it, and in no event",
            ),
            metrics(&self.in_no_event, "in no event of the files, and not implied by sessions"),
            metrics(&self.in_no_result, "in no result; was it in the query's metrics?"),
            rows(self.results_without_subject, "results that name neither a queue nor an agent"),
            rows(self.rows_of_others, "rows of queues and agents that no result names"),
            rows(
                self.rows_of_other_times,
                "rows of times before the first result or after the last",
            ),
        ];
        reasons.into_iter().flatten().collect()
    }
}

fn cells(difference: &Difference, names: &QueueNames) -> [String; 7] {
    let Difference { subject, bucket, metric, ours, theirs } = difference;
    let mut parts = subject.splitn(3, '#');
    let mut part = || parts.next().unwrap_or_default();
    let (kind, id, media) = (part(), part(), part());
    let name = if kind == "queue" { names.name(id) } else { id };
    [
        if kind == "queue" { name.to_owned() } else { format!("agent {name}") },
        media.to_owned(),
        bucket.replace('#', " "),
        metric.clone(),
        ours.to_string(),
        theirs.to_string(),
        format!("{:+}", ours - theirs),
    ]
}
