//! One export of one table: its folders, its data files, its manifests.

use super::data::DataFile;
use super::kind::{ExportKind, View};
use super::manifest::{FileLine, Summary, write_manifests};
use crate::CliError;
use headroom_kpi::Millis;
use headroom_tables::images::Image;
use md5::{Digest, Md5};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The table of rows.
pub(super) const TABLE_ROWS: &str = "rows";
/// The table of entities.
pub(super) const TABLE_ENTITIES: &str = "entities";
/// The table of documents.
pub(super) const TABLE_DOCUMENTS: &str = "ledger";

/// Where an export is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// In place of the bucket.
    pub(super) root: &'a Path,
    pub(super) table: &'static str,
    pub(super) partitions: u8,
}

/// A line of a data file.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Writing {
    /// An item of a full export.
    #[serde(rename_all = "PascalCase")]
    Item { item: Image },
    /// A change in an increment. An image is absent if there is none, or if the view has none.
    #[serde(rename_all = "PascalCase")]
    Change {
        metadata: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
        keys: Image,
        #[serde(skip_serializing_if = "Option::is_none")]
        new_image: Option<Image>,
        #[serde(skip_serializing_if = "Option::is_none")]
        old_image: Option<Image>,
    },
}

impl Writing {
    pub(super) fn change(
        write_time: Millis,
        keys: Image,
        new_image: Option<Image>,
        old_image: Option<Image>,
    ) -> Self {
        let micros = (write_time.0 * 1_000).to_string();
        let metadata = [("WriteTimestampMicros", [("N", micros)].into())].into();
        Self::Change { metadata, keys, new_image, old_image }
    }
}

/// An export that is being written.
pub(super) struct Export {
    root: PathBuf,
    table: &'static str,
    kind: ExportKind,
    prefix: String,
    id: String,
    files: Vec<DataFile>,
}

impl Export {
    /// Makes the folders and the data files.
    pub(super) fn create(
        place: &Place<'_>,
        kind: ExportKind,
        random: &mut fastrand::Rng,
    ) -> Result<Self, CliError> {
        let Place { root, table, partitions } = *place;
        let (folder, start) = match kind {
            ExportKind::Full(at) => ("full", at),
            ExportKind::Incremental { from, .. } => ("incremental", from),
        };
        let prefix = format!("{table}/{folder}/{}", start.strftime("%Y%m%dT%H%M%SZ"));
        let id = format!("0{:013}-{:08x}", kind.started().as_millisecond(), random.u32(..));
        // Increments of a prefix share a folder.
        let data = match kind {
            ExportKind::Full(_) => format!("{prefix}/AWSDynamoDB/{id}/data"),
            ExportKind::Incremental { .. } => format!("{prefix}/AWSDynamoDB/data"),
        };
        let manifests = root.join(format!("{prefix}/AWSDynamoDB/{id}"));
        for folder in [&manifests, &root.join(&data)] {
            fs::create_dir_all(folder).map_err(CliError::write(folder))?;
        }
        let started = manifests.join("_started");
        fs::write(&started, "").map_err(CliError::write(&started))?;
        let file = |_| DataFile::create(root, format!("{data}/{}.json.gz", file_name(random)));
        let files = (0..partitions).map(file).collect::<Result<_, _>>()?;
        Ok(Self { root: root.to_owned(), table, kind, prefix, id, files })
    }

    /// Writes a line into the file of the partition that a key belongs to.
    pub(super) fn write(&mut self, key: &str, line: &Writing) -> Result<(), CliError> {
        let partition = usize::from(Md5::digest(key)[0]) % self.files.len();
        self.files[partition].line(line)
    }

    /// Whether it has the items as they were before a change.
    pub(super) fn has_old_images(&self) -> bool {
        !matches!(self.kind, ExportKind::Incremental { view: View::NewImage, .. })
    }

    /// Completes the data files and writes the manifests, the summary last. Returns the prefix and
    /// the number of items.
    pub(super) fn finish(self) -> Result<(String, u64), CliError> {
        let lines: Vec<FileLine> =
            self.files.into_iter().map(DataFile::finish).collect::<Result<_, _>>()?;
        let items = lines.iter().map(|line| line.item_count).sum();
        let bytes = lines.iter().map(|line| line.bytes).sum();
        let folder = format!("{}/AWSDynamoDB/{}", self.prefix, self.id);
        let mut summary = Summary::new(self.table, &self.id, &self.prefix, self.kind);
        summary.manifest_files_s3_key = format!("{folder}/manifest-files.json");
        (summary.item_count, summary.billed_size_bytes) = (items, bytes);
        write_manifests(&self.root.join(folder), &lines, &summary)?;
        Ok((self.prefix, items))
    }
}

/// 26 lower-case letters and digits.
fn file_name(random: &mut fastrand::Rng) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyz234567";
    (0..26).map(|_| char::from(letters[random.usize(..letters.len())])).collect()
}
