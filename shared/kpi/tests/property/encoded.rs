//! The stored form: it keeps everything, and no bytes bring it down.

use super::{Stored, at_once, check};
use crate::generate::{Case, case};
use headroom_kpi::ContributionBuilder;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;

#[test]
fn what_is_encoded_is_read_back_the_same() {
    check(2_500, &case(), |Case { setup, facts }| {
        let entity = at_once(&facts, &setup);
        let bytes = entity.encode();
        let back = Stored::decode(&bytes).unwrap();
        prop_assert_eq!(&back.contributions, &entity.contributions);
        prop_assert_eq!(back.encode(), bytes);
        let books = ContributionBuilder::default().build(&back.entity, &setup.settings);
        prop_assert_eq!(books, back.contributions);
        Ok(())
    });
}

/// What a conversation weighs decides what it still takes: it must not depend on whether it was
/// stored in between.
#[test]
fn a_conversation_that_is_read_back_is_equal_and_weighs_the_same() {
    check(2_500, &case(), |Case { setup, facts }| {
        let entity = at_once(&facts, &setup);
        let back = Stored::decode(&entity.encode()).unwrap();
        let weights = (back.entity.encoded_size_max(), entity.entity.encoded_size_max());
        prop_assert_eq!(weights.0, weights.1);
        prop_assert_eq!(back, entity);
        Ok(())
    });
}

#[test]
fn random_bytes_are_refused_and_never_a_panic() {
    let bytes = proptest::collection::vec(any::<u8>(), 0..120);
    let few = proptest::collection::vec(0_u8..12, 0..60);
    let version = prop_oneof![Just(1), Just(2), any::<u8>()];
    let strategy = (version, prop_oneof![bytes, few]);
    check(10_000, &strategy, |(version, rest)| decoded_is_sound(&[vec![version], rest].concat()));
}

#[test]
fn damaged_encodings_are_refused_or_read_and_never_a_panic() {
    let flips = proptest::collection::vec((any::<Index>(), byte()), 1..4);
    let strategy = (case(), flips, any::<Index>(), any::<bool>());
    check(4_000, &strategy, |(Case { setup, facts }, flips, end, cut)| {
        let mut bytes = at_once(&facts, &setup).encode();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        decoded_is_sound(&bytes)
    });
}

#[test]
fn every_truncation_and_every_addition_is_refused() {
    check(40, &case(), |Case { setup, facts }| {
        let bytes = at_once(&facts, &setup).encode();
        for end in 0..bytes.len() {
            prop_assert!(Stored::decode(&bytes[..end]).is_err());
        }
        prop_assert!(Stored::decode(&[bytes, vec![0]].concat()).is_err());
        Ok(())
    });
}

/// Bytes that begin, end or overflow a number of variable length, or any others.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0xff), Just(0x80), Just(0x7f), 0_u8..4, any::<u8>()]
}

/// What can be read at all can be written again.
fn decoded_is_sound(bytes: &[u8]) -> TestCaseResult {
    if let Ok(entity) = Stored::decode(bytes) {
        prop_assert!(Stored::decode(&entity.encode()).is_ok());
    }
    Ok(())
}
