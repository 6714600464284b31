//! The EventBridge envelope, as far as it is needed.

use crate::body::Body;
use crate::field::{Field, TimeField, TopicField};
use crate::scan::Scan;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

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
    /// Whether the scanner has been here.
    #[serde(skip)]
    read: bool,
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
        let (mut scan, mut seen) = (Scan::new(text)?, 0);
        scan.object(|scan, key| match key {
            "detail-type" => scan.field(&mut self.detail_type, 0, &mut seen),
            "time" => scan.field(&mut self.time, 1, &mut seen),
            "detail" => self.detail.0.scan(scan),
            _ => scan.skip(0),
        })?;
        scan.is_at_end().then_some(())
    }
}

impl Detail {
    /// Reads the detail, which must not be read yet.
    fn scan(&mut self, scan: &mut Scan<'_>) -> Option<()> {
        if std::mem::replace(&mut self.read, true) {
            return None;
        }
        let mut seen = false;
        scan.object(|scan, key| match key {
            "eventBody" if std::mem::replace(&mut seen, true) => None,
            "eventBody" => self.body.0.scan(scan),
            _ => scan.skip(0),
        })
    }
}

/// An object; anything else is one in which everything is missing.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ObjectVisitor(PhantomData)).map(Object)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries))
    }
    fn visit_str<E>(self, _: &str) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_u64<E>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }
}
