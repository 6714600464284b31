//! Runs the program `duckdb`.

use crate::CliError;
use crate::files::{Output, hidden};
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Bytes of what the program says that are shown.
const MESSAGE_BYTES_MAX: usize = 2_000;

/// Runs statements that print nothing.
pub(super) fn execute(folder: &Path, sql: &str) -> Result<(), CliError> {
    run(folder, sql, &[], Stdio::null()).map(drop)
}

/// Runs statements and prints what the last one gives.
pub(super) fn query(
    folder: &Path,
    sql: &str,
    option: &str,
    out: Option<&Path>,
) -> Result<(), CliError> {
    let Some(path) = out else {
        return run(folder, sql, &[option], Stdio::inherit()).map(drop);
    };
    let text = run(folder, sql, &[option], Stdio::piped())?;
    let mut output = Output::create(Some(path))?;
    output.write_all(&text).map_err(CliError::write(path))?;
    output.finish()?.publish()
}

/// The statements are in a file, since they are too long for an argument.
fn run(folder: &Path, sql: &str, options: &[&str], stdout: Stdio) -> Result<Vec<u8>, CliError> {
    let script = hidden().suffix(".sql").tempfile_in(folder);
    let mut script = script.map_err(CliError::write(folder))?;
    script.write_all(sql.as_bytes()).map_err(CliError::write(folder))?;
    let output = Command::new("duckdb")
        .args(["-no-init", "-batch", "-bail"])
        .args(options)
        .arg("-f")
        .arg(script.path())
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .and_then(std::process::Child::wait_with_output)
        .map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => CliError::NoDuckdb,
            _ => CliError::Duckdb(source.to_string()),
        })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let shown: String = message.trim().chars().take(MESSAGE_BYTES_MAX).collect();
    Err(CliError::Duckdb(shown))
}
