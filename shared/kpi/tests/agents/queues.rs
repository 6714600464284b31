//! The cases of the rules that are about queues.

use crate::facts::{event, joined, mark, members, presence, read, routing, time};
use crate::rows::{row, rows, sums};
use headroom_kpi::Fact;
use headroom_kpi::facts::{AgentFact, QueueList};

fn staffing(facts: &[Fact], queue: &str) -> Vec<String> {
    row(&rows(facts), &format!("queue#{queue}#agents"), "now").into_keys().collect()
}

#[test]
fn one_who_takes_a_break_while_talking_is_off_queue() {
    let facts = [
        joined("08:00:00.000", &["Q1"]),
        presence("09:00:00.000", "ON_QUEUE"),
        routing("09:10:00.000", "INTERACTING"),
        presence("09:20:00.000", "BREAK"),
    ];
    let expected = ["oActiveUsers", "oMemberUsers", "oOffQueueUsers.BREAK"];
    assert_eq!(staffing(&facts, "Q1"), expected);
}

#[test]
fn a_member_who_has_not_joined_is_a_member_only() {
    let facts = [
        members("08:00:00.000", &["Q1", "Q2"]),
        joined("08:00:00.000", &["Q1"]),
        presence("09:00:00.000", "ON_QUEUE"),
    ];
    assert_eq!(staffing(&facts, "Q2"), ["oMemberUsers"]);
    let expected = ["oActiveUsers", "oMemberUsers", "oOnQueueUsers.UNKNOWN"];
    assert_eq!(staffing(&facts, "Q1"), expected);
}

#[test]
fn the_newest_list_stands_whichever_comes_first() {
    let facts = [joined("09:00:00.000", &["Q1"]), joined("08:00:00.000", &["Q2"])];
    assert_eq!(staffing(&facts, "Q1"), ["oActiveUsers", "oMemberUsers"]);
    assert_eq!(staffing(&facts, "Q2"), [""; 0]);
}

#[test]
fn of_a_mark_and_a_list_of_one_time_the_mark_counts() {
    let list = joined("09:00:00.000", &["Q1"]);
    let is_active = |mark: Fact| {
        let orders = [[list.clone(), mark.clone()], [mark, list.clone()]];
        orders.map(|facts| !staffing(&facts, "Q1").is_empty())
    };
    assert_eq!(is_active(mark("09:00:00.000", "Q1", false)), [false, false]);
    assert_eq!(is_active(mark("08:59:59.999", "Q1", false)), [true, true]);
    let facts = [mark("09:00:00.001", "Q2", true), list];
    assert_eq!(staffing(&facts, "Q2"), ["oActiveUsers", "oMemberUsers"]);
}

#[test]
fn one_who_leaves_a_queue_leaves_nothing_there() {
    let mut facts = vec![
        members("08:00:00.000", &["Q1", "Q2"]),
        joined("08:00:00.000", &["Q1", "Q2"]),
        presence("09:00:00.000", "ON_QUEUE"),
        routing("09:00:00.100", "IDLE"),
    ];
    assert_eq!(staffing(&facts, "Q1").len(), 4);
    facts.extend([members("10:00:00.000", &["Q2"]), joined("10:00:00.000", &["Q2"])]);
    assert_eq!(staffing(&facts, "Q1"), [""; 0]);
    assert_eq!(staffing(&facts, "Q2").len(), 4);
}

#[test]
fn without_a_presence_the_routing_status_says_who_is_on_queue() {
    let facts = |status| [joined("08:00:00.000", &["Q1"]), routing("09:00:00.000", status)];
    assert!(staffing(&facts("INTERACTING"), "Q1").contains(&"oOnQueueUsers.INTERACTING".into()));
    assert!(staffing(&facts("OFF_QUEUE"), "Q1").contains(&"oOffQueueUsers.UNKNOWN".into()));
}

#[test]
fn who_is_offline_is_joined_and_nothing_else() {
    let facts = [joined("08:00:00.000", &["Q1"]), presence("09:00:00.000", "OFFLINE")];
    assert_eq!(staffing(&facts, "Q1"), ["oActiveUsers", "oMemberUsers"]);
}

#[test]
fn queues_above_eighty_are_counted_as_truncated() {
    let queues = (0..90).map(|n| crate::facts::id(&format!("q{n:02}"))).collect();
    let list = QueueList::new(time("08:00:00.000"), queues);
    let rows = rows(&[read(AgentFact::Members(list))]);
    assert_eq!(row(&rows, "agent#A", "now"), sums(&[("agents.truncated", 10)]));
    assert_eq!(rows.len(), 81);
    assert!(!rows.contains_key(&("queue#q80#agents".to_owned(), "now".to_owned())));
}

#[test]
fn the_newest_word_on_out_of_office_counts() {
    let office = |at, active| event(AgentFact::OutOfOffice(time(at), active));
    let now = |facts: &[Fact]| row(&rows(facts), "agent#A", "now");
    let (first, second) = (office("08:00:00.000", true), office("09:00:00.000", false));
    assert_eq!(now(std::slice::from_ref(&first)), sums(&[("outOfOffice", 1)]));
    assert_eq!(now(&[second, first]), sums(&[]));
}
