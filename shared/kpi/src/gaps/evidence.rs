//! What the rules look at.

use crate::derive::{EffectiveMetric, Provenance, counting};
use crate::facts::{AcdSession, UserSession};
use crate::{Conversation, Id, Metric, Millis, Settings};
use std::collections::BTreeSet;

/// A conversation, and the metric facts of it that count.
pub(super) struct Evidence<'a> {
    pub(super) conversation: &'a Conversation,
    pub(super) settings: &'a Settings,
    /// The facts that Genesys computed, in order of session.
    pub(super) official: Vec<EffectiveMetric<'a>>,
    /// The facts that stand in for those.
    pub(super) derived: Vec<EffectiveMetric<'a>>,
}

impl<'a> Evidence<'a> {
    pub(super) fn of(conversation: &'a Conversation, settings: &'a Settings) -> Self {
        let all = counting(conversation, settings);
        let (derived, mut official): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|fact| fact.basis == Provenance::Derived);
        official.sort_by_key(|fact| fact.session);
        Self { conversation, settings, official, derived }
    }

    /// Whether the metrics topic is subscribed, as far as this conversation shows.
    pub(super) fn has_metrics(&self) -> bool {
        !self.official.is_empty()
    }

    /// Whether the detail events are subscribed, as far as this conversation shows.
    pub(super) fn has_details(&self) -> bool {
        let Conversation { acd, user, customer, .. } = self.conversation;
        !(acd.is_empty() && user.is_empty() && customer.is_empty())
    }

    /// Whether the customer is known to have left: then nobody waits and nobody is talked to.
    pub(super) fn customer_left(&self) -> bool {
        let customers = &self.conversation.customer;
        !customers.is_empty() && customers.iter().all(|it| it.end.value().is_some())
    }

    /// The official facts of a metric.
    pub(super) fn facts(&self, metric: Metric) -> impl Iterator<Item = &EffectiveMetric<'a>> {
        self.official.iter().filter(move |fact| fact.metric == metric)
    }

    /// The official facts of a session.
    fn of_session(&self, session: &Id) -> &[EffectiveMetric<'a>] {
        let start = self.official.partition_point(|fact| fact.session < Some(session));
        let rest = &self.official[start..];
        &rest[..rest.partition_point(|fact| fact.session == Some(session))]
    }

    /// Whether a session has an official fact of one of the metrics.
    pub(super) fn is_told(&self, session: &Id, metrics: &[Metric]) -> bool {
        self.of_session(session).iter().any(|fact| metrics.contains(&fact.metric))
    }

    /// The official milliseconds of a session and metrics.
    pub(super) fn sum(&self, session: &Id, metrics: &[Metric]) -> Millis {
        let of_session = self.of_session(session).iter();
        Millis(
            of_session.filter(|fact| metrics.contains(&fact.metric)).map(|fact| fact.value).sum(),
        )
    }

    /// The sessions in a queue that are known of, by whatever fact.
    pub(super) fn waits(&self, queue: &'a Id) -> BTreeSet<&Id> {
        let held = self.conversation.acd.iter().filter(|acd| acd.queue() == Some(queue));
        let told = self.official.iter().filter(|fact| fact.queue == Some(queue));
        let told = told.filter(|it| it.metric == Metric::T_ACD || it.metric == Metric::N_OFFERED);
        held.map(|acd| &acd.id).chain(told.filter_map(|fact| fact.session)).collect()
    }

    /// The user session of an id.
    pub(super) fn user(&self, session: &Id) -> Option<&'a UserSession> {
        let users = &self.conversation.user;
        users.binary_search_by(|held| held.id.cmp(session)).ok().map(|at| &users[at])
    }

    /// The ACD session of an id.
    pub(super) fn acd(&self, session: &Id) -> Option<&'a AcdSession> {
        let waits = &self.conversation.acd;
        waits.binary_search_by(|held| held.id.cmp(session)).ok().map(|at| &waits[at])
    }
}

/// What `tHandle` consists of, but for after-call work.
pub(super) const HANDLING: [Metric; 4] =
    [Metric::T_TALK_COMPLETE, Metric::T_HELD_COMPLETE, Metric::T_CONTACTING, Metric::T_DIALING];

/// Time with the customer, and on the way to them: what is handling but after-call work.
pub(super) fn handling(session: &UserSession) -> Millis {
    let spent = session.end.value().map(|end| end.durations).unwrap_or_default();
    spent.interacting + spent.held + spent.contacting + spent.dialing
}

/// How long it rang.
pub(super) fn alerting(session: &UserSession) -> Millis {
    session.end.value().map(|end| end.durations.alerting).unwrap_or_default()
}

/// Whether an ended session was more than an alert. Work on a callback has no duration of its own:
/// there it shows in how long the session was.
pub(super) fn was_answered(session: &UserSession) -> bool {
    let times = session.start.value().zip(session.end.value());
    let rest = times.map(|(start, end)| end.time - start.time - end.durations.alerting);
    handling(session).0 > 0
        || rest.is_some_and(|rest| rest > ALERT_END)
        || session.acw.value().is_some()
}

/// What is over when an alert ends is over within this time.
pub(super) const ALERT_END: Millis = Millis(2_000);
