//! Outputs: files, the standard output, pipes or devices; plain or gzip.

use super::is_standard;
use crate::CliError;
use crate::terminal::json_line;
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
    temporary: Option<NamedTempFile>,
}

/// A complete output. A file has its temporary name until [`Finished::publish`].
pub struct Finished {
    path: PathBuf,
    temporary: Option<NamedTempFile>,
}

type Plain = BufWriter<Box<dyn Write>>;

enum Sink {
    Plain(Plain),
    Gzip(Box<GzEncoder<Plain>>),
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
        Ok(Self::new(path, Box::new(file), None, is_gzip(path)))
    }

    fn with_mode(path: Option<&Path>, mode: u32) -> Result<Self, CliError> {
        let Some(path) = path.filter(|path| !is_standard(path)) else {
            let path = Path::new("the standard output");
            return Ok(Self::new(path, Box::new(io::stdout()), None, false));
        };
        // A symbolic link is kept: the file that it points to is replaced.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (target, temporary) = open(&real, mode).map_err(CliError::write(path))?;
        Ok(Self::new(&real, Box::new(target), temporary, is_gzip(path)))
    }

    fn new(
        path: &Path,
        target: Box<dyn Write>,
        temporary: Option<NamedTempFile>,
        gzip: bool,
    ) -> Self {
        let plain = BufWriter::with_capacity(BUFFER_BYTES, target);
        let sink = if gzip {
            Sink::Gzip(Box::new(GzEncoder::new(plain, Compression::default())))
        } else {
            Sink::Plain(plain)
        };
        Self { path: path.to_owned(), sink, temporary }
    }

    /// Writes a value as a line of JSON.
    pub fn json_line(&mut self, value: &impl serde::Serialize) -> Result<(), CliError> {
        self.lines(Ok(json_line(value)?.into_bytes()))
    }

    /// Writes complete lines of JSON.
    pub(crate) fn lines(&mut self, lines: serde_json::Result<Vec<u8>>) -> Result<(), CliError> {
        let lines = lines.map_err(io::Error::from);
        let result = lines.and_then(|lines| self.write_all(&lines));
        result.map_err(CliError::write(&self.path))
    }

    /// Writes the bytes of a line and a line feed.
    pub fn line(&mut self, line: &[u8]) -> Result<(), CliError> {
        let result = self.write_all(line).and_then(|()| self.write_all(b"\n"));
        result.map_err(CliError::write(&self.path))
    }

    /// Writes buffered data and syncs a file to disk. An earlier file of that name is still there.
    pub fn finish(self) -> Result<Finished, CliError> {
        let Self { path, sink, temporary } = self;
        let plain = match sink {
            Sink::Plain(plain) => Ok(plain),
            Sink::Gzip(gzip) => gzip.finish(),
        };
        let flushed = plain.and_then(|mut plain| plain.flush());
        flushed
            .and_then(|()| temporary.as_ref().map_or(Ok(()), |file| file.as_file().sync_all()))
            .map_err(CliError::write(&path))?;
        Ok(Finished { path, temporary })
    }
}

impl Finished {
    /// Renames a file to its final name, atomically. Does nothing for streams.
    pub fn publish(self) -> Result<(), CliError> {
        let Some(file) = self.temporary else { return Ok(()) };
        let to_error = CliError::write(&self.path);
        file.persist(&self.path).map(drop).map_err(|error| to_error(error.error))
    }
}

fn is_gzip(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "gz")
}

/// The folder that a file is in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What makes files and folders that get their name once they are complete.
pub(crate) fn hidden() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".headroom-");
    builder
}

/// Opens a pipe or device, or a temporary file in the place of a file. Its mode is for Unix alone.
#[cfg_attr(not(unix), allow(unused))]
fn open(path: &Path, mode: u32) -> io::Result<(File, Option<NamedTempFile>)> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() => {
            Ok((OpenOptions::new().write(true).open(path)?, None))
        }
        // In the same folder: a rename within a file system is atomic.
        _ => {
            let mut builder = hidden();
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
            let file = builder.tempfile_in(parent(path))?;
            Ok((file.as_file().try_clone()?, Some(file)))
        }
    }
}

impl Sink {
    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Plain(writer) => writer,
            Self::Gzip(writer) => writer,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.writer().write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.sink.writer().flush()
    }
}
