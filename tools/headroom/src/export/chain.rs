//! A full export and the increments after it, from the states of each row.

use super::kind::{ExportKind, View};
use super::rows::RowStates;
use super::table::{Export, Place, Writing};
use crate::CliError;
use headroom_engine::StoredRow;
use headroom_kpi::{Amounts, Millis, Row, RowKey};
use headroom_tables::Retention;
use headroom_tables::images::{row_image, row_key_image};
use jiff::{SignedDuration, Timestamp};
use std::fmt::Write;

/// The exports of one table of rows.
pub(super) struct Chain {
    full: Export,
    /// Each with the time at which its changes were written.
    increments: Vec<(Export, Millis)>,
    write_time: Millis,
}

/// Changes are written so long before the export or the end of its window.
const BEFORE: SignedDuration = SignedDuration::from_secs(1);

/// When exports are made, and what increments have.
pub(super) struct Schedule {
    /// The time of the full export.
    pub(super) at: Timestamp,
    pub(super) increments: usize,
    pub(super) window_minutes: u16,
    pub(super) view: View,
}

impl Chain {
    pub(super) fn create(
        place: &Place<'_>,
        schedule: &Schedule,
        random: &mut fastrand::Rng,
    ) -> Result<Self, CliError> {
        let Schedule { at, increments, window_minutes, view } = *schedule;
        let full = Export::create(place, ExportKind::Full(at), random)?;
        let mut chain = Self { full, increments: Vec::new(), write_time: write_time(at)? };
        let mut from = at;
        for _ in 0..increments {
            let to = add(from, SignedDuration::from_mins(i64::from(window_minutes)))?;
            let kind = ExportKind::Incremental { from, to, view };
            chain.increments.push((Export::create(place, kind, random)?, write_time(to)?));
            from = to;
        }
        Ok(chain)
    }

    /// Adds a row to each export in which it has changed.
    pub(super) fn add(&mut self, states: &RowStates) -> Result<(), CliError> {
        let mut sums = states.sums.iter().map(Option::as_ref);
        let first = sums.next().flatten();
        let mut current = first.and_then(|sums| next_state(None, Some(sums), self.write_time));
        if let Some(row) = &current {
            let item = row_image(&states.key, row, Retention::default());
            self.full.write(&states.key.subject.to_string(), &Writing::Item { item })?;
        }
        for ((export, write_time), sums) in self.increments.iter_mut().zip(sums) {
            let next = next_state(current.as_ref(), sums, *write_time);
            if next != current {
                let old = current.as_ref().filter(|_| export.has_old_images());
                let change = change(&states.key, old, next.as_ref(), *write_time);
                export.write(&states.key.subject.to_string(), &change)?;
            }
            current = next;
        }
        Ok(())
    }

    /// Completes the exports. Returns a line for each.
    pub(super) fn finish(self) -> Result<String, CliError> {
        let mut text = String::new();
        for export in [self.full].into_iter().chain(self.increments.into_iter().map(|(e, _)| e)) {
            let (prefix, items) = export.finish()?;
            let _ = writeln!(text, "{items:>12}  items in {prefix}");
        }
        Ok(text)
    }
}

fn write_time(end: Timestamp) -> Result<Millis, CliError> {
    Ok(Millis(add(end, -BEFORE)?.as_millisecond()))
}

fn add(time: Timestamp, duration: SignedDuration) -> Result<Timestamp, CliError> {
    time.checked_add(duration).map_err(|error| CliError::Usage(format!("--at: {error}")))
}

/// The stored row after a change: a row that was not there begins a new epoch.
fn next_state(
    current: Option<&StoredRow>,
    sums: Option<&Amounts>,
    write_time: Millis,
) -> Option<StoredRow> {
    let sums = sums?;
    match current {
        Some(current) if current.row.sums == *sums => Some(current.clone()),
        Some(current) => {
            let row = Row { version: current.row.version + 1, sums: sums.clone() };
            Some(StoredRow { row, epoch: current.epoch, at: write_time })
        }
        None => {
            let row = Row { version: 1, sums: sums.clone() };
            Some(StoredRow { row, epoch: write_time.0.unsigned_abs(), at: write_time })
        }
    }
}

fn change(
    key: &RowKey,
    old: Option<&StoredRow>,
    new: Option<&StoredRow>,
    write_time: Millis,
) -> Writing {
    let image = |row: Option<&StoredRow>| row.map(|row| row_image(key, row, Retention::default()));
    Writing::change(write_time, row_key_image(key), image(new), image(old))
}
