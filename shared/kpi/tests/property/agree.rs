//! The crate and the oracle say the same.

use super::{at_once, check, in_words};
use crate::generate::{Case, case};
use crate::naive::{self, NaiveRow, Ratios};
use headroom_kpi::settings::Formula;
use headroom_kpi::{Computed, Contributions, Measure, Row, histogram};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

#[test]
fn books_are_what_the_rules_say_read_literally() {
    check(6_000, &case(), |Case { setup, facts }| {
        let books = at_once(&facts, &setup).contributions;
        let mut expected = naive::rows(&facts, &setup);
        for row in expected.values_mut() {
            row.waits.clear();
        }
        prop_assert_eq!(in_words(&books), expected);
        Ok(())
    });
}

#[test]
fn every_wait_is_in_the_histogram_within_five_percent_and_a_millisecond() {
    check(1_500, &case(), |Case { setup, facts }| {
        let books = at_once(&facts, &setup).contributions;
        let expected = naive::rows(&facts, &setup);
        for (place, row) in rows_of(&books) {
            waits_agree(&row, &expected[&place].waits)?;
        }
        Ok(())
    });
}

#[test]
fn what_is_computed_on_read_follows_section_6() {
    let formula = (any::<bool>(), any::<bool>(), any::<bool>());
    check(1_500, &(case(), formula), |(Case { setup, facts }, on)| {
        let formula = Formula {
            include_flowouts: on.0,
            include_short_abandons: on.1,
            include_abandons: on.2,
        };
        let books = at_once(&facts, &setup).contributions;
        let expected = naive::rows(&facts, &setup);
        for (place, row) in rows_of(&books) {
            computed_agrees(&row, &expected[&place], formula)?;
        }
        Ok(())
    });
}

fn rows_of(books: &Contributions) -> Vec<((String, String), Row)> {
    let row = |amounts: &[(Measure, i64)]| {
        let mut row = Row::default();
        row.add(&amounts.iter().cloned().collect());
        row
    };
    let name = |key: &headroom_kpi::RowKey| (key.subject.to_string(), key.bucket.to_string());
    let all = books.rows();
    all.map(|(key, amounts)| (name(key), row(amounts))).collect()
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

/// "any quantile read back is within 5 % of the true value (plus 1 ms)"
#[allow(clippy::cast_precision_loss)]
fn is_near(read: Option<f64>, wait: Option<i64>) -> TestCaseResult {
    prop_assert_eq!(read.is_some(), wait.is_some());
    if let (Some(read), Some(wait)) = (read, wait) {
        let (wait, off) = (wait as f64, (read - wait as f64).abs());
        prop_assert!(off <= wait * 0.05 + 1.0, "{} for {}", read, wait);
    }
    Ok(())
}

fn computed_agrees(row: &Row, expected: &NaiveRow, formula: Formula) -> TestCaseResult {
    let computed = Computed::new(row, formula);
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
    };
    prop_assert_eq!(ratios, Ratios::of(expected, formula));
    is_near(computed.wait_p50_ms, quantile(&expected.waits, 50))?;
    is_near(computed.wait_p90_ms, quantile(&expected.waits, 90))?;
    is_near(computed.wait_p95_ms, quantile(&expected.waits, 95))
}
