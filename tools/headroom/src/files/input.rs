//! Inputs: files, the standard input, or memory; plain or gzip.

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

/// An open input. Reading gives its uncompressed bytes.
pub struct Input {
    /// Its path; `-` for the standard input.
    pub(crate) path: PathBuf,
    /// Whether it is compressed with gzip.
    gzip: bool,
    reader: Box<dyn Read + Send>,
}

impl Input {
    /// Fails if there is no file at `path`, without opening it.
    pub fn check(path: &Path) -> Result<(), CliError> {
        if is_standard(path) {
            return Ok(());
        }
        let metadata = std::fs::metadata(path).map_err(CliError::read(path))?;
        if metadata.is_dir() { Err(CliError::Folder(path.to_owned())) } else { Ok(()) }
    }

    /// Opens a file, or the standard input for `-`. Gzip is recognised by its first two bytes, not
    /// by the file's name. `progress` is increased by the number of (compressed) bytes read.
    pub fn open(path: &Path, progress: &Arc<AtomicU64>) -> Result<Self, CliError> {
        Self::check(path)?;
        let source: Box<dyn Read + Send> = if is_standard(path) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).map_err(CliError::read(path))?)
        };
        let mut source = CountingReader { source, bytes: Arc::clone(progress) };
        // `read_to_end` of two bytes, since a pipe may return fewer bytes than were requested.
        let mut magic = Vec::new();
        let result = source.by_ref().take(GZIP_MAGIC.len() as u64).read_to_end(&mut magic);
        result.map_err(CliError::read(path))?;
        let gzip = magic == GZIP_MAGIC;
        let bytes = Cursor::new(magic).chain(source);
        let reader: Box<dyn Read + Send> = if gzip {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, bytes)))
        } else {
            Box::new(bytes)
        };
        Ok(Self { path: path.to_owned(), gzip, reader })
    }

    /// Wraps any uncompressed reader. `name` appears in error messages.
    pub fn from_reader(name: &str, source: impl Read + Send + 'static) -> Self {
        Self { path: name.into(), gzip: false, reader: Box::new(source) }
    }

    /// Converts an error of reading it after so many whole lines.
    pub(crate) fn error(&self, error: io::Error, lines: u64) -> CliError {
        if self.gzip {
            return CliError::Gzip { path: self.path.clone(), lines };
        }
        CliError::read(&self.path)(error)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// Adds the number of bytes read to a counter.
struct CountingReader<R> {
    source: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
