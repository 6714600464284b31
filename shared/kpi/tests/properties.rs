//! The crate against a second reading of its rules, and against what a join promises.
//!
//! `PROPTEST_CASES` sets the number of cases of every property, `PROPTEST_RNG_SEED` repeats the
//! cases of a failure: every failure prints its seed.

#[cfg(test)]
mod generate;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod property;
