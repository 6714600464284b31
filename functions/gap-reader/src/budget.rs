//! The API budget: a rate limiter that all readers share by a document of the ledger, and the
//! report of what was spent.

use crate::error::JobError;
use crate::events::publish;
use headroom_aws::events::{Event, EventBus, EventPublisher};
use headroom_engine::StoreError;
use headroom_genesys::budget::RateLimiter;
use headroom_genesys::budget::{
    Budget, CalendarTime, Denied, Limits, Purpose, RateLimitInfo, Report,
};
use headroom_kpi::Calendar;
use headroom_kpi::facts::BudgetMetric;
use headroom_requests::{Clock, RetryPolicy};
use headroom_tables::{DocumentKey, Documents, Versioned, read_json, write_json};
use metrics::gauge;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Attempts to change the budget. Conflicts are rare, since there is one reader at a time.
const ATTEMPTS_MAX: u32 = 6;

/// The detail-type of a report.
const REPORT: &str = "headroom.api.budget";

/// Gives permits for requests out of the budget in the ledger.
#[derive(Debug)]
pub struct SharedRateLimiter<D> {
    documents: Arc<D>,
    retry: RetryPolicy,
    clock: Clock,
    calendar: Calendar,
    limits: Limits,
    permits: AtomicU64,
    throttled: AtomicU64,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The budget as it was last read or written. Most responses say nothing that is not in it.
    budget: Budget,
    /// What a response said and could not be written.
    unsaved: Option<RateLimitInfo>,
}

fn key() -> DocumentKey {
    DocumentKey::new("budget", "budget")
}

impl<D: Documents> SharedRateLimiter<D> {
    /// Creates the rate limiter. Days and months are those of the calendar.
    pub fn new(
        documents: Arc<D>,
        retry: RetryPolicy,
        clock: Clock,
        calendar: Calendar,
        limits: Limits,
    ) -> Self {
        let (permits, throttled) = <_>::default();
        let memory = Mutex::default();
        Self { documents, retry, clock, calendar, limits, permits, throttled, memory }
    }

    /// Permits that were given, and 429 responses, since the last call.
    pub(crate) fn take_counts(&self) -> (u64, u64) {
        let permits = self.permits.swap(0, Ordering::Relaxed);
        (permits, self.throttled.swap(0, Ordering::Relaxed))
    }

    /// Requests that one minute may have.
    pub(crate) async fn requests_per_minute(&self) -> Result<usize, StoreError> {
        let report = self.read().await?.value.report(&self.when(), &self.limits, 0);
        Ok(usize::try_from(value(&report, BudgetMetric::MinuteAllowed)).unwrap_or(1))
    }

    /// Publishes what was spent, and sets the metrics of it. For a while after midnight, the final
    /// report of the day before is published as well. `due` is how many conversations wait for a
    /// read.
    pub(crate) async fn report(
        &self,
        publisher: &EventPublisher<impl EventBus>,
        due: u64,
    ) -> Result<(), JobError> {
        let budget = self.read().await?.value;
        let when = self.when();
        let report = budget.report(&when, &self.limits, due);
        set_metrics(&report, budget.usage_share(&when, &self.limits));
        let closing = budget.closing_report(&when);
        let events = [report].into_iter().chain(closing).map(|report| event(&report));
        Ok(publish(publisher, events.collect()).await?)
    }

    fn when(&self) -> CalendarTime {
        CalendarTime::new(self.clock.now(), &self.calendar)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic elsewhere leaves nothing half done: the memory is a copy of the ledger.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self) -> Result<Versioned<Budget>, StoreError> {
        let budget = read_json::<Budget>(&*self.documents, &key()).await?.unwrap_or_default();
        self.memory().budget = budget.value.clone();
        Ok(budget)
    }

    /// Changes the budget by a conditional write, after a conflict or without a response once more
    /// from the start. `change` returns whether there is anything to write.
    async fn update(
        &self,
        mut change: impl FnMut(&mut Budget, &CalendarTime) -> Result<bool, Denied>,
    ) -> Result<(), Denied> {
        for attempt in 1..=ATTEMPTS_MAX {
            match self.try_update(&mut change).await {
                Ok(result) => return result,
                Err(error) if error.retryable() => self.retry.wait_after(attempt).await,
                Err(error) => return Err(Denied::Unavailable(error.to_string())),
            }
        }
        Err(Denied::Unavailable(format!("no write succeeded in {ATTEMPTS_MAX} attempts")))
    }

    async fn try_update(
        &self,
        change: impl FnOnce(&mut Budget, &CalendarTime) -> Result<bool, Denied>,
    ) -> Result<Result<(), Denied>, StoreError> {
        let Versioned { version, value: mut budget } = self.read().await?;
        match change(&mut budget, &self.when()) {
            Ok(true) => {}
            result => return Ok(result.map(drop)),
        }
        write_json(&*self.documents, &key(), &budget, version, None).await?;
        self.memory().budget = budget;
        Ok(Ok(()))
    }
}

impl<D: Documents> RateLimiter for SharedRateLimiter<D> {
    /// If a permit was written whose response was lost, it is spent for nothing: a request needs a
    /// permit that is confirmed.
    async fn acquire(&self, purpose: Purpose) -> Result<(), Denied> {
        let unsaved = self.memory().unsaved.clone();
        self.update(|budget, when| {
            if let Some(response) = &unsaved {
                budget.observe(response, when);
            }
            budget.try_acquire(purpose, when, &self.limits)?;
            Ok(true)
        })
        .await?;
        self.memory().unsaved.take_if(|response| Some(&*response) == unsaved.as_ref());
        self.permits.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn observe(&self, response: RateLimitInfo) {
        // All times in the budget are of the same clock.
        let response = RateLimitInfo { at: self.clock.now(), ..response };
        if response.status == 429 {
            self.throttled.fetch_add(1, Ordering::Relaxed);
        }
        let is_news = self.memory().budget.clone().observe(&response, &self.when());
        if !is_news {
            return;
        }
        let result = self.update(|budget, when| Ok(budget.observe(&response, when))).await;
        if let Err(error) = result {
            tracing::error!(
                status = response.status,
                %error,
                "budget write failed; what Genesys said about the rate limit is kept in memory and \
                 written with the next permit"
            );
            self.memory().unsaved = Some(response);
        }
    }
}

fn event(report: &Report) -> Event {
    crate::events::event(REPORT, &serde_json::json!({ "eventBody": report }))
}

/// The present value of a metric; 0 if the report does not have it.
fn value(report: &Report, metric: BudgetMetric) -> i64 {
    let value = report.now.iter().find(|(name, _)| *name == metric);
    value.map_or(0, |(_, value)| *value)
}

// Counts of requests are far below what a float holds exactly.
#[allow(clippy::cast_precision_loss)]
fn set_metrics(report: &Report, share: f64) {
    gauge!("BudgetUsedShare").set(share * 100.0);
    gauge!("BudgetMinuteUsed").set(value(report, BudgetMetric::MinuteUsed) as f64);
    gauge!("BudgetDayUsed").set(value(report, BudgetMetric::DayUsed) as f64);
}
