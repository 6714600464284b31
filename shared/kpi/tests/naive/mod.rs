//! A second, literal reading of the rules in `kpis.md`, to compare the crate with.
//!
//! It takes all facts of a conversation at once, works with texts and plain numbers, and shares
//! nothing with the crate but the input types. Slow on purpose where that is simpler.

mod conversation;
mod derived;
mod gauges;
mod official;
mod precedence;
mod ratios;

pub(crate) use ratios::Ratios;

use conversation::{NaiveConversation, Number};
use headroom_kpi::Fact;
use headroom_kpi::facts::{BudgetReport, BudgetScope, FactKind};
use headroom_kpi::{Calendar, Millis, Settings};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Settings, with the two parts of the calendar that its public interface does not give.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) zone: &'static str,
    pub(crate) minutes: u32,
    pub(crate) settings: Settings,
    /// Zones and intervals of later settings, and when these take effect.
    pub(crate) changes: Vec<(i64, &'static str, u32)>,
}

impl Setup {
    pub(crate) fn new(zone: &'static str, minutes: u32) -> Self {
        let settings =
            Settings { calendar: Calendar::new(zone, minutes).unwrap(), ..Settings::default() };
        Self { zone, minutes, settings, changes: Vec::new() }
    }

    /// Adds whole settings that are in force from a time on.
    pub(crate) fn change(&mut self, from: i64, later: &Self) {
        self.settings.change(Millis(from), later.settings.clone());
        self.changes.retain(|(other, ..)| *other != from);
        self.changes.push((from, later.zone, later.minutes));
    }

    /// The zone and the interval in force at a time.
    fn calendar_at(&self, at: i64) -> (&'static str, u32) {
        let newest = self.changes.iter().filter(|(from, ..)| *from <= at).max();
        newest.map_or((self.zone, self.minutes), |(_, zone, minutes)| (zone, *minutes))
    }
}

/// "In force at a time is the newest change that has begun" (`kpis.md#effective-times`).
pub(crate) fn in_force(settings: &Settings, at: i64) -> &Settings {
    let changes = settings.changes.iter().filter(|(from, _)| from.0 <= at);
    changes.max_by_key(|(from, _)| from.0).map_or(settings, |(_, settings)| settings)
}

/// (subject, bucket) -> what stands in the row.
pub(crate) type Rows = BTreeMap<(String, String), NaiveRow>;

/// A row, with every single wait instead of a histogram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NaiveRow {
    /// `nOffered`, `tAnswered.count`, `oWaiting`, ...
    pub(crate) sums: BTreeMap<String, i64>,
    /// In ascending order.
    pub(crate) waits: Vec<i64>,
    /// How many of the waiting sessions began in a second.
    pub(crate) waiting: BTreeMap<i64, i64>,
    /// How many of the interacting sessions began in a second.
    pub(crate) interacting: BTreeMap<i64, i64>,
}

impl NaiveRow {
    fn add(&mut self, key: impl Into<String>, amount: i64) {
        *self.sums.entry(key.into()).or_default() += amount;
    }

    pub(crate) fn sum(&self, key: &str) -> i64 {
        self.sums.get(key).copied().unwrap_or(0)
    }

    fn is_empty(&self) -> bool {
        self.sums.is_empty() && self.waits.is_empty() && self.waiting.is_empty()
    }
}

/// The rows of an entity that has exactly these facts.
pub(crate) fn rows(facts: &[Fact], setup: &Setup) -> Rows {
    let conversation = NaiveConversation::new(facts);
    let mut rows = Rows::new();
    for number in precedence::effective(&conversation, &setup.settings) {
        book(&mut rows, &number, setup);
    }
    gauges::add(&mut rows, &conversation);
    add_report(&mut rows, facts);
    // A sum of zero is as good as none: rows change by adding only.
    for row in rows.values_mut() {
        row.sums.retain(|_, sum| *sum != 0);
        row.waits.sort_unstable();
    }
    rows.retain(|_, row| !row.is_empty());
    rows
}

