//! The facts of one conversation.

use super::fact::{Event, Fact, FactKind, MetricFact};
use super::join::{FoldOutcome, Source, keep_greater};
use super::session::{AcdSession, CustomerSession, Session, UserSession};
use crate::id::Id;
use crate::limits::CONVERSATION_BYTES_MAX;
use crate::settings::values::Settings;
use crate::time::Millis;
use std::collections::BTreeSet;

/// The facts of one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    pub(crate) closed: Option<Millis>,
    /// When it was last read from the Platform API.
    pub(crate) last_read: Option<Millis>,
    /// Whether the API does not know it (any more): then it is not read again.
    pub(crate) not_found: bool,
    /// Sessions in order of id.
    pub(crate) acd_sessions: Vec<AcdSession>,
    pub(crate) user_sessions: Vec<UserSession>,
    pub(crate) customer_sessions: Vec<CustomerSession>,
    /// Official metric facts: those of the API first, each source in order of key.
    pub(crate) metrics: Vec<(Source, MetricFact)>,
    /// Bytes of all texts that the stored form spells out; 0 if all ids are UUIDs.
    text_bytes: usize,
}

impl Conversation {
    /// Adds one fact. A report about the API budget, or a fact about an agent, has no effect.
    pub fn fold(&mut self, fact: Fact) -> FoldOutcome {
        let new_texts = self.new_text_bytes(&fact.kind);
        let growth = self.new_session_or_metric_bytes(&fact) + new_texts;
        if growth > 0 && self.encoded_size_max() + growth > CONVERSATION_BYTES_MAX {
            return FoldOutcome::Full;
        }
        let changed = self.add(fact);
        if self.text_bytes + new_texts > 0 {
            // The fact may have replaced another one, and its texts with it.
            self.text_bytes = text_bytes(&self.texts());
        }
        changed.into()
    }

    fn add(&mut self, Fact { source, kind }: Fact) -> bool {
        let (acd, user, customer) =
            (&mut self.acd_sessions, &mut self.user_sessions, &mut self.customer_sessions);
        match kind {
            FactKind::AcdStart(id, event) => session_mut(acd, id).start.join(source, event),
            FactKind::AcdEnd(id, event) => session_mut(acd, id).end.join(source, event),
            FactKind::UserStart(id, event) => session_mut(user, id).start.join(source, event),
            FactKind::UserEnd(id, event) => session_mut(user, id).end.join(source, event),
            FactKind::Acw(id, event) => session_mut(user, id).acw.join(source, event),
            FactKind::CustomerStart(id, time) => session_mut(customer, id).start.join(source, time),
            FactKind::CustomerEnd(id, time) => session_mut(customer, id).end.join(source, time),
            FactKind::Metric(metric) => self.add_metric((source, metric)),
            // The event, unlike an API response, says that the API does not know it.
            FactKind::Closed(_) if source == Source::Event => {
                keep_greater(&mut self.not_found, true)
            }
            FactKind::Closed(time) => keep_greater(&mut self.closed, Some(time)),
            FactKind::Read(time) => keep_greater(&mut self.last_read, Some(time)),
            FactKind::Budget(_) | FactKind::Agent(_) => false,
        }
    }

    fn add_metric(&mut self, fact: (Source, MetricFact)) -> bool {
        match self.metric_position(fact.0, &fact.1) {
            Ok(position) => keep_greater(&mut self.metrics[position], fact),
            Err(position) => {
                self.metrics.insert(position, fact);
                true
            }
        }
    }

    fn metric_position(&self, source: Source, fact: &MetricFact) -> Result<usize, usize> {
        let key = (source, fact.key());
        self.metrics.binary_search_by(|(source, fact)| (*source, fact.key()).cmp(&key))
    }

    /// How many sessions and metric facts it has.
    pub fn len(&self) -> usize {
        self.acd_sessions.len()
            + self.user_sessions.len()
            + self.customer_sessions.len()
            + self.metrics.len()
    }

    /// Whether it has neither a session nor a metric fact.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The newest event time of all its facts.
    pub fn newest_event_time(&self) -> Option<Millis> {
        let acd = self.acd_sessions.iter().filter_map(Session::newest_event_time);
        let user = self.user_sessions.iter().filter_map(Session::newest_event_time);
        let customer = self.customer_sessions.iter().filter_map(Session::newest_event_time);
        let metrics = self.metrics.iter().map(|(_, metric)| metric.emitted);
        acd.chain(user).chain(customer).chain(metrics).chain(self.closed).max()
    }

