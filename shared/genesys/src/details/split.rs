//! A large response in parts that events have room for. Folding is a join: the parts have the same
//! effect as the whole.

use super::session::{WRAPUP, time};
use super::{ConversationDetails, Participant, Segment, Session};
use headroom_requests::chunks;
use serde::Serialize;

/// A comma, and whatever else stands between two elements.
const SEPARATOR_BYTES: usize = 2;

/// The metrics that say how a wait ended.
const END_METRICS: [&str; 4] = ["tAnswered", "tAbandon", "tFlowOut", "tAcd"];

impl ConversationDetails {
    /// Splits it by sessions into parts of at most `bytes_max` bytes of JSON (at least 8 KB, since
    /// ids have at most 512 bytes): one part if it is small enough. Each part says when the
    /// conversation was read and whether it is over.
    ///
    /// The metrics of a session that is too large by itself are spread over parts. Only the first
    /// of these has all segments, if there is room for them; the others have the beginning of the
    /// session, and do not say that it ended.
    pub fn split(mut self, bytes_max: usize) -> Vec<Self> {
        if size(&self) <= bytes_max {
            return vec![self];
        }
        let participants = std::mem::take(&mut self.participants);
        let room = bytes_max.saturating_sub(size(&self));
        let sessions = participants.into_iter().flat_map(|participant| sessions(participant, room));
        let chunks = chunks(sessions, usize::MAX, room, size_in_list).into_iter();
        let mut parts: Vec<_> = chunks.map(|sessions| self.with_sessions(sessions)).collect();
        if parts.is_empty() {
            parts.push(self);
        }
        parts
    }

    /// The same conversation with other participants, each of which has one session. Those of the
    /// same participant are put together.
    fn with_sessions(&self, sessions: Vec<Participant>) -> Self {
        let mut part = self.clone();
        for participant in sessions {
            match part.participants.last_mut().filter(|last| last.is_same_as(&participant)) {
                Some(last) => last.sessions.extend(participant.sessions),
                None => part.participants.push(participant),
            }
        }
        part
    }
}

impl Participant {
    fn is_same_as(&self, other: &Self) -> bool {
        (&self.purpose, &self.user_id) == (&other.purpose, &other.user_id)
    }

    fn with_session(&self, session: Session) -> Self {
        let (purpose, user_id) = (self.purpose.clone(), self.user_id.clone());
        Self { purpose, user_id, sessions: vec![session] }
    }
}

/// The participant once for each session, each no larger than there is room.
fn sessions(mut participant: Participant, room: usize) -> Vec<Participant> {
    let sessions = std::mem::take(&mut participant.sessions);
    let session_room = room.saturating_sub(size_in_list(&participant));
    let pieces = sessions.into_iter().flat_map(|session| pieces(session, session_room));
    pieces.map(|session| participant.with_session(session)).collect()
}

/// A session in pieces that differ in their metrics; those that say how a wait ended are in the
/// first one. One piece if there is room for all of it.
fn pieces(mut session: Session, room: usize) -> Vec<Session> {
    if size(&session) <= room {
        return vec![session];
    }
    let mut metrics = std::mem::take(&mut session.metrics);
    metrics.sort_by_key(|metric| !END_METRICS.contains(&metric.name.as_str()));
    let ends = metrics.iter().filter(|metric| END_METRICS.contains(&metric.name.as_str()));
    let beginning = beginning(&session);
    let end_bytes: usize = ends.map(size_in_list).sum();
    let mut piece = if size(&session) + end_bytes <= room { session } else { beginning.clone() };
    let mut room_left = room.saturating_sub(size(&piece));
    let mut pieces = Vec::new();
    for metric in metrics {
        let bytes = size_in_list(&metric);
        if bytes > room_left && !piece.metrics.is_empty() {
            pieces.push(std::mem::replace(&mut piece, beginning.clone()));
            room_left = room.saturating_sub(size(&piece));
        }
        room_left = room_left.saturating_sub(bytes);
        piece.metrics.push(metric);
    }
    pieces.push(piece);
    pieces
}

/// The beginning of a session and its queue, without an end.
fn beginning(session: &Session) -> Session {
    let active = session.segments.iter().filter(|part| part.segment_type != WRAPUP);
    let first = active.min_by_key(|segment| time(&segment.segment_start));
    let first = first.or(session.segments.first()).map(|segment| Segment {
        segment_end: None,
        disconnect_type: None,
        queue_id: session.queue().map(str::to_owned),
        ..segment.clone()
    });
    Session { segments: first.into_iter().collect(), metrics: Vec::new(), ..session.clone() }
}

fn size_in_list(value: &impl Serialize) -> usize {
    size(value) + SEPARATOR_BYTES
}

/// Bytes of JSON.
fn size(value: &impl Serialize) -> usize {
    // A value of texts and numbers can always be written.
    serde_json::to_string(value).map_or(usize::MAX, |json| json.len())
}
