//! Scratch memory in which the contributions of one entity are collected.

use super::amounts::sum_up;
use super::contributions::Contributions;
use super::key::{RowKey, Subject};
use super::measure::Measure;
use crate::bucket::Bucket;
use crate::id::Id;
use crate::names::Media;

/// Collects the amounts of one conversation by (subject, bucket), before they are sorted into
/// [`Contributions`].
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
    bucket: Bucket,
    /// In any order, a measure possibly more than once.
    amounts: Vec<(Measure, i64)>,
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

    /// Where the amounts of a subject and bucket go, in any order.
    pub(super) fn row_amounts(
        &mut self,
        subject: usize,
        bucket: Bucket,
    ) -> &mut Vec<(Measure, i64)> {
        let position = find_last(&self.rows[..self.used], |row| {
            row.subject == subject && row.bucket == bucket
        });
        let position = position.unwrap_or_else(|| self.new_row(subject, bucket));
        &mut self.rows[position].amounts
    }

    fn new_row(&mut self, subject: usize, bucket: Bucket) -> usize {
        let position = self.used;
        self.used += 1;
        match self.rows.get_mut(position) {
            Some(row) => (row.subject, row.bucket) = (subject, bucket),
            None => self.rows.push(RowBuffer { subject, bucket, amounts: Vec::with_capacity(24) }),
        }
        position
    }

    /// The contributions. Leaves the buffers empty for the next conversation.
    pub(super) fn finish(&mut self) -> Contributions {
        let (subjects, rows) = (&self.subjects, &mut self.rows[..self.used]);
        let amount_count = rows.iter().map(|row| row.amounts.len()).sum();
        let mut contributions = Contributions::with_capacity(rows.len(), amount_count);
        rows.sort_unstable_by(|a, b| {
            (&subjects[a.subject], a.bucket).cmp(&(&subjects[b.subject], b.bucket))
        });
        let is_same_row = |a: &RowBuffer, b: &RowBuffer| {
            a.bucket == b.bucket && subjects[a.subject] == subjects[b.subject]
        };
        for same_row in rows.chunk_by_mut(is_same_row) {
            let [first, duplicates @ ..] = same_row else { continue };
            for duplicate in duplicates {
                first.amounts.append(&mut duplicate.amounts);
            }
            sum_up(&mut first.amounts);
            contributions.open_row().append(&mut first.amounts);
            let subject = subjects[first.subject].clone();
            contributions.close_row(RowKey { subject, bucket: first.bucket });
        }
        self.subjects.clear();
        self.used = 0;
        contributions
    }
}