/// Of the reports of a scope "the newest counts, as a whole; of two of the same time, the greater"
/// (`kpis.md#api-budget`).
fn add_report(rows: &mut Rows, facts: &[Fact]) {
    let reports = facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Budget(report) => Some(report),
        _ => None,
    });
    let Some(BudgetReport { scope, sums, .. }) = reports.max() else {
        return;
    };
    let bucket = match scope {
        BudgetScope::Now => "now".to_owned(),
        BudgetScope::Day(day) => {
            let at = Timestamp::from_second(i64::from(*day) * 86_400).unwrap();
            format!("P1D#{}", at.in_tz("UTC").unwrap().date())
        }
    };
    let row = rows.entry(("api#budget".to_owned(), bucket)).or_default();
    for (sum, amount) in sums {
        row.add(sum.as_str(), *amount);
    }
}

/// "The fact goes to the row of the queue if it has a queue, and to the row of the agent if it has a
/// user, in both the interval and the day bucket." (`kpis.md#bookings`)
fn book(rows: &mut Rows, number: &Number, setup: &Setup) {
    let media = &number.media;
    let queue = number.queue.as_ref().map(|id| format!("queue#{id}#{media}"));
    let agent = number.user.as_ref().map(|id| format!("agent#{id}#{media}"));
    for subject in queue.into_iter().chain(agent) {
        for bucket in [interval(number.emitted, setup), day(number.emitted, setup)] {
            add(rows.entry((subject.clone(), bucket)).or_default(), number);
        }
    }
}

/// "A counter `nX` adds its value to `nX`; a timer `tX` adds 1 to `tX.count` and its value to
/// `tX.sum`" (`kpis.md#bookings`); any other name is ignored.
fn add(row: &mut NaiveRow, number: &Number) {
    let name = number.metric.as_str();
    // "the fact of a timer adds 1, that of a counter its value" (`kpis.md#repaired`)
    let mut repaired = 0;
    if is_counter(name) {
        row.add(name, number.value);
        repaired = number.value;
    }
    if name.starts_with('t') {
        row.add(format!("{name}.count"), 1);
        row.add(format!("{name}.sum"), number.value);
        repaired = 1;
    }
    if number.repaired {
        row.add("repaired", repaired);
    }
    // "Each effective `tAnswered` and `tAbandon` fact also adds 1 to one bucket of a histogram of waits
    // in the same row." (`kpis.md#histogram`)
    if name == "tAnswered" || name == "tAbandon" {
        row.waits.push(number.value);
    }
}

/// "A name that starts with `n` or `o` is a counter"; "the names of our gauges (`oWaiting`,
/// `oAlerting`, `oInteracting`)" are ignored (`kpis.md#official-metrics`).
fn is_counter(name: &str) -> bool {
    name.starts_with(['n', 'o']) && !["oWaiting", "oAlerting", "oInteracting"].contains(&name)
}

/// `kpis.md#buckets`: "`PT30M#<start, UTC, 2026-05-12T14:00:00Z>`", "PT15M, PT30M or PT1H".
fn interval(at: i64, setup: &Setup) -> String {
    let (_, minutes) = setup.calendar_at(at);
    let name = match minutes {
        60 => "PT1H".to_owned(),
        minutes => format!("PT{minutes}M"),
    };
    let start = at - at.rem_euclid(i64::from(minutes) * 60_000);
    format!("{name}#{}", Timestamp::from_millisecond(start).unwrap())
}

/// "`P1D#<date>`: the calendar day in the IANA time zone of the deployment, through daylight-saving
/// changes."
fn day(at: i64, setup: &Setup) -> String {
    let (zone, _) = setup.calendar_at(at);
    let at = Timestamp::from_millisecond(at).unwrap();
    format!("P1D#{}", at.in_tz(zone).unwrap().date())
}
