//! Outputs: files, the standard output, pipes or devices; plain or gzip.

use super::is_standard;
use crate::CliError;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const BUFFER_BYTES: usize = 256 * 1024;

/// An output: either a file that is written under a temporary name and renamed once it is complete,
/// or a stream (the standard output, a pipe, a device). A name that ends in `.gz` means gzip.
pub struct Output {
    path: PathBuf,
    sink: Sink,
    /// Buffer of [`Self::json_line`]: serialises a line before it is written in one call.
    line: Vec<u8>,
}

/// A complete output. A file has its temporary name until [`Finished::publish`].
pub struct Finished {
    path: PathBuf,
    target: Target,
}

enum Sink {
    Plain(BufWriter<Target>),
    Gzip(Box<GzEncoder<BufWriter<Target>>>),
}

enum Target {
    Stdout(io::Stdout),
    Stream(File),
    Temporary(NamedTempFile),
}

impl Output {
    /// Creates an output: a file, or the standard output for `None` and `-`.
    pub fn create(path: Option<&Path>) -> Result<Self, CliError> {
        Self::with_mode(path, 0o666)
    }

    /// Creates a file that only its owner may read, for personal data.
    pub fn create_private(path: &Path) -> Result<Self, CliError> {
        Self::with_mode(Some(path), 0o600)
    }

    /// Creates a file that has its name from the start, so that others can follow it as it grows, or
    /// the standard output for `-`.
    pub fn create_live(path: &Path) -> Result<Self, CliError> {
        if is_standard(path) {
            return Self::create(None);
        }
        let file = File::create(path).map_err(CliError::write(path))?;
        Ok(Self::new(path.to_owned(), Target::Stream(file), is_gzip(path)))
    }

    fn with_mode(path: Option<&Path>, mode: u32) -> Result<Self, CliError> {
        let Some(path) = path.filter(|path| !is_standard(path)) else {
            let stdout = Target::Stdout(io::stdout());
            return Ok(Self::new("the standard output".into(), stdout, false));
        };
        // A symbolic link is kept: the file that it points to is replaced.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let target = Target::open(&real, mode).map_err(CliError::write(path))?;
        Ok(Self::new(real, target, is_gzip(path)))
    }

    fn new(path: PathBuf, target: Target, gzip: bool) -> Self {
        let plain = BufWriter::with_capacity(BUFFER_BYTES, target);
        let sink = if gzip {
            Sink::Gzip(Box::new(GzEncoder::new(plain, Compression::default())))
        } else {
            Sink::Plain(plain)
        };
        Self { path, sink, line: Vec::new() }
    }

    /// Writes a value as a line of JSON.
    pub fn json_line(&mut self, value: &impl serde::Serialize) -> Result<(), CliError> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let json = serde_json::to_writer(&mut line, value).map_err(io::Error::from);
        let result = json.map_err(CliError::write(&self.path)).and_then(|()| self.line(&line));
        self.line = line;
        result
    }

    /// Writes the bytes of a line and a line feed.
    pub fn line(&mut self, line: &[u8]) -> Result<(), CliError> {
        let result = self.write_all(line).and_then(|()| self.write_all(b"\n"));
        result.map_err(CliError::write(&self.path))
    }

    /// Writes buffered data and syncs a file to disk. An earlier file of that name is still there.
    pub fn finish(self) -> Result<Finished, CliError> {
        let Self { path, sink, .. } = self;
        let plain = match sink {
            Sink::Plain(plain) => Ok(plain),
            Sink::Gzip(gzip) => gzip.finish(),
        };
        let inner = plain.and_then(|plain| plain.into_inner().map_err(io::Error::from));
        let mut target = inner.map_err(CliError::write(&path))?;
        target.sync().map_err(CliError::write(&path))?;
        Ok(Finished { path, target })
    }
}

impl Finished {
    /// Renames a file to its final name, atomically. Does nothing for streams.
    pub fn publish(self) -> Result<(), CliError> {
        let Target::Temporary(file) = self.target else { return Ok(()) };
        let to_error = CliError::write(&self.path);
        file.persist(&self.path).map(drop).map_err(|error| to_error(error.error))
    }
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

/// The folder that a file is in.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

impl Target {
    fn open(path: &Path, mode: u32) -> io::Result<Self> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(metadata) if !metadata.is_file() => {
                OpenOptions::new().write(true).open(path).map(Self::Stream)
            }
            // In the same folder: a rename within a file system is atomic.
            _ => hidden(mode).tempfile_in(parent(path)).map(Self::Temporary),
        }
    }

    /// Flushes a stream; syncs a file to disk.
    fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(target) => target.flush(),
            Self::Stream(target) => target.flush(),
            Self::Temporary(target) => target.as_file().sync_all(),
        }
    }
}

#[cfg(unix)]
fn hidden(mode: u32) -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".headroom-").permissions(std::fs::Permissions::from_mode(mode));
    builder
}

#[cfg(not(unix))]
fn hidden(_: u32) -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".headroom-");
    builder
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(target) => target.write(bytes),
            Self::Stream(target) => target.write(bytes),
            Self::Temporary(target) => target.as_file_mut().write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Plain(sink) => sink.write(bytes),
            Sink::Gzip(sink) => sink.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Plain(sink) => sink.flush(),
            Sink::Gzip(sink) => sink.flush(),
        }
    }
}
