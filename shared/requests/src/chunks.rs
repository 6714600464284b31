//! Lists, split into requests that a service accepts.

/// Splits items, in their order, into chunks of at most `count_max` items and `size_max` bytes,
/// where `size` gives the bytes of an item. An item that is larger than `size_max` gets a chunk of
/// its own: whoever sends it decides what happens to it. No chunk is empty.
pub fn chunks<T>(
    items: impl IntoIterator<Item = T>,
    count_max: usize,
    size_max: usize,
    size: impl Fn(&T) -> usize,
) -> Vec<Vec<T>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut bytes = 0;
    for item in items {
        let item_bytes = size(&item);
        if !chunk.is_empty() && (chunk.len() >= count_max || bytes + item_bytes > size_max) {
            chunks.push(std::mem::take(&mut chunk));
            bytes = 0;
        }
        bytes += item_bytes;
        chunk.push(item);
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(items: &[&str], count_max: usize, size_max: usize) -> Vec<usize> {
        let chunks = chunks(items.iter(), count_max, size_max, |item| item.len());
        chunks.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_chunk_ends_at_the_limit_of_items_or_of_bytes() {
        assert_eq!(lengths(&["a", "b", "c"], 2, 100), [2, 1]);
        assert_eq!(lengths(&["aa", "bb", "c"], 10, 4), [2, 1]);
        assert_eq!(lengths(&[], 2, 100), [0; 0]);
    }

    #[test]
    fn an_item_above_the_limit_is_alone() {
        assert_eq!(lengths(&["a", "bbbbb", "c"], 10, 3), [1, 1, 1]);
    }

    #[test]
    fn nothing_is_lost_and_the_order_is_kept() {
        let chunks = chunks(0..10, 3, 4, |_| 1);
        assert_eq!(chunks.concat(), (0..10).collect::<Vec<_>>());
    }
}
