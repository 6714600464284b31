//! Requests under way.

use super::batch::Batch;
use super::bus::Bus;
use super::deliver::{Delivered, deliver};
use super::lines::Line;
use super::{Summary, Waiting};
use crate::CliError;
use crate::files::Finished;
use crate::replay::{Progress, Rejects};
use crate::terminal::check_interrupt;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep, sleep_until};

/// Between two looks at whether to go on, while nothing happens.
const LOOK: Duration = Duration::from_millis(100);
/// The code of an entry that EventBridge refused.
const NOT_TAKEN: &str = "not_taken";

/// Why it does not go on.
pub(super) enum Stopped {
    /// The bus's fault, or of the way to it.
    Bus(String),
    Other(CliError),
}

impl Stopped {
    pub(super) fn of_bus(self, bus: &str) -> CliError {
        match self {
            Self::Bus(message) => CliError::Bus { bus: bus.to_owned(), message },
            Self::Other(error) => error,
        }
    }
}

impl From<CliError> for Stopped {
    fn from(error: CliError) -> Self {
        Self::Other(error)
    }
}

/// Takes lines to requests, and requests to their end.
pub(super) struct Sending<'a, B> {
    bus: &'a B,
    rejects: Rejects,
    concurrency: usize,
    progress: &'a Progress,
    batch: Batch,
    /// Requests that wait for one under way to end.
    ready: VecDeque<Vec<Waiting>>,
    under_way: FuturesUnordered<LocalBoxFuture<'a, Result<Delivered, String>>>,
    summary: Summary,
}

impl<'a, B: Bus> Sending<'a, B> {
    pub(super) fn new(
        bus: &'a B,
        rejects: Rejects,
        concurrency: usize,
        progress: &'a Progress,
    ) -> Self {
        Self {
            bus,
            rejects,
            concurrency,
            progress,
            batch: Batch::default(),
            ready: VecDeque::new(),
            under_way: FuturesUnordered::new(),
            summary: Summary::default(),
        }
    }

    /// Puts all lines.
    pub(super) async fn run(
        &mut self,
        mut lines: Receiver<Result<Line, CliError>>,
    ) -> Result<(), Stopped> {
        let mut ended = false;
        while !(ended && self.is_idle()) {
            check_interrupt()?;
            self.send();
            let due = self.batch.due().unwrap_or_else(|| Instant::now() + LOOK);
            tokio::select! {
                line = lines.recv(), if !ended && self.ready.is_empty() => {
                    ended = line.is_none();
                    if let Some(line) = line {
                        self.take(line?)?;
                    } else {
                        self.let_go();
                    }
                }
                Some(delivered) = self.under_way.next() => {
                    self.note(delivered.map_err(Stopped::Bus)?)?;
                }
                () = sleep_until(due.into()), if self.batch.due().is_some() => self.let_go(),
                () = sleep(LOOK) => {}
            }
        }
        Ok(())
    }

    /// Ends the rejects file, which has still to be given its name, and sums up.
    pub(super) fn finish(self) -> Result<(Summary, Option<Finished>), CliError> {
        Ok((self.summary, self.rejects.finish()?))
    }

    fn is_idle(&self) -> bool {
        self.batch.due().is_none() && self.ready.is_empty() && self.under_way.is_empty()
    }

    fn send(&mut self) {
        while self.under_way.len() < self.concurrency {
            let Some(request) = self.ready.pop_front() else { return };
            self.under_way.push(Box::pin(deliver(self.bus, request, sleep)));
        }
    }

    fn let_go(&mut self) {
        let request = self.batch.take();
        if !request.is_empty() {
            self.ready.push_back(request);
        }
    }

    fn take(&mut self, line: Line) -> Result<(), CliError> {
        self.summary.lines += 1;
        self.progress.tick(self.summary.lines);
        let Line { number, file, bytes, entry } = line;
        match entry {
            Ok(entry) => {
                let waiting = Waiting { number, file, bytes, entry };
                self.ready.extend(self.batch.push(waiting, Instant::now()));
                Ok(())
            }
            Err(why) => {
                let refused = (why.code.as_str(), why.message.as_str());
                self.refuse(file.as_deref(), (number, &bytes), refused)
            }
        }
    }

    fn note(&mut self, delivered: Delivered) -> Result<(), CliError> {
        self.summary.put += delivered.taken;
        self.summary.again += delivered.again;
        for (line, message) in delivered.refused {
            self.refuse(line.file.as_deref(), (line.number, &line.bytes), (NOT_TAKEN, &message))?;
        }
        Ok(())
    }

    fn refuse(
        &mut self,
        file: Option<&str>,
        line: (u64, &[u8]),
        why: (&'static str, &str),
    ) -> Result<(), CliError> {
        *self.summary.refused.entry(why.0).or_default() += 1;
        self.rejects.keep(file, line, why)
    }
}
