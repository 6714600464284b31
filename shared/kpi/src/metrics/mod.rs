//! Effective metrics: the metric facts that count, derived from sessions or official, after
//! precedence (`kpis.md#precedence`, `kpis.md#derived-metrics`).

mod derived;
pub(crate) mod effective;
mod official;
mod precedence;

use crate::facts::conversation::Conversation;
use crate::names::Metric;
use crate::settings::values::Settings;
use effective::{EffectiveMetric, Provenance};

/// All effective metrics of a conversation.
pub(crate) fn effective_metrics<'a>(
    conversation: &'a Conversation,
    settings: &Settings,
) -> Vec<EffectiveMetric<'a>> {
    let official = official::official_metrics(&conversation.metrics);
    let derived = derived::derived_metrics(conversation, settings);
    let mut effective = precedence::resolve(official, derived);
    if let Some(until) = conversation.complete_until(settings.gaps.grace_period) {
        effective.retain(|fact| fact.provenance != Provenance::Derived || fact.emitted > until);
    }
    let short_abandons = derived::short_abandons(&effective, settings);
    if !short_abandons.is_empty() {
        let is_short_abandon =
            |fact: &mut EffectiveMetric<'_>| fact.metric == Metric::T_SHORT_ABANDON;
        let official = effective.extract_if(.., is_short_abandon).collect();
        effective.extend(precedence::resolve(official, short_abandons));
    }
    effective
}
