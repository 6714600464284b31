//! The facts in an API response (`kpis.md#api-facts`).

use super::session::{
    INTERACT, TimeBounds, ValidSegment, ValidSession, WRAPUP, last_end, needed_id, optional_id,
};
use super::{ConversationDetails, Participant, Session, SessionMetric};
use crate::fields::check::{FieldResult, duration, plausible};
use crate::fields::{IntegerField, Refusal, RefusalCode, TimeField};
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, Outcome, Source, UserEnd, UserStart, Work,
};
use headroom_kpi::{Fact, Id, Millis};

/// How many sessions, segments and metrics a response may have, each. The longest conversations
/// have some hundred.
const PARTS_MAX: usize = 10_000;

/// What an API response says. A value that cannot be used refuses the facts that rest on it, and no
/// other (`kpis.md#bad-input`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseFacts {
    /// What can be used.
    pub facts: Vec<Fact>,
    /// Why other facts cannot be used.
    pub refusals: Vec<Refusal>,
}

impl ResponseFacts {
    /// Why the first fact that cannot be used is refused, with how many others are.
    pub fn refusal(&self) -> Option<Refusal> {
        let Refusal { code, message } = self.refusals.first()?;
        match self.refusals.len() - 1 {
            0 => Some(code.because(message)),
            rest => Some(code.because(format!("{message}; {rest} more refused"))),
        }
    }

    fn add(&mut self, kind: FieldResult<Option<FactKind>>) {
        match kind {
            Ok(kind) => self.facts.extend(kind.map(|kind| Fact { source: Source::Api, kind })),
            Err(refusal) => self.refusals.push(refusal),
        }
    }
}

impl ConversationDetails {
    /// The id of the conversation.
    pub fn id(&self) -> Result<Id, Refusal> {
        needed_id("conversationId", &self.conversation_id)
    }

    /// The facts: that the conversation was read, that it is over, and those of each session.
    /// Refused as a whole only if its id or the time of the read cannot be used, or if it is larger
    /// than a conversation can be.
    pub fn facts(&self) -> Result<ResponseFacts, Refusal> {
        self.check_size()?;
        self.id()?;
        let read_at = TimeField::Value(Millis(self.read_at));
        let read_at = plausible("readAt", read_at, read_at)?;
        let bounds = TimeBounds(read_at);
        let mut facts = ResponseFacts::default();
        facts.add(Ok(Some(FactKind::Read(read_at))));
        let start = bounds.optional("conversationStart", self.conversation_start.as_deref());
        facts.add(start.map(|_| None));
        let end = bounds.optional("conversationEnd", self.conversation_end.as_deref());
        facts.add(end.map(|end| end.map(FactKind::Closed)));
        for participant in &self.participants {
            participant.add_facts(bounds, &mut facts);
        }
        Ok(facts)
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
    fn add_facts(&self, bounds: TimeBounds, facts: &mut ResponseFacts) {
        let user = match optional_id("userId", self.user_id.as_deref()) {
            Ok(user) => user,
            Err(refusal) => return facts.refusals.push(refusal),
        };
        for session in &self.sessions {
            match ValidSession::new(session, bounds) {
                Ok(valid) => self.add_session(&valid, session, user.as_ref(), facts),
                Err(refusal) => facts.refusals.push(refusal),
            }
        }
    }

    fn add_session(
        &self,
        valid: &ValidSession<'_>,
        session: &Session,
        user: Option<&Id>,
        facts: &mut ResponseFacts,
    ) {
        let purpose = self.purpose.as_str();
        for metric in &session.metrics {
            let fact = match (purpose, metric.name.as_str()) {
                // The API gives these on the session of the queue, without a user.
                ("acd", "tAnswered" | "nOverSla") => {
                    valid.answered_user.clone().and_then(|user| valid.metric(metric, user))
                }
                _ => valid.metric(metric, user.cloned()),
            };
            facts.add(fact.map(|fact| fact.map(FactKind::Metric)));
        }
        match (purpose, &valid.queue, user) {
            ("acd", Some(queue), _) => {
                facts.add(valid.acd_start(queue));
                facts.add(valid.acd_end(queue, &session.metrics));
            }
            ("agent" | "user", _, Some(user)) => {
                facts.add(valid.user_start(user));
                facts.add(valid.user_end(user));
                facts.add(valid.acw(user));
            }
            ("customer" | "external", _, _) => {
                facts.add(valid.customer_start());
                facts.add(valid.customer_end());
            }
            _ => {}
        }
    }
}

/// A fact, none if it is not known yet, or why it cannot be used.
type FactResult = FieldResult<Option<FactKind>>;

impl ValidSession<'_> {
    fn acd_start(&self, queue: &Id) -> FactResult {
        let Some(time) = self.wait_start()? else { return Ok(None) };
        let start = AcdStart { time, queue: queue.clone(), media: Some(self.media.clone()) };
        Ok(Some(FactKind::AcdStart(self.id.clone(), start)))
    }

