//! A folder with a full export of one table, as DynamoDB writes it.

use crate::CliError;
use crate::files::JsonLines;
use headroom_engine::StoreError;
use headroom_tables::images::Image;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders in folders that are looked into: a prefix, `AWSDynamoDB`, and the export.
const DEPTH_MAX: usize = 12;

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
            return Err(CliError::content(root, message));
        };
        Self::open(&manifest, &summary)
    }

    fn open(manifest: &Path, summary: &Summary) -> Result<Self, CliError> {
        if summary.output_format != "DYNAMODB_JSON" {
            let message =
                "is not of the format DYNAMODB_JSON; export the table again in that format";
            return Err(CliError::content(manifest, message));
        }
        let time = summary.export_time.as_ref().and_then(|time| time.parse().ok());
        let no_time = "has no usable exportTime; export the table again";
        let time = time.ok_or_else(|| CliError::content(manifest, no_time))?;
        let list = manifest.with_file_name("manifest-files.json");
        let mut files = Vec::new();
        for line in read(&list)?.lines() {
            let line: FileLine = parse(&list, line)?;
            let name = line.data_file_s3_key.rsplit('/').next().unwrap_or_default();
            files.push((list.with_file_name("data").join(name), line.item_count));
        }
        if files.iter().map(|(_, count)| count).sum::<u64>() != summary.item_count {
            let message = "and manifest-files.json have different counts of items";
            return Err(CliError::content(manifest, message));
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
    let mut lines = JsonLines::open(path, "no item")?;
    while let Some(Line { item }) = lines.read()? {
        visit(item).map_err(|error| lines.unusable(error))?;
    }
    if lines.count == items {
        return Ok(());
    }
    let message = format!("has {} items, and {items} by its manifest; copy it again", lines.count);
    Err(CliError::content(path, message))
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
    let value = serde_json::from_str(json);
    value.map_err(|error| CliError::content(path, format_args!("is no manifest: {error}")))
}
