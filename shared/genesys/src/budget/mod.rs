//! The API budget: how many requests may go to Genesys, when, and what for.
//!
//! A [`Budget`] is a document that processes change by conditional writes, one after the other. It
//! is pure: [`Budget::try_acquire`] gives a permit or says until when there is none,
//! [`Budget::observe`] learns from responses, [`Budget::report`] says what was spent.
//!
//! # What holds
//!
//! - **Minute.** In no rolling 60 s are more requests sent than the minute's allowance. A permit
//!   may be used up to [`PERMIT_USE_MAX`] after its process read the clock, and the clocks of two
//!   processes may differ by [`CLOCK_SKEW_MAX`]; so a permit counts for 67 s. The price: a process
//!   that always wants more gets 60/67 of the allowance, 26 of 30 requests per minute.
//! - **Day and month.** Permits, by the calendar day and month in which they were given. A process
//!   whose clock is still before midnight when another's is after it spends from the new day.
//! - **Blocks.** After a 429 there is no permit until the time that Genesys said, on the clock of
//!   every process; so 2 s are added to it. A permit given before the 429 was observed may still
//!   be used, within [`PERMIT_USE_MAX`].
//! - **Size.** At most as many times of permits as the greatest allowance of the last 67 s, plus a
//!   constant.
//!
//! Clocks further apart than that lose the minute, and as much of a block: a permit or block
//! further ahead than any right clock could have put it is ignored, and a day or month far ahead
//! goes back with what was spent in it, so that no wrong clock stops requests for good.

mod calendar_time;
mod forecast;
mod limits;
mod rate_limiter;
mod report;
mod usage;

pub use calendar_time::CalendarTime;
pub use limits::{
    ALLOWED_PER_MINUTE_MAX, DEFAULT_PER_MINUTE, IDS_PER_CALL, Limits, LimitsError, request_wait,
};
pub use rate_limiter::{
    CLOCK_SKEW_MAX, Denied, PERMIT_USE_MAX, Purpose, RETRY_AFTER_DEFAULT, RETRY_AFTER_MAX,
    RateLimitInfo, RateLimiter, retry_after_in,
};
pub use report::Report;

use forecast::{RecentRequests, hour};
use headroom_kpi::Millis;
use serde::{Deserialize, Serialize};
use usage::{DayUsage, MonthUsage};

/// How long a permit counts: the minute, the time to use it, and the difference of clocks.
const PERMIT_LIFETIME_MS: i64 = 60_000 + 5_000 + 2_000;

/// What was spent, and what Genesys allows.
///
/// Later releases read what earlier ones wrote: fields are only ever added, one that is missing
/// has its default, one that is unknown is skipped. `form` rises when a field changes its meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Budget {
    form: Form,
    /// When the permits that still count were given, in ms, the oldest first.
    #[serde(rename = "grants")]
    permits: Vec<i64>,
    /// Requests per minute that Genesys allows a token.
    allowed: Option<u32>,
    /// No permit before this time, in ms.
    blocked_until: i64,
    /// The first permit of all, in ms.
    since: Option<i64>,
    /// The last one, in ms.
    last: Option<i64>,
    today: DayUsage,
    /// The day before `today` that had requests.
    last_day: DayUsage,
    month: MonthUsage,
    hours: RecentRequests<4>,
    days: RecentRequests<8>,
}

/// The meaning of the fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Form(u32);

impl Default for Form {
    fn default() -> Self {
        Self(1)
    }
}

impl Budget {
    /// Takes a permit for a request that is to be sent at once; write the budget before. When it
    /// is denied, nothing changes, and there is nothing to write.
    ///
    /// # Errors
    ///
    /// [`Denied::RateLimited`] and [`Denied::QuotaExhausted`], never [`Denied::Unavailable`].
    pub fn try_acquire(
        &mut self,
        purpose: Purpose,
        when: &CalendarTime,
        limits: &Limits,
    ) -> Result<(), Denied> {
        let mut budget = self.clone();
        budget.roll(when);
        if budget.month.used >= limits.per_month {
            return Err(Denied::QuotaExhausted(when.month_ends));
        }
        if budget.today.used() >= limits.per_day {
            return Err(Denied::QuotaExhausted(when.day_ends));
        }
        if let Some(at) = budget.free_at(limits.room(purpose, budget.allowed), when.now) {
            return Err(Denied::RateLimited(at));
        }
        budget.add_permit(purpose, when);
        *self = budget;
        Ok(())
    }

