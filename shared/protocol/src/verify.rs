//! Requests that verify all rows of a viewer.

use crate::client::split_row_name;
use crate::{ClientMessage, FRAME_BYTES_MAX, KnownVersion, KnownVersions, View};
use headroom_requests::chunks;
use std::collections::BTreeMap;

/// Bytes that a `verify` has for rows: the rest is for its other fields, with two subjects of 128
/// letters.
const ROWS_BYTES_MAX: usize = FRAME_BYTES_MAX - 2_048;

/// Bytes that a row takes besides its texts: a version of 20 digits, and the names of the fields.
const ROW_OVERHEAD_BYTES: usize = 64;

/// Rows of the same subject, or of consecutive subjects.
type Rows = Vec<(String, KnownVersion)>;

impl View {
    /// The requests that verify all rows, numbered from `first_id`, each within the limit of a
    /// frame. Each covers the range of subjects from where the one before ended. Send them spread
    /// over time, since the answers may be large.
    pub fn verify_requests(&self, first_id: u64) -> Vec<ClientMessage> {
        let parts = split(self.known_versions());
        let starts: Vec<_> = parts.iter().map(|(subject, _)| subject.clone()).collect();
        let mut requests = Vec::new();
        for (id, (index, (subject, rows))) in (first_id..).zip(parts.into_iter().enumerate()) {
            requests.push(ClientMessage::Verify {
                id,
                known_versions: rows.into_iter().collect(),
                from: if index == 0 { None } else { Some(subject) },
                to: starts.get(index + 1).cloned(),
            });
        }
        requests
    }
}

/// Splits rows into parts for one request each, each with its first subject. There is at least one
/// part. The rows of a subject stay together, unless they need more than one request.
fn split(versions: KnownVersions) -> Vec<(String, Rows)> {
    let mut groups = Vec::new();
    for (subject, rows) in by_subject(versions) {
        for rows in chunks(rows, usize::MAX, ROWS_BYTES_MAX, row_bytes) {
            groups.push((subject.clone(), rows));
        }
    }
    let group_bytes = |(_, rows): &(String, Rows)| rows.iter().map(row_bytes).sum();
    let mut parts = Vec::new();
    for groups in chunks(groups, usize::MAX, ROWS_BYTES_MAX, group_bytes) {
        let subject = groups.first().map(|(subject, _)| subject.clone()).unwrap_or_default();
        parts.push((subject, groups.into_iter().flat_map(|(_, rows)| rows).collect()));
    }
    if parts.is_empty() {
        parts.push((String::new(), Rows::new()));
    }
    parts
}

/// Rows by subject. The order of subjects is not that of row names, since `|` sorts after letters.
fn by_subject(versions: KnownVersions) -> BTreeMap<String, Rows> {
    let mut subjects = BTreeMap::<_, Rows>::new();
    for (name, version) in versions {
        let subject = split_row_name(&name).map_or(name.as_str(), |(subject, _)| subject);
        subjects.entry(subject.to_owned()).or_default().push((name, version));
    }
    subjects
}

/// An upper bound of a row's size. JSON may write a byte as six (`\u0000`); nearly all texts are
/// plain, so this is assumed only of those that are not.
fn row_bytes((name, version): &(String, KnownVersion)) -> usize {
    json_bytes(name) + json_bytes(&version.epoch) + ROW_OVERHEAD_BYTES
}

fn json_bytes(text: &str) -> usize {
    let plain = text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\');
    if plain { text.len() } else { text.len() * 6 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Delta, RowState, ServerMessage};
    use headroom_kpi::Computed;

    fn view(subjects: usize, buckets: usize) -> View {
        let row = |n: usize| {
            let state = RowState {
                subject: format!("queue#{:>036}#voice", n / buckets),
                bucket: format!("PT30M#{}", n % buckets),
                epoch: "1.1778594562000".into(),
                version: 1,
                at: String::new(),
                metrics: BTreeMap::new(),
                computed: Computed::default(),
                name: None,
            };
            Delta::between(None, &state)
        };
        let mut view = View::default();
        view.apply(ServerMessage::Deltas { rows: (0..subjects * buckets).map(row).collect() });
        view
    }

    #[test]
    fn every_row_is_listed_once_and_the_ranges_adjoin() {
        for (subjects, buckets) in [(0, 1), (1, 1), (300, 6), (2, 500)] {
            let view = view(subjects, buckets);
            let mut listed = KnownVersions::new();
            let mut end = None;
            for (id, message) in (7..).zip(view.verify_requests(7)) {
                let text = serde_json::to_string(&message).unwrap();
                assert_eq!(ClientMessage::parse(&text).as_ref(), Ok(&message));
                assert_eq!(message.id(), id);
                let ClientMessage::Verify { known_versions, from, to, .. } = message else {
                    unreachable!()
                };
                assert_eq!(from, end);
                assert!(id == 7 || !known_versions.is_empty());
                for name in known_versions.keys().filter(|_| buckets < 500) {
                    assert!(from.as_ref().is_none_or(|from| name >= from), "{name}");
                    assert!(to.as_ref().is_none_or(|to| name < to), "{name}");
                }
                listed.extend(known_versions);
                end = to;
            }
            assert_eq!((listed, end), (view.known_versions(), None));
        }
    }
}
