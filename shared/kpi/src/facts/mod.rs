//! What is known of a conversation, and the fold that learns it (`kpis.md`, section 1).
//!
//! The fold is a join: each slot keeps the greatest value it was ever offered, in an order that
//! starts with the event's own time. So neither order nor repeats nor batches matter.

mod budget;
mod fact;
mod session;
mod text;

pub use budget::{BudgetMetric, BudgetReport, BudgetScope};
pub use fact::{
    AcdEnd, AcdStart, Acw, Durations, Fact, FactKind, MetricFact, MetricSession, Outcome, Source,
    Transfer, UserEnd, UserStart, Work,
};
pub use session::{AcdSession, CustomerSession, Session, Slot, UserSession};

use crate::limits::CONVERSATION_WEIGHT_MAX;
use crate::{Id, Millis, Text};
use session::Keyed;
use std::collections::BTreeSet;
use text::Texts;

/// The facts of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    pub(crate) closed: Option<Millis>,
    pub(crate) read: LastRead,
    /// Of the budget's entities, which have nothing else.
    pub(crate) budget: Option<BudgetReport>,
    pub(crate) acd: Vec<AcdSession>,
    pub(crate) user: Vec<UserSession>,
    pub(crate) customer: Vec<CustomerSession>,
    /// The facts of the two sources apart, each in order of their keys.
    pub(crate) metrics: Vec<(Source, MetricFact)>,
    /// Every text in what is held, to weigh it once. Empty where all ids are UUIDs.
    texts: BTreeSet<Text>,
    weight: usize,
}

/// When the Platform API was last asked about a conversation. Ordered: the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LastRead {
    /// Never.
    #[default]
    Never,
    /// At this time.
    At(Millis),
    /// Genesys does not know it (any more): there is nothing to ask.
    Gone,
}

/// What a fact did to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldOutcome {
    /// Something is known that was not known before.
    Applied,
    /// A repeat, or an event that a later one of its kind and session outranks.
    WithoutEffect,
    /// The conversation has no room for another session or metric fact
    /// ([`CONVERSATION_WEIGHT_MAX`]); nothing was changed.
    Full,
}

impl Conversation {
    /// Learns one fact.
    pub fn fold(&mut self, fact: Fact) -> FoldOutcome {
        let (session, texts) = self.growth(&fact);
        let growth = session + texts;
        if growth > 0 && self.weight + growth > CONVERSATION_WEIGHT_MAX {
            return FoldOutcome::Full;
        }
        self.weight += growth;
        if texts > 0 {
            let held = &mut self.texts;
            fact.kind.each_text(&mut |text| {
                held.insert(text.clone());
            });
        }
        let changed = self.learn(fact);
        if session == 0 && !self.texts.is_empty() {
            // What is held may have been replaced, and its texts with it.
            self.weigh();
        }
        if changed { FoldOutcome::Applied } else { FoldOutcome::WithoutEffect }
    }

