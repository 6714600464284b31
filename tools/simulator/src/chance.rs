//! Random draws. Every part of the simulator has its own random stream, so that another feed or
//! other faults do not change what happens in the world.
//!
//! The distributions are written out: those of another crate would draw other worlds from the same
//! seeds, and tests and documented figures depend on these.

use crate::id::{Id, id_from_bits};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;
use std::ops::RangeInclusive;

/// A part of the simulator, by the number of its random stream.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    World = 1,
    Envelopes = 2,
    Faults = 3,
    Archive = 4,
    Api = 5,
    Assumptions = 6,
    Agents = 7,
    AgentEvents = 8,
}

/// A random generator. The same seed and part give the same draws, on machines whose maths library
/// rounds alike.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64, part: Part) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(part as u64);
        Self(rng)
    }

    /// Whether an event of this probability happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform from 0 (included) to 1 (excluded).
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

    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.index(values.len())]
    }

    pub(crate) fn id(&mut self) -> Id {
        id_from_bits(self.0.random())
    }

    /// An exponentially distributed value with this mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// A log-normally distributed duration in ms; `sigma` is the deviation of its logarithm. The
    /// median and the limits, to which it is clamped, are in seconds.
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

/// Rounds to the nearest integer, saturating.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
pub(crate) fn round(value: f64) -> i64 {
    value.round() as i64
}

/// Converts exactly below 2^53, which no sum here reaches.
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
    fn every_part_has_its_own_random_stream() {
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
