//! `headroom.api.budget`: what was spent of the API budget, as two facts.

use crate::fields::RefusalCode;
use crate::fields::check::{FieldResult, plausible};
use crate::fields::{Field, IntegerField, TimeField};
use headroom_kpi::facts::{BudgetMetric, BudgetReport, BudgetScope, FactKind, Source};
use headroom_kpi::{DAY_MS, EntityKey, Fact, Millis};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The body of the event.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ReportBody {
    reported_at: Field<IntegerField>,
    date: Field<String>,
    now: Option<Sums>,
    day: Option<Sums>,
}

/// Numbers by name.
type Sums = BTreeMap<String, Field<IntegerField>>;

/// How far the date may be from that of the report in UTC: no time zone is further apart.
const DAYS_APART_MAX: i32 = 1;

impl ReportBody {
    /// The facts, one for each row. `envelope` is when the event arrived.
    pub(crate) fn facts(&self, envelope: TimeField) -> FieldResult<Vec<(EntityKey, Fact)>> {
        let at = plausible("reportedAt", self.reported_at.0.into(), envelope)?;
        let day = BudgetScope::Day(self.day(at)?);
        let fact = |scope, name, reported: &Option<Sums>| {
            let sums = sums(name, reported.as_ref())?;
            let kind = FactKind::Budget(BudgetReport { at, scope, sums });
            Ok((EntityKey::ApiBudget(scope), Fact { source: Source::Event, kind }))
        };
        Ok(vec![fact(BudgetScope::Now, "now", &self.now)?, fact(day, "day", &self.day)?])
    }

    /// The day, in days since 1970-01-01.
    fn day(&self, at: Millis) -> FieldResult<i32> {
        let bad = |why: &str| RefusalCode::BadTime.because(format!("date {why}"));
        let date: Date = self.date.0.parse().map_err(|_| bad("is not a date"))?;
        let since = date - jiff::civil::date(1970, 1, 1);
        let reported = i32::try_from(at.0.div_euclid(DAY_MS)).unwrap_or_default();
        if (since.get_days() - reported).abs() > DAYS_APART_MAX {
            return Err(bad("is not that of the report"));
        }
        Ok(since.get_days())
    }
}

/// The sums that are not zero, in order. Unknown names are skipped.
fn sums(name: &str, reported: Option<&Sums>) -> FieldResult<Vec<(BudgetMetric, i64)>> {
    let bad = |why: String| RefusalCode::BadValue.because(why);
    let reported = reported.ok_or_else(|| bad(format!("{name} is missing")))?;
    let mut sums = Vec::new();
    for &sum in BudgetMetric::ALL {
        let Some(value) = reported.get(sum.as_str()) else { continue };
        match value.0 {
            IntegerField::Value(value) if (0..=SUM_MAX).contains(&value) => {
                sums.extend((value > 0).then_some((sum, value)));
            }
            IntegerField::Missing => {}
            _ => return Err(bad(format!("{} is not a whole number in range", sum.as_str()))),
        }
    }
    Ok(sums)
}

/// The greatest sum: some are times in seconds since 1970.
const SUM_MAX: i64 = Millis::EVENT_TIME_MAX.seconds();
