//! One run: the lease, the jobs in order of value, the deadline, and the report.

use crate::agents::{AgentReads, AgentRules, AgentsSummary};
use crate::api::{Api, BudgetedClient};
use crate::backfill::{Backfill, BackfillSummary};
use crate::budget::publish_report;
use crate::catalog::{CatalogSummary, CatalogSync};
use crate::due::{DueReads, find_due};
use crate::error::JobError;
use crate::repair::{BatchPolicy, Repair, RepairSummary, retain_overdue_gauges};
use headroom_aws::Invocation;
use headroom_aws::events::{EventBus, EventPublisher};
use headroom_engine::DueIndex;
use headroom_genesys::api::Transport;
use headroom_kpi::{Calendar, Millis, Settings};
use headroom_requests::Clock;
use headroom_tables::{Counters, Documents, Lease};
use metrics::counter;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout_at;

/// From the deadline on: for what was read until then to be published.
const PUBLISH_RESERVE: Duration = Duration::from_millis(1_500);

/// The name of the lease.
const LEASE: &str = "gap-reader";

/// How the reader reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// When a request is sent that is not full.
    pub batch: BatchPolicy,
    /// How often the catalog is read.
    pub catalog_interval: Millis,
    /// Intervals, and the time zone of days.
    pub calendar: Calendar,
    /// How agents are read.
    pub agents: AgentRules,
}

impl Rules {
    /// The rules with the calendar and the agents of settings.
    #[must_use]
    pub fn with_settings(self, settings: &Settings) -> Self {
        let agents = AgentRules { settings: settings.agents.clone(), ..self.agents };
        Self { calendar: settings.calendar.clone(), agents, ..self }
    }
}

/// A gap reader, over any ledger, index of due conversations, bus and way to Genesys.
pub struct GapReader<D, I, B, T> {
    /// The ledger: the budget, the lease, and how far everything was read.
    pub documents: Arc<D>,
    /// The conversations that are due for a read.
    pub due_index: I,
    /// Where events go.
    pub publisher: EventPublisher<B>,
    /// The way to Genesys.
    pub client: BudgetedClient<T, D>,
    /// The time.
    pub clock: Clock,
    /// How it reads.
    pub rules: Rules,
}

/// What a run did: the function's response, and its metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Another run held the lease: nothing was done.
    pub busy: bool,
    /// Permits that were given for requests to Genesys.
    pub requests: u64,
    /// 429 responses.
    pub throttled: u64,
    /// What the repair job did.
    #[serde(flatten)]
    pub repair: RepairSummary,
    /// What the backfill job did.
    #[serde(flatten)]
    pub backfill: BackfillSummary,
    /// What the catalog job did.
    #[serde(flatten)]
    pub catalog: CatalogSummary,
    /// What the agents job did.
    #[serde(flatten)]
    pub agents: AgentsSummary,
    /// Jobs that failed.
    pub failures: u64,
    /// Genesys refuses the OAuth client, or one of its requests.
    pub not_allowed: bool,
}

impl<D: Documents + Counters, I: DueIndex, B: EventBus, T: Transport> GapReader<D, I, B, T> {
    /// Reads what is most valuable, as far as the budget and the time allow.
    pub async fn run(&self, run: &Invocation) -> RunSummary {
        let mut summary = RunSummary::default();
        // Two readers at once would do no harm: they share the budget, and a repair made twice
        // changes nothing. But they would read the same conversations twice.
        let (documents, now) = (&*self.documents, self.clock.now());
        match Lease::acquire(documents, LEASE, &run.id, now, run.killed_at).await {
            Ok(Some(lease)) => self.run_with_lease(run, lease, &mut summary).await,
            Ok(None) => return RunSummary { busy: true, ..summary },
            Err(error) => summary.record_failure("lease", &error.into()),
        }
        summary.record_metrics();
        summary
    }

