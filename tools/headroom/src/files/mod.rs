//! Files to read, plain or gzip, and files that appear only when they are whole.

mod input;
mod output;

pub use input::Input;
pub use output::{Finished, Output};

use crate::CliError;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The path that means the standard input or output.
pub const STANDARD: &str = "-";

/// Whether a path is `-`.
pub fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD)
}

/// The inputs of a command, all of which are there; without any, the standard input.
pub fn inputs(command: &'static str, files: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    if files.is_empty() && std::io::stdin().is_terminal() {
        return Err(CliError::NoInput(command));
    }
    let files = if files.is_empty() { vec![PathBuf::from(STANDARD)] } else { files.to_vec() };
    if files.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(CliError::Usage("the standard input can be read once".to_owned()));
    }
    files.iter().try_for_each(|path| Input::check(path))?;
    Ok(files)
}

/// A file of the command line, and what it is there for.
pub type NamedPath<'a> = (&'a str, &'a Path);

/// Refuses outputs that would overwrite each other, or what is to be read.
pub fn check_outputs(inputs: &[NamedPath<'_>], outputs: &[NamedPath<'_>]) -> Result<(), CliError> {
    for (at, (name, path)) in outputs.iter().enumerate() {
        let Some(here) = identity(path) else { continue };
        let inputs = inputs.iter().filter(|_| !is_standard(path));
        let mut others = inputs.chain(&outputs[..at]);
        if let Some((other, _)) = others.find(|(_, other)| identity(other).as_ref() == Some(&here))
        {
            let message = format!("{other} and {name} are both {}; use two", path.display());
            return Err(CliError::Usage(message));
        }
    }
    Ok(())
}

/// Where a path leads, whether or not there is a file yet; none for pipes and devices, which
/// several may write to.
fn identity(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(real) => real.is_file().then_some(real),
        Err(_) => Some(folder_of(path).canonicalize().ok()?.join(path.file_name()?)),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
