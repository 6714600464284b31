//! What each rule finds.

use super::call::{at, call, details_without, fold, id, metric, until, without, work};
use headroom_kpi::facts::{Durations, FactKind, Transfer, UserEnd, UserStart, Work};
use headroom_kpi::gaps::{Urgency, holes};
use headroom_kpi::{Conversation, Millis, Settings};

fn rules(conversation: &Conversation) -> Vec<&'static str> {
    holes(conversation, &Settings::default()).iter().map(|hole| hole.rule).collect()
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
            rules(&until(last)).into_iter().filter(|rule| *rule != "handling untold").collect();
        assert_eq!(found, Vec::<&str>::new(), "until {last}");
    }
}

#[test]
fn every_lost_event_that_changes_a_number_is_found() {
    let cases: [(&[&str], &str); 22] = [
        (&["acd.end"], "wait over"),
        (&["acd.start", "nOffered"], "wait unbegun"),
        (&["acd.start", "acd.end", "tAcd", "tAnswered", "nOverSla"], "wait unknown"),
        (&["acd.start", "acd.end", "nOffered"], "wait untold"),
        (&["acd.start", "acd.end", "nOffered", "tAcd"], "work of no wait"),
        (&["user.end"], "work over"),
        (&["user.start", "user.end"], "work over"),
        (&["user.start", "user.end", "acw"], "work untold"),
        (&["user.start", "user.end", "acw"], "answered by nobody"),
        (&["nOffered"], "metric untold"),
        (&["tAcd"], "outcome untold"),
        (&["tAnswered"], "outcome untold"),
        (&["nOverSla"], "miss untold"),
        (&["nConnected"], "connection untold"),
        (&["tTalk"], "talk untold"),
        (&["tTalkComplete"], "talk untold"),
        (&["tHeld"], "hold untold"),
        (&["tAlert"], "metric untold"),
        (&["tHeldComplete"], "handling differs"),
        (&["tAcw"], "metric untold"),
        (&["acw", "tAcw"], "handling differs"),
        (&["tHandle"], "handling untold"),
    ];
    for (lost, rule) in cases {
        let found = rules(&without(lost));
        assert!(found.contains(&rule), "without {lost:?}: {found:?}");
    }
}

#[test]
fn without_metrics_the_sessions_alone_speak() {
    let cases: [(&[&str], &[&str]); 5] = [
        (&["acd.start"], &["wait unbegun"]),
        (&["acd.end"], &["wait over"]),
        (&["acd.start", "acd.end"], &["work of no wait"]),
        (&["user.end"], &["work over"]),
        (&["user.start", "user.end", "acw"], &["answered by nobody"]),
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
            holes(conversation, &Settings::default()).iter().map(|hole| hole.urgency).collect()
        };
        assert!(urgencies(&conversation).contains(&Urgency::Live), "without {lost}");
        let source = headroom_kpi::facts::Source::Api;
        let kind = FactKind::Closed(at(350_000));
        conversation.fold(headroom_kpi::Fact { source, kind });
        let left = urgencies(&conversation);
        assert!(!left.is_empty() && !left.contains(&Urgency::Live), "without {lost}");
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
        rules(&fold(kinds)).contains(&"consultation untold")
    };
    assert!(consulted(300_000));
    assert!(!consulted(315_000));
    let told = metric("s", "nConsult", 300_000, 1, Some("u"));
    let kinds = call().into_iter().map(|(_, kind)| kind).chain(colleague(300_000, 400_000, 3_000));
    assert!(!rules(&fold(kinds.chain([told]))).contains(&"consultation untold"));
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
        rules(&fold(kinds)).contains(&"alert untold")
    };
    assert!(found(None, &[]));
    assert!(found(None, &[("tNotResponding", 15_000)]));
    assert!(!found(None, &[("tNotResponding", 15_000), ("nAlertExpired", 1)]));
    assert!(!found(None, &[("tNotResponding", 15_000), ("nAgentDeclined", 1)]));
    assert!(!found(Some(Transfer::Blind), &[]));
}
