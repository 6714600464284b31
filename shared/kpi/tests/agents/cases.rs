//! The cases of the rules that are about time.

use crate::facts::{USER, change, event, presence, presence_at, routing, routing_at, time};
use crate::rows::{agent, contributions, row, rows, sums, texts};
use headroom_kpi::facts::{AgentFact, Presence};
use headroom_kpi::{Calendar, Fact, Millis, Settings, Status};

const DAY: &str = "P1D#2026-05-12";

#[test]
fn a_break_during_a_call_does_not_cut_the_call() {
    let facts = [
        presence("09:00:00.000", "ON_QUEUE"),
        routing("09:10:00.000", "INTERACTING"),
        presence("09:20:00.000", "BREAK"),
        routing("09:25:00.000", "OFF_QUEUE"),
    ];
    let day = row(&rows(&facts), "agent#A", DAY);
    assert_eq!(day["tAgentRoutingStatus.INTERACTING"], 900_000);
}

#[test]
fn who_loses_the_browser_is_not_idle_all_night() {
    let facts = [
        presence("17:50:00.000", "ON_QUEUE"),
        routing("17:55:00.000", "IDLE"),
        presence("17:56:00.000", "OFFLINE"),
        routing("2026-05-13T08:00:00Z", "IDLE"),
        routing("2026-05-13T08:01:00Z", "INTERACTING"),
    ];
    let rows = rows(&facts);
    assert_eq!(row(&rows, "agent#A", DAY)["tAgentRoutingStatus.IDLE"], 60_000);
    let next = row(&rows, "agent#A", "P1D#2026-05-13");
    assert_eq!(next, sums(&[("tAgentRoutingStatus.IDLE", 60_000)]));
}

#[test]
fn a_routing_change_within_two_seconds_prevents_the_cut() {
    let facts = |at: &str| {
        let before =
            [presence("09:00:00.000", "ON_QUEUE"), routing("09:00:00.000", "NOT_RESPONDING")];
        let after = [presence("09:10:00.000", "AVAILABLE"), routing(at, "IDLE")];
        [before, after].concat()
    };
    let time = |at| row(&rows(&facts(at)), "agent#A", DAY)["tAgentRoutingStatus.NOT_RESPONDING"];
    assert_eq!(time("09:10:02.000"), 602_000);
    assert_eq!(time("09:10:02.001"), 600_000);
}

#[test]
fn nothing_is_booked_before_the_first_event() {
    let facts = [routing("09:00:00.000", "INTERACTING"), routing("09:01:00.000", "COMMUNICATING")];
    let rows = rows(&facts);
    let expected = sums(&[("tAgentRoutingStatus.INTERACTING", 60_000)]);
    assert_eq!(row(&rows, "agent#A", DAY), expected);
    assert_eq!(rows.len(), 3, "interval, day and now");
}

#[test]
fn a_change_that_comes_late_splits_the_stretch_anew() {
    let facts = [routing("09:00:00.000", "INTERACTING"), routing("11:00:00.000", "OFF_QUEUE")];
    let before = row(&rows(&facts), "agent#A", DAY);
    assert_eq!(before, sums(&[("tAgentRoutingStatus.INTERACTING", 7_200_000)]));
    let late = [&facts[..], &[routing("09:45:00.000", "IDLE")]].concat();
    let after = rows(&late);
    let day =
        [("tAgentRoutingStatus.INTERACTING", 2_700_000), ("tAgentRoutingStatus.IDLE", 4_500_000)];
    assert_eq!(row(&after, "agent#A", DAY), sums(&day));
    let interval = row(&after, "agent#A", "PT30M#2026-05-12T10:00:00Z");
    assert_eq!(interval, sums(&[("tAgentRoutingStatus.IDLE", 1_800_000)]));
}

#[test]
fn of_two_changes_of_one_time_the_one_that_was_reported_later_counts() {
    let change = |reported_at, status| {
        let mut change = change(time("09:00:00.000"), Status::parse(status).unwrap());
        change.reported_at = Millis(reported_at);
        event(AgentFact::Routing(change))
    };
    let now = |facts: &[Fact]| row(&rows(facts), "agent#A", "now");
    let (first, second) = (change(5, "INTERACTING"), change(6, "IDLE"));
    let expected = sums(&[("routingStatus.IDLE", time("09:00:00.000").0)]);
    assert_eq!(now(&[first.clone(), second.clone()]), expected);
    assert_eq!(now(&[second, first]), expected);
}

#[test]
fn an_unknown_status_is_booked_under_its_name() {
    let facts = [routing("09:00:00.000", "ON_BREAK2"), routing("09:01:00.000", "IDLE")];
    let day = row(&rows(&facts), "agent#A", DAY);
    assert_eq!(day, sums(&[("tAgentRoutingStatus.ON_BREAK2", 60_000)]));
}

/// What one status that lasts a local day gives, in New York.
fn local_day(start: &str, end: &str, day: &str) -> (i64, i64) {
    let settings = Settings {
        calendar: Calendar::new("America/New_York", 30).unwrap(),
        ..Settings::default()
    };
    let facts = [
        event(routing_at(time(start), "COMMUNICATING")),
        event(routing_at(time(end), "OFF_QUEUE")),
    ];
    let rows = texts(&contributions(&agent(USER, &facts), &settings));
    let sum = |(key, sums): (&(String, String), &std::collections::BTreeMap<String, i64>)| {
        let is_interval = key.1.starts_with("PT30M");
        sums.get("tAgentRoutingStatus.COMMUNICATING").copied().filter(|_| is_interval)
    };
    let intervals = rows.iter().filter_map(sum).sum();
    (row(&rows, "agent#A", day)["tAgentRoutingStatus.COMMUNICATING"], intervals)
}