    /// When the wait began: with the first `interact` segment, and not while something is uploaded or
    /// a callback is not due.
    fn wait_start(&self) -> FieldResult<Option<Millis>> {
        let start = self.start(|kind| kind == INTERACT)?;
        Ok(start.map(|start| self.scheduled_for.map_or(start, |time| start.max(time))))
    }

    fn acd_end(&self, queue: &Id, metrics: &[SessionMetric]) -> FactResult {
        let Some(time) = self.end()? else { return Ok(None) };
        let metric = |name: &str| metrics.iter().find(|metric| metric.name == name);
        let wait = metric("tAcd").and_then(|metric| metric.value);
        let wait = duration("tAcd", wait.map(IntegerField::Value).unwrap_or_default());
        let answered_user = self.answered_user.clone()?;
        // The API may give the answer on the session of the user instead.
        let answered = || answered_user.as_ref().map(|_| Outcome::Answered);
        let end = AcdEnd {
            time,
            queue: queue.clone(),
            media: Some(self.media.clone()),
            outcome: outcome(|name| metric(name).is_some()).or_else(answered),
            // A wait that cannot be used is refused as a metric; then the end minus the start counts.
            connected: wait.unwrap_or_default(),
            answered_user,
        };
        Ok(Some(FactKind::AcdEnd(self.id.clone(), end)))
    }

    fn work(&self, user: &Id) -> Work {
        Work {
            user: user.clone(),
            queue: self.queue.clone(),
            media: Some(self.media.clone()),
            outbound: self.is_outbound,
        }
    }

    fn user_start(&self, user: &Id) -> FactResult {
        let Some(time) = self.start(is_active)? else { return Ok(None) };
        let start = UserStart { time, work: self.work(user) };
        Ok(Some(FactKind::UserStart(self.id.clone(), start)))
    }

    fn user_end(&self, user: &Id) -> FactResult {
        let segments = self.segments(is_active)?;
        let Some(time) = last_end(segments.iter().map(|segment| segment.end)) else {
            return Ok(None);
        };
        let last = segments.iter().max_by_key(|segment| segment.end);
        let transfer = last.and_then(|segment| segment.transfer);
        let durations = durations(&segments)?;
        let end = UserEnd { time, work: self.work(user), durations, transfer };
        Ok(Some(FactKind::UserEnd(self.id.clone(), end)))
    }

    fn acw(&self, user: &Id) -> FactResult {
        let wrapups = self.segments(|kind| kind == WRAPUP)?;
        let wrapups = wrapups.iter().filter_map(|segment| Some((segment.end?, segment.start)));
        let Some((time, start)) = wrapups.max() else { return Ok(None) };
        let wrapup = Some(length("wrapup", time - start)?);
        Ok(Some(FactKind::Acw(self.id.clone(), Acw { time, work: self.work(user), wrapup })))
    }

    fn customer_start(&self) -> FactResult {
        let start = self.start(|_| true)?;
        Ok(start.map(|time| FactKind::CustomerStart(self.id.clone(), time)))
    }

    fn customer_end(&self) -> FactResult {
        Ok(self.end()?.map(|time| FactKind::CustomerEnd(self.id.clone(), time)))
    }
}

/// Whether an agent's segment is more than after-call work.
fn is_active(kind: &str) -> bool {
    kind != WRAPUP
}

fn outcome(has_metric: impl Fn(&str) -> bool) -> Option<Outcome> {
    let outcomes = [
        ("tAnswered", Outcome::Answered),
        ("tAbandon", Outcome::Abandon),
        ("tFlowOut", Outcome::FlowOut),
    ];
    outcomes.into_iter().find(|(name, _)| has_metric(name)).map(|(_, outcome)| outcome)
}

fn durations(segments: &[ValidSegment<'_>]) -> FieldResult<Durations> {
    let sum = |kind: &str| {
        let mut sum = Millis(0);
        for segment in segments.iter().filter(|segment| segment.kind == kind) {
            let end = segment.end.unwrap_or(segment.start);
            sum = sum + length(kind, end - segment.start)?;
        }
        length(kind, sum)
    };
    Ok(Durations {
        alerting: sum("alert")?,
        interacting: sum(INTERACT)?,
        hold: sum("hold")?,
        contacting: sum("contacting")?,
        dialing: sum("dialing")?,
    })
}

/// A duration, if it is within its bounds.
fn length(name: &str, length: Millis) -> FieldResult<Millis> {
    Ok(duration(name, IntegerField::Value(length.0))?.unwrap_or_default())
}
