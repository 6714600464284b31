//! The EventBridge envelope, as far as it is needed.

use super::body::Body;
use super::scan::{Scan, Value, once};
use super::topic::TopicField;
use crate::fields::{Field, Object, ReadField, TimeField};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The numbers of the envelope's fields; those of the body follow.
const DETAIL_TYPE: u32 = 0;
const TIME: u32 = 1;

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

/// What an envelope has beside its topic and time, where these are known already.
#[derive(Default, Deserialize)]
#[serde(default, bound = "D: DeserializeOwned + Default")]
pub(crate) struct Content<D> {
    pub(crate) detail: Object<D>,
}

/// What Genesys publishes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, bound = "B: DeserializeOwned + Default")]
pub(crate) struct Detail<B = Body> {
    #[serde(rename = "eventBody")]
    pub(crate) body: Object<B>,
}

impl Envelope {
    /// Reads an envelope from JSON. Returns the values that make up its layout, if they are to be
    /// collected and it is the usual one.
    pub(crate) fn read(
        &mut self,
        text: &str,
        collects_values: bool,
    ) -> serde_json::Result<Vec<Value>> {
        let scan = Scan::new(text, collects_values);
        if let Some(values) = scan.and_then(|scan| self.scan(scan)) {
            return Ok(values);
        }
        *self = serde_json::from_str::<Object<Self>>(text)?.0;
        Ok(Vec::new())
    }

    /// Reads the usual envelope; `None` for anything else, right or wrong. Returns the values that
    /// the scan collected.
    fn scan(&mut self, mut scan: Scan<'_>) -> Option<Vec<Value>> {
        let mut keys = 0;
        scan.object(|scan, key| match key {
            "detail-type" => scan.field(&mut self.detail_type, DETAIL_TYPE, &mut keys),
            "time" => scan.field(&mut self.time, TIME, &mut keys),
            "detail" => once(2, &mut keys).and_then(|()| self.detail.0.scan(scan)),
            _ => scan.skip(0),
        })?;
        scan.is_at_end().then(|| scan.into_values())
    }

