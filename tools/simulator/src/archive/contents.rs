//! The records and agents of a run.

use super::record::Record;
use crate::Rules;
use crate::agents::History;
use crate::id::Id;
use std::collections::{BTreeMap, HashMap};

pub(crate) struct Agent {
    pub(crate) user: Id,
    pub(crate) group: usize,
    /// Since when the agent exists, in ms.
    pub(crate) hired: i64,
    /// Empty if agents have no lives of their own.
    pub(crate) history: History,
    /// Whether the faults lost an event of the agent.
    pub(super) has_lost_event: bool,
}

#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) rules: Rules,
    pub(super) emit_jitter_ms: i64,
    /// By the conversation's number, which is the order of their starts.
    pub(super) records: BTreeMap<u64, Record>,
    /// The conversations' numbers; never iterated.
    numbers: HashMap<Id, u64>,
    pub(crate) agents: Vec<Agent>,
    pub(super) end_ms: Option<i64>,
}

impl Contents {
    pub(super) fn insert(&mut self, number: u64, record: Record) {
        self.numbers.insert(record.id, number);
        self.records.insert(number, record);
    }

    pub(super) fn forget_ended_before(&mut self, ms: i64) {
        self.agents.iter_mut().for_each(|agent| agent.history.forget_before(ms));
        let numbers = &mut self.numbers;
        self.records.retain(|_, record| {
            let keep = record.end().is_none_or(|end| end >= ms);
            if !keep {
                numbers.remove(&record.id);
            }
            keep
        });
    }

    pub(super) fn find_mut(&mut self, id: Id) -> Option<&mut Record> {
        self.records.get_mut(self.numbers.get(&id)?)
    }

    /// The ids of the records that match, in the order of their starts.
    pub(super) fn ids<C: FromIterator<String>>(&self, matches: impl Fn(&Record) -> bool) -> C {
        let records = self.records.values().filter(|record| matches(record));
        records.map(|record| record.id.to_string()).collect()
    }

    /// A conversation, if it had begun by a time.
    pub(crate) fn find(&self, id: Id, as_of: i64) -> Option<&Record> {
        let record = self.records.get(self.numbers.get(&id)?)?;
        (record.start <= as_of).then_some(record)
    }

    /// The conversations that began between two times (the second excluded), by start.
    pub(crate) fn started_between(&self, from: i64, to: i64) -> impl Iterator<Item = &Record> {
        let records = self.records.values().skip_while(move |record| record.start < from);
        records.take_while(move |record| record.start < to)
    }
}
