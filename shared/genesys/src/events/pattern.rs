//! Patterns of events: text in which some bytes are those of values, and differ from event to event.

use super::scan::{integer, quote};

/// Stands for a byte of a value. A literal never has it: it is a control character.
const ANY: u8 = 0;

/// How many bytes are compared at a time.
const CHUNK: usize = 16;

/// Text in which the bytes of values are left open: they are printable ASCII, and neither quotes nor
/// backslashes.
#[derive(Debug, Default)]
pub(super) struct Pattern(Vec<u8>);

impl Pattern {
    /// Appends text that has to stand here.
    pub(super) fn literal(&mut self, text: &[u8]) {
        self.0.extend_from_slice(text);
    }

    /// Appends the bytes of a value.
    pub(super) fn any(&mut self, length: usize) {
        self.0.resize(self.0.len() + length, ANY);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Splits a text that begins with this pattern.
    pub(super) fn split<'t>(&self, text: &'t [u8]) -> Option<(&'t [u8], &'t [u8])> {
        let (start, rest) = text.split_at_checked(self.0.len())?;
        fits(&self.0, start).then_some((start, rest))
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
        _ => pattern.iter().zip(text).all(|(byte, text)| misfit(*byte, *text) == 0),
    }
}

#[inline]
fn chunk_fits(pattern: &[u8; CHUNK], text: &[u8; CHUNK]) -> bool {
    // Without a branch, so that it is vectorised.
    let misfits = pattern.iter().zip(text).map(|(byte, text)| misfit(*byte, *text));
    misfits.fold(0, |any, misfit| any | misfit) == 0
}

#[inline]
/// 0 if a byte fits that of the pattern.
fn misfit(pattern: u8, text: u8) -> u8 {
    // As a signed number a byte beyond ASCII is negative.
    let is_odd = (text.cast_signed() < 0x20) | (text == b'"') | (text == b'\\');
    u8::from((text != pattern) & ((pattern != ANY) | is_odd))
}

/// The length of a string, which begins behind its quote; `None` unless it is JSON. If its value is
/// `read`, it may have no escapes.
pub(super) fn string_length(text: &[u8], read: bool) -> Option<usize> {
    let length = quote(text)?;
    if text[..length].iter().fold(0, |any, byte| any | misfit(ANY, *byte)) == 0 {
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
