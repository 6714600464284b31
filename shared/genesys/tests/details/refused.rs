//! What cannot be used, and what can (`kpis.md#bad-input`).

use crate::story::{READ_AT, answer, code, event, metric, segment, time_text};
use headroom_genesys::{RefusalCode, parse};
use serde_json::{Value, json};

#[test]
fn one_bad_thing_refuses_all_of_it() {
    let times = [json!("yesterday"), json!(7), json!("1999-12-31T23:59:59.999Z")];
    let far = json!("2026-05-14T16:00:00.001Z");
    let ids = [json!("a#b"), json!("x".repeat(129)), json!(7), json!({"a": 1})];
    let acd = "/participants/1/sessions/0";
    let agent = "/participants/2/sessions/0";
    let cases: [(String, &[Value], RefusalCode); 12] = [
        ("/conversationId".into(), &ids, RefusalCode::BadId),
        ("/participants/2/userId".into(), &ids, RefusalCode::BadId),
        (format!("{acd}/sessionId"), &ids, RefusalCode::BadId),
        (format!("{acd}/sessionId"), &[json!(""), Value::Null], RefusalCode::MissingId),
        (format!("{acd}/segments/0/queueId"), &ids, RefusalCode::BadId),
        (format!("{acd}/segments/0/segmentStart"), &times, RefusalCode::BadTime),
        (format!("{acd}/segments/0/segmentEnd"), &times, RefusalCode::BadTime),
        (format!("{acd}/metrics/0/emitDate"), &[far, Value::Null], RefusalCode::BadTime),
        (format!("{acd}/metrics/0/name"), &[json!("n-x"), json!("")], RefusalCode::BadMetric),
        (
            format!("{acd}/metrics/1/value"),
            &[json!(-1), json!(34_560_000_001_i64), json!(1.5), json!("5"), Value::Null],
            RefusalCode::BadValue,
        ),
        (
            format!("{agent}/segments/1/segmentEnd"),
            &[json!(time_text("14:03:00")), json!("2026-05-13T00:00:00Z")][..1],
            RefusalCode::BadDuration,
        ),
        ("/readAt".into(), &[json!(0), json!(i64::MAX)], RefusalCode::BadTime),
    ];
    for (place, values, expected) in cases {
        for value in values {
            let mut bad = answer();
            *bad.pointer_mut(&place).unwrap() = value.clone();
            assert_eq!(code(&bad), Some(expected), "{place} {value}");
            assert_eq!(parse(&event(&bad)).unwrap_err().code, expected, "{place} {value}");
        }
    }
    for end in ["conversationStart", "conversationEnd"] {
        let mut bad = answer();
        bad[end] = json!("soon");
        assert_eq!(code(&bad), Some(RefusalCode::BadTime));
    }
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
        let mut bad = answer();
        *bad.pointer_mut(place).unwrap() = json!("#+13175550123");
        let refusal = parse(&event(&bad)).unwrap_err();
        assert!(!refusal.to_string().contains("317555"), "{refusal}");
    }
}
