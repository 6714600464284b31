//! The gap reader: what it is made of, and one invocation from its lease to its report.

use crate::bus::Bus;
use crate::feed::Feed;
use crate::figures::Figures;
use crate::lease;
use crate::meter::SharedRateLimiter;
use crate::plan::Worth;
use headroom_engine::DueIndex;
use headroom_genesys::api::{CallError, Calls, Client, Transport};
use headroom_genesys::budget::Denied;
use headroom_kpi::{Calendar, Millis};
use headroom_requests::{Clock, RetryPolicy};
use headroom_tables::{Counters, Documents};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// What a gap reader meets outside: in AWS, or in a test.
pub trait Outside {
    /// Keeps the budget, the lease, and how far everything was read.
    type Documents: Documents + Counters;
    /// Says what is due.
    type Due: DueIndex;
    /// Where events go.
    type Bus: Bus;
    /// The way to Genesys.
    type Transport: Transport;
}

/// The client, with the ledger's meter.
pub type BudgetedClient<O> =
    Client<<O as Outside>::Transport, SharedRateLimiter<<O as Outside>::Documents>>;

/// What one invocation may ask.
pub(crate) type BudgetedCalls<'a, O> =
    Calls<'a, <O as Outside>::Transport, SharedRateLimiter<<O as Outside>::Documents>>;

/// How it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a call has to be worth.
    pub worth: Worth,
    /// How often queues, members and users are read.
    pub reference_every: Millis,
    /// Intervals, and the time zone of days.
    pub calendar: Calendar,
}

/// Reads what events did not bring.
pub struct Reader<O: Outside> {
    /// Keeps the budget, the lease, and how far everything was read.
    pub ledger: Arc<O::Documents>,
    /// Says what is due.
    pub due: O::Due,
    /// Where events go.
    pub bus: O::Bus,
    /// The one way to Genesys.
    pub client: BudgetedClient<O>,
    /// The client's meter.
    pub meter: SharedRateLimiter<O::Documents>,
    /// How to wait between tries.
    pub retry: RetryPolicy,
    /// What time it is.
    pub clock: Clock,
    /// How it reads.
    pub rules: Rules,
}

/// One invocation.
#[derive(Clone, Debug)]
pub struct Run {
    /// A name that no other invocation has.
    pub name: String,
    /// By when reading ends. What comes after takes two or three seconds.
    pub deadline: Instant,
    /// When the invocation is killed at the latest: so long the lease holds.
    pub killed: Millis,
}

/// A call that is begun has so long at least.
const CALL_TIME: Duration = Duration::from_secs(3);
/// From the deadline on until the invocation is killed.
const TO_END: Duration = Duration::from_secs(5);
/// After the deadline, for what was read to be published.
const TO_PUBLISH: Duration = Duration::from_millis(1_500);

impl<O: Outside> Reader<O> {
    /// Reads what is most worth it, as far as the budget and the time go.
    pub async fn run(&self, run: &Run) -> Figures {
        let mut figures = Figures::default();
        let lease = lease::take(&*self.ledger, &run.name, self.clock.now(), run.killed).await;
        match lease {
            Ok(Some(lease)) => self.run_alone(run, lease, &mut figures).await,
            Ok(None) => return Figures { busy: true, ..figures },
            Err(error) => figures.fail("the lease", &error.into()),
        }
        figures.measure();
        figures
    }

    async fn run_alone(&self, run: &Run, lease: lease::Lease, figures: &mut Figures) {
        let by = run.deadline + TO_PUBLISH;
        if timeout_at(by, self.read(run, figures)).await.is_err() {
            tracing::warn!("no time was left; what is not done stays due");
        }
        (figures.requests, figures.throttled) = self.meter.take_counts();
        let reported = self.report(lease.reported(), figures).await;
        if let Err(error) = lease.release(&*self.ledger, reported).await {
            tracing::warn!(%error, "the lease was not given back; it runs out");
        }
    }

    /// One part after the other; a part that fails leaves the next ones be, unless there is
    /// nothing to be had from Genesys now.
    async fn read(&self, run: &Run, figures: &mut Figures) {
        let feed = match self.watch_feed(figures).await {
            Ok(feed) => feed,
            Err(error) => {
                figures.fail("the silence of the feed", &error);
                // What is not known to be judged is not read back: it might be read twice.
                Feed::default()
            }
        };
        let read = self.read_back(run, &feed, figures).await;
        let mut may_read = figures.go_on("a window", read);
        match self.due_gaps(figures).await {
            Ok(waiting) if may_read => {
                let windows = figures.windows_waited_for > 0;
                let read = self.read_gaps(run, waiting, windows, figures).await;
                may_read = figures.go_on("gaps", read);
            }
            Ok(_) => {}
            Err(error) => figures.fail("what is due", &error),
        }
        if may_read {
            let read = self.read_reference(run, figures).await;
            figures.go_on("queues, members and users", read);
        }
    }

    /// Asks Genesys, if there is time. Gives the answer with the time of asking. A grant that will
    /// be there in time is waited for: those of the run before count for longer than the minute
    /// between two runs, and without waiting every other run would find none.
    pub(crate) async fn ask<'a, T>(
        &'a self,
        run: &Run,
        call: impl AsyncFn(&BudgetedCalls<'a, O>) -> Result<T, CallError>,
    ) -> Result<(Millis, T), CallError> {
        loop {
            match self.ask_now(run, &call).await {
                Err(CallError::Denied(Denied::RateLimited(at))) => {
                    let wait = u64::try_from((at - self.clock.now()).0).unwrap_or_default();
                    let wait = Duration::from_millis(wait.max(1));
                    if !run.has_time(wait) {
                        return Err(CallError::Denied(Denied::RateLimited(at)));
                    }
                    sleep(wait).await;
                }
                answer => return answer,
            }
        }
    }

    /// As [`Self::ask`], without waiting for a grant.
    pub(crate) async fn ask_now<'a, T>(
        &'a self,
        run: &Run,
        call: &impl AsyncFn(&BudgetedCalls<'a, O>) -> Result<T, CallError>,
    ) -> Result<(Millis, T), CallError> {
        if !run.has_time(Duration::ZERO) {
            return Err(CallError::DeadlineExceeded);
        }
        let (calls, asked_at) = (self.client.with_deadline(run.deadline), self.clock.now());
        Ok((asked_at, call(&calls).await?))
    }
}

impl Run {
    /// The invocation of a name that is killed at a time in milliseconds since 1970.
    pub fn of(name: String, killed_ms: u64, now: Millis) -> Self {
        let killed = Millis(i64::try_from(killed_ms).unwrap_or(i64::MAX));
        let left = u64::try_from(killed.0.saturating_sub(now.0)).unwrap_or_default();
        let time = Duration::from_millis(left).saturating_sub(TO_END);
        Self { name, deadline: Instant::now() + time, killed }
    }

    /// Whether there is time for a call after a wait.
    fn has_time(&self, wait: Duration) -> bool {
        Instant::now() + wait + CALL_TIME <= self.deadline
    }

    /// The name of a part of it, which no other part of any invocation has.
    pub(crate) fn part(&self, what: &str, number: usize) -> String {
        format!("{}-{what}-{number}", self.name)
    }
}
