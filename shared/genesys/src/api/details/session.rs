//! Sessions of an answer: what they are of, and checked.

use super::{Participant, Segment, Session, SessionMetric};
use crate::fields::RefusalCode;
use crate::fields::check::{FieldResult, metric, needed, optional, plausible, within_bounds};
use crate::fields::{IdField, IntegerField, MetricField, Scalar, TimeField};
use headroom_kpi::facts::{MetricFact, MetricSession, Transfer};
use headroom_kpi::{Id, Media, Millis};

/// What a participant is, as far as the rules care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Acd,
    User,
    Customer,
    Other,
}

impl Role {
    pub(super) fn of(participant: &Participant) -> Self {
        match participant.purpose.as_str() {
            "acd" => Self::Acd,
            "agent" | "user" => Self::User,
            "customer" | "external" => Self::Customer,
            _ => Self::Other,
        }
    }
}

impl Session {
    /// The first queue that is named in it.
    pub(super) fn queue(&self) -> Option<&str> {
        self.segments.iter().find_map(|segment| segment.queue_id.as_deref())
    }
}

/// A time, if it is one.
pub(super) fn time(text: &str) -> Option<Millis> {
    match TimeField::text(text) {
        TimeField::Time(time) => Some(time),
        TimeField::Missing | TimeField::Other => None,
    }
}

pub(super) fn media(session: &Session) -> Media {
    Media::new(&session.media_type)
}

pub(super) fn needed_id(name: &str, text: &str) -> FieldResult<Id> {
    needed(name, IdField::text(text))
}

pub(super) fn optional_id(name: &str, text: Option<&str>) -> FieldResult<Option<Id>> {
    optional(name, text.map(IdField::text).unwrap_or_default())
}

/// Checks times: none may be far ahead of the time of the read.
#[derive(Clone, Copy)]
pub(super) struct Clock(pub(super) Millis);

impl Clock {
    pub(super) fn time(self, name: &str, text: &str) -> FieldResult<Millis> {
        let time = if text.is_empty() { TimeField::Missing } else { TimeField::text(text) };
        plausible(name, time, TimeField::Time(self.0))
    }

    pub(super) fn optional(self, name: &str, text: Option<&str>) -> FieldResult<Option<Millis>> {
        text.map(|text| self.time(name, text)).transpose()
    }
}

/// A session that was checked.
pub(super) struct Checked {
    pub(super) id: Id,
    pub(super) media: Media,
    pub(super) queue: Option<Id>,
    /// Who answered.
    pub(super) answered: Option<Id>,
    pub(super) outbound: bool,
    pub(super) segments: Vec<Stretch>,
}

/// A segment that was checked.
pub(super) struct Stretch {
    pub(super) kind: Kind,
    pub(super) start: Millis,
    pub(super) end: Option<Millis>,
    pub(super) transfer: Option<Transfer>,
}

/// The segments that the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Alert,
    Interact,
    Hold,
    Contacting,
    Dialing,
    Wrapup,
    Other,
}

impl Checked {
    pub(super) fn of(session: &Session, clock: Clock) -> FieldResult<Self> {
        let mut queue = None;
        for segment in &session.segments {
            let named = optional_id("queueId", segment.queue_id.as_deref())?;
            queue = queue.or(named);
        }
        let segments = session.segments.iter().map(|segment| Stretch::of(segment, clock));
        let direction = session.direction.as_deref().unwrap_or_default();
        Ok(Self {
            id: needed_id("sessionId", &session.session_id)?,
            media: media(session),
            queue,
            answered: optional_id("answeredUserId", session.answered_user_id.as_deref())?,
            outbound: direction.eq_ignore_ascii_case("outbound"),
            segments: segments.collect::<FieldResult<_>>()?,
        })
    }

    /// The fact of a metric; none for a name that is neither a counter nor a timer.
    pub(super) fn metric(
        &self,
        told: &SessionMetric,
        user: Option<&Id>,
        clock: Clock,
    ) -> FieldResult<Option<MetricFact>> {
        let name =
            if told.name.is_empty() { MetricField::Missing } else { MetricField::text(&told.name) };
        let metric = metric("name", name)?;
        if metric.kind().is_none() {
            return Ok(None);
        }
        let value = told.value.map(IntegerField::Integer).unwrap_or_default();
        let value = within_bounds("value", value, RefusalCode::BadValue)?;
        Ok(Some(MetricFact {
            session: MetricSession::Session(self.id.clone()),
            metric,
            emitted: clock.time("emitDate", &told.emit_date)?,
            value: value.ok_or_else(|| RefusalCode::BadValue.because("value is missing"))?,
            queue: self.queue.clone(),
            user: user.cloned(),
            media: self.media.clone(),
        }))
    }
}

impl Stretch {
    fn of(segment: &Segment, clock: Clock) -> FieldResult<Self> {
        Ok(Self {
            kind: Kind::of(&segment.segment_type),
            start: clock.time("segmentStart", &segment.segment_start)?,
            end: clock.optional("segmentEnd", segment.segment_end.as_deref())?,
            transfer: match segment.disconnect_type.as_deref() {
                Some("transfer") => Some(Transfer::Blind),
                Some("consultTransfer") => Some(Transfer::Consult),
                _ => None,
            },
        })
    }
}

impl Kind {
    pub(super) fn of(text: &str) -> Self {
        match text {
            "alert" => Self::Alert,
            "interact" => Self::Interact,
            "hold" => Self::Hold,
            "contacting" => Self::Contacting,
            "dialing" => Self::Dialing,
            "wrapup" => Self::Wrapup,
            _ => Self::Other,
        }
    }
}