    async fn run_with_lease(&self, run: &Invocation, lease: Lease, summary: &mut RunSummary) {
        self.run_jobs(run, summary).await;
        let rate_limiter = self.client.rate_limiter();
        (summary.requests, summary.throttled) = rate_limiter.take_counts();
        let due = summary.repair.due_left;
        let report = publish_report(rate_limiter, &self.publisher, due).await;
        summary.record("report", report);
        if let Err(error) = lease.release(&*self.documents).await {
            tracing::warn!(%error, "the lease was not released; it expires by itself");
        }
    }

    /// Runs the jobs in order of value. A failed job does not stop the next, unless the API is
    /// unavailable for the rest of this run.
    async fn run_jobs(&self, run: &Invocation, summary: &mut RunSummary) {
        let Self { due_index, publisher, rules, .. } = self;
        let (documents, run_id) = (&*self.documents, &*run.id);
        let Rules { batch, calendar, catalog_interval: interval, agents: rules } = rules;
        let api = &Api { client: &self.client, clock: &self.clock, deadline: run.deadline };
        let mut backfill = Backfill { run_id, documents, api, publisher, summary: <_>::default() };
        let mut repair =
            Repair { run_id, documents, api, publisher, batch, summary: <_>::default() };
        let mut catalog =
            CatalogSync { documents, api, calendar, interval: *interval, summary: <_>::default() };
        let mut agents =
            AgentReads { run_id, documents, api, publisher, rules, summary: <_>::default() };
        let jobs = async {
            let mut is_available = summary.record("backfill", backfill.run().await);
            let search = find_due(api, documents, due_index, batch).await;
            let mut due = search.unwrap_or_else(|error| {
                summary.record_failure("search for what is due", &error.into());
                DueReads::default()
            });
            repair.count_due(&due.conversations);
            if backfill.summary.windows_pending > 0 {
                retain_overdue_gauges(&mut due.conversations, self.clock.now());
            }
            if is_available {
                is_available = summary.record("repair", repair.run(due.conversations).await);
            }
            if is_available {
                is_available = summary.record("catalog", catalog.run().await);
            }
            if is_available {
                let has_outage = backfill.summary.outage_minutes > 0;
                summary.record("agents", agents.run(due.agents, has_outage).await);
            }
        };
        if timeout_at(run.deadline + PUBLISH_RESERVE, jobs).await.is_err() {
            tracing::warn!("the run reached its deadline; the next one goes on where it stopped");
        }
        summary.repair = repair.summary;
        summary.backfill = backfill.summary;
        summary.catalog = catalog.summary;
        summary.agents = agents.summary;
    }
}

impl RunSummary {
    /// Records how a job ended. Returns whether the API is still available in this run.
    fn record(&mut self, job: &'static str, result: Result<(), JobError>) -> bool {
        let Err(error) = result else { return true };
        self.record_failure(job, &error);
        !error.ends_requests()
    }

    fn record_failure(&mut self, job: &'static str, error: &JobError) {
        if error.is_expected() {
            tracing::info!(job, %error, "a job ended early; the next run goes on where it stopped");
            return;
        }
        tracing::error!(job, %error, "a job failed; the next run goes on where it stopped");
        self.failures += 1;
        self.not_allowed |= error.is_not_allowed();
    }

    fn record_metrics(&self) {
        counter!("ApiRequests").increment(self.requests);
        counter!("Throttled").increment(self.throttled);
        counter!("GapsDue").increment(self.repair.due);
        counter!("GapsRead").increment(self.repair.read);
        counter!("GapsClosed").increment(self.repair.closed);
        counter!("ReadBack").increment(self.backfill.backfilled);
        counter!("ReadBacksGivenUp").increment(self.backfill.windows_abandoned);
        counter!("SilentMinutes").increment(self.backfill.outage_minutes);
        counter!("CatalogChanges").increment(self.catalog.catalog_changes);
        counter!("AgentsDue").increment(self.agents.agents_due);
        counter!("AgentsRead").increment(self.agents.agents_read);
        counter!("RunFailures").increment(self.failures);
    }
}