    /// Whether it is over: then no session of it is open, even without an end.
    pub fn is_closed(&self) -> bool {
        self.closed.is_some() || self.not_found
    }

    /// Up to when Genesys has said all that it has to say: none before the conversation was read
    /// for long enough after its end, by the grace period in force at the read
    /// (`kpis.md#complete`).
    pub(crate) fn complete_until(&self, settings: &Settings) -> Option<Millis> {
        let last_read = self.last_read?;
        let until = last_read - settings.in_force(last_read).gaps.grace_period;
        (self.closed? <= until).then_some(until)
    }

    /// An upper bound of the stored form with all contributions, in bytes; see
    /// [`CONVERSATION_BYTES_MAX`].
    pub fn encoded_size_max(&self) -> usize {
        self.acd_sessions.len() * AcdSession::ENCODED_SIZE_MAX
            + self.user_sessions.len() * UserSession::ENCODED_SIZE_MAX
            + self.customer_sessions.len() * CustomerSession::ENCODED_SIZE_MAX
            + self.metrics.len() * MetricFact::ENCODED_SIZE_MAX
            + self.text_bytes
    }

    /// How much the bound grows by a fact of a new session, or by a new metric fact; 0 for a fact
    /// that completes a session.
    fn new_session_or_metric_bytes(&self, Fact { source, kind }: &Fact) -> usize {
        match kind {
            FactKind::AcdStart(id, _) | FactKind::AcdEnd(id, _) => {
                new_session_bytes(&self.acd_sessions, id)
            }
            FactKind::UserStart(id, _) | FactKind::UserEnd(id, _) | FactKind::Acw(id, _) => {
                new_session_bytes(&self.user_sessions, id)
            }
            FactKind::CustomerStart(id, _) | FactKind::CustomerEnd(id, _) => {
                new_session_bytes(&self.customer_sessions, id)
            }
            FactKind::Metric(fact) if self.metric_position(*source, fact).is_err() => {
                MetricFact::ENCODED_SIZE_MAX
            }
            _ => 0,
        }
    }

    /// Bytes of the texts of a fact that the conversation does not have yet.
    fn new_text_bytes(&self, kind: &FactKind) -> usize {
        let mut texts: BTreeSet<&str> = kind.event().texts().into_iter().collect();
        texts.extend(kind.session_id().and_then(Id::as_text));
        if !texts.is_empty() && self.text_bytes > 0 {
            texts = &texts - &self.texts();
        }
        text_bytes(&texts)
    }

    /// All texts that the stored form spells out, each once.
    fn texts(&self) -> BTreeSet<&str> {
        let mut texts = BTreeSet::new();
        add_texts(&self.acd_sessions, &mut texts);
        add_texts(&self.user_sessions, &mut texts);
        add_texts(&self.customer_sessions, &mut texts);
        for (_, metric) in &self.metrics {
            texts.extend(metric.texts());
            texts.extend(metric.session.id().as_text());
        }
        texts
    }

    /// Restores what the stored form does not have: the order of facts that an older release wrote,
    /// whose table of names was shorter, so that names which are known since have moved; and the
    /// bytes of texts.
    pub(crate) fn restored(mut self) -> Self {
        if !self.metrics.is_sorted() {
            self.metrics.sort_unstable();
        }
        self.text_bytes = text_bytes(&self.texts());
        self
    }
}

fn add_texts<'a, S: Session>(sessions: &'a [S], texts: &mut BTreeSet<&'a str>) {
    for session in sessions {
        texts.extend(session.id().as_text());
        texts.extend(session.events().flat_map(Event::texts));
    }
}

/// Bytes of texts in the stored form: their letters and their lengths.
fn text_bytes(texts: &BTreeSet<&str>) -> usize {
    texts.iter().map(|text| text.len() + 2).sum()
}

fn new_session_bytes<S: Session>(sessions: &[S], id: &Id) -> usize {
    let is_new = sessions.binary_search_by(|session| session.id().cmp(id)).is_err();
    if is_new { S::ENCODED_SIZE_MAX } else { 0 }
}

/// The session with an id, which is inserted if it is new.
fn session_mut<S: Session>(sessions: &mut Vec<S>, id: Id) -> &mut S {
    let position = sessions.binary_search_by(|session| session.id().cmp(&id));
    let position = position.unwrap_or_else(|position| {
        // Most conversations have one or two sessions of a kind, of some hundred bytes each.
        sessions.reserve_exact(usize::from(sessions.len() < 4));
        sessions.insert(position, S::new(id));
        position
    });
    &mut sessions[position]
}
