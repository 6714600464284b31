//! Merging of sorted lists.

use std::cmp::Ordering;

/// Visits the keys of two sorted lists in order, each once, with the value of either list. Neither
/// list may have a key twice.
pub(crate) fn merge<K: Ord, V>(
    first: impl Iterator<Item = (K, V)>,
    second: impl Iterator<Item = (K, V)>,
    mut visit: impl FnMut(K, Option<V>, Option<V>),
) {
    let (mut first, mut second) = (first.peekable(), second.peekable());
    loop {
        let order = match (first.peek(), second.peek()) {
            (Some((a, _)), Some((b, _))) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let (first_key, first_value) = first.next_if(|_| order.is_le()).unzip();
        let (second_key, second_value) = second.next_if(|_| order.is_ge()).unzip();
        if let Some(key) = first_key.or(second_key) {
            visit(key, first_value, second_value);
        }
    }
}
