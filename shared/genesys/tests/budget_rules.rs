//! The budget against a literal second reading of its rules, over long random histories: holders
//! with clocks of their own, that read the clock, wait for the ledger, and use what they got.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom_genesys::budget::{
    ALLOWED_PER_MINUTE_MAX, Budget, CalendarTime, Denied, Limits, Purpose, RateLimitInfo,
};
use headroom_kpi::{Calendar, Millis};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::hash::{BuildHasher, RandomState};

/// `CLOCK_SKEW_MAX` and `PERMIT_USE_MAX`.
const SKEW_MS: i64 = 2_000;
const USE_MS: i64 = 5_000;
/// 31 May 2026, 21:00 UTC: histories run into the next day and month.
const BEGIN_MS: i64 = 1_780_261_200_000;

/// One thing that happens, `after_ms` after the one before.
#[derive(Clone, Debug)]
struct Step {
    after_ms: i64,
    /// How far this holder's clock is ahead of the true time.
    skew_ms: i64,
    /// How long ago it was read: the ledger takes its time.
    lag_ms: i64,
    /// From reading the clock until the request is sent.
    use_ms: i64,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    Take(Purpose),
    RateLimitInfo { status: u16, retry_after: Option<u64>, allowed: Option<u32> },
}

fn actions() -> impl Strategy<Value = Action> {
    let purposes = [Purpose::Gap, Purpose::Backfill, Purpose::Catalog, Purpose::Token];
    let purpose = prop::sample::select(purposes.to_vec());
    let response = (
        prop_oneof![9 => Just(200_u16), 1 => Just(429)],
        prop::option::of(0..120_u64),
        prop::option::of(prop_oneof![0..400_u32, Just(u32::MAX)]),
    );
    prop_oneof![
        30 => purpose.prop_map(Action::Take),
        1 => response.prop_map(|(status, retry_after, allowed)| Action::RateLimitInfo {
            status, retry_after, allowed
        }),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    // Bursts, the pace of the allowance, pauses, and now and then hours.
    let after_ms = prop_oneof![30 => 0..50_i64, 20 => 0..3_000_i64, 4 => 0..70_000_i64,
        1 => 0..3_600_000_i64];
    let skew_ms = prop_oneof![Just(-SKEW_MS / 2), -SKEW_MS / 2..=SKEW_MS / 2, Just(SKEW_MS / 2)];
    let use_ms = prop_oneof![Just(0), 0..=USE_MS, Just(USE_MS)];
    let lag_ms = prop_oneof![4 => 0..40_i64, 1 => 0..=USE_MS];
    let parts = (after_ms, skew_ms, lag_ms, use_ms, actions());
    parts.prop_map(|(after_ms, skew_ms, lag_ms, use_ms, action)| Step {
        after_ms,
        skew_ms,
        lag_ms,
        use_ms: use_ms.max(lag_ms),
        action,
    })
}

/// A request that was sent, and how many its purpose had room for in a minute at its permit.
struct Sent {
    granted: CalendarTime,
    at_ms: i64,
    room: usize,
}

/// Every rule, read literally over the whole history.
struct Naive {
    share: u64,
    per_day: usize,
    per_month: usize,
    allowed: u64,
    sent: Vec<Sent>,
    /// When the budget was written, by its writer's clock, and the requests that were sent for it: none
    /// by a 429.
    writes: Vec<(CalendarTime, usize)>,
    /// Until which true time a 429 forbade requests.
    blocked_until_ms: i64,
}

impl Naive {
    fn allowance(&self) -> usize {
        usize::try_from((self.allowed * self.share / 100).max(1)).unwrap()
    }

    fn room(&self, purpose: Purpose) -> usize {
        let reserved = self.allowance() / 2;
        self.allowance() - if purpose == Purpose::Catalog { reserved } else { 0 }
    }

    /// Permits that may still be used in the same minute as one given now.
    fn counting(&self, now: Millis) -> usize {
        let window = now.0 - 60_000 - USE_MS - SKEW_MS;
        self.sent.iter().filter(|sent| sent.granted.now.0 > window).count()
    }

    /// The latest day or month that a writer was in: it is spent from.
    fn spent(&self, when: &CalendarTime, of: impl Fn(&CalendarTime) -> i32) -> usize {
        let mut newest = i32::MIN;
        let mut spent = Vec::new();
        for (writer, requests) in &self.writes {
            newest = newest.max(of(writer));
            spent.push((newest, *requests));
        }
        let now = newest.max(of(when));
        spent.iter().filter(|(period, _)| *period == now).map(|(_, requests)| requests).sum()
    }

    /// No request is denied that could not break a rule.
    fn check_denied(&self, denied: &Denied, purpose: Purpose, when: &CalendarTime, blocked: bool) {
        match denied {
            Denied::RateLimited(at) => {
                assert!(*at > when.now);
                assert!(blocked || self.counting(when.now) >= self.room(purpose));
            }
            Denied::QuotaExhausted(_) => assert!(
                self.spent(when, |when| when.day) >= self.per_day
                    || self.spent(when, |when| when.month) >= self.per_month
            ),
            Denied::Unavailable(why) => panic!("{why}"),
        }
    }

    /// No request gets a permit that breaks a rule.
    fn check_granted(&self, when: &CalendarTime, true_ms: i64) {
        assert!(true_ms >= self.blocked_until_ms, "sent while blocked");
        assert!(self.spent(when, |when| when.day) < self.per_day);
        assert!(self.spent(when, |when| when.month) < self.per_month);
    }

    /// In no rolling minute is more sent than there was room for at its last permit: the
    /// allowance, or for reference reads what is above the reserve.
    fn check_minutes(&self) {
        for first in &self.sent {
            let window = first.at_ms..first.at_ms + 60_000;
            let within: Vec<_> =
                self.sent.iter().filter(|sent| window.contains(&sent.at_ms)).collect();
            // `sent` is in the order of the ledger.
            let room = within.last().unwrap().room;
            assert!(within.len() <= room, "{} where there is room for {room}", within.len());
        }
    }
}

fn history(limits: &Limits, mut naive: Naive, steps: &[Step]) {
    let (mut budget, mut true_ms) = (Budget::default(), BEGIN_MS);
    let mut greatest_allowance = naive.allowance();
    // On the holders' clocks: what is denied because of it is denied rightly.
    let mut blocked_until = Millis(0);
    for step in steps {
        true_ms += step.after_ms;
        let read_ms = true_ms - step.lag_ms;
        let when = CalendarTime::new(Millis(read_ms + step.skew_ms), &Calendar::default());
        match &step.action {
            Action::Take(purpose) => match budget.try_acquire(*purpose, &when, limits) {
                Ok(()) => {
                    let sent_ms = read_ms + step.use_ms;
                    naive.check_granted(&when, sent_ms);
                    let room = naive.room(*purpose);
                    naive.writes.push((when.clone(), 1));
                    naive.sent.push(Sent { granted: when, at_ms: sent_ms, room });
                }
                Err(denied) => {
                    naive.check_denied(&denied, *purpose, &when, blocked_until > when.now);
                }
            },
            Action::RateLimitInfo { status, retry_after, allowed } => {
                let (status, retry_after, allowed) = (*status, *retry_after, *allowed);
                // Answers are stamped when they come.
                let at = Millis(true_ms + step.skew_ms);
                let response = RateLimitInfo { at, status, retry_after, allowed };
                budget.observe(&response, &when);
                naive.allowed = allowed.map_or(naive.allowed, |allowed| {
                    u64::from(allowed.clamp(1, ALLOWED_PER_MINUTE_MAX))
                });
                greatest_allowance = greatest_allowance.max(naive.allowance());
                if status == 429 {
                    naive.writes.push((when.clone(), 0));
                    let wait_ms = retry_after.map_or(60_000, |s| s.max(1).cast_signed() * 1000);
                    naive.blocked_until_ms = naive.blocked_until_ms.max(true_ms + wait_ms);
                    let until = at.0 + wait_ms + SKEW_MS;
                    blocked_until = blocked_until.max(Millis(until));
                }
            }
        }
    }
    naive.check_minutes();
    let size = serde_json::to_string(&budget).unwrap().len();
    assert!(size <= 1000 + 14 * greatest_allowance, "{size} bytes");
}

/// The share in percent, and the ceilings of the day and the month.
fn ceilings() -> impl Strategy<Value = (u8, u32, u32)> {
    let share = prop_oneof![Just(10_u8), 1..=100_u8];
    let per_day = prop_oneof![1..400_u32, Just(10_000)];
    let extra = prop_oneof![0..400_u32, Just(100_000)];
    (share, per_day, extra).prop_map(|(share, per_day, extra)| (share, per_day, per_day + extra))
}

/// `PROPTEST_CASES` looks longer, `PROPTEST_RNG_SEED` repeats a failure.
#[test]
fn no_history_breaks_a_rule_and_none_is_denied_for_nothing() {
    let given = Config::default();
    let seed = match given.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(0),
    };
    let cases = std::env::var("PROPTEST_CASES").map_or(300, |_| given.cases);
    let rng_seed = RngSeed::Fixed(seed);
    let config = Config { cases, failure_persistence: None, rng_seed, ..given };
    let histories = (ceilings(), prop::collection::vec(steps(), 0..1500));
    let result = TestRunner::new(config).run(&histories, |(ceilings, steps)| {
        let (share, per_day, per_month) = ceilings;
        let limits = Limits::new(share, per_day, per_month).unwrap();
        let naive = Naive {
            share: share.into(),
            per_day: per_day as usize,
            per_month: per_month as usize,
            allowed: 300,
            sent: Vec::new(),
            writes: Vec::new(),
            blocked_until_ms: 0,
        };
        history(&limits, naive, &steps);
        Ok(())
    });
    assert!(result.is_ok(), "PROPTEST_RNG_SEED={seed}\n{result:?}");
}