    /// How many sessions and official facts there are.
    pub fn len(&self) -> usize {
        self.acd.len() + self.user.len() + self.customer.len() + self.metrics.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn learn(&mut self, Fact { source, kind }: Fact) -> bool {
        match kind {
            FactKind::AcdStart(id, event) => of(&mut self.acd, id).start.join(source, event),
            FactKind::AcdEnd(id, event) => of(&mut self.acd, id).end.join(source, event),
            FactKind::UserStart(id, event) => of(&mut self.user, id).start.join(source, event),
            FactKind::UserEnd(id, event) => of(&mut self.user, id).end.join(source, event),
            FactKind::Acw(id, event) => of(&mut self.user, id).acw.join(source, event),
            FactKind::CustomerStart(id, at) => of(&mut self.customer, id).start.join(source, at),
            FactKind::CustomerEnd(id, at) => of(&mut self.customer, id).end.join(source, at),
            FactKind::Metric(metric) => self.learn_metric((source, metric)),
            FactKind::Closed(at) => {
                // Said by an event, it means that there is nobody to ask.
                let gone = source == Source::Event && raise(&mut self.read, LastRead::Gone);
                self.close(at) || gone
            }
            FactKind::Read(at) => raise(&mut self.read, LastRead::At(at)),
            FactKind::Budget(report) => raise(&mut self.budget, Some(report)),
        }
    }

    fn learn_metric(&mut self, fact: (Source, MetricFact)) -> bool {
        match self.metric_place(fact.0, &fact.1) {
            Ok(at) if self.metrics[at] >= fact => return false,
            Ok(at) => self.metrics[at] = fact,
            Err(at) => self.metrics.insert(at, fact),
        }
        true
    }

    fn close(&mut self, at: Millis) -> bool {
        let later = self.closed < Some(at);
        if later {
            self.closed = Some(at);
        }
        later
    }

    /// The newest event time known: retention counts from it (`kpis.md`, section 9).
    pub fn newest(&self) -> Option<Millis> {
        let acd = self.acd.iter().filter_map(Session::newest);
        let user = self.user.iter().filter_map(Session::newest);
        let customer = self.customer.iter().filter_map(Session::newest);
        let metrics = self.metrics.iter().map(|(_, metric)| metric.emitted);
        let budget = self.budget.iter().map(|report| report.at);
        acd.chain(user).chain(customer).chain(metrics).chain(budget).chain(self.closed).max()
    }

    /// Whether it is known to be over: then no session of it is open.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// What its encoded form takes at most, in bytes; see [`CONVERSATION_WEIGHT_MAX`].
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// What a fact would add to the weight, by a new session or fact, and by new texts: nothing, if
    /// it completes what is held.
    fn growth(&self, Fact { source, kind }: &Fact) -> (usize, usize) {
        let session = match kind {
            FactKind::AcdStart(id, _) | FactKind::AcdEnd(id, _) => new_session(&self.acd, id),
            FactKind::UserStart(id, _) | FactKind::UserEnd(id, _) | FactKind::Acw(id, _) => {
                new_session(&self.user, id)
            }
            FactKind::CustomerStart(id, _) | FactKind::CustomerEnd(id, _) => {
                new_session(&self.customer, id)
            }
            FactKind::Metric(fact) if self.metric_place(*source, fact).is_err() => {
                MetricFact::WEIGHT_MAX
            }
            FactKind::Budget(_) if self.budget.is_none() => BudgetReport::WEIGHT_MAX,
            FactKind::Metric(_) | FactKind::Closed(_) | FactKind::Read(_) | FactKind::Budget(_) => {
                0
            }
        };
        let mut new = Vec::new();
        kind.each_text(&mut |text| {
            if !self.texts.contains(text) && !new.contains(text) {
                new.push(text.clone());
            }
        });
        (session, new.iter().map(text_weight).sum())
    }

    fn metric_place(&self, source: Source, fact: &MetricFact) -> Result<usize, usize> {
        let key = (source, fact.key());
        self.metrics.binary_search_by(|(held, fact)| (*held, fact.key()).cmp(&key))
    }

    /// Brings facts in order that were written by another release, whose tables of names ended
    /// earlier, and weighs them.
    pub(crate) fn in_order(mut self) -> Self {
        if !self.metrics.is_sorted() {
            self.metrics.sort_unstable();
        }
        self.weigh();
        self
    }

    /// Weighs what is held: all of it, and nothing that was outranked.
    fn weigh(&mut self) {
        let mut texts = BTreeSet::new();
        let mut show = |text: &Text| {
            texts.insert(text.clone());
        };
        self.acd.iter().for_each(|session| session.each_text(&mut show));
        self.user.iter().for_each(|session| session.each_text(&mut show));
        self.customer.iter().for_each(|session| session.each_text(&mut show));
        self.metrics.iter().for_each(|(_, fact)| fact.each_text(&mut show));
        self.weight = self.acd.len() * AcdSession::WEIGHT_MAX
            + self.user.len() * UserSession::WEIGHT_MAX
            + self.customer.len() * CustomerSession::WEIGHT_MAX
            + self.metrics.len() * MetricFact::WEIGHT_MAX
            + self.budget.iter().len() * BudgetReport::WEIGHT_MAX
            + texts.iter().map(text_weight).sum::<usize>();
        self.texts = texts;
    }
}

/// Keeps the greater one; says whether that changed anything.
fn raise<T: Ord>(held: &mut T, new: T) -> bool {
    let greater = *held < new;
    if greater {
        *held = new;
    }
    greater
}

/// Bytes of a text in the encoded form: its letters and its length.
fn text_weight(text: &Text) -> usize {
    text.len() + 2
}

fn new_session<T: Keyed>(list: &[T], id: &Id) -> usize {
    let held = list.binary_search_by(|held| held.id().cmp(id)).is_ok();
    if held { 0 } else { T::WEIGHT_MAX }
}

/// The session of an id, new if need be.
fn of<T: Keyed>(list: &mut Vec<T>, id: Id) -> &mut T {
    let at = list.binary_search_by(|held| held.id().cmp(&id)).unwrap_or_else(|at| {
        // Most conversations have one or two sessions of a kind, and one is some hundred bytes.
        list.reserve_exact(usize::from(list.len() < 4));
        list.insert(at, T::new(id));
        at
    });
    &mut list[at]
}
