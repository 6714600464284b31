//! Verifying all that a viewer holds.

use crate::{ClientMessage, FRAME_BYTES_MAX, Have, Held, View};
use std::collections::BTreeMap;

/// What a message has for `have`, besides its fields and two subjects of 128 letters.
const ROOM_BYTES: usize = FRAME_BYTES_MAX - 2_048;

/// What a row takes besides its texts: a version of 20 digits, and the names of the fields.
const ROW_BYTES: usize = 64;

/// Rows of one subject, by `<subject>|<bucket>`.
type Rows = Vec<(String, Held)>;

impl View {
    /// Asks whether all that is held is still it, in requests under the limit of a frame, numbered
    /// from `first`. Each covers the subjects from where the one before ended. Send them spread
    /// over time: the answers may be large.
    pub fn verify(&self, first: u64) -> Vec<ClientMessage> {
        let parts = parts(self.have());
        let starts: Vec<_> = parts.iter().map(|(subject, _)| subject.clone()).collect();
        let request = |(number, (subject, rows)): (usize, (String, Rows))| ClientMessage::Verify {
            id: first + number as u64,
            have: rows.into_iter().collect(),
            from: (number > 0).then_some(subject),
            to: starts.get(number + 1).cloned(),
        };
        parts.into_iter().enumerate().map(request).collect()
    }
}

/// Rows that fit into a message, each with its first subject; at least one. A subject is divided
/// only if it does not fit alone.
fn parts(have: Have) -> Vec<(String, Rows)> {
    let (mut parts, mut bytes) = (vec![(String::new(), Rows::new())], 0);
    for (subject, rows) in by_subject(have) {
        let whole = bytes + rows.iter().map(row_bytes).sum::<usize>() <= ROOM_BYTES;
        for (number, row) in rows.into_iter().enumerate() {
            let fits = if number == 0 { whole } else { bytes + row_bytes(&row) <= ROOM_BYTES };
            if bytes > 0 && !fits {
                parts.push((subject.clone(), Rows::new()));
                bytes = 0;
            }
            bytes += row_bytes(&row);
            if let Some((_, part)) = parts.last_mut() {
                part.push(row);
            }
        }
    }
    parts
}

/// In the order of the subjects, which is not that of the keys: `|` comes after letters.
fn by_subject(have: Have) -> BTreeMap<String, Rows> {
    let mut subjects = BTreeMap::<_, Rows>::new();
    for (key, held) in have {
        let subject = key.rsplit_once('|').map_or(key.as_str(), |(subject, _)| subject);
        subjects.entry(subject.to_owned()).or_default().push((key, held));
    }
    subjects
}

/// Every byte may be written as six: `\u0000`. Ids are nearly always letters, so that is only
/// counted where it can be.
fn row_bytes((key, held): &(String, Held)) -> usize {
    let plain = |text: &str| text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\');
    let bytes = |text: &str| if plain(text) { text.len() } else { text.len() * 6 };
    bytes(key) + bytes(&held.epoch) + ROW_BYTES
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
            };
            Delta::between(None, &state)
        };
        let mut view = View::default();
        view.apply(ServerMessage::Deltas { rows: (0..subjects * buckets).map(row).collect() });
        view
    }

    #[test]
    fn everything_is_named_once_and_the_ranges_meet() {
        for (subjects, buckets) in [(0, 1), (1, 1), (300, 6), (2, 500)] {
            let view = view(subjects, buckets);
            let (mut named, mut end) = (Have::new(), None);
            for (number, message) in view.verify(7).into_iter().enumerate() {
                let text = serde_json::to_string(&message).unwrap();
                assert_eq!(ClientMessage::read(&text).as_ref(), Ok(&message));
                let ClientMessage::Verify { id, have, from, to } = message else { unreachable!() };
                assert_eq!((id, &from), (7 + number as u64, &end));
                assert!(number == 0 || !have.is_empty());
                for key in have.keys().filter(|_| buckets < 500) {
                    assert!(from.as_ref().is_none_or(|from| key >= from), "{key}");
                    assert!(to.as_ref().is_none_or(|to| key < to), "{key}");
                }
                named.extend(have);
                end = to;
            }
            assert_eq!((named, end), (view.have(), None));
        }
    }
}
