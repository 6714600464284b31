//! Ids of conversations, sessions and users: random UUIDs (version 4).

use uuid::{Builder, Uuid};

pub(crate) type Id = Uuid;

/// The id with these random bits.
pub(crate) const fn id_from_bits(bits: u128) -> Id {
    Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// The id of something that is the same in every run: a division, a flow, a wrap-up code.
pub(crate) const fn fixed_id(number: u128) -> Id {
    id_from_bits(0x5b3c_91d2_0000_0000_0000_0000_0000_0000 | (number * 0x9e37_79b9_7f4a_7c15))
}

/// Reads the canonical text alone: lower case, with hyphens.
pub(crate) fn parse_id(text: &str) -> Option<Id> {
    Uuid::parse_str(text).ok().filter(|id| id.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_version_4_uuid() {
        let text = id_from_bits(u128::MAX).to_string();
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(parse_id(&text), Some(id_from_bits(u128::MAX)));
        assert_eq!(parse_id("ffffffff-FFFF-4fff-bfff-ffffffffffff"), None);
        assert_eq!(parse_id("no id"), None);
    }
}
