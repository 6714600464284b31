//! Rules that are off unless they are switched on (`kpis.md#optional-rules`).

use super::call::{call, fold, id, metric, time, with, without, work};
use headroom_kpi::facts::{
    AcdEnd, Durations, FactKind, Outcome, Transfer, UserEnd, UserStart, Work,
};
use headroom_kpi::gaps::find_gaps;
use headroom_kpi::settings::OptionalRules;
use headroom_kpi::{Conversation, Millis, Settings};

const NAMES: [&str; 3] = ["missing_outbound", "missing_consult", "missing_unanswered_alert"];

/// The gaps of optional rules.
fn optional(conversation: &Conversation, rules: OptionalRules) -> Vec<&'static str> {
    let mut settings = Settings::default();
    settings.gaps.rules = rules;
    let gaps = find_gaps(conversation, &settings).into_iter().map(|gap| gap.rule);
    gaps.filter(|rule| NAMES.contains(rule)).collect()
}

const OUTBOUND: OptionalRules = OptionalRules {
    missing_outbound: true,
    missing_consult: false,
    missing_unanswered_alert: false,
};
const CONSULT: OptionalRules = OptionalRules {
    missing_outbound: false,
    missing_consult: true,
    missing_unanswered_alert: false,
};
const ALERT: OptionalRules = OptionalRules {
    missing_outbound: false,
    missing_consult: false,
    missing_unanswered_alert: true,
};

/// A session of an agent with the parts of it.
fn session(
    start: i64,
    work: &Work,
    durations: Durations,
    transfer: Option<Transfer>,
) -> Conversation {
    let Durations { alerting, interacting, hold, contacting, dialing } = durations;
    let end = start + (alerting + interacting + hold + contacting + dialing).0;
    let start_event = UserStart { time: time(start), work: work.clone() };
    let end_event = UserEnd { time: time(end), work: work.clone(), durations, transfer };
    let events =
        [FactKind::UserStart(id("s2"), start_event), FactKind::UserEnd(id("s2"), end_event)];
    with(&fold(call().into_iter().map(|(_, kind)| kind)), events)
}

/// A session of an agent who is called in without a queue.
fn colleague(start: i64) -> Conversation {
    let work = Work { user: id("u2"), queue: None, ..work() };
    let (alerting, interacting) = (Millis(3_000), Millis(80_000));
    session(start, &work, Durations { alerting, interacting, ..Durations::default() }, None)
}

fn outbound_call() -> Conversation {
    let work = Work { queue: None, outbound: true, ..work() };
    let (dialing, interacting) = (Millis(9_000), Millis(60_000));
    session(360_000, &work, Durations { dialing, interacting, ..Durations::default() }, None)
}

fn unanswered_alert(transfer: Option<Transfer>) -> Conversation {
    let durations = Durations { alerting: Millis(15_000), ..Durations::default() };
    session(40_000, &work(), durations, transfer)
}

#[test]
fn each_optional_rule_is_off_by_default_and_counts_when_it_is_on() {
    let cases = [
        ("missing_outbound", OUTBOUND, outbound_call()),
        ("missing_consult", CONSULT, colleague(300_000)),
        ("missing_unanswered_alert", ALERT, unanswered_alert(None)),
    ];
    for (rule, switch, conversation) in &cases {
        assert_eq!(optional(conversation, OptionalRules::default()), Vec::<&str>::new(), "{rule}");
        assert_eq!(optional(conversation, *switch), [*rule]);
        for (_, other, _) in cases.iter().filter(|(other, _, _)| other != rule) {
            assert!(
                !optional(conversation, *other).contains(rule),
                "{rule} is a switch of its own"
            );
        }
    }
}

#[test]
fn an_optional_rule_finds_nothing_where_nothing_is_missing() {
    let enabled = OptionalRules {
        missing_outbound: true,
        missing_consult: true,
        missing_unanswered_alert: true,
    };
    assert_eq!(optional(&without(&[]), enabled), Vec::<&str>::new());
    let dialed = metric("s2", "nOutbound", 360_000, 1, Some("u"));
    assert_eq!(optional(&with(&outbound_call(), [dialed]), OUTBOUND), Vec::<&str>::new());
    let consulted = metric("s", "nConsult", 300_000, 1, Some("u"));
    assert_eq!(optional(&with(&colleague(300_000), [consulted]), CONSULT), Vec::<&str>::new());
    let expired = metric("s2", "tNotResponding", 55_100, 15_000, Some("u"));
    assert_eq!(optional(&with(&unanswered_alert(None), [expired]), ALERT), Vec::<&str>::new());
}

#[test]
fn an_agent_called_in_after_a_blind_transfer_is_no_consultation() {
    assert_eq!(optional(&colleague(315_000), CONSULT), Vec::<&str>::new());
}

#[test]
fn an_alert_that_ends_with_a_transfer_or_with_the_wait_is_not_unanswered() {
    assert_eq!(optional(&unanswered_alert(Some(Transfer::Blind)), ALERT), Vec::<&str>::new());
    // The alert ends at 55 s.
    let abandoned_at = |ms| {
        let end = AcdEnd {
            time: time(ms),
            queue: id("q"),
            media: None,
            outcome: Some(Outcome::Abandon),
            connected: Some(Millis(20_000)),
            answered_user: None,
        };
        let other_wait = [FactKind::AcdEnd(id("a2"), end)];
        optional(&with(&unanswered_alert(None), other_wait), ALERT)
    };
    assert_eq!(abandoned_at(57_000), Vec::<&str>::new());
    assert_eq!(abandoned_at(57_001), ["missing_unanswered_alert"]);
}