    /// Learns from a response. Returns whether that changed anything that has to be written.
    pub fn observe(&mut self, info: &RateLimitInfo, when: &CalendarTime) -> bool {
        let before = self.clone();
        if let Some(allowed) = info.allowed {
            self.allowed = Some(allowed.clamp(1, ALLOWED_PER_MINUTE_MAX));
        }
        if let Some(until) = info.blocked_until() {
            self.roll(when);
            self.blocked_until = self.blocked_until.max(until.0);
            self.today.throttled = self.today.throttled.saturating_add(1);
        }
        *self != before
    }

    /// Requests that a minute may have.
    pub fn per_minute(&self, limits: &Limits) -> u32 {
        limits.per_minute(self.allowed)
    }

    /// When there is a permit again, if there is none now.
    fn free_at(&self, room: usize, now: Millis) -> Option<Millis> {
        let blocked = self.blocked(now);
        // Once this one no longer counts, `room - 1` are left.
        let last = self.permits.len().checked_sub(room).map(|at| self.permits[at]);
        blocked.max(last.map(|at| Millis(at + PERMIT_LIFETIME_MS)))
    }

    /// Until when Genesys said to wait, if that is still to come.
    fn blocked(&self, now: Millis) -> Option<Millis> {
        let longest = (RETRY_AFTER_MAX + 2 * CLOCK_SKEW_MAX).as_millis();
        let ahead = u128::try_from(self.blocked_until - now.0).ok()?;
        (ahead > 0 && ahead <= longest).then_some(Millis(self.blocked_until))
    }

    fn add_permit(&mut self, purpose: Purpose, when: &CalendarTime) {
        let now = when.now.0;
        let at = self.permits.partition_point(|permit| *permit <= now);
        self.permits.insert(at, now);
        self.since.get_or_insert(now);
        self.last = Some(now);
        self.today.add(purpose);
        self.month.used = self.month.used.saturating_add(1);
        self.hours.add(hour(when.now));
        self.days.add(self.today.date.into());
    }

