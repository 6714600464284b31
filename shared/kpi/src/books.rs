//! What a conversation has put on the books: its contributions, and the difference between two
//! states of them (`kpis.md`, section 3).

use crate::amounts::{Amounts, merge};
use crate::derive::{EffectiveMetric, Provenance, counting};
use crate::facts::{BudgetReport, BudgetScope, Conversation};
use crate::label::MetricKind;
use crate::ledger::Ledger;
use crate::row::{Bucket, Measure, Part, RowKey};
use crate::{Metric, Millis, Settings, gauges, histogram};

/// The contributions of one entity: row -> key -> amount, in order.
///
/// In two lists, and not in one for each row: books are made and dropped for every conversation
/// of every batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributions {
    /// Each row, and where its amounts end.
    rows: Vec<(RowKey, usize)>,
    amounts: Vec<(Measure, i64)>,
}

/// What is to be added to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The row.
    pub row: RowKey,
    /// What to add; never empty.
    pub amounts: Amounts,
}

impl Contributions {
    /// What a conversation contributes. See [`ContributionBuilder`] for many conversations.
    pub fn of(conversation: &Conversation, settings: &Settings) -> Self {
        ContributionBuilder::default().books(conversation, settings)
    }

    /// The changes that make these books into `next`, in order of row.
    pub fn difference(&self, next: &Self) -> Vec<RowChange> {
        let mut changes = Vec::with_capacity(next.rows.len());
        merge(self.rows(), next.rows(), |row, held, wanted| {
            let amounts = Amounts::between(held.unwrap_or_default(), wanted.unwrap_or_default());
            if !amounts.is_empty() {
                changes.push(RowChange { row: row.clone(), amounts });
            }
        });
        changes
    }

    /// These books after some of the changes, which are in order of row: what a store commits
    /// together with those rows.
    pub fn apply(&mut self, changes: &[RowChange]) {
        let mut next = Self::default();
        let more = changes.iter().map(|change| (&change.row, change.amounts.as_slice()));
        merge(self.rows(), more, |row, held, more| {
            let mut amounts = Amounts::from_ordered(held.unwrap_or_default());
            amounts.add(more.unwrap_or_default());
            next.begin().extend_from_slice(amounts.as_slice());
            next.end(row.clone());
        });
        *self = next;
    }

    /// The contributions, in order of row.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &[(Measure, i64)])> {
        let mut start = 0;
        self.rows.iter().map(move |(row, end)| {
            let amounts = &self.amounts[start..*end];
            start = *end;
            (row, amounts)
        })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing was contributed.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn with_capacity(rows: usize, amounts: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), amounts: Vec::with_capacity(amounts) }
    }

    /// Begins a row behind all others: gives where its amounts go, behind those of the others.
    pub(crate) fn begin(&mut self) -> &mut Vec<(Measure, i64)> {
        &mut self.amounts
    }

    /// Ends the row that was begun; one without amounts is none.
    pub(crate) fn end(&mut self, row: RowKey) {
        let start = self.rows.last().map_or(0, |(_, end)| *end);
        if self.amounts.len() > start {
            self.rows.push((row, self.amounts.len()));
        }
    }

    /// Brings books in order that were written by another release, whose tables of names ended
    /// earlier: a name that is a number now was a text then, and stood elsewhere.
    pub(crate) fn in_order(self) -> Self {
        let ordered = |list: &[(Measure, i64)]| list.is_sorted_by(|(a, _), (b, _)| a < b);
        let rows = self.rows.is_sorted_by(|(a, _), (b, _)| a < b);
        if rows && self.rows().all(|(_, amounts)| ordered(amounts)) {
            return self;
        }
        let mut rows: Vec<_> = self.rows().collect();
        rows.sort_by_key(|(row, _)| *row);
        let mut books = Self::default();
        for (row, amounts) in rows {
            let amounts: Amounts = amounts.iter().cloned().collect();
            books.begin().extend_from_slice(amounts.as_slice());
            books.end(row.clone());
        }
        books
    }
}

/// Makes books. It keeps what it writes on, for the next ones.
#[derive(Debug, Default)]
pub struct ContributionBuilder {
    ledger: Ledger,
}

impl ContributionBuilder {
    /// What a conversation contributes.
    pub fn books(&mut self, conversation: &Conversation, settings: &Settings) -> Contributions {
        let (ledger, mut times) = (&mut self.ledger, Times::default());
        for fact in counting(conversation, settings) {
            enter(&fact, times.of(fact.emitted, settings), ledger);
        }
        gauges::enter(conversation, ledger);
        conversation.budget.iter().for_each(|report| enter_report(report, ledger));
        ledger.close()
    }
}

/// The buckets of the last time: a session's facts come at one time or two.
#[derive(Default)]
struct Times(Option<(Millis, [Bucket; 2])>);

impl Times {
    fn of(&mut self, at: Millis, settings: &Settings) -> [Bucket; 2] {
        match self.0 {
            Some((last, buckets)) if last == at => buckets,
            _ => {
                let buckets = [settings.calendar.interval(at), settings.calendar.day(at)];
                self.0 = Some((at, buckets));
                buckets
            }
        }
    }
}

/// Enters what is said of the API budget, for the row that it is about.
fn enter_report(report: &BudgetReport, ledger: &mut Ledger) {
    let subject = ledger.budget();
    let bucket = match report.scope {
        BudgetScope::Now => Bucket::Now,
        BudgetScope::Day(day) => Bucket::Day(day),
    };
    let amounts = report.sums.iter().map(|(sum, amount)| (Measure::Budget(*sum), *amount));
    ledger.page(subject, bucket).extend(amounts);
}

/// Enters one fact: for its queue and its agent, in its interval and its day.
fn enter(fact: &EffectiveMetric<'_>, buckets: [Bucket; 2], ledger: &mut Ledger) {
    let subjects = [ledger.queue(fact.queue, &fact.media), ledger.agent(fact.user, &fact.media)];
    for subject in subjects.into_iter().flatten() {
        for bucket in buckets {
            enter_amounts(fact, ledger.page(subject, bucket));
        }
    }
}

fn enter_amounts(fact: &EffectiveMetric<'_>, page: &mut Vec<(Measure, i64)>) {
    let metric = &fact.metric;
    let key = |part| Measure::Metric(metric.clone(), part);
    let count = match metric.kind() {
        Some(MetricKind::Counter) => {
            page.push((key(Part::Value), fact.value));
            fact.value
        }
        Some(MetricKind::Timer) => {
            page.extend([(key(Part::Count), 1), (key(Part::Sum), fact.value)]);
            1
        }
        None => 0,
    };
    if fact.basis == Provenance::Repaired {
        page.push((Measure::Repaired, count));
    }
    if *metric == Metric::T_ANSWERED || *metric == Metric::T_ABANDON {
        page.push((Measure::Wait(histogram::bucket(fact.value)), 1));
    }
}
