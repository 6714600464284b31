//! Changes as viewers get them.

use crate::changes::Change;
use headroom_kpi::{Measure, Millis, RowKey};
use headroom_protocol::{Delta, MESSAGE_BYTES_MAX, Presentation};
use std::collections::BTreeMap;

/// A row's delta, written once for whoever gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) at: Millis,
    json: String,
}

/// The deltas of changes, written.
pub(crate) fn write(
    changes: &BTreeMap<RowKey, Change>,
    presentation: &Presentation,
) -> Result<Vec<Written>, serde_json::Error> {
    let write = |(key, change): (&RowKey, &Change)| {
        let after = &change.after;
        let state = presentation.row(key, &after.row, after.epoch, change.at);
        let base = change.before.as_ref().map_or(0, |before| before.row.version);
        let shown = change.touched.iter().filter_map(Measure::public_name);
        let touched = shown.map(|(name, part)| format!("{name}{part}")).collect();
        let json = serde_json::to_string(&Delta::of(base, &state, &touched))?;
        Ok(Written { subject: state.subject, at: change.at, json })
    };
    changes.iter().map(write).collect()
}

const HEAD: &str = r#"{"type":"deltas","rows":["#;
const TAIL: &str = "]}";

/// The messages that hold some of the deltas: one, unless API Gateway does not take it as one.
pub(crate) fn messages(deltas: &[Written], rows: &[usize]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut message = HEAD.to_owned();
    for Written { json, .. } in rows.iter().filter_map(|row| deltas.get(*row)) {
        let empty = message.len() == HEAD.len();
        if !empty && message.len() + 1 + json.len() + TAIL.len() > MESSAGE_BYTES_MAX {
            messages.push(std::mem::replace(&mut message, HEAD.to_owned()) + TAIL);
        } else if !empty {
            message.push(',');
        }
        message.push_str(json);
    }
    messages.push(message + TAIL);
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_protocol::ServerMessage;

    fn delta(number: usize, bytes: usize) -> Written {
        let delta = Delta {
            subject: format!("queue#{number}#{}", "x".repeat(bytes)),
            bucket: "now".into(),
            epoch: "1.7".into(),
            base: 1,
            version: 2,
            at: String::new(),
            set: BTreeMap::new(),
            unset: vec![],
            computed: headroom_kpi::Computed::default(),
        };
        let json = serde_json::to_string(&delta).unwrap();
        Written { subject: delta.subject, at: Millis(0), json }
    }

    #[test]
    fn messages_hold_the_rows_in_order_and_stay_under_the_limit() {
        for (count, bytes, expected) in [(1, 1, 1), (100, 1_000, 1), (200, 1_500, 3)] {
            let deltas: Vec<_> = (0..count).map(|number| delta(number, bytes)).collect();
            let rows: Vec<_> = (0..count).step_by(2).chain((1..count).step_by(2)).collect();
            let messages = messages(&deltas, &rows);
            assert_eq!(messages.len(), expected);
            let mut subjects = Vec::new();
            for message in messages {
                assert!(message.len() <= MESSAGE_BYTES_MAX);
                let message = serde_json::from_str(&message).unwrap();
                let ServerMessage::Deltas { rows } = message else { unreachable!() };
                subjects.extend(rows.into_iter().map(|row| row.subject));
            }
            let asked: Vec<_> = rows.iter().map(|row| deltas[*row].subject.clone()).collect();
            assert_eq!(subjects, asked);
        }
    }
}
