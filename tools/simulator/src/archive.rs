//! What the Platform API would answer of the world: every conversation with its participants,
//! sessions, segments and official metrics, all with their times, so that an answer can be given
//! as of any of them.

mod catalog;
mod record;
mod recorder;
mod truth;
mod view;

pub(crate) use catalog::{Catalog, Page};
pub(crate) use record::{Kind, Record};
pub(crate) use recorder::Recorder;
pub(crate) use view::{Detail, conversation};

use crate::Rules;
use crate::events::conversation_id_at;
use crate::id::Id;
use catalog::Person;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The records of a run, filled by [`crate::run_recorded`] and read by [`crate::Api`], also while
/// the run goes on. A clone is another handle to the same records.
#[derive(Clone, Default)]
pub struct Archive {
    books: Arc<Mutex<Books>>,
}

#[derive(Default)]
pub(crate) struct Books {
    rules: Rules,
    emit_jitter_ms: i64,
    /// By number, which is the order of their starts.
    records: BTreeMap<u64, Record>,
    /// Never walked through.
    numbers: HashMap<Id, u64>,
    people: Vec<Person>,
    end_ms: Option<i64>,
}

impl Archive {
    /// An empty archive, for one run.
    pub fn new() -> Self {
        Self::default()
    }

    /// Dates the API's metrics up to so many ms earlier or later than the metric events.
    #[must_use]
    pub fn with_emit_jitter(self, ms: i64) -> Self {
        self.books().emit_jitter_ms = ms;
        self
    }

    /// When the run ended, in ms since 1970; nothing while it goes on.
    pub fn end_ms(&self) -> Option<i64> {
        self.books().end_ms
    }

    /// The ids of all conversations that are kept, in the order of their starts.
    pub fn conversations(&self) -> Vec<String> {
        self.ids(|_| true).collect()
    }

    /// The conversations of which at least one event that counts was lost on its way.
    pub fn lost(&self) -> BTreeSet<String> {
        self.ids(|record| record.lost_lines > 0).collect()
    }

    /// The conversations of which the last events were never published.
    pub fn cut_short(&self) -> BTreeSet<String> {
        self.ids(Record::is_cut_short).collect()
    }

    /// Forgets the conversations that ended before a time, in ms since 1970, so that an endless
    /// run stays in bounds.
    pub fn forget_ended_before(&self, ms: i64) {
        let mut books = self.books();
        let Books { records, numbers, .. } = &mut *books;
        records.retain(|_, record| {
            let keep = record.end().is_none_or(|end| end >= ms);
            if !keep {
                numbers.remove(&record.id);
            }
            keep
        });
    }

    /// Notes that an event that counts never comes.
    pub(crate) fn lose(&self, event: &[u8]) {
        let at = conversation_id_at(event).unwrap_or(event.len());
        let id = event.get(at..at + Id::CHARS).and_then(|id| std::str::from_utf8(id).ok());
        let mut books = self.books();
        let Books { records, numbers, .. } = &mut *books;
        let number = id.and_then(Id::parse).and_then(|id| numbers.get(&id));
        if let Some(record) = number.and_then(|number| records.get_mut(number)) {
            record.lost_lines += 1;
        }
    }

    fn ids(&self, which: impl Fn(&Record) -> bool) -> impl Iterator<Item = String> {
        let books = self.books();
        let records = books.records.values().filter(|record| which(record));
        records.map(|record| record.id.to_string()).collect::<Vec<_>>().into_iter()
    }

    /// Nobody leaves the books half written, so a panic elsewhere does not make them unfit.
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// A conversation, if it has begun by then.
    pub(crate) fn find(&self, id: Id, at: i64) -> Option<&Record> {
        let record = self.records.get(self.numbers.get(&id)?)?;
        (record.start <= at).then_some(record)
    }

    /// The conversations that began in a stretch of time (the end excluded), by their start.
    pub(crate) fn begun(&self, from: i64, to: i64) -> impl Iterator<Item = &Record> {
        let records = self.records.values().skip_while(move |record| record.start < from);
        records.take_while(move |record| record.start < to)
    }

    pub(crate) fn catalog(&self, at: i64) -> Catalog<'_> {
        Catalog { rules: &self.rules, people: &self.people, at }
    }
}
