//! One table in one run: what becomes of its exports, and new ones.

use crate::coverage::Coverage;
use crate::export::{Export, Route, Status, Table};
use crate::plan::{Cadence, Plan, Recoverable, plan};
use crate::records::Records;
use crate::service::{Exports, Progress, RequestError, TableState};
use crate::summary::RunSummary;
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::Documents;

pub(crate) struct TableRun<'a, D, E> {
    pub(crate) documents: &'a D,
    pub(crate) exports: &'a E,
    pub(crate) table: Table,
    pub(crate) state: TableState,
    pub(crate) route: Route,
    pub(crate) records: Records,
    pub(crate) now: Millis,
    pub(crate) summary: &'a mut RunSummary,
}

impl<D: Documents, E: Exports> TableRun<'_, D, E> {
    /// Asks, repeats, and requests. What could not be done is for the next run.
    pub(crate) async fn run(&mut self, cadence: Cadence) -> Result<Coverage, StoreError> {
        self.check_recovery();
        for export in self.plan(cadence).pending {
            self.ask(export).await?;
        }
        // Planned again, since what has failed just now may be requested at once.
        let Plan { repeats, requests, broken, .. } = self.plan(cadence);
        if let (Some(cause), false) = (broken, requests.is_empty()) {
            tracing::info!(table = self.table.name(), ?cause, "a full export begins a new chain");
        }
        for export in repeats {
            self.repeat(export).await?;
        }
        for export in requests {
            if !self.request(export).await? {
                break;
            }
        }
        Ok(Coverage::new(&self.records.exports(), &self.route))
    }

    fn plan(&self, cadence: Cadence) -> Plan {
        let Self { state, route, records, now, .. } = self;
        plan(cadence, state.recoverable, route, &records.exports(), *now)
    }

    fn check_recovery(&mut self) {
        if self.state.recoverable == Recoverable::NEVER {
            let table = self.table.name();
            tracing::error!(table, "point-in-time recovery is off; switch it on, or deploy again");
            self.summary.failures += 1;
        }
    }

    /// Asks how far an export is.
    async fn ask(&mut self, export: Export) -> Result<(), StoreError> {
        let Status::Running { arn } = &export.status else { return Ok(()) };
        let status = match self.exports.progress(arn).await {
            Ok(Progress::Running) => return Ok(()),
            Ok(Progress::Complete) => Status::Complete { arn: arn.clone() },
            Ok(Progress::Failed(reason)) => Status::Failed { reason },
            Err(error) => {
                self.fail(&export, &error);
                return Ok(());
            }
        };
        match &status {
            Status::Failed { reason } => self.fail(&export, reason),
            _ => self.summary.complete += 1,
        }
        self.records.save(self.documents, Export { status, ..export }, self.now).await
    }

    /// Repeats a request whose response got lost. Whatever comes of it, the document stays: only the
    /// token tells whether the first request began an export.
    async fn repeat(&mut self, export: Export) -> Result<(), StoreError> {
        match self.exports.request(self.table, &self.state.arn, &export).await {
            Ok(arn) => self.begin(export, arn).await,
            Err(error) => {
                self.fail(&export, &error);
                Ok(())
            }
        }
    }

    /// Requests an export. Its document is first: without it, a run that is killed now would leave an export
    /// that nobody knows. Returns whether further requests may succeed.
    async fn request(&mut self, export: Export) -> Result<bool, StoreError> {
        let before = self.records.stored(&export).cloned();
        self.records.save(self.documents, export.clone(), self.now).await?;
        match self.exports.request(self.table, &self.state.arn, &export).await {
            Ok(arn) => self.begin(export, arn).await.map(|()| true),
            Err(RequestError::Later(reason)) => {
                tracing::info!(table = self.table.name(), reason, "an export is put off");
                self.take_back(&export, before).await.map(|()| false)
            }
            Err(error @ RequestError::Refused(_)) => {
                self.fail(&export, &error);
                self.take_back(&export, before).await.map(|()| false)
            }
            Err(error) => {
                self.fail(&export, &error);
                Ok(false)
            }
        }
    }

    async fn begin(&mut self, export: Export, arn: String) -> Result<(), StoreError> {
        self.summary.starts += 1;
        let export = Export { status: Status::Running { arn }, ..export };
        self.records.save(self.documents, export, self.now).await
    }

    /// Leaves the document as it was before a request that began nothing.
    async fn take_back(
        &mut self,
        export: &Export,
        before: Option<Export>,
    ) -> Result<(), StoreError> {
        match before {
            Some(before) => self.records.save(self.documents, before, self.now).await,
            None => self.records.remove(self.documents, export).await,
        }
    }

    fn fail(&mut self, export: &Export, reason: &impl ToString) {
        let (table, window) = (self.table.name(), export.window);
        let (from, to, reason) = (window.from.text(), window.to.text(), reason.to_string());
        tracing::error!(table, from, to, reason, "an export failed, or a request for it");
        self.summary.failures += 1;
    }
}
