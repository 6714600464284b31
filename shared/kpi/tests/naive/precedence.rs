//! Which metric facts count (`kpis.md#precedence`).

use super::conversation::{NaiveConversation, Number};
use super::derived::{derived, short_abandons};
use headroom_kpi::Settings;
use std::collections::BTreeSet;

/// "whose emit time is at most 10 s away"
const MATCH_WITHIN: i64 = 10_000;

/// Every official fact, and the derived ones that none replaces.
pub(super) fn effective(conversation: &NaiveConversation, settings: &Settings) -> Vec<Number> {
    let remaining = all_not_replaced(&conversation.official, &derived(conversation, settings));
    let mut effective = conversation.official.clone();
    effective.extend(remaining.iter().filter(|n| !is_stopped(n, &remaining)).cloned());
    // Of counting abandons, so after their precedence; then through the same precedence.
    let short = short_abandons(&effective, settings);
    effective.extend(all_not_replaced(&conversation.official, &short));
    effective
}

/// "the derived `nOverSla` of an ACD session also stops counting as soon as the derived `tAnswered`
/// of that session is replaced"
fn is_stopped(number: &Number, remaining: &[Number]) -> bool {
    let is_answer = |n: &Number| n.metric == "tAnswered" && n.holder == number.holder;
    number.metric == "nOverSla" && !remaining.iter().any(is_answer)
}

/// "Counterparts have the same conversation and the same metric name".
fn all_not_replaced(official: &[Number], derived: &[Number]) -> Vec<Number> {
    let names: BTreeSet<_> = derived.iter().map(|number| &number.metric).collect();
    let with_name = |numbers: &[Number], name: &String| -> Vec<Number> {
        numbers.iter().filter(|number| number.metric == *name).cloned().collect()
    };
    names
        .into_iter()
        .flat_map(|name| not_replaced(&with_name(official, name), with_name(derived, name)))
        .collect()
}

/// The derived facts that still count, of one metric.
fn not_replaced(official: &[Number], mut derived: Vec<Number>) -> Vec<Number> {
    // Only an official fact whose session has no derived fact of that metric may replace one of
    // another session.
    let has_derived = |o: &Number| derived.iter().any(|d| same_session(o, d));
    let mut of_other_sessions: Vec<_> = official.iter().filter(|o| !has_derived(o)).collect();
    // "If a session has any official fact of a metric, none of the derived facts of that metric of
    // that session counts."
    derived.retain(|d| !official.iter().any(|o| same_session(o, d)));
    // "In order of (emit time, sessionId)"
    of_other_sessions.sort_by_key(|o| (o.emitted, o.holder.clone()));
    for taker in of_other_sessions {
        if let Some(at) = nearest(taker, &derived) {
            derived.remove(at);
        }
    }
    derived
}

/// A record is no session.
fn same_session(a: &Number, b: &Number) -> bool {
    a.holder.session.is_some() && a.holder.session == b.holder.session
}

/// "the nearest derived fact of the same queue whose emit time is at most 10 s away and that is not
/// replaced yet, or none. Of equally near ones it takes the smaller sessionId."
fn nearest(taker: &Number, derived: &[Number]) -> Option<usize> {
    let distance = |at: usize| (derived[at].emitted - taker.emitted).abs();
    (0..derived.len())
        .filter(|_| taker.queue.is_some())
        .filter(|at| derived[*at].queue == taker.queue && distance(*at) <= MATCH_WITHIN)
        .min_by_key(|at| (distance(*at), &derived[*at].holder, derived[*at].emitted))
}
