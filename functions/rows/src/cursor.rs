//! Where the next page begins.

use crate::error::ReadError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headroom_kpi::Millis;
use serde::{Deserialize, Serialize};

/// A cursor is taken for this long after the interval began in which its first page was read: then
/// its `now` and its `current` would be those of two times.
const AGE_MAX: Millis = Millis(2 * 3_600_000);

/// The clocks of two instances of the function may be so far apart.
const SKEW_MAX: Millis = Millis(60_000);

/// Where a page begins in the list of buckets and, in each, of subjects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    /// The index of the bucket.
    #[serde(rename = "b")]
    pub(crate) bucket: usize,
    /// The last subject of the page before in this bucket.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<String>,
}

/// A cursor. It is no secret and not signed: it says where to go on in what the query asks for, and
/// the token is asked for every row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// The digest of the query.
    #[serde(rename = "q")]
    query: String,
    /// The start of the interval in which the first page was read, in milliseconds since 1970: all
    /// pages are about the same `current` and `today`.
    #[serde(rename = "t")]
    pub(crate) at: i64,
    /// Where the next page begins.
    #[serde(rename = "p")]
    pub(crate) position: Position,
}

impl Cursor {
    pub(crate) fn new(query: String, at: Millis, position: Position) -> Self {
        Self { query, at: at.0, position }
    }

    /// The text for clients.
    pub(crate) fn encode(&self) -> Result<String, ReadError> {
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(self)?))
    }

    /// Reads a cursor of the query with this digest.
    pub(crate) fn decode(text: &str, query: &str, now: Millis) -> Result<Self, ReadError> {
        let json = URL_SAFE_NO_PAD.decode(text).ok();
        let cursor: Option<Self> = json.and_then(|json| serde_json::from_slice(&json).ok());
        let Some(cursor) = cursor else {
            let message = "`cursor` is not one of ours; take `next` of the page before as it is";
            return Err(ReadError::bad_request(message));
        };
        if cursor.query != query {
            let message = "`cursor` is of another query; leave all other parameters as they were";
            return Err(ReadError::bad_request(message));
        }
        let (oldest, newest) = ((now - AGE_MAX).0, (now + SKEW_MAX).0);
        if !(oldest..=newest).contains(&cursor.at) {
            let message = "`cursor` is too old; begin with the first page again, without it";
            return Err(ReadError::bad_request(message));
        }
        Ok(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_778_594_562_000);

    fn cursor(at: Millis) -> Cursor {
        let position = Position { bucket: 2, after: Some("queue#q#voice".into()) };
        Cursor::new("digest".into(), at, position)
    }

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let cursor = cursor(NOW);
        let text = cursor.encode().unwrap();
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(Cursor::decode(&text, "digest", NOW).unwrap(), cursor);
    }

    #[test]
    fn a_cursor_of_another_query_or_time_or_of_nobody_is_an_error() {
        let error = |text: &str, query: &str| {
            Cursor::decode(text, query, NOW)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        let text = cursor(NOW).encode().unwrap();
        assert!(error(&text, "other").contains("another query"));
        let (early, late) = (NOW - AGE_MAX - Millis(1), NOW + SKEW_MAX + Millis(1));
        for at in [early, late, Millis(i64::MIN), Millis(i64::MAX)] {
            assert!(error(&cursor(at).encode().unwrap(), "digest").contains("too old"), "{at:?}");
        }
        let json = |json: &str| URL_SAFE_NO_PAD.encode(json);
        for text in ["", "é", "x", "====", &json("{}"), &json("[]"), &text[..text.len() - 4]] {
            assert!(error(text, "digest").contains("not one of ours"), "{text}");
        }
    }
}
