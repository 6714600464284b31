//! Contributions being written.

use crate::books::Contributions;
use crate::row::{Bucket, Measure, RowKey, Subject, SubjectKind};
use crate::{Id, Media, amounts};

/// Contributions being written. Most conversations have a handful of subjects and rows, which are found by
/// looking through a short list. Of a long one only the end is looked through: what stands in it
/// twice is put together when the books are closed.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    subjects: Vec<Subject>,
    /// The first `used` ones are written on.
    pages: Vec<Page>,
    used: usize,
}

#[derive(Debug)]
struct Page {
    /// Its place among the subjects.
    subject: usize,
    bucket: Bucket,
    /// In the order of entry; summed up at the end.
    amounts: Vec<(Measure, i64)>,
}

impl Ledger {
    pub(crate) fn queue(&mut self, id: Option<&Id>, media: &Media) -> Option<usize> {
        self.subject(SubjectKind::Queue, id, media)
    }

    pub(crate) fn agent(&mut self, id: Option<&Id>, media: &Media) -> Option<usize> {
        self.subject(SubjectKind::Agent, id, media)
    }

    /// The subject of what is said of the API budget.
    pub(crate) fn budget(&mut self) -> usize {
        self.subjects.push(Subject::budget());
        self.subjects.len() - 1
    }

    fn subject(&mut self, kind: SubjectKind, id: Option<&Id>, media: &Media) -> Option<usize> {
        let id = id?;
        let same = |s: &Subject| s.kind == kind && s.id == *id && s.media == *media;
        let known = last_place(&self.subjects, same);
        Some(known.unwrap_or_else(|| {
            self.subjects.push(Subject { kind, id: id.clone(), media: media.clone() });
            self.subjects.len() - 1
        }))
    }

    /// Where the amounts of a subject and bucket are written, in any order.
    pub(crate) fn page(&mut self, subject: usize, bucket: Bucket) -> &mut Vec<(Measure, i64)> {
        let same = |page: &Page| page.subject == subject && page.bucket == bucket;
        let known = last_place(&self.pages[..self.used], same);
        let at = known.unwrap_or_else(|| self.turn_page(subject, bucket));
        &mut self.pages[at].amounts
    }

    fn turn_page(&mut self, subject: usize, bucket: Bucket) -> usize {
        let at = self.used;
        self.used += 1;
        match self.pages.get_mut(at) {
            Some(page) => (page.subject, page.bucket) = (subject, bucket),
            None => self.pages.push(Page { subject, bucket, amounts: Vec::with_capacity(24) }),
        }
        at
    }

    /// The books, and a ledger with nothing in it.
    pub(crate) fn close(&mut self) -> Contributions {
        let (subjects, pages) = (&self.subjects, &mut self.pages[..self.used]);
        let entries = pages.iter().map(|page| page.amounts.len()).sum();
        let mut books = Contributions::with_capacity(pages.len(), entries);
        pages.sort_unstable_by(|a, b| {
            (&subjects[a.subject], a.bucket).cmp(&(&subjects[b.subject], b.bucket))
        });
        let same =
            |a: &Page, b: &Page| a.bucket == b.bucket && subjects[a.subject] == subjects[b.subject];
        for row in pages.chunk_by_mut(same) {
            let [first, rest @ ..] = row else { continue };
            for page in rest {
                first.amounts.append(&mut page.amounts);
            }
            amounts::sum_up(&mut first.amounts);
            books.begin().append(&mut first.amounts);
            books.end(RowKey { subject: subjects[first.subject].clone(), bucket: first.bucket });
        }
        self.subjects.clear();
        self.used = 0;
        books
    }
}

/// How far back a list is looked through.
const LOOKED_THROUGH: usize = 16;

fn last_place<T>(list: &[T], same: impl Fn(&T) -> bool) -> Option<usize> {
    let start = list.len().saturating_sub(LOOKED_THROUGH);
    list[start..].iter().rposition(same).map(|at| start + at)
}
