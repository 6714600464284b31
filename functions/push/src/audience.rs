//! Who gets which rows.

use crate::deltas::Written;
use futures_util::{StreamExt, TryStreamExt, stream};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_protocol::Pattern;
use headroom_viewers::{Connections, Subscriber};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Reads of subscribers under way at once.
const READS_AT_ONCE: usize = 32;

/// Rows by the patterns that cover them.
pub(crate) type Covered = BTreeMap<Pattern, Vec<usize>>;

/// Connections that get the same rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) rows: Vec<usize>,
    pub(crate) recipients: Vec<Recipient>,
}

/// A connection that gets rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recipient {
    pub(crate) connection: String,
    pub(crate) until: Millis,
    /// The patterns under which it was found.
    pub(crate) found: Arc<[Pattern]>,
}

/// Which patterns cover which rows.
pub(crate) fn covered(deltas: &[Written]) -> Covered {
    let mut covered = Covered::new();
    for (row, delta) in deltas.iter().enumerate() {
        for pattern in Pattern::covering(&delta.subject) {
            covered.entry(pattern).or_default().push(row);
        }
    }
    covered
}

/// The subscribers of patterns, each pattern read once, consistently.
pub(crate) async fn subscribers(
    connections: &Connections,
    covered: &Covered,
) -> Result<Vec<(Pattern, Vec<Subscriber>)>, StoreError> {
    let read = async |pattern: &Pattern| {
        let subscribers = connections.subscribers(pattern).await?;
        Ok((pattern.clone(), subscribers))
    };
    let reads: Vec<_> = covered.keys().map(read).collect();
    stream::iter(reads).buffered(READS_AT_ONCE).try_collect().await
}

/// Brings together the connections that get the same rows.
pub(crate) fn groups(
    covered: &Covered,
    subscribers: Vec<(Pattern, Vec<Subscriber>)>,
) -> Vec<Group> {
    let mut groups = BTreeMap::<Vec<usize>, Vec<Recipient>>::new();
    for (patterns, subscribers) in by_patterns(subscribers) {
        let rows = patterns.iter().filter_map(|pattern| covered.get(pattern)).flatten();
        let rows: BTreeSet<usize> = rows.copied().collect();
        let found: Arc<[Pattern]> = patterns.into();
        let recipients = groups.entry(rows.into_iter().collect()).or_default();
        recipients.extend(subscribers.into_iter().map(|Subscriber { connection, until }| {
            Recipient { connection, until, found: Arc::clone(&found) }
        }));
    }
    groups.into_iter().map(|(rows, recipients)| Group { rows, recipients }).collect()
}

/// Connections by all the patterns under which they were found: most viewers watch the same.
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

    fn subscribers(found: &[(&str, &[&str])]) -> Vec<(Pattern, Vec<Subscriber>)> {
        let subscriber = |connection: &&str| Subscriber {
            connection: (*connection).to_owned(),
            until: Millis(0),
        };
        let each = |(text, connections): &(&str, &[&str])| {
            (pattern(text), connections.iter().map(subscriber).collect())
        };
        found.iter().map(each).collect()
    }

    #[test]
    fn those_who_get_the_same_rows_are_together_however_they_were_found() {
        let covered = Covered::from([
            (Pattern::AnyQueue, vec![0, 1, 2]),
            (pattern("queue#a#*"), vec![0, 1]),
            (pattern("queue#a#voice"), vec![0]),
            (pattern("queue#b#voice"), vec![2]),
        ]);
        let found = subscribers(&[
            ("queue#*", &["all"]),
            ("queue#a#*", &["a", "a and b"]),
            ("queue#a#voice", &["voice", "a"]),
            ("queue#b#voice", &["a and b"]),
        ]);
        let groups: Vec<_> = groups(&covered, found)
            .into_iter()
            .map(|group| {
                let names = group.recipients.into_iter().map(|recipient| recipient.connection);
                (group.rows, names.collect::<BTreeSet<_>>())
            })
            .collect();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let expected = [
            (vec![0], names(&["voice"])),
            (vec![0, 1], names(&["a"])),
            (vec![0, 1, 2], names(&["all", "a and b"])),
        ];
        assert_eq!(groups, expected);
    }
}
