//! The manifests of an export: which data files it has, and what it is. Each has its checksum beside it.

use super::kind::ExportKind;
use crate::CliError;
use crate::terminal::json_line;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use md5::{Digest, Md5};
use serde::Serialize;
use serde_json::{Value, json};
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
    pub(super) data_file_s3_key: String,
    /// Uncompressed.
    #[serde(skip)]
    pub(super) bytes: u64,
}

/// What `manifest-summary.json` says of an export.
pub(super) fn summary(
    table: &str,
    id: &str,
    prefix: &str,
    kind: ExportKind,
    files: &[FileLine],
) -> Value {
    let start = kind.started();
    let table_arn = format!("{ACCOUNT}/headroom-{table}");
    let mut summary = json!({
        "version": "2020-06-30",
        "exportArn": format!("{table_arn}/export/{id}"),
        "startTime": time(start),
        "endTime": time(start.saturating_add(DURATION).unwrap_or(start)),
        "tableArn": table_arn,
        "tableId": TABLE_ID,
        "s3Bucket": BUCKET,
        "s3Prefix": prefix,
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": null,
        "manifestFilesS3Key": format!("{prefix}/AWSDynamoDB/{id}/manifest-files.json"),
        "billedSizeBytes": files.iter().map(|file| file.bytes).sum::<u64>(),
        "itemCount": files.iter().map(|file| file.item_count).sum::<u64>(),
        "outputFormat": "DYNAMODB_JSON",
    });
    match kind {
        ExportKind::Full(at) => summary["exportTime"] = time(at).into(),
        ExportKind::Incremental { from, to, view } => {
            summary["exportFromTime"] = time(from).into();
            summary["exportToTime"] = time(to).into();
            summary["exportType"] = "INCREMENTAL_EXPORT".into();
            summary["outputView"] = json!(view);
        }
    }
    summary
}

/// Writes both manifests with their checksums, the summary last: where it is, the export is whole.
pub(super) fn write_manifests(
    folder: &Path,
    files: &[FileLine],
    summary: &Value,
) -> Result<(), CliError> {
    let lines = files.iter().map(json_line).collect::<Result<String, _>>()?;
    write(folder, "manifest-files", &lines)?;
    write(folder, "manifest-summary", &summary.to_string())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), CliError> {
    let checksum = STANDARD.encode(Md5::digest(text));
    for (extension, text) in [("json", text), ("md5", &checksum)] {
        let path = folder.join(name).with_extension(extension);
        fs::write(&path, text).map_err(CliError::write(&path))?;
    }
    Ok(())
}

fn time(time: Timestamp) -> String {
    format!("{time:.3}")
}
