//! Inputs, plain or gzip, and outputs that appear under their names only when they are complete.

mod input;
mod lines;
mod output;

pub use input::Input;
pub use output::{Finished, Output};

pub(crate) use lines::JsonLines;
pub(crate) use output::{hidden, parent};

use crate::CliError;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The path that means the standard input or output.
pub const STANDARD: &str = "-";

/// Whether a path is `-`.
pub fn is_standard(path: &Path) -> bool {
    path == Path::new(STANDARD)
}

/// The input paths of a command: `files`, or the standard input if there are none. All of them
/// exist. Fails if there are none and the standard input is a terminal.
pub fn inputs(command: &'static str, files: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    if files.is_empty() && std::io::stdin().is_terminal() {
        return Err(CliError::NoInput(command));
    }
    let paths = if files.is_empty() { vec![PathBuf::from(STANDARD)] } else { files.to_vec() };
    if paths.iter().filter(|path| is_standard(path)).count() > 1 {
        return Err(CliError::Usage("the standard input can be read once".to_owned()));
    }
    paths.iter().try_for_each(|path| Input::check(path))?;
    Ok(paths)
}

/// A path, and the argument that it comes from, such as `--out`.
pub type PathArgument<'a> = (&'a str, &'a Path);

/// Fails if an output would overwrite an input or another output.
pub fn check_outputs(
    inputs: &[PathArgument<'_>],
    outputs: &[PathArgument<'_>],
) -> Result<(), CliError> {
    for (index, (name, path)) in outputs.iter().enumerate() {
        let Some(file) = identity(path) else { continue };
        // `-` is the standard output here, and the standard input among the inputs.
        let inputs = inputs.iter().filter(|_| !is_standard(path));
        for (other, other_path) in inputs.chain(&outputs[..index]) {
            if identity(other_path).as_ref() == Some(&file) {
                let message = format!("{other} and {name} are both {}; use two", path.display());
                return Err(CliError::Usage(message));
            }
        }
    }
    Ok(())
}

/// The real path of a file, whether or not it exists yet. None for pipes and devices: several
/// outputs may share one.
fn identity(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(real) => real.is_file().then_some(real),
        Err(_) => Some(parent(path).canonicalize().ok()?.join(path.file_name()?)),
    }
}
