//! The export of the entities of a replay: what `headroom audit` compares rows with.

use super::kind::ExportKind;
use super::table::{Export, Place, Writing};
use crate::CliError;
use crate::files::JsonLines;
use headroom_tables::images::{Image, entity_of};
use jiff::Timestamp;
use std::path::Path;

/// Writes a full export of the entities in a file of `headroom replay --entities`. Returns a line about
/// it.
pub(super) fn export(
    path: &Path,
    place: &Place<'_>,
    at: Timestamp,
    random: &mut fastrand::Rng,
) -> Result<String, CliError> {
    let mut export = Export::create(place, ExportKind::Full(at), random)?;
    let mut lines = JsonLines::open(path, "no entity of `headroom replay`")?;
    while let Some(item) = lines.read::<Image>()? {
        let entity = entity_of(item.clone());
        let (key, _) = entity.map_err(|error| lines.unusable(error))?;
        export.write(&key, &Writing::Item { item })?;
    }
    export.finish()
}
