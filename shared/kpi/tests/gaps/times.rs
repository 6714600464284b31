//! When a conversation is due.

use super::call::{END, START, at, call, fold, until, without};
use headroom_kpi::Fact;
use headroom_kpi::facts::{BudgetMetric, BudgetReport, BudgetScope, FactKind, Source};
use headroom_kpi::gaps::due;
use headroom_kpi::{Conversation, Millis, Settings};
use headroom_kpi::{Due, Urgency};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn due_at(conversation: &Conversation) -> Option<(Urgency, i64)> {
    let due = due(conversation, &Settings::default());
    due.map(|Due { urgency, at }| (urgency, at.0 - START))
}

/// After a read at a time, that brought nothing new.
fn read(conversation: &Conversation, at: i64) -> Conversation {
    let mut read = conversation.clone();
    read.fold(Fact { source: Source::Api, kind: FactKind::Read(Millis(at)) });
    read
}

#[test]
fn nothing_is_due_where_nothing_is_missing_or_nothing_can_be_read() {
    assert_eq!(due_at(&without(&[])), None);
    assert_eq!(due_at(&Conversation::default()), None);
    assert_eq!(due_at(&fold([FactKind::Closed(at(0))])), None);
    // Our own event that closes it says that there is nobody to ask.
    let gone =
        call().into_iter().map(|(_, kind)| kind).take(6).chain([FactKind::Closed(at(80_000))]);
    assert_eq!(due_at(&fold(gone)), None);
    let report =
        BudgetReport { at: at(0), scope: BudgetScope::Now, sums: vec![(BudgetMetric::DayUsed, 1)] };
    let report = FactKind::Budget(report);
    assert_eq!(due_at(&fold([report])), None, "a conversation has no report");
}

#[test]
fn a_hole_is_due_five_minutes_after_the_newest_fact_rounded_up() {
    // The newest is at 350 s: due at 650 s, and so at 15 minutes.
    assert_eq!(due_at(&without(&["nConnected"])), Some((Urgency::Historical, 15 * MINUTE)));
    assert_eq!(due_at(&without(&["user.end"])), Some((Urgency::Gauge, 15 * MINUTE)));
    let mut settings = Settings::default();
    settings.gaps.grace_period = Millis(50_000);
    settings.gaps.rounding_step = Millis(1_000);
    let at = due(&without(&["nConnected"]), &settings).unwrap().at;
    assert_eq!(at, Millis(END + 50_000));
}

#[test]
fn an_open_session_is_due_when_it_has_been_open_for_too_long() {
    // Waiting since 32 s; 30 minutes are the limit. Talking since 70 s; 2 hours.
    assert_eq!(due_at(&until("nOffered")), Some((Urgency::Gauge, 35 * MINUTE)));
    assert_eq!(due_at(&until("nConnected")), Some((Urgency::Gauge, 2 * HOUR + 5 * MINUTE)));
}

#[test]
fn handling_may_be_untold_as_long_as_after_call_work_may_go_on() {
    // Talk was over at 315 s.
    let working = without(&["acw", "tAcw", "tHandle"]);
    assert_eq!(due_at(&working), Some((Urgency::Historical, 2 * HOUR + 10 * MINUTE)));
    // Its end is known, so handling is summed up as well.
    assert_eq!(due_at(&without(&["tHandle"])), Some((Urgency::Historical, 15 * MINUTE)));
}

#[test]
fn waits_for_what_a_read_did_not_bring_double_and_end_after_a_day() {
    let hole = without(&["nConnected"]);
    let mut now = due_at(&hole).unwrap().1 + START;
    let mut waits = Vec::new();
    while let Some((_, next)) = due_at(&read(&hole, now)) {
        waits.push((next + START - now) / MINUTE);
        now = next + START;
    }
    // From the newest fact at 350 s to the read, rounded up to whole steps.
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280]);
    assert!(now - END > 24 * HOUR);
}

#[test]
fn a_read_before_its_time_moves_nothing() {
    let hole = without(&["nConnected"]);
    assert_eq!(due_at(&read(&hole, END + 299_999)), due_at(&hole));
    let open = until("nOffered");
    assert_eq!(due_at(&read(&open, START + 29 * MINUTE)), due_at(&open));
}

#[test]
fn an_open_session_is_never_given_up() {
    let open = until("nOffered");
    let mut now = due_at(&open).unwrap().1 + START;
    for _ in 0..12 {
        now = due_at(&read(&open, now)).unwrap().1 + START;
    }
    assert!(now - START > 80 * 24 * HOUR);
}

#[test]
fn what_is_due_sooner_is_not_put_off_by_a_read_for_something_else() {
    // While a customer waits, the offer is untold: read in vain, and then the wait is too long.
    let both = fold(
        call()
            .into_iter()
            .take(2)
            .map(|(_, kind)| kind)
            .chain([super::call::metric("a", "tWait", 32_100, 1, None)]),
    );
    assert_eq!(due_at(&both), Some((Urgency::Historical, 10 * MINUTE)));
    let vain = read(&both, START + 20 * MINUTE);
    assert_eq!(due_at(&vain), Some((Urgency::Gauge, 35 * MINUTE)));
}
