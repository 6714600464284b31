//! Requests that wait for an answer.

use headroom_protocol::{ClientMessage, FRAME_BYTES_MAX, Have, Held};
use std::time::Instant;

/// What `have` leaves of a frame for the other fields.
const REST_BYTES: usize = 256;

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Subscribe,
    Verify,
    Ping,
}

/// A request without an answer. There is one at a time, since snapshots do not say what they
/// answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) id: u64,
    pub(super) request: Request,
    pub(super) sent: Instant,
    /// The rows that it names.
    pub(super) keys: Vec<String>,
}

impl Awaited {
    pub(super) fn new(request: Request, message: &ClientMessage, sent: Instant) -> Self {
        let keys = match message {
            ClientMessage::Subscribe { have, .. } | ClientMessage::Verify { have, .. } => {
                have.keys().cloned().collect()
            }
            _ => Vec::new(),
        };
        Self { id: message.id(), request, sent, keys }
    }
}

/// A subscription that fits into a frame. Rows that have no room in `have` come whole; those that
/// are wanted whole go first, since old ones do not come unless they are named.
pub(super) fn subscribe(id: u64, subjects: &[String], have: Have) -> ClientMessage {
    let listed: usize = subjects.iter().map(|subject| json_bytes(subject) + 1).sum();
    let mut room = FRAME_BYTES_MAX.saturating_sub(REST_BYTES + listed);
    let mut rows: Vec<_> = have.into_iter().collect();
    rows.sort_by_key(|(_, held)| *held != Held::default());
    rows.retain(|row| {
        let bytes = json_bytes(&row.0) + json_bytes(&row.1) + 2;
        let fits = bytes <= room;
        room = if fits { room - bytes } else { 0 };
        fits
    });
    ClientMessage::Subscribe { id, subjects: subjects.to_vec(), have: rows.into_iter().collect() }
}

fn json_bytes(value: &impl serde::Serialize) -> usize {
    serde_json::to_string(value).map_or(FRAME_BYTES_MAX, |text| text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_fits_into_a_frame_and_names_stale_rows_first() {
        let held = |n: u64| Held { epoch: "1.1778594562000".into(), version: n };
        let row = |n: u64| (format!("queue#{n:>036}#voice|PT30M#2026-05-12T07:00:00Z"), held(n));
        let mut have: Have = (1..1_000).map(row).collect();
        have.insert("queue#z#voice|now".into(), Held::default());
        let message = subscribe(1, &["queue#*".into()], have);
        let text = serde_json::to_string(&message).unwrap();
        assert!(text.len() > FRAME_BYTES_MAX - 1_000, "{}", text.len());
        assert_eq!(ClientMessage::read(&text).as_ref(), Ok(&message));
        let ClientMessage::Subscribe { have, .. } = message else { unreachable!() };
        assert_eq!(have.get("queue#z#voice|now"), Some(&Held::default()));
    }
}