    /// The field with a number.
    pub(crate) fn field(&mut self, number: u32) -> Option<&mut dyn ReadField> {
        match number {
            DETAIL_TYPE => Some(&mut self.detail_type),
            TIME => Some(&mut self.time),
            number => self.detail.0.body.0.field(number),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::layout::Layouts;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    const PLAIN: &str = r#"{"version":"0","detail-type":"v2.detail.events.conversation.{id}.acd.end","time":"2026-05-12T14:03:25Z","resources":[],"detail":{"topicName":"t","eventBody":{"eventTime":1778594605480,"conversationId":"c","sessionId":"59a25793-9d45-5ee0-bf76-d0e15a70303b","mediaType":"VOICE","ani":"tel:+13175550123","queueId":"q","acdOutcome":"ANSWERED","answeredUserId":"u","requestedRoutings":["STANDARD",{"a":[1,-2,true,null]}],"connectedDurationMs":43465},"metadata":{"CorrelationId":"x"},"timestamp":"2026-05-12T14:03:25.660Z"}}"#;

    fn scanned(text: &str) -> Option<String> {
        let mut envelope = Envelope::default();
        envelope.scan(Scan::new(text, false)?)?;
        Some(format!("{envelope:?}"))
    }

    /// Reads a text by the layouts of other texts.
    fn read_by_layouts(text: &str, known_texts: &[&str]) -> Option<String> {
        let (mut layouts, mut envelope) = (Layouts::default(), Envelope::default());
        for other in known_texts {
            let values = Envelope::default().read(other, true).unwrap_or_default();
            layouts.learn(other.as_bytes(), &values);
        }
        layouts.read(text.as_bytes(), &mut envelope)?;
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

    #[test]
    fn an_event_of_a_known_layout_needs_no_scan() {
        let known_texts = [&PLAIN.replace("43465", "1"), &PLAIN.replace("VOICE", "MESSAGE")[..]];
        assert_eq!(read_by_layouts(PLAIN, &known_texts[..1]), scanned(PLAIN));
        assert_eq!(read_by_layouts(PLAIN, &known_texts), scanned(PLAIN));
        for unknown in [("43465", "\"1\""), ("43465", "01"), ("true", "false"), ("Z\"}}", "Z\"}} ")]
        {
            let text = PLAIN.replace(unknown.0, unknown.1);
            assert_eq!(read_by_layouts(&text, &known_texts), None, "{unknown:?}");
        }
    }

    /// `PLAIN` with another length of each text that it has in all topics.
    fn other_lengths() -> String {
        let changes =
            [("\"0\"", "\"10\""), ("acd.end", "acw"), ("VOICE", "CALLBACK"), ("\"q\"", "\"\"")];
        let other_ani = PLAIN.replace("tel:+13175550123", "é");
        changes.into_iter().fold(other_ani, |text, (from, to)| text.replace(from, to))
    }

    #[test]
    fn values_of_other_lengths_fit_once_there_were_two() {
        let text = PLAIN.replace("VOICE", "EMAIL").replace("tel:+13175550123", "sip:ü");
        assert_eq!(read_by_layouts(&text, &[PLAIN]), None);
        assert_eq!(read_by_layouts(&text, &[PLAIN, &other_lengths()]), scanned(&text));
        assert!(scanned(&text).is_some());
    }

    #[test]
    fn no_odd_byte_fits_a_value_of_a_known_length() {
        for odd in ["VOIC\0", "VOIC\u{1}", "VOIC\"", "VOIC\\", "VOIC\u{7f}", "VOIü"] {
            let text = PLAIN.replace("VOICE", odd);
            let read = read_by_layouts(&text, &[PLAIN]);
            assert!(read.is_none() || read == read_by_serde(&text), "{odd:?}");
            assert_eq!(read.is_some(), odd == "VOIC\u{7f}");
        }
    }

    #[test]
    fn escapes_fit_where_no_field_is_read() {
        let known_texts = [PLAIN, &other_lengths()];
        for escape in [r#"\""#, r"\\", r"\/", r"\n", r"\u00e9", r"\ud800"] {
            let text = PLAIN.replace("tel:+13175550123", escape);
            let read = read_by_layouts(&text, &known_texts);
            assert_eq!(read, read_by_serde(&text), "{escape}");
            assert!(read.is_some());
            assert_eq!(read_by_layouts(&PLAIN.replace("VOICE", escape), &known_texts), None);
        }
        for wrong in [r"\x", r"\u00g0", r"\u00", "\u{1}", "\n"] {
            let text = PLAIN.replace("tel:+13175550123", wrong);
            assert_eq!(read_by_layouts(&text, &known_texts), None, "{wrong}");
        }
    }

    #[test]
    fn an_odd_value_of_a_used_field_is_not_part_of_a_layout() {
        let odd = PLAIN.replace("43465", "true");
        assert!(scanned(&odd).is_some());
        assert_eq!(read_by_layouts(&odd, &[&odd]), None);
        let null = PLAIN.replace("43465", "null");
        assert_eq!(read_by_layouts(&null, &[&null]), scanned(&null));
    }

    /// Pieces of JSON that make changes more than noise.
    const PIECES: [&str; 29] = [
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
        "\0",
        "\\\"",
        "\\u00e9",
        "\\ud800",
        "\\x",
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

        /// Whatever is read by layouts is JSON, and reads the same by `serde_json`.
        #[test]
        fn what_is_read_by_layouts_reads_the_same(
            edits in prop::collection::vec((any::<Index>(), 0..4_usize, select(&PIECES[..])), 0..3),
            other in prop::collection::vec((any::<Index>(), 0..4_usize, select(&PIECES[..])), 0..3),
        ) {
            let (text, other) = (edit(PLAIN, &edits), edit(PLAIN, &other));
            let lengths = other_lengths();
            for known_texts in [&[PLAIN, &other][..], &[&other, &text], &[PLAIN, &lengths, &other]] {
                if let Some(read) = read_by_layouts(&text, known_texts) {
                    prop_assert_eq!(Some(read), read_by_serde(&text));
                }
            }
        }
    }
}
