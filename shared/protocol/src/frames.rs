//! Snapshots in frames under the limit.

use crate::FRAME_BYTES_MAX;
use crate::server::RowState;

const HEAD: &str = r#"{"type":"snapshot","rows":["#;
const TAIL: &str = r#"],"last":false}"#;

/// The frames of a snapshot, each at most [`FRAME_BYTES_MAX`] long, `last` on the last one. There
/// is always one: no rows are an answer too.
///
/// A row takes a kilobyte or two. One that is larger than a frame all the same (200 new metric
/// names, 64 letters each, two sums each) has a message of its own, which the gateway splits.
pub fn snapshot_frames(rows: &[RowState]) -> Result<Vec<String>, serde_json::Error> {
    let mut frames = Vec::new();
    let mut frame = HEAD.to_owned();
    for row in rows {
        let row = serde_json::to_string(row)?;
        let empty = frame.len() == HEAD.len();
        if !empty && frame.len() + 1 + row.len() + TAIL.len() > FRAME_BYTES_MAX {
            frames.push(std::mem::replace(&mut frame, HEAD.to_owned()) + TAIL);
        } else if !empty {
            frame.push(',');
        }
        frame.push_str(&row);
    }
    frames.push(frame + r#"],"last":true}"#);
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServerMessage;
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
        }
    }

    #[test]
    fn frames_hold_all_rows_in_order_and_stay_under_the_limit() {
        for count in [0, 1, 2, 100, 1_000] {
            let rows: Vec<_> = (0..count).map(row).collect();
            let frames = snapshot_frames(&rows).unwrap();
            let mut seen = Vec::new();
            for (number, frame) in frames.iter().enumerate() {
                assert!(frame.len() <= FRAME_BYTES_MAX);
                let message = serde_json::from_str(frame).unwrap();
                let ServerMessage::Snapshot { rows, last } = message else { unreachable!() };
                assert_eq!(last, number + 1 == frames.len());
                seen.extend(rows);
            }
            assert_eq!(seen, rows);
        }
    }
}
