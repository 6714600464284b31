//! What is wrong is found: the row, the sum, the stored value and the right one.

use crate::centre::{simulate, small};
use crate::snapshot::Snapshot;
use headroom_engine::{AuditReport, DifferenceKind, Repeat, StoredRow};
use headroom_kpi::{Amounts, Bucket, Id, Measure, Media, Millis, Row, RowKey, Settings, Subject};
use rand::seq::IteratorRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

fn centre() -> (Snapshot, Millis) {
    simulate(&small(1), &Settings::default())
}

/// Of each row that differs what is stored and what is right.
type Differences = BTreeMap<RowKey, (Option<Amounts>, Amounts)>;

fn differences(report: AuditReport) -> Differences {
    let difference = |difference: headroom_engine::RowDifference| {
        let stored = difference.stored.map(|stored| stored.row.sums);
        (difference.row, (stored, difference.right))
    };
    report.differences.into_iter().map(difference).collect()
}

/// An entity that contributes to several rows.
fn contributor(snapshot: &Snapshot) -> usize {
    let entities = snapshot.entities.iter();
    entities.into_iter().position(|(_, entity)| entity.contributions.len() > 5).unwrap()
}

#[test]
fn a_row_that_is_changed_by_1_is_found() {
    let (mut snapshot, newest) = centre();
    let (key, stored) = &mut snapshot.rows[7];
    let (measure, amount) = stored.row.sums.iter().next().unwrap().clone();
    stored.row.sums.add(&[(measure.clone(), 1)]);
    let key = key.clone();
    let report = snapshot.audit(newest, 4);
    let [difference] = &report.differences[..] else { panic!("{:#?}", report.differences) };
    assert_eq!((&difference.row, difference.kind()), (&key, DifferenceKind::Sums));
    let [sum] = &difference.sums()[..] else { panic!("{:?}", difference.sums()) };
    assert_eq!((&sum.measure, sum.stored, sum.right), (&measure, amount + 1, amount));
    let write = difference.repair(Millis(0));
    assert_eq!(write.amounts, Amounts::from_iter([(measure, -1)]));
}

#[test]
fn a_missing_row_is_found_with_all_its_sums() {
    let (mut snapshot, newest) = centre();
    let (key, stored) = snapshot.rows.swap_remove(11);
    let report = snapshot.audit(newest, 4);
    assert_eq!(report.differences[0].kind(), DifferenceKind::MissingRow);
    assert_eq!(report.differences[0].repair(Millis(5)).amounts, stored.row.sums);
    assert_eq!(differences(report), [(key, (None, stored.row.sums))].into());
}

#[test]
fn a_missing_entity_is_found_in_each_row_that_it_contributes_to() {
    let (mut snapshot, newest) = centre();
    let contributor = contributor(&snapshot);
    let (_, entity) = snapshot.entities.swap_remove(contributor);
    let report = snapshot.audit(newest, 2);
    let excess = |difference: &headroom_engine::RowDifference| {
        let sums = difference.sums().into_iter().map(|sum| (sum.measure, sum.stored - sum.right));
        (difference.row.clone(), sums.collect::<Amounts>())
    };
    let excess: BTreeMap<_, _> = report.differences.iter().map(excess).collect();
    let contributions = entity.contributions.rows();
    let contributions: BTreeMap<_, Amounts> = contributions
        .map(|(row, amounts)| (row.clone(), amounts.iter().cloned().collect()))
        .collect();
    assert_eq!(excess, contributions);
}

#[test]
fn a_contribution_that_was_added_twice_is_found() {
    let (mut snapshot, newest) = centre();
    let entity = snapshot.entities[contributor(&snapshot)].1.clone();
    let mut expected = Differences::new();
    for (row, amounts) in entity.contributions.rows() {
        let place = snapshot.rows.iter().position(|(key, _)| key == row).unwrap();
        let stored = &mut snapshot.rows[place].1.row;
        let right = stored.sums.clone();
        stored.add(&amounts.iter().cloned().collect());
        expected.insert(row.clone(), (Some(stored.sums.clone()), right));
    }
    assert_eq!(differences(snapshot.audit(newest, 2)), expected);
}

#[test]
fn items_that_come_twice_are_named() {
    let (mut snapshot, newest) = centre();
    let entity = snapshot.entities[contributor(&snapshot)].clone();
    let row = snapshot.rows[3].clone();
    snapshot.rows.push(row.clone());
    let report = snapshot.audit(newest, 3);
    assert_eq!((report.repeats, report.differences), (vec![Repeat::Row(row.0)], vec![]));
    snapshot.rows.pop();
    snapshot.entities.push(entity.clone());
    let report = snapshot.audit(newest, 3);
    assert_eq!(report.repeats, [Repeat::Entity(entity.0)]);
    assert_eq!(report.differences.len(), entity.1.contributions.len());
}

/// Damages a row in one of several ways. Returns what is expected of it then.
fn damage(snapshot: &mut Snapshot, place: usize, random: &mut ChaCha8Rng) -> Option<Amounts> {
    let sums = &mut snapshot.rows[place].1.row.sums;
    let (measure, amount) = sums.iter().choose(random).unwrap().clone();
    let by = [-1_000_000, -1, 1, 999][random.random_range(0..4)];
    match random.random_range(0..5) {
        0 => sums.add(&[(measure, by)]),
        1 => sums.add(&[(measure, -amount)]),
        2 => sums.add(&[(Measure::Wait(9_999), 1)]),
        3 => *sums = Amounts::default(),
        _ => return None,
    }
    Some(sums.clone())
}

/// A row that nothing contributes to.
fn intruder(number: usize) -> (RowKey, StoredRow) {
    let id = Id::parse(&format!("nobody-{number}")).unwrap();
    let subject = Subject::Queue { id, media: Media::new("voice") };
    let row = Row { version: 1, sums: Amounts::from_iter([(Measure::OWaiting, 1)]) };
    let stored = StoredRow { row, epoch: 0, at: Millis(0) };
    (RowKey { subject, bucket: Bucket::Now }, stored)
}

#[test]
fn random_damage_to_random_rows_is_found_exactly() {
    let (centre, newest) = centre();
    for seed in 0..100 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut snapshot = centre.clone();
        let count = random.random_range(0..20);
        let mut places = (0..snapshot.rows.len()).sample(&mut random, count);
        // A row that is removed moves no row that comes later.
        places.sort_unstable_by(|a, b| b.cmp(a));
        let mut expected = Differences::new();
        for place in places {
            let (key, stored) = centre.rows[place].clone();
            let damaged = damage(&mut snapshot, place, &mut random);
            if damaged.is_none() {
                snapshot.rows.remove(place);
            }
            expected.insert(key, (damaged, stored.row.sums));
        }
        for number in 0..random.random_range(0..3) {
            let (key, stored) = intruder(number);
            expected.insert(key.clone(), (Some(stored.row.sums.clone()), Amounts::default()));
            snapshot.rows.push((key, stored));
        }
        let report = snapshot.audit(newest, random.random_range(1..5));
        assert_eq!(differences(report), expected, "seed {seed}");
    }
}
