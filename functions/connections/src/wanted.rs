//! Which rows an answer is about.

use headroom_kpi::{Bucket, Calendar, Millis, RowKey, Subject};
use headroom_protocol::{Grants, Have, Pattern};
use std::collections::BTreeSet;

/// Which rows an answer is about: the current ones of subscriptions, and those that are named.
pub(crate) struct Wanted<'a> {
    pub(crate) patterns: &'a BTreeSet<Pattern>,
    /// Of those, the subjects from the first text to before the second.
    pub(crate) range: (Option<&'a str>, Option<&'a str>),
    /// What the viewer holds.
    pub(crate) have: &'a Have,
    /// Whether all rows in `have` are meant, or just those of the patterns.
    pub(crate) every_name: bool,
}

/// Prefixes that are listed one by one. Above that, listing all queues and choosing is less work.
const PREFIXES_MAX: usize = 8;

const INTERVALS_BEFORE: i64 = 3;

/// The buckets that are shown: now, the current interval and those before it, and the current day.
pub(crate) fn buckets(calendar: &Calendar, now: Millis) -> Vec<Bucket> {
    let length = Millis(i64::from(calendar.interval_minutes()) * 60_000);
    let interval = |back| calendar.interval(now - Millis(back * length.0));
    let intervals = (0..=INTERVALS_BEFORE).map(interval);
    [Bucket::Now, calendar.day(now)].into_iter().chain(intervals).collect()
}

impl Wanted<'_> {
    /// Whether a subject is one of the patterns', in the range, and allowed.
    pub(crate) fn has(&self, grants: &Grants, subject: &str) -> bool {
        let (from, to) = self.range;
        from.is_none_or(|from| subject >= from)
            && to.is_none_or(|to| subject < to)
            && grants.allow_subject(subject)
            && Pattern::covering(subject).iter().any(|pattern| self.patterns.contains(pattern))
    }

    /// Subjects that the patterns name.
    pub(crate) fn subjects(&self, grants: &Grants) -> Vec<Subject> {
        let names = self.patterns.iter().map(Pattern::to_string);
        names.filter(|name| self.has(grants, name)).filter_map(|name| name.parse().ok()).collect()
    }

    /// What subjects begin with that the patterns mean by a wildcard.
    pub(crate) fn prefixes(&self, grants: &Grants) -> BTreeSet<String> {
        let all = self.patterns.iter().flat_map(|pattern| grants.expand(pattern));
        let prefixes: BTreeSet<_> = all.filter_map(|pattern| prefix(&pattern)).collect();
        let every = "queue#".to_owned();
        if prefixes.len() > PREFIXES_MAX || prefixes.contains(&every) {
            [every].into()
        } else {
            prefixes
        }
    }

    /// Rows that the viewer names and may see.
    pub(crate) fn named(&self, grants: &Grants) -> BTreeSet<RowKey> {
        let row = |name: &String| {
            let (subject, bucket) = name.rsplit_once('|')?;
            let meant = if self.every_name {
                grants.allow_subject(subject)
            } else {
                self.has(grants, subject)
            };
            let key = RowKey { subject: subject.parse().ok()?, bucket: bucket.parse().ok()? };
            meant.then_some(key)
        };
        self.have.keys().filter_map(row).collect()
    }
}

fn prefix(pattern: &Pattern) -> Option<String> {
    match pattern {
        Pattern::AnyQueue => Some("queue#".to_owned()),
        Pattern::Queue(queue) => Some(format!("queue#{queue}#")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_protocol::{Held, Queues};

    fn grants(queues: &[&str]) -> Grants {
        let queues: Vec<_> = queues.iter().map(|queue| (*queue).to_owned()).collect();
        Grants { queues: Queues::from_claim(&queues), agents: false }
    }

    fn patterns(texts: &[&str]) -> BTreeSet<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn have(names: &[&str]) -> Have {
        names.iter().map(|name| ((*name).to_owned(), Held::default())).collect()
    }

    #[test]
    fn now_four_intervals_and_the_day_are_shown() {
        let calendar = Calendar::new("Asia/Kathmandu", 15).unwrap();
        let shown = buckets(&calendar, Millis(1_778_594_562_000));
        let shown: Vec<_> = shown.iter().map(ToString::to_string).collect();
        let expected = [
            "now",
            "P1D#2026-05-12",
            "PT15M#2026-05-12T14:00:00Z",
            "PT15M#2026-05-12T13:45:00Z",
            "PT15M#2026-05-12T13:30:00Z",
            "PT15M#2026-05-12T13:15:00Z",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn wildcards_are_listed_by_what_the_token_allows() {
        let prefixes = |queues: &[&str], texts: &[&str]| -> Vec<String> {
            let (patterns, have) = (patterns(texts), Have::new());
            let wanted =
                Wanted { patterns: &patterns, range: (None, None), have: &have, every_name: true };
            wanted.prefixes(&grants(queues)).into_iter().collect()
        };
        assert_eq!(prefixes(&["*"], &["queue#*", "queue#a#*"]), ["queue#"]);
        assert_eq!(prefixes(&["a", "b"], &["queue#*"]), ["queue#a#", "queue#b#"]);
        assert_eq!(prefixes(&["a"], &["queue#b#*", "queue#a#voice"]), [""; 0]);
        let many: Vec<_> = (0..9).map(|n| n.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(prefixes(&many, &["queue#*"]), ["queue#"]);
    }

    #[test]
    fn only_rows_that_may_be_seen_can_be_named() {
        let names = ["queue#a#voice|now", "queue#b#voice|now", "agent#u#voice|now", "x", "|now"];
        let (patterns, have) = (patterns(&["queue#c#*"]), have(&names));
        let seen = |every_name| -> Vec<String> {
            let wanted =
                Wanted { patterns: &patterns, range: (None, None), have: &have, every_name };
            let rows = wanted.named(&grants(&["a", "c"]));
            rows.iter().map(|key| key.subject.to_string()).collect()
        };
        assert_eq!(seen(true), ["queue#a#voice"]);
        assert_eq!(seen(false), [""; 0]);
    }

    #[test]
    fn a_range_leaves_out_the_subjects_before_and_after_it() {
        let (patterns, have) = (patterns(&["queue#*"]), Have::new());
        let range = (Some("queue#b"), Some("queue#d"));
        let wanted = Wanted { patterns: &patterns, range, have: &have, every_name: true };
        let has = |subject| wanted.has(&grants(&["*"]), subject);
        assert!(has("queue#b#voice") && has("queue#c#voice"));
        assert!(!has("queue#a#voice") && !has("queue#d#voice"));
    }
}
