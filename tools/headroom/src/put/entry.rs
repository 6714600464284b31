//! From a line to an entry of `PutEvents`.

use headroom_genesys::{Refusal, RefusalCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

/// `PutEvents` takes so much, for one entry and for all of a request together.
pub(super) const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Characters of a detail-type that `EventBridge` takes.
const DETAIL_TYPE_MAX: usize = 128;
/// What `EventBridge` counts for the time.
const TIME_BYTES: usize = 14;
/// Sources that begin so are for AWS and its partners alone.
const RESERVED: &str = "aws.";
/// What stands in place of a reserved source, or of none.
const SOURCE: &str = "headroom.put";

/// An event as `PutEvents` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub(super) time: Option<Timestamp>,
    pub(super) source: String,
    pub(super) detail_type: String,
    pub(super) resources: Vec<String>,
    /// As it stands in the line.
    pub(super) detail: String,
}

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

impl Entry {
    /// Reads an envelope; refuses what `EventBridge` could not take.
    pub fn read(line: &[u8]) -> Result<Self, Refusal> {
        let envelope: Envelope<'_> = serde_json::from_slice(line)
            .map_err(|error| RefusalCode::NotJson.because(error.to_string()))?;
        let detail = envelope.detail.map_or("", RawValue::get);
        if !detail.starts_with('{') {
            return Err(RefusalCode::NotJson.because("`detail` is no object"));
        }
        let entry = Self {
            time: envelope.time.as_deref().map(time).transpose()?,
            source: source(envelope.source),
            detail_type: detail_type(envelope.detail_type)?,
            resources: envelope.resources,
            detail: detail.to_owned(),
        };
        if entry.size() > REQUEST_BYTES_MAX {
            let message = format!("EventBridge takes {REQUEST_BYTES_MAX} bytes or fewer");
            return Err(RefusalCode::TooLarge.because(message));
        }
        Ok(entry)
    }

    /// Its bytes, as `EventBridge` counts them.
    pub(super) fn size(&self) -> usize {
        let resources: usize = self.resources.iter().map(String::len).sum();
        let texts = self.source.len() + self.detail_type.len() + self.detail.len();
        self.time.map_or(0, |_| TIME_BYTES) + texts + resources
    }
}

fn time(text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| RefusalCode::BadTime.because("`time` is no time"))
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
    fn an_envelope_keeps_what_event_bridge_takes_and_its_detail_to_the_byte() {
        let entry = Entry::read(EVENT.as_bytes()).unwrap();
        assert_eq!(entry.detail, r#"{"n":1.0,"n":2}"#);
        assert_eq!(entry.detail_type, "a.{id}.b");
        assert_eq!(entry.time.unwrap().to_string(), "2026-05-12T14:02:10Z");
        assert_eq!(entry.resources, ["r"]);
        assert_eq!(entry.source, SOURCE);
        assert_eq!(entry.size(), 14 + 12 + 8 + 15 + 1);
        let own = EVENT.replace("aws.partner/genesys.com/x", "gap-reader");
        assert_eq!(Entry::read(own.as_bytes()).unwrap().source, "gap-reader");
    }

    #[test]
    fn what_event_bridge_cannot_take_is_refused_with_its_reason() {
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
            let refused = Entry::read(line.as_bytes()).unwrap_err();
            assert_eq!(refused.code, code, "{}", &line[..line.len().min(80)]);
        }
    }
}
