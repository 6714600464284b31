//! Reads the lines of an input, a chunk at a time.

use crate::CliError;
use crate::files::Input;
use serde::de::IgnoredAny;
use std::io::{ErrorKind, Read};
use std::ops::Range;

/// Number of bytes that are read at once. Few enough to stay in the processor's cache until they are
/// parsed.
const CHUNK_BYTES: usize = 256 * 1024;
/// A chunk that a long line has made larger than this is not used again, to free its memory.
const REUSED_BYTES_MAX: usize = 4 * CHUNK_BYTES;
/// Longest line. An event is far shorter: the input is most likely not NDJSON.
const LINE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Some editors put this at the beginning of a file.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads an input as chunks of complete lines.
pub(super) struct Lines {
    input: Input,
    /// The beginning of a line whose end has not been read.
    carry: Vec<u8>,
    ended: bool,
    /// Number of lines in the chunks so far.
    count: u64,
}

/// Some complete lines. Its memory is reused for the next ones.
#[derive(Default)]
pub(super) struct Chunk {
    /// Filled up to `end`. Never shrinks, so that the rest is not zeroed again when it is needed.
    bytes: Vec<u8>,
    end: usize,
    lines: Vec<Range<usize>>,
    /// Number of lines before this chunk.
    lines_before: u64,
}

impl Chunk {
    /// The number in the input, from 1, and the bytes of the chunk's line at an index, without its line
    /// end; no bytes once the memory is taken.
    pub(super) fn line(&self, index: usize) -> (u64, &[u8]) {
        let bytes = self.bytes.get(self.lines[index].clone()).unwrap_or_default();
        (self.lines_before + 1 + index as u64, bytes)
    }

    /// Takes the memory of the bytes for another chunk.
    pub(super) fn take_memory(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Gives a chunk without bytes the memory of another one.
    pub(super) fn give_memory(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }

    /// How many lines there are.
    pub(super) fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// Splits a line that is several JSON values one after the other, as an archive without line ends
    /// has them, into a line for each. Returns whether it did.
    pub(super) fn split_values(&mut self, index: usize) -> bool {
        let line = self.lines[index].clone();
        let bytes = &self.bytes[line.clone()];
        let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
        let mut ranges = Vec::new();
        let mut start = 0;
        while let Some(Ok(IgnoredAny)) = values.next() {
            let end = values.byte_offset();
            ranges.push(line.start + start..line.start + end);
            start = end;
        }
        let is_whole = bytes[start..].trim_ascii().is_empty();
        let splits = is_whole && ranges.len() > 1;
        if splits {
            self.lines.splice(index..=index, ranges);
        }
        splits
    }

    /// Memory of the chunk, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    fn ensure_size(&mut self, size: usize) {
        if self.bytes.len() < size {
            self.bytes.resize(size, 0);
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let end = self.end + bytes.len();
        self.ensure_size(end);
        self.bytes[self.end..end].copy_from_slice(bytes);
        self.end = end;
    }

    /// Finds all complete lines. Returns where the incomplete last line begins.
    fn find_lines(&mut self) -> usize {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &self.bytes[..self.end]) {
            let line = &self.bytes[start..end];
            let length = line.strip_suffix(b"\r").unwrap_or(line).len();
            self.lines.push(start..start + length);
            start = end + 1;
        }
        start
    }
}

impl Lines {
    /// Starts at the beginning of `input`.
    pub(super) fn new(input: Input) -> Self {
        Self { input, carry: Vec::new(), ended: false, count: 0 }
    }

