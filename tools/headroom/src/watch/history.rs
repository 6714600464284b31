//! The intervals of the last hours, which a viewer reads once it knows its subjects.

use crate::CliError;
use crate::viewer::Viewer;
use headroom_protocol::{ROWS_MAX, SUBJECTS_PER_REQUEST_MAX};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// Intervals of an hour, at most.
const INTERVALS_PER_HOUR: usize = 4;

/// Which intervals are read, and of which subjects they were.
#[derive(Debug)]
pub(super) struct History {
    hours: u16,
    /// The subjects whose past was requested.
    requested: BTreeSet<String>,
}

impl History {
    pub(super) fn new(hours: u16) -> Self {
        Self { hours, requested: BTreeSet::new() }
    }

    /// The number of intervals, at most.
    pub(super) fn intervals(&self) -> usize {
        usize::from(self.hours) * INTERVALS_PER_HOUR
    }

    /// Requests the past of the subjects for which that has not been done. Fails if the server cannot
    /// read it.
    pub(super) fn request(&mut self, viewer: &mut Viewer) -> Result<(), CliError> {
        let subjects = viewer.view().rows().map(|(row, _)| &row.subject);
        let is_new =
            |subject: &&String| !self.requested.contains(*subject) && !subject.starts_with("api#");
        let subjects: BTreeSet<String> = subjects.filter(is_new).cloned().collect();
        let until = Timestamp::now();
        let since = until - SignedDuration::from_hours(i64::from(self.hours));
        let at_once = (ROWS_MAX / (self.intervals() + 1)).clamp(1, SUBJECTS_PER_REQUEST_MAX);
        let names: Vec<_> = subjects.iter().cloned().collect();
        for part in names.chunks(at_once) {
            let session = viewer.session_mut();
            if !session.read(part.to_vec(), since.to_string(), until.to_string()) {
                let message = "this server cannot read the past; deploy a later release of it";
                return Err(CliError::Usage(message.to_owned()));
            }
        }
        self.requested.extend(subjects);
        Ok(())
    }
}
