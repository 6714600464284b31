//! From stored rows to what viewers get.

use crate::RowState;
use headroom_kpi::settings::Formula;
use headroom_kpi::{Computed, Millis, Row, RowKey};

/// How the rows of a deployment are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    /// Stands before the epoch of every row. An operator changes it after a restore or rebuild:
    /// then nothing that a viewer holds passes for what is there now.
    pub epoch: String,
    /// How service levels are computed.
    pub formula: Formula,
}

impl Presentation {
    /// A row as viewers see it; `began` is its own epoch.
    pub fn row(&self, key: &RowKey, row: &Row, began: u64, at: Millis) -> RowState {
        RowState::of(key, row, format!("{}.{began}", self.epoch), at, self.formula)
    }

    /// What is said of a row that a viewer holds and that is not there any more: it holds nothing.
    /// No row has this epoch, so the next delta of one that begins again finds the viewer behind.
    pub fn absent(&self, key: &RowKey) -> RowState {
        self.row(key, &Row::default(), 0, Millis(0))
    }
}

impl RowState {
    /// A row as viewers see it. Histogram buckets and those that wait are seen by what is computed
    /// from them.
    pub fn of(key: &RowKey, row: &Row, epoch: String, at: Millis, formula: Formula) -> Self {
        let metric = |(key, sum): &(headroom_kpi::Measure, i64)| {
            key.public_name().map(|(metric, part)| (format!("{metric}{part}"), *sum))
        };
        Self {
            subject: key.subject.to_string(),
            bucket: key.bucket.to_string(),
            epoch,
            version: row.version,
            at: jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string(),
            metrics: row.sums.iter().filter_map(metric).collect(),
            computed: Computed::new(row, formula),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::{Amounts, Bucket, Id, Measure, Media, Metric, Subject};
    use headroom_kpi::{Part, Waiting};

    fn key() -> RowKey {
        let id = Id::parse("q").unwrap();
        let subject = Subject::Queue { id, media: Media::new("voice") };
        RowKey { subject, bucket: Bucket::Now }
    }

    fn presentation() -> Presentation {
        Presentation { epoch: "3".into(), formula: Formula::default() }
    }

    #[test]
    fn sums_are_shown_by_name_and_the_rest_by_what_follows_from_it() {
        let answered = Metric::parse("tAnswered").unwrap();
        let session = Id::parse("s").unwrap();
        let waiting = Waiting { second: 1_778_594_562, session };
        let mut row = Row::default();
        row.add(&Amounts::from_iter([
            (Measure::Metric(answered.clone(), Part::Count), 2),
            (Measure::Metric(answered.clone(), Part::Sum), 9_000),
            (Measure::OWaiting, 1),
            (Measure::Wait(7), 1),
            (Measure::WaitingSince(Box::new(waiting)), 1),
        ]));
        let shown = presentation().row(&key(), &row, 17, Millis(1_778_594_562_250));
        assert_eq!((shown.subject.as_str(), shown.bucket.as_str()), ("queue#q#voice", "now"));
        assert_eq!((shown.epoch.as_str(), shown.version), ("3.17", 1));
        assert_eq!(shown.at, "2026-05-12T14:02:42.25Z");
        let names: Vec<_> = shown.metrics.keys().map(String::as_str).collect();
        assert_eq!(names, ["oWaiting", "tAnswered.count", "tAnswered.sum"]);
        assert_eq!(shown.computed.asa_ms, Some(4_500.0));
        assert_eq!(shown.computed.waiting_since.as_deref(), Some("2026-05-12T14:02:42Z"));
    }

    #[test]
    fn a_row_that_is_not_there_holds_nothing() {
        let absent = presentation().absent(&key());
        assert_eq!((absent.epoch.as_str(), absent.version), ("3.0", 0));
        assert!(absent.metrics.is_empty());
    }
}
