//! Ids as Genesys sends them: almost always lower-case UUIDs, stored in 16 bytes.

use crate::limits::ID_CHARS_MAX;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An id of a conversation, session, queue or user: 1 to 128 characters, none of them a control
/// character or `#` (`kpis.md#bad-input`).
///
/// Ordered as text, so that "the smaller sessionId" means the same everywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Id(Repr);

/// `Text` never holds a canonical UUID, so equal ids have equal representations.
#[derive(Clone, PartialEq, Eq)]
enum Repr {
    Uuid([u8; 16]),
    Text(Arc<str>),
}

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty.
    #[error("is empty")]
    Empty,
    /// More than 128 characters.
    #[error("is longer than {ID_CHARS_MAX} characters")]
    TooLong,
    /// A control character, or `#`, which separates the parts of our keys.
    #[error("has a control character or '#'")]
    BadCharacter,
}

impl Id {
    /// Parses an id. A canonical (lower-case, hyphenated) UUID is stored in 16 bytes, any other
    /// text as it is.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        match parse_uuid(text.as_bytes()) {
            Some(bytes) => Ok(Self(Repr::Uuid(bytes))),
            None => Self::parse_text(text),
        }
    }

    /// Parses a canonical UUID from the bytes of its text; `None` for any other text.
    pub fn parse_uuid(text: &[u8]) -> Option<Self> {
        parse_uuid(text).map(Self::from_uuid)
    }

    fn parse_text(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if text.len() > ID_CHARS_MAX && text.chars().count() > ID_CHARS_MAX {
            return Err(IdError::TooLong);
        }
        if text.chars().any(|c| c == '#' || c.is_control()) {
            return Err(IdError::BadCharacter);
        }
        Ok(Self(Repr::Text(text.into())))
    }

    /// A media type, a metric name or a tag as an entry of the dictionary of ids in the stored form.
    pub(crate) fn from_name(text: &str) -> Self {
        Self(Repr::Text(text.into()))
    }

    pub(crate) const fn from_uuid(bytes: [u8; 16]) -> Self {
        Self(Repr::Uuid(bytes))
    }

    /// The 16 bytes of a UUID, or the text of any other id.
    pub(crate) fn uuid_or_text(&self) -> Result<&[u8; 16], &str> {
        match &self.0 {
            Repr::Uuid(bytes) => Ok(bytes),
            Repr::Text(text) => Err(text),
        }
    }

    /// The text of an id that is not a UUID.
    pub(crate) fn as_text(&self) -> Option<&str> {
        self.uuid_or_text().err()
    }
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Uuid(bytes) => state.write_u128(u128::from_le_bytes(*bytes)),
            Repr::Text(text) => text.hash(state),
        }
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            // Lower-case hexadecimal digits sort as their values do, and hyphens stand in the
            // same places: the bytes order as the texts would.
            (Repr::Uuid(a), Repr::Uuid(b)) => a.cmp(b),
            (Repr::Text(a), Repr::Text(b)) => a.cmp(b),
            _ => self.to_string().cmp(&other.to_string()),
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Id {
    /// The last byte: of random UUIDs it is the same for one in 256.
    pub(crate) fn last_byte(&self) -> u8 {
        match &self.0 {
            Repr::Uuid(bytes) => bytes[bytes.len() - 1],
            Repr::Text(text) => text.bytes().last().unwrap_or_default(),
        }
    }

    /// The last byte in hexadecimal.
    pub(crate) fn tag(&self) -> Self {
        Self::from_name(&format!("{:02x}", self.last_byte()))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Uuid(bytes) => f.write_str(&format_uuid(bytes)),
            Repr::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn format_uuid(bytes: &[u8; 16]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(36);
    for (i, byte) in bytes.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The bytes of a canonical UUID. Reads eight digits at a time, since every event has four or five
/// ids, which makes this one of the hottest functions.
fn parse_uuid(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.try_into().ok()?;
    if text[8] != b'-' || text[13] != b'-' || text[18] != b'-' || text[23] != b'-' {
        return None;
    }
    let words = [
        hex8(four_digits::<0>(text) | four_digits::<4>(text) << 32)?,
        hex8(four_digits::<9>(text) | four_digits::<14>(text) << 32)?,
        hex8(four_digits::<19>(text) | four_digits::<24>(text) << 32)?,
        hex8(four_digits::<28>(text) | four_digits::<32>(text) << 32)?,
    ];
    let mut bytes = [0; 16];
    for (word, to) in words.iter().zip(bytes.chunks_exact_mut(4)) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    Some(bytes)
}

fn four_digits<const START: usize>(text: &[u8; 36]) -> u64 {
    let digits = [text[START], text[START + 1], text[START + 2], text[START + 3]];
    u64::from(u32::from_le_bytes(digits))
}

/// Converts eight ASCII digits (`0-9a-f`, first digit in the lowest byte) to four bytes, the first
/// byte in the lowest position. `None` if one of them is not such a digit.
fn hex8(digits: u64) -> Option<u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let letter = digits >> 6 & ONES;
    let value = (digits & (0x0f * ONES)) + letter * 9;
    // Formatting the value gives the same byte for a valid digit, and for no other byte.
    let above_nine = (value + 6 * ONES) >> 4 & ONES;
    let formatted = value + 0x30 * ONES + above_nine * 0x27;
    if formatted != digits || value & (0xf0 * ONES) != 0 {
        return None;
    }
    let pairs = (value << 4 | value >> 8) & 0x00ff_00ff_00ff_00ff;
    let halves = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    u32::try_from((halves | halves >> 16) & 0xffff_ffff).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canonical_uuid_displays_as_it_was_parsed() {
        let text = "3bd57569-0c3e-5a3b-9b39-4e3a6d403df0";
        let id = Id::parse(text).unwrap();
        assert!(id.uuid_or_text().is_ok());
        assert_eq!(id.to_string(), text);
    }

    #[test]
    fn at_every_place_of_a_uuid_exactly_the_right_bytes_are_accepted() {
        let text = *b"3bd57569-0c3e-5a3b-9b39-4e3a6d403df0";
        for place in 0..36 {
            for byte in 0..=255_u8 {
                let mut changed = text;
                changed[place] = byte;
                let hyphen = matches!(place, 8 | 13 | 18 | 23);
                let valid = if hyphen {
                    byte == b'-'
                } else {
                    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
                };
                assert_eq!(parse_uuid(&changed).is_some(), valid, "byte {byte} at {place}");
            }
        }
    }

    #[test]
    fn an_upper_case_uuid_is_another_id() {
        let upper = Id::parse("3BD57569-0C3E-5A3B-9B39-4E3A6D403DF0").unwrap();
        assert_ne!(upper, Id::parse("3bd57569-0c3e-5a3b-9b39-4e3a6d403df0").unwrap());
        assert_eq!(upper.to_string(), "3BD57569-0C3E-5A3B-9B39-4E3A6D403DF0");
    }

    #[test]
    fn ids_order_as_their_texts() {
        let mut texts = [
            "3bd57569-0c3e-5a3b-9b39-4e3a6d403df0",
            "3bd57569-0c3e-5a3b-9b39-4e3a6d403df1",
            "3bd",
            "4",
            "f",
            "a0000000-0000-0000-0000-000000000000",
            "Z",
        ];
        let mut ids: Vec<Id> = texts.iter().map(|t| Id::parse(t).unwrap()).collect();
        ids.sort();
        texts.sort_unstable();
        assert_eq!(ids.iter().map(Id::to_string).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn a_text_that_is_not_an_id_is_an_error_with_its_reason() {
        assert_eq!(Id::parse(""), Err(IdError::Empty));
        assert_eq!(Id::parse(&"x".repeat(129)), Err(IdError::TooLong));
        assert!(Id::parse(&"é".repeat(128)).is_ok());
        assert_eq!(Id::parse("a#b"), Err(IdError::BadCharacter));
        assert_eq!(Id::parse("a\u{7}b"), Err(IdError::BadCharacter));
    }
}
