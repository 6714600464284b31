//! Reads an input of JSON values, one to a line.

use super::Input;
use crate::CliError;
use crate::terminal::check_interrupt;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// The longest line. DynamoDB takes 400 KB an item, which is less than 3 MB in any JSON.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The lines of an input, each a value of JSON.
pub(crate) struct JsonLines {
    input: BufReader<Input>,
    /// What a line is that is no such value: `no row of ...`.
    fault: &'static str,
    /// The last line that was read.
    line: Vec<u8>,
    /// How many lines were read.
    pub(crate) count: u64,
}

impl JsonLines {
    /// Opens an input. `fault` says in errors what a line is that cannot be used.
    pub(crate) fn open(path: &Path, fault: &'static str) -> Result<Self, CliError> {
        let input = BufReader::new(Input::open(path, &Arc::default())?);
        Ok(Self { input, fault, line: Vec::new(), count: 0 })
    }

    /// The value of the next line; none at the end of the input.
    pub(crate) fn read<T: DeserializeOwned>(&mut self) -> Result<Option<T>, CliError> {
        check_interrupt()?;
        self.line.clear();
        let read = self.input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut self.line);
        if read.map_err(CliError::read(&self.input.get_ref().path))? == 0 {
            return Ok(None);
        }
        self.count += 1;
        let value = serde_json::from_slice(self.line.trim_ascii_end());
        value.map(Some).map_err(|error| self.unusable(error))
    }

    /// The error that the last line cannot be used, and why.
    pub(crate) fn unusable(&self, why: impl Display) -> CliError {
        self.error(format_args!("is {}: {why}", self.fault))
    }

    /// An error of the last line.
    pub(crate) fn error(&self, message: impl Display) -> CliError {
        let path = &self.input.get_ref().path;
        CliError::content(path, format_args!("line {} {message}", self.count))
    }
}
