//! Nothing that is changed in an event makes anything panic.

use crate::story::{answer, details, event};
use headroom_genesys::details::ConversationDetails;
use headroom_genesys::parse;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// Whatever is changed in an event, it is read or refused.
    #[test]
    fn no_change_of_an_event_makes_it_panic(
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), 0..12_usize), 1..6)
    ) {
        let mut body = serde_json::to_value(details(&answer())).unwrap();
        for (place, key, value) in changes {
            change(&mut body, place, key, &odd()[value]);
        }
        let _ = parse(&event(&body));
        if let Ok(details) = serde_json::from_value::<ConversationDetails>(body) {
            let _ = details.clone().resolve().split(500);
            let _ = details.facts();
        }
    }

    /// Whatever bytes are changed, too.
    #[test]
    fn no_change_of_bytes_makes_it_panic(
        edits in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8)
    ) {
        let mut bytes = event(&serde_json::to_value(details(&answer())).unwrap());
        for (place, byte) in edits {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = parse(&bytes);
    }
}

fn odd() -> [Value; 12] {
    [
        Value::Null,
        json!(true),
        json!(-1),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("9999-12-31T23:59:59Z"),
        json!("-009999-01-02T01:59:59Z"),
        json!("x".repeat(600)),
        json!([]),
        json!({"sessions": [{"segments": [{}], "metrics": [{}]}]}),
    ]
}

/// Replaces one value, anywhere.
fn change(value: &mut Value, place: Index, key: Index, new: &Value) {
    let mut places = Vec::new();
    collect(value, &mut String::new(), &mut places);
    let place_of_value = &places[(place.index(places.len()) + key.index(7)) % places.len()];
    if let Some(old) = value.pointer_mut(place_of_value) {
        *old = new.clone();
    }
}

fn collect(value: &Value, path: &mut String, places: &mut Vec<String>) {
    places.push(path.clone());
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, value) in entries {
        let length = path.len();
        path.push('/');
        path.push_str(&key);
        collect(value, path, places);
        path.truncate(length);
    }
}
