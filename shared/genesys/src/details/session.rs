//! Participants, sessions and segments of an API response, and their checks.

use super::{Segment, Session, SessionMetric};
use crate::fields::RefusalCode;
use crate::fields::check::{FieldResult, metric, needed, optional, plausible, within_bounds};
use crate::fields::{IdField, IntegerField, MetricField, Scalar, TimeField};
use headroom_kpi::facts::{MetricFact, MetricSession, Transfer};
use headroom_kpi::{Id, Media, Millis};

/// The type of segments in which a queue waits, or a user talks.
pub(super) const INTERACT: &str = "interact";

/// The type of segments of after-call work.
pub(super) const WRAPUP: &str = "wrapup";

impl Session {
    /// The queue of the first segment that has one.
    pub(super) fn queue(&self) -> Option<&str> {
        self.segments.iter().find_map(|segment| segment.queue_id.as_deref())
    }

    pub(super) fn media(&self) -> Media {
        Media::new(&self.media_type)
    }
}

impl Segment {
    fn end(&self, bounds: TimeBounds) -> FieldResult<Option<Millis>> {
        bounds.optional("segmentEnd", self.segment_end.as_deref())
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
    TimeField::text(text).value()
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
        plausible(name, time, TimeField::Value(self.0))
    }

    pub(super) fn optional(self, name: &str, text: Option<&str>) -> FieldResult<Option<Millis>> {
        text.map(|text| self.needed(name, text)).transpose()
    }
}

/// A session whose id and queue can be used: every fact of it has them. What else a fact rests on is
/// checked for that fact alone.
pub(super) struct ValidSession<'a> {
    pub(super) id: Id,
    pub(super) media: Media,
    pub(super) queue: Option<Id>,
    pub(super) answered_user: FieldResult<Option<Id>>,
    pub(super) is_outbound: bool,
    /// When a callback is due.
    pub(super) scheduled_for: Option<Millis>,
    segments: &'a [Segment],
    bounds: TimeBounds,
}

/// A segment whose every time is within its bounds.
pub(super) struct ValidSegment<'a> {
    pub(super) kind: &'a str,
    pub(super) start: Millis,
    pub(super) end: Option<Millis>,
    pub(super) transfer: Option<Transfer>,
}

impl<'a> ValidSession<'a> {
    pub(super) fn new(session: &'a Session, bounds: TimeBounds) -> FieldResult<Self> {
        let direction = session.direction.as_deref().unwrap_or_default();
        Ok(Self {
            id: needed_id("sessionId", &session.session_id)?,
            media: session.media(),
            queue: optional_id("queueId", session.queue())?,
            answered_user: optional_id("answeredUserId", session.answered_user_id.as_deref()),
            is_outbound: direction.eq_ignore_ascii_case("outbound"),
            scheduled_for: session.callback_scheduled_time.as_deref().and_then(time),
            segments: &session.segments,
            bounds,
        })
    }

    /// When the first segment of some kinds began.
    pub(super) fn start(&self, is_part: impl Fn(&str) -> bool) -> FieldResult<Option<Millis>> {
        let segments = self.segments.iter().filter(|segment| is_part(&segment.segment_type));
        let starts =
            segments.map(|segment| self.bounds.needed("segmentStart", &segment.segment_start));
        Ok(starts.collect::<FieldResult<Vec<_>>>()?.into_iter().min())
    }

    /// When the last segment ended, if all have ended.
    pub(super) fn end(&self) -> FieldResult<Option<Millis>> {
        let ends = self.segments.iter().map(|segment| segment.end(self.bounds));
        Ok(last_end(ends.collect::<FieldResult<Vec<_>>>()?))
    }

    /// The segments of some kinds.
    pub(super) fn segments(
        &self,
        is_part: impl Fn(&str) -> bool,
    ) -> FieldResult<Vec<ValidSegment<'a>>> {
        let segments = self.segments.iter().filter(|segment| is_part(&segment.segment_type));
        segments.map(|segment| ValidSegment::new(segment, self.bounds)).collect()
    }

    /// The fact of a metric; none for a name that is neither a counter nor a timer.
    pub(super) fn metric(
        &self,
        reported: &SessionMetric,
        user: Option<Id>,
    ) -> FieldResult<Option<MetricFact>> {
        let name = match reported.name.as_str() {
            "" => MetricField::Missing,
            name => MetricField::text(name),
        };
        let metric = metric("name", name)?;
        if metric.kind().is_none() {
            return Ok(None);
        }
        let value = reported.value.map(IntegerField::Value).unwrap_or_default();
        let value = within_bounds("value", value, RefusalCode::BadValue)?;
        Ok(Some(MetricFact {
            session: MetricSession::Session(self.id.clone()),
            metric,
            emitted: self.bounds.needed("emitDate", &reported.emit_date)?,
            value: value.ok_or_else(|| RefusalCode::BadValue.because("value is missing"))?,
            queue: self.queue.clone(),
            user,
            media: self.media.clone(),
        }))
    }
}

/// The last of some ends, if there are no open ones among them.
pub(super) fn last_end(ends: impl IntoIterator<Item = Option<Millis>>) -> Option<Millis> {
    ends.into_iter().collect::<Option<Vec<_>>>()?.into_iter().max()
}

impl<'a> ValidSegment<'a> {
    fn new(segment: &'a Segment, bounds: TimeBounds) -> FieldResult<Self> {
        Ok(Self {
            kind: &segment.segment_type,
            start: bounds.needed("segmentStart", &segment.segment_start)?,
            end: segment.end(bounds)?,
            transfer: segment.transfer(),
        })
    }
}
