//! Reads the lines of the inputs on a thread of its own, since reading blocks, and hands each on as
//! soon as it is there.

use super::entry;
use crate::CliError;
use crate::files::Input;
use crate::replay::Progress;
use headroom_aws::events::Event;
use headroom_genesys::Refusal;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Lines read ahead: enough for some requests, and at most some dozens of megabytes.
const READ_AHEAD_MAX: usize = 200;
/// A longer line is no event, and most likely the input is no NDJSON at all.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// A line of an input.
pub(super) struct Line {
    /// Its number in the input, from 1.
    pub(super) number: u64,
    /// Its input, if there are several.
    pub(super) file: Option<Arc<str>>,
    pub(super) bytes: Vec<u8>,
}

/// A line with its event, or why EventBridge could not accept it.
pub(super) type ParsedLine = (Line, Result<Event, Refusal>);

/// Starts to read the inputs, one after the other. Ends when the receiver is dropped.
pub(super) fn read(
    files: Vec<PathBuf>,
    progress: Progress,
) -> Receiver<Result<ParsedLine, CliError>> {
    let (sender, receiver) = channel(READ_AHEAD_MAX);
    std::thread::spawn(move || {
        let several = files.len() > 1;
        let read = files.iter().try_for_each(|path| {
            let name = several.then(|| Arc::from(path.display().to_string()));
            read_file(progress.open(path)?, name.as_ref(), &sender)
        });
        if let Err(error) = read {
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

/// Reads one input.
fn read_file(
    input: Input,
    name: Option<&Arc<str>>,
    sender: &Sender<Result<ParsedLine, CliError>>,
) -> Result<(), CliError> {
    let mut input = BufReader::new(input);
    for number in 1.. {
        let Some(bytes) = next_line(&mut input, number)? else { break };
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let event = entry::read(&bytes);
        let line = Line { number, file: name.cloned(), bytes };
        // The receiver is dropped when the command ends early.
        sender.blocking_send(Ok((line, event))).map_err(|_| CliError::Interrupted)?;
    }
    Ok(())
}

/// The next line without its end; none at the end of the input.
fn next_line(input: &mut BufReader<Input>, number: u64) -> Result<Option<Vec<u8>>, CliError> {
    let mut bytes = Vec::new();
    let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
    let read = read.map_err(|error| input.get_ref().error(error, number - 1))?;
    if read as u64 == LINE_BYTES_MAX && bytes.last() != Some(&b'\n') {
        let max = (LINE_BYTES_MAX / 1024 / 1024) as usize;
        return Err(CliError::LongLine { path: input.get_ref().path.clone(), line: number, max });
    }
    bytes.truncate(bytes.trim_ascii_end().len());
    Ok((read > 0).then_some(bytes))
}
