//! Each rule finds the gap that it is for.

use super::call::{call, details_without, fold, id, metric, time, until, with, without, work};
use headroom_kpi::facts::{AcdEnd, AcdStart, Durations, FactKind, MetricFact, UserEnd, Work};
use headroom_kpi::gaps::find_gaps;
use headroom_kpi::{Conversation, Media, Settings, Urgency};

fn rules(conversation: &Conversation) -> Vec<&'static str> {
    find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.rule).collect()
}

#[test]
fn a_call_of_which_nothing_is_lost_has_no_gap_whichever_events_are_delivered() {
    assert_eq!(rules(&without(&[])), Vec::<&str>::new());
    assert_eq!(rules(&details_without(&[])), Vec::<&str>::new());
    let metrics = call().into_iter().filter(|(_, kind)| matches!(kind, FactKind::Metric(_)));
    assert_eq!(rules(&fold(metrics.map(|(_, kind)| kind))), Vec::<&str>::new());
}

#[test]
fn a_call_that_goes_on_has_no_gap() {
    for last in ["customer.start", "nConnected", "nOffered", "user.start", "tAlert", "tTalk"] {
        let gaps: Vec<_> =
            rules(&until(last)).into_iter().filter(|rule| *rule != "missing_handle_time").collect();
        assert_eq!(gaps, Vec::<&str>::new(), "until {last}");
    }
}

#[test]
fn every_lost_event_that_changes_a_number_is_a_gap() {
    let cases: [(&[&str], &str); 21] = [
        (&["acd.end"], "missing_wait_end"),
        (&["acd.start", "acd.end", "tAcd", "tAnswered", "nOverSla"], "missing_wait_session"),
        (&["acd.start", "acd.end", "nOffered"], "missing_wait_metric"),
        (&["acd.start", "acd.end", "nOffered", "tAcd"], "agent_without_wait"),
        (&["user.end"], "missing_agent_end"),
        (&["user.start", "user.end"], "missing_agent_end"),
        (&["user.start", "user.end", "acw"], "missing_agent_session"),
        (&["user.start", "user.end", "acw"], "missing_answering_agent"),
        (&["nOffered"], "missing_metric"),
        (&["acd.start", "nOffered"], "missing_metric"),
        (&["tAcd"], "outcome_mismatch"),
        (&["tAnswered"], "outcome_mismatch"),
        (&["nOverSla"], "missing_sla_miss"),
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
        (&["acd.start"], &[]),
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
fn a_lost_start_is_a_gap_if_the_length_of_the_wait_is_not_known_either() {
    let without_length = |kind| match kind {
        FactKind::AcdEnd(id, end) => FactKind::AcdEnd(id, AcdEnd { connected: None, ..end }),
        kind => kind,
    };
    let details = ["user.start", "user.end", "acd.end", "acw"];
    for (start, expected) in [(&[][..], &["missing_wait_start"][..]), (&["acd.start"], &[])] {
        let events = call().into_iter();
        let events = events.filter(|(name, _)| details.contains(name) || start.contains(name));
        let conversation = fold(events.map(|(_, kind)| without_length(kind)));
        assert_eq!(rules(&conversation), expected);
    }
}

#[test]
fn a_lost_event_that_no_number_depends_on_is_not_a_gap() {
    for lost in ["customer.start", "customer.end", "user.start", "acd.start"] {
        assert_eq!(rules(&without(&[lost])), Vec::<&str>::new(), "without {lost}");
    }
}

/// `kpis.md#no-trace`
#[test]
fn a_lost_metric_that_nothing_implies_leaves_no_trace() {
    assert_eq!(rules(&without(&["nConnected"])), Vec::<&str>::new());
    let turn = metric("s", "oMessageTurn", 315_100, 1, Some("u"));
    assert_eq!(rules(&with(&without(&[]), [turn])), Vec::<&str>::new());
}

/// A wait of a media type whose end says nothing of the outcome.
fn without_outcome(media: &str) -> Conversation {
    let media = Media::new(media);
    let of_media = |kind| match kind {
        FactKind::AcdStart(id, start) => {
            FactKind::AcdStart(id, AcdStart { media: Some(media.clone()), ..start })
        }
        FactKind::AcdEnd(id, end) => {
            let media = Some(media.clone());
            FactKind::AcdEnd(id, AcdEnd { media, outcome: None, answered_user: None, ..end })
        }
        FactKind::Metric(fact) => FactKind::Metric(MetricFact { media: media.clone(), ..fact }),
        kind => kind,
    };
    let names = ["acd.start", "nOffered", "acd.end", "tAcd"];
    let wait = call().into_iter().filter(|(name, _)| names.contains(name));
    fold(wait.map(|(_, kind)| of_media(kind)))
}

#[test]
fn only_callbacks_and_messages_may_end_without_an_outcome() {
    for media in ["voice", "chat", "email"] {
        assert_eq!(rules(&without_outcome(media)), ["outcome_mismatch"], "{media}");
    }
    for media in ["callback", "message"] {
        assert_eq!(rules(&without_outcome(media)), Vec::<&str>::new(), "{media}");
    }
}

#[test]
fn after_call_work_alone_is_handling() {
    let end = UserEnd {
        time: time(315_000),
        work: Work { queue: None, ..work() },
        durations: Durations::default(),
        transfer: None,
    };
    let acw = call().into_iter().filter(|(name, _)| ["acw", "tAcw"].contains(name));
    let details = fold([FactKind::UserEnd(id("s"), end)]);
    let conversation = with(&details, acw.map(|(_, kind)| kind));
    assert!(rules(&conversation).contains(&"missing_handle_time"));
    let handled = with(&conversation, [metric("s", "tHandle", 349_100, 34_000, Some("u"))]);
    assert!(!rules(&handled).contains(&"missing_handle_time"));
    assert!(!rules(&handled).contains(&"handle_time_mismatch"));
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
