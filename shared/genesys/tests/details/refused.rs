//! What cannot be used, and what can (`kpis.md#bad-input`).

use crate::story::{READ_AT, answer, code, details, event, facts, metric, segment, time_text};
use headroom_genesys::{Parsed, RefusalCode, parse};
use headroom_kpi::facts::{AcdEnd, FactKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn a_bad_id_or_time_of_the_answer_itself_refuses_all_of_it() {
    for value in bad_ids() {
        refuses_all("/conversationId", &value, RefusalCode::BadId);
    }
    for value in [json!(0), json!(i64::MAX)] {
        refuses_all("/readAt", &value, RefusalCode::BadTime);
    }
}

fn bad_ids() -> [Value; 4] {
    [json!("a#b"), json!("x".repeat(129)), json!(7), json!({"a": 1})]
}

fn with(place: &str, value: &Value) -> Value {
    let mut bad = answer();
    *bad.pointer_mut(place).unwrap() = value.clone();
    bad
}

fn refuses_all(place: &str, value: &Value, expected: RefusalCode) {
    let bad = with(place, value);
    assert_eq!(details(&bad).facts().unwrap_err().code, expected, "{place} {value}");
    assert_eq!(parse(&event(&bad)).unwrap_err().code, expected, "{place} {value}");
}

#[test]
fn any_other_bad_value_refuses_the_facts_that_rest_on_it_and_the_rest_counts() {
    let times = [json!("yesterday"), json!(7), json!("1999-12-31T23:59:59.999Z")];
    let far = json!("2026-05-14T16:00:00.001Z");
    let values = [json!(-1), json!(34_560_000_001_i64), json!(1.5), json!("5"), Value::Null];
    let (acd, agent) = ("/participants/1/sessions/0", "/participants/2/sessions/0");
    let cases: [(String, &[Value], RefusalCode, &[&str]); 13] = [
        ("/conversationStart".into(), &times, RefusalCode::BadTime, &[]),
        ("/conversationEnd".into(), &times, RefusalCode::BadTime, &["Closed"]),
        (
            "/participants/2/userId".into(),
            &bad_ids(),
            RefusalCode::BadId,
            &["AcdEnd", "Acw", "UserEnd", "UserStart", "nOverSla", "tAnswered", "tTalkComplete"],
        ),
        (format!("{acd}/sessionId"), &bad_ids(), RefusalCode::BadId, &WAIT),
        (format!("{acd}/sessionId"), &[json!(""), Value::Null], RefusalCode::MissingId, &WAIT),
        (format!("{acd}/segments/0/queueId"), &bad_ids(), RefusalCode::BadId, &WAIT),
        (format!("{acd}/segments/0/segmentStart"), &times, RefusalCode::BadTime, &["AcdStart"]),
        (format!("{acd}/segments/0/segmentEnd"), &times, RefusalCode::BadTime, &["AcdEnd"]),
        (
            format!("{acd}/metrics/0/emitDate"),
            &[far, Value::Null],
            RefusalCode::BadTime,
            &["nOffered"],
        ),
        (
            format!("{acd}/metrics/0/name"),
            &[json!("n-x"), json!("")],
            RefusalCode::BadMetric,
            &["nOffered"],
        ),
        (format!("{acd}/metrics/1/value"), &values, RefusalCode::BadValue, &["tAcd"]),
        (
            format!("{agent}/segments/1/segmentEnd"),
            &[json!(time_text("14:03:00"))],
            RefusalCode::BadDuration,
            &["UserEnd"],
        ),
        (format!("{agent}/segments/3/segmentStart"), &times, RefusalCode::BadTime, &["Acw"]),
    ];
    for (place, values, expected, lost) in cases {
        for value in values {
            refuses(&place, value, expected, lost);
        }
    }
}

/// All that the answer says of the wait.
const WAIT: [&str; 6] = ["AcdEnd", "AcdStart", "nOffered", "nOverSla", "tAcd", "tAnswered"];

fn refuses(place: &str, value: &Value, expected: RefusalCode, lost: &[&str]) {
    let bad = with(place, value);
    let Parsed::Partial(usable, refusal) =
        parse(&event(&serde_json::to_value(details(&bad)).unwrap())).unwrap()
    else {
        panic!("{place} {value}: nothing is refused")
    };
    assert_eq!(refusal.code, expected, "{place} {value}");
    let usable = names(usable.iter().map(|(_, fact)| &fact.kind));
    let complete = names(&facts(&answer()));
    let missing: Vec<_> = complete.difference(&usable).map(String::as_str).collect();
    assert_eq!(missing, lost, "{place} {value}");
}

/// The names of metrics, or of the kinds of other facts.
fn names<'a>(kinds: impl IntoIterator<Item = &'a FactKind>) -> BTreeSet<String> {
    let name = |kind: &FactKind| match kind {
        FactKind::Metric(fact) => fact.metric.to_string(),
        other => format!("{other:?}").split('(').next().unwrap().to_owned(),
    };
    kinds.into_iter().map(name).collect()
}

