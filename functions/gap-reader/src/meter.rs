//! The budget, held by the ledger.
use crate::document::{Held, read, write};
use headroom_engine::StoreError;
use headroom_genesys::budget::{
    Budget, CalendarTime, Denied, Limits, Purpose, RateLimitInfo, RateLimiter, Report,
};
use headroom_kpi::Calendar;
use headroom_kpi::facts::BudgetMetric;
use headroom_requests::{Clock, RetryPolicy};
use headroom_tables::{DocumentKey, Documents};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tries to change the budget: holders meet seldom, since there is one reader at a time.
const TRIES_MAX: u32 = 6;

/// Gives grants out of the ledger's budget. Its clones are the same meter.
#[derive(Debug)]
pub struct SharedRateLimiter<L> {
    inner: Arc<Inner<L>>,
}

#[derive(Debug)]
struct Inner<L> {
    ledger: Arc<L>,
    retry: RetryPolicy,
    clock: Clock,
    calendar: Calendar,
    limits: Limits,
    granted: AtomicU64,
    throttled: AtomicU64,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The budget, as it was last seen: most answers say nothing that is not in it.
    budget: Budget,
    /// What an answer said and could not be written down.
    unsaved: Option<RateLimitInfo>,
}

impl<L> Clone for SharedRateLimiter<L> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

fn key() -> DocumentKey {
    DocumentKey::new("budget", "budget")
}

impl<L: Documents> SharedRateLimiter<L> {
    /// A meter. Days and months are those of the calendar.
    pub fn new(
        ledger: Arc<L>,
        retry: RetryPolicy,
        clock: Clock,
        calendar: Calendar,
        limits: Limits,
    ) -> Self {
        let (granted, throttled) = (AtomicU64::new(0), AtomicU64::new(0));
        let memory = Mutex::default();
        let inner = Inner { ledger, retry, clock, calendar, limits, granted, throttled, memory };
        Self { inner: Arc::new(inner) }
    }

    /// Requests that were granted, and answers 429, since it was asked the last time.
    pub fn take_counts(&self) -> (u64, u64) {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        (take(&self.inner.granted), take(&self.inner.throttled))
    }

    /// What was spent, and the greatest share of any allowance. After midnight for a while the day
    /// before comes along. `due` is how many conversations wait for a read.
    pub(crate) async fn report(&self, due: u64) -> Result<(Vec<Report>, f64), StoreError> {
        let Held { value: budget, .. } = self.budget().await?;
        let when = self.when();
        let mut reports = vec![budget.report(&when, &self.inner.limits, due)];
        reports.extend(budget.closing_report(&when));
        Ok((reports, budget.usage_share(&when, &self.inner.limits)))
    }

    /// Requests that a minute may have.
    pub(crate) async fn minute_allowed(&self) -> Result<usize, StoreError> {
        let Held { value: budget, .. } = self.budget().await?;
        let report = budget.report(&self.when(), &self.inner.limits, 0);
        let allowed = report.now.iter().find(|(sum, _)| *sum == BudgetMetric::MinuteAllowed);
        Ok(allowed.map_or(1, |(_, allowed)| usize::try_from(*allowed).unwrap_or(1)))
    }

    fn when(&self) -> CalendarTime {
        CalendarTime::new(self.inner.clock.now(), &self.inner.calendar)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic elsewhere leaves nothing half done: it is a copy of what is in the ledger.
        self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn budget(&self) -> Result<Held<Budget>, StoreError> {
        let held = read::<Budget>(&*self.inner.ledger, &key()).await?;
        let held = held.unwrap_or(Held { version: 0, value: Budget::default() });
        self.memory().budget = held.value.clone();
        Ok(held)
    }

    /// One try. None: somebody else was faster, or it is not known what became of it.
    async fn try_acquire(&self, purpose: Purpose) -> Result<Option<()>, Denied> {
        let unavailable = |error: StoreError| Denied::Unavailable(error.to_string());
        let Held { version, value: mut budget } = match self.budget().await {
            Err(error) if error.retryable() => return Ok(None),
            found => found.map_err(unavailable)?,
        };
        let (when, unsaved) = (self.when(), self.memory().unsaved.clone());
        if let Some(seen) = &unsaved {
            budget.observe(seen, &when);
        }
        budget.try_acquire(purpose, &when, &self.inner.limits)?;
        match write(&*self.inner.ledger, &key(), &budget, version, None).await {
            Ok(_) => {}
            // It may be written, and then this grant was spent for nothing: never send without one
            // that is confirmed.
            Err(error) if error.retryable() => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        }
        let mut memory = self.memory();
        memory.budget = budget;
        memory.unsaved.take_if(|seen| Some(&*seen) == unsaved.as_ref());
        Ok(Some(()))
    }

    /// One try to write down what an answer said. Whether that is done.
    async fn try_observe(&self, seen: &RateLimitInfo) -> bool {
        let Ok(Held { version, value: mut budget }) = self.budget().await else { return false };
        if !budget.observe(seen, &self.when()) {
            return true;
        }
        let written = write(&*self.inner.ledger, &key(), &budget, version, None).await.is_ok();
        if written {
            self.memory().budget = budget;
        }
        written
    }
}

impl<L: Documents> RateLimiter for SharedRateLimiter<L> {
    async fn acquire(&self, purpose: Purpose) -> Result<(), Denied> {
        for attempt in 1..=TRIES_MAX {
            if self.try_acquire(purpose).await?.is_some() {
                self.inner.granted.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            self.inner.retry.wait_after(attempt).await;
        }
        Err(Denied::Unavailable("it was changed by others, or did not answer in time".to_owned()))
    }

    async fn observe(&self, seen: RateLimitInfo) {
        // One clock for all that is in the budget.
        let seen = RateLimitInfo { at: self.inner.clock.now(), ..seen };
        if seen.status == 429 {
            self.inner.throttled.fetch_add(1, Ordering::Relaxed);
        }
        let news = self.memory().budget.clone().observe(&seen, &self.when());
        if !news {
            return;
        }
        for attempt in 1..=TRIES_MAX {
            if self.try_observe(&seen).await {
                return;
            }
            self.inner.retry.wait_after(attempt).await;
        }
        // Said again with the next grant: without the ledger there is none.
        tracing::error!(status = seen.status, "the ledger did not take what an answer said");
        self.memory().unsaved = Some(seen);
    }
}
