//! The requests of a viewer about its rows.

use crate::digest::{BucketVersions, interval_span_ms, subject_digest};
use crate::versions::split_row_name;
use crate::{
    BUCKETS_MAX, ClientMessage, DIGEST_SPAN_MS_MAX, FRAME_BYTES_MAX, KnownVersion, KnownVersions,
    ROWS_MAX, View,
};
use headroom_kpi::Bucket;
use headroom_requests::chunks;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that a `subscribe` has for `subjects` and `have`.
const SUBSCRIBE_BYTES_MAX: usize = FRAME_BYTES_MAX - 256;

/// Bytes that a `verify` has for rows: the rest is for its other fields, with two subjects of 128
/// letters.
const ROWS_BYTES_MAX: usize = FRAME_BYTES_MAX - 2_048;

/// A digest's bytes in `digests`, without its subject.
const DIGEST_BYTES: usize = r#""0123456789abcdef":,"#.len();

/// Rows of the same subject, or of consecutive subjects.
type Rows = Vec<(String, KnownVersion)>;

/// A subscription that fits into a frame. Rows for which there is no room are left out and come
/// whole. Stale rows are listed first, since the server does not send old buckets that are not
/// listed.
pub(crate) fn subscribe_request(
    id: u64,
    subjects: &[String],
    known_versions: KnownVersions,
    waits: bool,
) -> ClientMessage {
    let mut rows: Vec<_> = known_versions.into_iter().collect();
    rows.sort_by_key(|(_, version)| *version != KnownVersion::default());
    let mut bytes = json_bytes(&subjects);
    let fits = |row: &(String, KnownVersion)| {
        bytes += row_bytes(row);
        bytes <= SUBSCRIBE_BYTES_MAX
    };
    let known_versions = rows.into_iter().take_while(fits).collect();
    ClientMessage::Subscribe { id, subjects: subjects.to_vec(), known_versions, waits }
}

impl View {
    /// The requests that verify all rows, numbered from `first_id`, each within the limit of a
    /// frame. Each covers the range of subjects from where the one before ended. Send them spread
    /// over time, since the answers may be large.
    pub(crate) fn verify_requests(&self, first_id: u64) -> Vec<ClientMessage> {
        let request = |index: u64, rows: Rows, (from, to): Range| ClientMessage::Verify {
            id: first_id + index,
            known_versions: Some(rows.into_iter().collect()),
            digests: None,
            buckets: Vec::new(),
            from,
            to,
            catalog: None,
        };
        in_ranges(split(self.known_versions()), |(name, _)| subject(name), request)
    }

    /// The same by digests. None if there are more buckets than such a request takes.
    pub(crate) fn digest_requests(
        &self,
        first_id: u64,
        catalog: Option<&str>,
    ) -> Option<Vec<ClientMessage>> {
        let mut subjects = BTreeMap::<String, BucketVersions>::new();
        let mut buckets = BTreeSet::new();
        for (name, version) in self.known_versions() {
            let (subject, bucket) = split_row_name(&name)?;
            buckets.insert(bucket.to_owned());
            subjects.entry(subject.to_owned()).or_default().insert(bucket.to_owned(), version);
        }
        if !fit_into_digests(&buckets) {
            return None;
        }
        let digests =
            subjects.iter().map(|(subject, rows)| (subject.clone(), subject_digest(rows)));
        let digest_bytes = |(subject, _): &(String, String)| json_bytes(subject) + DIGEST_BYTES;
        let parts = chunks(
            digests,
            ROWS_MAX / buckets.len().max(1),
            ROWS_BYTES_MAX - json_bytes(&buckets),
            digest_bytes,
        );
        let request = |index: u64, part: Vec<_>, (from, to): Range| ClientMessage::Verify {
            id: first_id + index,
            known_versions: None,
            digests: Some(part.into_iter().collect()),
            buckets: buckets.iter().cloned().collect(),
            from,
            to,
            catalog: catalog.filter(|_| index == 0).map(str::to_owned),
        };
        Some(in_ranges(parts, |(subject, _)| subject, request))
    }
}

/// The first subject of a range, and the first one after it.
type Range = (Option<String>, Option<String>);

/// A request for each part, at least one, by its index and the range of its subjects. The ranges
/// adjoin; the first has no beginning and the last no end.
fn in_ranges<T>(
    mut parts: Vec<Vec<T>>,
    subject: impl Fn(&T) -> &str,
    request: impl Fn(u64, Vec<T>, Range) -> ClientMessage,
) -> Vec<ClientMessage> {
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let start = |part: &Vec<T>| part.first().map(|first| subject(first).to_owned());
    let starts: Vec<_> = parts.iter().skip(1).map(start).collect();
    let ranges = [None].into_iter().chain(starts.clone()).zip(starts.into_iter().chain([None]));
    let requests = (0..).zip(parts.into_iter().zip(ranges));
    requests.map(|(index, (part, range))| request(index, part, range)).collect()
}

