//! What an answer says, as facts (`kpis.md`, section 1).

use super::session::{Checked, Clock, Kind, Role, Stretch, needed_id, optional_id};
use super::{ConversationDetails, Participant, Session, SessionMetric};
use crate::fields::check::{FieldResult, duration, plausible};
use crate::fields::{IntegerField, TimeField};
use crate::fields::{Refusal, RefusalCode};
use headroom_kpi::Fact;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, Outcome, Source, UserEnd, UserStart, Work,
};
use headroom_kpi::{Id, Millis};

/// Sessions, segments and metrics of one answer, each. The longest conversations that are known
/// of have some hundred.
const PARTS_MAX: usize = 10_000;

impl ConversationDetails {
    /// The conversation.
    pub fn id(&self) -> Result<Id, Refusal> {
        needed_id("conversationId", &self.conversation_id)
    }

    /// What it says: that it was read, whether it is over, and the facts of each session. Refused
    /// as a whole if anything in it cannot be used (`kpis.md`, section 8).
    pub fn facts(&self) -> Result<Vec<Fact>, Refusal> {
        self.check_size()?;
        self.id()?;
        let read = TimeField::Time(Millis(self.read_at));
        let read = plausible("readAt", read, read)?;
        let clock = Clock(read);
        clock.optional("conversationStart", self.conversation_start.as_deref())?;
        let mut kinds = vec![FactKind::Read(read)];
        let end = clock.optional("conversationEnd", self.conversation_end.as_deref())?;
        kinds.extend(end.map(FactKind::Closed));
        for participant in &self.participants {
            let teller = Teller::of(participant, clock)?;
            for session in &participant.sessions {
                teller.tell(session, &mut kinds)?;
            }
        }
        Ok(kinds.into_iter().map(|kind| Fact { source: Source::Api, kind }).collect())
    }

    fn check_size(&self) -> FieldResult<()> {
        let sessions = || self.participants.iter().flat_map(|one| &one.sessions);
        let counts = [
            ("sessions", sessions().count()),
            ("segments", sessions().map(|session| session.segments.len()).sum()),
            ("metrics", sessions().map(|session| session.metrics.len()).sum()),
        ];
        match counts.into_iter().find(|(_, count)| *count > PARTS_MAX) {
            None => Ok(()),
            Some((name, count)) => {
                let message = format!("{count} {name}, and a conversation has at most {PARTS_MAX}");
                Err(RefusalCode::TooLarge.because(message))
            }
        }
    }
}

/// Tells the facts of a participant's sessions.
struct Teller {
    role: Role,
    user: Option<Id>,
    clock: Clock,
}

impl Teller {
    fn of(participant: &Participant, clock: Clock) -> FieldResult<Self> {
        let user = optional_id("userId", participant.user_id.as_deref())?;
        Ok(Self { role: Role::of(participant), user, clock })
    }

