//! Metric facts that follow from sessions (`kpis.md#derived-metrics`).

use super::effective::{EffectiveMetric, Provenance};
use crate::facts::conversation::Conversation;
use crate::facts::session::{AcdSession, UserSession};
use crate::facts::{Outcome, Transfer};
use crate::names::Metric;
use crate::settings::values::Settings;
use crate::time::Millis;

/// The derived facts of all sessions, before precedence.
pub(super) fn derived_metrics<'a>(
    conversation: &'a Conversation,
    settings: &Settings,
) -> Vec<EffectiveMetric<'a>> {
    let sessions = conversation.acd_sessions.len() + conversation.user_sessions.len();
    let mut facts = Vec::with_capacity(6 * sessions);
    for session in &conversation.acd_sessions {
        derive_from_acd(session, settings, &mut facts);
    }
    for session in &conversation.user_sessions {
        derive_from_user(session, &mut facts);
    }
    facts
}

fn derive_from_acd<'a>(
    session: &'a AcdSession,
    settings: &Settings,
    facts: &mut Vec<EffectiveMetric<'a>>,
) {
    let Some(queue) = session.queue() else { return };
    let offered = EffectiveMetric {
        session: Some(&session.id),
        metric: Metric::N_OFFERED,
        emitted: Millis(0),
        value: 1,
        queue: Some(queue),
        user: None,
        media: session.media(),
        provenance: Provenance::Derived,
    };
    if let Some(emitted) = session.offered() {
        facts.push(EffectiveMetric { emitted, ..offered.clone() });
    }
    let (Some(end), Some(wait)) = (session.end.value(), session.wait()) else { return };
    let Some(outcome) = end.outcome else { return };
    let ended =
        EffectiveMetric { metric: Metric::T_ACD, emitted: end.time, value: wait.0, ..offered };
    facts.push(ended.clone());
    match outcome {
        Outcome::Abandon => facts.push(EffectiveMetric { metric: Metric::T_ABANDON, ..ended }),
        Outcome::FlowOut => facts.push(EffectiveMetric { metric: Metric::T_FLOW_OUT, ..ended }),
        Outcome::Answered => {
            let user = end.answered_user.as_ref();
            let answered = EffectiveMetric { metric: Metric::T_ANSWERED, user, ..ended };
            let level = settings.service_level(queue, &answered.media, end.time);
            facts.push(answered.clone());
            if level.duration < wait {
                facts.push(EffectiveMetric { metric: Metric::N_OVER_SLA, value: 1, ..answered });
            }
        }
    }
}

fn derive_from_user<'a>(session: &'a UserSession, facts: &mut Vec<EffectiveMetric<'a>>) {
    let (queue, user, media) = (session.queue(), session.user(), session.media());
    let mut push_positive = |metric: Metric, emitted: Millis, value: i64| {
        if value > 0 {
            facts.push(EffectiveMetric {
                session: Some(&session.id),
                metric,
                emitted,
                value,
                queue,
                user,
                media: media.clone(),
                provenance: Provenance::Derived,
            });
        }
    };
    let acw = session.acw.value();
    let wrapup = acw.and_then(|acw| acw.wrapup).map_or(0, |wrapup| wrapup.0);
    if let Some(acw) = acw {
        push_positive(Metric::T_ACW, acw.time, wrapup);
    }
    let Some(end) = session.end.value() else { return };
    let durations = end.durations;
    push_positive(Metric::T_ALERT, end.time, durations.alerting.0);
    push_positive(Metric::T_TALK_COMPLETE, end.time, durations.interacting.0);
    push_positive(Metric::T_HELD_COMPLETE, end.time, durations.hold.0);
    push_positive(Metric::T_CONTACTING, end.time, durations.contacting.0);
    push_positive(Metric::T_DIALING, end.time, durations.dialing.0);
    let handled = durations.handling().0;
    if handled > 0 {
        let emitted = acw.map_or(end.time, |acw| end.time.max(acw.time));
        push_positive(Metric::T_HANDLE, emitted, handled + wrapup);
    }
    if let Some(transfer) = end.transfer {
        push_positive(Metric::N_TRANSFERRED, end.time, 1);
        push_positive(transfer_metric(transfer), end.time, 1);
    }
}

fn transfer_metric(transfer: Transfer) -> Metric {
    match transfer {
        Transfer::Blind => Metric::N_BLIND_TRANSFERRED,
        Transfer::Consult => Metric::N_CONSULT_TRANSFERRED,
    }
}

/// A short abandon for every effective abandon, official or derived, below the short-abandon time.
pub(super) fn short_abandons<'a>(
    effective: &[EffectiveMetric<'a>],
    settings: &Settings,
) -> Vec<EffectiveMetric<'a>> {
    let is_short = |fact: &&EffectiveMetric<'a>| {
        fact.metric == Metric::T_ABANDON
            && fact.value < settings.short_abandon.value_at(fact.emitted).0
    };
    let short_abandon = |abandon: &EffectiveMetric<'a>| EffectiveMetric {
        metric: Metric::T_SHORT_ABANDON,
        user: None,
        provenance: Provenance::Derived,
        ..abandon.clone()
    };
    effective.iter().filter(is_short).map(short_abandon).collect()
}
