//! A scanner for the JSON that events are made of in practice.
//!
//! Most of an event is skipped, and skipping is where a parser's time goes. This one knows the
//! usual case only: text without control characters and escapes, whole numbers. Whatever else
//! it meets, right or wrong, it answers with `None`, and the event is read by `serde_json`
//! instead. So it never refuses anything; what it accepts is JSON, and reads the same there (a
//! test compares the two).

use crate::fields::{Field, Scalar};

/// Deeper values are left to `serde_json`.
const DEPTH_MAX: u8 = 8;

/// A place in a text that has no control characters and no backslashes: every quote in it begins
/// or ends a string.
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// The values so far, if they are collected.
    values: Option<Vec<Value>>,
}

/// A value of an event that was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// Where it begins. A string begins behind its quote.
    pub(crate) start: usize,
    /// Where it ends. A string ends before its quote.
    pub(crate) end: usize,
    pub(crate) is_text: bool,
    /// The number of the field that it is read into.
    pub(crate) field: Option<u32>,
}

impl<'a> Scan<'a> {
    /// At the start of a text, if it is of the usual kind.
    pub(crate) fn new(text: &'a str, collects_values: bool) -> Option<Self> {
        let values = collects_values.then(Vec::new);
        is_plain(text.as_bytes()).then_some(Self { text, at: 0, values })
    }

    /// The strings and numbers that were collected; none if they do not make up a layout.
    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values.unwrap_or_default()
    }

    /// Whether only spaces are left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// An object: `entry` is called at the value of each key, and has to consume it.
    pub(crate) fn object(
        &mut self,
        mut entry: impl FnMut(&mut Self, &'a str) -> Option<()>,
    ) -> Option<()> {
        self.expect(b'{')?;
        if self.peek()? == b'}' {
            return self.expect(b'}');
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            entry(self, key)?;
            if !self.another(b'}')? {
                return Some(());
            }
        }
    }

    /// Reads a field, whose bit must not be in `keys` yet.
    pub(crate) fn field<T: Scalar>(
        &mut self,
        field: &mut Field<T>,
        bit: u32,
        keys: &mut u32,
    ) -> Option<()> {
        once(bit, keys)?;
        field.0 = self.scalar(Some(bit))?;
        Some(())
    }

    fn scalar<T: Scalar>(&mut self, field: Option<u32>) -> Option<T> {
        Some(match self.peek()? {
            b'"' => T::text(self.string_value(field)?),
            b'-' | b'0'..=b'9' => T::integer(self.integer_value(field)?),
            b'n' => {
                self.skip(0)?;
                T::default()
            }
            _ => {
                self.skip(0)?;
                // A layout has places of strings and numbers only.
                self.values = None;
                T::other()
            }
        })
    }

    fn string_value(&mut self, field: Option<u32>) -> Option<&'a str> {
        let string = self.string()?;
        let end = self.at - 1;
        self.collect(Value { start: end - string.len(), end, is_text: true, field });
        Some(string)
    }

    fn integer_value(&mut self, field: Option<u32>) -> Option<i64> {
        let start = self.at;
        let value = self.integer()?;
        self.collect(Value { start, end: self.at, is_text: false, field });
        Some(value)
    }

    fn collect(&mut self, value: Value) {
        if let Some(values) = &mut self.values {
            values.push(value);
        }
    }

    /// Skips a value of any kind.
    pub(crate) fn skip(&mut self, depth: u8) -> Option<()> {
        match self.peek()? {
            b'"' => self.string_value(None).map(drop),
            b'-' | b'0'..=b'9' => self.integer_value(None).map(drop),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ if depth == DEPTH_MAX => None,
            b'{' => self.object(|scan, _| scan.skip(depth + 1)),
            b'[' => self.skip_array(depth),
            _ => None,
        }
    }

    fn skip_array(&mut self, depth: u8) -> Option<()> {
        self.expect(b'[')?;
        if self.peek()? == b']' {
            return self.expect(b']');
        }
        loop {
            self.skip(depth + 1)?;
            if !self.another(b']')? {
                return Some(());
            }
        }
    }

    /// Whether a comma stands here, and not the end of the list.
    fn another(&mut self, end: u8) -> Option<bool> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b',' => Some(true),
            byte if byte == end => Some(false),
            _ => None,
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        self.expect(b'"')?;
        let end = self.at + quote(&self.text.as_bytes()[self.at..])?;
        let string = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some(string)
    }

    fn integer(&mut self) -> Option<i64> {
        let (value, length) = integer(&self.text.as_bytes()[self.at..])?;
        self.at += length;
        Some(value)
    }

    fn literal(&mut self, word: &str) -> Option<()> {
        let end = self.at + word.len();
        let is_equal = self.text.as_bytes().get(self.at..end)? == word.as_bytes();
        self.at = end;
        is_equal.then_some(())
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_expected = self.peek()? == byte;
        self.at += 1;
        is_expected.then_some(())
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.at)? {
                b' ' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }
}

/// Whether there are neither control characters nor backslashes. Then every quote begins or ends a
/// string.
fn is_plain(bytes: &[u8]) -> bool {
    // Without a branch, so that it is vectorised.
    let odd = |byte: &u8| u8::from(*byte < b' ') | u8::from(*byte == b'\\');
    bytes.iter().fold(0, |any, byte| any | odd(byte)) == 0
}

/// Where the next quote is, eight bytes at a time.
pub(super) fn quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let quotes = zero_bytes(u64::from_le_bytes(chunk.try_into().ok()?) ^ QUOTES);
        if quotes != 0 {
            return Some(at + quotes.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes[at..].iter().position(|byte| *byte == b'"')?;
    Some(at + rest)
}

/// A whole number of up to 18 digits, which fits, and its length; `-0` is none.
pub(super) fn integer(bytes: &[u8]) -> Option<(i64, usize)> {
    let negative = bytes.first() == Some(&b'-');
    let start = usize::from(negative);
    let (mut at, mut value) = (start, 0_i64);
    while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
        if at - start == 18 {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
        at += 1;
    }
    let digits = at - start;
    let odd = digits == 0 || bytes[start] == b'0' && (digits > 1 || negative);
    let fraction = matches!(bytes.get(at), Some(b'.' | b'e' | b'E'));
    (!odd && !fraction).then_some((if negative { -value } else { value }, at))
}

/// Marks a key by its bit in `keys`; one that stands in an object twice is not the usual case.
pub(crate) fn once(bit: u32, keys: &mut u32) -> Option<()> {
    let mask = 1 << bit;
    let first = *keys & mask == 0;
    *keys |= mask;
    first.then_some(())
}

const ONES: u64 = 0x0101_0101_0101_0101;
const QUOTES: u64 = ONES * b'"' as u64;

/// The top bit of each zero byte, exact up to the lowest one.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}
