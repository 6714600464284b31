//! When a conversation is due for a read.

use super::call::{END, START, call, fold, read, time, until, without};
use headroom_kpi::facts::{BudgetMetric, BudgetReport, BudgetScope, FactKind};
use headroom_kpi::gaps::due;
use headroom_kpi::{Conversation, Millis, Settings};
use headroom_kpi::{Due, Urgency};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn due_at(conversation: &Conversation) -> Option<(Urgency, i64)> {
    let due = due(conversation, &Settings::default());
    due.map(|Due { urgency, at, .. }| (urgency, at.0 - START))
}

#[test]
fn a_conversation_without_a_gap_or_that_the_api_does_not_know_is_not_due() {
    assert_eq!(due_at(&without(&[])), None);
    assert_eq!(due_at(&Conversation::default()), None);
    assert_eq!(due_at(&fold([FactKind::Closed(time(0))])), None);
    // Our own event that closes it says that the API does not know it.
    let not_found =
        call().into_iter().map(|(_, kind)| kind).take(7).chain([FactKind::Closed(time(80_000))]);
    assert_eq!(due_at(&fold(not_found)), None);
    let report = BudgetReport {
        at: time(0),
        scope: BudgetScope::Now,
        sums: vec![(BudgetMetric::DayUsed, 1)],
    };
    let report = FactKind::Budget(report);
    assert_eq!(due_at(&fold([report])), None, "a conversation has no report");
}

#[test]
fn a_gap_is_due_five_minutes_after_the_newest_fact_rounded_up() {
    // The newest is at 350 s: due at 650 s, and so at 15 minutes.
    assert_eq!(due_at(&without(&["tAlert"])), Some((Urgency::Historical, 15 * MINUTE)));
    assert_eq!(due_at(&without(&["user.end"])), Some((Urgency::Gauge, 15 * MINUTE)));
    let mut settings = Settings::default();
    settings.gaps.grace_period = Millis(50_000);
    settings.gaps.rounding_step = Millis(1_000);
    let at = due(&without(&["tAlert"]), &settings).unwrap().at;
    assert_eq!(at, Millis(END + 50_000));
}

#[test]
fn the_settings_in_force_at_the_newest_event_say_when_a_gap_is_due() {
    let mut later = Settings::default();
    later.gaps.grace_period = Millis(50_000);
    later.gaps.rounding_step = Millis(1_000);
    let due_after_change = |from| {
        let mut settings = Settings::default();
        settings.change(Millis(from), later.clone());
        due(&without(&["tAlert"]), &settings).unwrap().at
    };
    assert_eq!(due_after_change(END), Millis(END + 50_000));
    assert_eq!(
        due_after_change(END + 1),
        due(&without(&["tAlert"]), &Settings::default()).unwrap().at
    );
}

#[test]
fn an_open_session_is_due_when_it_has_been_open_for_too_long() {
    // Waiting since 32 s; 30 minutes are the limit. Talking since 70 s; 2 hours.
    assert_eq!(due_at(&until("nOffered")), Some((Urgency::Gauge, 35 * MINUTE)));
    assert_eq!(due_at(&until("tAlert")), Some((Urgency::Gauge, 2 * HOUR + 5 * MINUTE)));
}

#[test]
fn a_missing_handle_time_is_due_when_after_call_work_would_have_ended() {
    // Talk was over at 315 s.
    let working = without(&["acw", "tAcw", "tHandle"]);
    assert_eq!(due_at(&working), Some((Urgency::Historical, 2 * HOUR + 10 * MINUTE)));
    // There is after-call work, so handling has been summed up.
    assert_eq!(due_at(&without(&["tHandle"])), Some((Urgency::Historical, 15 * MINUTE)));
}

#[test]
fn reads_that_change_nothing_double_the_wait_and_end_after_a_day() {
    let conversation = without(&["tAlert"]);
    let mut now = due_at(&conversation).unwrap().1 + START;
    let mut waits = Vec::new();
    while let Some((_, next)) = due_at(&read(&conversation, now)) {
        waits.push((next + START - now) / MINUTE);
        now = next + START;
    }
    // From the newest fact at 350 s to the read, rounded up to whole steps.
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280]);
    assert!(now - END > 24 * HOUR);
}

#[test]
fn a_read_before_the_due_time_does_not_change_it() {
    let conversation = without(&["tAlert"]);
    assert_eq!(due_at(&read(&conversation, END + 299_999)), due_at(&conversation));
    let open = until("nOffered");
    assert_eq!(due_at(&read(&open, START + 29 * MINUTE)), due_at(&open));
}

#[test]
fn an_open_session_is_read_again_for_as_long_as_it_is_open() {
    let open = until("nOffered");
    let mut now = due_at(&open).unwrap().1 + START;
    for _ in 0..12 {
        now = due_at(&read(&open, now)).unwrap().1 + START;
    }
    assert!(now - START > 80 * 24 * HOUR);
}

#[test]
fn a_read_for_a_gap_does_not_delay_the_read_of_an_open_wait() {
    // While a customer waits, `nOffered` is missing. A read changes nothing; then the wait reaches
    // its limit.
    let wait_and_gap = until("acd.start");
    assert_eq!(due_at(&wait_and_gap), Some((Urgency::Historical, 10 * MINUTE)));
    let after_read = read(&wait_and_gap, START + 20 * MINUTE);
    assert_eq!(due_at(&after_read), Some((Urgency::Gauge, 35 * MINUTE)));
}
