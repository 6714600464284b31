//! Scratch memory in which the contributions of one entity are collected.

use super::amounts::{Amounts, sum_up};
use super::contributions::Contributions;
use super::key::{RowKey, Subject};
use super::measure::Measure;
use crate::bucket::Bucket;
use crate::id::Id;
use crate::names::Media;

/// Collects the amounts of one conversation by subject and time, before they are sorted into
/// [`Contributions`]. The amounts of an interval are those of its day as well, so they are collected
/// once for both.
///
/// Most conversations have a handful of subjects and rows, which a search through a short list
/// finds fastest. Of a long list only the end is searched: a subject or row that is entered twice
/// becomes one in [`Self::finish`].
#[derive(Debug, Default)]
pub(super) struct RowBuffers {
    subjects: Vec<Subject>,
    /// The buffers of the conversation are the first `used` ones; the others keep their memory.
    rows: Vec<RowBuffer>,
    used: usize,
}

#[derive(Debug)]
struct RowBuffer {
    /// The position of its subject.
    subject: usize,
    buckets: Buckets,
    /// In any order, a measure possibly more than once.
    amounts: Vec<(Measure, i64)>,
}

impl RowBuffer {
    /// The subject and bucket of each row that the amounts go to.
    fn keys<'a>(&'a self, subjects: &'a [Subject]) -> impl Iterator<Item = (&'a Subject, Bucket)> {
        let subject = &subjects[self.subject];
        self.buckets.as_slice().iter().map(move |bucket| (subject, *bucket))
    }
}

/// Where amounts go: to `now`, or to an interval and its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Buckets {
    Now,
    IntervalAndDay([Bucket; 2]),
}

impl Buckets {
    fn as_slice(&self) -> &[Bucket] {
        match self {
            Self::Now => &[Bucket::Now],
            Self::IntervalAndDay(buckets) => buckets,
        }
    }
}

/// How many of the newest entries of a list are searched.
const LINEAR_SEARCH_MAX: usize = 16;

fn find_last<T>(list: &[T], is_match: impl Fn(&T) -> bool) -> Option<usize> {
    let start = list.len().saturating_sub(LINEAR_SEARCH_MAX);
    list[start..].iter().rposition(is_match).map(|position| start + position)
}

impl RowBuffers {
    /// The position of a queue as a subject, if there is a queue.
    pub(super) fn queue(&mut self, queue: Option<&Id>, media: &Media) -> Option<usize> {
        let queue = queue?;
        let position = find_last(
            &self.subjects,
            |s| matches!(s, Subject::Queue { id, media: m } if id == queue && m == media),
        );
        let subject = || Subject::Queue { id: queue.clone(), media: media.clone() };
        Some(position.unwrap_or_else(|| self.add_subject(subject())))
    }

    /// The position of an agent as a subject, if there is an agent.
    pub(super) fn agent(&mut self, user: Option<&Id>, media: &Media) -> Option<usize> {
        let user = user?;
        let position = find_last(
            &self.subjects,
            |s| matches!(s, Subject::Agent { id, media: m } if id == user && m == media),
        );
        let subject = || Subject::Agent { id: user.clone(), media: media.clone() };
        Some(position.unwrap_or_else(|| self.add_subject(subject())))
    }

    fn add_subject(&mut self, subject: Subject) -> usize {
        self.subjects.push(subject);
        self.subjects.len() - 1
    }

    /// Where the amounts of a subject and time go, in any order.
    pub(super) fn amounts(&mut self, subject: usize, buckets: Buckets) -> &mut Vec<(Measure, i64)> {
        let position = find_last(&self.rows[..self.used], |row| {
            row.subject == subject && row.buckets == buckets
        });
        let position = position.unwrap_or_else(|| self.add_row(subject, buckets));
        &mut self.rows[position].amounts
    }

    fn add_row(&mut self, subject: usize, buckets: Buckets) -> usize {
        let position = self.used;
        self.used += 1;
        match self.rows.get_mut(position) {
            Some(row) => (row.subject, row.buckets) = (subject, buckets),
            None => self.rows.push(RowBuffer { subject, buckets, amounts: Vec::with_capacity(24) }),
        }
        position
    }

    /// Calls `visit` with the amounts of each subject and bucket, in any order. A row or a measure
    /// may come more than once. Leaves the buffers empty for the next conversation.
    pub(super) fn drain(&mut self, mut visit: impl FnMut(RowKey, &[(Measure, i64)])) {
        for row in &self.rows[..self.used] {
            for (subject, bucket) in row.keys(&self.subjects) {
                visit(RowKey { subject: subject.clone(), bucket }, &row.amounts);
            }
        }
        self.clear();
    }

    /// The contributions. Leaves the buffers empty for the next conversation.
    pub(super) fn finish(&mut self) -> Contributions {
        for row in &mut self.rows[..self.used] {
            sum_up(&mut row.amounts);
        }
        let (subjects, rows) = (&self.subjects, &self.rows[..self.used]);
        let keyed = rows.iter().flat_map(|row| row.keys(subjects).map(|key| (key, &row.amounts)));
        let mut keyed: Vec<_> = keyed.collect();
        keyed.sort_unstable_by_key(|(key, _)| *key);
        let amount_count = keyed.iter().map(|(_, amounts)| amounts.len()).sum();
        let mut contributions = Contributions::with_capacity(keyed.len(), amount_count);
        for same_row in keyed.chunk_by(|(a, _), (b, _)| a == b) {
            if let [(_, amounts)] = same_row {
                contributions.open_row().extend_from_slice(amounts);
            } else {
                let amounts = same_row.iter().flat_map(|(_, amounts)| amounts.iter().cloned());
                contributions.open_row().extend_from_slice(&amounts.collect::<Amounts>());
            }
            let (subject, bucket) = same_row[0].0;
            contributions.close_row(RowKey { subject: subject.clone(), bucket });
        }
        self.clear();
        contributions
    }

    fn clear(&mut self) {
        self.subjects.clear();
        for row in &mut self.rows[..self.used] {
            row.amounts.clear();
        }
        self.used = 0;
    }
}
