//! What is missing of an agent, and when that is due for a read (`kpis.md#agent-gaps`).

use crate::example::morning;
use crate::facts::{USER, presence, read, routing, time};
use crate::rows::agent;
use headroom_kpi::facts::AgentFact;
use headroom_kpi::gaps::entity_due;
use headroom_kpi::{Fact, Settings, Urgency};

/// The rule, urgency and time, such as `09:15:00.000`, at which facts are due.
fn due(facts: &[Fact]) -> Option<(&'static str, Urgency, String)> {
    let due = entity_due(&agent(USER, facts), &Settings::default())?;
    let at = jiff::Timestamp::from_millisecond(due.at.0).unwrap();
    Some((due.rule, due.urgency, at.strftime("%H:%M").to_string()))
}

fn details_until(at: &str) -> Fact {
    read(AgentFact::DetailsUntil(time(at)))
}

#[test]
fn nothing_is_due_before_the_next_event_of_a_whole_morning() {
    let facts = morning();
    for (count, next) in facts.iter().enumerate() {
        let due = entity_due(&agent(USER, &facts[..count]), &Settings::default());
        assert!(due.is_none_or(|due| due.at > next.kind.time()), "{count} facts: {due:?}");
    }
    assert_eq!(due(&facts), None);
}

#[test]
fn a_status_that_begins_again_shows_that_another_was_in_between() {
    let facts = [routing("09:00:00.000", "IDLE"), routing("09:11:00.000", "IDLE")];
    let expected = ("repeated_status", Urgency::Historical, "09:15".to_owned());
    assert_eq!(due(&facts), Some(expected));
    let near = [routing("09:00:00.000", "IDLE"), routing("09:00:01.000", "IDLE")];
    assert_eq!(due(&near), None);
    let filled = [&facts[..], &[routing("09:05:00.000", "INTERACTING")]].concat();
    assert_eq!(due(&filled), None);
    let mut settings = Settings::default();
    settings.agents.repeated_status_is_gap = false;
    assert_eq!(entity_due(&agent(USER, &facts), &settings), None);
}

#[test]
fn a_presence_may_begin_again() {
    let facts = [presence("09:00:00.000", "BREAK"), presence("09:11:00.000", "BREAK")];
    assert_eq!(due(&facts), None);
}

#[test]
fn who_is_on_queue_has_a_status_of_the_queue() {
    let open = [presence("09:00:00.000", "ON_QUEUE"), routing("09:06:00.000", "OFF_QUEUE")];
    let expected = ("status_mismatch", Urgency::Gauge, "09:10".to_owned());
    assert_eq!(due(&open), Some(expected));
    let closed = |end| [&open[..], &[routing(end, "IDLE")]].concat();
    let expected = ("status_mismatch", Urgency::Historical, "09:10".to_owned());
    assert_eq!(due(&closed("09:08:00.000")), Some(expected));
    assert_eq!(due(&closed("09:07:59.999")), None);
}

#[test]
fn who_is_offline_has_no_status_of_the_queue() {
    let at_work = [presence("09:00:00.000", "OFFLINE"), routing("08:00:00.000", "INTERACTING")];
    let expected = ("status_mismatch", Urgency::Gauge, "09:05".to_owned());
    assert_eq!(due(&at_work), Some(expected));
    let idle = [presence("09:00:00.000", "OFFLINE"), routing("08:00:00.000", "IDLE")];
    assert_eq!(due(&idle), None, "the presence cuts off what exists on queue only");
}

#[test]
fn what_showed_before_the_newest_read_of_all_changes_is_no_gap() {
    let facts = [routing("09:00:00.000", "IDLE"), routing("09:11:00.000", "IDLE")];
    let with = |until| [&facts[..], &[details_until(until)]].concat();
    assert_eq!(due(&with("09:11:00.000")), None);
    assert!(due(&with("09:10:59.999")).is_some());
    let later = [&with("09:11:00.000")[..], &[routing("09:20:00.000", "IDLE")]].concat();
    assert_eq!(due(&later).unwrap().0, "repeated_status");
}
