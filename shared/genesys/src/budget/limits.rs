//! The share of Genesys' limits that may be used.

use super::Purpose;
use headroom_kpi::{MINUTE_MS, Millis, Urgency};

/// Requests per minute that Genesys allows a token of client credentials, until a response says
/// otherwise (`inin-ratelimit-allowed`).
pub const DEFAULT_PER_MINUTE: u32 = 300;

/// The greatest limit per minute that Genesys is known to have. No response raises the allowance
/// of a token above it, which bounds the size of the budget.
pub const ALLOWED_PER_MINUTE_MAX: u32 = 3000;

/// Conversations in a request: more ids make its address longer than servers accept.
pub const IDS_PER_CALL: usize = 100;

/// How long a conversation that is due waits for others that fill its request. For gauges two steps
/// of due times; for any other one longer than one that was read a moment ago is left alone, so that
/// there are others to read with it when it is due again.
pub const fn request_wait(urgency: Urgency) -> Millis {
    match urgency {
        Urgency::Gauge => Millis(10 * MINUTE_MS),
        Urgency::Historical => Millis(20 * MINUTE_MS),
    }
}

/// The share of our minute that catalog reads leave to urgent requests, in percent.
const RESERVE_PERCENT: u8 = 50;

/// How many requests may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(super) share_percent: u8,
    pub(super) per_day: u32,
    pub(super) per_month: u32,
}

/// Limits that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// The share of the minute.
    #[error("a share of {0} % is not possible; use 1 to 100")]
    Share(u8),
    /// The ceilings.
    #[error(
        "{0} requests per day and {1} per month are not possible; use 1 or more per day, and no fewer per month"
    )]
    Ceilings(u32, u32),
}

impl Limits {
    /// A share of the token's minute in percent, and ceilings for requests per day and month.
    pub fn new(share_percent: u8, per_day: u32, per_month: u32) -> Result<Self, LimitsError> {
        if !(1..=100).contains(&share_percent) {
            return Err(LimitsError::Share(share_percent));
        }
        if per_day == 0 || per_month < per_day {
            return Err(LimitsError::Ceilings(per_day, per_month));
        }
        Ok(Self { share_percent, per_day, per_month })
    }

    /// Requests that a minute may have: our share of what Genesys allows, rounded down, and at
    /// least one, without which nothing would ever be read.
    pub(super) fn per_minute(&self, allowed: Option<u32>) -> u32 {
        share(allowed.unwrap_or(DEFAULT_PER_MINUTE), self.share_percent).max(1)
    }

    /// The number of permits at which there is no further one for a purpose.
    pub(super) fn room(&self, purpose: Purpose, allowed: Option<u32>) -> usize {
        let minute = self.per_minute(allowed);
        let reserve = match purpose {
            Purpose::Catalog => share(minute, RESERVE_PERCENT),
            Purpose::Gap | Purpose::Backfill | Purpose::Token => 0,
        };
        (minute - reserve) as usize
    }
}

/// A percentage of at most [`ALLOWED_PER_MINUTE_MAX`], rounded down.
fn share(of: u32, percent: u8) -> u32 {
    of.min(ALLOWED_PER_MINUTE_MAX) * u32::from(percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowance_is_a_share_of_what_genesys_says_and_at_least_one() {
        let limits = Limits::new(10, 1, 1).unwrap();
        let minute = |allowed| limits.per_minute(allowed);
        assert_eq!([minute(None), minute(Some(180)), minute(Some(19))], [30, 18, 1]);
        assert_eq!([minute(Some(0)), minute(Some(u32::MAX))], [1, 300]);
    }

    #[test]
    fn reference_reads_leave_the_reserve_and_always_get_on() {
        let limits = Limits::new(10, 1, 1).unwrap();
        let room = |allowed| limits.room(Purpose::Catalog, Some(allowed));
        assert_eq!([room(300), room(50), room(1)], [15, 3, 1]);
        assert_eq!(limits.room(Purpose::Token, Some(300)), 30);
    }

    #[test]
    fn limits_that_cannot_be_kept_are_refused() {
        assert_eq!(Limits::new(0, 1, 1), Err(LimitsError::Share(0)));
        assert_eq!(Limits::new(101, 1, 1), Err(LimitsError::Share(101)));
        assert_eq!(Limits::new(1, 0, 1), Err(LimitsError::Ceilings(0, 1)));
        assert_eq!(Limits::new(1, 2, 1), Err(LimitsError::Ceilings(2, 1)));
        assert!(Limits::new(100, 1, 1).is_ok());
    }
}
