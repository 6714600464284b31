//! The export of the entities of a replay: what `headroom audit` compares rows with.

use super::kind::ExportKind;
use super::table::{Export, Place, Writing};
use crate::CliError;
use crate::files::Input;
use crate::terminal::check_interrupt;
use headroom_tables::images::{Image, entity_of};
use jiff::Timestamp;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

/// How often an interrupt is looked for, in entities.
const ENTITIES_BETWEEN_CHECKS: usize = 4_096;

/// Writes a full export of the entities in a file of `headroom replay --entities`. Returns a line about
/// it.
pub(super) fn export(
    path: &Path,
    place: &Place<'_>,
    at: Timestamp,
    random: &mut fastrand::Rng,
) -> Result<String, CliError> {
    let mut export = Export::create(place, ExportKind::Full(at), random)?;
    let lines = BufReader::new(Input::open(path, &Arc::default())?).lines();
    for (index, line) in lines.enumerate() {
        if index.is_multiple_of(ENTITIES_BETWEEN_CHECKS) {
            check_interrupt()?;
        }
        let (key, item) = parse(&line.map_err(CliError::read(path))?).map_err(|message| {
            let message =
                format!("line {} is no entity of `headroom replay`: {message}", index + 1);
            CliError::Content { path: path.to_owned(), message }
        })?;
        export.write(&key, &Writing::Item { item })?;
    }
    let (prefix, items) = export.finish()?;
    Ok(format!("{items:>12}  items in {prefix}\n"))
}

/// An item with its key in the table.
fn parse(line: &str) -> Result<(String, Image), String> {
    let item: Image = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let (key, _) = entity_of(item.clone()).map_err(|error| error.to_string())?;
    Ok((key, item))
}
