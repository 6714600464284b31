//! The facts in an API response (`kpis.md#api-facts`).

use super::session::{
    Role, SegmentKind, TimeBounds, ValidSegment, ValidSession, needed_id, optional_id,
};
use super::{ConversationDetails, Participant, SessionMetric};
use crate::fields::check::{FieldResult, duration, plausible};
use crate::fields::{IntegerField, Refusal, RefusalCode, TimeField};
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, Outcome, Source, UserEnd, UserStart, Work,
};
use headroom_kpi::{Fact, Id, Millis};

/// How many sessions, segments and metrics a response may have, each. The longest conversations
/// have some hundred.
const PARTS_MAX: usize = 10_000;

impl ConversationDetails {
    /// The id of the conversation.
    pub fn id(&self) -> Result<Id, Refusal> {
        needed_id("conversationId", &self.conversation_id)
    }

    /// The facts: that the conversation was read, that it is over, and those of each session.
    /// Refused as a whole if any value cannot be used (`kpis.md#bad-input`).
    pub fn facts(&self) -> Result<Vec<Fact>, Refusal> {
        self.check_size()?;
        self.id()?;
        let read_at = TimeField::Time(Millis(self.read_at));
        let read_at = plausible("readAt", read_at, read_at)?;
        let bounds = TimeBounds(read_at);
        bounds.optional("conversationStart", self.conversation_start.as_deref())?;
        let mut kinds = vec![FactKind::Read(read_at)];
        let end = bounds.optional("conversationEnd", self.conversation_end.as_deref())?;
        kinds.extend(end.map(FactKind::Closed));
        for participant in &self.participants {
            participant.facts(bounds, &mut kinds)?;
        }
        Ok(kinds.into_iter().map(|kind| Fact { source: Source::Api, kind }).collect())
    }

