//! The stored form: nothing is lost in it, and no bytes make decoding panic.

use super::{Stored, at_once, check};
use crate::generate::{Case, case};
use headroom_kpi::ContributionBuilder;
use headroom_kpi::stored::LAST_RELEASE_READS;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseResult;

#[test]
fn decoding_gives_what_was_encoded() {
    check(2_500, &case(), |Case { setup, facts }| {
        let entity = at_once(&facts, &setup);
        let bytes = entity.encode();
        prop_assert!(bytes[0] <= LAST_RELEASE_READS, "version {}", bytes[0]);
        let decoded = Stored::decode(&bytes).unwrap();
        prop_assert_eq!(&decoded.contributions, &entity.contributions);
        prop_assert_eq!(decoded.encode(), bytes);
        let contributions = ContributionBuilder::default().build(&decoded.entity, &setup.settings);
        prop_assert_eq!(contributions, decoded.contributions);
        Ok(())
    });
}

/// The bound of the stored form decides what a conversation still takes: it must not depend on
/// whether the conversation was stored in between.
#[test]
fn a_decoded_conversation_is_equal_and_has_the_same_size_limit() {
    check(2_500, &case(), |Case { setup, facts }| {
        let entity = at_once(&facts, &setup);
        let decoded = Stored::decode(&entity.encode()).unwrap();
        let bounds = (decoded.entity.encoded_size_max(), entity.entity.encoded_size_max());
        prop_assert_eq!(bounds.0, bounds.1);
        prop_assert_eq!(decoded, entity);
        Ok(())
    });
}

#[test]
fn random_bytes_are_refused_and_never_a_panic() {
    let bytes = proptest::collection::vec(any::<u8>(), 0..120);
    let few = proptest::collection::vec(0_u8..12, 0..60);
    let version = prop_oneof![Just(1), Just(2), Just(3), any::<u8>()];
    let strategy = (version, prop_oneof![bytes, few]);
    check(10_000, &strategy, |(version, rest)| decoded_is_sound(&[vec![version], rest].concat()));
}

#[test]
fn damaged_encodings_are_refused_or_read_and_never_a_panic() {
    let flips = proptest::collection::vec((any::<Index>(), byte()), 1..4);
    let strategy = (case(), flips, any::<Index>(), any::<bool>());
    check(4_000, &strategy, |(Case { setup, facts }, flips, end, truncate)| {
        let mut bytes = at_once(&facts, &setup).encode();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if truncate {
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
