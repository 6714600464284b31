//! Packs rows into messages within API Gateway's limits.

use crate::catalog::Catalog;
use crate::server::{RowState, ServerMessage};
use crate::{FRAME_BYTES_MAX, MESSAGE_BYTES_MAX};
use headroom_requests::chunks;

const SNAPSHOT_TAIL: &str = r#"],"last":false}"#;
const SNAPSHOT_LAST_TAIL: &str = r#"],"last":true}"#;
const DELTAS_HEAD: &str = r#"{"type":"deltas","rows":["#;
const DELTAS_TAIL: &str = "]}";

/// Bytes that a message of the catalog has for queues: the rest is for its other fields, with the
/// levels of all media types.
const CATALOG_QUEUES_BYTES_MAX: usize = FRAME_BYTES_MAX - 4_096;

/// The frames of a snapshot, which answers request `id`, each of at most [`FRAME_BYTES_MAX`] bytes;
/// `last` is true in the last one. There is at least one frame, since a snapshot without rows is an
/// answer too.
///
/// A row takes one or two kilobytes. A row that is larger than a frame (a queue with hundreds of
/// metric names of its own) becomes a message of its own, which API Gateway splits.
pub fn snapshot_frames(id: u64, rows: &[RowState]) -> Result<Vec<String>, serde_json::Error> {
    let head = format!(r#"{{"type":"snapshot","id":{id},"rows":["#);
    let rows = rows.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let mut messages = pack(&rows, &head, SNAPSHOT_TAIL, FRAME_BYTES_MAX);
    let mut last = messages.pop().unwrap_or_else(|| [&head, SNAPSHOT_TAIL].concat());
    last.truncate(last.len() - SNAPSHOT_TAIL.len());
    last.push_str(SNAPSHOT_LAST_TAIL);
    messages.push(last);
    Ok(messages)
}

/// The messages of a catalog, each within a frame. There is at least one.
pub fn catalog_messages(id: Option<u64>, catalog: &Catalog) -> Vec<ServerMessage> {
    let bytes = |queue: &_| serde_json::to_string(queue).map_or(FRAME_BYTES_MAX, |json| json.len());
    let queues = catalog.queues.iter().cloned();
    let mut parts = chunks(queues, usize::MAX, CATALOG_QUEUES_BYTES_MAX, |queue| bytes(queue) + 1);
    if parts.is_empty() {
        parts.push(Vec::new());
    }
    let last = parts.len() - 1;
    let message = |(number, queues)| ServerMessage::Catalog {
        id,
        version: catalog.version.clone(),
        unchanged: false,
        service_levels: catalog.service_levels.clone(),
        queues,
        last: number == last,
    };
    parts.into_iter().enumerate().map(message).collect()
}

/// The messages with some deltas, each of which is JSON already: one message, unless it would be
/// larger than [`MESSAGE_BYTES_MAX`].
pub fn delta_messages<'a>(deltas: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    pack(deltas, DELTAS_HEAD, DELTAS_TAIL, MESSAGE_BYTES_MAX)
}

/// Joins rows by commas into messages of at most `bytes_max`, in their order.
fn pack<T: AsRef<str>>(
    rows: impl IntoIterator<Item = T>,
    head: &str,
    tail: &str,
    bytes_max: usize,
) -> Vec<String> {
    // Each row is counted with a comma, and the last one has none.
    let rows_max = bytes_max - head.len() - tail.len() + 1;
    let message = |rows: Vec<T>| {
        let rows: Vec<_> = rows.iter().map(AsRef::as_ref).collect();
        format!("{head}{}{tail}", rows.join(","))
    };
    let chunks = chunks(rows, usize::MAX, rows_max, |row| row.as_ref().len() + 1);
    chunks.into_iter().map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::CatalogQueue;
    use crate::{Delta, ServerMessage};
    use headroom_kpi::Computed;

    fn row(number: usize) -> RowState {
        RowState {
            subject: format!("queue#{number}#voice"),
            bucket: "now".into(),
            epoch: "e".into(),
            version: 1,
            at: "2026-05-12T14:02:42Z".into(),
            metrics: (0..number % 50).map(|n| (format!("nMetric{n}"), 1)).collect(),
            computed: Computed::default(),
            name: None,
        }
    }

    #[test]
    fn frames_hold_all_rows_in_order_and_stay_under_the_limit() {
        for count in [0, 1, 2, 100, 1_000] {
            let rows: Vec<_> = (0..count).map(row).collect();
            let frames = snapshot_frames(7, &rows).unwrap();
            let mut received = Vec::new();
            for (number, frame) in frames.iter().enumerate() {
                assert!(frame.len() <= FRAME_BYTES_MAX);
                let message = serde_json::from_str(frame).unwrap();
                let ServerMessage::Snapshot { id: Some(7), rows, last } = message else {
                    unreachable!()
                };
                assert_eq!(last, number + 1 == frames.len());
                received.extend(rows);
            }
            assert_eq!(received, rows);
        }
    }

    #[test]
    fn a_catalog_of_many_queues_has_several_frames() {
        for (count, frames) in [(0, 1), (1, 1), (2_000, 8)] {
            let queue = |n: usize| CatalogQueue {
                id: format!("{n:036}"),
                name: Some("x".repeat(50)),
                service_levels: [].into(),
            };
            let queues: Vec<_> = (0..count).map(queue).collect();
            let catalog = Catalog { version: "1".into(), queues, ..Catalog::default() };
            let messages = catalog_messages(Some(1), &catalog);
            assert_eq!(messages.len(), frames, "{count}");
            let mut received = Vec::new();
            for (number, message) in messages.into_iter().enumerate() {
                assert!(serde_json::to_string(&message).unwrap().len() <= FRAME_BYTES_MAX);
                let ServerMessage::Catalog { queues, last, .. } = message else { unreachable!() };
                assert_eq!(last, number + 1 == frames);
                received.extend(queues);
            }
            assert_eq!(received, catalog.queues);
        }
    }

    fn delta(number: usize, bytes: usize) -> Delta {
        let mut row = row(0);
        row.subject = format!("queue#{number}#{}", "x".repeat(bytes));
        Delta::since(0, &row, &std::collections::BTreeSet::new())
    }

    #[test]
    fn messages_hold_all_deltas_in_order_and_stay_under_the_limit() {
        for (count, bytes, expected) in [(0, 1, 0), (1, 1, 1), (100, 1_000, 1), (200, 1_500, 3)] {
            let deltas: Vec<_> = (0..count).map(|number| delta(number, bytes)).collect();
            let json: Vec<_> = deltas.iter().map(|d| serde_json::to_string(d).unwrap()).collect();
            let messages = delta_messages(json.iter().map(String::as_str));
            assert_eq!(messages.len(), expected);
            let mut received = Vec::new();
            for message in messages {
                assert!(message.len() <= MESSAGE_BYTES_MAX);
                let message = serde_json::from_str(&message).unwrap();
                let ServerMessage::Deltas { rows } = message else { unreachable!() };
                received.extend(rows);
            }
            assert_eq!(received, deltas);
        }
    }
}
