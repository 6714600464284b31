//! From a line to an event that EventBridge accepts.

use headroom_aws::events::{Event, REQUEST_BYTES_MAX};
use headroom_genesys::{Refusal, RefusalCode};
use headroom_kpi::Millis;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Characters of a detail-type that EventBridge accepts.
const DETAIL_TYPE_MAX: usize = 128;
/// The prefix of sources that only AWS and its partners may use.
const RESERVED: &str = "aws.";
/// Stands in for a reserved source, or for none.
const SOURCE: &str = "headroom.put";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    source: Option<String>,
    time: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
}

/// Reads the envelope of an event; refuses what EventBridge could not accept. The detail stays as
/// it is, to the byte.
pub(super) fn read(line: &[u8]) -> Result<Event, Refusal> {
    let envelope: Envelope<'_> = serde_json::from_slice(line)
        .map_err(|error| RefusalCode::NotJson.because(error.to_string()))?;
    let detail = envelope.detail.map_or("", RawValue::get);
    if !detail.starts_with('{') {
        return Err(RefusalCode::NotJson.because("`detail` is no object"));
    }
    let event = Event {
        time: envelope.time.as_deref().map(time).transpose()?,
        source: source(envelope.source),
        detail_type: detail_type(envelope.detail_type)?,
        resources: envelope.resources,
        detail: detail.to_owned(),
    };
    if event.size() > REQUEST_BYTES_MAX {
        let message = format!("EventBridge takes {REQUEST_BYTES_MAX} bytes or fewer");
        return Err(RefusalCode::TooLarge.because(message));
    }
    Ok(event)
}

fn time(text: &str) -> Result<Millis, Refusal> {
    let time = text.parse::<Timestamp>();
    let time = time.map_err(|_| RefusalCode::BadTime.because("`time` is no time"))?;
    Ok(Millis(time.as_millisecond()))
}

fn source(given: Option<String>) -> String {
    let allowed = |source: &String| !source.is_empty() && !source.starts_with(RESERVED);
    given.filter(allowed).unwrap_or_else(|| SOURCE.to_owned())
}

fn detail_type(given: Option<String>) -> Result<String, Refusal> {
    let given = given.filter(|given| !given.is_empty());
    let given = given.ok_or_else(|| RefusalCode::BadTopic.because("no `detail-type`"))?;
    if given.chars().count() > DETAIL_TYPE_MAX {
        let message = format!("`detail-type` is longer than {DETAIL_TYPE_MAX} characters");
        return Err(RefusalCode::BadTopic.because(message));
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"version":"0","id":"i","time":"2026-05-12T14:02:10Z","detail-type":"a.{id}.b",
        "source":"aws.partner/genesys.com/x","resources":["r"],"detail":{"n":1.0,"n":2}}"#;

    #[test]
    fn an_event_keeps_its_fields_and_its_detail_to_the_byte() {
        let event = read(EVENT.as_bytes()).unwrap();
        assert_eq!(event.detail, r#"{"n":1.0,"n":2}"#);
        assert_eq!(event.detail_type, "a.{id}.b");
        assert_eq!(event.time, Some(Millis(1_778_594_530_000)));
        assert_eq!(event.resources, ["r"]);
        assert_eq!(event.source, SOURCE);
        assert_eq!(event.size(), 14 + 12 + 8 + 15 + 1);
        let gap_reader = EVENT.replace("aws.partner/genesys.com/x", "gap-reader");
        assert_eq!(read(gap_reader.as_bytes()).unwrap().source, "gap-reader");
    }

    #[test]
    fn what_event_bridge_cannot_accept_is_refused_with_its_reason() {
        let large = format!(
            r#"{{"detail-type":"a","detail":{{"x":"{}"}}}}"#,
            "y".repeat(REQUEST_BYTES_MAX)
        );
        let long = format!(r#"{{"detail-type":"{}","detail":{{}}}}"#, "x".repeat(129));
        for (line, code) in [
            ("", RefusalCode::NotJson),
            ("{", RefusalCode::NotJson),
            ("[]", RefusalCode::NotJson),
            (r#"{"detail-type":"a"}"#, RefusalCode::NotJson),
            (r#"{"detail-type":"a","detail":"text"}"#, RefusalCode::NotJson),
            (r#"{"detail":{}}"#, RefusalCode::BadTopic),
            (r#"{"detail-type":"","detail":{}}"#, RefusalCode::BadTopic),
            (r#"{"detail-type":7,"detail":{}}"#, RefusalCode::NotJson),
            (r#"{"detail-type":"a","detail":{},"time":"soon"}"#, RefusalCode::BadTime),
            (&large, RefusalCode::TooLarge),
            (&long, RefusalCode::BadTopic),
        ] {
            let refusal = read(line.as_bytes()).unwrap_err();
            assert_eq!(refusal.code, code, "{}", &line[..line.len().min(80)]);
        }
    }
}
