//! What may have gone by time to live is left out.

use crate::centre::{simulate, small};
use headroom_engine::{DifferenceKind, Exemption, RowDifference};
use headroom_kpi::{Bucket, Millis, Settings, Subject};

const DAY_MS: i64 = 86_400_000;

#[test]
fn what_an_entity_that_is_gone_has_added_to_the_past_is_no_difference() {
    let (mut snapshot, newest) = simulate(&small(1), &Settings::default());
    snapshot.entities.clear();
    let report = snapshot.audit(newest + Millis(92 * DAY_MS), 2);
    let is_gauge =
        |subject: &Subject| !matches!(subject, Subject::AgentStatus(_) | Subject::ApiBudget);
    let gauges = snapshot.rows.iter().filter(|(row, _)| row.bucket == Bucket::Now);
    let (gauges, statuses): (Vec<_>, Vec<_>) =
        gauges.map(|(row, _)| row).partition(|row| is_gauge(&row.subject));
    let reported: Vec<_> = report.differences.iter().map(|difference| &difference.row).collect();
    assert_eq!(reported, gauges, "nothing is open of what is gone");
    let kinds = report.differences.iter().map(RowDifference::kind);
    assert!(kinds.into_iter().all(|kind| kind == DifferenceKind::WithoutContributions));
    let exempt = report.summary.exempt;
    assert_eq!(exempt[&Exemption::StatusExpired], statuses.len() as u64);
    let past = snapshot.rows.len() - gauges.len() - statuses.len();
    assert_eq!(exempt[&Exemption::EntitiesExpired], past as u64);
    assert!(!gauges.is_empty() && !statuses.is_empty() && past > 100);
}

#[test]
fn a_row_that_may_be_gone_is_not_missing() {
    let (mut snapshot, newest) = simulate(&small(2), &Settings::default());
    let is_interval = |bucket: &Bucket| matches!(bucket, Bucket::Interval { .. });
    snapshot.rows.retain(|(row, _)| !is_interval(&row.bucket));
    let missing = snapshot.audit(newest, 1);
    assert!(missing.differences.len() > 50);
    assert!(missing.differences.iter().all(|difference| is_interval(&difference.row.bucket)));
    let later = snapshot.audit(newest + Millis(402 * DAY_MS), 1);
    let intervals =
        later.differences.iter().filter(|difference| is_interval(&difference.row.bucket));
    assert_eq!(intervals.count(), 0);
}
