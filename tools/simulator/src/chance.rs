//! Random draws. Every part of the simulator draws from a stream of its own, so that a change of
//! the feed or of the faults never changes the world.

use crate::id::Id;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;
use std::ops::RangeInclusive;

/// Which part of the simulator draws.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    World = 1,
    Envelopes = 2,
    Faults = 3,
    Archive = 4,
    Api = 5,
}

/// A source of random draws, the same for the same seed and part (with the same maths library).
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64, part: Part) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(part as u64);
        Self(rng)
    }

    /// True for this share of the draws.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Uniform in 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    pub(crate) fn between(&mut self, range: RangeInclusive<i64>) -> i64 {
        self.0.random_range(range)
    }

    /// An index below `len`, which must not be 0.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        self.0.random_range(0..len)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    pub(crate) fn id(&mut self) -> Id {
        Id::random(self.0.random())
    }

    /// Exponential with this mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Log-normal with this median and spread, in seconds; returned in ms and kept in the limits.
    pub(crate) fn lognormal_ms(
        &mut self,
        median_s: f64,
        sigma: f64,
        limits_s: RangeInclusive<i64>,
    ) -> i64 {
        let normal = (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (TAU * self.unit()).cos();
        let ms = round(median_s * 1000.0 * (sigma * normal).exp());
        ms.clamp(limits_s.start() * 1000, limits_s.end() * 1000)
    }
}

/// The nearest whole number; what does not fit becomes the nearest that does.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
pub(crate) fn round(value: f64) -> i64 {
    value.round() as i64
}

/// Exact below 2^53, which is far above every sum here.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
pub(crate) fn float(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed| Chance::new(seed, Part::World).between(0..=1_000_000);
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn parts_draw_apart() {
        let draw = |part| Chance::new(7, part).between(0..=1_000_000);
        assert_ne!(draw(Part::World), draw(Part::Faults));
    }

    #[test]
    fn a_lognormal_draw_keeps_its_limits() {
        let mut chance = Chance::new(1, Part::World);
        let limits = (0..1000).map(|_| chance.lognormal_ms(60.0, 2.0, 10..=100));
        assert!(limits.into_iter().all(|ms| (10_000..=100_000).contains(&ms)));
    }
}
