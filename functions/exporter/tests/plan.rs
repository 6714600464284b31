//! What a run has to do, by what is known: the cases that long histories seldom come to.

#![allow(clippy::unwrap_used)]

use headroom_exporter::Hour;
use headroom_exporter::export::{Export, Kind, Route, Status, Window};
use headroom_exporter::plan::{Break, Cadence, Plan, Recoverable, plan};
use headroom_kpi::Millis;

const ROWS: Cadence = Cadence { full_hours: 168, has_increments: true };
const BEGIN: Hour = Hour(494_520);

fn hour(hours: i64) -> Hour {
    BEGIN.plus(hours)
}

fn route() -> Route {
    Route { table_id: "t".into(), bucket: "b".into() }
}

fn export(window: Window, status: Status) -> Export {
    Export { status, ..Export::new(window, &route(), BEGIN.start()) }
}

fn complete(window: Window) -> Export {
    export(window, Status::Complete { arn: "a".into() })
}

fn failed(window: Window) -> Export {
    export(window, Status::Failed { reason: "r".into() })
}

/// A plan at ten minutes after an hour, where recovery begins at another.
fn plan_at(now: Hour, earliest: Hour, exports: &[Export]) -> Plan {
    let now = now.start() + Millis(600_000);
    let recoverable = Recoverable { earliest: earliest.start(), latest: now - Millis(300_000) };
    plan(ROWS, recoverable, &route(), exports, now)
}

fn windows(plan: &Plan) -> Vec<Window> {
    plan.requests.iter().map(|export| export.window).collect()
}

#[test]
fn the_next_window_ends_with_the_newest_whole_hour() {
    let plan = plan_at(hour(1), BEGIN, &[complete(Window::full(BEGIN))]);
    assert_eq!(windows(&plan), [Window::increment(BEGIN, hour(1))]);
    assert_eq!(plan.broken, None);
}

#[test]
fn before_the_first_whole_hour_nothing_can_be_exported() {
    let plan = plan_at(BEGIN, hour(1), &[]);
    assert_eq!((windows(&plan), plan.broken), (vec![], Some(Break::NoFullExport)));
}

#[test]
fn a_failed_window_is_repeated_and_those_after_it_go_on() {
    let first = failed(Window::increment(BEGIN, hour(1)));
    let exports = [
        complete(Window::full(BEGIN)),
        first.clone(),
        complete(Window::increment(hour(1), hour(2))),
    ];
    let plan = plan_at(hour(3), BEGIN, &exports);
    assert_eq!(windows(&plan), [first.window, Window::increment(hour(2), hour(3))]);
    assert_eq!(plan.requests[0].attempt, 2);
}

#[test]
fn a_failed_window_that_recovery_no_longer_reaches_breaks_the_chain_although_later_ones_are_there()
{
    let exports = [
        complete(Window::full(BEGIN)),
        failed(Window::increment(BEGIN, hour(1))),
        complete(Window::increment(hour(1), hour(2))),
    ];
    let plan = plan_at(hour(3), hour(1), &exports);
    assert_eq!(
        (windows(&plan), plan.broken),
        (vec![Window::full(hour(3))], Some(Break::ExportFailed))
    );
}

#[test]
fn a_full_export_that_is_due_waits_until_the_chain_has_reached_the_newest_hour() {
    let full = complete(Window::full(BEGIN));
    let behind = plan_at(hour(240), BEGIN, std::slice::from_ref(&full));
    assert_eq!(behind.requests.len(), 8);
    assert!(behind.requests.iter().all(|export| export.window.kind == Kind::Incremental));
    let mut exports = vec![full];
    exports.extend(behind.requests.iter().map(|export| complete(export.window)));
    let expected = [
        Window::increment(hour(192), hour(216)),
        Window::increment(hour(216), hour(240)),
        Window::full(hour(240)),
    ];
    assert_eq!(windows(&plan_at(hour(240), BEGIN, &exports)), expected);
}

#[test]
fn a_request_without_a_response_is_repeated_for_seven_hours_and_then_given_up() {
    let lost = export(Window::increment(BEGIN, hour(1)), Status::Requested);
    let exports = [complete(Window::full(BEGIN)), lost.clone()];
    assert_eq!(plan_at(hour(6), BEGIN, &exports).repeats, [lost]);
    let late = plan_at(hour(7), BEGIN, &exports);
    assert_eq!((late.repeats.len(), late.broken), (0, Some(Break::ExportFailed)));
    assert_eq!(windows(&late), [Window::full(hour(7))]);
}

#[test]
fn exports_of_another_table_or_bucket_are_of_no_use() {
    let other = Route { table_id: "other".into(), bucket: "b".into() };
    let full = Export { route: other, ..complete(Window::full(BEGIN)) };
    let plan = plan_at(hour(2), BEGIN, std::slice::from_ref(&full));
    assert_eq!(
        (windows(&plan), plan.broken),
        (vec![Window::full(hour(2))], Some(Break::NoFullExport))
    );
    // One document, one export: at the hour of the other one it has to wait.
    assert_eq!(windows(&plan_at(BEGIN, BEGIN, &[full])), []);
}
