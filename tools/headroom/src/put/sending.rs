//! Gathers lines into batches, and keeps several requests under way.

use super::lines::{Line, ParsedLine};
use super::summary::Summary;
use crate::CliError;
use crate::files::Finished;
use crate::replay::{Progress, Rejects};
use crate::terminal::check_interrupt;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use headroom_aws::events::{
    Delivery, Event, EventBridge, EventPublisher, PublishError, REQUEST_ENTRIES_MAX,
};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use tokio::time::sleep_until;

/// How long a first line waits for others to share its request: a live stream stays live.
const BATCH_WAIT_MAX: Duration = Duration::from_millis(200);
/// How often an interrupt is looked for while nothing else happens.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The code of a line whose event EventBridge rejected.
const NOT_TAKEN: &str = "not_taken";

/// A line whose event is to be put.
struct PendingLine {
    line: Line,
    event: Event,
}

impl AsRef<Event> for PendingLine {
    fn as_ref(&self) -> &Event {
        &self.event
    }
}

/// Lines that go together, as many as one request accepts.
struct Batch<T> {
    lines: Vec<T>,
    /// When the first line has waited long enough.
    due: Option<Instant>,
}

impl<T> Batch<T> {
    fn new() -> Self {
        Self { lines: Vec::new(), due: None }
    }

    fn push(&mut self, line: T, now: Instant) {
        self.lines.push(line);
        self.due.get_or_insert(now + BATCH_WAIT_MAX);
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= REQUEST_ENTRIES_MAX
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    fn take(&mut self) -> Vec<T> {
        self.due = None;
        std::mem::take(&mut self.lines)
    }
}

/// Takes lines to requests, and requests to their end.
pub(super) struct Sending<'a> {
    /// The name of the bus, for errors.
    bus: &'a str,
    publisher: &'a EventPublisher<EventBridge>,
    concurrency: usize,
    rejects: Rejects,
    progress: &'a Progress,
    batch: Batch<PendingLine>,
    under_way: FuturesUnordered<LocalBoxFuture<'a, Result<Delivery<PendingLine>, PublishError>>>,
    summary: Summary,
}

impl<'a> Sending<'a> {
    pub(super) fn new(
        bus: &'a str,
        publisher: &'a EventPublisher<EventBridge>,
        concurrency: usize,
        rejects: Rejects,
        progress: &'a Progress,
    ) -> Self {
        Self {
            bus,
            publisher,
            concurrency,
            rejects,
            progress,
            batch: Batch::new(),
            under_way: FuturesUnordered::new(),
            summary: Summary::default(),
        }
    }

    /// Puts all lines.
    pub(super) async fn run(
        &mut self,
        mut lines: Receiver<Result<ParsedLine, CliError>>,
    ) -> Result<(), CliError> {
        let mut ended = false;
        while !(ended && self.batch.lines.is_empty() && self.under_way.is_empty()) {
            check_interrupt()?;
            let now = Instant::now();
            let mut wake = now + POLL_INTERVAL;
            if self.under_way.len() < self.concurrency {
                if ended || self.batch.is_full() || self.batch.is_due(now) {
                    self.send();
                }
                wake = wake.min(self.batch.due.unwrap_or(wake));
            }
            tokio::select! {
                line = lines.recv(), if !ended && !self.batch.is_full() => match line {
                    Some(line) => self.accept(line?)?,
                    None => ended = true,
                },
                Some(delivery) = self.under_way.next() => self.record(delivery)?,
                () = sleep_until(wake.into()) => {}
            }
        }
        Ok(())
    }

    /// Ends the rejects file, which has still to be given its name, and sums up.
    pub(super) fn finish(self) -> Result<(Summary, Option<Finished>), CliError> {
        Ok((self.summary, self.rejects.finish()?))
    }

    fn send(&mut self) {
        let lines = self.batch.take();
        if !lines.is_empty() {
            self.under_way.push(Box::pin(self.publisher.publish(lines)));
        }
    }

    fn accept(&mut self, (line, event): ParsedLine) -> Result<(), CliError> {
        self.summary.lines += 1;
        self.progress.tick(self.summary.lines);
        match event {
            Ok(event) => {
                self.batch.push(PendingLine { line, event }, Instant::now());
                Ok(())
            }
            Err(refusal) => self.reject(&line, (refusal.code.as_str(), &refusal.message)),
        }
    }

    fn record(
        &mut self,
        delivery: Result<Delivery<PendingLine>, PublishError>,
    ) -> Result<(), CliError> {
        let delivery = delivery
            .map_err(|PublishError(message)| CliError::Bus { bus: self.bus.to_owned(), message })?;
        self.summary.put += delivery.accepted;
        self.summary.retried += delivery.retried;
        for (PendingLine { line, .. }, message) in delivery.rejected {
            self.reject(&line, (NOT_TAKEN, &message))?;
        }
        Ok(())
    }

    fn reject(&mut self, line: &Line, reason: (&'static str, &str)) -> Result<(), CliError> {
        *self.summary.refused.entry(reason.0).or_default() += 1;
        self.rejects.keep(line.file.as_deref(), (line.number, &line.bytes), reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_due_a_moment_after_its_first_line() {
        let (mut batch, now) = (Batch::new(), Instant::now());
        assert!(!batch.is_due(now + BATCH_WAIT_MAX));
        batch.push('a', now);
        batch.push('b', now + Duration::from_millis(150));
        assert!(!batch.is_due(now + Duration::from_millis(199)));
        assert!(batch.is_due(now + BATCH_WAIT_MAX) && !batch.is_full());
        assert_eq!(batch.take(), ['a', 'b']);
        assert!(!batch.is_due(now + BATCH_WAIT_MAX));
    }
}