/// Whether digests may be about these buckets.
fn fit_into_digests(names: &BTreeSet<String>) -> bool {
    let buckets: Result<Vec<Bucket>, _> = names.iter().map(|name| name.parse()).collect();
    names.len() <= BUCKETS_MAX
        && buckets.is_ok_and(|buckets| interval_span_ms(&buckets) < DIGEST_SPAN_MS_MAX)
}

/// Splits rows into parts for one request each. The rows of a subject stay together, unless they need
/// more than one request.
fn split(versions: KnownVersions) -> Vec<Rows> {
    let mut groups = Vec::new();
    for rows in by_subject(versions).into_values() {
        groups.extend(chunks(rows, usize::MAX, ROWS_BYTES_MAX, row_bytes));
    }
    let group_bytes = |rows: &Rows| rows.iter().map(row_bytes).sum();
    let parts = chunks(groups, usize::MAX, ROWS_BYTES_MAX, group_bytes);
    parts.iter().map(|part| part.concat()).collect()
}

/// Rows by subject. The order of subjects is not that of row names, since `|` sorts after letters.
fn by_subject(versions: KnownVersions) -> BTreeMap<String, Rows> {
    let mut subjects = BTreeMap::<_, Rows>::new();
    for (name, version) in versions {
        subjects.entry(subject(&name).to_owned()).or_default().push((name, version));
    }
    subjects
}

fn subject(name: &str) -> &str {
    split_row_name(name).map_or(name, |(subject, _)| subject)
}

/// A row's bytes in `have`, with colon and comma.
fn row_bytes((name, version): &(String, KnownVersion)) -> usize {
    json_bytes(name) + json_bytes(version) + 2
}

fn json_bytes(value: &impl Serialize) -> usize {
    serde_json::to_string(value).map_or(FRAME_BYTES_MAX, |json| json.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Delta, RowState, ServerMessage};
    use headroom_kpi::Computed;

    fn bucket(number: usize) -> String {
        let start =
            headroom_kpi::Millis(1_778_594_400_000 + 1_800_000 * i64::try_from(number).unwrap());
        Bucket::Interval { minutes: 30, start }.to_string()
    }

    fn view(subjects: usize, buckets: usize) -> View {
        let row = |n: usize| {
            let state = RowState {
                subject: format!("queue#{:>036}#voice", n / buckets),
                bucket: bucket(n % buckets),
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
                let ClientMessage::Verify {
                    known_versions: Some(known_versions), from, to, ..
                } = message
                else {
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

    #[test]
    fn every_subject_has_one_digest_and_the_ranges_adjoin() {
        for (subjects, buckets, count) in [(0, 1, 1), (600, 6, 2), (2_000, 6, 5), (300, 96, 3)] {
            let view = view(subjects, buckets);
            let requests = view.digest_requests(7, Some("c")).unwrap();
            assert_eq!(requests.len(), count);
            let (mut listed, mut end) = (BTreeSet::new(), None);
            for (id, message) in (7..).zip(requests) {
                let text = serde_json::to_string(&message).unwrap();
                assert_eq!(ClientMessage::parse(&text).as_ref(), Ok(&message));
                let ClientMessage::Verify { digests: Some(digests), buckets, from, to, .. } =
                    message
                else {
                    unreachable!()
                };
                assert!(digests.len() * buckets.len() <= ROWS_MAX);
                assert_eq!(from, end);
                assert!(digests.keys().all(|s| from.as_ref().is_none_or(|from| s >= from)), "{id}");
                assert!(digests.keys().all(|s| to.as_ref().is_none_or(|to| s < to)), "{id}");
                listed.extend(digests.into_keys());
                end = to;
            }
            assert_eq!((listed.len(), end), (subjects, None));
        }
    }

    #[test]
    fn digests_are_not_about_more_buckets_than_the_server_takes() {
        assert!(view(1, 96).digest_requests(1, None).is_some());
        assert!(view(1, 97).digest_requests(1, None).is_none(), "more than 48 hours");
        let mut versions = View::default();
        versions.apply(ServerMessage::Deltas { rows: vec![] });
        assert!(versions.digest_requests(1, None).is_some());
    }

    #[test]
    fn a_subscription_fits_into_a_frame_and_lists_stale_rows_first() {
        let mut versions = KnownVersions::new();
        for version in 1..1_000 {
            let name = format!("queue#{version:>036}#voice|PT30M#2026-05-12T07:00:00Z");
            versions.insert(name, KnownVersion { epoch: "1.1778594562000".into(), version });
        }
        versions.insert("queue#z#voice|now".into(), KnownVersion::default());
        let message = subscribe_request(1, &["queue#*".into()], versions, false);
        let text = serde_json::to_string(&message).unwrap();
        assert!(text.len() > FRAME_BYTES_MAX - 1_000, "{}", text.len());
        assert_eq!(ClientMessage::parse(&text).as_ref(), Ok(&message));
        let ClientMessage::Subscribe { known_versions, .. } = message else { unreachable!() };
        assert_eq!(known_versions.get("queue#z#voice|now"), Some(&KnownVersion::default()));
    }
}
