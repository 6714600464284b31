//! Fields that are read straight into the value that is needed, and never fail on their own:
//! whether an odd value matters depends on the topic, which may stand behind it.

use headroom_kpi::facts::{Outcome, Transfer};
use headroom_kpi::{Id, IdError, Media, Metric, Millis};
use jiff::civil::{Date, DateTime, Time};
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::fmt;
use std::marker::PhantomData;

/// A value that any JSON can be read as: as a rule from a scalar, to which arrays and objects are
/// "other" things.
pub(crate) trait Scalar: Default {
    /// From a string.
    fn text(_: &str) -> Self {
        Self::other()
    }
    /// From the bytes of a string, which are UTF-8.
    fn bytes(bytes: &[u8]) -> Self {
        std::str::from_utf8(bytes).map_or_else(|_| Self::other(), Self::text)
    }
    /// From a whole number.
    fn integer(_: i64) -> Self {
        Self::other()
    }
    /// From the entries of an object, all of which have to be taken.
    fn object<'de, A: MapAccess<'de>>(mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::other())
    }
    /// From anything else but `null`.
    fn other() -> Self {
        Self::default()
    }
}

/// A field that holds such a value.
#[derive(Debug, Default)]
pub(crate) struct Field<T>(pub(crate) T);

/// A field of any kind, to read a value into.
pub(crate) trait ReadField {
    /// Reads the bytes of a string, which are UTF-8.
    fn read_text(&mut self, text: &[u8]);
    /// Reads a whole number.
    fn read_integer(&mut self, value: i64);
}

impl<T: Scalar> ReadField for Field<T> {
    fn read_text(&mut self, text: &[u8]) {
        self.0 = T::bytes(text);
    }
    fn read_integer(&mut self, value: i64) {
        self.0 = T::integer(value);
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor(PhantomData)).map(Field)
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<'de, T: Scalar> Visitor<'de> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(text))
    }
    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::integer(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(i64::try_from(value).map_or_else(|_| T::other(), T::integer))
    }
    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::other())
    }
    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::other())
    }
    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::other())
    }
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        T::object(entries)
    }
}

/// An object; anything else is one in which everything is missing.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<T: DeserializeOwned + Default> Scalar for Object<T> {
    fn object<'de, A: MapAccess<'de>>(entries: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Self)
    }
}

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor(PhantomData))
    }
}

/// An id. Genesys leaves an id that it does not have out, or sends it empty.
#[derive(Debug, Default)]
pub(crate) enum IdField {
    #[default]
    Missing,
    Id(Id),
    Bad(IdError),
    NoText,
}

impl Scalar for IdField {
    fn text(text: &str) -> Self {
        match Id::parse(text) {
            Ok(id) => Self::Id(id),
            Err(IdError::Empty) => Self::Missing,
            Err(error) => Self::Bad(error),
        }
    }
    /// Most ids are UUIDs, which need no check of their UTF-8.
    fn bytes(bytes: &[u8]) -> Self {
        let text = || std::str::from_utf8(bytes).map_or(Self::NoText, Self::text);
        Id::parse_uuid(bytes).map_or_else(text, Self::Id)
    }
    fn other() -> Self {
        Self::NoText
    }
}

/// What a field has: nothing, a value, or something else than it should have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum FieldValue<T> {
    #[default]
    Missing,
    Value(T),
    Other,
}

impl<T> FieldValue<T> {
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing | Self::Other => None,
        }
    }
}

/// A whole number.
pub(crate) type IntegerField = FieldValue<i64>;

impl Scalar for IntegerField {
    fn integer(value: i64) -> Self {
        Self::Value(value)
    }
    fn other() -> Self {
        Self::Other
    }
}

/// An ISO-8601 time.
pub(crate) type TimeField = FieldValue<Millis>;

