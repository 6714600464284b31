//! Which metric facts count (`kpis.md#precedence`).

use super::conversation::{NaiveConversation, Number};
use super::derived::{derived, short_abandons};
use super::in_force;
use headroom_kpi::Settings;

/// "whose emit time is at most 10 s away"
const MATCH_WITHIN: i64 = 10_000;

/// "They are a *family*" (`kpis.md#families`).
const FAMILIES: [[&str; 3]; 2] = [
    ["tAnswered", "tAbandon", "tFlowOut"],
    ["nTransferred", "nBlindTransferred", "nConsultTransferred"],
];

/// Every official fact, and the derived ones that none replaces and no read makes obsolete.
pub(super) fn effective(conversation: &NaiveConversation, settings: &Settings) -> Vec<Number> {
    let official = &conversation.official;
    let remaining = not_replaced(official, derived(conversation, settings));
    let until = complete_until(conversation, settings);
    let counts = |n: &&Number| !is_stopped(n, &remaining) && until.is_none_or(|u| n.emitted > u);
    let mut effective = official.clone();
    effective.extend(remaining.iter().filter(counts).cloned());
    // Of counting abandons, so after their precedence; then through the same precedence. No read
    // makes it obsolete, since Genesys never emits it.
    let short = short_abandons(&effective, settings);
    effective.extend(not_replaced(official, short));
    effective
}

/// "a conversation is *complete* up to (last read - grace period of the gap settings), if
/// `conversationEnd` is not later than that. Then no derived fact whose emit time is not later than
/// that counts (but `tShortAbandon`, which Genesys never emits)" (`kpis.md#complete`).
fn complete_until(conversation: &NaiveConversation, settings: &Settings) -> Option<i64> {
    let read = conversation.last_read?;
    let until = read - in_force(settings, read).gaps.grace_period.0;
    (conversation.end? <= until).then_some(until)
}

/// "the derived `nOverSla` of an ACD session also stops counting as soon as the derived `tAnswered`
/// of that session is replaced"
fn is_stopped(number: &Number, remaining: &[Number]) -> bool {
    let is_answer = |n: &Number| n.metric == "tAnswered" && n.holder == number.holder;
    number.metric == "nOverSla" && !remaining.iter().any(is_answer)
}

/// The derived facts that still count. "Counterparts have the same conversation and the same family
/// of metrics, and are on the same session or else on the same queue."
fn not_replaced(official: &[Number], mut derived: Vec<Number>) -> Vec<Number> {
    let is_counterpart = |a: &Number, b: &Number| same_family(a, b) && same_session(a, b);
    // "official facts whose session has no derived fact of that family are matched by queue"
    let has_derived = |o: &Number| derived.iter().any(|d| is_counterpart(o, d));
    let mut of_other_sessions: Vec<_> = official.iter().filter(|o| !has_derived(o)).collect();
    // "If a session has any official fact of a family, none of the derived facts of that family of
    // that session counts."
    derived.retain(|d| !official.iter().any(|o| is_counterpart(o, d)));
    // "In order of (emit time, sessionId, metric in the order of the list above)"
    of_other_sessions.sort_by_key(|o| (o.emitted, o.holder.clone(), place_in_family(&o.metric)));
    for taker in of_other_sessions {
        if let Some(at) = nearest(taker, &derived) {
            let replaced = derived.remove(at);
            // "With it, all derived facts of that family on its session are replaced."
            derived.retain(|d| !is_counterpart(&replaced, d));
        }
    }
    derived
}

/// A record is no session.
fn same_session(a: &Number, b: &Number) -> bool {
    a.holder.session.is_some() && a.holder.session == b.holder.session
}

/// "Every other metric is a family of its own."
fn same_family(a: &Number, b: &Number) -> bool {
    let has_both = |family: &[&str; 3]| {
        family.contains(&a.metric.as_str()) && family.contains(&b.metric.as_str())
    };
    a.metric == b.metric || FAMILIES.iter().any(has_both)
}

fn place_in_family(metric: &str) -> Option<usize> {
    FAMILIES.iter().find_map(|family| family.iter().position(|member| *member == metric))
}

/// "the nearest derived fact of the same metric and queue whose emit time is at most 10 s away and
/// that is not replaced yet, or none. Of equally near ones it takes the smaller sessionId."
fn nearest(taker: &Number, derived: &[Number]) -> Option<usize> {
    let distance = |at: usize| (derived[at].emitted - taker.emitted).abs();
    (0..derived.len())
        .filter(|_| taker.queue.is_some())
        .filter(|at| derived[*at].metric == taker.metric && derived[*at].queue == taker.queue)
        .filter(|at| distance(*at) <= MATCH_WITHIN)
        .min_by_key(|at| (distance(*at), &derived[*at].holder, derived[*at].emitted))
}
