//! Which rows a snapshot is about.

use headroom_kpi::{Bucket, Calendar, Millis, RowKey, Subject};
use headroom_protocol::{Grants, KnownVersions, Pattern};
use std::collections::BTreeSet;

/// The rows that a snapshot is about: the current rows of subscriptions, and rows that the viewer
/// lists.
pub(crate) struct SnapshotRequest<'a> {
    /// The subscriptions.
    pub(crate) patterns: &'a BTreeSet<Pattern>,
    /// Limits the subscriptions to subjects from the first text up to, but not including, the
    /// second.
    pub(crate) range: (Option<&'a str>, Option<&'a str>),
    /// The versions that the viewer has.
    pub(crate) known_versions: &'a KnownVersions,
    /// Whether the snapshot is about all rows in `known_versions`, or only about those that the
    /// subscriptions cover.
    pub(crate) verify_all: bool,
}

/// Most subject prefixes that are listed separately, of queues and of agents. With more of them it
/// is cheaper to list all queues or agents and filter.
const PREFIXES_MAX: usize = 8;

/// Past intervals in a snapshot.
const PAST_INTERVALS: i64 = 3;

/// The current buckets: now, the day, the present interval and some before it.
pub(crate) fn current_buckets(calendar: &Calendar, now: Millis) -> Vec<Bucket> {
    let length = i64::from(calendar.interval_minutes()) * 60_000;
    let mut buckets = vec![Bucket::Now, calendar.day(now)];
    for past in 0..=PAST_INTERVALS {
        buckets.push(calendar.interval(now - Millis(past * length)));
    }
    buckets
}

impl SnapshotRequest<'_> {
    /// Whether a subscription covers a subject that lies in the range and is allowed.
    pub(crate) fn covers(&self, grants: &Grants, subject: &str) -> bool {
        let (from, to) = self.range;
        from.is_none_or(|from| subject >= from)
            && to.is_none_or(|to| subject < to)
            && grants.allows_subject(subject)
            && Pattern::covering(subject).iter().any(|pattern| self.patterns.contains(pattern))
    }

    /// The subjects of subscriptions without a wildcard.
    pub(crate) fn subjects(&self, grants: &Grants) -> Vec<Subject> {
        let subjects = self.patterns.iter().map(Pattern::to_string);
        let subjects = subjects.filter(|subject| self.covers(grants, subject));
        subjects.filter_map(|subject| subject.parse().ok()).collect()
    }

    /// The prefixes of subjects that subscriptions with a wildcard cover.
    pub(crate) fn prefixes(&self, grants: &Grants) -> BTreeSet<String> {
        let patterns = self.patterns.iter().flat_map(|pattern| grants.expand(pattern));
        let prefixes: BTreeSet<_> = patterns.filter_map(|pattern| prefix(&pattern)).collect();
        let (queues, agents) = prefixes.into_iter().partition(|prefix| prefix.starts_with(QUEUES));
        &limited(queues, QUEUES) | &limited(agents, AGENTS)
    }

    /// The rows in `known_versions` that the snapshot is about, and that are allowed.
    pub(crate) fn listed_rows(&self, grants: &Grants) -> BTreeSet<RowKey> {
        let mut rows = BTreeSet::new();
        for name in self.known_versions.keys() {
            let Some((subject, bucket)) = name.rsplit_once('|') else { continue };
            let included = if self.verify_all {
                grants.allows_subject(subject)
            } else {
                self.covers(grants, subject)
            };
            if !included {
                continue;
            }
            if let (Ok(subject), Ok(bucket)) = (subject.parse(), bucket.parse()) {
                rows.insert(RowKey { subject, bucket });
            }
        }
        rows
    }
}

/// The prefix of all queues' subjects.
const QUEUES: &str = "queue#";
/// The prefix of all agents' subjects.
const AGENTS: &str = "agent#";

fn prefix(pattern: &Pattern) -> Option<String> {
    match pattern {
        Pattern::AnyQueue => Some(QUEUES.to_owned()),
        Pattern::Queue(queue) => Some(format!("{QUEUES}{queue}#")),
        Pattern::AnyAgent => Some(AGENTS.to_owned()),
        // Without `#` at the end, since the agent's status has none.
        Pattern::Agent(user) => Some(format!("{AGENTS}{user}")),
        _ => None,
    }
}