impl Scalar for TimeField {
    fn text(text: &str) -> Self {
        let time = text.parse::<jiff::Timestamp>();
        time.map_or(Self::Other, |at| Self::Value(Millis(at.as_millisecond())))
    }
    /// EventBridge writes times to the second.
    fn bytes(bytes: &[u8]) -> Self {
        let text = || std::str::from_utf8(bytes).map_or(Self::Other, Self::text);
        time_to_the_second(bytes).map_or_else(text, Self::Value)
    }
    fn other() -> Self {
        Self::Other
    }
}

/// A time as in `2026-05-12T14:03:25Z`; `None` for any other text, right or wrong.
fn time_to_the_second(text: &[u8]) -> Option<Millis> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', rest @ ..] = text else { return None };
    let [h1, h2, b':', n1, n2, b':', s1, s2, b'Z'] = rest else { return None };
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let two = |tens, units| Some(digit(tens)? * 10 + digit(units)?);
    let small = |tens, units| i8::try_from(two(tens, units)?).ok();
    let date = Date::new(two(y1, y2)? * 100 + two(y3, y4)?, small(m1, m2)?, small(d1, d2)?).ok()?;
    let time = Time::new(small(h1, h2)?, small(n1, n2)?, small(s1, s2)?, 0).ok()?;
    let since_1970 =
        date.to_datetime(time).duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    Some(Millis(since_1970.as_secs() * 1_000))
}

/// Milliseconds since 1970.
impl From<IntegerField> for TimeField {
    fn from(field: IntegerField) -> Self {
        match field {
            IntegerField::Value(ms) => Self::Value(Millis(ms)),
            IntegerField::Missing => Self::Missing,
            IntegerField::Other => Self::Other,
        }
    }
}

/// The name of a metric.
pub(crate) type MetricField = FieldValue<Metric>;

impl Scalar for MetricField {
    fn text(text: &str) -> Self {
        Metric::parse(text).map_or(Self::Other, Self::Value)
    }
    fn other() -> Self {
        Self::Other
    }
}

impl Scalar for Option<Media> {
    fn text(text: &str) -> Self {
        (!text.is_empty()).then(|| Media::new(text))
    }
}

impl Scalar for Option<Outcome> {
    fn text(text: &str) -> Self {
        Self::bytes(text.as_bytes())
    }
    fn bytes(text: &[u8]) -> Self {
        match text {
            b"ANSWERED" => Some(Outcome::Answered),
            b"ABANDON" => Some(Outcome::Abandon),
            b"FLOW_OUT" => Some(Outcome::FlowOut),
            _ => None,
        }
    }
}

impl Scalar for Option<Transfer> {
    fn text(text: &str) -> Self {
        Self::bytes(text.as_bytes())
    }
    fn bytes(text: &[u8]) -> Self {
        match text {
            b"TRANSFER" => Some(Transfer::Blind),
            b"CONSULT_TRANSFER" => Some(Transfer::Consult),
            _ => None,
        }
    }
}

/// Whether a `direction` is `OUTBOUND`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outbound(pub(crate) bool);

impl Scalar for Outbound {
    fn text(text: &str) -> Self {
        Self::bytes(text.as_bytes())
    }
    fn bytes(text: &[u8]) -> Self {
        Self(text == b"OUTBOUND")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_the_second_is_read_as_any_other_time() {
        for text in [
            "2026-05-12T14:03:25Z",
            "1969-12-31T23:59:59Z",
            "2024-02-29T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-05-12T24:00:00Z",
            "2026-05-12T14:03:60Z",
            "2026-05-12T14:03:2:Z",
            "2026-05-12T14:03:25z",
            "2026-05-12T14:03:25.660Z",
            "2026-05-12T14:03:25+02:00",
            "+026-05-12T14:03:25Z",
            "",
        ] {
            let read = TimeField::bytes(text.as_bytes());
            assert_eq!(format!("{read:?}"), format!("{:?}", TimeField::text(text)), "{text}");
        }
    }
}
