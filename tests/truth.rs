//! What the engine makes of a simulated contact centre is what is true of it.

#![allow(clippy::unwrap_used, clippy::panic)]

use headroom::replay::ShownRow;
use headroom::simulate::rules;
use headroom_kpi::Settings;
use headroom_kpi::settings::SettingsDocument;
use headroom_simulator::{Assumptions, Faults, Feed, Line, LineKind, Load, Options, PERSONAL_TEXT};
use headroom_tests::{ALL, differences, file_of, options, replay, simulate};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

const SEEDS: u64 = 200;
const FEEDS: [Feed; 3] = [Feed::Detail, Feed::Metrics, Feed::Both];

/// Places and times at which a day is short, long, or begins at an odd hour, and the intervals that
/// are possible there.
const ZONES: [(&str, &str, &[u32]); 5] = [
    ("UTC", "2026-05-12T22:30:00Z", &[15, 30, 60]),
    ("America/New_York", "2026-03-08T03:30:00Z", &[15, 30, 60]),
    ("Europe/Berlin", "2026-10-24T21:00:00Z", &[15, 30, 60]),
    ("Australia/Lord_Howe", "2026-04-04T12:00:00Z", &[15, 30]),
    ("Asia/Kathmandu", "2026-05-12T17:00:00Z", &[15]),
];

fn settings(seed: u64) -> Settings {
    let (zone, _, intervals) = ZONES[usize::try_from(seed % 5).unwrap()];
    let interval = intervals[usize::try_from(seed % 3).unwrap() % intervals.len()];
    let short = [5_000, 10_000][usize::try_from(seed % 2).unwrap()];
    let json = format!(
        r#"{{"timeZone":"{zone}","intervalMinutes":{interval},"shortAbandonMs":{short},
            "serviceLevel":{{"media":{{"voice":{{"durationMs":12000}}}}}}}}"#
    );
    let document: SettingsDocument = serde_json::from_str(&json).unwrap();
    Settings::try_from(document).unwrap()
}

fn simulated(seed: u64, feed: Feed) -> (Settings, Options) {
    let settings = settings(seed);
    let (_, start, _) = ZONES[usize::try_from(seed % 5).unwrap()];
    let faults: Faults = "dup=0.2,reorder=0.2,late=0.05,garbage=0.02".parse().unwrap();
    let start = start.parse().unwrap();
    let assumptions =
        Assumptions { forgotten_callbacks: seed.is_multiple_of(7), ..Assumptions::random(seed) };
    let rules = rules(&settings);
    let options = Options { feed, faults, start, rules, assumptions, ..options(seed, 80) };
    (settings, options)
}

#[test]
fn replayed_rows_are_the_true_rows_for_200_seeds_and_all_feeds() {
    for seed in 0..SEEDS {
        for feed in FEEDS {
            let (settings, options) = simulated(seed, feed);
            let (lines, truth) = simulate(&options);
            let batch = [1, 7, 1_000][usize::try_from(seed % 3).unwrap()];
            let (rows, summary) = replay(file_of(&lines, &ALL), settings, batch);
            let differences = differences(&truth, &rows);
            assert!(differences.is_empty(), "seed {seed}, {feed:?}:\n{}", differences.join("\n"));
            let count = |kind| lines.iter().filter(|line| line.kind == kind).count() as u64;
            assert_eq!(summary.refused_lines(), count(LineKind::Broken), "seed {seed}, {feed:?}");
            let unused = summary.ignored.values().sum::<u64>();
            assert_eq!(unused, count(LineKind::Unused), "seed {seed}, {feed:?}");
        }
    }
}

/// Agents with lives of their own; some settings book absence, and no organisation presence.
fn lives(seed: u64) -> (Settings, Options) {
    let (mut settings, options) = simulated(seed, FEEDS[usize::try_from(seed % 3).unwrap()]);
    settings.agents.absence = seed.is_multiple_of(4);
    settings.agents.organization_presence = !seed.is_multiple_of(3);
    let rules = rules(&settings);
    let assumptions = Assumptions { forgotten_callbacks: false, ..options.assumptions };
    // Some runs end in the middle of work.
    let rate = Load::Rate { per_second: 0.02, duration_seconds: 14_400.5 };
    let load = if seed.is_multiple_of(5) { rate } else { Load::Conversations(40) };
    (settings, Options { rules, assumptions, load, agents: true, ..options })
}

#[test]
fn replayed_rows_of_agents_are_the_true_rows_for_200_seeds() {
    for seed in 0..SEEDS {
        let (settings, options) = lives(seed);
        let (lines, truth) = simulate(&options);
        let batch = [1, 7, 1_000][usize::try_from(seed % 3).unwrap()];
        let (rows, summary) = replay(file_of(&lines, &ALL), settings, batch);
        let differences = differences(&truth, &rows);
        assert!(differences.is_empty(), "seed {seed}:\n{}", differences.join("\n"));
        let count = |kind| lines.iter().filter(|line| line.kind == kind).count() as u64;
        assert_eq!(summary.refused_lines(), count(LineKind::Broken), "seed {seed}");
        let unused = summary.ignored.values().sum::<u64>();
        assert_eq!(unused, count(LineKind::Unused), "seed {seed}");
    }
}

/// What people write of themselves is in the events, and in nothing that comes of them.
#[test]
fn personal_text_of_agents_is_dropped() {
    for seed in 0..5 {
        let (settings, options) = lives(seed);
        let (lines, _) = simulate(&Options { faults: Faults::default(), ..options });
        let file = file_of(&lines, &ALL);
        let count = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches(PERSONAL_TEXT).count();
        assert!(count(&file) > 20);
        assert_eq!(count(bytes(&replay(file, settings, 1_000).0).as_bytes()), 0);
    }
}

fn bytes(rows: &[ShownRow]) -> String {
    rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect()
}

#[test]
fn any_order_any_repeats_and_any_batches_give_the_same_bytes() {
    for seed in 0..40 {
        let (settings, options) = match seed % 2 {
            0 => simulated(seed, FEEDS[usize::try_from(seed % 3).unwrap()]),
            _ => lives(seed),
        };
        let (mut lines, _) = simulate(&options);
        let (first, _) = replay(file_of(&lines, &ALL), settings.clone(), 10_000);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for batch in [1, 13, 500, 100_000] {
            let repeated = lines.len() / 10;
            lines.extend_from_within(..repeated);
            lines.shuffle(&mut random);
            let (again, _) = replay(file_of(&lines, &ALL), settings.clone(), batch);
            assert_eq!(bytes(&again), bytes(&first), "seed {seed}, batches of {batch}");
        }
    }
}

#[test]
fn a_single_lost_event_is_noticed() {
    let (settings, options) = simulated(1, Feed::Detail);
    let options = Options { faults: Faults::default(), ..options };
    let (lines, truth) = simulate(&options);
    let (rows, _) = replay(file_of(&lines, &ALL), settings.clone(), 1_000);
    assert_eq!(differences(&truth, &rows), Vec::<String>::new());
    let ends = |line: &Line| String::from_utf8_lossy(&line.bytes).contains("{id}.acd.end");
    let lost = lines.iter().position(ends).unwrap();
    let rest = [&lines[..lost], &lines[lost + 1..]].concat();
    let (rows, _) = replay(file_of(&rest, &ALL), settings, 1_000);
    assert!(!differences(&truth, &rows).is_empty());
}