/// Prefixes of one kind of subjects: all of that kind instead of too many.
fn limited(prefixes: BTreeSet<String>, whole: &str) -> BTreeSet<String> {
    let is_whole = prefixes.len() > PREFIXES_MAX || prefixes.contains(whole);
    if is_whole { [whole.to_owned()].into() } else { prefixes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_protocol::KnownVersion;

    fn grants(queues: &[&str]) -> Grants {
        Grants::from_claims(&serde_json::json!({"queues": queues})).unwrap()
    }

    fn patterns(texts: &[&str]) -> BTreeSet<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn known_versions(names: &[&str]) -> KnownVersions {
        names.iter().map(|name| ((*name).to_owned(), KnownVersion::default())).collect()
    }

    fn request<'a>(
        patterns: &'a BTreeSet<Pattern>,
        known_versions: &'a KnownVersions,
    ) -> SnapshotRequest<'a> {
        SnapshotRequest { patterns, range: (None, None), known_versions, verify_all: true }
    }

    #[test]
    fn now_the_day_and_four_intervals_are_current() {
        let calendar = Calendar::new("Asia/Kathmandu", 15).unwrap();
        let buckets = current_buckets(&calendar, Millis(1_778_594_562_000));
        let buckets: Vec<_> = buckets.iter().map(ToString::to_string).collect();
        let expected = [
            "now",
            "P1D#2026-05-12",
            "PT15M#2026-05-12T14:00:00Z",
            "PT15M#2026-05-12T13:45:00Z",
            "PT15M#2026-05-12T13:30:00Z",
            "PT15M#2026-05-12T13:15:00Z",
        ];
        assert_eq!(buckets, expected);
    }

    #[test]
    fn wildcards_are_listed_by_the_queues_that_the_token_allows() {
        let prefixes = |queues: &[&str], texts: &[&str]| -> Vec<String> {
            let (patterns, known_versions) = (patterns(texts), KnownVersions::new());
            let request = request(&patterns, &known_versions);
            request.prefixes(&grants(queues)).into_iter().collect()
        };
        assert_eq!(prefixes(&["*"], &["queue#*", "queue#a#*"]), ["queue#"]);
        assert_eq!(prefixes(&["a", "b"], &["queue#*"]), ["queue#a#", "queue#b#"]);
        assert_eq!(prefixes(&["a"], &["queue#b#*", "queue#a#voice"]), [""; 0]);
        let many: Vec<_> = (0..9).map(|n| n.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(prefixes(&many, &["queue#*"]), ["queue#"]);
        assert_eq!(prefixes(&["*"], &["agent#*", "agent#u#*"]), [""; 0], "without the claim");
    }

    #[test]
    fn agents_are_listed_beside_queues() {
        let claims = serde_json::json!({"queues": ["a"], "agents": true});
        let grants = Grants::from_claims(&claims).unwrap();
        let prefixes = |texts: &[&str]| -> Vec<String> {
            let (patterns, known_versions) = (patterns(texts), KnownVersions::new());
            request(&patterns, &known_versions).prefixes(&grants).into_iter().collect()
        };
        assert_eq!(prefixes(&["queue#*", "agent#u#*"]), ["agent#u", "queue#a#"]);
        assert_eq!(prefixes(&["agent#*", "agent#u#*"]), ["agent#"]);
    }

    #[test]
    fn only_allowed_rows_can_be_listed() {
        let names = ["queue#a#voice|now", "queue#b#voice|now", "agent#u#voice|now", "x", "|now"];
        let (patterns, known_versions) = (patterns(&["queue#c#*"]), known_versions(&names));
        let listed = |verify_all| -> Vec<String> {
            let request = SnapshotRequest { verify_all, ..request(&patterns, &known_versions) };
            let rows = request.listed_rows(&grants(&["a", "c"]));
            rows.iter().map(|key| key.subject.to_string()).collect()
        };
        assert_eq!(listed(true), ["queue#a#voice"]);
        assert_eq!(listed(false), [""; 0]);
    }

    #[test]
    fn a_range_leaves_out_the_subjects_before_and_after_it() {
        let (patterns, known_versions) = (patterns(&["queue#*"]), KnownVersions::new());
        let range = (Some("queue#b"), Some("queue#d"));
        let request = SnapshotRequest { range, ..request(&patterns, &known_versions) };
        let covers = |subject| request.covers(&grants(&["*"]), subject);
        assert!(covers("queue#b#voice") && covers("queue#c#voice"));
        assert!(!covers("queue#a#voice") && !covers("queue#d#voice"));
    }
}
