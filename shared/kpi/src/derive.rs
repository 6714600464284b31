//! The metric facts that count: derived from session facts, or official (`kpis.md`, sections 1
//! and 2).

use crate::facts::{
    AcdSession, Conversation, MetricFact, MetricSession, Outcome, Transfer, UserSession,
};
use crate::{Id, Media, Metric, Millis, Settings, official, precedence};

/// A metric fact that counts, wherever it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveMetric<'a> {
    /// The session it is booked on; none for an official fact that names no session.
    pub session: Option<&'a Id>,
    /// Its metric.
    pub metric: Metric,
    /// When it was emitted: decides interval and day.
    pub emitted: Millis,
    /// Milliseconds of a timer, or a count.
    pub value: i64,
    /// The queue whose row it goes to.
    pub queue: Option<&'a Id>,
    /// The agent whose row it goes to.
    pub user: Option<&'a Id>,
    /// The media type of both rows.
    pub media: Media,
    /// What it rests on.
    pub basis: Provenance,
}

/// What a metric fact rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// Session facts: it was derived.
    Derived,
    /// Genesys computed it, and a metric event brought it.
    Official,
    /// Genesys computed it, and gap reads alone brought it: no metric event stands beside it
    /// (`kpis.md`, section 11).
    Repaired,
}

/// All metric facts of a conversation that count.
pub fn counting<'a>(
    conversation: &'a Conversation,
    settings: &Settings,
) -> Vec<EffectiveMetric<'a>> {
    let derived = derived(conversation, settings);
    let official = official::counting(&conversation.metrics);
    let mut counting = precedence::resolve(official, derived);
    short_abandons(&mut counting, settings);
    counting
}

/// The facts that session facts give, official ones or not.
fn derived<'a>(conversation: &'a Conversation, settings: &Settings) -> Vec<EffectiveMetric<'a>> {
    let mut facts = Vec::with_capacity(6 * (conversation.acd.len() + conversation.user.len()));
    for session in &conversation.acd {
        of_acd(session, settings, &mut facts);
    }
    for session in &conversation.user {
        of_user(session, &mut facts);
    }
    facts
}

fn of_acd<'a>(session: &'a AcdSession, settings: &Settings, facts: &mut Vec<EffectiveMetric<'a>>) {
    let Some(queue) = session.queue() else { return };
    let media = session.media();
    let base = EffectiveMetric {
        session: Some(&session.id),
        metric: Metric::N_OFFERED,
        emitted: Millis(0),
        value: 1,
        queue: Some(queue),
        user: None,
        media,
        basis: Provenance::Derived,
    };
    if let Some(emitted) = session.offered() {
        facts.push(EffectiveMetric { emitted, ..base.clone() });
    }
    let (Some(end), Some(wait)) = (session.end.value(), session.wait()) else {
        return;
    };
    let Some(outcome) = end.outcome else { return };
    let waited = EffectiveMetric { emitted: end.time, value: wait.0, ..base };
    facts.push(EffectiveMetric { metric: Metric::T_ACD, ..waited.clone() });
    match outcome {
        Outcome::Abandon => facts.push(EffectiveMetric { metric: Metric::T_ABANDON, ..waited }),
        Outcome::FlowOut => facts.push(EffectiveMetric { metric: Metric::T_FLOW_OUT, ..waited }),
        Outcome::Answered => {
            let user = end.answered_user.as_ref();
            let late = settings.service_level(queue, &waited.media, end.time).duration < wait;
            let answered = EffectiveMetric { metric: Metric::T_ANSWERED, user, ..waited };
            facts.push(answered.clone());
            if late {
                facts.push(EffectiveMetric { metric: Metric::N_OVER_SLA, value: 1, ..answered });
            }
        }
    }
}

fn of_user<'a>(session: &'a UserSession, facts: &mut Vec<EffectiveMetric<'a>>) {
    let media = session.media();
    let (queue, user) = (session.queue(), session.user());
    let mut push = |metric: Metric, emitted: Millis, amount: i64| {
        if amount > 0 {
            facts.push(EffectiveMetric {
                session: Some(&session.id),
                metric,
                emitted,
                value: amount,
                queue,
                user,
                media: media.clone(),
                basis: Provenance::Derived,
            });
        }
    };
    let acw = session.acw.value();
    let wrapup = acw.and_then(|acw| acw.wrapup).map_or(0, |ms| ms.0);
    if let Some(acw) = acw {
        push(Metric::T_ACW, acw.time, wrapup);
    }
    let Some(end) = session.end.value() else {
        return;
    };
    let spent = end.durations;
    push(Metric::T_ALERT, end.time, spent.alerting.0);
    push(Metric::T_TALK_COMPLETE, end.time, spent.interacting.0);
    push(Metric::T_HELD_COMPLETE, end.time, spent.held.0);
    push(Metric::T_CONTACTING, end.time, spent.contacting.0);
    push(Metric::T_DIALING, end.time, spent.dialing.0);
    let handled = spent.interacting + spent.held + spent.contacting + spent.dialing;
    if handled.0 > 0 {
        let done = acw.map_or(end.time, |acw| end.time.max(acw.time));
        push(Metric::T_HANDLE, done, handled.0 + wrapup);
    }
    if let Some(transfer) = end.transfer {
        push(Metric::N_TRANSFERRED, end.time, 1);
        push(transfer_metric(transfer), end.time, 1);
    }
}

fn transfer_metric(transfer: Transfer) -> Metric {
    match transfer {
        Transfer::Blind => Metric::N_BLIND_TRANSFERRED,
        Transfer::Consult => Metric::N_CONSULT_TRANSFERRED,
    }
}

/// Every counting abandon below the short-abandon time is a short one as well, unless Genesys
/// says how many there were in that session.
fn short_abandons<'a>(counting: &mut Vec<EffectiveMetric<'a>>, settings: &Settings) {
    let is_short = |fact: &&EffectiveMetric<'a>| {
        fact.metric == Metric::T_ABANDON && fact.value < settings.short_abandon.at(fact.emitted).0
    };
    let metric = Metric::T_SHORT_ABANDON;
    let as_short = |fact: &EffectiveMetric<'a>| EffectiveMetric {
        metric: metric.clone(),
        user: None,
        basis: Provenance::Derived,
        ..fact.clone()
    };
    let short: Vec<_> = counting.iter().filter(is_short).map(as_short).collect();
    if short.is_empty() {
        return;
    }
    let official = counting.extract_if(.., |fact| fact.metric == metric).collect();
    counting.extend(precedence::resolve(official, short));
}

impl<'a> From<&'a MetricFact> for EffectiveMetric<'a> {
    fn from(fact: &'a MetricFact) -> Self {
        let session = match &fact.session {
            MetricSession::Session(id) => Some(id),
            MetricSession::Record(_) => None,
        };
        Self {
            session,
            metric: fact.metric.clone(),
            emitted: fact.emitted,
            value: fact.value,
            queue: fact.queue.as_ref(),
            user: fact.user.as_ref(),
            media: fact.media.clone(),
            basis: Provenance::Official,
        }
    }
}
