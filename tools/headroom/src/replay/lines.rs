//! Lines of the inputs, a batch at a time, in one reused block of memory.

use crate::CliError;
use crate::files::Input;
use std::io::Read;
use std::ops::Range;

/// What is read at once.
const READ_BYTES: usize = 1024 * 1024;
/// A batch ends early at this size, so that memory does not depend on the length of lines.
const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A longer line is no event, and most likely the input is no NDJSON at all.
const LINE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Reads batches of lines.
pub struct Lines {
    input: Input,
    block: Vec<u8>,
    /// Where the bytes that are not given out yet begin, and where the filled ones end.
    start: usize,
    end: usize,
    ended: bool,
    ranges: Vec<Range<usize>>,
    /// Lines given out before the current batch.
    before: u64,
}

/// Some lines of an input.
pub struct Batch<'a> {
    block: &'a [u8],
    lines: &'a [Range<usize>],
    first: u64,
}

impl Batch<'_> {
    /// The lines without their ends, each with its number from 1.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let numbers = self.first + 1..;
        numbers.zip(self.lines.iter().map(|range| &self.block[range.clone()]))
    }

    /// The number and the bytes of the line at a place in the batch.
    pub fn line(&self, place: usize) -> (u64, &[u8]) {
        (self.first + 1 + place as u64, &self.block[self.lines[place].clone()])
    }
}

impl Lines {
    /// Starts at the beginning of an input.
    pub fn new(input: Input) -> Self {
        let (block, ranges) = (Vec::new(), Vec::new());
        Self { input, block, start: 0, end: 0, ended: false, ranges, before: 0 }
    }

    /// Lines given out so far.
    pub fn count(&self) -> u64 {
        self.before + self.ranges.len() as u64
    }

    /// The next lines, at most `count`; none at the end.
    pub fn next_batch(&mut self, count: usize) -> Result<Option<Batch<'_>>, CliError> {
        self.before = self.count();
        self.ranges.clear();
        self.block.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.take_lines(0, count);
        while self.ranges.len() < count && !self.ended && self.start < BATCH_BYTES_MAX {
            let searched = self.end;
            self.fill()?;
            self.take_lines(searched, count);
            if self.end - self.start > LINE_BYTES_MAX {
                return Err(self.too_long());
            }
        }
        if self.ended && self.ranges.len() < count && self.start < self.end {
            self.ranges.push(self.start..self.end);
            self.start = self.end;
        }
        let batch = Batch { block: &self.block, lines: &self.ranges, first: self.before };
        Ok((!self.ranges.is_empty()).then_some(batch))
    }

    fn fill(&mut self) -> Result<(), CliError> {
        if self.block.len() < self.end + READ_BYTES {
            self.block.resize((self.end + READ_BYTES).max(self.block.len() * 2), 0);
        }
        let count = self.input.read(&mut self.block[self.end..]);
        let count = count.map_err(|error| self.unreadable(error))?;
        self.end += count;
        self.ended = count == 0;
        Ok(())
    }

    /// Takes the whole lines whose ends lie from `searched` on.
    fn take_lines(&mut self, searched: usize, count: usize) {
        for end in memchr::memchr_iter(b'\n', &self.block[searched..self.end]) {
            if self.ranges.len() == count {
                return;
            }
            let end = searched + end;
            let line = &self.block[self.start..end];
            let length = line.strip_suffix(b"\r").unwrap_or(line).len();
            self.ranges.push(self.start..self.start + length);
            self.start = end + 1;
        }
    }

    fn unreadable(&self, error: std::io::Error) -> CliError {
        let path = self.input.path.clone();
        if self.input.gzip {
            return CliError::Gzip { path, lines: self.count() };
        }
        CliError::read(&path)(error)
    }

    fn too_long(&self) -> CliError {
        let max = LINE_BYTES_MAX / 1024 / 1024;
        CliError::LongLine { path: self.input.path.clone(), line: self.count() + 1, max }
    }
}
