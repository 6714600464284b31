//! Effective metrics: the metric facts that count, derived from sessions or official, after
//! precedence (`kpis.md#precedence`, `kpis.md#derived-metrics`).

mod derived;
pub(crate) mod effective;
mod official;
mod precedence;

use crate::facts::conversation::Conversation;
use crate::names::Metric;
use crate::settings::values::Settings;
use effective::{EffectiveMetric, Exclusion, Provenance};

/// All effective metrics of a conversation.
pub(crate) fn effective_metrics<'a>(
    conversation: &'a Conversation,
    settings: &Settings,
) -> Vec<EffectiveMetric<'a>> {
    resolve_all(conversation, settings, &mut |_, _| {})
}

/// Each metric fact of a conversation, official or derived, with the reason if it does not count. Those
/// without a reason are the effective metrics.
pub fn explain_metrics<'a>(
    conversation: &'a Conversation,
    settings: &Settings,
) -> Vec<(EffectiveMetric<'a>, Option<Exclusion>)> {
    let mut exclusions = Vec::new();
    let exclude = &mut |fact, why| exclusions.push((fact, Some(why)));
    let effective = resolve_all(conversation, settings, exclude);
    effective.into_iter().map(|fact| (fact, None)).chain(exclusions).collect()
}

/// The metric facts that count. The others go to `exclude`.
fn resolve_all<'a>(
    conversation: &'a Conversation,
    settings: &Settings,
    exclude: &mut impl FnMut(EffectiveMetric<'a>, Exclusion),
) -> Vec<EffectiveMetric<'a>> {
    let official = official::official_metrics(&conversation.metrics, exclude);
    let derived = derived::derived_metrics(conversation, settings);
    let mut effective = precedence::resolve(official, derived, exclude);
    if let Some(until) = conversation.complete_until(settings) {
        let is_wrong = |fact: &mut EffectiveMetric<'_>| {
            fact.provenance == Provenance::Derived && fact.emitted <= until
        };
        for fact in effective.extract_if(.., is_wrong) {
            exclude(fact, Exclusion::Complete);
        }
    }
    let short_abandons = derived::short_abandons(&effective, settings);
    if !short_abandons.is_empty() {
        let is_short_abandon =
            |fact: &mut EffectiveMetric<'_>| fact.metric == Metric::T_SHORT_ABANDON;
        let official = effective.extract_if(.., is_short_abandon).collect();
        effective.extend(precedence::resolve(official, short_abandons, exclude));
    }
    effective
}
