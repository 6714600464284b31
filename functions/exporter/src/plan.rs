//! Which exports to request and which to ask about, by what the ledger knows of the earlier ones. No I/O.
//!
//! The windows of increments are a chain: each begins where the last one ends, and the first where a
//! full export was made. The chain is broken if its next window cannot be exported any more, because
//! point-in-time recovery begins later, or because its export failed for good. Then a full export begins
//! another one.

use crate::export::{ATTEMPTS_MAX, Export, Kind, Route, Status, Window};
use crate::hour::Hour;
use headroom_kpi::Millis;
use std::iter::successors;

/// Hours of the longest window that DynamoDB exports.
pub const WINDOW_HOURS_MAX: i64 = 24;

/// New exports in one run: after a long pause the rest is for the next run.
pub const REQUESTS_MAX: usize = 8;

/// What is exported of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// Hours between two full exports.
    pub full_hours: i64,
    /// Whether there are increments between them.
    pub has_increments: bool,
}

/// The times that a table can be exported of: its point-in-time recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recoverable {
    /// The earliest one.
    pub earliest: Millis,
    /// The latest one, some minutes ago.
    pub latest: Millis,
}

impl Recoverable {
    /// No time at all: point-in-time recovery is off.
    pub const NEVER: Self = Self { earliest: Millis(i64::MAX), latest: Millis(0) };
}

/// What a run has to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Exports that are being made, to ask how far they are.
    pub pending: Vec<Export>,
    /// Requests whose response got lost. To be repeated with the token that they had.
    pub repeats: Vec<Export>,
    /// Exports to request, in this order.
    pub requests: Vec<Export>,
    /// Why a full export is needed before its time; none if it is not.
    pub broken: Option<Break>,
}

/// Why a chain of windows cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// There is no full export of this table in this bucket.
    NoFullExport,
    /// Point-in-time recovery begins after the next window.
    RecoveryBeginsLater,
    /// The export of the next window failed for good.
    ExportFailed,
}

/// Plans a run. `exports` are all that the ledger knows of the table, those of other routes included.
pub fn plan(
    cadence: Cadence,
    recoverable: Recoverable,
    route: &Route,
    exports: &[Export],
    now: Millis,
) -> Plan {
    let current: Vec<_> = exports.iter().filter(|export| export.route == *route).collect();
    let mut plan = Plan::default();
    for export in &current {
        match export.status {
            Status::Running { .. } => plan.pending.push((*export).clone()),
            Status::Requested if !export.has_failed(now) => plan.repeats.push((*export).clone()),
            _ => {}
        }
    }
    let planner = Planner { cadence, recoverable, route, exports, current, now };
    let (requests, broken) = planner.requests();
    Plan { requests, broken, ..plan }
}

struct Planner<'a> {
    cadence: Cadence,
    recoverable: Recoverable,
    route: &'a Route,
    exports: &'a [Export],
    /// Those of the route.
    current: Vec<&'a Export>,
    now: Millis,
}

impl Planner<'_> {
    fn requests(&self) -> (Vec<Export>, Option<Break>) {
        let newest = Hour::before(self.recoverable.latest.min(self.now));
        let Some(base) = self.base() else {
            return (self.full(newest), Some(Break::NoFullExport));
        };
        if !self.cadence.has_increments {
            let is_due = newest.0 - base.0 >= self.cadence.full_hours;
            return (if is_due { self.full(newest) } else { Vec::new() }, None);
        }
        let end = self.chain(base).last().map_or(base, |export| export.window.to);
        if let Some(cause) = self.break_at(end) {
            return (self.full(newest), Some(cause));
        }
        (self.extend(base, end, newest), None)
    }

    /// The time of the newest full export that has not failed.
    fn base(&self) -> Option<Hour> {
        let full = self.current.iter().filter(|export| export.window.kind == Kind::Full);
        let usable = full.filter(|export| !export.has_failed(self.now));
        usable.map(|export| export.window.to).max()
    }

    /// The increments after a full export, so far.
    fn chain(&self, base: Hour) -> impl Iterator<Item = &Export> {
        successors(self.link(base), |export| self.link(export.window.to))
    }

    /// The increment that begins at an hour, unless it failed for good.
    fn link(&self, from: Hour) -> Option<&Export> {
        self.increment_from(from).filter(|export| !self.is_final_failure(export))
    }

    fn increment_from(&self, from: Hour) -> Option<&Export> {
        self.current.iter().copied().find(|export| export.window.follows(from))
    }

    /// Whether a window will never be exported.
    fn is_final_failure(&self, export: &Export) -> bool {
        export.has_failed(self.now) && !self.can_be_repeated(export)
    }

    fn can_be_repeated(&self, export: &Export) -> bool {
        let is_known = matches!(export.status, Status::Failed { .. });
        is_known && export.attempt < ATTEMPTS_MAX && self.is_recoverable(export.window.from)
    }

    fn is_recoverable(&self, time: Hour) -> bool {
        time.start() >= self.recoverable.earliest
    }

    /// Why the chain cannot go on at its end.
    fn break_at(&self, end: Hour) -> Option<Break> {
        if self.increment_from(end).is_some() {
            return Some(Break::ExportFailed);
        }
        (!self.is_recoverable(end)).then_some(Break::RecoveryBeginsLater)
    }

    /// Windows that failed and are requested again, those up to the newest hour, and a full export if its
    /// time has come.
    fn extend(&self, base: Hour, mut end: Hour, newest: Hour) -> Vec<Export> {
        let failed = self.chain(base).filter(|export| export.has_failed(self.now));
        let mut requests: Vec<_> = failed.map(|export| export.again(self.now)).collect();
        while end < newest && requests.len() < REQUESTS_MAX {
            let to = newest.min(end.plus(WINDOW_HOURS_MAX));
            requests.push(Export::new(Window::increment(end, to), self.route, self.now));
            end = to;
        }
        // At the end of the chain, so that no window goes beyond it on both sides.
        if end == newest && end.0 - base.0 >= self.cadence.full_hours {
            requests.extend(self.full(end));
        }
        requests
    }

    /// A full export, if it can be made, and none was requested at this hour.
    fn full(&self, time: Hour) -> Vec<Export> {
        let window = Window::full(time);
        let exists = self.exports.iter().any(|export| export.window == window);
        if exists || !self.is_recoverable(time) {
            return Vec::new();
        }
        vec![Export::new(window, self.route, self.now)]
    }
}
