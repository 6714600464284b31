//! Repairs rows, one transaction for each.

use crate::CliError;
use crate::terminal::{check_interrupt, print_message};
use headroom_engine::{DifferenceKind, RowDifference, StoreError};
use headroom_requests::now;
use headroom_tables::DynamoStore;
use std::fmt;
use std::path::Path;

/// What became of rows that were to be repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Repairs {
    repaired: usize,
    /// Rows that have changed since they were read, and are as they were.
    changed: usize,
    /// Rows that were not reached before an interrupt.
    unreached: usize,
}

impl Repairs {
    /// Whether every row was repaired.
    pub(super) fn is_complete(self) -> bool {
        self.changed == 0 && self.unreached == 0
    }
}

impl fmt::Display for Repairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows repaired", self.repaired)?;
        if self.changed > 0 {
            write!(f, ", {} have changed meanwhile; audit again", self.changed)?;
        }
        if self.unreached > 0 {
            write!(f, ", {} not reached", self.unreached)?;
        }
        Ok(())
    }
}

/// Asks whether to write.
pub(super) fn confirm(differences: &[RowDifference], table: &str) -> Result<bool, CliError> {
    let is_orphan =
        |difference: &&RowDifference| difference.kind() == DifferenceKind::WithoutContributions;
    let orphans = differences.iter().filter(is_orphan).count();
    if orphans > 0 {
        print_message(format_args!(
            "{orphans} rows have no contributions, and would lose all their numbers. If their entities \
             were removed by a shorter --retention-days than was given, that is wrong."
        ));
    }
    print_message(format_args!(
        "Repair {} rows of {table}, so that they are what is \"right\" above? Type yes:",
        differences.len()
    ));
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(CliError::read(Path::new("the standard input")))?;
    Ok(answer.trim() == "yes")
}

/// Repairs rows. One that has another version than was read stays as it is: its contributions may
/// have changed as well.
pub(super) async fn repair(
    store: &DynamoStore,
    differences: &[RowDifference],
) -> Result<Repairs, StoreError> {
    let mut repairs = Repairs::default();
    for (index, difference) in differences.iter().enumerate() {
        if check_interrupt().is_err() {
            repairs.unreached = differences.len() - index;
            break;
        }
        let write = difference.repair(now());
        match store.repair_row(&write, difference.stored.as_ref()).await {
            Ok(()) => repairs.repaired += 1,
            Err(StoreError::Conflict) => repairs.changed += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(repairs)
}
