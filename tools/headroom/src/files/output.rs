//! Files to write.

use super::{folder_of, is_standard};
use crate::CliError;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const BUFFER_BYTES: usize = 256 * 1024;

/// An output: a file that appears under its name only when it is whole, or a stream: the standard
/// output, a pipe, a device. Names that end in `.gz` are written as gzip.
pub struct Output {
    path: PathBuf,
    sink: Sink,
    /// A line on its way: written in one piece, not in as many as JSON has.
    line: Vec<u8>,
}

/// An output with everything written, which has still to be given its name.
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
    Whole(NamedTempFile),
}

impl Output {
    /// Begins the output: a file, or the standard output for none and for `-`.
    pub fn create(path: Option<&Path>) -> Result<Self, CliError> {
        Self::with_mode(path, 0o666)
    }

    /// Begins a file with personal data in it: only its owner may read it.
    pub fn create_private(path: &Path) -> Result<Self, CliError> {
        Self::with_mode(Some(path), 0o600)
    }

    /// Begins a file that is there from its first line on, or the standard output for `-`.
    pub fn create_live(path: &Path) -> Result<Self, CliError> {
        if is_standard(path) {
            return Self::create(None);
        }
        let file = File::create(path).map_err(CliError::write(path))?;
        Ok(Self::around(path, path.to_owned(), Target::Stream(file)))
    }

    fn with_mode(path: Option<&Path>, mode: u32) -> Result<Self, CliError> {
        let Some(path) = path.filter(|path| !is_standard(path)) else {
            let sink = plain(Target::Stdout(io::stdout()));
            return Ok(Self { path: "the standard output".into(), sink, line: Vec::new() });
        };
        // A link stays one: what it leads to is replaced.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let target = Target::open(&real, mode).map_err(CliError::write(path))?;
        Ok(Self::around(path, real, target))
    }

    fn around(path: &Path, real: PathBuf, target: Target) -> Self {
        let sink = if path.extension().is_some_and(|end| end == "gz") {
            let plain = BufWriter::with_capacity(BUFFER_BYTES, target);
            Sink::Gzip(Box::new(GzEncoder::new(plain, Compression::default())))
        } else {
            plain(target)
        };
        Self { path: real, sink, line: Vec::new() }
    }

    /// Writes a value as a line of JSON.
    pub fn json_line(&mut self, value: &impl serde::Serialize) -> Result<(), CliError> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let json = serde_json::to_writer(&mut line, value).map_err(io::Error::from);
        let written = json.map_err(CliError::write(&self.path)).and_then(|()| self.line(&line));
        self.line = line;
        written
    }

    /// Writes a line as it is.
    pub fn line(&mut self, line: &[u8]) -> Result<(), CliError> {
        let written = self.write_all(line).and_then(|()| self.write_all(b"\n"));
        written.map_err(CliError::write(&self.path))
    }

    /// Writes what is left. A file still has its old content under its name.
    pub fn finish(self) -> Result<Finished, CliError> {
        let Self { path, sink, .. } = self;
        let plain = match sink {
            Sink::Plain(plain) => Ok(plain),
            Sink::Gzip(gzip) => gzip.finish(),
        };
        let whole = plain.and_then(|plain| plain.into_inner().map_err(io::Error::from));
        let mut target = whole.map_err(CliError::write(&path))?;
        target.settle().map_err(CliError::write(&path))?;
        Ok(Finished { path, target })
    }
}

impl Finished {
    /// Gives a file its name, in one step.
    pub fn publish(self) -> Result<(), CliError> {
        let Target::Whole(file) = self.target else { return Ok(()) };
        let failed = CliError::write(&self.path);
        file.persist(&self.path).map(drop).map_err(|error| failed(error.error))
    }
}

fn plain(target: Target) -> Sink {
    Sink::Plain(BufWriter::with_capacity(BUFFER_BYTES, target))
}

impl Target {
    fn open(path: &Path, mode: u32) -> io::Result<Self> {
        match std::fs::metadata(path) {
            Ok(data) if data.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(data) if !data.is_file() => {
                OpenOptions::new().write(true).open(path).map(Self::Stream)
            }
            // In the same folder, so that giving it its name is one step.
            _ => hidden(mode).tempfile_in(folder_of(path)).map(Self::Whole),
        }
    }

    /// Nothing of it is in our hands or the system's any more.
    fn settle(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(to) => to.flush(),
            Self::Stream(to) => to.flush(),
            Self::Whole(to) => to.as_file().sync_all(),
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
            Self::Stdout(to) => to.write(bytes),
            Self::Stream(to) => to.write(bytes),
            Self::Whole(to) => to.as_file_mut().write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Plain(to) => to.write(bytes),
            Sink::Gzip(to) => to.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Plain(to) => to.flush(),
            Sink::Gzip(to) => to.flush(),
        }
    }
}
