//! Which facts of a conversation count, whatever their order and number (`kpis.md#facts`).

use super::official::official;
use headroom_kpi::Fact;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, FactKind, MetricFact, MetricSession, Source, UserEnd, UserStart, Work,
};
use headroom_kpi::{Id, Media};
use std::collections::BTreeMap;

/// What a metric fact is booked on. The order is that of "sessionId", with records, which have
/// none, first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Holder {
    pub(super) session: Option<String>,
    pub(super) record: Option<String>,
}

/// A metric fact, official or derived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) holder: Holder,
    pub(super) metric: String,
    pub(super) emitted: i64,
    pub(super) value: i64,
    pub(super) queue: Option<String>,
    pub(super) user: Option<String>,
    pub(super) media: String,
    /// It comes from an API response alone (`kpis.md#repaired`).
    pub(super) repaired: bool,
}

#[derive(Default)]
pub(super) struct Acd {
    pub(super) start: Option<AcdStart>,
    pub(super) end: Option<AcdEnd>,
}

#[derive(Default)]
pub(super) struct User {
    pub(super) start: Option<UserStart>,
    pub(super) end: Option<UserEnd>,
    pub(super) acw: Option<Acw>,
}

#[derive(Default)]
pub(super) struct NaiveConversation {
    pub(super) acd: BTreeMap<String, Acd>,
    pub(super) user: BTreeMap<String, User>,
    pub(super) official: Vec<Number>,
    pub(super) closed: bool,
    /// `conversationEnd` of the API responses: the latest, as of reads.
    pub(super) end: Option<i64>,
    /// "That a conversation was read, and when, is a fact too: the latest counts."
    pub(super) last_read: Option<i64>,
}

impl NaiveConversation {
    pub(super) fn new(facts: &[Fact]) -> Self {
        let mut conversation = Self {
            official: official(facts),
            closed: facts.iter().any(|f| matches!(f.kind, FactKind::Closed(_))),
            end: latest(facts, |fact| {
                matches!(fact.kind, FactKind::Closed(_)) && fact.source == Source::Api
            }),
            last_read: latest(facts, |fact| matches!(fact.kind, FactKind::Read(_))),
            ..Self::default()
        };
        for fact in facts {
            match &fact.kind {
                FactKind::AcdStart(id, _) | FactKind::AcdEnd(id, _) => {
                    conversation.acd.insert(id.to_string(), Acd::new(facts, id));
                }
                FactKind::UserStart(id, _) | FactKind::UserEnd(id, _) | FactKind::Acw(id, _) => {
                    conversation.user.insert(id.to_string(), User::new(facts, id));
                }
                // No rule derives anything from a customer session; the rest is handled above.
                FactKind::CustomerStart(..)
                | FactKind::CustomerEnd(..)
                | FactKind::Metric(_)
                | FactKind::Closed(_)
                | FactKind::Read(_)
                | FactKind::Budget(_)
                | FactKind::Agent(_) => {}
            }
        }
        conversation
    }
}

fn latest(facts: &[Fact], is_of_kind: impl Fn(&&Fact) -> bool) -> Option<i64> {
    facts.iter().filter(is_of_kind).map(|fact| fact.kind.time().0).max()
}

/// "If two events of the same kind and sessionId differ, the one with the later `eventTime` counts,
/// as a whole. At equal times, the one whose body is greater in some fixed total order counts." And
/// of API responses: "Where there is an event of that kind and session, the event counts."
fn effective_event<'a, T: Ord + Clone + 'a>(
    facts: &'a [Fact],
    body: impl Fn(&'a FactKind) -> Option<&'a T>,
) -> Option<T> {
    let greatest_of = |source| {
        let of_source = facts.iter().filter(|fact| fact.source == source);
        of_source.filter_map(|fact| Some((fact.kind.time(), body(&fact.kind)?))).max()
    };
    let (_, counts) = greatest_of(Source::Event).or_else(|| greatest_of(Source::Api))?;
    Some(counts.clone())
}

/// The body of a fact of one kind and session.
macro_rules! body {
    ($kind:ident, $id:expr) => {
        |kind| match kind {
            FactKind::$kind(id, body) if id == $id => Some(body),
            _ => None,
        }
    };
}

impl Acd {
    fn new(facts: &[Fact], id: &Id) -> Self {
        Self {
            start: effective_event(facts, body!(AcdStart, id)),
            end: effective_event(facts, body!(AcdEnd, id)),
        }
    }

    /// The first one known, in the order start, end.
    pub(super) fn queue(&self) -> String {
        let start = self.start.as_ref().map(|s| s.queue.to_string());
        let end = self.end.as_ref().map(|e| e.queue.to_string());
        start.or(end).unwrap()
    }

    pub(super) fn media(&self) -> String {
        let start = self.start.as_ref().and_then(|s| s.media.clone());
        let end = self.end.as_ref().and_then(|e| e.media.clone());
        media_text(start.or(end))
    }
}

impl User {
    fn new(facts: &[Fact], id: &Id) -> Self {
        Self {
            start: effective_event(facts, body!(UserStart, id)),
            end: effective_event(facts, body!(UserEnd, id)),
            acw: effective_event(facts, body!(Acw, id)),
        }
    }

    /// What start, end and acw say, in this order.
    fn works(&self) -> Vec<&Work> {
        let start = self.start.as_ref().map(|s| &s.work);
        let end = self.end.as_ref().map(|e| &e.work);
        let acw = self.acw.as_ref().map(|a| &a.work);
        [start, end, acw].into_iter().flatten().collect()
    }

    pub(super) fn user(&self) -> String {
        self.works()[0].user.to_string()
    }

    pub(super) fn queue(&self) -> Option<String> {
        let mut values = self.works().into_iter().filter_map(|w| w.queue.as_ref());
        values.next().map(Id::to_string)
    }

    pub(super) fn media(&self) -> String {
        let mut values = self.works().into_iter().filter_map(|w| w.media.clone());
        media_text(values.next())
    }
}

fn media_text(media: Option<Media>) -> String {
    media.map_or("unknown".to_owned(), |media| media.to_string())
}

/// The facts of one source: "(sessionId, metric name, emit time in ms) -> value, with the dimensions
/// queueId, userId and mediaType". Of two with one key the greater counts.
pub(super) fn set(facts: &[Fact], source: Source) -> Vec<Number> {
    let mut set = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.source == source) {
        let FactKind::Metric(metric) = &fact.kind else {
            continue;
        };
        let key = (&metric.session, &metric.metric, metric.emitted);
        let body = (metric.value, &metric.queue, &metric.user, &metric.media);
        let greatest = set.entry(key).or_insert((body, metric));
        if greatest.0 < body {
            *greatest = (body, metric);
        }
    }
    set.into_values().map(|(_, fact)| number(fact)).collect()
}

fn number(fact: &MetricFact) -> Number {
    let (session, record) = match &fact.session {
        MetricSession::Session(id) => (Some(id.to_string()), None),
        MetricSession::Record(id) => (None, Some(id.to_string())),
    };
    Number {
        holder: Holder { session, record },
        metric: fact.metric.to_string(),
        emitted: fact.emitted.0,
        value: fact.value,
        queue: fact.queue.as_ref().map(Id::to_string),
        user: fact.user.as_ref().map(Id::to_string),
        media: fact.media.to_string(),
        repaired: false,
    }
}
