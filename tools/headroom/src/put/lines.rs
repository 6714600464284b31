//! Lines of the inputs, each as soon as it is there: from a thread, since reading blocks.

use super::Entry;
use crate::CliError;
use crate::files::Input;
use headroom_genesys::Refusal;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Lines that wait to be put: enough for some requests, and at most some dozens of megabytes.
const WAITING_MAX: usize = 200;
/// A longer line is no event, and most likely the input is no NDJSON at all.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A line, and what it is.
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// Which input, where there are several.
    pub(super) file: Option<Arc<str>>,
    pub(super) bytes: Vec<u8>,
    pub(super) entry: Result<Entry, Refusal>,
}

/// Begins to read the inputs, one after the other.
pub(super) fn read(files: Vec<PathBuf>, bytes: Arc<AtomicU64>) -> Receiver<Result<Line, CliError>> {
    let (sender, receiver) = channel(WAITING_MAX);
    std::thread::spawn(move || {
        let several = files.len() > 1;
        for path in files {
            let name = several.then(|| Arc::from(path.display().to_string()));
            match read_file(&path, name.as_ref(), &bytes, &sender) {
                Ok(Wanted::More) => {}
                Ok(Wanted::NoMore) => return,
                Err(error) => return drop(sender.blocking_send(Err(error))),
            }
        }
    });
    receiver
}

/// Whether anybody still listens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    More,
    NoMore,
}

fn read_file(
    path: &Path,
    name: Option<&Arc<str>>,
    progress: &Arc<AtomicU64>,
    sender: &Sender<Result<Line, CliError>>,
) -> Result<Wanted, CliError> {
    let mut input = BufReader::new(Input::open(path, progress)?);
    for number in 1.. {
        let Some(bytes) = next_line(&mut input, path, number)? else { break };
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let entry = Entry::read(&bytes);
        let line = Line { number, file: name.cloned(), bytes, entry };
        if sender.blocking_send(Ok(line)).is_err() {
            return Ok(Wanted::NoMore);
        }
    }
    Ok(Wanted::More)
}

/// The next line without its end; none at the end of the input.
fn next_line(
    input: &mut BufReader<Input>,
    path: &Path,
    number: u64,
) -> Result<Option<Vec<u8>>, CliError> {
    let gzip = input.get_ref().gzip;
    let mut bytes = Vec::new();
    let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
    let read = read.map_err(|error| {
        let lines = number - 1;
        if gzip {
            CliError::Gzip { path: path.to_owned(), lines }
        } else {
            CliError::read(path)(error)
        }
    })?;
    if read as u64 == LINE_BYTES_MAX && bytes.last() != Some(&b'\n') {
        let max = (LINE_BYTES_MAX / 1024 / 1024) as usize;
        return Err(CliError::LongLine { path: path.to_owned(), line: number, max });
    }
    let end = bytes.trim_ascii_end().len();
    bytes.truncate(end);
    Ok((read > 0).then_some(bytes))
}
