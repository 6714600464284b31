//! One export of one table: its folders, its data files, its manifests.

use super::data::DataFile;
use super::kind::{ExportKind, View};
use super::manifest::{FileLine, summary, write_manifests};
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

    /// The line of an item that has changed, by what it is and what it was: of a full export the item
    /// as it is.
    pub(super) fn change(
        &self,
        write_time: Millis,
        keys: Image,
        [new_image, old_image]: [Option<Image>; 2],
    ) -> Writing {
        match (self.kind, new_image) {
            (ExportKind::Full(_), Some(item)) => Writing::Item { item },
            (kind, new_image) => {
                let has_old = !matches!(kind, ExportKind::Incremental { view: View::NewImage, .. });
                let old_image = old_image.filter(|_| has_old);
                let micros = (write_time.0 * 1_000).to_string();
                let metadata = [("WriteTimestampMicros", [("N", micros)].into())].into();
                Writing::Change { metadata, keys, new_image, old_image }
            }
        }
    }

    /// Completes the data files and writes the manifests, the summary last. Returns a line about it.
    pub(super) fn finish(self) -> Result<String, CliError> {
        let files = self.files.into_iter().map(DataFile::finish);
        let files = files.collect::<Result<Vec<FileLine>, _>>()?;
        let folder = self.root.join(format!("{}/AWSDynamoDB/{}", self.prefix, self.id));
        let summary = summary(self.table, &self.id, &self.prefix, self.kind, &files);
        write_manifests(&folder, &files, &summary)?;
        let items: u64 = files.iter().map(|file| file.item_count).sum();
        Ok(format!("{items:>12}  items in {}\n", self.prefix))
    }
}

/// 26 lower-case letters and digits.
fn file_name(random: &mut fastrand::Rng) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyz234567";
    (0..26).map(|_| char::from(letters[random.usize(..letters.len())])).collect()
}
