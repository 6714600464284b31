//! What a conversation has put on the books: its contributions, and the difference between two
//! states of them (`kpis.md`, section 3).

use crate::amounts::{Amounts, merge};
use crate::derive::{Counting, counting};
use crate::facts::Conversation;
use crate::label::MetricKind;
use crate::row::{Bucket, Key, RowKey, Subject, SubjectKind};
use crate::{Id, Media, Metric, Millis, Settings, gauges, histogram};

/// The contributions of one entity: row -> key -> amount, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    pub(crate) rows: Vec<(RowKey, Amounts)>,
}

/// What is to be added to one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The row.
    pub row: RowKey,
    /// What to add; never empty.
    pub amounts: Amounts,
}

impl Books {
    /// What a conversation contributes.
    pub fn of(conversation: &Conversation, settings: &Settings) -> Self {
        let mut ledger = Ledger::default();
        let mut times = Times::default();
        for fact in counting(conversation, settings) {
            enter(&fact, times.of(fact.emitted, settings), &mut ledger);
        }
        gauges::enter(conversation, &mut ledger);
        ledger.close()
    }

    /// The changes that make these books into `next`, in order of row.
    pub fn difference(&self, next: &Self) -> Vec<RowChange> {
        let (none, mut changes) = (Amounts::default(), Vec::new());
        merge(&self.rows, &next.rows, |row, held, wanted| {
            let amounts = held.unwrap_or(&none).difference(wanted.unwrap_or(&none));
            if !amounts.is_empty() {
                changes.push(RowChange { row: row.clone(), amounts });
            }
        });
        changes
    }

    /// These books after some of the changes: what a store commits together with those rows.
    pub fn apply(&mut self, changes: &[RowChange]) {
        for change in changes {
            match self.rows.binary_search_by(|(row, _)| row.cmp(&change.row)) {
                Ok(at) => self.rows[at].1.add(&change.amounts),
                Err(at) => self.rows.insert(at, (change.row.clone(), change.amounts.clone())),
            }
        }
        self.rows.retain(|(_, amounts)| !amounts.is_empty());
    }

    /// The contributions, in order of row.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &Amounts)> {
        self.rows.iter().map(|(row, amounts)| (row, amounts))
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

/// Enters one fact: for its queue and its agent, in its interval and its day.
fn enter<'a>(fact: &Counting<'a>, buckets: [Bucket; 2], ledger: &mut Ledger<'a>) {
    let subjects = [ledger.queue(fact.queue, &fact.media), ledger.agent(fact.user, &fact.media)];
    for subject in subjects {
        for bucket in buckets {
            enter_amounts(fact, subject, bucket, ledger);
        }
    }
}

fn enter_amounts(
    fact: &Counting<'_>,
    subject: Option<usize>,
    bucket: Bucket,
    ledger: &mut Ledger<'_>,
) {
    let metric = &fact.metric;
    match metric.kind() {
        Some(MetricKind::Counter) => {
            ledger.add(subject, bucket, Key::Counter(metric.clone()), fact.value);
        }
        Some(MetricKind::Timer) => {
            ledger.add(subject, bucket, Key::Count(metric.clone()), 1);
            ledger.add(subject, bucket, Key::Sum(metric.clone()), fact.value);
        }
        None => {}
    }
    if *metric == Metric::T_ANSWERED || *metric == Metric::T_ABANDON {
        ledger.add(subject, bucket, Key::Wait(histogram::bucket(fact.value)), 1);
    }
}

/// Books being written. A conversation has a handful of subjects and rows, so both are found by
/// looking through a short list.
#[derive(Default)]
pub(crate) struct Ledger<'a> {
    subjects: Vec<(SubjectKind, &'a Id, Media)>,
    pages: Vec<Page>,
}

struct Page {
    subject: usize,
    bucket: Bucket,
    /// In the order of entry; summed up at the end.
    amounts: Vec<(Key, i64)>,
}

impl<'a> Ledger<'a> {
    pub(crate) fn queue(&mut self, id: Option<&'a Id>, media: &Media) -> Option<usize> {
        self.subject(SubjectKind::Queue, id, media)
    }

    pub(crate) fn agent(&mut self, id: Option<&'a Id>, media: &Media) -> Option<usize> {
        self.subject(SubjectKind::Agent, id, media)
    }

    fn subject(&mut self, kind: SubjectKind, id: Option<&'a Id>, media: &Media) -> Option<usize> {
        let id = id?;
        let same = |s: &(SubjectKind, &Id, Media)| s.0 == kind && s.1 == id && s.2 == *media;
        let known = self.subjects.iter().rposition(same);
        Some(known.unwrap_or_else(|| {
            self.subjects.push((kind, id, media.clone()));
            self.subjects.len() - 1
        }))
    }

    pub(crate) fn add(&mut self, subject: Option<usize>, bucket: Bucket, key: Key, amount: i64) {
        let Some(subject) = subject else { return };
        let same = |page: &Page| page.subject == subject && page.bucket == bucket;
        let at = self.pages.iter().rposition(same).unwrap_or_else(|| {
            self.pages.push(Page { subject, bucket, amounts: Vec::with_capacity(24) });
            self.pages.len() - 1
        });
        self.pages[at].amounts.push((key, amount));
    }

    fn close(self) -> Books {
        let Self { subjects, pages } = self;
        let key = |page: &Page| {
            let (kind, id, media) = &subjects[page.subject];
            let subject = Subject { kind: *kind, id: (*id).clone(), media: media.clone() };
            RowKey { subject, bucket: page.bucket }
        };
        let row = |page: Page| (key(&page), page.amounts.into_iter().collect::<Amounts>());
        let mut rows: Vec<_> = pages.into_iter().map(row).collect();
        rows.retain(|(_, amounts)| !amounts.is_empty());
        rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        Books { rows }
    }
}
