//! Files to read.

use super::is_standard;
use crate::CliError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const BUFFER_BYTES: usize = 256 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// An opened input.
pub struct Input {
    /// Its path, `-` for the standard input.
    pub path: PathBuf,
    /// Whether it is gzip.
    pub gzip: bool,
    reader: Box<dyn Read>,
}

impl Input {
    /// Whether a path can be opened: said of all files before the first one is read.
    pub fn check(path: &Path) -> Result<(), CliError> {
        if is_standard(path) {
            return Ok(());
        }
        let data = std::fs::metadata(path).map_err(CliError::read(path))?;
        if data.is_dir() { Err(CliError::Folder(path.to_owned())) } else { Ok(()) }
    }

    /// Opens a file, or the standard input as `-`. Gzip is known by its first bytes, not by its
    /// name. Bytes read from the file are added to `progress`.
    pub fn open(path: &Path, progress: &Arc<AtomicU64>) -> Result<Self, CliError> {
        Self::check(path)?;
        let source: Box<dyn Read> = if is_standard(path) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(CliError::read(path))?)
        };
        let mut source = Counted { source, bytes: Arc::clone(progress) };
        // A pipe may give its bytes one by one.
        let mut first = Vec::new();
        let read = source.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut first);
        read.map_err(CliError::read(path))?;
        let gzip = first == GZIP_MAGIC;
        let whole = Cursor::new(first).chain(source);
        let reader: Box<dyn Read> = if gzip {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, whole)))
        } else {
            Box::new(whole)
        };
        Ok(Self { path: path.to_owned(), gzip, reader })
    }

    /// An input from anywhere else.
    pub fn of(name: &str, source: impl Read + 'static) -> Self {
        Self { path: name.into(), gzip: false, reader: Box::new(source) }
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reader.read(into)
    }
}

/// Counts the bytes that pass.
struct Counted<R> {
    source: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
