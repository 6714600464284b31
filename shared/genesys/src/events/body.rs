//! The fields of all used topics' bodies, and how they become facts.

use super::scan::Scan;
use crate::fields::RefusalCode;
use crate::fields::check::{
    FieldResult, duration, metric, needed, optional, plausible, within_bounds,
};
use crate::fields::{Field, IdField, IntegerField, MetricField, Outbound, ReadField, TimeField};
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, MetricFact, MetricSession, Outcome, Transfer,
    UserEnd, UserStart, Work,
};
use headroom_kpi::{Id, Media, Metric, Millis};
use serde::Deserialize;
use std::mem::take;

/// Declares the fields of a body. The number of a field tells it apart from all others, those of the
/// envelope included.
macro_rules! body {
    ($($number:literal $name:literal $field:ident: $type:ty),* $(,)?) => {
        /// What is read of a body; no topic has all of it. The topics never use a name for two
        /// things.
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub(crate) struct Body {
            $(#[serde(rename = $name)] $field: Field<$type>,)*
        }

        impl Body {
            fn scan_entry(&mut self, scan: &mut Scan<'_>, key: &str, keys: &mut u32) -> Option<()> {
                match key {
                    $($name => scan.field(&mut self.$field, $number, keys),)*
                    _ => scan.skip(0),
                }
            }

            /// The field with a number.
            pub(crate) fn field(&mut self, number: u32) -> Option<&mut dyn ReadField> {
                match number {
                    $($number => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

body! {
    2 "eventTime" event_time: IntegerField,
    3 "conversationId" conversation_id: IdField,
    4 "sessionId" session_id: IdField,
    5 "queueId" queue_id: IdField,
    6 "userId" user_id: IdField,
    7 "answeredUserId" answered_user_id: IdField,
    8 "mediaType" media_type: Option<Media>,
    9 "direction" direction: Outbound,
    10 "acdOutcome" acd_outcome: Option<Outcome>,
    11 "disconnectType" disconnect_type: Option<Transfer>,
    12 "connectedDurationMs" connected_duration_ms: IntegerField,
    13 "alertingDurationMs" alerting_duration_ms: IntegerField,
    14 "interactingDurationMs" interacting_duration_ms: IntegerField,
    15 "heldDurationMs" held_duration_ms: IntegerField,
    16 "contactingDurationMs" contacting_duration_ms: IntegerField,
    17 "dialingDurationMs" dialing_duration_ms: IntegerField,
    18 "wrapupDurationMs" wrapup_duration_ms: IntegerField,
    19 "metric" metric: MetricField,
    20 "metricDate" metric_date: TimeField,
    21 "value" value: IntegerField,
    22 "recordId" record_id: IdField,
}

impl Body {
    /// Reads what `Deserialize` would read of the usual event. Into a place that is there already:
    /// a body is too large to be moved about.
    pub(crate) fn scan(&mut self, scan: &mut Scan<'_>) -> Option<()> {
        let mut keys = 0;
        scan.object(|scan, key| self.scan_entry(scan, key, &mut keys))
    }

    pub(crate) fn conversation(&mut self) -> FieldResult<Id> {
        needed("conversationId", take(&mut self.conversation_id.0))
    }

    fn session(&mut self) -> FieldResult<Id> {
        needed("sessionId", take(&mut self.session_id.0))
    }

    pub(crate) fn acd_start(&mut self, time: Millis) -> FieldResult<FactKind> {
        let session = self.session()?;
        let queue = needed("queueId", take(&mut self.queue_id.0))?;
        let media = self.media_type.0.take();
        Ok(FactKind::AcdStart(session, AcdStart { time, queue, media }))
    }

    pub(crate) fn acd_end(&mut self, time: Millis) -> FieldResult<FactKind> {
        let session = self.session()?;
        let end = AcdEnd {
            time,
            queue: needed("queueId", take(&mut self.queue_id.0))?,
            answered_user: optional("answeredUserId", take(&mut self.answered_user_id.0))?,
            connected: duration("connectedDurationMs", self.connected_duration_ms.0)?,
            media: self.media_type.0.take(),
            outcome: self.acd_outcome.0,
        };
        Ok(FactKind::AcdEnd(session, end))
    }

    pub(crate) fn user_start(&mut self, time: Millis) -> FieldResult<FactKind> {
        Ok(FactKind::UserStart(self.session()?, UserStart { time, work: self.work()? }))
    }

    pub(crate) fn user_end(&mut self, time: Millis) -> FieldResult<FactKind> {
        let session = self.session()?;
        let (work, durations) = (self.work()?, self.durations()?);
        let end = UserEnd { time, work, durations, transfer: self.disconnect_type.0 };
        Ok(FactKind::UserEnd(session, end))
    }

    pub(crate) fn acw(&mut self, time: Millis) -> FieldResult<FactKind> {
        let session = self.session()?;
        let wrapup = duration("wrapupDurationMs", self.wrapup_duration_ms.0)?;
        Ok(FactKind::Acw(session, Acw { time, work: self.work()?, wrapup }))
    }

    pub(crate) fn customer_start(&mut self, time: Millis) -> FieldResult<FactKind> {
        Ok(FactKind::CustomerStart(self.session()?, time))
    }

    pub(crate) fn customer_end(&mut self, time: Millis) -> FieldResult<FactKind> {
        Ok(FactKind::CustomerEnd(self.session()?, time))
    }

    /// The name of the metric.
    pub(crate) fn metric(&mut self) -> FieldResult<Metric> {
        metric("metric", take(&mut self.metric.0))
    }

    pub(crate) fn metric_fact(
        &mut self,
        metric: Metric,
        emitted: Millis,
    ) -> FieldResult<MetricFact> {
        let value = within_bounds("value", self.value.0, RefusalCode::BadValue)?;
        Ok(MetricFact {
            session: self.metric_session()?,
            metric,
            emitted,
            value: value.ok_or_else(|| RefusalCode::BadValue.because("value is missing"))?,
            queue: optional("queueId", take(&mut self.queue_id.0))?,
            user: optional("userId", take(&mut self.user_id.0))?,
            media: self.media_type.0.take().unwrap_or(Media::UNKNOWN),
        })
    }

    fn metric_session(&mut self) -> FieldResult<MetricSession> {
        if let Some(id) = optional("sessionId", take(&mut self.session_id.0))? {
            return Ok(MetricSession::Session(id));
        }
        // Without either, a repeat could not be told from another emission.
        let record = optional("recordId", take(&mut self.record_id.0))?;
        let missing = || RefusalCode::MissingId.because("sessionId and recordId are missing");
        record.map(MetricSession::Record).ok_or_else(missing)
    }

    fn work(&mut self) -> FieldResult<Work> {
        Ok(Work {
            user: needed("userId", take(&mut self.user_id.0))?,
            queue: optional("queueId", take(&mut self.queue_id.0))?,
            media: self.media_type.0.take(),
            outbound: self.direction.0.0,
        })
    }

    fn durations(&self) -> FieldResult<Durations> {
        let of = |name, field: &Field<IntegerField>| {
            duration(name, field.0).map(Option::unwrap_or_default)
        };
        Ok(Durations {
            alerting: of("alertingDurationMs", &self.alerting_duration_ms)?,
            interacting: of("interactingDurationMs", &self.interacting_duration_ms)?,
            hold: of("heldDurationMs", &self.held_duration_ms)?,
            contacting: of("contactingDurationMs", &self.contacting_duration_ms)?,
            dialing: of("dialingDurationMs", &self.dialing_duration_ms)?,
        })
    }

    /// `eventTime`, in milliseconds since 1970.
    pub(crate) fn event_time(&self, envelope: TimeField) -> FieldResult<Millis> {
        plausible("eventTime", self.event_time.0.into(), envelope)
    }

    /// `metricDate`, ISO-8601.
    pub(crate) fn metric_date(&self, envelope: TimeField) -> FieldResult<Millis> {
        plausible("metricDate", self.metric_date.0, envelope)
    }
}
