//! How many conversations begin when: a day with two humps, and the mean of it as wished.

use crate::chance::{Chance, float, round};
use crate::{Load, Options};

/// Conversations per second with a count of them: few take hours, many take days, and never more
/// than some hundreds of agents are needed.
const PER_SECOND_MIN: f64 = 0.05;
const PER_SECOND_MAX: f64 = 0.5;
/// A count of conversations takes about so long, within these rates.
const USUAL_RUN_S: f64 = 28_800.0;

const SLOTS: usize = 48;
const SLOT_MS: i64 = 1_800_000;

pub(super) struct Demand {
    /// Local time of the start, as an offset to UTC that is kept for the run.
    offset_ms: i64,
    /// Conversations per second, by half-hour of the day.
    per_second: [f64; SLOTS],
    peak: f64,
}

impl Demand {
    pub(super) fn new(options: &Options) -> Self {
        let mean = match options.load {
            Load::Rate { per_second, .. } => per_second,
            Load::Conversations(count) => mean_for(i64::try_from(count).unwrap_or(i64::MAX)),
        };
        let offset = options.rules.time_zone.to_offset(options.start);
        let shape: [f64; SLOTS] = std::array::from_fn(shape);
        let whole: f64 = shape.iter().sum();
        let per_second = shape.map(|part| mean * part * float(48) / whole);
        Self {
            offset_ms: i64::from(offset.seconds()) * 1000,
            per_second,
            peak: per_second.iter().copied().fold(0.0, f64::max),
        }
    }

    /// Conversations per second at a time.
    pub(super) fn at(&self, time: i64) -> f64 {
        let slot = self.local(time) / SLOT_MS;
        usize::try_from(slot)
            .ok()
            .and_then(|slot| self.per_second.get(slot))
            .copied()
            .unwrap_or(0.0)
    }

    /// Local time of the day, in ms.
    pub(super) const fn local(&self, time: i64) -> i64 {
        (time + self.offset_ms).rem_euclid(86_400_000)
    }

    /// When the next conversation begins: a Poisson process, thinned to the rate of the hour.
    pub(super) fn next(&self, now: i64, chance: &mut Chance) -> i64 {
        let mut time = float(now);
        loop {
            time += chance.exponential(1000.0 / self.peak);
            if chance.unit() * self.peak <= self.at(round(time)) {
                return round(time);
            }
        }
    }
}

fn mean_for(count: i64) -> f64 {
    (float(count) / USUAL_RUN_S).clamp(PER_SECOND_MIN, PER_SECOND_MAX)
}

/// A quiet night, a hump late in the morning and a lower one in the afternoon.
fn shape(slot: usize) -> f64 {
    let hour = float(i64::try_from(slot).unwrap_or_default()) / 2.0 + 0.25;
    let hump = |at: f64, width: f64| (-((hour - at) / width).powi(2)).exp();
    0.12 + 1.7 * hump(10.5, 2.2) + 1.4 * hump(15.5, 2.4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Part;
    use crate::{Faults, Feed, Rules};

    fn demand(load: Load) -> Demand {
        Demand::new(&Options {
            seed: 1,
            start: "2026-05-12T00:00:00Z".parse().unwrap(),
            load,
            feed: Feed::Both,
            faults: Faults::default(),
            rules: Rules::default(),
        })
    }

    #[test]
    fn a_day_has_the_wished_mean_and_two_humps() {
        let day = demand(Load::Rate { per_second: 2.0, duration_seconds: 1.0 });
        assert!((day.per_second.iter().sum::<f64>() / 48.0 - 2.0).abs() < 1e-9);
        let at = |hour: i64| day.at(hour * 3_600_000);
        assert!(at(10) > at(13) && at(15) > at(13) && at(13) > at(3));
    }

    #[test]
    fn arrivals_come_at_the_rate() {
        let day = demand(Load::Rate { per_second: 1.0, duration_seconds: 1.0 });
        let mut chance = Chance::new(1, Part::World);
        let mut time = 0;
        let count = std::iter::repeat_with(|| {
            time = day.next(time, &mut chance);
            time
        });
        let count = count.take_while(|time| *time < 86_400_000).count();
        assert!((80_000..93_000).contains(&count), "{count}");
    }
}
