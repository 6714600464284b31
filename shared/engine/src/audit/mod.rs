//! Audits a store: whether each row equals the sum of the stored contributions of all entities
//! (`kpis.md#contributions`).
//!
//! Nothing here reads anything: rows and entities are handed in, in any order.

mod expiry;
mod part;
mod report;

pub use expiry::{Exemption, Expiry};
pub use part::Part;
pub use report::{AuditReport, AuditSummary, DifferenceKind, Repeat, RowDifference, SumDifference};

use crate::{StoredEntity, StoredRow};
use expiry::begins_before;
use foldhash::fast::RandomState;
use headroom_kpi::{Bucket, Entity, Id, Millis, Row, RowKey, RowSums, Subject};
use std::collections::{HashMap, HashSet};

/// Sums up the contributions of all entities, and compares the rows with them.
///
/// In memory are the rows of a [`Part`], each as it is stored and as it should be, and 16 bytes of each
/// entity of the part.
///
/// A row of one agent is special in two ways. An agent forgets old changes and not what they have
/// added, so rows of a time that its agent has forgotten are left out. And the row `now` of an agent,
/// like that of the API budget, says what was so last: it stays when the entity is removed. All other
/// rows `now` count what is open, and nothing is open of an entity that is gone: if its time to live
/// has left something there, that is a difference like any other.
#[derive(Debug)]
pub struct Auditor {
    expiry: Expiry,
    part: Part,
    rows: HashMap<RowKey, RowState, RandomState>,
    /// Up to when each agent has forgotten changes.
    forgotten_until: HashMap<Id, Millis, RandomState>,
    fingerprints: HashSet<u128, RandomState>,
    report: AuditReport,
}

/// A row as it is stored and as it should be.
#[derive(Debug, Default)]
struct RowState {
    stored: Option<StoredRow>,
    contributions: RowSums,
}

impl Auditor {
    /// An auditor of a part of the rows.
    pub fn new(expiry: Expiry, part: Part) -> Self {
        Self {
            expiry,
            part,
            rows: HashMap::default(),
            forgotten_until: HashMap::default(),
            fingerprints: HashSet::default(),
            report: AuditReport::default(),
        }
    }

    /// Adds a stored row. Of a row that comes twice the first one counts.
    pub fn add_row(&mut self, key: RowKey, stored: StoredRow) {
        if !self.part.has(&key) {
            return;
        }
        self.report.summary.rows += 1;
        if let Some(exemption) = self.expiry.exemption(&key.bucket) {
            return self.exempt(exemption);
        }
        if self.rows.get(&key).is_some_and(|row| row.stored.is_some()) {
            return self.report.repeats.push(Repeat::Row(key));
        }
        self.rows.entry(key).or_default().stored = Some(stored);
    }

    /// Adds what an entity contributes, by its key in the table.
    pub fn add_entity(&mut self, key: &str, stored: &StoredEntity) {
        if let Some(fingerprint) = self.part.fingerprint(key) {
            self.report.summary.entities += 1;
            if !self.fingerprints.insert(fingerprint) {
                self.report.repeats.push(Repeat::Entity(key.to_owned()));
            }
        }
        if let Entity::Agent(agent) = &stored.entity
            && let Some(until) = agent.forgotten_until()
        {
            self.forgotten_until.insert(agent.user().clone(), until);
        }
        for (row, amounts) in stored.contributions.rows() {
            if self.part.has(row) && self.expiry.exemption(&row.bucket).is_none() {
                let state = match self.rows.get_mut(row) {
                    Some(state) => state,
                    None => self.rows.entry(row.clone()).or_default(),
                };
                state.contributions.add(amounts);
            }
        }
    }

    /// Compares the rows with the sums of the contributions.
    pub fn finish(mut self) -> AuditReport {
        for (row, state) in std::mem::take(&mut self.rows) {
            if state.stored.is_none() && state.contributions.is_empty() {
                continue; // What cancels out needs no row.
            }
            if let Some(exemption) = self.exemption(&row, &state) {
                self.exempt(exemption);
            } else {
                self.report.summary.compared += 1;
                self.report.differences.extend(state.difference(row));
            }
        }
        self.report.differences.sort_unstable_by(|a, b| a.row.cmp(&b.row));
        self.report
    }

    /// Why a row is left out that is young enough.
    fn exemption(&self, row: &RowKey, state: &RowState) -> Option<Exemption> {
        let is_orphan = |stored: &StoredRow| {
            state.contributions.is_empty() && self.expiry.is_expired(stored.at)
        };
        match (&row.subject, row.bucket) {
            (Subject::AgentStatus(_) | Subject::ApiBudget, Bucket::Now) => {
                let is_orphan = state.stored.as_ref().is_some_and(is_orphan);
                is_orphan.then_some(Exemption::StatusExpired)
            }
            (Subject::AgentStatus(agent), bucket) => {
                let until = *self.forgotten_until.get(agent)?;
                begins_before(&bucket, until).then_some(Exemption::AgentForgets)
            }
            _ => None,
        }
    }

    fn exempt(&mut self, exemption: Exemption) {
        *self.report.summary.exempt.entry(exemption).or_default() += 1;
    }
}

impl RowState {
    fn difference(self, row: RowKey) -> Option<RowDifference> {
        let right = Row::from(&self.contributions).sums;
        let is_right = self.stored.as_ref().is_some_and(|stored| stored.row.sums == right);
        (!is_right).then_some(RowDifference { row, stored: self.stored, right })
    }
}
