//! An answer in parts that events have room for. What is folded is a join: parts are as good as
//! the whole.

use super::session::{Kind, time};
use super::{ConversationDetails, Participant, Segment, Session, SessionMetric};
use serde::Serialize;

/// A comma, and what else stands between two things.
const BETWEEN: usize = 2;

/// A session, with the participant's own fields, and its size as JSON.
struct Unit {
    participant: Participant,
    size: usize,
}

impl ConversationDetails {
    /// Parts of it, by sessions, each at most `bytes_max` bytes of JSON (at least 8 KB, since ids
    /// have no more than 512 bytes): one part, if it is small enough. Each says when it was read
    /// and whether the conversation is over.
    ///
    /// The metrics of a session that is too large by itself are spread over parts; what follows the
    /// first one says when the session began, and not that it ended. So does the first, if the
    /// segments alone are too large.
    pub fn split(mut self, bytes_max: usize) -> Vec<Self> {
        if size(&self) <= bytes_max {
            return vec![self];
        }
        let participants = std::mem::take(&mut self.participants);
        let room = bytes_max.saturating_sub(size(&self));
        let mut parts = Vec::new();
        let (mut part, mut left) = (self.clone(), room);
        for unit in participants.into_iter().flat_map(|one| units(one, room)) {
            if unit.size > left && !part.participants.is_empty() {
                parts.push(std::mem::replace(&mut part, self.clone()));
                left = room;
            }
            left = left.saturating_sub(unit.size);
            part.push(unit.participant);
        }
        parts.push(part);
        parts
    }

    /// Adds a participant with one session, to the last one if that is the same.
    fn push(&mut self, participant: Participant) {
        match self.participants.last_mut() {
            Some(last) if last.is(&participant) => last.sessions.extend(participant.sessions),
            _ => self.participants.push(participant),
        }
    }
}

impl Participant {
    fn is(&self, other: &Self) -> bool {
        (&self.purpose, &self.user_id) == (&other.purpose, &other.user_id)
    }
}

/// The sessions of a participant one by one, none larger than there is room.
fn units(mut participant: Participant, room: usize) -> Vec<Unit> {
    let sessions = std::mem::take(&mut participant.sessions);
    let unit = |session| {
        let participant = Participant { sessions: vec![session], ..participant.clone() };
        Unit { size: size(&participant) + BETWEEN, participant }
    };
    let mut units = Vec::with_capacity(sessions.len());
    for session in sessions {
        let whole = unit(session);
        if whole.size <= room {
            units.push(whole);
            continue;
        }
        let frame = size(&participant) + BETWEEN;
        for session in whole.participant.sessions {
            units.extend(pieces(session, room.saturating_sub(frame)).into_iter().map(unit));
        }
    }
    units
}

/// A session's metrics in pieces. Those that say how a wait ended come in the first one.
fn pieces(mut session: Session, room: usize) -> Vec<Session> {
    let mut metrics = std::mem::take(&mut session.metrics);
    metrics.sort_by_key(|metric| !ENDS.contains(&metric.name.as_str()));
    let begun = begun(&session);
    let ends = |metric: &&SessionMetric| ENDS.contains(&metric.name.as_str());
    let ends: usize = metrics.iter().filter(ends).map(|one| size(one) + BETWEEN).sum();
    let mut piece = if size(&session) + ends <= room { session } else { begun.clone() };
    let mut left = room.saturating_sub(size(&piece));
    let mut pieces = Vec::new();
    for metric in metrics {
        let more = size(&metric) + BETWEEN;
        if more > left && !piece.metrics.is_empty() {
            pieces.push(std::mem::replace(&mut piece, begun.clone()));
            left = room.saturating_sub(size(&piece));
        }
        left = left.saturating_sub(more);
        piece.metrics.push(metric);
    }
    pieces.push(piece);
    pieces
}

/// The metrics by which the end of a wait is known.
const ENDS: [&str; 4] = ["tAnswered", "tAbandon", "tFlowOut", "tAcd"];

/// A session of which only its beginning is known, and its queue.
fn begun(session: &Session) -> Session {
    let active = |segment: &&Segment| Kind::of(&segment.segment_type) != Kind::Wrapup;
    let active = session.segments.iter().filter(active);
    let first = active.min_by_key(|segment| time(&segment.segment_start));
    let first = first.or(session.segments.first()).map(|segment| Segment {
        segment_end: None,
        disconnect_type: None,
        queue_id: session.queue().map(str::to_owned),
        ..segment.clone()
    });
    Session { segments: first.into_iter().collect(), metrics: Vec::new(), ..session.clone() }
}

/// Bytes of JSON.
fn size(value: &impl Serialize) -> usize {
    // What has only texts and numbers can be written.
    serde_json::to_string(value).map_or(usize::MAX, |json| json.len())
}
