//! Metric facts that follow from sessions (`kpis.md#derived-metrics`).

use super::effective::{ALERT_END, EffectiveMetric, Provenance};
use crate::facts::conversation::Conversation;
use crate::facts::session::{AcdSession, UserSession};
use crate::facts::{Durations, Outcome, Transfer, UserEnd};
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
        derive_from_user(session, conversation, &mut facts);
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

fn derive_from_user<'a>(
    session: &'a UserSession,
    conversation: &Conversation,
    facts: &mut Vec<EffectiveMetric<'a>>,
) {
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
    let times = PartEnds::new(session, end);
    push_positive(Metric::T_CONTACTING, times.contacting, durations.contacting.0);
    push_positive(Metric::T_DIALING, times.dialing, durations.dialing.0);
    push_positive(Metric::T_ALERT, times.alerting, durations.alerting.0);
    push_positive(Metric::T_TALK_COMPLETE, end.time, durations.interacting.0);
    push_positive(Metric::T_HELD_COMPLETE, end.time, durations.hold.0);
    if is_not_responding(session, end, conversation) {
        push_positive(Metric::T_NOT_RESPONDING, times.alerting, durations.alerting.0);
    }
    let handled = durations.handling().0;
    let handle_time = match acw {
        Some(acw) if handled == 0 => acw.time,
        Some(acw) => end.time.max(acw.time),
        None => end.time,
    };
    push_positive(Metric::T_HANDLE, handle_time, handled + wrapup);
    if let Some(transfer) = end.transfer {
        push_positive(Metric::N_TRANSFERRED, end.time, 1);
        push_positive(transfer_metric(transfer), end.time, 1);
    }
}

/// When the parts of a session before talk ended. They come in this order, from the start of the
/// session on, or else up to its end (`kpis.md#parts`).
struct PartEnds {
    contacting: Millis,
    dialing: Millis,
    alerting: Millis,
}

impl PartEnds {
    fn new(session: &UserSession, end: &UserEnd) -> Self {
        let Durations { alerting, interacting, hold, contacting, dialing } = end.durations;
        let total = contacting + dialing + alerting + interacting + hold;
        let start = session.start.value().map_or(end.time - total, |start| start.time);
        let contacting = start + contacting;
        let dialing = contacting + dialing;
        Self { contacting, dialing, alerting: dialing + alerting }
    }
}

/// Whether the agent let an alert of a queue pass: nothing followed it, and it did not end because
/// the wait did (`kpis.md#not-responding`).
fn is_not_responding(session: &UserSession, end: &UserEnd, conversation: &Conversation) -> bool {
    let ended_alert = |acd: &AcdSession| {
        acd.queue() == session.queue()
            && acd.end.value().is_some_and(|wait_end| {
                wait_end.outcome != Some(Outcome::Answered)
                    && wait_end.time.distance(end.time) <= ALERT_END
            })
    };
    session.queue().is_some()
        && end.durations.handling().0 == 0
        && end.transfer.is_none()
        && !outlasts_alert(session, end)
        && !conversation.acd_sessions.iter().any(ended_alert)
}

/// Whether a session went on after its alert. Work on a callback has no duration of its own: it shows
/// only in the length of the session, and without a start it cannot be told from an alert.
fn outlasts_alert(session: &UserSession, end: &UserEnd) -> bool {
    match session.start.value() {
        Some(start) => end.time - start.time - end.durations.alerting > ALERT_END,
        None => session.media().as_str() == "callback",
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
        fact.metric == Metric::T_ABANDON && fact.value < settings.short_abandon(fact.emitted).0
    };
    let short_abandon = |abandon: &EffectiveMetric<'a>| EffectiveMetric {
        metric: Metric::T_SHORT_ABANDON,
        user: None,
        provenance: Provenance::Derived,
        ..abandon.clone()
    };
    effective.iter().filter(is_short).map(short_abandon).collect()
}
