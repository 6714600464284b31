//! The way back: the last release reads what this one writes, and this one what the last one wrote
//! (CONTRIBUTING.md, "The way back").

#![allow(clippy::unwrap_used)]

use headroom_kpi::stored::{DecodeError, LAST_RELEASE_READS, NEWEST_VERSION, decode, encode};
use headroom_kpi::{ContributionBuilder, Measure, RowChange, Settings};
use std::collections::BTreeSet;

/// Entities as the last release stored them, one a line: conversations of a simulated centre, open
/// and closed, one that was read from the API, a report about the budget, and one that waits. A line is never
/// changed.
const LAST_RELEASE: &str = include_str!("golden/last_release.hex");

/// An agent: the one kind of entity that the last release has no form for.
const AGENT: &str = include_str!("golden/agent_v4.hex");

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

/// What is written to the byte as the last release wrote it, the last release can read.
#[test]
fn entities_of_the_last_release_are_read_and_written_again_to_the_byte() {
    for (line, hex) in LAST_RELEASE.lines().enumerate() {
        let stored = bytes(hex);
        let (entity, contributions) = decode(&stored).unwrap();
        let output = encode(&entity, &contributions);
        assert_eq!(output, stored, "line {}: the last release cannot read this form", line + 1);
    }
}

/// The last release counted a wait under the whole id of its session. The next write of such a
/// conversation takes that count out of the row, and adds the one under the tag.
#[test]
fn the_next_write_names_a_wait_of_the_last_release_by_its_tag() {
    let mut waits = 0;
    for hex in LAST_RELEASE.lines() {
        let (entity, stored) = decode(&bytes(hex)).unwrap();
        let next = ContributionBuilder::default().build(&entity, &Settings::default());
        let changes = stored.difference(&next);
        let (removals, additions) = (wait_changes(&changes, -1), wait_changes(&changes, 1));
        assert_eq!(removals.len(), additions.len(), "each wait is still counted once");
        assert!(removals.iter().all(|(_, tag)| tag.len() == 36), "{removals:?}");
        assert!(additions.iter().all(|(_, tag)| tag.len() == 2), "{additions:?}");
        for ((second, session), (later, tag)) in removals.iter().zip(&additions) {
            assert_eq!((second, &session[34..]), (later, tag.as_str()));
        }
        waits += removals.len();
    }
    assert!(waits > 0, "no stored conversation waits");
}

/// The starts of waits that are taken out of rows (-1) or added to them (1): second and tag.
fn wait_changes(changes: &[RowChange], sign: i64) -> Vec<(i64, String)> {
    let amounts = changes.iter().flat_map(|change| change.amounts.iter());
    let waits = amounts.filter(|(_, amount)| amount.signum() == sign);
    let start = |(measure, _): &(Measure, i64)| match measure {
        Measure::WaitingSince(waiting) => Some((waiting.second, waiting.tag.to_string())),
        _ => None,
    };
    waits.filter_map(start).collect()
}

#[test]
fn there_is_an_entity_of_each_version_that_the_last_release_reads() {
    let versions: BTreeSet<_> = LAST_RELEASE.lines().map(|hex| bytes(hex)[0]).collect();
    assert_eq!(versions, (1..=LAST_RELEASE_READS).collect());
}

#[test]
fn an_agent_is_the_only_entity_in_a_form_that_the_last_release_cannot_read() {
    let agent = bytes(AGENT);
    assert!(agent[0] > LAST_RELEASE_READS, "agents are no exception any more: say so in the test");
    assert_eq!(decode(&agent).unwrap().0.conversation(), None);
}

#[test]
fn a_later_version_is_an_error_that_says_what_to_deploy() {
    let mut later = bytes(LAST_RELEASE.lines().next().unwrap());
    later[0] = NEWEST_VERSION + 1;
    assert_eq!(decode(&later).unwrap_err(), DecodeError::Version(NEWEST_VERSION + 1));
}
