//! What was spent of the API budget, as the gap reader reports it.

use crate::Millis;

/// A report. The newest one of its scope counts, as a whole; of two of the same time the greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BudgetReport {
    /// When it was made.
    pub at: Millis,
    /// Which row it is for.
    pub scope: BudgetScope,
    /// What the row holds, in order, without zeros.
    pub sums: Vec<(BudgetMetric, i64)>,
}

impl BudgetReport {
    /// What it adds to the encoded entity at most, with its contributions.
    pub(crate) const WEIGHT_MAX: usize = 40 + 24 * BudgetMetric::ALL.len();
}

/// Which row of `api#budget` a report is for. Each has an entity of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BudgetScope {
    /// Bucket `now`.
    Now,
    /// Bucket `P1D#<date>`, in days since 1970-01-01.
    Day(i32),
}

macro_rules! sums {
    ($($(#[$doc:meta])* $name:ident $text:literal,)*) => {
        /// One of the numbers about the budget.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum BudgetMetric { $($(#[$doc])* $name,)* }

        impl BudgetMetric {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in rows and events.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The one of a name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

sums! {
    /// Requests in the last rolling minute.
    MinuteUsed "minute.used",
    /// Requests that a minute may have.
    MinuteAllowed "minute.allowed",
    /// Requests today.
    DayUsed "day.used",
    /// Requests that a day may have.
    DayAllowed "day.allowed",
    /// Requests this month.
    MonthUsed "month.used",
    /// Requests that a month may have.
    MonthAllowed "month.allowed",
    /// Requests today for single conversations that have a gap.
    Gap "requests.gap",
    /// Requests today that read a silent window back.
    ReadBack "requests.readBack",
    /// Requests today for queues, members and users.
    Reference "requests.reference",
    /// Requests today for access tokens.
    Token "requests.token",
    /// Answers 429 today.
    Throttled "throttled",
    /// No request before this time, in seconds since 1970.
    BlockedUntil "blockedUntil",
    /// At the pace of the last hours, when the day's ceiling is met, in seconds since 1970.
    DayFullAt "day.fullAt",
    /// At the pace of the last days, when the month's ceiling is met, in seconds since 1970.
    MonthFullAt "month.fullAt",
    /// Conversations known to have a gap that are due.
    Due "due",
}
