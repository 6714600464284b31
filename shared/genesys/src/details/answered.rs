//! Who answered a call: the API says that a call was answered, and not by whom.

use super::session::{INTERACT, time};
use super::{ConversationDetails, Session};
use headroom_kpi::{MATCH_WITHIN, Media, Millis};

/// A session of a user who talked.
struct Talk {
    start: Millis,
    /// When the call was answered, if the API has that on this session.
    answered: Option<Millis>,
    queue: String,
    media: Media,
    session: String,
    user: String,
}

impl ConversationDetails {
    /// Sets `answeredUserId` of each session of a queue: the user whose talk, of the same queue
    /// and media type, began nearest to the answer, and at most [`MATCH_WITHIN`] from it. To be
    /// called on a whole response, before it is [split](Self::split).
    #[must_use]
    pub fn resolve(mut self) -> Self {
        let talks = self.talks();
        for participant in &mut self.participants {
            let is_queue = participant.purpose == "acd";
            for session in &mut participant.sessions {
                session.answered_user_id =
                    if is_queue { answered_user(session, &talks) } else { None };
            }
        }
        self
    }

    /// All talks, in order of time.
    fn talks(&self) -> Vec<Talk> {
        let mut talks = Vec::new();
        for participant in &self.participants {
            let purpose = participant.purpose.as_str();
            if let ("agent" | "user", Some(user)) = (purpose, &participant.user_id) {
                talks.extend(participant.sessions.iter().filter_map(|session| talk(user, session)));
            }
        }
        talks.sort_by(|a, b| (a.start, &a.session).cmp(&(b.start, &b.session)));
        talks
    }
}

fn talk(user: &str, session: &Session) -> Option<Talk> {
    let talks = session.segments.iter().filter(|segment| segment.segment_type == INTERACT);
    Some(Talk {
        start: talks.filter_map(|segment| time(&segment.segment_start)).min()?,
        answered: emitted(session, "tAnswered"),
        queue: session.queue()?.to_owned(),
        media: session.media(),
        session: session.session_id.clone(),
        user: user.to_owned(),
    })
}

/// The API has an answer on the session of the queue or on that of the user
/// (`kpis.md#api-facts`). In the second case the end of the wait says when, and only a user with
/// such an answer can be the one.
fn answered_user(session: &Session, talks: &[Talk]) -> Option<String> {
    let answered = emitted(session, "tAnswered");
    let at = answered.or_else(|| emitted(session, "tAcd"))?;
    let (queue, media) = (session.queue()?, session.media());
    let is_near = |time: Millis| time.distance(at) <= MATCH_WITHIN;
    let first = talks.partition_point(|talk| talk.start < at - MATCH_WITHIN);
    let candidates = talks[first..].iter().take_while(|talk| is_near(talk.start)).filter(|talk| {
        let has_answer = || answered.is_some() || talk.answered.is_some_and(is_near);
        talk.queue == queue && talk.media == media && has_answer()
    });
    let nearest = candidates.min_by_key(|talk| (talk.start.distance(at), &talk.session));
    nearest.map(|talk| talk.user.clone())
}

/// When a metric was emitted last.
fn emitted(session: &Session, name: &str) -> Option<Millis> {
    let metrics = session.metrics.iter().filter(|metric| metric.name == name);
    metrics.filter_map(|metric| time(&metric.emit_date)).max()
}
