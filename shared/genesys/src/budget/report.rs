//! The report of what was spent: the body of the event `headroom.api.budget`.

use super::calendar_time::date;
use super::forecast::{Rate, hour};
use super::{Budget, CalendarTime, Limits};
use headroom_kpi::facts::BudgetMetric;
use headroom_kpi::{DAY_MS, HOUR_MS, Millis};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// How long into a day the final numbers of the day before are reported.
const CLOSING_MS: i64 = HOUR_MS;

/// What was spent, without zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// When it was made.
    pub reported_at: Millis,
    /// The day that it is about, in days since 1970-01-01; as a date in the event.
    pub date: i32,
    /// The sums of the bucket `now`.
    pub now: Vec<(BudgetMetric, i64)>,
    /// The sums of the day's bucket.
    pub day: Vec<(BudgetMetric, i64)>,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let by_name = |sums: &[(BudgetMetric, i64)]| -> Value {
            sums.iter().map(|(metric, value)| (metric.as_str(), *value)).collect()
        };
        let date = date(self.date).to_string();
        let (now, day) = (by_name(&self.now), by_name(&self.day));
        json!({"reportedAt": self.reported_at.0, "date": date, "now": now, "day": day})
            .serialize(to)
    }
}

impl Report {
    /// The present value of a metric; 0 if the report does not have it.
    pub fn value(&self, metric: BudgetMetric) -> i64 {
        let value = self.now.iter().find(|(name, _)| *name == metric);
        value.map_or(0, |(_, value)| *value)
    }

    /// The greatest of used / allowed over the minute, the day and the month: 1 is all of it.
    // Counts of requests are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss)]
    pub fn used_share(&self) -> f64 {
        let shares = [
            (BudgetMetric::MinuteUsed, BudgetMetric::MinuteAllowed),
            (BudgetMetric::DayUsed, BudgetMetric::DayAllowed),
            (BudgetMetric::MonthUsed, BudgetMetric::MonthAllowed),
        ]
        .map(|(used, allowed)| self.value(used) as f64 / self.value(allowed) as f64);
        shares.into_iter().fold(0.0, f64::max)
    }
}

impl Budget {
    /// What was spent as of now. `due` is how many conversations wait for a request.
    ///
    /// `minute.used` is the number of permits that count against the minute's allowance (for 67 s,
    /// see the [module](super)): it equals `minute.allowed` exactly when there is no further one.
    /// There are forecasts if a limit is reached before its day or month ends: `day.fullAt` at the
    /// pace of the present hour and the three before it, `month.fullAt` at that of the present day
    /// and the seven before it, both since the first request at most and over an hour at least.
    pub fn report(&self, when: &CalendarTime, limits: &Limits, due: u64) -> Report {
        let budget = self.at_time(when);
        let mut now = budget.today.sums().to_vec();
        now.extend([
            (BudgetMetric::MinuteUsed, integer(budget.permits.len())),
            (BudgetMetric::MinuteAllowed, budget.per_minute(limits).into()),
            (BudgetMetric::DayAllowed, limits.per_day.into()),
            (BudgetMetric::MonthUsed, budget.month.used.into()),
            (BudgetMetric::MonthAllowed, limits.per_month.into()),
            (BudgetMetric::BlockedUntil, seconds_up(budget.blocked(when.now))),
            (BudgetMetric::DayFullAt, seconds_up(budget.day_full_at(when, limits))),
            (BudgetMetric::MonthFullAt, seconds_up(budget.month_full_at(when, limits))),
            (BudgetMetric::Due, integer(due)),
        ]);
        let day = budget.today.sums().to_vec();
        Report { reported_at: when.now, date: budget.today.date, now: tidy(now), day: tidy(day) }
    }

    /// The final numbers of the day before, in the first hour of a day: the requests after its
    /// last report would be missing otherwise. Its `now` is empty, since of two reports of the
    /// same time the greater counts.
    pub fn closing_report(&self, when: &CalendarTime) -> Option<Report> {
        let last_day = self.at_time(when).last_day;
        let is_first_hour = (when.now - when.day_starts).0 < CLOSING_MS;
        (is_first_hour && last_day.date == when.day - 1).then(|| Report {
            reported_at: when.now,
            date: last_day.date,
            now: Vec::new(),
            day: tidy(last_day.sums().to_vec()),
        })
    }

    fn at_time(&self, when: &CalendarTime) -> Self {
        let mut budget = self.clone();
        budget.roll(when);
        budget
    }

    fn day_full_at(&self, when: &CalendarTime, limits: &Limits) -> Option<Millis> {
        let hour = hour(when.now);
        let rate = self.hours.rate(hour, Millis((hour - 3) * HOUR_MS), when.now, self.first(when));
        let requests_left = limits.per_day.saturating_sub(self.today.used());
        self.full_at(requests_left, &rate, when, when.day_ends)
    }

    /// Where clocks are changed within the seven days, their span is an hour off, in 168.
    fn month_full_at(&self, when: &CalendarTime, limits: &Limits) -> Option<Millis> {
        let start = when.day_starts - Millis(7 * DAY_MS);
        let rate = self.days.rate(when.day.into(), start, when.now, self.first(when));
        let requests_left = limits.per_month.saturating_sub(self.month.used);
        self.full_at(requests_left, &rate, when, when.month_ends)
    }