    /// Removes permits that no longer count, and begins a new day and month.
    fn roll(&mut self, when: &CalendarTime) {
        let counting = when.now.0 - PERMIT_LIFETIME_MS + 1..=when.now.0 + PERMIT_LIFETIME_MS;
        self.permits.retain(|permit| counting.contains(permit));
        if self.today.date < when.day {
            self.last_day = std::mem::replace(&mut self.today, DayUsage::new(when.day));
        }
        // One ahead is the clock of another process at midnight; more is a wrong one.
        if self.today.date > when.day + 1 {
            self.today.date = when.day;
        }
        self.month.roll(when.month);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::Calendar;
    use std::time::Duration;

    pub(super) fn time(text: &str) -> CalendarTime {
        let at: jiff::Timestamp = text.parse().unwrap();
        CalendarTime::new(Millis(at.as_millisecond()), &Calendar::default())
    }

    fn limits() -> Limits {
        Limits::new(10, 100, 1000).unwrap()
    }

    #[test]
    fn a_permit_counts_for_the_minute_its_use_and_the_clocks() {
        let counts = Duration::from_mins(1) + PERMIT_USE_MAX + CLOCK_SKEW_MAX;
        assert_eq!(counts.as_millis(), PERMIT_LIFETIME_MS.unsigned_abs().into());
    }

    #[test]
    fn a_permit_further_ahead_than_any_right_clock_stops_nobody() {
        let mut budget = Budget::default();
        for _ in 0..30 {
            budget.try_acquire(Purpose::Gap, &time("2100-01-01T00:00:00Z"), &limits()).unwrap();
        }
        for _ in 0..30 {
            budget.try_acquire(Purpose::Gap, &time("2026-05-12T14:00:00Z"), &limits()).unwrap();
        }
        let full = budget.try_acquire(Purpose::Gap, &time("2026-05-12T14:00:07Z"), &limits());
        assert_eq!(full, Err(Denied::RateLimited(time("2026-05-12T14:01:07Z").now)));
    }

    #[test]
    fn a_day_far_ahead_goes_back_with_what_was_spent_in_it() {
        let mut budget = Budget::default();
        budget.try_acquire(Purpose::Gap, &time("2100-01-01T00:00:00Z"), &limits()).unwrap();
        let now = time("2026-05-12T14:00:00Z");
        budget.try_acquire(Purpose::Token, &now, &limits()).unwrap();
        assert_eq!((budget.today.date, budget.today.used()), (now.day, 2));
        assert_eq!((budget.month.month, budget.month.used), (now.month, 2));
    }

    #[test]
    fn around_midnight_the_new_day_is_spent_from() {
        let mut budget = Budget::default();
        let (before, after) = (time("2026-05-31T23:59:59.500Z"), time("2026-06-01T00:00:00.500Z"));
        for when in [&before, &after, &before] {
            budget.try_acquire(Purpose::Gap, when, &limits()).unwrap();
        }
        assert_eq!((budget.today.date, budget.today.used()), (after.day, 2));
        assert_eq!((budget.month.month, budget.month.used), (after.month, 2));
        assert_eq!((budget.last_day.date, budget.last_day.used()), (before.day, 1));
    }

    #[test]
    fn a_block_ends_when_genesys_said_on_the_slowest_clock() {
        let (mut budget, seen_at) = (Budget::default(), time("2026-05-12T14:00:00Z"));
        let info =
            RateLimitInfo { at: seen_at.now, status: 429, retry_after: Some(42), allowed: None };
        assert!(budget.observe(&info, &seen_at));
        let free = time("2026-05-12T14:00:44Z");
        let early = budget.try_acquire(Purpose::Gap, &time("2026-05-12T14:00:43.999Z"), &limits());
        assert_eq!(early, Err(Denied::RateLimited(free.now)));
        assert_eq!(budget.try_acquire(Purpose::Gap, &free, &limits()), Ok(()));
        // A shorter wait that is seen later takes nothing back.
        let longer = RateLimitInfo { retry_after: Some(900), ..info.clone() };
        assert!(budget.observe(&longer, &seen_at) && budget.observe(&info, &seen_at));
        let blocked = budget.try_acquire(Purpose::Gap, &free, &limits());
        assert_eq!(blocked, Err(Denied::RateLimited(time("2026-05-12T14:15:02Z").now)));
    }

    #[test]
    fn an_answer_that_says_nothing_new_changes_nothing() {
        let (mut budget, now) = (Budget::default(), time("2026-05-12T14:00:00Z"));
        let info =
            RateLimitInfo { at: now.now, status: 200, retry_after: Some(9), allowed: Some(180) };
        assert!(budget.observe(&info, &now));
        assert!(!budget.observe(&info, &now));
    }

    /// Never changes: what was stored once has to be read by every later release.
    const STORED: &str = r#"{"form":1,"grants":[1778594400000],"allowed":180,"blockedUntil":1778594447000,"since":1778594400000,"last":1778594400000,"today":{"date":20585,"gap":1,"readBack":0,"reference":0,"token":0,"throttled":1},"lastDay":{"date":0,"gap":0,"readBack":0,"reference":0,"token":0,"throttled":0},"month":{"month":24316,"used":1},"hours":[[494054,1]],"days":[[20585,1]]}"#;

    #[test]
    fn the_stored_form_stays_readable() {
        let (mut budget, now) = (Budget::default(), time("2026-05-12T14:00:00Z"));
        budget.try_acquire(Purpose::Gap, &now, &limits()).unwrap();
        let info =
            RateLimitInfo { at: now.now, status: 429, retry_after: Some(45), allowed: Some(180) };
        budget.observe(&info, &now);
        assert_eq!(serde_json::to_string(&budget).unwrap(), STORED);
        assert_eq!(serde_json::from_str::<Budget>(STORED).unwrap(), budget);
        let later = r#"{"form":2,"grants":[1],"unknown":{"a":1}}"#;
        assert_eq!(serde_json::from_str::<Budget>(later).unwrap().permits, [1]);
    }
}
