//! The files of Parquet in a folder of exports: loaded once, and again when the exports have changed.

use super::duckdb::execute;
use crate::CliError;
use crate::files::hidden;
use crate::terminal::print_message;
use crate::views::{Dialect, ViewSettings, Views};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The folder of the files, in the folder of exports.
const FOLDER: &str = ".headroom";
/// The file that says what was loaded, and how.
const STAMP: &str = "loaded.txt";

/// Folders in folders that are looked into: the data of an export lies six below a bucket.
const DEPTH_MAX: usize = 16;

/// Loads exports if they are not. Returns the folder of the files, and the statements of the views.
pub(super) fn load(
    exports: &Path,
    settings: &ViewSettings,
    quiet: bool,
) -> Result<(PathBuf, String), CliError> {
    let folder = exports.join(FOLDER);
    let views = Views::new(Dialect::Duckdb, settings)?;
    let view_statements = views.duckdb_views(&text(&folder)?);
    let mut files = Vec::new();
    data_files(exports, 0, &mut files).map_err(CliError::read(exports))?;
    if files.is_empty() {
        let message = "no data files of exports here: there are folders `data` with .gz files below \
                       the folder of an export";
        return Err(CliError::content(exports, message));
    }
    files.sort();
    // What is loaded depends on the statements as well, but not on where they write.
    let mut stamp = views.duckdb_load(&text(exports)?, "");
    for file in &files {
        let _ = writeln!(stamp, "{file}");
    }
    if fs::read_to_string(folder.join(STAMP)).is_ok_and(|earlier| earlier == stamp) {
        return Ok((folder, view_statements));
    }
    if !quiet {
        print_message(format_args!("loading {} files of exports", files.len()));
    }
    let new = hidden().tempdir_in(exports).map_err(CliError::write(exports))?;
    execute(new.path(), &views.duckdb_load(&text(exports)?, &text(new.path())?))?;
    fs::write(new.path().join(STAMP), stamp).map_err(CliError::write(&folder))?;
    replace(new, &folder).map_err(CliError::write(&folder))?;
    Ok((folder, view_statements))
}

fn replace(new: tempfile::TempDir, folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::rename(new.path(), folder)?;
    let _ = new.keep();
    Ok(())
}

fn text(path: &Path) -> Result<String, CliError> {
    let message = "its name is no Unicode, which SQL cannot say";
    path.to_str().map(str::to_owned).ok_or_else(|| CliError::content(path, message))
}

/// The data files below a folder, each with its size and time.
fn data_files(folder: &Path, depth: usize, files: &mut Vec<String>) -> io::Result<()> {
    let is_data = folder.file_name().is_some_and(|name| name == "data");
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, metadata) = (entry.path(), entry.metadata()?);
        if metadata.is_dir() && depth < DEPTH_MAX && entry.file_name() != FOLDER {
            data_files(&path, depth + 1, files)?;
        } else if is_data && path.extension().is_some_and(|extension| extension == "gz") {
            let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            files.push(format!("{} {} {}", path.display(), metadata.len(), changed.as_nanos()));
        }
    }
    Ok(())
}