    /// When a limit is reached, or the time of the last request of all if it is.
    fn full_at(
        &self,
        requests_left: u32,
        rate: &Rate,
        when: &CalendarTime,
        ends: Millis,
    ) -> Option<Millis> {
        match requests_left {
            0 => Some(self.last.map_or(when.now, Millis)),
            requests => rate.reaches(requests, when.now, ends),
        }
    }

    /// The time of the first request of all.
    fn first(&self, when: &CalendarTime) -> Millis {
        self.since.map_or(when.now, Millis)
    }
}

/// In order and without zeros, as rows are.
fn tidy(mut sums: Vec<(BudgetMetric, i64)>) -> Vec<(BudgetMetric, i64)> {
    sums.retain(|(_, value)| *value != 0);
    sums.sort_unstable();
    sums
}

fn integer(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// Whole seconds since 1970, not before the time; 0 for none.
fn seconds_up(at: Option<Millis>) -> i64 {
    at.map_or(0, |at| Millis(at.0 + 999).seconds())
}

#[cfg(test)]
mod tests {
    use super::super::tests::time;
    use super::*;
    use crate::budget::{Purpose, RateLimitInfo};
    use headroom_kpi::facts::{BudgetReport, BudgetScope, FactKind};
    use serde_json::json;

    const DAY: &str = "2026-05-12";

    fn limits() -> Limits {
        Limits::new(10, 100, 1000).unwrap()
    }

    fn spend(budget: &mut Budget, count: u32, purpose: Purpose, text: &str) {
        for _ in 0..count {
            budget.try_acquire(purpose, &time(text), &limits()).unwrap();
        }
    }

    #[test]
    fn the_event_says_what_was_spent_without_zeros() {
        let mut budget = Budget::default();
        spend(&mut budget, 2, Purpose::Token, "2026-05-11T10:00:00Z");
        spend(&mut budget, 3, Purpose::Gap, "2026-05-12T13:58:00Z");
        spend(&mut budget, 1, Purpose::Catalog, "2026-05-12T13:59:30Z");
        let now = time("2026-05-12T14:00:00Z");
        let info =
            RateLimitInfo { at: now.now, status: 429, retry_after: Some(42), allowed: Some(180) };
        budget.observe(&info, &now);
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
        let now = time("2026-05-13T00:00:00Z");
        let reports = [budget.report(&now, &limits(), 7), budget.closing_report(&now).unwrap()];
        for report in reports {
            let event = json!({"detail-type": "headroom.api.budget", "time": "2026-05-13T00:00:01Z",
                "detail": {"eventBody": report}});
            let facts = match crate::parse(event.to_string().as_bytes()) {
                Ok(crate::Parsed::Facts(facts)) => facts,
                other => panic!("{other:?}"),
            };
            let kinds: Vec<_> = facts.into_iter().map(|(_, fact)| fact.kind).collect();
            let scopes =
                [(BudgetScope::Now, report.now), (BudgetScope::Day(report.date), report.day)];
            let expected = scopes
                .map(|(scope, sums)| FactKind::Budget(BudgetReport { at: now.now, scope, sums }));
            assert_eq!(kinds, expected);
        }
    }

    fn full_at(budget: &Budget, sum: BudgetMetric, text: &str) -> Option<i64> {
        let sums = budget.report(&time(text), &limits(), 0).now;
        sums.into_iter().find(|(of, _)| *of == sum).map(|(_, value)| value)
    }

    #[test]
    fn a_ceiling_is_forecast_at_the_pace_of_four_hours_while_it_is_met_in_time() {
        let mut budget = Budget::default();
        for hour in [2, 3, 4, 5] {
            spend(&mut budget, 10, Purpose::Gap, &format!("{DAY}T0{hour}:00:00Z"));
        }
        let day_full = |time: &str| full_at(&budget, BudgetMetric::DayFullAt, time);
        let quarter_to_eleven = time("2026-05-12T10:45:00Z").now.seconds();
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
        let now = time("2026-05-12T15:00:00Z");
        assert!(budget.try_acquire(Purpose::Gap, &now, &limits()).is_err());
        let full = full_at(&budget, BudgetMetric::DayFullAt, "2026-05-12T15:00:00Z");
        assert_eq!(full, Some(time("2026-05-12T14:16:00Z").now.seconds()));
        assert!((budget.report(&now, &limits(), 0).used_share() - 1.0).abs() < f64::EPSILON);
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
        assert_eq!(full, Some(time("2026-05-12T17:15:00Z").now.seconds()));
        // A week with one such day: the month ends first.
        assert_eq!(full_at(&budget, BudgetMetric::MonthFullAt, "2026-05-15T12:00:00Z"), None);
    }

    #[test]
    fn the_day_before_is_closed_in_the_first_hour() {
        let mut budget = Budget::default();
        spend(&mut budget, 3, Purpose::Gap, "2026-05-12T23:59:58Z");
        let closing = |budget: &Budget, text: &str| budget.closing_report(&time(text));
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
