//! Stretches whose rows are worked out by hand.

use super::*;
use crate::id::id_from_bits;
use jiff::tz::TimeZone;

const USER: Id = id_from_bits(7);

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn rules(time_zone: &str) -> Rules {
    Rules { time_zone: TimeZone::get(time_zone).unwrap(), ..Rules::default() }
}

/// The sums of a stretch of a routing status, by bucket.
fn booked(rules: &Rules, status: RoutingStatus, from: &str, to: &str) -> BTreeMap<String, Sums> {
    let mut agents = AgentRows::new(rules);
    agents.add_routing((USER, status), &(ms(from)..ms(to)));
    agents
        .rows(rules.interval_minutes)
        .map(|row| (row.bucket, row.metrics.into_iter().collect()))
        .collect()
}

fn time(rows: &BTreeMap<String, Sums>, bucket: &str) -> i64 {
    rows[bucket]["tAgentRoutingStatus.INTERACTING"]
}

#[test]
fn a_stretch_is_split_where_intervals_and_days_begin_and_counted_once() {
    let (from, to) = ("2026-05-12T23:50:00Z", "2026-05-13T00:05:00Z");
    let rows = booked(&Rules::default(), RoutingStatus::Interacting, from, to);
    let expected = [
        ("P1D#2026-05-12", 600_000, true),
        ("P1D#2026-05-13", 300_000, false),
        ("PT30M#2026-05-12T23:30:00Z", 600_000, true),
        ("PT30M#2026-05-13T00:00:00Z", 300_000, false),
    ];
    assert_eq!(rows.len(), expected.len());
    for (bucket, ms, is_start) in expected {
        assert_eq!(time(&rows, bucket), ms);
        let count = rows[bucket].get("nAgentRoutingStatus.INTERACTING");
        assert_eq!(count.is_some(), is_start, "{bucket}");
    }
}

#[test]
fn long_and_short_days_have_all_their_time() {
    let rules = rules("America/New_York");
    for (from, to, day, expected) in [
        ("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "P1D#2026-11-01", 90_000_000),
        ("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "P1D#2026-03-08", 82_800_000),
    ] {
        let rows = booked(&rules, RoutingStatus::Interacting, from, to);
        assert_eq!(time(&rows, day), expected);
        let intervals = rows.keys().filter(|bucket| bucket.starts_with("PT30M"));
        assert_eq!(intervals.map(|bucket| time(&rows, bucket)).sum::<i64>(), expected);
    }
}

#[test]
fn absence_and_stretches_of_more_than_31_days_are_not_booked() {
    let (from, to) = ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z");
    let mut rules = Rules::default();
    assert!(booked(&rules, RoutingStatus::OffQueue, from, to).is_empty());
    rules.agents.absence = true;
    assert!(!booked(&rules, RoutingStatus::OffQueue, from, to).is_empty());
    let length = |to: &str| booked(&rules, RoutingStatus::Idle, from, to).len();
    assert!(length("2026-02-01T00:00:00Z") > 1_000);
    assert_eq!(length("2026-02-01T00:00:00.001Z"), 0);
}

fn staffing(presence: Option<Presence>, status: Option<RoutingStatus>) -> Vec<String> {
    let (joined, other) = (Queue(0), Queue(1));
    let agent = AgentNow {
        user: USER,
        routing: status.map(|status| (status, 5)),
        presence: presence.map(|presence| (presence, 5)),
        joined: QueueSet::default().with(joined),
        members: QueueSet::default().with(other),
        is_out_of_office: false,
    };
    let mut rows = AgentRows::new(&Rules::default());
    rows.add_now(&agent);
    assert_eq!(rows.staffing[&other].counts.keys().collect::<Vec<_>>(), ["oMemberUsers"]);
    let names = rows.staffing[&joined].counts.keys().cloned();
    names.filter(|name| !["oActiveUsers", "oMemberUsers"].contains(&name.as_str())).collect()
}

#[test]
fn who_has_joined_is_on_queue_or_off_queue_or_neither() {
    let interacting = Some(RoutingStatus::Interacting);
    assert_eq!(staffing(Some(Presence::ON_QUEUE), interacting), ["oOnQueueUsers.INTERACTING"]);
    assert_eq!(staffing(Some(Presence::ON_QUEUE), None), ["oOnQueueUsers.UNKNOWN"]);
    assert_eq!(staffing(Some(Presence::BREAK), interacting), ["oOffQueueUsers.BREAK"]);
    assert_eq!(staffing(Some(Presence::OFFLINE), interacting), [""; 0]);
    assert_eq!(staffing(None, interacting), ["oOnQueueUsers.INTERACTING"]);
    assert_eq!(staffing(None, Some(RoutingStatus::OffQueue)), ["oOffQueueUsers.UNKNOWN"]);
    assert_eq!(staffing(None, None), [""; 0]);
}
