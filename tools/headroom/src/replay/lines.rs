//! Lines of the inputs, a chunk at a time.

use crate::CliError;
use crate::files::Input;
use std::io::{ErrorKind, Read};
use std::ops::Range;

/// What is read at once: small enough that it is still in the processor's cache when it is parsed.
const CHUNK_BYTES: usize = 256 * 1024;
/// A chunk that a long line has made larger is not filled again: its memory is given back.
const KEPT_BYTES_MAX: usize = 4 * CHUNK_BYTES;
/// A longer line is no event, and most likely the input is no NDJSON at all.
const LINE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// What some editors begin a file with.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads an input by chunks of whole lines.
pub(super) struct Lines {
    input: Input,
    /// The beginning of a line whose end is not read yet.
    carry: Vec<u8>,
    ended: bool,
    /// Lines given out so far.
    count: u64,
}

/// Some whole lines. Its memory is used again for others.
#[derive(Default)]
pub(super) struct Chunk {
    /// Filled up to `end`; what is behind it was needed once, and will be again.
    bytes: Vec<u8>,
    end: usize,
    lines: Vec<Range<usize>>,
    /// Lines before it.
    before: u64,
}

impl Chunk {
    /// The lines without their ends.
    pub(super) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().map(|range| &self.bytes[range.clone()])
    }

    /// The number, from 1, and the bytes of the line at a place.
    pub(super) fn line(&self, place: usize) -> (u64, &[u8]) {
        (self.before + 1 + place as u64, &self.bytes[self.lines[place].clone()])
    }

    /// How much memory it takes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    fn make_room(&mut self, until: usize) {
        if self.bytes.len() < until {
            self.bytes.resize(until, 0);
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        let end = self.end + bytes.len();
        self.make_room(end);
        self.bytes[self.end..end].copy_from_slice(bytes);
        self.end = end;
    }

    /// Takes all whole lines; says where what is left begins.
    fn take_lines(&mut self) -> usize {
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
    /// Starts at the beginning of an input.
    pub(super) fn new(input: Input) -> Self {
        Self { input, carry: Vec::new(), ended: false, count: 0 }
    }

    /// Fills a chunk with the next lines; false at the end.
    pub(super) fn next_chunk(&mut self, chunk: &mut Chunk) -> Result<bool, CliError> {
        chunk.before = self.count;
        if chunk.size() > KEPT_BYTES_MAX {
            *chunk = Chunk { before: self.count, ..Chunk::default() };
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
            let rest = chunk.take_lines();
            if !chunk.lines.is_empty() {
                self.carry.extend_from_slice(&chunk.bytes[rest..chunk.end]);
            }
        }
        self.count += chunk.lines.len() as u64;
        Ok(!chunk.lines.is_empty())
    }

    /// Reads on, until there is as much again or the input ends.
    fn read(&mut self, chunk: &mut Chunk) -> Result<(), CliError> {
        if chunk.end > LINE_BYTES_MAX {
            return Err(self.too_long());
        }
        // What is there counts double: a long line is not searched again for every chunk of it.
        let until = chunk.end + CHUNK_BYTES.max(chunk.end);
        chunk.make_room(until);
        while chunk.end < until && !self.ended {
            let count = match self.input.read(&mut chunk.bytes[chunk.end..until]) {
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.unreadable(error, &chunk.bytes[..chunk.end])),
            };
            chunk.end += count;
            self.ended = count == 0;
        }
        Ok(())
    }

    fn unreadable(&self, error: std::io::Error, unread: &[u8]) -> CliError {
        let path = self.input.path.clone();
        if self.input.gzip {
            let whole = memchr::memchr_iter(b'\n', unread).count() as u64;
            return CliError::Gzip { path, lines: self.count + whole };
        }
        CliError::read(&path)(error)
    }

    fn too_long(&self) -> CliError {
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
        let (mut chunk, mut all) = (Chunk::default(), Vec::new());
        while lines.next_chunk(&mut chunk).unwrap() {
            let numbered = |place| (chunk.line(place).0, chunk.line(place).1.to_vec());
            all.extend((0..chunk.lines.len()).map(numbered));
        }
        all
    }

    #[test]
    fn lines_are_the_same_wherever_chunks_end() {
        for length in [1, 100, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let long = vec![b'x'; length];
            let file = [b"a", &long[..], b"", b"b", &long[..], b"c"].join(&b'\n');
            let found = lines(&file);
            let wanted = [b"a".to_vec(), long.clone(), vec![], b"b".to_vec(), long, b"c".to_vec()];
            let wanted: Vec<_> = (1..).zip(wanted).collect();
            assert!(found == wanted, "lines of {length}");
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
