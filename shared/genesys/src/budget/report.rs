//! What was spent, as it goes on the bus (`headroom.api.budget`).

use super::forecast::Rate;
use super::usage::DayUsage;
use super::{Budget, CalendarTime, Limits};
use headroom_kpi::Millis;
use headroom_kpi::facts::BudgetMetric;
use serde::{Serialize, Serializer};

/// For so long the final figures of a day are reported again.
const CLOSING_MS: i64 = 3_600_000;

/// The body of an event `headroom.api.budget`: what was spent, without zeros.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// When it was made, in ms.
    #[serde(serialize_with = "millis")]
    pub reported_at: Millis,
    /// Which day it is about, in days since 1970-01-01; as a date in the event.
    #[serde(serialize_with = "date")]
    pub date: i32,
    /// What the bucket `now` holds.
    #[serde(serialize_with = "by_name")]
    pub now: Vec<(BudgetMetric, i64)>,
    /// What the day's bucket holds.
    #[serde(serialize_with = "by_name")]
    pub day: Vec<(BudgetMetric, i64)>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde calls it.
fn millis<S: Serializer>(at: &Millis, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_i64(at.0)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // Serde calls it.
fn date<S: Serializer>(day: &i32, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&super::calendar_time::date(*day))
}

fn by_name<S: Serializer>(sums: &[(BudgetMetric, i64)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(sums.iter().map(|(sum, value)| (sum.as_str(), value)))
}

/// Used and allowed of the minute, the day and the month.
struct Usage {
    minute: (u32, u32),
    day: (u32, u32),
    month: (u32, u32),
}

impl Budget {
    /// What was spent as of now. `due` is how many conversations wait for a request.
    ///
    /// `minute.used` is what counts against the minute's allowance (67 s, see [`Budget`]'s
    /// module), so that used equals allowed exactly when nothing more is granted. Forecasts are
    /// there if a ceiling is met before its day or month ends: `day.fullAt` at the pace of the
    /// present hour and the three before it, `month.fullAt` at that of the present day and the
    /// seven before it, both since the first request at most and over an hour at least.
    pub fn report(&self, when: &CalendarTime, limits: &Limits, due: u64) -> Report {
        let rolled = self.rolled(when);
        let mut now = rolled.used_and_allowed(limits);
        now.extend(rolled.forecasts(when, limits));
        now.extend(
            day_sums(&rolled.today).into_iter().filter(|(sum, _)| *sum != BudgetMetric::DayUsed),
        );
        let blocked = rolled.blocked(when.now).map_or(0, seconds_up);
        now.push((BudgetMetric::BlockedUntil, blocked));
        now.push((BudgetMetric::Due, i64::try_from(due).unwrap_or(i64::MAX)));
        let day = day_sums(&rolled.today);
        Report { reported_at: when.now, date: rolled.today.date, now: tidy(now), day: tidy(day) }
    }

    /// The final figures of the day before, in the first hour of a day: what was spent after its
    /// last report would be missing otherwise. Its `now` is empty: of two reports of the same time
    /// the greater counts.
    pub fn closing_report(&self, when: &CalendarTime) -> Option<Report> {
        let rolled = self.rolled(when);
        let last = &rolled.last_day;
        let is_young = when.now.0 - when.day_starts.0 < CLOSING_MS;
        (is_young && last.date == when.day - 1).then(|| Report {
            reported_at: when.now,
            date: last.date,
            now: Vec::new(),
            day: tidy(day_sums(last)),
        })
    }

    /// The greatest of used / allowed over the minute, the day and the month: 1 is all of it.
    pub fn usage_share(&self, when: &CalendarTime, limits: &Limits) -> f64 {
        let usage = self.rolled(when).usage(limits);
        let share = |(used, allowed): (u32, u32)| f64::from(used) / f64::from(allowed);
        [usage.minute, usage.day, usage.month].map(share).into_iter().fold(0.0, f64::max)
    }

    fn rolled(&self, when: &CalendarTime) -> Self {
        let mut rolled = self.clone();
        rolled.roll(when);
        rolled
    }

    fn usage(&self, limits: &Limits) -> Usage {
        let minute = u32::try_from(self.grants.len()).unwrap_or(u32::MAX);
        Usage {
            minute: (minute, limits.per_minute(self.allowed)),
            day: (self.today.used(), limits.per_day),
            month: (self.month.used, limits.per_month),
        }
    }

    fn used_and_allowed(&self, limits: &Limits) -> Vec<(BudgetMetric, i64)> {
        let Usage { minute, day, month } = self.usage(limits);
        vec![
            (BudgetMetric::MinuteUsed, minute.0.into()),
            (BudgetMetric::MinuteAllowed, minute.1.into()),
            (BudgetMetric::DayUsed, day.0.into()),
            (BudgetMetric::DayAllowed, day.1.into()),
            (BudgetMetric::MonthUsed, month.0.into()),
            (BudgetMetric::MonthAllowed, month.1.into()),
        ]
    }

    fn forecasts(&self, when: &CalendarTime, limits: &Limits) -> [(BudgetMetric, i64); 2] {
        let (now, since) = (when.now, Millis(self.since.unwrap_or(when.now.0)));
        let hours = self.hours.of_hours(now, since);
        let days = self.days.of_days(when, since);
        // A ceiling that is met was met by the last grant of all.
        let met = self.last.map_or(now, Millis);
        let full_at = |pace: &Rate, (used, allowed): (u32, u32), ends| {
            match allowed.saturating_sub(used) {
                0 => Some(met),
                more => pace.reaches(more, now, ends),
            }
            .map_or(0, seconds_up)
        };
        let usage = self.usage(limits);
        [
            (BudgetMetric::DayFullAt, full_at(&hours, usage.day, when.day_ends)),
            (BudgetMetric::MonthFullAt, full_at(&days, usage.month, when.month_ends)),
        ]
    }
}

fn day_sums(day: &DayUsage) -> Vec<(BudgetMetric, i64)> {
    vec![
        (BudgetMetric::DayUsed, day.used().into()),
        (BudgetMetric::Gap, day.gap.into()),
        (BudgetMetric::Backfill, day.read_back.into()),
        (BudgetMetric::Reference, day.reference.into()),
        (BudgetMetric::Token, day.token.into()),
        (BudgetMetric::Throttled, day.throttled.into()),
    ]
}

/// In order and without zeros, as rows are.
fn tidy(mut sums: Vec<(BudgetMetric, i64)>) -> Vec<(BudgetMetric, i64)> {
    sums.retain(|(_, value)| *value != 0);
    sums.sort_unstable();
    sums
}

/// Whole seconds since 1970, none too early.
fn seconds_up(at: Millis) -> i64 {
    Millis(at.0 + 999).seconds()
}

#[cfg(test)]
mod tests {
    use super::super::tests::at;
    use super::*;
    use crate::budget::{Purpose, RateLimitInfo};
    use headroom_kpi::facts::{BudgetReport, BudgetScope, FactKind};
    use serde_json::json;

    const DAY: &str = "2026-05-12";

    fn limits() -> Limits {
        Limits::new(10, 100, 1000).unwrap()
    }

    fn spend(budget: &mut Budget, count: u32, purpose: Purpose, time: &str) {
        for _ in 0..count {
            budget.try_acquire(purpose, &at(time), &limits()).unwrap();
        }
    }

    #[test]
    fn the_event_says_what_was_spent_without_zeros() {
        let mut budget = Budget::default();
        spend(&mut budget, 2, Purpose::Token, "2026-05-11T10:00:00Z");
        spend(&mut budget, 3, Purpose::Gap, "2026-05-12T13:58:00Z");
        spend(&mut budget, 1, Purpose::Reference, "2026-05-12T13:59:30Z");
        let now = at("2026-05-12T14:00:00Z");
        let seen =
            RateLimitInfo { at: now.now, status: 429, retry_after: Some(42), allowed: Some(180) };
        budget.observe(&seen, &now);
        let event = serde_json::to_value(budget.report(&now, &limits(), 7)).unwrap();
        let expected = json!({"reportedAt": now.now.0, "date": DAY,
            "now": {"minute.used": 1, "minute.allowed": 18, "day.used": 4, "day.allowed": 100,
                "month.used": 6, "month.allowed": 1000, "requests.gap": 3, "requests.reference": 1,
                "throttled": 1, "blockedUntil": now.now.seconds() + 44, "due": 7},
            "day": {"day.used": 4, "requests.gap": 3, "requests.reference": 1, "throttled": 1}});
        assert_eq!(event, expected);
    }

    #[test]
    fn the_event_becomes_facts() {
        let mut budget = Budget::default();
        spend(&mut budget, 3, Purpose::Gap, "2026-05-12T23:59:58Z");
        let now = at("2026-05-13T00:00:00Z");
        let reports = [budget.report(&now, &limits(), 7), budget.closing_report(&now).unwrap()];
        for report in reports {
            let event = json!({"detail-type": "headroom.api.budget", "time": "2026-05-13T00:00:01Z",
                "detail": {"eventBody": report}});
            let facts = match crate::parse(event.to_string().as_bytes()) {
                Ok(crate::Parsed::Facts(facts)) => facts,
                other => panic!("{other:?}"),
            };
            let told: Vec<_> = facts.into_iter().map(|(_, fact)| fact.kind).collect();
            let scopes =
                [(BudgetScope::Now, report.now), (BudgetScope::Day(report.date), report.day)];
            let meant = scopes
                .map(|(scope, sums)| FactKind::Budget(BudgetReport { at: now.now, scope, sums }));
            assert_eq!(told, meant);
        }
    }

    fn full_at(budget: &Budget, sum: BudgetMetric, time: &str) -> Option<i64> {
        let sums = budget.report(&at(time), &limits(), 0).now;
        sums.into_iter().find(|(of, _)| *of == sum).map(|(_, value)| value)
    }

    #[test]
    fn a_ceiling_is_forecast_at_the_pace_of_four_hours_while_it_is_met_in_time() {
        let mut budget = Budget::default();
        for hour in [2, 3, 4, 5] {
            spend(&mut budget, 10, Purpose::Gap, &format!("{DAY}T0{hour}:00:00Z"));
        }
        let day_full = |time: &str| full_at(&budget, BudgetMetric::DayFullAt, time);
        let quarter_to_eleven = at("2026-05-12T10:45:00Z").now.seconds();
        // 40 in 3.5 hours, 60 to go: 5.25 hours more.
        assert_eq!(day_full("2026-05-12T05:30:00Z"), Some(quarter_to_eleven));
        // 30 in the 3 hours since 3:00, 60 to go: 6 hours more.
        assert_eq!(day_full("2026-05-12T06:00:00Z"), Some(quarter_to_eleven + 75 * 60));
        // By then, the last three hours were quiet.
        assert_eq!(day_full("2026-05-12T09:00:00Z"), None);
    }

    #[test]
    fn a_ceiling_that_is_met_says_since_when() {
        let mut budget = Budget::default();
        for minute in [10, 12, 14, 16] {
            spend(&mut budget, 25, Purpose::Gap, &format!("{DAY}T14:{minute}:00Z"));
        }
        let now = at("2026-05-12T15:00:00Z");
        assert!(budget.try_acquire(Purpose::Gap, &now, &limits()).is_err());
        let full = full_at(&budget, BudgetMetric::DayFullAt, "2026-05-12T15:00:00Z");
        assert_eq!(full, Some(at("2026-05-12T14:16:00Z").now.seconds()));
        assert!((budget.usage_share(&now, &limits()) - 1.0).abs() < f64::EPSILON);
        assert_eq!(full_at(&budget, BudgetMetric::DayFullAt, "2026-05-13T00:00:00Z"), None);
    }

    #[test]
    fn the_month_is_forecast_at_the_pace_of_a_week() {
        let mut budget = Budget::default();
        for day in 1..=8 {
            for minute in 0..4 {
                spend(&mut budget, 20, Purpose::Gap, &format!("2026-05-0{day}T00:{minute}0:00Z"));
            }
        }
        // 640 in 7.5 days, 360 to go: 101.25 hours more.
        let full = full_at(&budget, BudgetMetric::MonthFullAt, "2026-05-08T12:00:00Z");
        assert_eq!(full, Some(at("2026-05-12T17:15:00Z").now.seconds()));
        // A week with one such day: the month ends first.
        assert_eq!(full_at(&budget, BudgetMetric::MonthFullAt, "2026-05-15T12:00:00Z"), None);
    }

    #[test]
    fn the_day_before_is_closed_in_the_first_hour() {
        let mut budget = Budget::default();
        spend(&mut budget, 3, Purpose::Gap, "2026-05-12T23:59:58Z");
        let closing = |budget: &Budget, time: &str| budget.closing_report(&at(time));
        let last = closing(&budget, "2026-05-13T00:00:00Z").unwrap();
        let event = serde_json::to_value(&last).unwrap();
        assert_eq!((&event["date"], &event["now"]), (&json!(DAY), &json!({})));
        assert_eq!(event["day"], json!({"day.used": 3, "requests.gap": 3}));
        assert_eq!(closing(&budget, "2026-05-12T23:59:59Z"), None);
        assert_eq!(closing(&budget, "2026-05-13T01:00:00Z"), None);
        // Spending from the new day leaves the figures of the old one.
        spend(&mut budget, 1, Purpose::Gap, "2026-05-13T00:30:00Z");
        let again = closing(&budget, "2026-05-13T00:30:00Z").unwrap();
        assert_eq!(again.day, last.day);
        let next = closing(&budget, "2026-05-14T00:30:00Z").unwrap();
        assert_eq!((next.date, next.day[0]), (last.date + 1, (BudgetMetric::DayUsed, 1)));
        assert_eq!(closing(&budget, "2026-05-15T00:30:00Z"), None);
    }
}
