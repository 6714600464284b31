//! Section 1, "Precedence": which metric facts count.

use super::derived::{derived, short_abandons};
use super::known::{Known, Number};
use headroom_kpi::Settings;
use std::collections::BTreeSet;

/// "emit times at most 10 s apart"
const APART_MAX: i64 = 10_000;

/// Every official fact, and the derived ones that none replaces.
pub(super) fn counting(known: &Known, settings: &Settings) -> Vec<Number> {
    let left = all_not_replaced(&known.official, &derived(known, settings));
    let mut counting = known.official.clone();
    counting.extend(left.iter().filter(|n| !is_stopped(n, &left)).cloned());
    // Of counting abandons, so after their precedence; then through the same precedence.
    let short = short_abandons(&counting, settings);
    counting.extend(all_not_replaced(&known.official, &short));
    counting
}

/// `nOverSla`: "the derived one of an ACD session also stops counting as soon as that session's
/// derived `tAnswered` is replaced".
fn is_stopped(number: &Number, left: &[Number]) -> bool {
    let is_answer = |n: &Number| n.metric == "tAnswered" && n.holder == number.holder;
    number.metric == "nOverSla" && !left.iter().any(is_answer)
}

/// Counterparts "have the same conversation and metric name".
fn all_not_replaced(official: &[Number], derived: &[Number]) -> Vec<Number> {
    let names: BTreeSet<_> = derived.iter().map(|number| &number.metric).collect();
    let of = |numbers: &[Number], name: &String| -> Vec<Number> {
        let same = numbers.iter().filter(|number| number.metric == *name);
        same.cloned().collect()
    };
    names
        .into_iter()
        .flat_map(|name| not_replaced(&of(official, name), of(derived, name)))
        .collect()
}

/// The derived facts that still count, of one metric.
fn not_replaced(official: &[Number], mut derived: Vec<Number>) -> Vec<Number> {
    // Case 2 is for "official facts whose session has no derived fact of that metric" ...
    let has_derived = |o: &Number| derived.iter().any(|d| same_session(o, d));
    let mut others: Vec<_> = official.iter().filter(|o| !has_derived(o)).collect();
    // Case 1: "if a session has any official fact of a metric, none of its derived ones of that
    // metric counts".
    derived.retain(|d| !official.iter().any(|o| same_session(o, d)));
    // ... "in order of (emit time, sessionId)", each takes one or none.
    others.sort_by_key(|o| (o.emitted, o.holder.clone()));
    for taker in others {
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

/// "the same queue, and emit times at most 10 s apart": "the nearest derived fact that is not
/// replaced yet (at equal distance the smaller sessionId), or none".
fn nearest(taker: &Number, left: &[Number]) -> Option<usize> {
    let distance = |at: usize| (left[at].emitted - taker.emitted).abs();
    (0..left.len())
        .filter(|_| taker.queue.is_some())
        .filter(|at| left[*at].queue == taker.queue && distance(*at) <= APART_MAX)
        .min_by_key(|at| (distance(*at), &left[*at].holder, left[*at].emitted))
}
