//! The metric fact as the steps of this module hand it on.

use crate::facts::{MetricFact, MetricSession};
use crate::id::Id;
use crate::names::{Media, Metric};
use crate::time::Millis;
use serde::Serialize;

/// Two facts on different sessions, or from different feeds, can be about the same thing only if
/// their emit times are at most this far apart (`kpis.md#same-queue`).
pub const MATCH_WITHIN: Millis = Millis(10_000);

/// Whatever ends an alert has happened within this time of its end.
pub(crate) const ALERT_END: Millis = Millis(2_000);

/// A metric fact that counts, unless an [`Exclusion`] stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveMetric<'a> {
    /// Its session; none for an official fact that names only a record.
    pub session: Option<&'a Id>,
    /// Its name.
    pub metric: Metric,
    /// The emit time, which decides interval and day.
    pub emitted: Millis,
    /// Milliseconds of a timer, or a count.
    pub value: i64,
    /// The queue whose rows it goes to.
    pub queue: Option<&'a Id>,
    /// The agent whose rows it goes to.
    pub user: Option<&'a Id>,
    /// The media type of those rows.
    pub media: Media,
    /// What it rests on.
    pub provenance: Provenance,
}

/// What a metric fact rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Derived from sessions.
    Derived,
    /// Computed by Genesys, and published as a metric event.
    Official,
    /// Computed by Genesys, and in an API response as well as in a metric event.
    Confirmed,
    /// Computed by Genesys, and brought by an API response alone (`kpis.md#repaired`).
    Repaired,
}

/// Why a metric fact does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// A metric event, and the API has at least as many facts of the session and metric
    /// (`kpis.md#sources`).
    ApiSetCounts,
    /// A fact of the API, and there are more metric events of the session and metric
    /// (`kpis.md#sources`).
    EventSetCounts,
    /// A metric event without a session, which the API reports under a session
    /// (`kpis.md#events-without-a-session`).
    ReportedUnderSession,
    /// Derived, and its session has an official fact of the family (`kpis.md#same-session`).
    SameSession,
    /// Derived, and an official fact on another session of the queue is its counterpart, or that of
    /// its family (`kpis.md#same-queue`).
    SameQueue,
    /// A derived `nOverSla`, and the derived `tAnswered` of its session is replaced
    /// (`kpis.md#service-level-misses`).
    AnsweredOfficially,
    /// Derived, and the conversation is complete: Genesys does not say it (`kpis.md#complete`).
    Complete,
}

/// The metrics of which a session has one, or one and their total. What Genesys says of one of them
/// replaces all that is derived of the others (`kpis.md#families`).
const FAMILIES: [[Metric; 3]; 2] = [
    [Metric::T_ANSWERED, Metric::T_ABANDON, Metric::T_FLOW_OUT],
    [Metric::N_TRANSFERRED, Metric::N_BLIND_TRANSFERRED, Metric::N_CONSULT_TRANSFERRED],
];

impl<'a> EffectiveMetric<'a> {
    /// The first metric of its family; most metrics are a family of their own.
    pub(super) fn family(&self) -> Metric {
        let family = FAMILIES.iter().find(|family| family.contains(&self.metric));
        family.map_or(&self.metric, |family| &family[0]).clone()
    }

    pub(super) fn official(fact: &'a MetricFact, provenance: Provenance) -> Self {
        let session = match &fact.session {
            MetricSession::Session(id) => Some(id),
            MetricSession::Record(_) => None,
        };
        Self {
            session,
            metric: fact.metric.clone(),
            emitted: fact.emitted,
            value: fact.value,
            queue: fact.queue.as_ref(),
            user: fact.user.as_ref(),
            media: fact.media.clone(),
            provenance,
        }
    }
}
