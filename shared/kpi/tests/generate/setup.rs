//! Settings: zones, intervals, and service levels that change amid the facts.

use super::{GRACE_PERIODS, duration, id, time};
use crate::naive::Setup;
use headroom_kpi::settings::{ServiceLevel, Timeline};
use headroom_kpi::{Media, Millis, Settings};
use proptest::prelude::*;
use proptest::sample::select;

/// A zone, the intervals that it may have, and instants at which something happens there: midnights,
/// and clocks set on or back.
const PLACES: [(&str, &[u32], &[&str]); 6] = [
    (
        "America/New_York",
        &[15, 30, 60],
        &[
            "2026-03-08T05:00:00Z",
            "2026-03-08T07:00:00Z",
            "2026-03-09T04:00:00Z",
            "2026-11-01T04:00:00Z",
            "2026-11-01T06:00:00Z",
            "2026-11-02T05:00:00Z",
        ],
    ),
    (
        "Europe/Berlin",
        &[15, 30, 60],
        &[
            "2026-03-28T23:00:00Z",
            "2026-03-29T01:00:00Z",
            "2026-03-29T22:00:00Z",
            "2026-10-24T22:00:00Z",
            "2026-10-25T23:00:00Z",
        ],
    ),
    (
        "Australia/Lord_Howe",
        &[15, 30],
        &[
            "2026-04-04T13:00:00Z",
            "2026-04-04T15:00:00Z",
            "2026-04-05T13:30:00Z",
            "2026-10-03T13:30:00Z",
            "2026-10-03T15:30:00Z",
            "2026-10-04T13:00:00Z",
        ],
    ),
    ("Asia/Kathmandu", &[15], &["2026-05-12T18:15:00Z", "2026-12-31T18:15:00Z"]),
    // The clock goes on at midnight: the day begins at 01:00.
    ("Africa/Cairo", &[15, 30, 60], &["2026-04-23T22:00:00Z", "2026-10-29T21:00:00Z"]),
    (
        "UTC",
        &[15, 30, 60],
        &[
            "2026-05-12T14:00:00Z",
            "2026-05-12T14:15:00Z",
            "2024-02-29T00:00:00Z",
            "2000-01-02T00:00:00Z",
        ],
    ),
];

/// Settings that may change as a whole, and the time around which facts are interesting.
pub(crate) fn setup() -> impl Strategy<Value = (Setup, Millis)> {
    unchanging().prop_flat_map(|(setup, base)| {
        let changes = proptest::collection::vec((time(base), unchanging()), 0..3);
        changes.prop_map(move |changes| {
            let mut setup = setup.clone();
            for (from, (later, _)) in changes {
                setup.change(from.0, &later);
            }
            (setup, base)
        })
    })
}

fn unchanging() -> impl Strategy<Value = (Setup, Millis)> {
    let place = select(&PLACES[..]).prop_flat_map(|(zone, minutes, times)| {
        (select(minutes), select(times)).prop_map(move |(minutes, time)| {
            let at: jiff::Timestamp = time.parse().unwrap();
            (Setup::new(zone, minutes), Millis(at.as_millisecond()))
        })
    });
    place.prop_flat_map(|(setup, base)| {
        with_settings(setup, base).prop_map(move |setup| (setup, base))
    })
}

fn with_settings(setup: Setup, base: Millis) -> impl Strategy<Value = Setup> {
    let queue_and_media = (id(&["q1", "q2"]), media());
    let queues = proptest::collection::btree_map(queue_and_media, timeline(base, level), 0..3);
    let medias = proptest::collection::btree_map(media(), timeline(base, level), 0..2);
    let short = timeline(base, duration);
    let grace = select(&GRACE_PERIODS[..]);
    (queues, medias, short, grace).prop_map(move |(queues, media, short_abandon, grace)| {
        let mut setup = setup.clone();
        setup.settings.gaps.grace_period = Millis(grace);
        setup.settings = Settings { queues, media, short_abandon, ..setup.settings.clone() };
        setup
    })
}

fn media() -> impl Strategy<Value = Media> {
    select(&["voice", "message", "unknown"][..]).prop_map(Media::new)
}

fn level() -> impl Strategy<Value = ServiceLevel> {
    duration().prop_map(|duration| ServiceLevel { duration, percentage: 0.8 })
}

fn timeline<T: Clone + std::fmt::Debug, S: Strategy<Value = T>>(
    base: Millis,
    value: impl Fn() -> S,
) -> impl Strategy<Value = Timeline<T>> {
    let changes = proptest::collection::vec((time(base), value()), 0..3);
    (value(), changes).prop_map(|(first, changes)| {
        let mut timeline = Timeline::new(first);
        for (from, value) in changes {
            timeline.set(from, value);
        }
        timeline
    })
}