#[test]
fn a_day_of_25_hours_and_one_of_23_hours_have_all_their_time() {
    let autumn = local_day("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "P1D#2026-11-01");
    assert_eq!(autumn, (90_000_000, 90_000_000));
    let spring = local_day("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "P1D#2026-03-08");
    assert_eq!(spring, (82_800_000, 82_800_000));
}

#[test]
fn a_stretch_over_midnight_is_split_in_days_and_intervals_at_once() {
    let facts =
        [routing("23:50:00.000", "INTERACTING"), routing("2026-05-13T00:05:00Z", "OFF_QUEUE")];
    let rows = rows(&facts);
    let time = |bucket| row(&rows, "agent#A", bucket)["tAgentRoutingStatus.INTERACTING"];
    assert_eq!([time(DAY), time("P1D#2026-05-13")], [600_000, 300_000]);
    let intervals = ["PT30M#2026-05-12T23:30:00Z", "PT30M#2026-05-13T00:00:00Z"];
    assert_eq!(intervals.map(time), [600_000, 300_000]);
}

#[test]
fn a_stretch_of_more_than_31_days_is_not_booked() {
    let facts = |end| [routing("2026-01-01T00:00:00Z", "IDLE"), routing(end, "INTERACTING")];
    assert!(rows(&facts("2026-02-01T00:00:00Z")).len() > 1_000);
    assert_eq!(rows(&facts("2026-02-01T00:00:00.001Z")).len(), 1);
}

#[test]
fn organisation_presences_are_booked_up_to_a_number_and_can_be_switched_off() {
    let fact = |n: i64| {
        let organization = Some(crate::facts::id(&format!("p{n:02}")));
        let presence = Presence { system: Status::parse("Meeting").unwrap(), organization };
        event(AgentFact::Presence(change(Millis(time("09:00:00.000").0 + n), presence)))
    };
    let facts: Vec<_> = (0..=50).map(fact).collect();
    let day = row(&rows(&facts), "agent#A", DAY);
    assert_eq!(day["tOrganizationPresence.p39"], 1);
    assert_eq!(day["tOrganizationPresence.other"], 10);
    assert_eq!(day["tSystemPresence.MEETING"], 50);
    assert_eq!(day.len(), 42);
    let mut settings = Settings::default();
    settings.agents.organization_presence = false;
    let off = texts(&contributions(&agent(USER, &facts), &settings));
    assert_eq!(row(&off, "agent#A", DAY).len(), 1);
}

#[test]
fn absence_is_booked_only_if_it_is_switched_on() {
    let facts = [
        event(presence_at(time("09:00:00.000"), "OFFLINE")),
        presence("10:00:00.000", "AVAILABLE"),
        routing("09:00:00.000", "OFF_QUEUE"),
        routing("09:30:00.000", "IDLE"),
    ];
    let entity = agent(USER, &facts);
    let mut settings = Settings::default();
    let day = row(&texts(&contributions(&entity, &settings)), "agent#A", DAY);
    assert_eq!(day, sums(&[("tAgentRoutingStatus.IDLE", 1_800_000)]));
    settings.agents.absence = true;
    let day = row(&texts(&contributions(&entity, &settings)), "agent#A", DAY);
    let expected = [
        ("tAgentRoutingStatus.IDLE", 1_800_000),
        ("tAgentRoutingStatus.OFF_QUEUE", 1_800_000),
        ("tSystemPresence.OFFLINE", 3_600_000),
    ];
    assert_eq!(day, sums(&expected));
}

#[test]
fn what_is_booked_of_an_agent_changes_for_stretches_that_begin_from_then_on() {
    let facts = [
        routing("08:00:00.000", "OFF_QUEUE"),
        routing("10:00:00.000", "IDLE"),
        routing("11:00:00.000", "OFF_QUEUE"),
        routing("11:30:00.000", "IDLE"),
    ];
    let mut later = Settings::default();
    later.agents.absence = true;
    let mut settings = Settings::default();
    settings.change(time("09:00:00.000"), later);
    let day = row(&texts(&contributions(&agent(USER, &facts), &settings)), "agent#A", DAY);
    assert_eq!(day["tAgentRoutingStatus.OFF_QUEUE"], 1_800_000, "the first one began before");
}

#[test]
fn a_stretch_is_split_where_the_length_of_intervals_changes() {
    let calendar = |minutes| Calendar::new("UTC", minutes).unwrap();
    let mut settings = Settings { calendar: calendar(60), ..Settings::default() };
    let later = Settings { calendar: calendar(15), ..Settings::default() };
    settings.change(time("09:15:00.000"), later);
    let facts = [routing("09:00:00.000", "COMMUNICATING"), routing("09:35:00.000", "IDLE")];
    let rows = texts(&contributions(&agent(USER, &facts), &settings));
    let minutes =
        |bucket: &str| row(&rows, "agent#A", bucket)["tAgentRoutingStatus.COMMUNICATING"] / 60_000;
    let starts = ["PT1H#2026-05-12T09:00:00Z", "PT15M#2026-05-12T09:15:00Z"];
    assert_eq!(starts.map(minutes), [15, 15]);
    assert_eq!([minutes("PT15M#2026-05-12T09:30:00Z"), minutes(DAY)], [5, 35]);
}
