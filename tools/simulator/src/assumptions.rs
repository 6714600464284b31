//! What nobody has captured yet of Genesys: each field chooses one of its possible readings.
//!
//! The tests of the product draw these, so that no rule can lean on one of the readings. What
//! captures show is no assumption: all runs have it.

use crate::chance::{Chance, Part};
use crate::world::conversation::Outcome;
use std::str::FromStr;

/// Defines the assumptions that are true or false, with their names in text.
macro_rules! assumptions {
    ($($(#[doc = $text:literal])+ $field:ident = $name:literal),+ $(,)?) => {
        /// How Genesys behaves where no published capture shows it. By default nothing of it holds.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Assumptions {
            /// `acdOutcome` of the wait for a callback that rings the customer first, which has
            /// neither an answer nor an abandon in Genesys' metrics.
            pub customer_first_outcome: Outcome,
            $($(#[doc = $text])+ pub $field: bool),+
        }

        impl Assumptions {
            /// The names of those that are true or false.
            pub const NAMES: &[&str] = &[$($name),+];

            fn field_mut(&mut self, name: &str) -> Option<&mut bool> {
                match name {
                    $($name => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

assumptions! {
    /// `tAnswered` stands on the session of the queue, and not on that of the agent as captured.
    answers_on_queue_session = "answers-on-queue-session",
    /// `nOverSla` stands on the session of the queue, and not on that of the agent.
    misses_on_queue_session = "misses-on-queue-session",
    /// The events of an agent who got a direct transfer name the queue of the agent before.
    direct_transfers_have_queue = "direct-transfers-have-queue",
    /// The events of the further e-mail sessions of an agent do not name the queue.
    next_emails_without_queue = "next-emails-without-queue",
    /// `tNotResponding` is emitted if the customer abandons while an agent is alerted.
    abandons_are_not_responding = "abandons-are-not-responding",
    /// `nAlertExpired` is emitted beside `tNotResponding`.
    alerts_expire = "alerts-expire",
    /// The event of `nConnected` names the queue.
    connected_has_queue = "connected-has-queue",
    /// Callbacks that nobody takes end after 59 to 60 days. Captured, but rare: most runs are over
    /// long before.
    forgotten_callbacks = "forgotten-callbacks",
    /// The routing status `INTERACTING` begins with the alert, and not with the answer.
    interacting_from_alert = "interacting-from-alert",
    /// Events of presences have no `modifiedDate`.
    presences_without_date = "presences-without-date",
    /// A routing status is sometimes reported again, with a new start.
    statuses_are_repeated = "statuses-are-repeated",
}

impl Assumptions {
    /// Random ones; none of them lets a run last for months.
    pub fn random(seed: u64) -> Self {
        let mut chance = Chance::new(seed, Part::Assumptions);
        let outcomes = [Outcome::Unknown, Outcome::Answered, Outcome::FlowOut];
        let customer_first_outcome = chance.pick(&outcomes);
        let mut assumptions = Self { customer_first_outcome, ..Self::default() };
        for name in Self::NAMES {
            let holds = chance.happens(0.5);
            assumptions.field_mut(name).into_iter().for_each(|field| *field = holds);
        }
        Self { forgotten_callbacks: false, ..assumptions }
    }
}

impl FromStr for Assumptions {
    type Err = String;

    /// Reads the names of what holds, for example `alerts-expire,misses-on-queue-session`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut assumptions = Self::default();
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let outcome = &mut assumptions.customer_first_outcome;
            match name {
                "customer-first-answered" => *outcome = Outcome::Answered,
                "customer-first-flows-out" => *outcome = Outcome::FlowOut,
                name => {
                    let unknown = || {
                        format!(
                            "there is no assumption `{name}`: use {}, customer-first-answered or \
                             customer-first-flows-out",
                            Self::NAMES.join(", ")
                        )
                    };
                    *assumptions.field_mut(name).ok_or_else(unknown)? = true;
                }
            }
        }
        Ok(assumptions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assumptions_are_read_by_their_names() {
        let assumptions = Assumptions {
            alerts_expire: true,
            customer_first_outcome: Outcome::FlowOut,
            ..Assumptions::default()
        };
        assert_eq!("alerts-expire, customer-first-flows-out".parse(), Ok(assumptions));
        assert_eq!("".parse(), Ok(Assumptions::default()));
        let error = "boom".parse::<Assumptions>().unwrap_err();
        assert!(error.starts_with("there is no assumption `boom`: use answers-on-queue-session, "));
    }

    #[test]
    fn every_assumption_holds_in_some_draws_and_not_in_others() {
        let mut draws: Vec<_> = (0..40).map(Assumptions::random).collect();
        for name in Assumptions::NAMES.iter().filter(|name| **name != "forgotten-callbacks") {
            let values = draws.iter_mut().filter_map(|draw| draw.field_mut(name).copied());
            let count = values.filter(|holds| *holds).count();
            assert!((1..40).contains(&count), "{name}");
        }
    }
}