#[test]
fn a_wait_whose_length_cannot_be_used_ends_all_the_same() {
    let end = |answer: &Value| {
        let facts = details(answer).facts().unwrap().facts;
        facts.into_iter().find_map(|fact| match fact.kind {
            FactKind::AcdEnd(_, end) => Some(end),
            _ => None,
        })
    };
    let expected = AcdEnd { connected: None, ..end(&answer()).unwrap() };
    assert_eq!(
        end(&with("/participants/1/sessions/0/metrics/1/value", &json!(-1))),
        Some(expected)
    );
}

#[test]
fn a_refusal_says_how_many_more_facts_are_refused() {
    let mut bad = with("/participants/1/sessions/0/metrics/0/name", &json!("n-x"));
    bad["participants"][1]["sessions"][0]["metrics"][1]["value"] = json!(-1);
    let refusal = details(&bad).facts().unwrap().refusal().unwrap();
    assert_eq!(refusal.code, RefusalCode::BadMetric, "the first one");
    assert!(refusal.message.ends_with("; 1 more refused"), "{refusal}");
}

#[test]
fn more_than_a_conversation_can_have_is_refused() {
    for (list, item) in [
        ("segments", segment("ivr", "14:02:10", "14:02:11")),
        ("metrics", metric("nNew", 1, "14:02:10")),
    ] {
        let mut many = answer();
        many["participants"][0]["sessions"][0][list] = Value::Array(vec![item; 10_001]);
        assert_eq!(code(&many), Some(RefusalCode::TooLarge), "{list}");
    }
    let mut many = answer();
    let session = json!({"sessionId": "s", "mediaType": "voice"});
    many["participants"][0]["sessions"] = Value::Array(vec![session; 10_001]);
    assert_eq!(code(&many), Some(RefusalCode::TooLarge));
}

#[test]
fn unknown_values_fields_and_empty_lists_are_no_fault() {
    let mut new = answer();
    new["participants"][0]["purpose"] = json!("hologram");
    new["participants"][2]["sessions"][0]["segments"][0]["segmentType"] = json!("teleport");
    new["participants"][1]["sessions"][0]["mediaType"] = json!("hologram");
    new["participants"][1]["sessions"][0]["metrics"][0]["name"] = json!("nNew");
    new["participants"][0]["sessions"][0]["metrics"] = Value::Null;
    assert_eq!(code(&new), None);
    assert_eq!(code(&json!({"conversationId": "c", "readAt": READ_AT})), None);
    assert_eq!(code(&json!({"conversationId": "c", "readAt": READ_AT, "participants": [7]})), None);
}

#[test]
fn a_refusal_never_quotes_the_answer() {
    for place in ["/conversationId", "/participants/1/sessions/0/metrics/0/name"] {
        let refusal = match parse(&event(&with(place, &json!("#+13175550123")))) {
            Ok(Parsed::Partial(_, refusal)) | Err(refusal) => refusal,
            parsed => panic!("{parsed:?}"),
        };
        assert!(!refusal.to_string().contains("317555"), "{refusal}");
    }
}
