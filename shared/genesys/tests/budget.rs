//! What was spent of the API budget, as the gap reader reports it.

#![allow(clippy::unwrap_used)]

use headroom_genesys::{Parsed, RefusalCode, parse};
use headroom_kpi::facts::BudgetScope;
use headroom_kpi::facts::{BudgetMetric, FactKind, Source};
use headroom_kpi::{EntityKey, Millis};
use serde_json::{Value, json};

/// 2026-05-12T16:00:00Z
const AT: i64 = 1_778_601_600_000;
/// 2026-05-12, in days since 1970-01-01.
const DAY: i32 = 20_585;

fn body() -> Value {
    json!({
        "reportedAt": AT, "date": "2026-05-12",
        "now": {"minute.used": 3, "minute.allowed": 30, "blockedUntil": 1_778_601_660, "due": 0},
        "day": {"requests.gap": 7, "day.used": 9, "something.new": "text"}
    })
}

fn event(body: &Value) -> Vec<u8> {
    let event = json!({"detail-type": "headroom.api.budget", "time": "2026-05-12T16:00:00Z",
        "detail": {"eventBody": body}});
    event.to_string().into_bytes()
}

fn code(body: &Value) -> Option<RefusalCode> {
    parse(&event(body)).err().map(|refusal| refusal.code)
}

#[test]
fn a_report_is_a_fact_for_now_and_one_for_the_day() {
    let Ok(Parsed::Facts(facts)) = parse(&event(&body())) else { unreachable!() };
    let reports: Vec<_> = facts
        .into_iter()
        .map(|(key, fact)| {
            assert_eq!(fact.source, Source::Event);
            let FactKind::Budget(report) = fact.kind else { unreachable!() };
            assert_eq!((EntityKey::ApiBudget(report.scope), report.at), (key, Millis(AT)));
            (report.scope, report.sums)
        })
        .collect();
    let now = vec![
        (BudgetMetric::MinuteUsed, 3),
        (BudgetMetric::MinuteAllowed, 30),
        (BudgetMetric::BlockedUntil, 1_778_601_660),
    ];
    let day = vec![(BudgetMetric::DayUsed, 9), (BudgetMetric::Gap, 7)];
    assert_eq!(reports, [(BudgetScope::Now, now), (BudgetScope::Day(DAY), day)]);
}

#[test]
fn a_report_that_cannot_be_used_is_refused() {
    let cases = [
        ("/reportedAt", json!(AT + 3 * 86_400_000), RefusalCode::BadTime),
        ("/reportedAt", json!("2026-05-12"), RefusalCode::BadTime),
        ("/reportedAt", Value::Null, RefusalCode::BadTime),
        ("/date", json!("2026-05-14"), RefusalCode::BadTime),
        ("/date", json!("-9999-01-01"), RefusalCode::BadTime),
        ("/date", json!("today"), RefusalCode::BadTime),
        ("/date", Value::Null, RefusalCode::BadTime),
        ("/now", Value::Null, RefusalCode::BadValue),
        ("/day", Value::Null, RefusalCode::BadValue),
        ("/day", json!([1]), RefusalCode::NotJson),
        ("/day/day.used", json!(-1), RefusalCode::BadValue),
        ("/day/day.used", json!(1.5), RefusalCode::BadValue),
        ("/day/day.used", json!("9"), RefusalCode::BadValue),
        ("/now/due", json!(i64::MAX), RefusalCode::BadValue),
    ];
    for (place, value, expected) in cases {
        let mut bad = body();
        *bad.pointer_mut(place).unwrap() = value.clone();
        assert_eq!(code(&bad), Some(expected), "{place} {value}");
    }
    for date in ["2026-05-11", "2026-05-13"] {
        let mut elsewhere = body();
        elsewhere["date"] = json!(date);
        assert_eq!(code(&elsewhere), None, "some time zone has {date}");
    }
}
