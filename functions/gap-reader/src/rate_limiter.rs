//! The rate limiter that all gap readers share, by the budget in the ledger.

use headroom_engine::StoreError;
use headroom_genesys::budget::{
    Budget, CalendarTime, Denied, Limits, Purpose, RateLimitInfo, RateLimiter, Report,
};
use headroom_kpi::Calendar;
use headroom_requests::{Clock, RetryPolicy};
use headroom_tables::{DocumentKey, Documents, Versioned, read_json};
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Attempts to change the budget. Conflicts are rare, since there is one reader at a time.
const ATTEMPTS_MAX: u32 = 6;

/// Gives permits out of the budget in the ledger.
pub struct LedgerRateLimiter<D> {
    documents: Arc<D>,
    retry: RetryPolicy,
    clock: Clock,
    calendar: Calendar,
    limits: Limits,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// The budget as it was last read or written. Most responses say nothing that is not in it.
    budget: Budget,
    /// What a response said and could not be written.
    unsaved: Option<RateLimitInfo>,
    permits: u64,
    throttled: u64,
}

fn key() -> DocumentKey {
    DocumentKey::new("budget", "budget")
}

impl<D: Documents> LedgerRateLimiter<D> {
    /// Creates the rate limiter. Days and months are those of the calendar.
    pub fn new(
        documents: Arc<D>,
        retry: RetryPolicy,
        clock: Clock,
        calendar: Calendar,
        limits: Limits,
    ) -> Self {
        Self { documents, retry, clock, calendar, limits, memory: Mutex::default() }
    }

    /// Permits that were given, and 429 responses, since the last call.
    pub fn take_counts(&self) -> (u64, u64) {
        let mut memory = self.memory();
        (take(&mut memory.permits), take(&mut memory.throttled))
    }

    /// Requests that one minute may have.
    pub async fn requests_per_minute(&self) -> Result<u32, StoreError> {
        Ok(self.load().await?.value.per_minute(&self.limits))
    }

    /// The report of what was spent and, for a while after midnight, the final one of the day
    /// before. `due` is how many conversations wait for a read.
    pub async fn reports(&self, due: u64) -> Result<(Report, Option<Report>), StoreError> {
        let (budget, when) = (self.load().await?.value, self.when());
        Ok((budget.report(&when, &self.limits, due), budget.closing_report(&when)))
    }

    fn when(&self) -> CalendarTime {
        CalendarTime::new(self.clock.now(), &self.calendar)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // A panic elsewhere leaves nothing half done: the memory is a copy of the store.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn load(&self) -> Result<Versioned<Budget>, StoreError> {
        let stored = read_json::<Budget>(&*self.documents, &key()).await?.unwrap_or_default();
        self.memory().budget = stored.value.clone();
        Ok(stored)
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
        let mut stored = self.load().await?;
        match change(&mut stored.value, &self.when()) {
            Ok(true) => {}
            result => return Ok(result.map(drop)),
        }
        stored.save(&*self.documents, &key()).await?;
        self.memory().budget = stored.value;
        Ok(Ok(()))
    }
}

impl<D: Documents> RateLimiter for LedgerRateLimiter<D> {
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
        let mut memory = self.memory();
        memory.unsaved.take_if(|response| Some(&*response) == unsaved.as_ref());
        memory.permits += 1;
        Ok(())
    }

    async fn observe(&self, response: RateLimitInfo) {
        // All times in the budget are of the same clock.
        let response = RateLimitInfo { at: self.clock.now(), ..response };
        self.memory().throttled += u64::from(response.status == 429);
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
