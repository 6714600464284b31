//! A folder with a full export of one table, as DynamoDB writes it.

use crate::CliError;
use crate::files::Input;
use crate::terminal::check_interrupt;
use headroom_engine::StoreError;
use headroom_tables::images::Image;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Folders in folders that are looked into: a prefix, `AWSDynamoDB`, and the export.
const DEPTH_MAX: usize = 12;

/// The longest line. DynamoDB takes 400 KB an item, which is less than 3 MB in any JSON.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// How often an interrupt is looked for, in lines.
const LINES_BETWEEN_CHECKS: u64 = 4_096;

/// The parts of `manifest-summary.json` that are needed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    /// Of a full export.
    export_time: Option<String>,
    export_type: Option<String>,
    output_format: String,
    item_count: u64,
}

/// The parts of a line of `manifest-files.json` that are needed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileLine {
    item_count: u64,
    #[serde(rename = "dataFileS3Key")]
    data_file_s3_key: String,
}

/// A line of a data file.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    item: Image,
}

/// A full export.
#[derive(Debug)]
pub(super) struct ExportFolder {
    /// The point in time that it is of.
    pub(super) time: Timestamp,
    /// Its data files, each with the number of its items.
    files: Vec<(PathBuf, u64)>,
}

impl ExportFolder {
    /// The only full export in a folder. Increments beside it are left out.
    pub(super) fn find(root: &Path) -> Result<Self, CliError> {
        let mut manifests = Vec::new();
        find_manifests(root, DEPTH_MAX, &mut manifests)?;
        let mut exports = Vec::new();
        for manifest in manifests {
            let summary: Summary = parse(&manifest, &read(&manifest)?)?;
            if summary.export_type.as_deref() != Some("INCREMENTAL_EXPORT") {
                exports.push((manifest, summary));
            }
        }
        let (Some((manifest, summary)), None) = (exports.pop(), exports.pop()) else {
            let message = "is to have one full export, with its manifest-summary.json; name the folder \
                           of one export, and see whether it is complete";
            return Err(content(root, message));
        };
        Self::open(&manifest, &summary)
    }

    fn open(manifest: &Path, summary: &Summary) -> Result<Self, CliError> {
        if summary.output_format != "DYNAMODB_JSON" {
            let message =
                "is not of the format DYNAMODB_JSON; export the table again in that format";
            return Err(content(manifest, message));
        }
        let no_time = || content(manifest, "has no usable exportTime; export the table again");
        let time = summary.export_time.as_ref().and_then(|time| time.parse().ok());
        let time = time.ok_or_else(no_time)?;
        let list = manifest.with_file_name("manifest-files.json");
        let mut files = Vec::new();
        for line in read(&list)?.lines() {
            let line: FileLine = parse(&list, line)?;
            let name = line.data_file_s3_key.rsplit('/').next().unwrap_or_default();
            files.push((list.with_file_name("data").join(name), line.item_count));
        }
        if files.iter().map(|(_, count)| count).sum::<u64>() != summary.item_count {
            return Err(content(
                manifest,
                "and manifest-files.json have different counts of items",
            ));
        }
        Ok(Self { time, files })
    }

    /// Calls `visit` with each item.
    pub(super) fn each_item(
        &self,
        mut visit: impl FnMut(Image) -> Result<(), StoreError>,
    ) -> Result<(), CliError> {
        self.files.iter().try_for_each(|(path, count)| each_line(path, *count, &mut visit))
    }
}

fn each_line(
    path: &Path,
    items: u64,
    visit: &mut impl FnMut(Image) -> Result<(), StoreError>,
) -> Result<(), CliError> {
    let mut reader = BufReader::new(Input::open(path, &Arc::default())?);
    let (mut line, mut count) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        let read = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        if read.map_err(CliError::read(path))? == 0 {
            break;
        }
        count += 1;
        let message = |why: String| content(path, &format!("line {count} is no item: {why}"));
        let Line { item } =
            serde_json::from_slice(&line).map_err(|error| message(error.to_string()))?;
        visit(item).map_err(|error| message(error.to_string()))?;
        if count.is_multiple_of(LINES_BETWEEN_CHECKS) {
            check_interrupt()?;
        }
    }
    if count == items {
        return Ok(());
    }
    let message = format!("has {count} items, and {items} by its manifest; copy it again");
    Err(content(path, &message))
}

fn find_manifests(
    folder: &Path,
    depth: usize,
    manifests: &mut Vec<PathBuf>,
) -> Result<(), CliError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    for entry in entries.map_err(CliError::read(folder))? {
        let path = entry.path();
        let is_folder = entry.file_type().map_err(CliError::read(&path))?.is_dir();
        if is_folder && depth > 0 {
            find_manifests(&path, depth - 1, manifests)?;
        } else if path.file_name().is_some_and(|name| name == "manifest-summary.json") {
            manifests.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(CliError::read(path))
}

fn parse<T: DeserializeOwned>(path: &Path, json: &str) -> Result<T, CliError> {
    serde_json::from_str(json).map_err(|error| content(path, &format!("is no manifest: {error}")))
}

fn content(path: &Path, message: &str) -> CliError {
    CliError::Content { path: path.to_owned(), message: message.to_owned() }
}
