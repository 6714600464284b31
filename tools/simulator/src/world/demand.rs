//! When conversations begin: at a rate that varies over the day.

use crate::chance::{Chance, float, round};
use crate::time::{DAY_MS, MINUTE_MS};
use crate::{Load, Options};

/// Limits of the mean rate if a number of conversations is given, so that a few of them take hours,
/// many take days, and some hundred agents are enough.
const PER_SECOND_MIN: f64 = 0.05;
const PER_SECOND_MAX: f64 = 0.5;
/// The length of a run with a number of conversations, within these limits.
const USUAL_RUN_S: f64 = 28_800.0;

const SLOTS: usize = 48;
const SLOT_MS: i64 = 30 * MINUTE_MS;

pub(super) struct Demand {
    /// Offset of local time from UTC at the start of the run, used for all of it.
    offset_ms: i64,
    /// Conversations per second, by half-hour of the day.
    per_second: [f64; SLOTS],
    peak_per_second: f64,
}

impl Demand {
    pub(super) fn new(options: &Options) -> Self {
        let mean = match options.load {
            Load::Rate { per_second, .. } => per_second,
            Load::Conversations(count) => mean_for(i64::try_from(count).unwrap_or(i64::MAX)),
        };
        let offset = options.rules.time_zone.to_offset(options.start);
        let shape: [f64; SLOTS] = std::array::from_fn(shape);
        let sum: f64 = shape.iter().sum();
        let per_second = shape.map(|part| mean * part * float(48) / sum);
        Self {
            offset_ms: i64::from(offset.seconds()) * 1000,
            per_second,
            peak_per_second: per_second.iter().copied().fold(0.0, f64::max),
        }
    }

    /// Conversations per second at a time.
    pub(super) fn rate(&self, time: i64) -> f64 {
        let slot = usize::try_from(self.time_of_day(time) / SLOT_MS).ok();
        slot.and_then(|slot| self.per_second.get(slot)).copied().unwrap_or(0.0)
    }

    /// Local time of day, in ms.
    pub(super) const fn time_of_day(&self, time: i64) -> i64 {
        (time + self.offset_ms).rem_euclid(DAY_MS)
    }

    /// When the next conversation begins: a Poisson process at the peak rate, thinned to the current
    /// rate.
    pub(super) fn next(&self, now: i64, chance: &mut Chance) -> i64 {
        let mut time = float(now);
        loop {
            time += chance.exponential(1000.0 / self.peak_per_second);
            if chance.unit() * self.peak_per_second <= self.rate(round(time)) {
                return round(time);
            }
        }
    }
}

fn mean_for(count: i64) -> f64 {
    (float(count) / USUAL_RUN_S).clamp(PER_SECOND_MIN, PER_SECOND_MAX)
}

/// The relative rate in a slot: low at night, with a peak late in the morning and a lower one in the
/// afternoon.
fn shape(slot: usize) -> f64 {
    let hour = float(i64::try_from(slot).unwrap_or_default()) / 2.0 + 0.25;
    let peak = |center: f64, width: f64| (-((hour - center) / width).powi(2)).exp();
    0.12 + 1.7 * peak(10.5, 2.2) + 1.4 * peak(15.5, 2.4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Part;
    use crate::{Assumptions, Faults, Feed, Rules};

    fn demand(load: Load) -> Demand {
        Demand::new(&Options {
            seed: 1,
            start: "2026-05-12T00:00:00Z".parse().unwrap(),
            load,
            feed: Feed::Both,
            faults: Faults::default(),
            rules: Rules::default(),
            assumptions: Assumptions::default(),
            agents: false,
        })
    }

    #[test]
    fn the_mean_rate_of_a_day_is_the_given_one_and_has_two_peaks() {
        let day = demand(Load::Rate { per_second: 2.0, duration_seconds: 1.0 });
        assert!((day.per_second.iter().sum::<f64>() / 48.0 - 2.0).abs() < 1e-9);
        let rate = |hour: i64| day.rate(hour * 60 * MINUTE_MS);
        assert!(rate(10) > rate(13) && rate(15) > rate(13) && rate(13) > rate(3));
    }

    #[test]
    fn conversations_begin_at_the_given_rate() {
        let day = demand(Load::Rate { per_second: 1.0, duration_seconds: 1.0 });
        let mut chance = Chance::new(1, Part::World);
        let mut time = 0;
        let times = std::iter::repeat_with(|| {
            time = day.next(time, &mut chance);
            time
        });
        let count = times.take_while(|time| *time < DAY_MS).count();
        assert!((80_000..93_000).contains(&count), "{count}");
    }
}
