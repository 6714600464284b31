//! How a command ends: an outcome, or an error with its exit code.

use crate::viewer::ViewerError;
use headroom_engine::StoreError;
use headroom_kpi::settings::SettingsError;
use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0.
    Success,
    /// Exit code 1: some lines were refused, with `--strict`; a comparison or an audit has differences;
    /// settings are wrong.
    PartialFailure,
}

/// Why a command failed. Its output files are unchanged.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum CliError {
    /// An input cannot be opened or read.
    #[error("cannot read {}: {source}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The path of a folder was given where a file is needed.
    #[error("{} is a folder, and a file is needed here", .0.display())]
    Folder(PathBuf),
    /// A gzip input is damaged or truncated.
    #[error("{}: the gzip data is damaged or ends early, after {lines} whole lines; \
             copy the file again, or unpack what is there with `gzip -dc` and replay that", .path.display())]
    Gzip { path: PathBuf, lines: u64 },
    /// A line exceeds the length limit: the input is most likely not NDJSON.
    #[error("{}: line {line} is longer than {max} MiB; are events one to a line?", .path.display())]
    LongLine { path: PathBuf, line: u64, max: usize },
    /// An output cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    /// An input does not have the expected content.
    #[error("{}: {message}", .path.display())]
    Content { path: PathBuf, message: String },
    /// The settings file is not valid.
    #[error("{}: {source}", .path.display())]
    Settings { path: PathBuf, source: SettingsError },
    /// No input was given, and standard input is a terminal. The value is the command's name.
    #[error(
        "no input: name files of events, or pipe them in, for example\n  \
             headroom {0} events.ndjson\n  zcat events.ndjson.gz | headroom {0} -"
    )]
    NoInput(&'static str),
    /// No event of the files is about the conversation.
    #[error(
        "none of the {lines} lines is about conversation {id} ({refused} lines were refused); is the \
         id spelled as in the events, and is its day among the files?"
    )]
    NoConversation { id: String, lines: u64, refused: u64 },
    /// Rows and results have no value in common that is not 0.
    #[error(
        "nothing to compare: neither the rows nor the answers have a value in the answers' intervals \
         and metrics; are they of the same day and organisation?"
    )]
    NothingToCompare,
    /// The arguments contradict each other.
    #[error("{0}")]
    Usage(String),
    /// The user interrupted the command (Ctrl-C or SIGTERM).
    #[error("interrupted; output files are unchanged")]
    Interrupted,
    /// EventBridge does not take events for this bus.
    #[error("cannot put events on the bus {bus}: {message}")]
    Bus { bus: String, message: String },
    /// The connection to the WebSocket API failed for good.
    #[error(transparent)]
    Viewer(#[from] ViewerError),
    /// The ledger table refuses a request, or what is there cannot be used.
    #[error("cannot use the ledger table {table}: {source}")]
    Store { table: String, source: StoreError },
    /// A table of entities or rows refuses a request, or what is there cannot be used.
    #[error("cannot use the table {table}: {source}")]
    Table { table: String, source: StoreError },
    /// A key is never overwritten: no token that it signed would be taken any more.
    #[error(
        "{} is there already; print its public key with `headroom token jwks`, or name another file",
        .0.display()
    )]
    KeyExists(PathBuf),
    /// The file holds no key that tokens can be signed with. No message quotes a key.
    #[error(
        "{} is no private key on P-256 (PEM); make one with `headroom token key`", .0.display()
    )]
    NotAKey(PathBuf),
    /// The library refuses the key or the claims. This is a bug.
    #[error("cannot sign: {0}; please report this")]
    Signing(#[from] jsonwebtoken::errors::Error),
    /// The library cannot write the key. This is a bug.
    #[error("cannot encode the key: {0}; please report this")]
    KeyEncoding(#[from] p256::pkcs8::Error),
    /// The server has no row `api#budget`.
    #[error(
        "there is no API budget yet: has the stack a GenesysSecretArn, and has the gap reader run?"
    )]
    NoBudget,
    /// The stand-in Platform API cannot listen at this address.
    #[error("cannot serve at {address}: {source}; take another address, or port 0 for a free one")]
    Listen { address: SocketAddr, source: io::Error },
    /// There is no program `duckdb`.
    #[error(
        "there is no program duckdb on the PATH, which runs the query; get it with\n  \
             pip install duckdb-cli\nor from duckdb.org (version 1.5 or later)"
    )]
    NoDuckdb,
    /// The program `duckdb` failed.
    #[error("duckdb: {0}")]
    Duckdb(String),
    /// The operating system refuses a thread or an event loop.
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    /// The engine failed to apply a line. This is a bug.
    #[error("the engine gave up at line {line}: {message}; please report this")]
    Engine { line: u64, message: String },
}

impl CliError {
    /// An input does not have the expected content.
    pub(crate) fn content(path: &Path, message: impl Display) -> Self {
        Self::Content { path: path.to_owned(), message: message.to_string() }
    }

    /// Converts an error of reading `path`.
    pub fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::IsADirectory => Self::Folder(path),
            _ => Self::Read { path, source },
        }
    }

    /// Converts an error of writing `path`.
    pub fn write(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::IsADirectory => Self::Folder(path),
            // The kind alone: the full error names the temporary file, which the user does not know.
            kind => Self::Write { path, source: kind.into() },
        }
    }

    /// The exit code: 2 for a wrong command line, 130 for an interrupt, 3 for all other errors.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::NoInput(_) => 2,
            Self::Viewer(error) if error.is_usage_error() => 2,
            Self::Interrupted => 130,
            _ => 3,
        }
    }

    /// Whether the reader of a pipe closed it (`headroom replay ... | head`). Not a failure.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }
}
