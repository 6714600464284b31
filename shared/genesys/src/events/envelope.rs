//! The EventBridge envelope, as far as it is needed.

use super::body::Body;
use super::scan::{Scan, once};
use super::topic::TopicField;
use crate::fields::{Field, Object, TimeField};
use serde::Deserialize;

/// An envelope. Whatever is absent or odd in it comes out as missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope {
    #[serde(rename = "detail-type")]
    pub(crate) detail_type: Field<TopicField>,
    /// When EventBridge got it; only bounds how far ahead the event's own time may be.
    pub(crate) time: Field<TimeField>,
    pub(crate) detail: Object<Detail>,
}

/// What Genesys publishes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Detail {
    #[serde(rename = "eventBody")]
    pub(crate) body: Object<Body>,
}

impl Envelope {
    /// Reads an envelope from JSON.
    pub(crate) fn read(&mut self, text: &str) -> serde_json::Result<()> {
        if self.scan(text).is_none() {
            *self = serde_json::from_str::<Object<Self>>(text)?.0;
        }
        Ok(())
    }

    /// Reads the usual envelope; `None` for anything else, right or wrong.
    fn scan(&mut self, text: &str) -> Option<()> {
        let (mut scan, mut keys) = (Scan::new(text)?, 0);
        scan.object(|scan, key| match key {
            "detail-type" => scan.field(&mut self.detail_type, 0, &mut keys),
            "time" => scan.field(&mut self.time, 1, &mut keys),
            "detail" => once(2, &mut keys).and_then(|()| self.detail.0.scan(scan)),
            _ => scan.skip(0),
        })?;
        scan.is_at_end().then_some(())
    }
}

impl Detail {
    fn scan(&mut self, scan: &mut Scan<'_>) -> Option<()> {
        let mut keys = 0;
        scan.object(|scan, key| match key {
            "eventBody" => once(0, &mut keys).and_then(|()| self.body.0.scan(scan)),
            _ => scan.skip(0),
        })
    }
}

/// The body of a topic of ours, whose events are few: `serde_json` will do.
pub(crate) fn own_body<T>(text: &str) -> serde_json::Result<T>
where
    T: for<'de> Deserialize<'de> + Default,
{
    let envelope: Object<Own<T>> = serde_json::from_str(text)?;
    Ok(envelope.0.detail.0.body.0)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Own<T: Default> {
    detail: Object<OwnDetail<T>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OwnDetail<T: Default> {
    #[serde(rename = "eventBody")]
    body: Object<T>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    const PLAIN: &str = r#"{"version":"0","detail-type":"v2.detail.events.conversation.{id}.acd.end","time":"2026-05-12T14:03:25Z","resources":[],"detail":{"topicName":"t","eventBody":{"eventTime":1778594605480,"conversationId":"c","sessionId":"59a25793-9d45-5ee0-bf76-d0e15a70303b","mediaType":"VOICE","ani":"tel:+13175550123","queueId":"q","acdOutcome":"ANSWERED","answeredUserId":"u","requestedRoutings":["STANDARD",{"a":[1,-2,true,null]}],"connectedDurationMs":43465},"metadata":{"CorrelationId":"x"},"timestamp":"2026-05-12T14:03:25.660Z"}}"#;

    fn scanned(text: &str) -> Option<String> {
        let mut envelope = Envelope::default();
        envelope.scan(text)?;
        Some(format!("{envelope:?}"))
    }

    fn read_by_serde(text: &str) -> Option<String> {
        serde_json::from_str::<Object<Envelope>>(text)
            .ok()
            .map(|envelope| format!("{:?}", envelope.0))
    }

    #[test]
    fn the_usual_event_is_scanned() {
        assert!(scanned(PLAIN).is_some());
        assert_eq!(scanned(PLAIN), read_by_serde(PLAIN));
    }

    #[test]
    fn the_unusual_is_left_to_serde_json() {
        let unusual = [
            (r#""VOICE""#, r#""VOICE\u0020""#),
            ("43465", "43465.0"),
            ("43465", "1234567890123456789"),
            (r#""q""#, r#""q","queueId":"r""#),
            (r#""version""#, "\n\"version\""),
            ("[1,-2,true,null]", "[[[[[[[[[[1]]]]]]]]]]"),
        ];
        for (usual, instead) in unusual {
            assert_eq!(scanned(&PLAIN.replace(usual, instead)), None, "{instead}");
        }
    }

    /// Pieces of JSON that make changes more than noise.
    const PIECES: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "0",
        "-",
        "1.5",
        "1e9",
        "tru",
        "true",
        "null",
        " ",
        "\n",
        "é",
        "\"time\":",
        "\"detail\":{}",
        "\"eventBody\":1",
        "01",
        "-0",
        "\u{1}",
    ];

    fn edit(text: &str, edits: &[(Index, usize, &str)]) -> String {
        let mut text: Vec<char> = text.chars().collect();
        for (place, cut, piece) in edits {
            let at = place.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, piece.chars());
        }
        text.into_iter().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Whatever is scanned is JSON, and reads the same by `serde_json`.
        #[test]
        fn what_is_scanned_reads_the_same(
            edits in prop::collection::vec((any::<Index>(), 0..4_usize, select(&PIECES[..])), 0..4)
        ) {
            let text = edit(PLAIN, &edits);
            if let Some(scanned) = scanned(&text) {
                prop_assert_eq!(Some(scanned), read_by_serde(&text));
            }
        }
    }
}
