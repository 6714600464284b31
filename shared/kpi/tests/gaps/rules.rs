//! Each rule finds the gap that it is for.

use super::call::{call, details_without, fold, id, metric, time, until, without, work};
use headroom_kpi::Urgency;
use headroom_kpi::facts::{Durations, FactKind, Transfer, UserEnd, UserStart, Work};
use headroom_kpi::gaps::find_gaps;
use headroom_kpi::{Conversation, Millis, Settings};

fn rules(conversation: &Conversation) -> Vec<&'static str> {
    find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.rule).collect()
}

#[test]
fn a_complete_call_has_no_gap_whichever_events_are_delivered() {
    assert_eq!(rules(&without(&[])), Vec::<&str>::new());
    assert_eq!(rules(&details_without(&[])), Vec::<&str>::new());
    let metrics = call().into_iter().filter(|(_, kind)| matches!(kind, FactKind::Metric(_)));
    assert_eq!(rules(&fold(metrics.map(|(_, kind)| kind))), Vec::<&str>::new());
}

#[test]
fn a_call_that_goes_on_has_no_gap() {
    for last in ["customer.start", "nOffered", "user.start", "nConnected", "tTalk", "tHeldComplete"]
    {
        let gaps: Vec<_> =
            rules(&until(last)).into_iter().filter(|rule| *rule != "missing_handle_time").collect();
        assert_eq!(gaps, Vec::<&str>::new(), "until {last}");
    }
}

#[test]
fn every_lost_event_that_changes_a_number_is_a_gap() {
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
        let gaps = rules(&without(lost));
        assert!(gaps.contains(&rule), "without {lost:?}: {gaps:?}");
    }
}

#[test]
fn without_metric_events_only_rules_about_sessions_apply() {
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
fn a_lost_event_that_no_number_depends_on_is_not_a_gap() {
    for lost in ["customer.start", "customer.end", "user.start", "acd.start"] {
        assert_eq!(rules(&without(&[lost])), Vec::<&str>::new(), "without {lost}");
    }
}

#[test]
fn a_gap_leaves_a_gauge_wrong_while_the_conversation_is_open_and_only_sums_when_it_is_closed() {
    for lost in ["acd.end", "user.end"] {
        let mut conversation =
            without(&[lost, "tAcd", "tHandle", "tTalkComplete", "tHeldComplete"]);
        let urgencies = |conversation: &Conversation| -> Vec<Urgency> {
            find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.urgency).collect()
        };
        assert!(urgencies(&conversation).contains(&Urgency::Gauge), "without {lost}");
        let source = headroom_kpi::facts::Source::Api;
        let kind = FactKind::Closed(time(350_000));
        conversation.fold(headroom_kpi::Fact { source, kind });
        let urgencies_when_closed = urgencies(&conversation);
        assert!(
            !urgencies_when_closed.is_empty() && !urgencies_when_closed.contains(&Urgency::Gauge),
            "without {lost}"
        );
    }
}

/// A session of an agent who is called in without a queue.
fn colleague(start: i64, end: i64, alerting: i64) -> Vec<FactKind> {
    let work = Work { user: id("u2"), queue: None, ..work() };
    let interacting = Millis(end - start - alerting);
    let durations = Durations { alerting: Millis(alerting), interacting, ..Durations::default() };
    let start_event = UserStart { time: time(start), work: work.clone() };
    let end_event = UserEnd { time: time(end), work, durations, transfer: None };
    vec![FactKind::UserStart(id("s2"), start_event), FactKind::UserEnd(id("s2"), end_event)]
}

#[test]
fn an_agent_called_in_is_a_consultation_and_one_after_a_blind_transfer_is_not() {
    let consulted = |start| {
        let kinds =
            call().into_iter().map(|(_, kind)| kind).chain(colleague(start, 400_000, 3_000));
        rules(&fold(kinds)).contains(&"missing_consult")
    };
    assert!(consulted(300_000));
    assert!(!consulted(315_000));
    let reported = metric("s", "nConsult", 300_000, 1, Some("u"));
    let kinds = call().into_iter().map(|(_, kind)| kind).chain(colleague(300_000, 400_000, 3_000));
    assert!(!rules(&fold(kinds.chain([reported]))).contains(&"missing_consult"));
}

#[test]
fn an_unanswered_alert_has_to_be_reported_by_time_and_by_reason() {
    let alert = |transfer| {
        let durations = Durations { alerting: Millis(15_000), ..Durations::default() };
        let start_event = UserStart { time: time(40_000), work: work() };
        let end_event = UserEnd { time: time(55_000), work: work(), durations, transfer };
        [FactKind::UserStart(id("s0"), start_event), FactKind::UserEnd(id("s0"), end_event)]
    };
    let is_gap = |transfer, metrics: &[(&str, i64)]| {
        let metrics =
            metrics.iter().map(|(name, value)| metric("s0", name, 55_100, *value, Some("u")));
        let kinds = call().into_iter().map(|(_, kind)| kind).chain(alert(transfer)).chain(metrics);
        rules(&fold(kinds)).contains(&"missing_unanswered_alert")
    };
    assert!(is_gap(None, &[]));
    assert!(is_gap(None, &[("tNotResponding", 15_000)]));
    assert!(!is_gap(None, &[("tNotResponding", 15_000), ("nAlertExpired", 1)]));
    assert!(!is_gap(None, &[("tNotResponding", 15_000), ("nAgentDeclined", 1)]));
    assert!(!is_gap(Some(Transfer::Blind), &[]));
}
