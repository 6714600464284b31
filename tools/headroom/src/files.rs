//! Files to read, plain or gzip, and files that appear only when they are whole.

use crate::CliError;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::NamedTempFile;

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
    /// Opens a file, or the standard input as `-`. Gzip is known by its first bytes, not by its
    /// name. Bytes read from the file are added to `progress`.
    pub fn open(path: &Path, progress: &Arc<AtomicU64>) -> Result<Self, CliError> {
        let source: Box<dyn Read> =
            if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(open(path)?) };
        Self::begin(path, Counted { source, bytes: Arc::clone(progress) })
    }

    /// An input from anywhere else.
    pub fn of(name: &str, source: impl Read + 'static) -> Self {
        Self { path: name.into(), gzip: false, reader: Box::new(source) }
    }

    fn begin(path: &Path, source: impl Read + 'static) -> Result<Self, CliError> {
        let mut buffered = BufReader::with_capacity(BUFFER_BYTES, source);
        let gzip = buffered.fill_buf().map_err(CliError::read(path))?.starts_with(&GZIP_MAGIC);
        let reader: Box<dyn Read> =
            if gzip { Box::new(MultiGzDecoder::new(buffered)) } else { Box::new(buffered) };
        Ok(Self { path: path.to_owned(), gzip, reader })
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reader.read(into)
    }
}

fn open(path: &Path) -> Result<File, CliError> {
    let file = File::open(path).map_err(CliError::read(path))?;
    let data = file.metadata().map_err(CliError::read(path))?;
    if data.is_dir() { Err(CliError::Folder(path.to_owned())) } else { Ok(file) }
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

/// An output: the standard output, or a file that appears under its name only when it is whole.
/// Names that end in `.gz` are written as gzip.
pub struct Output {
    path: PathBuf,
    sink: Sink,
    /// For its owner's eyes only.
    private: bool,
}

enum Sink {
    Stdout(BufWriter<io::Stdout>),
    Plain(BufWriter<NamedTempFile>),
    Gzip(Box<GzEncoder<BufWriter<NamedTempFile>>>),
}

impl Output {
    /// Begins a file with personal data in it: only its owner may read it.
    pub fn create_private(path: &Path) -> Result<Self, CliError> {
        Ok(Self { private: true, ..Self::create(Some(path))? })
    }

    /// Begins the output: a file, or the standard output for none and for `-`.
    pub fn create(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else {
            let sink = Sink::Stdout(BufWriter::with_capacity(BUFFER_BYTES, io::stdout()));
            return Ok(Self { path: "the standard output".into(), sink, private: false });
        };
        if path.is_dir() {
            return Err(CliError::Folder(path.to_owned()));
        }
        // In the same folder, so that giving it its name is one step.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(".headroom-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(CliError::write(path))?;
        let plain = BufWriter::with_capacity(BUFFER_BYTES, file);
        let sink = if path.extension().is_some_and(|end| end == "gz") {
            Sink::Gzip(Box::new(GzEncoder::new(plain, Compression::default())))
        } else {
            Sink::Plain(plain)
        };
        Ok(Self { path: path.to_owned(), sink, private: false })
    }

    /// Writes a value as a line of JSON.
    pub fn json_line(&mut self, value: &impl serde::Serialize) -> Result<(), CliError> {
        let written = serde_json::to_writer(&mut *self, value).map_err(io::Error::from);
        let done = written.and_then(|()| self.write_all(b"\n"));
        done.map_err(CliError::write(&self.path))
    }

    /// Writes a line as it is.
    pub fn line(&mut self, line: &[u8]) -> Result<(), CliError> {
        let written = self.write_all(line).and_then(|()| self.write_all(b"\n"));
        written.map_err(CliError::write(&self.path))
    }

    /// Ends the output; only now a file has its name and what is in it.
    pub fn finish(self) -> Result<(), CliError> {
        let failed = CliError::write(&self.path);
        let file = match self.sink {
            Sink::Stdout(mut stdout) => return stdout.flush().map_err(failed),
            Sink::Plain(plain) => plain.into_inner().map_err(io::Error::from),
            Sink::Gzip(gzip) => {
                gzip.finish().and_then(|plain| plain.into_inner().map_err(io::Error::from))
            }
        };
        let persist = |file: NamedTempFile| {
            if !self.private {
                readable(file.as_file())?;
            }
            file.persist(&self.path).map_err(|error| error.error)
        };
        file.and_then(persist).map(drop).map_err(failed)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Stdout(to) => to.write(bytes),
            Sink::Plain(to) => to.write(bytes),
            Sink::Gzip(to) => to.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(to) => to.flush(),
            Sink::Plain(to) => to.flush(),
            Sink::Gzip(to) => to.flush(),
        }
    }
}

/// Temporary files are for their owner only; a result is as readable as any new file.
#[cfg(unix)]
fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> io::Result<()> {
    Ok(())
}
