//! What the rules look at: a conversation and its effective metrics.

use crate::facts::conversation::Conversation;
use crate::facts::session::{AcdSession, UserSession};
use crate::id::Id;
use crate::metrics::effective::{ALERT_END, EffectiveMetric, Provenance};
use crate::metrics::effective_metrics;
use crate::names::Metric;
use crate::settings::gaps::GapSettings;
use crate::settings::values::Settings;
use crate::time::Millis;
use std::collections::BTreeSet;

/// Sums that Genesys rounds on the way may differ by this.
pub(super) const ROUNDING_MAX: Millis = Millis(250);

/// The metrics of how a wait ended.
pub(super) const OUTCOMES: [Metric; 3] =
    [Metric::T_ANSWERED, Metric::T_ABANDON, Metric::T_FLOW_OUT];

/// The metrics that `tHandle` sums up, besides `tAcw`.
pub(super) const HANDLING: [Metric; 4] =
    [Metric::T_TALK_COMPLETE, Metric::T_HELD_COMPLETE, Metric::T_CONTACTING, Metric::T_DIALING];

/// A conversation and its effective metrics. A metric is *reported* if there is an official fact of
/// it (`kpis.md#gap-terms`).
pub(super) struct GapContext<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) settings: &'a Settings,
    /// Those in force at the conversation's newest event.
    pub(super) gap_settings: &'a GapSettings,
    /// The official facts, in order of session.
    pub(super) official: Vec<EffectiveMetric<'a>>,
    /// The derived facts that no official fact replaces.
    pub(super) derived: Vec<EffectiveMetric<'a>>,
}

impl<'a> GapContext<'a> {
    pub(super) fn new(conversation: &'a Conversation, settings: &'a Settings) -> Self {
        let (derived, mut official): (Vec<_>, Vec<_>) = effective_metrics(conversation, settings)
            .into_iter()
            .partition(|fact| fact.provenance == Provenance::Derived);
        official.sort_by_key(|fact| fact.session);
        let newest = conversation.newest_event_time().unwrap_or_default();
        let gap_settings = &settings.in_force(newest).gaps;
        Self { conversation, settings, gap_settings, official, derived }
    }

    /// Whether it was read completely, and nothing has come since (`kpis.md#complete`).
    pub(super) fn is_complete(&self) -> bool {
        let until = self.conversation.complete_until(self.settings);
        until.is_some() && self.conversation.newest_event_time() <= until
    }

    /// Whether metric events are delivered, as far as this conversation shows.
    pub(super) fn has_metrics(&self) -> bool {
        !self.official.is_empty()
    }

    /// Whether detail events are delivered, as far as this conversation shows.
    pub(super) fn has_details(&self) -> bool {
        let conversation = self.conversation;
        !(conversation.acd_sessions.is_empty()
            && conversation.user_sessions.is_empty()
            && conversation.customer_sessions.is_empty())
    }

    /// Whether the customer has left: then nobody waits, and no agent talks.
    pub(super) fn customer_left(&self) -> bool {
        let customers = &self.conversation.customer_sessions;
        !customers.is_empty() && customers.iter().all(|session| session.end.value().is_some())
    }

    /// The official facts of a metric.
    pub(super) fn facts(&self, metric: Metric) -> impl Iterator<Item = &EffectiveMetric<'a>> {
        self.official.iter().filter(move |fact| fact.metric == metric)
    }

    /// The official facts of a session.
    fn session_facts(&self, session: &Id) -> &[EffectiveMetric<'a>] {
        let start = self.official.partition_point(|fact| fact.session < Some(session));
        let end = self.official.partition_point(|fact| fact.session <= Some(session));
        &self.official[start..end]
    }

    /// Whether a session has an official fact of one of the metrics.
    pub(super) fn is_reported(&self, session: &Id, metrics: &[Metric]) -> bool {
        self.session_facts(session).iter().any(|fact| metrics.contains(&fact.metric))
    }

    /// The sum of the official facts of a session and some metrics.
    pub(super) fn sum(&self, session: &Id, metrics: &[Metric]) -> Millis {
        let facts = self.session_facts(session).iter();
        Millis(facts.filter(|fact| metrics.contains(&fact.metric)).map(|fact| fact.value).sum())
    }

    /// The ids of all ACD sessions in a queue, whether by events or by official facts.
    pub(super) fn waits(&self, queue: &'a Id) -> BTreeSet<&Id> {
        let sessions = self.conversation.acd_sessions.iter();
        let sessions = sessions.filter(|acd| acd.queue() == Some(queue)).map(|acd| &acd.id);
        let is_wait = |fact: &&EffectiveMetric<'_>| {
            fact.queue == Some(queue)
                && (fact.metric == Metric::T_ACD || fact.metric == Metric::N_OFFERED)
        };
        let reported = self.official.iter().filter(is_wait).filter_map(|fact| fact.session);
        sessions.chain(reported).collect()
    }

    /// The user session with an id.
    pub(super) fn user_session(&self, id: &Id) -> Option<&'a UserSession> {
        let sessions = &self.conversation.user_sessions;
        sessions.binary_search_by(|session| session.id.cmp(id)).ok().map(|i| &sessions[i])
    }

    /// The ACD session with an id.
    pub(super) fn acd_session(&self, id: &Id) -> Option<&'a AcdSession> {
        let sessions = &self.conversation.acd_sessions;
        sessions.binary_search_by(|session| session.id.cmp(id)).ok().map(|i| &sessions[i])
    }
}

/// The handling time of an ended session, without after-call work.
pub(super) fn handling(session: &UserSession) -> Millis {
    session.end.value().map(|end| end.durations.handling()).unwrap_or_default()
}

/// The alerting time of an ended session.
pub(super) fn alerting(session: &UserSession) -> Millis {
    session.end.value().map(|end| end.durations.alerting).unwrap_or_default()
}

/// Whether an ended session was more than an alert. Work on a callback has no duration of its own:
/// it shows only in the length of the session.
pub(super) fn was_answered(session: &UserSession) -> bool {
    let outlasts_alert = match (session.start.value(), session.end.value()) {
        (Some(start), Some(end)) => end.time - start.time - end.durations.alerting > ALERT_END,
        _ => false,
    };
    handling(session).0 > 0 || outlasts_alert || session.acw.value().is_some()
}
