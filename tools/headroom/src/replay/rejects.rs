//! Refused lines, kept whole.

use crate::CliError;
use crate::files::{Finished, Output};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::borrow::Cow;

/// A line of the rejects file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reject<'a> {
    line: u64,
    code: &'static str,
    message: &'a str,
    event: Cow<'a, str>,
    /// The exact bytes, where they are no UTF-8 and `event` cannot show them.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_base64: Option<String>,
    /// Which input, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
}

/// Where refused lines go.
pub struct Rejects(Option<Output>);

impl Rejects {
    /// To this output, or nowhere.
    pub fn new(output: Option<Output>) -> Self {
        Self(output)
    }

    /// Keeps a line; `file` tells several inputs apart.
    pub fn keep(
        &mut self,
        file: Option<&str>,
        (line, bytes): (u64, &[u8]),
        (code, message): (&'static str, &str),
    ) -> Result<(), CliError> {
        let Some(output) = &mut self.0 else { return Ok(()) };
        let event = String::from_utf8_lossy(bytes);
        let exact = matches!(event, Cow::Borrowed(_));
        output.json_line(&Reject {
            line,
            code,
            message,
            event,
            event_base64: (!exact).then(|| STANDARD.encode(bytes)),
            file,
        })
    }

    /// Ends the file, which has still to be given its name.
    pub fn finish(self) -> Result<Option<Finished>, CliError> {
        self.0.map(Output::finish).transpose()
    }
}
