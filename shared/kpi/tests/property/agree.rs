//! The crate and the naive model give the same numbers.

use super::{as_naive_rows, at_once, check};
use crate::generate::{Case, case};
use crate::naive::{self, NaiveRow, Ratios};
use headroom_kpi::settings::{Formulas, ServiceLevelFormula};
use headroom_kpi::{Computed, Contributions, Measure, Row, RowKey, histogram};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

#[test]
fn contributions_are_those_of_the_naive_model() {
    check(6_000, &case(), |Case { setup, facts }| {
        let contributions = at_once(&facts, &setup).contributions;
        let mut expected = naive::rows(&facts, &setup);
        for row in expected.values_mut() {
            row.waits.clear();
        }
        prop_assert_eq!(as_naive_rows(&contributions), expected);
        Ok(())
    });
}

#[test]
fn every_wait_is_in_the_histogram_within_five_percent_and_a_millisecond() {
    check(1_500, &case(), |Case { setup, facts }| {
        let contributions = at_once(&facts, &setup).contributions;
        let expected = naive::rows(&facts, &setup);
        for (key, row) in rows_of(&contributions) {
            waits_agree(&row, &expected[&texts(&key)].waits)?;
        }
        Ok(())
    });
}

#[test]
fn computed_values_are_those_of_the_naive_model() {
    let formula = (any::<bool>(), any::<bool>(), any::<bool>());
    check(1_500, &(case(), formula), |(Case { setup, facts }, switches)| {
        let formula = ServiceLevelFormula {
            include_flowouts: switches.0,
            include_short_abandons: switches.1,
            include_abandons: switches.2,
        };
        let contributions = at_once(&facts, &setup).contributions;
        let expected = naive::rows(&facts, &setup);
        for (key, row) in rows_of(&contributions) {
            computed_agrees(&key, &row, &expected[&texts(&key)], formula)?;
        }
        Ok(())
    });
}

fn texts(key: &RowKey) -> (String, String) {
    (key.subject.to_string(), key.bucket.to_string())
}

fn rows_of(contributions: &Contributions) -> Vec<(RowKey, Row)> {
    let row = |amounts: &[(Measure, i64)]| {
        let mut row = Row::default();
        row.add(&amounts.iter().cloned().collect());
        row
    };
    contributions.rows().map(|(key, amounts)| (key.clone(), row(amounts))).collect()
}

fn waits_agree(row: &Row, waits: &[i64]) -> TestCaseResult {
    let counts: Vec<(u16, i64)> = row
        .sums
        .iter()
        .filter_map(|(key, amount)| match key {
            Measure::Wait(bucket) => Some((*bucket, *amount)),
            _ => None,
        })
        .collect();
    let count: i64 = counts.iter().map(|(_, amount)| amount).sum();
    prop_assert_eq!(usize::try_from(count).unwrap(), waits.len());
    for percent in [1_u8, 25, 50, 75, 90, 95, 99, 100] {
        let read = histogram::quantile(&counts, f64::from(percent) / 100.0);
        is_near(read, quantile(waits, percent.into()))?;
    }
    Ok(())
}

/// The smallest wait that at least so many percent of the waits do not exceed.
fn quantile(waits: &[i64], percent: usize) -> Option<i64> {
    let rank = (waits.len() * percent).div_ceil(100).max(1);
    waits.get(rank - 1).copied()
}

/// "any quantile read from it is within 5 % of the true value (plus 1 ms)"
#[allow(clippy::cast_precision_loss)]
fn is_near(read: Option<f64>, wait: Option<i64>) -> TestCaseResult {
    prop_assert_eq!(read.is_some(), wait.is_some());
    if let (Some(read), Some(wait)) = (read, wait) {
        let (wait, off) = (wait as f64, (read - wait as f64).abs());
        prop_assert!(off <= wait * 0.05 + 1.0, "{} for {}", read, wait);
    }
    Ok(())
}

fn computed_agrees(
    key: &RowKey,
    row: &Row,
    expected: &NaiveRow,
    formula: ServiceLevelFormula,
) -> TestCaseResult {
    let computed = Computed::new(
        &key.subject,
        row,
        Formulas { service_level: formula, ..Formulas::default() },
    );
    let ratios = Ratios {
        answer_rate: computed.answer_rate,
        abandon_rate: computed.abandon_rate,
        asa: computed.asa_ms,
        aht: computed.aht_ms,
        talk: computed.avg_talk_ms,
        hold: computed.avg_hold_ms,
        acw: computed.avg_acw_ms,
        service_level: computed.service_level,
        waiting_since: computed.waiting_since,
        interacting_since: computed.interacting_since,
    };
    prop_assert_eq!(ratios, Ratios::new(&texts(key).0, expected, formula));
    is_near(computed.wait_p50_ms, quantile(&expected.waits, 50))?;
    is_near(computed.wait_p90_ms, quantile(&expected.waits, 90))?;
    is_near(computed.wait_p95_ms, quantile(&expected.waits, 95))
}
