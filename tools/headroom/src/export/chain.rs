//! A full export and the increments after it, from the states of each row.

use super::kind::ExportKind;
use super::rows::RowStates;
use super::table::{Export, Place};
use crate::CliError;
use headroom_engine::StoredRow;
use headroom_kpi::{Amounts, Millis, Row};
use headroom_tables::Retention;
use headroom_tables::images::{row_image, row_key_image};
use jiff::{SignedDuration, Timestamp};

/// The exports of one table of rows, each with the time at which its changes were written.
pub(super) struct Chain(Vec<(Export, Millis)>);

/// Changes are written so long before the export or the end of its window.
const BEFORE: SignedDuration = SignedDuration::from_secs(1);

impl Chain {
    pub(super) fn create(
        place: &Place<'_>,
        kinds: &[ExportKind],
        random: &mut fastrand::Rng,
    ) -> Result<Self, CliError> {
        let export = |kind: &ExportKind| {
            let write_time = add(kind.started(), -BEFORE)?;
            let export = Export::create(place, *kind, random)?;
            Ok((export, Millis(write_time.as_millisecond())))
        };
        kinds.iter().map(export).collect::<Result<_, _>>().map(Self)
    }

    /// Adds a row to each export in which it has changed.
    pub(super) fn add(&mut self, states: &RowStates) -> Result<(), CliError> {
        let image = |row: &StoredRow| row_image(&states.key, row, Retention::default());
        let subject = states.key.subject.to_string();
        let mut current = None;
        for ((export, write_time), sums) in self.0.iter_mut().zip(&states.sums) {
            let next = next_state(current.as_ref(), sums.as_ref(), *write_time);
            if next != current {
                let images = [&next, &current].map(|row| row.as_ref().map(image));
                let change = export.change(*write_time, row_key_image(&states.key), images);
                export.write(&subject, &change)?;
            }
            current = next;
        }
        Ok(())
    }

    /// Completes the exports. Returns a line for each.
    pub(super) fn finish(self) -> Result<String, CliError> {
        self.0.into_iter().map(|(export, _)| export.finish()).collect()
    }
}

/// A later time, or an earlier one.
pub(super) fn add(time: Timestamp, duration: SignedDuration) -> Result<Timestamp, CliError> {
    time.checked_add(duration).map_err(|error| CliError::Usage(format!("--at: {error}")))
}

/// The stored row after a change: a row that was not there begins a new epoch.
fn next_state(
    current: Option<&StoredRow>,
    sums: Option<&Amounts>,
    write_time: Millis,
) -> Option<StoredRow> {
    let sums = sums?;
    let (version, epoch) = match current {
        Some(current) if current.row.sums == *sums => return Some(current.clone()),
        Some(current) => (current.row.version + 1, current.epoch),
        None => (1, write_time.0.unsigned_abs()),
    };
    Some(StoredRow { row: Row { version, sums: sums.clone() }, epoch, at: write_time })
}
