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
}

impl<'a> Scan<'a> {
    /// At the start of a text, if it is of the usual kind.
    pub(crate) fn new(text: &'a str) -> Option<Self> {
        // Loops without a branch are vectorised: both together cost less than one string.
        let lowest = text.bytes().fold(u8::MAX, u8::min);
        let nearest = text.bytes().fold(u8::MAX, |nearest, byte| nearest.min(byte ^ b'\\'));
        (lowest >= b' ' && nearest > 0).then_some(Self { text, at: 0 })
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
        field.0 = self.scalar()?;
        Some(())
    }

    fn scalar<T: Scalar>(&mut self) -> Option<T> {
        Some(match self.peek()? {
            b'"' => T::text(self.string()?),
            b'-' | b'0'..=b'9' => T::integer(self.integer()?),
            b'n' => {
                self.skip(0)?;
                T::default()
            }
            _ => {
                self.skip(0)?;
                T::other()
            }
        })
    }

    /// Skips a value of any kind.
    pub(crate) fn skip(&mut self, depth: u8) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.integer().map(drop),
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
        let end = self.quote()?;
        let string = self.text.get(self.at..end)?;
        self.at = end + 1;
        Some(string)
    }

    /// The next quote, eight bytes at a time.
    fn quote(&self) -> Option<usize> {
        let (bytes, mut at) = (self.text.as_bytes(), self.at);
        while let Some(chunk) = bytes.get(at..at + 8) {
            let quotes = zero_bytes(u64::from_le_bytes(chunk.try_into().ok()?) ^ QUOTES);
            if quotes != 0 {
                return Some(at + quotes.trailing_zeros() as usize / 8);
            }
            at += 8;
        }
        let rest = bytes.get(at..)?.iter().position(|byte| *byte == b'"')?;
        Some(at + rest)
    }

    /// A whole number of up to 18 digits, which fits; `-0` is none.
    fn integer(&mut self) -> Option<i64> {
        let bytes = self.text.as_bytes();
        let negative = bytes[self.at] == b'-';
        self.at += usize::from(negative);
        let (start, mut value) = (self.at, 0_i64);
        while let Some(digit) = bytes.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            if self.at - start == 18 {
                return None;
            }
            value = value * 10 + i64::from(digit - b'0');
            self.at += 1;
        }
        let digits = self.at - start;
        let odd = digits == 0 || bytes[start] == b'0' && (digits > 1 || negative);
        let fraction = matches!(bytes.get(self.at), Some(b'.' | b'e' | b'E'));
        (!odd && !fraction).then_some(if negative { -value } else { value })
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
