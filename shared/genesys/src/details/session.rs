//! Participants, sessions and segments of an API response, and their checks.

use super::{Participant, Segment, Session, SessionMetric};
use crate::fields::RefusalCode;
use crate::fields::check::{FieldResult, metric, needed, optional, plausible, within_bounds};
use crate::fields::{IdField, IntegerField, MetricField, Scalar, TimeField};
use headroom_kpi::facts::{MetricFact, MetricSession, Transfer};
use headroom_kpi::{Id, Media, Millis};

/// The kinds of participants that the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Acd,
    User,
    Customer,
    Other,
}

impl Participant {
    pub(super) fn role(&self) -> Role {
        match self.purpose.as_str() {
            "acd" => Role::Acd,
            "agent" | "user" => Role::User,
            "customer" | "external" => Role::Customer,
            _ => Role::Other,
        }
    }
}

impl Session {
    /// The queue of the first segment that has one.
    pub(super) fn queue(&self) -> Option<&str> {
        self.segments.iter().find_map(|segment| segment.queue_id.as_deref())
    }

    pub(super) fn media(&self) -> Media {
        Media::new(&self.media_type)
    }
}

/// The kinds of segments that the rules tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SegmentKind {
    Alert,
    Interact,
    Hold,
    Contacting,
    Dialing,
    Wrapup,
    Other,
}

impl Segment {
    pub(super) fn kind(&self) -> SegmentKind {
        match self.segment_type.as_str() {
            "alert" => SegmentKind::Alert,
            "interact" => SegmentKind::Interact,
            "hold" => SegmentKind::Hold,
            "contacting" => SegmentKind::Contacting,
            "dialing" => SegmentKind::Dialing,
            "wrapup" => SegmentKind::Wrapup,
            _ => SegmentKind::Other,
        }
    }

    fn transfer(&self) -> Option<Transfer> {
        match self.disconnect_type.as_deref() {
            Some("transfer") => Some(Transfer::Blind),
            Some("consultTransfer") => Some(Transfer::Consult),
            _ => None,
        }
    }
}

/// The time in a text, if it has one.
pub(super) fn time(text: &str) -> Option<Millis> {
    match TimeField::text(text) {
        TimeField::Time(time) => Some(time),
        TimeField::Missing | TimeField::Other => None,
    }
}

pub(super) fn needed_id(name: &str, text: &str) -> FieldResult<Id> {
    needed(name, IdField::text(text))
}

pub(super) fn optional_id(name: &str, text: Option<&str>) -> FieldResult<Option<Id>> {
    optional(name, text.map(IdField::text).unwrap_or_default())
}

/// The bounds of the times in a response, which follow from the time of the read.
#[derive(Clone, Copy)]
pub(super) struct TimeBounds(pub(super) Millis);

impl TimeBounds {
    fn needed(self, name: &str, text: &str) -> FieldResult<Millis> {
        let time = if text.is_empty() { TimeField::Missing } else { TimeField::text(text) };
        plausible(name, time, TimeField::Time(self.0))
    }

    pub(super) fn optional(self, name: &str, text: Option<&str>) -> FieldResult<Option<Millis>> {
        text.map(|text| self.needed(name, text)).transpose()
    }
}

/// A session whose every field is within its bounds.
pub(super) struct ValidSession {
    pub(super) id: Id,
    pub(super) media: Media,
    pub(super) queue: Option<Id>,
    pub(super) answered_user: Option<Id>,
    pub(super) is_outbound: bool,
    /// When a callback is due.
    pub(super) scheduled_for: Option<Millis>,
    pub(super) segments: Vec<ValidSegment>,
}

/// A segment whose every field is within its bounds.
pub(super) struct ValidSegment {
    pub(super) kind: SegmentKind,
    pub(super) queue: Option<Id>,
    pub(super) start: Millis,
    pub(super) end: Option<Millis>,
    pub(super) transfer: Option<Transfer>,
}

impl ValidSession {
    pub(super) fn new(session: &Session, bounds: TimeBounds) -> FieldResult<Self> {
        let id = needed_id("sessionId", &session.session_id)?;
        let segments = session.segments.iter().map(|segment| ValidSegment::new(segment, bounds));
        let segments = segments.collect::<FieldResult<Vec<_>>>()?;
        let direction = session.direction.as_deref().unwrap_or_default();
        Ok(Self {
            id,
            media: session.media(),
            queue: segments.iter().find_map(|segment| segment.queue.clone()),
            answered_user: optional_id("answeredUserId", session.answered_user_id.as_deref())?,
            is_outbound: direction.eq_ignore_ascii_case("outbound"),
            scheduled_for: session.callback_scheduled_time.as_deref().and_then(time),
            segments,
        })
    }

    /// The fact of a metric; none for a name that is neither a counter nor a timer.
    pub(super) fn metric(
        &self,
        reported: &SessionMetric,
        user: Option<&Id>,
        bounds: TimeBounds,
    ) -> FieldResult<Option<MetricFact>> {
        let name = match reported.name.as_str() {
            "" => MetricField::Missing,
            name => MetricField::text(name),
        };
        let metric = metric("name", name)?;
        if metric.kind().is_none() {
            return Ok(None);
        }
        let value = reported.value.map(IntegerField::Integer).unwrap_or_default();
        let value = within_bounds("value", value, RefusalCode::BadValue)?;
        Ok(Some(MetricFact {
            session: MetricSession::Session(self.id.clone()),
            metric,
            emitted: bounds.needed("emitDate", &reported.emit_date)?,
            value: value.ok_or_else(|| RefusalCode::BadValue.because("value is missing"))?,
            queue: self.queue.clone(),
            user: user.cloned(),
            media: self.media.clone(),
        }))
    }
}

impl ValidSegment {
    fn new(segment: &Segment, bounds: TimeBounds) -> FieldResult<Self> {
        Ok(Self {
            kind: segment.kind(),
            queue: optional_id("queueId", segment.queue_id.as_deref())?,
            start: bounds.needed("segmentStart", &segment.segment_start)?,
            end: bounds.optional("segmentEnd", segment.segment_end.as_deref())?,
            transfer: segment.transfer(),
        })
    }
}
