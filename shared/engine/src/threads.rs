//! Work on several threads at once.

use std::panic::resume_unwind;
use std::thread::{ScopedJoinHandle, scope};

/// Calls `work` with each item: the first on this thread, each other one on a thread of its own.
/// Returns the results in the order of the items, once all are there. A panic goes on in the caller.
pub fn on_threads<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let mut items = items.into_iter();
    let Some(first) = items.next() else { return Vec::new() };
    let work = &work;
    scope(|scope| {
        let threads: Vec<_> = items.map(|item| scope.spawn(move || work(item))).collect();
        let mut results = vec![work(first)];
        let join = threads.into_iter().map(ScopedJoinHandle::join);
        results.extend(join.map(|result| result.unwrap_or_else(|panic| resume_unwind(panic))));
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::catch_unwind;

    #[test]
    fn results_are_in_the_order_of_items() {
        assert_eq!(on_threads(0..5, |n| n * n), [0, 1, 4, 9, 16]);
        assert!(on_threads(0..0, |n| n).is_empty());
    }

    #[test]
    fn a_panic_on_any_thread_goes_on_in_the_caller() {
        for place in 0..3 {
            let result = catch_unwind(|| on_threads(0..3, |n| assert_ne!(n, place)));
            assert!(result.is_err());
        }
    }
}
