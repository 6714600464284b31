//! `headroom settings check`: what is wrong with a settings file, line by line.

use super::CheckArgs;
use super::problems::find_problems;
use crate::files::Input;
use crate::parameter::Parameter;
use crate::terminal::{print, print_message};
use crate::{CliError, Outcome};
use headroom_tables::BODY_BYTES_MAX;
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Bytes of settings that fit into the stack's parameter: Lambda has 4 KB for all variables of a
/// function.
const PARAMETER_BYTES_MAX: usize = 3_000;

pub(super) fn run(args: &CheckArgs) -> Result<Outcome, CliError> {
    let Some(document) = read(&args.file)? else { return Ok(Outcome::PartialFailure) };
    let parameter = Parameter::new("Settings", &document);
    let name = args.file.display();
    if parameter.len() > PARAMETER_BYTES_MAX {
        let bytes = parameter.len();
        print_message(format_args!(
            "{name} is right. With {bytes} bytes it is too large for the stack's parameter, which has \
             room for {PARAMETER_BYTES_MAX}: use `headroom settings put`."
        ));
        return Ok(Outcome::Success);
    }
    print(&parameter.text(args.form))?;
    print_message(format_args!("{name} is right."));
    Ok(Outcome::Success)
}

/// The settings document in a file; none if it is wrong, and then each problem has been printed.
pub(super) fn read(path: &Path) -> Result<Option<Value>, CliError> {
    let text = read_text(path)?;
    let problems = find_problems(&text);
    for problem in &problems {
        print_message(format_args!("{}:{problem}", path.display()));
    }
    Ok(if problems.is_empty() { serde_json::from_str(&text).ok() } else { None })
}

fn read_text(path: &Path) -> Result<String, CliError> {
    let mut text = String::new();
    let limit = BODY_BYTES_MAX as u64 + 1;
    let read = Input::open(path, &Arc::default())?.take(limit).read_to_string(&mut text);
    read.map_err(CliError::read(path))?;
    if text.len() > BODY_BYTES_MAX {
        let message = format!("more than {BODY_BYTES_MAX} bytes, which no store has room for");
        return Err(CliError::content(path, message));
    }
    Ok(text)
}
