//! What an export has.

use jiff::Timestamp;
use serde::Serialize;

/// Which images an increment has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[value(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum View {
    /// The item before and after
    NewAndOldImages,
    /// The item after
    NewImage,
}

/// What an export has.
#[derive(Clone, Copy, Debug)]
pub(super) enum ExportKind {
    /// All items as of a time.
    Full(Timestamp),
    /// What changed from a time on, up to another one.
    Incremental { from: Timestamp, to: Timestamp, view: View },
}

impl ExportKind {
    /// When the export was started: at the end of what it covers.
    pub(super) fn started(self) -> Timestamp {
        match self {
            Self::Full(at) => at,
            Self::Incremental { to, .. } => to,
        }
    }
}
