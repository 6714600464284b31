//! From stored rows to the rows of the protocol.

use crate::RowState;
use headroom_kpi::settings::{Formulas, Timeline};
use headroom_kpi::{Computed, Measure, Millis, Row, RowKey};

/// Whether rows have the histograms of their waits, which percentiles of several queues need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Histograms {
    /// Rows have what is computed from them, and no more.
    Absent,
    /// Rows have the number of waits in each bucket, as `w<number>` among the sums.
    Present,
}

/// Formats stored rows for viewers, by the settings of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFormatter {
    /// Prefix of every row's epoch. An operator changes it after rows were restored or rebuilt, so
    /// that no version of before is taken for a version of now.
    pub epoch: String,
    /// How service levels and occupancy are computed, of rows that begin at a time.
    pub formulas: Timeline<Formulas>,
}

impl Histograms {
    /// The name under which viewers get a sum; none if they do not get it.
    pub fn name(self, measure: &Measure) -> Option<String> {
        match (self, measure) {
            (Self::Present, Measure::Wait(bucket)) => Some(format!("w{bucket}")),
            _ => measure.public_name().map(|(name, part)| format!("{name}{part}")),
        }
    }
}

impl RowFormatter {
    /// A row for viewers. `row_epoch` is the epoch that is stored with the row, and `at` the newest
    /// event time in its last change. The starts of sessions are left out: viewers get what is
    /// computed from them.
    pub fn format(
        &self,
        key: &RowKey,
        row: &Row,
        row_epoch: u64,
        at: Millis,
        histograms: Histograms,
    ) -> RowState {
        let metric = |(measure, sum): &(Measure, i64)| Some((histograms.name(measure)?, *sum));
        let formulas = *self.formulas.value_at(key.bucket.settings_time());
        RowState {
            subject: key.subject.to_string(),
            bucket: key.bucket.to_string(),
            epoch: self.row_epoch(row_epoch),
            version: row.version,
            at: jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string(),
            metrics: row.sums.iter().filter_map(metric).collect(),
            computed: Computed::new(&key.subject, row, formulas),
            name: None,
        }
    }

    /// The epoch of a row as viewers have it, from the one that is stored with it.
    pub fn row_epoch(&self, row_epoch: u64) -> String {
        format!("{}.{row_epoch}", self.epoch)
    }

    /// What a viewer gets in place of a row that it has and that no longer exists: version 0 without
    /// metrics, in an epoch that no row has. If the row is created again, its next delta does not
    /// apply to this, and the viewer asks for the whole row.
    pub fn tombstone(&self, key: &RowKey) -> RowState {
        self.format(key, &Row::default(), 0, Millis(0), Histograms::Absent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::settings::ServiceLevelFormula;
    use headroom_kpi::{Amounts, Bucket, Id, Measure, Media, Metric, Part, Subject, Waiting};

    fn key() -> RowKey {
        let id = Id::parse("q").unwrap();
        let subject = Subject::Queue { id, media: Media::new("voice") };
        RowKey { subject, bucket: Bucket::Now }
    }

    fn formatter() -> RowFormatter {
        RowFormatter { epoch: "3".into(), formulas: Timeline::new(Formulas::default()) }
    }

    #[test]
    fn sums_are_formatted_by_name_and_the_rest_as_computed_values() {
        let answered = Metric::parse("tAnswered").unwrap();
        let tag = Id::parse("73").unwrap();
        let waiting = Waiting { second: 1_778_594_562, tag };
        let mut row = Row::default();
        row.add(&Amounts::from_iter([
            (Measure::Metric(answered.clone(), Part::Count), 2),
            (Measure::Metric(answered.clone(), Part::Sum), 9_000),
            (Measure::OWaiting, 1),
            (Measure::Wait(7), 1),
            (Measure::WaitingSince(Box::new(waiting)), 1),
        ]));
        let format = |histograms| {
            formatter().format(&key(), &row, 17, Millis(1_778_594_562_250), histograms)
        };
        let state = format(Histograms::Absent);
        assert_eq!((state.subject.as_str(), state.bucket.as_str()), ("queue#q#voice", "now"));
        assert_eq!((state.epoch.as_str(), state.version), ("3.17", 1));
        assert_eq!(state.at, "2026-05-12T14:02:42.25Z");
        let names: Vec<_> = state.metrics.keys().map(String::as_str).collect();
        assert_eq!(names, ["oWaiting", "tAnswered.count", "tAnswered.sum"]);
        assert_eq!(state.computed.asa_ms, Some(4_500.0));
        assert_eq!(state.computed.waiting_since.as_deref(), Some("2026-05-12T14:02:42Z"));
        let with_histograms = format(Histograms::Present);
        assert_eq!(with_histograms.metrics.get("w7"), Some(&1));
        assert_eq!(with_histograms.metrics.len(), 4);
    }

    #[test]
    fn a_service_level_follows_the_formula_of_when_its_row_began() {
        let mut formatter = formatter();
        let service_level =
            ServiceLevelFormula { include_abandons: false, ..ServiceLevelFormula::default() };
        let without = Formulas { service_level, ..Formulas::default() };
        formatter.formulas.set(Millis(1_800_000), without);
        let mut row = Row::default();
        let measure = |name, part| Measure::Metric(Metric::parse(name).unwrap(), part);
        row.add(&Amounts::from_iter([
            (measure("tAnswered", Part::Count), 1),
            (measure("tAbandon", Part::Count), 1),
        ]));
        let service_level = |bucket: &str| {
            let key = RowKey { bucket: bucket.parse().unwrap(), ..key() };
            formatter.format(&key, &row, 1, Millis(0), Histograms::Absent).computed.service_level
        };
        assert_eq!(service_level("PT30M#1970-01-01T00:00:00Z"), Some(0.5));
        assert_eq!(service_level("PT30M#1970-01-01T00:30:00Z"), Some(1.0));
        assert_eq!(service_level("P1D#1970-01-01"), Some(0.5), "the day began before");
        assert_eq!(service_level("P1D#1970-01-02"), Some(1.0));
    }

    #[test]
    fn a_tombstone_has_no_version_and_no_metrics() {
        let tombstone = formatter().tombstone(&key());
        assert_eq!((tombstone.epoch.as_str(), tombstone.version), ("3.0", 0));
        assert!(tombstone.metrics.is_empty());
    }
}
