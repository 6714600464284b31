//! The histogram of waits: log-linear as an `HdrHistogram`, with ten buckets for each power of two
//! (`kpis.md#histogram`). Each bucket is one sum in the row, so rows still only ever add.
//!
//! Waits below 16 ms have a bucket each, whose number is the wait. From 16 ms on every doubling is
//! cut into ten equal buckets: bucket `16 + 10 d + j` holds the waits from
//! `16 * 2^d * (10 + j) / 10` ms up to the lower bound of the next bucket. The bounds `[a, b)` of a
//! bucket differ by at most a tenth of `a`, so `2ab / (a + b)` is within 4.8 % of each wait in it.

/// Waits below this, in ms, have a bucket each.
const EXACT: u64 = 16;
/// Buckets in a doubling.
const TENTHS: u64 = 10;

/// The bucket of a wait. Negative waits count as 0.
pub fn bucket(wait_ms: i64) -> u16 {
    let wait = u64::try_from(wait_ms).unwrap_or(0);
    if wait < EXACT {
        return number(wait);
    }
    let power = wait.ilog2();
    let above_power = wait - (1 << power);
    let tenth = u64::try_from((u128::from(above_power) * u128::from(TENTHS)) >> power).unwrap_or(0);
    number(EXACT + u64::from(power - EXACT.ilog2()) * TENTHS + tenth)
}

/// The wait that represents all waits of a bucket, in ms.
pub fn representative(bucket: u16) -> f64 {
    if u64::from(bucket) < EXACT {
        return f64::from(bucket);
    }
    let (a, b) = (lower_bound(bucket), lower_bound(bucket + 1));
    2.0 * a * b / (a + b)
}

/// The lower bound of a bucket from 16 on, in ms.
fn lower_bound(bucket: u16) -> f64 {
    let position = u64::from(bucket) - EXACT;
    let doublings = i32::try_from(position / TENTHS).unwrap_or(i32::MAX);
    let tenths = f64::from(u16::try_from(TENTHS + position % TENTHS).unwrap_or(0));
    16.0 * 2_f64.powi(doublings) * tenths / 10.0
}

/// The `q`-quantile (nearest rank) of buckets and their counts, in order of bucket, in ms.
pub fn quantile(counts: &[(u16, i64)], q: f64) -> Option<f64> {
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let mut remaining = rank(q, total);
    for (bucket, count) in counts {
        remaining -= count;
        if remaining <= 0 && total > 0 {
            return Some(representative(*bucket));
        }
    }
    None
}

/// The nearest rank: the smallest number of waits that is at least the share `q` of all waits.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn rank(q: f64, total: i64) -> i64 {
    ((q * total as f64).ceil() as i64).max(1)
}

fn number(bucket: u64) -> u16 {
    u16::try_from(bucket).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::cast_precision_loss)]
    fn every_wait_is_read_within_five_percent() {
        let mut wait = 0_i64;
        while wait < 400 * 24 * 3_600_000 {
            let read = representative(bucket(wait));
            let error = (read - wait as f64).abs();
            assert!(error <= wait as f64 * 0.05 + 1.0, "{wait} read as {read}");
            wait += 1 + wait / 1000;
        }
    }

    #[test]
    fn a_longer_wait_is_in_the_same_bucket_or_the_next() {
        let mut previous = 0;
        for wait in 0..2_000_000 {
            let current = bucket(wait);
            assert!(current == previous || current == previous + 1, "{wait} is in {current}");
            previous = current;
        }
        assert_eq!(bucket(-5), 0);
        assert!(bucket(i64::MAX) < 700);
    }

    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let counts = [(3, 5), (9, 4), (12, 1)];
        assert_eq!(quantile(&counts, 0.5), Some(3.0));
        assert_eq!(quantile(&counts, 0.9), Some(9.0));
        assert_eq!(quantile(&counts, 0.95), Some(12.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