    fn check_size(&self) -> FieldResult<()> {
        let sessions = || self.participants.iter().flat_map(|participant| &participant.sessions);
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

impl Participant {
    fn facts(&self, bounds: TimeBounds, kinds: &mut Vec<FactKind>) -> FieldResult<()> {
        let (role, user) = (self.role(), optional_id("userId", self.user_id.as_deref())?);
        for session in &self.sessions {
            let valid = ValidSession::new(session, bounds)?;
            for metric in &session.metrics {
                let user = match (role, metric.name.as_str()) {
                    // The API gives these on the session of the queue, without a user.
                    (Role::Acd, "tAnswered" | "nOverSla") => valid.answered_user.as_ref(),
                    _ => user.as_ref(),
                };
                kinds.extend(valid.metric(metric, user, bounds)?.map(FactKind::Metric));
            }
            match (role, &valid.queue, &user) {
                (Role::Acd, Some(queue), _) => valid.acd(queue, &session.metrics, kinds)?,
                (Role::User, _, Some(user)) => valid.user(user, kinds)?,
                (Role::Customer, _, _) => valid.customer(kinds),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Each adds the start and the end of a session, as far as they are known.
impl ValidSession {
    fn acd(
        &self,
        queue: &Id,
        metrics: &[SessionMetric],
        kinds: &mut Vec<FactKind>,
    ) -> FieldResult<()> {
        let (_, end) = span(&self.segments);
        let (queue, media) = (queue.clone(), Some(self.media.clone()));
        kinds.extend(self.wait_start().map(|time| {
            let start = AcdStart { time, queue: queue.clone(), media: media.clone() };
            FactKind::AcdStart(self.id.clone(), start)
        }));
        let Some(time) = end else { return Ok(()) };
        let metric = |name: &str| metrics.iter().find(|metric| metric.name == name);
        let wait = metric("tAcd").and_then(|metric| metric.value);
        // The API may give the answer on the session of the user instead.
        let answered = || self.answered_user.as_ref().map(|_| Outcome::Answered);
        let end = AcdEnd {
            time,
            queue,
            media,
            outcome: outcome(|name| metric(name).is_some()).or_else(answered),
            connected: duration("tAcd", wait.map(IntegerField::Integer).unwrap_or_default())?,
            answered_user: self.answered_user.clone(),
        };
        kinds.push(FactKind::AcdEnd(self.id.clone(), end));
        Ok(())
    }

    /// When the wait began: with the first `interact` segment, and not while something is uploaded or
    /// a callback is not due.
    fn wait_start(&self) -> Option<Millis> {
        let waits = self.segments.iter().filter(|segment| segment.kind == SegmentKind::Interact);
        let start = waits.map(|segment| segment.start).min()?;
        Some(self.scheduled_for.map_or(start, |time| start.max(time)))
    }

    fn user(&self, user: &Id, kinds: &mut Vec<FactKind>) -> FieldResult<()> {
        let work = || Work {
            user: user.clone(),
            queue: self.queue.clone(),
            media: Some(self.media.clone()),
            outbound: self.is_outbound,
        };
        let (wrapups, active): (Vec<_>, Vec<_>) =
            self.segments.iter().partition(|segment| segment.kind == SegmentKind::Wrapup);
        let (start, end) = span(active.iter().copied());
        if let Some(time) = start {
            kinds.push(FactKind::UserStart(self.id.clone(), UserStart { time, work: work() }));
        }
        if let Some(time) = end {
            let last = active.iter().max_by_key(|segment| segment.end);
            let transfer = last.and_then(|segment| segment.transfer);
            let end = UserEnd { time, work: work(), durations: durations(&active)?, transfer };
            kinds.push(FactKind::UserEnd(self.id.clone(), end));
        }
        let wrapups = wrapups.iter().filter_map(|segment| Some((segment.end?, segment.start)));
        if let Some((time, start)) = wrapups.max() {
            let wrapup = Some(length("wrapup", time - start)?);
            kinds.push(FactKind::Acw(self.id.clone(), Acw { time, work: work(), wrapup }));
        }
        Ok(())
    }

    fn customer(&self, kinds: &mut Vec<FactKind>) {
        let (start, end) = span(&self.segments);
        kinds.extend(start.map(|time| FactKind::CustomerStart(self.id.clone(), time)));
        kinds.extend(end.map(|time| FactKind::CustomerEnd(self.id.clone(), time)));
    }
}

fn outcome(has_metric: impl Fn(&str) -> bool) -> Option<Outcome> {
    let outcomes = [
        ("tAnswered", Outcome::Answered),
        ("tAbandon", Outcome::Abandon),
        ("tFlowOut", Outcome::FlowOut),
    ];
    outcomes.into_iter().find(|(name, _)| has_metric(name)).map(|(_, outcome)| outcome)
}

fn durations(segments: &[&ValidSegment]) -> FieldResult<Durations> {
    let sum = |name, kind| {
        let mut sum = Millis(0);
        for segment in segments.iter().filter(|segment| segment.kind == kind) {
            let end = segment.end.unwrap_or(segment.start);
            sum = sum + length(name, end - segment.start)?;
        }
        length(name, sum)
    };
    Ok(Durations {
        alerting: sum("alert", SegmentKind::Alert)?,
        interacting: sum("interact", SegmentKind::Interact)?,
        hold: sum("hold", SegmentKind::Hold)?,
        contacting: sum("contacting", SegmentKind::Contacting)?,
        dialing: sum("dialing", SegmentKind::Dialing)?,
    })
}

/// A duration, if it is within its bounds.
fn length(name: &str, length: Millis) -> FieldResult<Millis> {
    Ok(duration(name, IntegerField::Integer(length.0))?.unwrap_or_default())
}

/// From the first start to the last end, if all have ended.
fn span<'a>(
    segments: impl IntoIterator<Item = &'a ValidSegment>,
) -> (Option<Millis>, Option<Millis>) {
    let (starts, ends): (Vec<_>, Vec<_>) =
        segments.into_iter().map(|segment| (segment.start, segment.end)).unzip();
    let ends: Option<Vec<_>> = ends.into_iter().collect();
    (starts.into_iter().min(), ends.and_then(|ends| ends.into_iter().max()))
}
