//! Ids of conversations, sessions, users: random UUIDs.

use std::fmt;

/// A UUID, ordered as its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u128);

const HEX: &[u8; 16] = b"0123456789abcdef";

impl Id {
    /// The length of its text.
    pub(crate) const CHARS: usize = 36;

    /// A version 4 UUID of these random bits.
    pub(crate) const fn random(bits: u128) -> Self {
        let cleared = bits & !(0xf << 76) & !(0x3 << 62);
        Self(cleared | 0x4 << 76 | 0x2 << 62)
    }

    /// Reads the canonical text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.split('-').collect::<String>();
        let bits = u128::from_str_radix(&digits, 16).ok()?;
        Some(Self(bits)).filter(|id| id.text() == text.as_bytes())
    }

    /// Where it lies among all ids, 0 to 1.
    pub(crate) fn share(self) -> f64 {
        // The highest bits are random in every id.
        let high = u32::try_from(self.0 >> 96).unwrap_or_default();
        f64::from(high) / f64::from(u32::MAX)
    }

    /// The canonical text: lower case, hyphenated.
    pub(crate) fn text(self) -> [u8; Self::CHARS] {
        let mut text = [b'-'; Self::CHARS];
        let mut at = 0;
        for (nth, byte) in self.0.to_be_bytes().into_iter().enumerate() {
            if matches!(nth, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        text
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().into_iter().try_for_each(|byte| write!(f, "{}", char::from(byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_version_4_uuid() {
        let text = Id::random(u128::MAX).to_string();
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(Id::parse(&text), Some(Id::random(u128::MAX)));
        assert_eq!(Id::parse("ffffffff-FFFF-4fff-bfff-ffffffffffff"), None);
        assert_eq!(Id::parse("no id"), None);
    }
}
