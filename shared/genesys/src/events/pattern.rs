//! Patterns of events: text in which some bytes are those of values, and differ from event to event.

use super::scan::{integer, quote};

/// Stands for a byte of a value. A literal never has it: it is a control character.
const ANY: u8 = 0;

/// How many bytes are compared at a time.
const CHUNK: usize = 32;

/// Text in which the bytes of values are left open: they are ASCII that stands in a string as it is, no
/// quote, backslash or control character.
#[derive(Debug, Default)]
pub(super) struct Pattern {
    text: Vec<u8>,
    has_values: bool,
}

impl Pattern {
    /// Appends text that has to stand here.
    pub(super) fn literal(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// Appends the bytes of a value.
    pub(super) fn any(&mut self, length: usize) {
        self.text.resize(self.text.len() + length, ANY);
        self.has_values = true;
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Splits a text that begins with this pattern.
    pub(super) fn split<'t>(&self, text: &'t [u8]) -> Option<(&'t [u8], &'t [u8])> {
        let (start, rest) = text.split_at_checked(self.text.len())?;
        let fits = if self.has_values { fits(&self.text, start) } else { self.text == start };
        fits.then_some((start, rest))
    }
}

/// Whether a text of the length of a pattern fits it.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (chunks, _) = pattern.as_chunks::<CHUNK>();
    let (texts, _) = text.as_chunks::<CHUNK>();
    // The last chunk may overlap the one before: a short rest would take as long as several chunks.
    match (pattern.last_chunk::<CHUNK>(), text.last_chunk::<CHUNK>()) {
        (Some(last), Some(last_text)) => {
            chunks.iter().zip(texts).all(|(chunk, text)| chunk_fits(chunk, text))
                && chunk_fits(last, last_text)
        }
        _ => pattern.iter().zip(text).all(|(byte, text)| byte_fits(*byte, *text)),
    }
}

#[inline]
fn chunk_fits(pattern: &[u8; CHUNK], text: &[u8; CHUNK]) -> bool {
    // Without a branch, so that it is vectorised.
    let fits = pattern.iter().zip(text).map(|(byte, text)| byte_fits(*byte, *text));
    fits.fold(true, |result, fits| result & fits)
}

#[inline]
#[expect(clippy::needless_bitwise_bool, reason = "without a branch it is vectorised")]
fn byte_fits(pattern: u8, text: u8) -> bool {
    ((pattern == ANY) & is_plain(text)) | ((pattern != ANY) & (text == pattern))
}

/// Whether a byte is ASCII and stands in a string as it is.
#[inline]
#[expect(clippy::needless_bitwise_bool, reason = "without a branch it is vectorised")]
fn is_plain(byte: u8) -> bool {
    // As a signed number a byte beyond ASCII is negative.
    (byte.cast_signed() >= 0x20) & (byte != b'"') & (byte != b'\\')
}

/// The length of a string, which begins behind its quote; `None` unless it is JSON. If its value is
/// `read`, it may have no escapes.
pub(super) fn string_length(text: &[u8], read: bool) -> Option<usize> {
    let length = quote(text)?;
    if text[..length].iter().fold(true, |result, byte| result & is_plain(*byte)) {
        return Some(length);
    }
    let length = escaped_length(text)?;
    let has_escapes = text[..length].contains(&b'\\');
    (std::str::from_utf8(&text[..length]).is_ok() && !(read && has_escapes)).then_some(length)
}

/// Where the quote is that ends a string; `None` if it has control characters or wrong escapes.
fn escaped_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => escape_length(&text[at + 1..])? + 1,
            0..b' ' => return None,
            _ => 1,
        };
    }
}

/// The length of an escape behind its backslash.
fn escape_length(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(1),
        b'u' => text.get(1..5)?.iter().all(u8::is_ascii_hexdigit).then_some(5),
        _ => None,
    }
}

/// The length of a whole number.
pub(super) fn integer_length(text: &[u8]) -> Option<usize> {
    integer(text).map(|(_, length)| length)
}
