//! Bytes: numbers of variable length, a dictionary of ids, and how each simple value is written.

use crate::facts::BudgetMetric;
use crate::id::Id;
use crate::names::{Media, Metric};
use crate::rows::agent_measure::{AgentGauge, OrganizationMetric, StatusMetric};
use crate::status::Status;
use crate::time::Millis;
use std::collections::BTreeMap;

/// The newest version that is read. The version is the first byte of the stored form. A new form gets
/// a new number, and older forms stay readable.
pub const NEWEST_VERSION: u8 = 4;

/// Why bytes cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A later release wrote the bytes.
    #[error(
        "an entity has encoding version {0}, and this release reads {NEWEST_VERSION}; deploy a later release"
    )]
    Version(u8),
    /// The bytes are not of this encoding, or damaged.
    #[error("an entity's bytes are damaged; restore its item from a backup")]
    Malformed,
}

/// In place of the number of a name that has none: then its text is in the dictionary. A name has
/// only characters that an id may have, and never the form of a UUID.
const NOT_IN_TABLE: u8 = 255;

/// How many of the newest entries of the dictionary are searched. A longer one has an index.
const LINEAR_SEARCH_MAX: usize = 16;

/// Writes values, and collects the dictionary of the ids that they refer to by position.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    ids: Vec<Id>,
    /// The positions of ids in a dictionary that is too long for a search.
    index: BTreeMap<Id, usize>,
    /// Times are written as their distance to this one.
    base: Millis,
}

impl Writer {
    pub(crate) fn new(base: Millis) -> Self {
        let (bytes, ids) = (Vec::with_capacity(640), Vec::with_capacity(8));
        Self { bytes, ids, base, ..Self::default() }
    }

    pub(crate) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Seven bits a byte, the lowest first. The top bit is set if another byte follows.
    pub(crate) fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(low_byte(value) | 0x80);
            value >>= 7;
        }
        self.bytes.push(low_byte(value));
    }

    pub(crate) fn count(&mut self, value: usize) {
        self.unsigned(u64::try_from(value).unwrap_or(u64::MAX));
    }

    /// Zigzag: small numbers of either sign take few bytes.
    pub(crate) fn signed(&mut self, value: i64) {
        self.unsigned((value << 1 ^ value >> 63).cast_unsigned());
    }

    fn id(&mut self, id: &Id) {
        let position = self.position(id).unwrap_or_else(|| self.add_to_dictionary(id));
        self.count(position);
    }

    /// Most conversations have fewer than ten ids, of which the newest are used again first.
    fn position(&self, id: &Id) -> Option<usize> {
        let start = self.ids.len().saturating_sub(LINEAR_SEARCH_MAX);
        let newest = self.ids[start..].iter().rposition(|entry| entry == id);
        newest.map(|position| start + position).or_else(|| self.index.get(id).copied())
    }

    fn add_to_dictionary(&mut self, id: &Id) -> usize {
        self.ids.push(id.clone());
        if self.ids.len() > LINEAR_SEARCH_MAX {
            let indexed = self.index.len();
            let new = self.ids.iter().enumerate().skip(indexed);
            self.index.extend(new.map(|(position, id)| (id.clone(), position)));
        }
        self.ids.len() - 1
    }

    pub(super) fn name(&mut self, code: Option<u8>, text: &str) {
        self.byte(code.unwrap_or(NOT_IN_TABLE));
        if code.is_none() {
            self.id(&Id::from_name(text));
        }
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The whole stored form: version, base time, dictionary, and then the values.
    pub(crate) fn finish(self, version: u8) -> Vec<u8> {
        let mut head = Self::default();
        head.bytes.reserve(8 + 17 * self.ids.len() + self.bytes.len());
        head.byte(version);
        head.signed(self.base.0);
        head.count(self.ids.len());
        for id in &self.ids {
            match id.uuid_or_text() {
                Ok(uuid) => {
                    head.byte(0);
                    head.bytes.extend_from_slice(uuid);
                }
                Err(text) => head.text(text),
            }
        }
        head.bytes.extend_from_slice(&self.bytes);
        head.bytes
    }
}

fn low_byte(value: u64) -> u8 {
    u8::try_from(value & 0x7f).unwrap_or_default()
}

/// Reads what a [`Writer`] wrote. All counts and lengths are checked against the remaining bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    ids: Vec<Id>,
    base: Millis,
}

pub(super) type Read<T> = Result<T, DecodeError>;

impl<'a> Reader<'a> {
    /// Reads version, base time and dictionary. Returns the version, 1 to [`NEWEST_VERSION`].
    pub(crate) fn new(bytes: &'a [u8]) -> Read<(Self, u8)> {
        let mut reader = Self { bytes, ids: Vec::new(), base: Millis(0) };
        let version = reader.byte()?;
        if !(1..=NEWEST_VERSION).contains(&version) {
            return Err(DecodeError::Version(version));
        }
        reader.base = Millis(reader.signed()?);
        let count = reader.count()?;
        reader.ids.reserve(count);
        for _ in 0..count {
            let id = reader.dictionary_id()?;
            reader.ids.push(id);
        }
        Ok((reader, version))
    }

