//! Agents with lives of their own.

use super::fold::Facts;
use super::reads::Client;
use super::{check, compare_where, options};
use headroom_simulator::{
    AgentRules, Archive, Assumptions, Faults, Feed, LineKind, Load, Options, Rules, run_recorded,
};
use jiff::tz::TimeZone;
use std::convert::Infallible;

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

/// Whether a row is about agents and not about their conversations.
fn is_of_agents(subject: &str) -> bool {
    subject.ends_with("#agents") || subject.matches('#').count() == 1
}

/// Everything is read of every agent, so that nothing is missing any more, whatever was lost: also
/// what was so before the run, and the queues that an agent has not joined.
#[test]
fn what_is_lost_is_in_the_answers_of_the_api() {
    for seed in 0..60 {
        let options = lives(seed, "dup=0.2,reorder=0.2,lose=0.3");
        // An event without a date has another time than the answer, and outranks it.
        let assumptions = Assumptions { presences_without_date: false, ..options.assumptions };
        let options = Options { assumptions, ..options };
        let (archive, mut facts) = (Archive::new(), Facts::default());
        let truth = run_recorded(&options, &archive, |line| {
            facts.take(&line.bytes);
            Ok::<_, Infallible>(())
        });
        assert!(truth.is_ok());
        Client::new(&archive).read(&mut facts.agents);
        let truth = archive.truth(archive.end_ms().unwrap());
        compare_where(is_of_agents, &facts, &truth, &options);
    }
}

#[test]
fn what_is_lost_is_missing_without_the_api() {
    let whole = |seed| {
        let options = lives(seed, "lose=0.1");
        let mut facts = Facts::default();
        let take = |line: headroom_simulator::Line| {
            facts.take(&line.bytes);
            Ok::<_, Infallible>(())
        };
        let Ok(truth) = headroom_simulator::run(&options, take);
        let rows = super::rows::rows(&facts, &options.rules);
        truth.rows().filter(|row| is_of_agents(&row.subject)).all(|row| {
            rows.get(&(row.subject, row.bucket)).is_some_and(|other| other.metrics == row.metrics)
        })
    };
    assert_eq!((0..10).filter(|seed| whole(*seed)).count(), 0);
}

/// All that can happen to an agent does.
#[test]
fn every_status_and_every_event_of_agents_happens() {
    let mut names = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let take = |line: headroom_simulator::Line| {
            let text = String::from_utf8(line.bytes).unwrap();
            let topics = ["{id}.activity", "{id}.presence", "{id}.routingStatus", "{id}.users"];
            names.extend(topics.into_iter().filter(|topic| text.contains(topic)));
            if text.contains(r#""primary":false"#) {
                assert_eq!(line.kind, LineKind::Unused);
                names.insert("foreign");
            }
            Ok::<_, Infallible>(())
        };
        let Ok(truth) = headroom_simulator::run(&lives(seed, ""), take);
        let now = truth.rows().flat_map(|row| row.metrics.into_keys());
        let expected = [
            "tAgentRoutingStatus.COMMUNICATING",
            "tAgentRoutingStatus.IDLE",
            "tAgentRoutingStatus.INTERACTING",
            "tAgentRoutingStatus.NOT_RESPONDING",
            "tAgentRoutingStatus.OFF_QUEUE",
            "tSystemPresence.AVAILABLE",
            "tSystemPresence.AWAY",
            "tSystemPresence.BREAK",
            "tSystemPresence.BUSY",
            "tSystemPresence.IDLE",
            "tSystemPresence.MEAL",
            "tSystemPresence.MEETING",
            "tSystemPresence.OFFLINE",
            "tSystemPresence.ON_QUEUE",
            "tSystemPresence.TRAINING",
            "outOfOffice",
            "oActiveUsers",
            "oOnQueueUsers.INTERACTING",
        ];
        names.extend(now.filter_map(|name| expected.into_iter().find(|other| *other == name)));
    }
    assert_eq!(names.len(), 23, "{names:?}");
}
