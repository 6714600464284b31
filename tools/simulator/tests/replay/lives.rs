//! Agents with lives of their own.

use super::{check, options};
use headroom_simulator::{AgentRules, Faults, Feed, Load, Options, Rules};
use jiff::tz::TimeZone;

/// Places and times at which a day is short, long, or begins at an odd hour, and the intervals that
/// are possible there.
const PLACES: [(&str, &str, u32); 6] = [
    ("UTC", "2026-05-12T20:00:00Z", 30),
    ("America/New_York", "2026-03-08T02:00:00Z", 60),
    ("America/New_York", "2026-11-01T01:00:00Z", 15),
    ("Europe/Berlin", "2026-10-24T19:00:00Z", 30),
    ("Australia/Lord_Howe", "2026-04-04T10:00:00Z", 30),
    ("Asia/Kathmandu", "2026-05-12T15:00:00Z", 15),
];

fn lives(seed: u64, faults: &str) -> Options {
    let (zone, start, interval_minutes) = PLACES[usize::try_from(seed % 6).unwrap()];
    let rules = Rules {
        time_zone: TimeZone::get(zone).unwrap(),
        interval_minutes,
        agents: AgentRules {
            organization_presence: !seed.is_multiple_of(7),
            absence: seed.is_multiple_of(5),
        },
        ..Rules::default()
    };
    // Every third run ends in the middle of work.
    let load = if seed.is_multiple_of(3) {
        Load::Rate { per_second: 0.03, duration_seconds: 10_800.5 }
    } else {
        Load::Conversations(25)
    };
    Options {
        start: start.parse().unwrap(),
        faults: faults.parse().unwrap(),
        rules,
        load,
        agents: true,
        ..options(seed, Feed::Detail, 0)
    }
}

#[test]
fn a_replay_gives_the_truth_for_200_seeds() {
    (0..200).for_each(|seed| check(&lives(seed, "")));
}

#[test]
fn repeats_disorder_and_garbage_do_not_change_the_truth_for_200_seeds() {
    let faults = "dup=0.3,reorder=0.3,late=0.1,garbage=0.2";
    (0..200).for_each(|seed| check(&lives(seed, faults)));
}

#[test]
fn without_lives_agents_begin_and_end_their_shifts() {
    for seed in 0..20 {
        let faults: Faults = "dup=0.3,reorder=0.3".parse().unwrap();
        check(&Options { agents: false, faults, ..lives(seed, "") });
    }
}