    fn dictionary_id(&mut self) -> Read<Id> {
        let length = self.count()?;
        if length == 0 {
            let uuid = self.take(16)?.try_into().map_err(|_| DecodeError::Malformed)?;
            return Ok(Id::from_uuid(uuid));
        }
        let text = std::str::from_utf8(self.take(length)?).map_err(|_| DecodeError::Malformed)?;
        Id::parse(text).map_err(|_| DecodeError::Malformed)
    }

    fn take(&mut self, length: usize) -> Read<&'a [u8]> {
        let (head, rest) = self.bytes.split_at_checked(length).ok_or(DecodeError::Malformed)?;
        self.bytes = rest;
        Ok(head)
    }

    pub(crate) fn byte(&mut self) -> Read<u8> {
        let (first, rest) = self.bytes.split_first().ok_or(DecodeError::Malformed)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(crate) fn unsigned(&mut self) -> Read<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(DecodeError::Malformed)
    }

    /// A number of values of at least one byte each: at most as many as there are bytes.
    pub(crate) fn count(&mut self) -> Read<usize> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| DecodeError::Malformed)?;
        if count <= self.bytes.len() { Ok(count) } else { Err(DecodeError::Malformed) }
    }

    pub(crate) fn signed(&mut self) -> Read<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A name as [`Writer::name`] wrote it: by its number, or as text.
    pub(super) fn name<T>(
        &mut self,
        parse: impl FnOnce(&str) -> Option<T>,
        from_code: impl FnOnce(u8) -> Option<T>,
    ) -> Read<T> {
        let name = match self.byte()? {
            NOT_IN_TABLE => parse(&self.id()?.to_string()),
            code => from_code(code),
        };
        name.ok_or(DecodeError::Malformed)
    }

    pub(super) fn id(&mut self) -> Read<Id> {
        let position = usize::try_from(self.unsigned()?).map_err(|_| DecodeError::Malformed)?;
        self.ids.get(position).cloned().ok_or(DecodeError::Malformed)
    }

    /// Checks that all bytes were read.
    pub(crate) fn finish(self) -> Read<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(DecodeError::Malformed) }
    }
}

/// A value with one stored form. What `write` appends, `read` takes.
pub(super) trait Stored: Sized {
    fn write(&self, to: &mut Writer);
    fn read(from: &mut Reader<'_>) -> Read<Self>;
}

/// A time, as the distance to the base time.
impl Stored for Millis {
    fn write(&self, to: &mut Writer) {
        to.signed(self.0.wrapping_sub(to.base.0));
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Ok(Self(from.base.0.wrapping_add(from.signed()?)))
    }
}

impl Stored for bool {
    fn write(&self, to: &mut Writer) {
        to.byte(u8::from(*self));
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Ok(from.byte()? == 1)
    }
}

impl Stored for i64 {
    fn write(&self, to: &mut Writer) {
        to.signed(*self);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        from.signed()
    }
}

impl Stored for Id {
    fn write(&self, to: &mut Writer) {
        to.id(self);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        from.id()
    }
}

/// By the number in the table of names, or as text that a function parses.
macro_rules! stored_names {
    ($($type:ident by $parse:expr),*) => {$(
        impl Stored for $type {
            fn write(&self, to: &mut Writer) {
                to.name(self.code(), self.as_str());
            }

            fn read(from: &mut Reader<'_>) -> Read<Self> {
                from.name($parse, Self::from_code)
            }
        }
    )*};
}

stored_names!(Media by |text| Some(Self::new(text)), Metric by Self::parse, Status by Self::parse);

/// By position among all.
macro_rules! stored_positions {
    ($($type:ident),*) => {$(
        impl Stored for $type {
            fn write(&self, to: &mut Writer) {
                to.count(Self::ALL.iter().position(|other| other == self).unwrap_or_default());
            }

            fn read(from: &mut Reader<'_>) -> Read<Self> {
                let position = usize::from(from.byte()?);
                Self::ALL.get(position).copied().ok_or(DecodeError::Malformed)
            }
        }
    )*};
}

stored_positions!(BudgetMetric, StatusMetric, OrganizationMetric, AgentGauge);

impl<T: Stored> Stored for Option<T> {
    fn write(&self, to: &mut Writer) {
        write_option(self.as_ref(), to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        match from.byte()? {
            0 => Ok(None),
            1 => T::read(from).map(Some),
            _ => Err(DecodeError::Malformed),
        }
    }
}

pub(super) fn write_option<T: Stored>(value: Option<&T>, to: &mut Writer) {
    to.byte(u8::from(value.is_some()));
    if let Some(value) = value {
        value.write(to);
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write(&self, to: &mut Writer) {
        write_list(self, to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        let count = from.count()?;
        let mut values = Self::with_capacity(count.min(RESERVED_MAX));
        for _ in 0..count {
            values.push(T::read(from)?);
        }
        Ok(values)
    }
}

/// Memory that is reserved for a list before it is read: damaged bytes may announce a longer one.
const RESERVED_MAX: usize = 64;

pub(super) fn write_list<T: Stored>(values: &[T], to: &mut Writer) {
    to.count(values.len());
    for value in values {
        value.write(to);
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn write(&self, to: &mut Writer) {
        self.0.write(to);
        self.1.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Read<Self> {
        Ok((A::read(from)?, B::read(from)?))
    }
}
