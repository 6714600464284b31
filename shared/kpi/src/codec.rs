//! Bytes: variable-length numbers, and a dictionary of ids that are written once.

use crate::encoding::DecodeError;
use crate::{Id, Media, Metric, Millis};
use std::collections::BTreeMap;

/// A label's number is below this; this one says that its text stands in the dictionary. Texts of
/// labels have fewer kinds of characters than ids, and never the form of a UUID.
const SPELLED: u8 = 255;

/// A dictionary up to this length is looked through, a longer one has an index.
const LOOKED_THROUGH: usize = 16;

/// Writes values, and collects the ids that they refer to by their place in the dictionary.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    ids: Vec<Id>,
    /// Of a long dictionary, where each id stands.
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

    /// Seven bits a byte, lowest first; the top bit says that more follow.
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

    /// Small numbers of either sign in few bytes.
    pub(crate) fn signed(&mut self, value: i64) {
        self.unsigned((value << 1 ^ value >> 63).cast_unsigned());
    }

    pub(crate) fn time(&mut self, at: Millis) {
        self.signed(at.0.wrapping_sub(self.base.0));
    }

    pub(crate) fn id(&mut self, id: &Id) {
        let at = self.place(id).unwrap_or_else(|| {
            self.ids.push(id.clone());
            if self.ids.len() > LOOKED_THROUGH {
                let before = self.index.len();
                let new = self.ids.iter().enumerate().skip(before);
                self.index.extend(new.map(|(at, id)| (id.clone(), at)));
            }
            self.ids.len() - 1
        });
        self.count(at);
    }

    /// Most conversations have fewer than ten ids, the newest of which come again soonest.
    fn place(&self, id: &Id) -> Option<usize> {
        let start = self.ids.len().saturating_sub(LOOKED_THROUGH);
        let near = self.ids[start..].iter().rposition(|held| held == id).map(|at| start + at);
        near.or_else(|| self.index.get(id).copied())
    }

    pub(crate) fn media(&mut self, media: &Media) {
        self.label(media.code(), media.as_str());
    }

    pub(crate) fn metric(&mut self, metric: &Metric) {
        self.label(metric.code(), metric.as_str());
    }

    fn label(&mut self, code: Option<u8>, text: &str) {
        self.byte(code.unwrap_or(SPELLED));
        if code.is_none() {
            self.id(&Id::from_label(text));
        }
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// The dictionary, and behind it what was written.
    pub(crate) fn finish(self, version: u8) -> Vec<u8> {
        let mut head = Self::default();
        head.bytes.reserve(8 + 17 * self.ids.len() + self.bytes.len());
        head.byte(version);
        head.signed(self.base.0);
        head.count(self.ids.len());
        for id in &self.ids {
            match id.parts() {
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

/// Reads what a [`Writer`] wrote. Nothing in it trusts the bytes.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    ids: Vec<Id>,
    base: Millis,
}

type Read<T> = Result<T, DecodeError>;

impl<'a> Reader<'a> {
    /// Reads the head, and what version of the form it announces, from 1 to `newest`.
    pub(crate) fn new(bytes: &'a [u8], newest: u8) -> Read<(Self, u8)> {
        let mut reader = Self { bytes, ids: Vec::new(), base: Millis(0) };
        let version = reader.byte()?;
        if !(1..=newest).contains(&version) {
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

    /// A number of things of at least a byte each: never more than bytes are left.
    pub(crate) fn count(&mut self) -> Read<usize> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| DecodeError::Malformed)?;
        if count <= self.bytes.len() { Ok(count) } else { Err(DecodeError::Malformed) }
    }

    pub(crate) fn signed(&mut self) -> Read<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    pub(crate) fn time(&mut self) -> Read<Millis> {
        Ok(Millis(self.base.0.wrapping_add(self.signed()?)))
    }

    pub(crate) fn id(&mut self) -> Read<Id> {
        let at = usize::try_from(self.unsigned()?).map_err(|_| DecodeError::Malformed)?;
        self.ids.get(at).cloned().ok_or(DecodeError::Malformed)
    }

    pub(crate) fn media(&mut self) -> Read<Media> {
        match self.byte()? {
            SPELLED => Ok(Media::new(&self.id()?.to_string())),
            code => Media::from_code(code).ok_or(DecodeError::Malformed),
        }
    }

    pub(crate) fn metric(&mut self) -> Read<Metric> {
        match self.byte()? {
            SPELLED => Metric::parse(&self.id()?.to_string()).ok_or(DecodeError::Malformed),
            code => Metric::from_code(code).ok_or(DecodeError::Malformed),
        }
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Read<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(DecodeError::Malformed) }
    }
}
