//! Reads values of any kind: one of an unexpected kind becomes a placeholder that is refused later,
//! where it matters, and alone.

use super::scalar::{Field, Object, Scalar};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// The placeholder for a value that is not a text or has too many bytes. It is no id, time or name.
const INVALID_TEXT: &str = "\u{0}";

/// The placeholder for a value that is not a whole number. No valid value is negative.
const INVALID_NUMBER: i64 = i64::MIN;

/// The longest text, in bytes: the longest id has 128 characters of at most 4 bytes.
const TEXT_BYTES_MAX: usize = 512;

impl Scalar for String {
    fn text(text: &str) -> Self {
        if text.len() > TEXT_BYTES_MAX { Self::other() } else { text.to_owned() }
    }
    fn other() -> Self {
        INVALID_TEXT.to_owned()
    }
}

impl Scalar for Option<String> {
    /// An empty text is none.
    fn text(text: &str) -> Self {
        (!text.is_empty()).then(|| Scalar::text(text))
    }
    fn other() -> Self {
        Some(Scalar::other())
    }
}

impl Scalar for Option<i64> {
    fn integer(value: i64) -> Self {
        Some(value)
    }
    fn other() -> Self {
        Some(INVALID_NUMBER)
    }
}

pub(crate) fn scalar<'de, T: Scalar, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Field::deserialize(from).map(|field| field.0)
}

/// A list that may be `null`, of objects.
pub(crate) fn list<'de, T, D>(from: D) -> Result<Vec<T>, D::Error>
where
    T: DeserializeOwned + Default,
    D: Deserializer<'de>,
{
    let list = Option::<Vec<Object<T>>>::deserialize(from)?;
    Ok(list.unwrap_or_default().into_iter().map(|object| object.0).collect())
}
