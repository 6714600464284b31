//! Which subjects are read for a viewer.

use headroom_kpi::{Bucket, Calendar, Millis, Subject};
use headroom_protocol::{Grants, Pattern};
use std::collections::BTreeSet;

/// The subjects that some patterns cover, of those that a token allows.
#[derive(Clone, Copy, Debug)]
pub struct SubjectFilter<'a> {
    /// What the viewer asks for.
    pub patterns: &'a BTreeSet<Pattern>,
    /// Limits the subjects to those from the first text up to, but not including, the second.
    pub range: (Option<&'a str>, Option<&'a str>),
    /// What the token allows.
    pub grants: &'a Grants,
}

/// Most subject prefixes that are listed separately, of queues and of agents. With more of them it
/// is cheaper to list all queues or agents and filter.
const PREFIXES_MAX: usize = 8;

/// Past intervals among the current buckets.
const PAST_INTERVALS: i64 = 3;

/// The current buckets: now, the day, the present interval and some before it.
pub fn current_buckets(calendar: &Calendar, now: Millis) -> Vec<Bucket> {
    let length = i64::from(calendar.interval_minutes()) * 60_000;
    let mut buckets = vec![Bucket::Now, calendar.day(now)];
    for past in 0..=PAST_INTERVALS {
        buckets.push(calendar.interval(now - Millis(past * length)));
    }
    buckets
}

impl SubjectFilter<'_> {
    /// Whether a pattern covers a subject that lies in the range and is allowed.
    pub fn covers(&self, subject: &Subject) -> bool {
        let text = subject.to_string();
        let (from, to) = self.range;
        from.is_none_or(|from| text.as_str() >= from)
            && to.is_none_or(|to| text.as_str() < to)
            && self.grants.allows_subject(subject)
            && Pattern::covering(subject).iter().any(|pattern| self.patterns.contains(pattern))
    }

    /// The subjects of patterns without a wildcard.
    pub fn subjects(&self) -> Vec<Subject> {
        let subjects = self.patterns.iter().filter_map(|pattern| match pattern {
            Pattern::Subject(subject) => Some(subject),
            _ => None,
        });
        subjects.filter(|subject| self.covers(subject)).cloned().collect()
    }

    /// The prefixes of subjects that patterns with a wildcard cover.
    pub fn prefixes(&self) -> BTreeSet<String> {
        let patterns = self.patterns.iter().flat_map(|pattern| self.grants.expand(pattern));
        let prefixes: BTreeSet<_> = patterns.filter_map(|pattern| prefix(&pattern)).collect();
        let (queues, agents) = prefixes.into_iter().partition(|prefix| prefix.starts_with(QUEUES));
        &limited(queues, QUEUES) | &limited(agents, AGENTS)
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
        Pattern::Subject(_) => None,
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

    fn grants(queues: &[&str]) -> Grants {
        Grants::from_claims(&serde_json::json!({"queues": queues})).unwrap()
    }

    fn patterns(texts: &[&str]) -> BTreeSet<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn prefixes(grants: &Grants, texts: &[&str]) -> Vec<String> {
        let filter = SubjectFilter { patterns: &patterns(texts), range: (None, None), grants };
        filter.prefixes().into_iter().collect()
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
        let prefixes = |queues: &[&str], texts: &[&str]| prefixes(&grants(queues), texts);
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
        assert_eq!(prefixes(&grants, &["queue#*", "agent#u#*"]), ["agent#u", "queue#a#"]);
        assert_eq!(prefixes(&grants, &["agent#*", "agent#u#*"]), ["agent#"]);
    }

    #[test]
    fn a_range_leaves_out_the_subjects_before_and_after_it() {
        let (patterns, grants) = (patterns(&["queue#*"]), grants(&["*"]));
        let range = (Some("queue#b"), Some("queue#d"));
        let filter = SubjectFilter { patterns: &patterns, range, grants: &grants };
        let covers = |subject: &str| filter.covers(&subject.parse().unwrap());
        assert!(covers("queue#b#voice") && covers("queue#c#voice"));
        assert!(!covers("queue#a#voice") && !covers("queue#d#voice"));
    }
}
