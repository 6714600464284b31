//! The manifests of an export: which data files it has, and what it is. Each has its checksum beside it.

use super::kind::{ExportKind, View};
use crate::CliError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// AWS' number for an account in its documentation.
const ACCOUNT: &str = "arn:aws:dynamodb:us-east-1:123456789012:table";
const TABLE_ID: &str = "00000000-0000-4000-8000-000000000000";
/// In place of a bucket's name.
const BUCKET: &str = "headroom-local";
/// How long an export takes in AWS, at least.
const DURATION: SignedDuration = SignedDuration::from_mins(10);

/// A line of `manifest-files.json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FileLine {
    pub(super) item_count: u64,
    pub(super) md5_checksum: String,
    pub(super) etag: String,
    #[serde(rename = "dataFileS3Key")]
    pub(super) data_file_s3_key: String,
    /// Uncompressed.
    #[serde(skip)]
    pub(super) bytes: u64,
}

/// `manifest-summary.json`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Summary {
    version: &'static str,
    export_arn: String,
    start_time: String,
    end_time: String,
    table_arn: String,
    table_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    export_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    export_from_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    export_to_time: Option<String>,
    #[serde(rename = "s3Bucket")]
    bucket: &'static str,
    #[serde(rename = "s3Prefix")]
    prefix: String,
    #[serde(rename = "s3SseAlgorithm")]
    sse_algorithm: &'static str,
    #[serde(rename = "s3SseKmsKeyId")]
    sse_kms_key_id: Option<String>,
    #[serde(rename = "manifestFilesS3Key")]
    pub(super) manifest_files_s3_key: String,
    pub(super) billed_size_bytes: u64,
    pub(super) item_count: u64,
    output_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_view: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    export_type: Option<&'static str>,
}

impl Summary {
    /// Without counts and the key of the other manifest.
    pub(super) fn new(table: &str, id: &str, prefix: &str, kind: ExportKind) -> Self {
        let start = kind.started();
        let table_arn = format!("{ACCOUNT}/headroom-{table}");
        let mut summary = Self {
            version: "2020-06-30",
            export_arn: format!("{table_arn}/export/{id}"),
            start_time: time(start),
            end_time: time(start.saturating_add(DURATION).unwrap_or(start)),
            table_arn,
            table_id: TABLE_ID,
            export_time: None,
            export_from_time: None,
            export_to_time: None,
            bucket: BUCKET,
            prefix: prefix.to_owned(),
            sse_algorithm: "AES256",
            sse_kms_key_id: None,
            manifest_files_s3_key: String::new(),
            billed_size_bytes: 0,
            item_count: 0,
            output_format: "DYNAMODB_JSON",
            output_view: None,
            export_type: None,
        };
        match kind {
            ExportKind::Full(at) => summary.export_time = Some(time(at)),
            ExportKind::Incremental { from, to, view } => {
                summary.export_from_time = Some(time(from));
                summary.export_to_time = Some(time(to));
                summary.export_type = Some("INCREMENTAL_EXPORT");
                summary.output_view = Some(match view {
                    View::NewAndOldImages => "NEW_AND_OLD_IMAGES",
                    View::NewImage => "NEW_IMAGE",
                });
            }
        }
        summary
    }
}

/// Writes both manifests with their checksums, the summary last: where it is, the export is whole.
pub(super) fn write_manifests(
    folder: &Path,
    files: &[FileLine],
    summary: &Summary,
) -> Result<(), CliError> {
    let mut lines = Vec::new();
    for file in files {
        append(&mut lines, folder, file)?;
        lines.push(b'\n');
    }
    write(folder, "manifest-files", &lines)?;
    let mut text = Vec::new();
    append(&mut text, folder, summary)?;
    write(folder, "manifest-summary", &text)
}

fn append(text: &mut Vec<u8>, folder: &Path, value: &impl Serialize) -> Result<(), CliError> {
    serde_json::to_writer(text, value).map_err(|error| CliError::write(folder)(error.into()))
}

fn write(folder: &Path, name: &str, text: &[u8]) -> Result<(), CliError> {
    let checksum = STANDARD.encode(Md5::digest(text));
    for (extension, bytes) in [("json", text), ("md5", checksum.as_bytes())] {
        let path = folder.join(name).with_extension(extension);
        fs::write(&path, bytes).map_err(CliError::write(&path))?;
    }
    Ok(())
}

fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}
