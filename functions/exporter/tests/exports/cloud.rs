//! DynamoDB's exports as its documentation describes them, in memory, with faults; and the ledger.

use headroom_aws::Invocation;
use headroom_engine::StoreError;
use headroom_exporter::export::{Export, Kind, Table, Window};
use headroom_exporter::plan::Recoverable;
use headroom_exporter::{
    Exporter, Exports, Hour, Progress, RequestError, Rules, RunSummary, TableState,
};
use headroom_kpi::Millis;
use headroom_requests::Clock;
use headroom_test_support::{Fault, FaultPlan, FaultyDocuments, MemoryDocuments, Operation};
use std::sync::{Arc, Mutex, MutexGuard};

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
/// 1 June 2026, 00:20 UTC: when the tables were made.
pub(crate) const BEGIN: i64 = 1_780_273_200_000;
/// How long a token is known.
const TOKEN_KNOWN_FOR: i64 = 8 * HOUR;

/// An export that DynamoDB has begun.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) table: Table,
    pub(crate) export: Export,
    pub(crate) progress: Progress,
    since: i64,
}

impl Job {
    pub(crate) fn window(&self) -> Window {
        self.export.window
    }

    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.progress, Progress::Failed(_))
    }
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) now: i64,
    /// A number in the ids of the tables.
    pub(crate) generation: u32,
    /// Since when there is point-in-time recovery; none while it is off.
    pub(crate) recovery: Option<i64>,
    /// Whether every request is refused.
    pub(crate) refuses: bool,
    pub(crate) jobs: Vec<Job>,
    pub(crate) marker: Option<String>,
}

impl State {
    fn recoverable(&self) -> Recoverable {
        let Some(since) = self.recovery else { return Recoverable::NEVER };
        let earliest = Millis(since.max(self.now - 35 * DAY));
        Recoverable { earliest, latest: Millis((self.now - 5 * MINUTE).max(earliest.0)) }
    }

    fn table_id(&self, table: Table) -> String {
        format!("{}{:07x}-0000-4000-8000-000000000000", &table.name()[..1], self.generation)
    }

    fn begin(&mut self, table: Table, export: &Export) -> Result<String, RequestError> {
        let (token, now) = (export.token(), self.now);
        let is_same =
            |job: &&Job| job.export.token() == token && now - job.since <= TOKEN_KNOWN_FOR;
        if let Some(job) = self.jobs.iter().find(is_same) {
            assert_eq!(job.window(), export.window, "one token for two windows");
            return Ok(token);
        }
        let Recoverable { earliest, latest } = self.recoverable();
        let Window { kind, from, to } = export.window;
        if from.start() < earliest || to.start() > latest {
            return Err(RequestError::Later("InvalidExportTimeException".into()));
        }
        let hours = to.0 - from.0;
        assert!(if kind == Kind::Full { hours == 0 } else { (1..=24).contains(&hours) });
        assert_eq!(export.route.table_id, self.table_id(table));
        let (export, progress) = (export.clone(), Progress::Running);
        self.jobs.push(Job { table, export, progress, since: now });
        Ok(token)
    }
}

/// The services, and the plan of what fails.
#[derive(Clone, Debug)]
pub(crate) struct Cloud {
    state: Arc<Mutex<State>>,
    plan: FaultPlan,
    documents: Arc<MemoryDocuments>,
}

impl Cloud {
    pub(crate) fn new() -> Self {
        let state = State {
            now: BEGIN,
            generation: 1,
            recovery: Some(BEGIN),
            refuses: false,
            jobs: Vec::new(),
            marker: None,
        };
        let state = Arc::new(Mutex::new(state));
        Self { state, plan: FaultPlan::default(), documents: Arc::default() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The newest hour that can be exported.
    pub(crate) fn newest(&self) -> Hour {
        Hour::before(self.state().recoverable().latest)
    }

    pub(crate) fn wait(&self, minutes: i64) {
        self.state().now += minutes * MINUTE;
        self.documents.remove_expired(Millis(self.state().now));
    }

    /// Says what becomes of the exports that are under way.
    pub(crate) fn progress(&self, mut become_of: impl FnMut(usize) -> Progress) {
        let mut state = self.state();
        let running = state.jobs.iter_mut().filter(|job| job.progress == Progress::Running);
        for (index, job) in running.enumerate() {
            job.progress = become_of(index);
        }
    }

    /// Runs the exporter; none if it was killed. One call of the run may fail.
    pub(crate) async fn run(&self, fault: Option<(usize, Fault)>) -> Option<RunSummary> {
        let (index, fault) = fault.unwrap_or((usize::MAX, Fault::None));
        self.plan.plan_call(index, fault);
        let (exporter, now) = (self.exporter(), Millis(self.state().now));
        let killed_at = u64::try_from(now.0).unwrap() + 60_000;
        let run = Invocation::new(format!("run-{}", now.0), killed_at, now);
        tokio::select! {
            summary = exporter.run(&run) => Some(summary),
            () = self.plan.crash() => None,
        }
    }

    fn exporter(&self) -> Exporter<FaultyDocuments<MemoryDocuments>, Self> {
        let (state, plan) = (Arc::clone(&self.state), self.plan.clone());
        Exporter {
            documents: FaultyDocuments { documents: Arc::clone(&self.documents), plan },
            exports: self.clone(),
            clock: Clock::new(move || Millis(state.lock().unwrap().now)),
            rules: Rules {
                rows_table: Table::Rows.name().into(),
                ledger_table: Table::Catalog.name().into(),
                bucket: "exports".into(),
                late_hours: 24,
            },
        }
    }
}

fn store_error(fault: Fault) -> StoreError {
    StoreError::Unanswered(format!("{fault:?}"))
}

impl Exports for Cloud {
    async fn table(&self, name: &str) -> Result<TableState, StoreError> {
        let table = if name == Table::Rows.name() { Table::Rows } else { Table::Catalog };
        let describe = async {
            let state = self.state();
            let (id, recoverable) = (state.table_id(table), state.recoverable());
            Ok(TableState { arn: format!("arn:{id}"), id, recoverable })
        };
        self.plan.call(Operation::Request, describe, store_error).await
    }

    async fn request(
        &self,
        table: Table,
        _table_arn: &str,
        export: &Export,
    ) -> Result<String, RequestError> {
        if self.state().refuses {
            return Err(RequestError::Refused("AccessDeniedException".into()));
        }
        let begin = async { self.state().begin(table, export) };
        let error = |fault| match fault {
            Fault::Throttle => RequestError::Later("ThrottlingException".into()),
            _ => RequestError::Unanswered("lost".into()),
        };
        self.plan.call(Operation::Request, begin, error).await
    }

    async fn progress(&self, arn: &str) -> Result<Progress, StoreError> {
        let ask = async {
            let state = self.state();
            // The token stands for the ARN; of two with one token, the later one counts.
            let job = state.jobs.iter().rev().find(|job| job.export.token() == arn);
            Ok(job.unwrap().progress.clone())
        };
        self.plan.call(Operation::Request, ask, store_error).await
    }

    async fn write_marker(&self, body: &str) -> Result<(), StoreError> {
        let write = async {
            self.state().marker = Some(body.to_owned());
            Ok(())
        };
        self.plan.call(Operation::Request, write, store_error).await
    }
}
