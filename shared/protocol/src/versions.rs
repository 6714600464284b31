//! The versions of rows, by which viewer and server tell what the viewer has.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The versions of a viewer's rows, by [`row_name`].
pub type KnownVersions = BTreeMap<String, KnownVersion>;

/// The version of a row that a viewer has. The default matches no row, so that the server sends the
/// whole row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KnownVersion {
    /// Identifies the row's history; see `RowState::epoch`.
    pub epoch: String,
    /// Counts the row's changes.
    pub version: u64,
}

impl KnownVersion {
    /// Whether it is that of a row that is no more.
    pub(crate) fn is_tombstone(&self) -> bool {
        self.version == 0 && !self.epoch.is_empty()
    }
}

/// The name of a row in [`KnownVersions`]: `<subject>|<bucket>`.
pub fn row_name(subject: impl Display, bucket: impl Display) -> String {
    format!("{subject}|{bucket}")
}

/// The subject and the bucket of a [`row_name`].
pub(crate) fn split_row_name(name: &str) -> Option<(&str, &str)> {
    name.rsplit_once('|')
}
