//! A conversation that was read long enough after its end has no gap that another read could close
//! (`kpis.md#complete`).

use super::call::{END, call, id, metric, read, time, until, with, without};
use headroom_kpi::facts::{AcdStart, FactKind, Source};
use headroom_kpi::gaps::{due, find_gaps};
use headroom_kpi::{Conversation, Fact, Media, Millis, Settings};

/// The grace period of the settings.
const GRACE: i64 = 300_000;

/// What another read may still bring.
const CONTRADICTIONS: [&str; 4] =
    ["transfer_mismatch", "handle_time_mismatch", "talk_time_mismatch", "hold_time_mismatch"];

fn rules(conversation: &Conversation) -> Vec<&'static str> {
    find_gaps(conversation, &Settings::default()).iter().map(|gap| gap.rule).collect()
}

/// The conversation with a `conversationEnd`.
fn closed(conversation: &Conversation, end: i64) -> Conversation {
    let mut closed = conversation.clone();
    closed.fold(Fact { source: Source::Api, kind: FactKind::Closed(Millis(end)) });
    closed
}

/// The conversation after a response that says when it was over, and nothing else.
fn read_after_end(conversation: &Conversation, end: i64, at: i64) -> Conversation {
    read(&closed(conversation, end), at)
}

#[test]
fn a_complete_conversation_has_no_gap_but_contradictions_whatever_was_lost() {
    for lost in call().into_iter().map(|(name, _)| name) {
        let over = closed(&without(&[lost]), END);
        assert_eq!(rules(&read(&over, END + GRACE - 1)), rules(&over), "too early, without {lost}");
        let gaps = rules(&read(&over, END + GRACE));
        assert!(gaps.iter().all(|gap| CONTRADICTIONS.contains(gap)), "without {lost}: {gaps:?}");
    }
}

#[test]
fn contradictions_of_a_complete_conversation_are_gaps() {
    let transferred = [metric("s", "nTransferred", 315_000, 1, Some("u"))];
    let cases = [
        (with(&without(&[]), transferred), "transfer_mismatch"),
        (without(&["tHeldComplete"]), "handle_time_mismatch"),
        (without(&["tTalk"]), "talk_time_mismatch"),
        (without(&["tHeld"]), "hold_time_mismatch"),
    ];
    for (conversation, rule) in cases {
        let complete = read_after_end(&conversation, END, END + GRACE);
        assert!(rules(&complete).contains(&rule), "{rule}");
        assert!(due(&complete, &Settings::default()).is_some(), "{rule}");
    }
}

#[test]
fn a_conversation_that_is_not_over_or_over_later_is_not_complete() {
    let partial = without(&["tAlert"]);
    assert_eq!(rules(&read(&partial, END + 10 * GRACE)), ["missing_metric"]);
    let end = END + 10 * GRACE;
    assert_eq!(rules(&read_after_end(&partial, end, end + GRACE - 1)), ["missing_metric"]);
    assert_eq!(rules(&read_after_end(&partial, end, end + GRACE)), Vec::<&str>::new());
}

#[test]
fn the_grace_period_of_the_settings_decides_what_is_complete() {
    let complete = read_after_end(&without(&["tAlert"]), END, END + 60_000);
    let mut settings = Settings::default();
    assert!(!find_gaps(&complete, &settings).is_empty());
    settings.gaps.grace_period = Millis(60_000);
    assert!(find_gaps(&complete, &settings).is_empty());
    assert_eq!(due(&complete, &settings), None);
}

#[test]
fn the_grace_period_in_force_at_the_read_decides_what_is_complete() {
    let complete = read_after_end(&without(&["tAlert"]), END, END + 60_000);
    let read = Millis(END + 60_000);
    let mut later = Settings::default();
    later.gaps.grace_period = Millis(60_000);
    let gaps_after_change = |from| {
        let mut settings = Settings::default();
        settings.change(from, later.clone());
        find_gaps(&complete, &settings).len()
    };
    assert_eq!([gaps_after_change(read), gaps_after_change(read + Millis(1))], [0, 1]);
}

/// "Facts of later events count as ever."
#[test]
fn later_events_open_the_question_again() {
    let complete = read_after_end(&without(&["tAlert"]), END, END + GRACE);
    assert_eq!(due(&complete, &Settings::default()), None);
    let media = Some(Media::new("voice"));
    let start = AcdStart { time: time(400_000), queue: id("q"), media };
    let reopened = with(&complete, [FactKind::AcdStart(id("a2"), start)]);
    assert!(rules(&reopened).contains(&"missing_metric"));
    assert!(due(&reopened, &Settings::default()).is_some());
    let offered = metric("a2", "nOffered", 400_000, 1, None);
    let reported = rules(&with(&reopened, [offered]));
    assert!(!reported.contains(&"missing_metric"), "the lost tAlert did not happen: {reported:?}");
}

#[test]
fn an_end_that_was_lost_is_no_gap_once_the_conversation_is_complete() {
    let partial = until("user.start");
    let early = rules(&read_after_end(&partial, END, END));
    assert!(early.contains(&"missing_wait_end") && early.contains(&"missing_agent_end"));
    assert_eq!(rules(&read_after_end(&partial, END, END + GRACE)), Vec::<&str>::new());
}