    /// Fills `chunk` with the next lines. Returns false at the end of the input.
    pub(super) fn next_chunk(&mut self, chunk: &mut Chunk) -> Result<bool, CliError> {
        chunk.lines_before = self.count;
        if chunk.size() > REUSED_BYTES_MAX {
            *chunk = Chunk { lines_before: self.count, ..Chunk::default() };
        }
        chunk.lines.clear();
        chunk.end = 0;
        chunk.append(&self.carry);
        self.carry.clear();
        while chunk.lines.is_empty() && !self.ended {
            self.read(chunk)?;
            if self.count == 0 && chunk.bytes[..chunk.end].starts_with(BYTE_ORDER_MARK) {
                chunk.bytes.copy_within(BYTE_ORDER_MARK.len()..chunk.end, 0);
                chunk.end -= BYTE_ORDER_MARK.len();
            }
            if self.ended && chunk.bytes[..chunk.end].last().is_some_and(|last| *last != b'\n') {
                chunk.append(b"\n");
            }
            let rest = chunk.find_lines();
            if !chunk.lines.is_empty() {
                self.carry.extend_from_slice(&chunk.bytes[rest..chunk.end]);
            }
        }
        self.count += chunk.lines.len() as u64;
        Ok(!chunk.lines.is_empty())
    }

    /// Reads the next bytes into `chunk`, or to the end of the input.
    fn read(&mut self, chunk: &mut Chunk) -> Result<(), CliError> {
        if chunk.end > LINE_BYTES_MAX {
            return Err(self.long_line_error());
        }
        // The chunk doubles, since a long line is searched from its beginning after each read.
        let size = chunk.end + CHUNK_BYTES.max(chunk.end);
        chunk.ensure_size(size);
        while chunk.end < size && !self.ended {
            let count = match self.input.read(&mut chunk.bytes[chunk.end..size]) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.read_error(error, &chunk.bytes[..chunk.end])),
            };
            chunk.end += count;
            self.ended = count == 0;
        }
        Ok(())
    }

    /// `pending`: bytes that were read and whose lines are not counted yet.
    fn read_error(&self, error: std::io::Error, pending: &[u8]) -> CliError {
        let complete = memchr::memchr_iter(b'\n', pending).count() as u64;
        self.input.error(error, self.count + complete)
    }

    fn long_line_error(&self) -> CliError {
        let max = LINE_BYTES_MAX / 1024 / 1024;
        CliError::LongLine { path: self.input.path.clone(), line: self.count + 1, max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn lines(bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Lines::new(Input::from_reader("test", Cursor::new(bytes.to_vec())));
        let mut chunk = Chunk::default();
        let mut numbered_lines = Vec::new();
        while lines.next_chunk(&mut chunk).unwrap() {
            let numbered = |index| (chunk.line(index).0, chunk.line(index).1.to_vec());
            numbered_lines.extend((0..chunk.lines.len()).map(numbered));
        }
        numbered_lines
    }

    #[test]
    fn lines_are_the_same_wherever_chunks_end() {
        for length in [1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let long = vec![b'x'; length];
            let file = [b"a", &long[..], b"", b"b", &long[..], b"c"].join(&b'\n');
            let texts = [b"a".to_vec(), long.clone(), vec![], b"b".to_vec(), long, b"c".to_vec()];
            let expected: Vec<_> = (1..).zip(texts).collect();
            assert!(lines(&file) == expected, "lines of {length}");
        }
    }

    #[test]
    fn values_one_after_the_other_are_a_line_each_and_what_is_no_json_stays_one() {
        let split = |text: &str| {
            let mut lines = Lines::new(Input::from_reader("test", Cursor::new(text.to_owned())));
            let mut chunk = Chunk::default();
            assert!(lines.next_chunk(&mut chunk).unwrap());
            chunk.split_values(0);
            let text = |index| String::from_utf8(chunk.line(index).1.to_vec()).unwrap();
            (0..chunk.line_count()).map(text).collect::<Vec<_>>()
        };
        let values = [r#"{"a":"}{"}"#, r#"{"b":1}"#];
        assert_eq!(split(&values.concat()), values);
        for whole in [values[0], "{\"a\":1}{\"b\":", "}{"] {
            assert_eq!(split(whole), [whole]);
        }
    }

    #[test]
    fn an_end_of_line_at_the_end_of_the_file_begins_no_line() {
        assert_eq!(lines(b"a\r\nb\n"), [(1, b"a".to_vec()), (2, b"b".to_vec())]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        assert_eq!(lines("\u{feff}a\nb".as_bytes()), [(1, b"a".to_vec()), (2, b"b".to_vec())]);
    }
}
