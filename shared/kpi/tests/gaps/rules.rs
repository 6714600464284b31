//! What each rule finds.

use super::call::{at, call, details_without, fold, id, metric, until, without, work};
use headroom_kpi::Urgency;
use headroom_kpi::facts::{Durations, FactKind, Transfer, UserEnd, UserStart, Work};
use headroom_kpi::gaps::find_gaps;
use headroom_kpi::{Conversation, Millis, Settings};

fn rules(conversation: &Conversation) -> Vec<&'static str> {
    find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.rule).collect()
}

#[test]
fn a_complete_call_has_no_hole_in_either_feed_or_both() {
    assert_eq!(rules(&without(&[])), Vec::<&str>::new());
    assert_eq!(rules(&details_without(&[])), Vec::<&str>::new());
    let metrics = call().into_iter().filter(|(_, kind)| matches!(kind, FactKind::Metric(_)));
    assert_eq!(rules(&fold(metrics.map(|(_, kind)| kind))), Vec::<&str>::new());
}

#[test]
fn nothing_is_missing_while_a_call_goes_on() {
    for last in ["customer.start", "nOffered", "user.start", "nConnected", "tTalk", "tHeldComplete"]
    {
        let found: Vec<_> =
            rules(&until(last)).into_iter().filter(|rule| *rule != "missing_handle_time").collect();
        assert_eq!(found, Vec::<&str>::new(), "until {last}");
    }
}

#[test]
fn every_lost_event_that_changes_a_number_is_found() {
    let cases: [(&[&str], &str); 22] = [
        (&["acd.end"], "missing_wait_end"),
        (&["acd.start", "nOffered"], "missing_wait_start"),
        (&["acd.start", "acd.end", "tAcd", "tAnswered", "nOverSla"], "missing_wait_session"),
        (&["acd.start", "acd.end", "nOffered"], "missing_wait_metric"),
        (&["acd.start", "acd.end", "nOffered", "tAcd"], "agent_without_wait"),
        (&["user.end"], "missing_agent_end"),
        (&["user.start", "user.end"], "missing_agent_end"),
        (&["user.start", "user.end", "acw"], "missing_agent_session"),
        (&["user.start", "user.end", "acw"], "missing_answering_agent"),
        (&["nOffered"], "missing_metric"),
        (&["tAcd"], "outcome_mismatch"),
        (&["tAnswered"], "outcome_mismatch"),
        (&["nOverSla"], "missing_sla_miss"),
        (&["nConnected"], "missing_connection"),
        (&["tTalk"], "talk_time_mismatch"),
        (&["tTalkComplete"], "talk_time_mismatch"),
        (&["tHeld"], "hold_time_mismatch"),
        (&["tAlert"], "missing_metric"),
        (&["tHeldComplete"], "handle_time_mismatch"),
        (&["tAcw"], "missing_metric"),
        (&["acw", "tAcw"], "handle_time_mismatch"),
        (&["tHandle"], "missing_handle_time"),
    ];
    for (lost, rule) in cases {
        let found = rules(&without(lost));
        assert!(found.contains(&rule), "without {lost:?}: {found:?}");
    }
}

#[test]
fn without_metrics_the_sessions_alone_speak() {
    let cases: [(&[&str], &[&str]); 5] = [
        (&["acd.start"], &["missing_wait_start"]),
        (&["acd.end"], &["missing_wait_end"]),
        (&["acd.start", "acd.end"], &["agent_without_wait"]),
        (&["user.end"], &["missing_agent_end"]),
        (&["user.start", "user.end", "acw"], &["missing_answering_agent"]),
    ];
    for (lost, expected) in cases {
        assert_eq!(rules(&details_without(lost)), expected, "without {lost:?}");
    }
}

#[test]
fn what_no_number_depends_on_is_no_hole() {
    for lost in ["customer.start", "customer.end", "user.start", "acd.start"] {
        assert_eq!(rules(&without(&[lost])), Vec::<&str>::new(), "without {lost}");
    }
}

#[test]
fn a_gauge_that_stays_up_is_urgent_and_sums_of_a_closed_conversation_are_not() {
    for lost in ["acd.end", "user.end"] {
        let mut conversation =
            without(&[lost, "tAcd", "tHandle", "tTalkComplete", "tHeldComplete"]);
        let urgencies = |conversation: &Conversation| -> Vec<Urgency> {
            find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.urgency).collect()
        };
        assert!(urgencies(&conversation).contains(&Urgency::Gauge), "without {lost}");
        let source = headroom_kpi::facts::Source::Api;
        let kind = FactKind::Closed(at(350_000));
        conversation.fold(headroom_kpi::Fact { source, kind });
        let left = urgencies(&conversation);
        assert!(!left.is_empty() && !left.contains(&Urgency::Gauge), "without {lost}");
    }
}

/// A session of an agent who is called in without a queue.
fn colleague(start: i64, end: i64, alerting: i64) -> Vec<FactKind> {
    let work = Work { user: id("u2"), queue: None, ..work() };
    let interacting = Millis(end - start - alerting);
    let durations = Durations { alerting: Millis(alerting), interacting, ..Durations::default() };
    let begun = UserStart { time: at(start), work: work.clone() };
    let ended = UserEnd { time: at(end), work, durations, transfer: None };
    vec![FactKind::UserStart(id("s2"), begun), FactKind::UserEnd(id("s2"), ended)]
}

#[test]
fn a_consultation_is_counted_and_a_blind_transfer_is_none() {
    let consulted = |start| {
        let kinds =
            call().into_iter().map(|(_, kind)| kind).chain(colleague(start, 400_000, 3_000));
        rules(&fold(kinds)).contains(&"missing_consult")
    };
    assert!(consulted(300_000));
    assert!(!consulted(315_000));
    let told = metric("s", "nConsult", 300_000, 1, Some("u"));
    let kinds = call().into_iter().map(|(_, kind)| kind).chain(colleague(300_000, 400_000, 3_000));
    assert!(!rules(&fold(kinds.chain([told]))).contains(&"missing_consult"));
}

#[test]
fn an_alert_that_nobody_answered_is_counted_both_ways() {
    let alert = |transfer| {
        let durations = Durations { alerting: Millis(15_000), ..Durations::default() };
        let begun = UserStart { time: at(40_000), work: work() };
        let ended = UserEnd { time: at(55_000), work: work(), durations, transfer };
        [FactKind::UserStart(id("s0"), begun), FactKind::UserEnd(id("s0"), ended)]
    };
    let found = |transfer, told: &[(&str, i64)]| {
        let told = told.iter().map(|(name, value)| metric("s0", name, 55_100, *value, Some("u")));
        let kinds = call().into_iter().map(|(_, kind)| kind).chain(alert(transfer)).chain(told);
        rules(&fold(kinds)).contains(&"missing_unanswered_alert")
    };
    assert!(found(None, &[]));
    assert!(found(None, &[("tNotResponding", 15_000)]));
    assert!(!found(None, &[("tNotResponding", 15_000), ("nAlertExpired", 1)]));
    assert!(!found(None, &[("tNotResponding", 15_000), ("nAgentDeclined", 1)]));
    assert!(!found(Some(Transfer::Blind), &[]));
}
