//! How a command ends.

use crate::watch::ViewerError;
use headroom_kpi::settings::SettingsError;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A command that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Success,
    /// Exit code 1: `--strict`, and something was refused.
    PartialFailure,
}

/// A command that could not do what it was asked. Files that it was to write are as they were
/// before.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file cannot be opened or read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A folder where a file is needed.
    #[error("{} is a folder, and a file is needed here", .0.display())]
    Folder(PathBuf),
    /// Gzip data that is damaged or ends early.
    #[error("{}: the gzip data is damaged or ends early, after {lines} whole lines; \
             copy the file again, or unpack what is there with `gzip -dc` and replay that", .path.display())]
    Gzip {
        /// The file.
        path: PathBuf,
        /// Lines that could be read.
        lines: u64,
    },
    /// A line so long that this cannot be NDJSON.
    #[error("{}: line {line} is longer than {max} MiB; are events one to a line?", .path.display())]
    LongLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The limit.
        max: usize,
    },
    /// A file cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write {
        /// The file, or the standard output.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is to be read has something else in it.
    #[error("{}: {message}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, where, and what to do.
        message: String,
    },
    /// Bad settings.
    #[error("{}: {source}", .path.display())]
    Settings {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        source: SettingsError,
    },
    /// No input, for a command.
    #[error(
        "no input: name files of events, or pipe them in, for example\n  \
             headroom {0} events.ndjson\n  zcat events.ndjson.gz | headroom {0} -"
    )]
    NoInput(&'static str),
    /// Files on the command line that do not go together.
    #[error("{0}")]
    Usage(String),
    /// The person at the terminal asked to stop.
    #[error("interrupted; files to write are as they were before")]
    Interrupted,
    /// Events cannot be put on a bus.
    #[error("cannot put events on the bus {bus}: {message}")]
    Bus {
        /// The bus.
        bus: String,
        /// Why, and what to do.
        message: String,
    },
    /// A viewer gave up.
    #[error(transparent)]
    Viewer(#[from] ViewerError),
    /// The server has no row of the budget.
    #[error(
        "there is no API budget yet: has the stack a GenesysSecretArn, and has the gap reader run?"
    )]
    NoBudget,
    /// An address at which nothing can be served.
    #[error("cannot serve at {address}: {source}; take another address, or port 0 for a free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system gives us no event loop.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// The engine gave up: a fault of ours.
    #[error("the engine gave up at line {line}: {message}; please report this")]
    Engine {
        /// The line, from 1.
        line: u64,
        /// Why.
        message: String,
    },
}

impl CliError {
    /// A failed read of `path`.
    pub fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::IsADirectory => Self::Folder(path),
            _ => Self::Read { path, source },
        }
    }

    /// A failed write of `path`.
    pub fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::IsADirectory => Self::Folder(path),
            // Without the name of the temporary file, which nobody asked for.
            kind => Self::Write { path, source: kind.into() },
        }
    }

    /// The exit code: 2 for a wrong command line, 3 for what could not be read or written.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::NoInput(_) => 2,
            Self::Viewer(error) if error.is_of_command_line() => 2,
            Self::Interrupted => 130,
            _ => 3,
        }
    }

    /// Whether the reader of our output went away (`headroom replay ... | head`): no error.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}
