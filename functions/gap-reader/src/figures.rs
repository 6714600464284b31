//! What a run did.

use crate::error::ReadError;
use metrics::counter;
use serde::Serialize;

/// What a run did: the function's answer, and metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Another reader held the lease: nothing was done.
    pub busy: bool,
    /// Requests to Genesys that were granted.
    pub requests: u64,
    /// Answers 429.
    pub throttled: u64,
    /// Conversations that were due when the run began, as far as the budget could have read them.
    pub due: u64,
    /// Those of them that still are.
    pub due_left: u64,
    /// Conversations that were read for their gaps.
    pub read: u64,
    /// Conversations that Genesys does not know, and that were closed.
    pub closed: u64,
    /// Conversations that were read with a silent window.
    pub read_back: u64,
    /// Windows that are still to be read back.
    pub windows_left: u64,
    /// Those of them for which gap reads wait.
    pub windows_waited_for: u64,
    /// Windows that could not be read.
    pub windows_given_up: u64,
    /// Minutes that were found to have been silent.
    pub silent_minutes: u64,
    /// Documents of the catalog that were written.
    pub catalog_changes: u64,
    /// Parts of the run that failed.
    pub failures: u64,
    /// Genesys refuses the OAuth client, or what it asks for.
    pub not_allowed: bool,
}

impl Figures {
    /// Notes how a part of a run ended; whether anything more is to be had from Genesys in it.
    pub(crate) fn go_on(&mut self, part: &'static str, read: Result<(), ReadError>) -> bool {
        let Err(error) = read else { return true };
        self.fail(part, &error);
        !error.ends_reads()
    }

    /// Notes that a part of a run did not come to its end.
    pub(crate) fn fail(&mut self, part: &'static str, error: &ReadError) {
        if error.is_ordinary() {
            tracing::info!(part, %error, "the rest is for the next run");
            return;
        }
        tracing::error!(part, %error, "a part of the run failed");
        self.failures += 1;
        self.not_allowed |= error.is_not_allowed();
    }

    /// Adds them to the function's metrics.
    pub(crate) fn measure(&self) {
        counter!("ApiRequests").increment(self.requests);
        counter!("Throttled").increment(self.throttled);
        counter!("GapsDue").increment(self.due);
        counter!("GapsRead").increment(self.read);
        counter!("GapsClosed").increment(self.closed);
        counter!("ReadBack").increment(self.read_back);
        counter!("ReadBacksGivenUp").increment(self.windows_given_up);
        counter!("SilentMinutes").increment(self.silent_minutes);
        counter!("CatalogChanges").increment(self.catalog_changes);
        counter!("RunFailures").increment(self.failures);
    }
}