    fn tell(&self, told: &Session, kinds: &mut Vec<FactKind>) -> FieldResult<()> {
        let session = Checked::of(told, self.clock)?;
        for metric in &told.metrics {
            let user = self.booked_on(&session, &metric.name);
            kinds.extend(session.metric(metric, user, self.clock)?.map(FactKind::Metric));
        }
        match (self.role, &session.queue, &self.user) {
            (Role::Acd, Some(queue), _) => acd(&session, queue, &told.metrics, kinds),
            (Role::User, _, Some(user)) => user_session(&session, user, kinds),
            (Role::Customer, _, _) => {
                customer(&session, kinds);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The user of a metric: an answer books it on the queue's session without one.
    fn booked_on<'a>(&'a self, session: &'a Checked, metric: &str) -> Option<&'a Id> {
        match (self.role, metric) {
            (Role::Acd, "tAnswered" | "nOverSla") => session.answered.as_ref(),
            _ => self.user.as_ref(),
        }
    }
}

fn acd(
    session: &Checked,
    queue: &Id,
    metrics: &[SessionMetric],
    kinds: &mut Vec<FactKind>,
) -> FieldResult<()> {
    let (start, end) = span(session.segments.iter());
    let media = Some(session.media.clone());
    if let Some(time) = start {
        let event = AcdStart { time, queue: queue.clone(), media: media.clone() };
        kinds.push(FactKind::AcdStart(session.id.clone(), event));
    }
    if let Some(time) = end {
        let named = |name: &str| metrics.iter().find(|metric| metric.name == name);
        let wait = named("tAcd").and_then(|metric| metric.value);
        let event = AcdEnd {
            time,
            queue: queue.clone(),
            media,
            // The answer may be booked on the session of who gave it.
            outcome: outcome(|name| named(name).is_some())
                .or(session.answered.as_ref().map(|_| Outcome::Answered)),
            connected: duration("tAcd", wait.map(IntegerField::Integer).unwrap_or_default())?,
            answered_user: session.answered.clone(),
        };
        kinds.push(FactKind::AcdEnd(session.id.clone(), event));
    }
    Ok(())
}

fn outcome(has: impl Fn(&str) -> bool) -> Option<Outcome> {
    let outcomes = [
        ("tAnswered", Outcome::Answered),
        ("tAbandon", Outcome::Abandon),
        ("tFlowOut", Outcome::FlowOut),
    ];
    outcomes.into_iter().find(|(name, _)| has(name)).map(|(_, outcome)| outcome)
}

fn user_session(session: &Checked, user: &Id, kinds: &mut Vec<FactKind>) -> FieldResult<()> {
    let work = || Work {
        user: user.clone(),
        queue: session.queue.clone(),
        media: Some(session.media.clone()),
        outbound: session.outbound,
    };
    let (wrapups, active): (Vec<_>, Vec<_>) =
        session.segments.iter().partition(|segment| segment.kind == Kind::Wrapup);
    let (start, end) = span(active.iter().copied());
    if let Some(time) = start {
        kinds.push(FactKind::UserStart(session.id.clone(), UserStart { time, work: work() }));
    }
    if let Some(time) = end {
        let last = active.iter().max_by_key(|segment| segment.end);
        let transfer = last.and_then(|segment| segment.transfer);
        let event = UserEnd { time, work: work(), durations: durations(&active)?, transfer };
        kinds.push(FactKind::UserEnd(session.id.clone(), event));
    }
    let wrapups = wrapups.iter().filter_map(|segment| Some((segment.end?, segment.start)));
    if let Some((time, start)) = wrapups.max() {
        let wrapup = duration("wrapup", IntegerField::Integer((time - start).0))?;
        kinds.push(FactKind::Acw(session.id.clone(), Acw { time, work: work(), wrapup }));
    }
    Ok(())
}

fn durations(segments: &[&Stretch]) -> FieldResult<Durations> {
    let sum = |name, kind| {
        let of_kind = segments.iter().filter(|segment| segment.kind == kind);
        let mut sum = 0;
        for segment in of_kind {
            let length = segment.end.map_or(0, |end| (end - segment.start).0);
            sum += duration(name, IntegerField::Integer(length))?.unwrap_or_default().0;
        }
        Ok(duration(name, IntegerField::Integer(sum))?.unwrap_or_default())
    };
    Ok(Durations {
        alerting: sum("alert", Kind::Alert)?,
        interacting: sum("interact", Kind::Interact)?,
        hold: sum("hold", Kind::Hold)?,
        contacting: sum("contacting", Kind::Contacting)?,
        dialing: sum("dialing", Kind::Dialing)?,
    })
}

fn customer(session: &Checked, kinds: &mut Vec<FactKind>) {
    let (start, end) = span(session.segments.iter());
    kinds.extend(start.map(|at| FactKind::CustomerStart(session.id.clone(), at)));
    kinds.extend(end.map(|at| FactKind::CustomerEnd(session.id.clone(), at)));
}

/// From the first start to the last end, if all have ended.
fn span<'a>(segments: impl Iterator<Item = &'a Stretch>) -> (Option<Millis>, Option<Millis>) {
    let (mut start, mut end, mut open) = (None, None, false);
    for segment in segments {
        start = Some(start.map_or(segment.start, |first: Millis| first.min(segment.start)));
        end = end.max(segment.end);
        open |= segment.end.is_none();
    }
    (start, end.filter(|_| !open))
}
