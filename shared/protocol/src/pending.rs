//! A viewer's request that waits for its response.

use crate::{ClientMessage, FRAME_BYTES_MAX, KnownVersion, KnownVersions};
use std::time::Instant;

/// Bytes of a `subscribe` for all fields but `subjects` and `have`.
const OTHER_FIELDS_BYTES: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    Subscribe,
    Verify,
    Ping,
}

/// A request without a response so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PendingRequest {
    pub(crate) id: u64,
    pub(crate) kind: RequestKind,
    pub(crate) sent_at: Instant,
    /// The rows that it lists: the response confirms those that it does not contain.
    pub(crate) row_names: Vec<String>,
}

impl PendingRequest {
    pub(crate) fn new(kind: RequestKind, message: &ClientMessage, sent_at: Instant) -> Self {
        let row_names = match message {
            ClientMessage::Subscribe { known_versions, .. }
            | ClientMessage::Verify { known_versions, .. } => {
                known_versions.keys().cloned().collect()
            }
            _ => Vec::new(),
        };
        Self { id: message.id(), kind, sent_at, row_names }
    }
}

/// A subscription that fits into a frame. Rows for which there is no room are left out and come
/// whole. Stale rows are listed first, since the server does not send old buckets that are not
/// listed.
pub(crate) fn subscribe_request(
    id: u64,
    subjects: &[String],
    known_versions: KnownVersions,
) -> ClientMessage {
    let subjects_bytes: usize = subjects.iter().map(|subject| json_bytes(subject) + 1).sum();
    let mut room = FRAME_BYTES_MAX.saturating_sub(OTHER_FIELDS_BYTES + subjects_bytes);
    let mut rows: Vec<_> = known_versions.into_iter().collect();
    rows.sort_by_key(|(_, version)| *version != KnownVersion::default());
    let mut listed = KnownVersions::new();
    for (name, version) in rows {
        let bytes = json_bytes(&name) + json_bytes(&version) + 2;
        if bytes > room {
            break;
        }
        room -= bytes;
        listed.insert(name, version);
    }
    ClientMessage::Subscribe { id, subjects: subjects.to_vec(), known_versions: listed }
}

fn json_bytes(value: &impl serde::Serialize) -> usize {
    serde_json::to_string(value).map_or(FRAME_BYTES_MAX, |text| text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_fits_into_a_frame_and_lists_stale_rows_first() {
        let mut versions = KnownVersions::new();
        for version in 1..1_000 {
            let name = format!("queue#{version:>036}#voice|PT30M#2026-05-12T07:00:00Z");
            versions.insert(name, KnownVersion { epoch: "1.1778594562000".into(), version });
        }
        versions.insert("queue#z#voice|now".into(), KnownVersion::default());
        let message = subscribe_request(1, &["queue#*".into()], versions);
        let text = serde_json::to_string(&message).unwrap();
        assert!(text.len() > FRAME_BYTES_MAX - 1_000, "{}", text.len());
        assert_eq!(ClientMessage::parse(&text).as_ref(), Ok(&message));
        let ClientMessage::Subscribe { known_versions, .. } = message else { unreachable!() };
        assert_eq!(known_versions.get("queue#z#voice|now"), Some(&KnownVersion::default()));
    }
}
