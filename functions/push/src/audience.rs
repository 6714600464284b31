//! Which connections get which rows.

use crate::deltas::EncodedDelta;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_protocol::{Histograms, Pattern};
use headroom_viewers::{Connections, Subscriber};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Concurrent reads of subscribers.
const CONCURRENT_READS: usize = 32;

/// Indexes of deltas, by the patterns that cover their rows.
pub(crate) type RowsByPattern = BTreeMap<Pattern, Vec<usize>>;

/// Connections that get the same rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Indexes of deltas.
    pub(crate) rows: Vec<usize>,
    /// Whether they get them with their wait histograms.
    pub(crate) histograms: Histograms,
    pub(crate) recipients: Vec<Recipient>,
}

impl Group {
    pub(crate) fn has_histograms(&self) -> bool {
        self.histograms == Histograms::Present
    }
}

/// A connection that gets rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) connection: String,
    /// When its token expires.
    pub(crate) until: Millis,
    /// The patterns under which its subscriptions were found.
    pub(crate) matched_patterns: Arc<[Pattern]>,
}

pub(crate) fn rows_by_pattern(deltas: &[EncodedDelta]) -> RowsByPattern {
    let mut rows = RowsByPattern::new();
    for (index, delta) in deltas.iter().enumerate() {
        for pattern in Pattern::covering(&delta.subject) {
            rows.entry(pattern).or_default().push(index);
        }
    }
    rows
}

/// Reads the subscribers of each pattern, with strong consistency.
pub(crate) async fn read_subscribers(
    connections: &Connections,
    rows_by_pattern: &RowsByPattern,
) -> Result<Vec<(Pattern, Vec<Subscriber>)>, StoreError> {
    let read = async |pattern: &Pattern| {
        let subscribers = connections.subscribers(pattern).await?;
        Ok((pattern.clone(), subscribers))
    };
    let reads: Vec<_> = rows_by_pattern.keys().map(read).collect();
    stream::iter(reads).buffered(CONCURRENT_READS).try_collect().await
}

/// Groups the connections that get the same rows.
pub(crate) fn group(
    rows_by_pattern: &RowsByPattern,
    subscribers: Vec<(Pattern, Vec<Subscriber>)>,
) -> Vec<Group> {
    let mut groups = BTreeMap::<(Vec<usize>, Histograms), Vec<Recipient>>::new();
    for (patterns, subscribers) in by_patterns(subscribers) {
        let mut rows = BTreeSet::new();
        for pattern in &patterns {
            rows.extend(rows_by_pattern.get(pattern).into_iter().flatten().copied());
        }
        let matched_patterns: Arc<[Pattern]> = patterns.into();
        let rows: Vec<_> = rows.into_iter().collect();
        for Subscriber { connection, until, histograms } in subscribers {
            let matched_patterns = Arc::clone(&matched_patterns);
            let recipients = groups.entry((rows.clone(), histograms)).or_default();
            recipients.push(Recipient { connection, until, matched_patterns });
        }
    }
    let group = |((rows, histograms), recipients)| Group { rows, histograms, recipients };
    groups.into_iter().map(group).collect()
}

/// Groups connections by all patterns under which they were found. There are few groups, since most
/// viewers watch the same.
fn by_patterns(
    subscribers: Vec<(Pattern, Vec<Subscriber>)>,
) -> BTreeMap<Vec<Pattern>, Vec<Subscriber>> {
    let mut patterns_of = HashMap::<Subscriber, Vec<Pattern>>::new();
    for (pattern, subscribers) in subscribers {
        for subscriber in subscribers {
            patterns_of.entry(subscriber).or_default().push(pattern.clone());
        }
    }
    let mut by_patterns = BTreeMap::<_, Vec<_>>::new();
    for (subscriber, patterns) in patterns_of {
        by_patterns.entry(patterns).or_default().push(subscriber);
    }
    by_patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        text.parse().unwrap()
    }

    fn subscribers(connections: &[(&str, &[&str])]) -> Vec<(Pattern, Vec<Subscriber>)> {
        let subscriber = |connection: &&str| Subscriber {
            connection: (*connection).to_owned(),
            until: Millis(0),
            histograms: if *connection == "a" { Histograms::Present } else { Histograms::Absent },
        };
        let each = |(text, connections): &(&str, &[&str])| {
            (pattern(text), connections.iter().map(subscriber).collect())
        };
        connections.iter().map(each).collect()
    }

    #[test]
    fn connections_that_get_the_same_share_a_group_whatever_their_patterns() {
        let rows_by_pattern = RowsByPattern::from([
            (Pattern::AnyQueue, vec![0, 1, 2]),
            (pattern("queue#a#*"), vec![0, 1]),
            (pattern("queue#a#voice"), vec![0]),
            (pattern("queue#b#voice"), vec![2]),
        ]);
        let subscribers = subscribers(&[
            ("queue#*", &["all"]),
            ("queue#a#*", &["a", "a and b"]),
            ("queue#a#voice", &["voice", "a"]),
            ("queue#b#voice", &["a and b"]),
        ]);
        let groups: Vec<_> = group(&rows_by_pattern, subscribers)
            .into_iter()
            .map(|group| {
                let names = group.recipients.into_iter().map(|recipient| recipient.connection);
                (group.rows, group.histograms, names.collect::<BTreeSet<_>>())
            })
            .collect();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected = [
            (vec![0], Histograms::Absent, names(&["voice"])),
            (vec![0, 1], Histograms::Present, names(&["a"])),
            (vec![0, 1, 2], Histograms::Absent, names(&["all", "a and b"])),
        ];
        assert_eq!(groups, expected);
    }
}
