//! Who answered: an answer says that a call was answered, and not by whom.

use super::session::{Role, media, time};
use super::{ConversationDetails, Session};
use headroom_kpi::{Media, Millis};

/// How far the beginning of the talk may be from the answer.
const APART_MAX: Millis = Millis(10_000);

/// A user who began to talk.
struct Talk {
    began: Millis,
    /// When Genesys booked the answer on this session, if it did so here.
    answered: Option<Millis>,
    queue: String,
    media: Media,
    session: String,
    user: String,
}

impl ConversationDetails {
    /// Finds out who answered what waited in a queue (`answeredUserId`): the user whose talk, of
    /// the same queue and media type, began nearest to the answer, and at most 10 s apart. To be
    /// called on a whole answer, before it is [split](Self::split).
    #[must_use]
    pub fn resolve(mut self) -> Self {
        let talks = self.talks();
        for participant in &mut self.participants {
            let queue = Role::of(participant) == Role::Acd;
            for session in &mut participant.sessions {
                session.answered_user_id = queue.then(|| answered(session, &talks)).flatten();
            }
        }
        self
    }

    /// All talks, in order of time.
    fn talks(&self) -> Vec<Talk> {
        let mut talks = Vec::new();
        for participant in self.participants.iter().filter(|one| Role::of(one) == Role::User) {
            let Some(user) = &participant.user_id else { continue };
            talks.extend(participant.sessions.iter().filter_map(|session| talk(user, session)));
        }
        talks.sort_by(|a, b| (a.began, &a.session).cmp(&(b.began, &b.session)));
        talks
    }
}

fn talk(user: &str, session: &Session) -> Option<Talk> {
    let talking = session.segments.iter().filter(|segment| segment.segment_type == "interact");
    Some(Talk {
        began: talking.filter_map(|segment| time(&segment.segment_start)).min()?,
        answered: emitted(session, "tAnswered"),
        queue: session.queue()?.to_owned(),
        media: media(session),
        session: session.session_id.clone(),
        user: user.to_owned(),
    })
}

/// Genesys books an answer on the queue's session or on the user's (`kpis.md`, section 1). In the
/// second case the end of the wait says when, and only a user with such an answer can be meant.
fn answered(session: &Session, talks: &[Talk]) -> Option<String> {
    let own = emitted(session, "tAnswered");
    let at = own.or_else(|| emitted(session, "tAcd"))?;
    let (queue, media) = (session.queue()?, media(session));
    let first = talks.partition_point(|talk| talk.began < at - APART_MAX);
    let near = talks[first..].iter().take_while(|talk| talk.began <= at + APART_MAX);
    let same = near.filter(|talk| talk.queue == queue && talk.media == media);
    let booked = |talk: &&Talk| talk.answered.is_some_and(|it| it.distance(at) <= APART_MAX);
    let meant = same.filter(|talk| own.is_some() || booked(talk));
    let nearest = meant.min_by_key(|talk| (talk.began.distance(at), &talk.session));
    nearest.map(|talk| talk.user.clone())
}

/// When a metric was emitted last.
fn emitted(session: &Session, name: &str) -> Option<Millis> {
    let named = session.metrics.iter().filter(|metric| metric.name == name);
    named.filter_map(|metric| time(&metric.emit_date)).max()
}
