//! From a batch of the stream of rows to one change for each row.

use aws_lambda_events::event::dynamodb::EventRecord;
use headroom_engine::{StoreError, StoredRow};
use headroom_kpi::{Amounts, Measure, Millis, RowKey};
use headroom_tables::layout::row_of;
use std::collections::{BTreeMap, BTreeSet};

/// What a batch did to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The row before the batch, if it was there with the same history.
    pub(crate) before: Option<StoredRow>,
    /// The row after it.
    pub(crate) after: StoredRow,
    /// Every sum that changed, even if it changed back.
    pub(crate) touched: BTreeSet<Measure>,
    /// The newest event time behind it.
    pub(crate) at: Millis,
}

/// The changes of a batch, and how many of its records cannot be read.
///
/// A row that DynamoDB removes, since its time has come, has not become zero: it is not told. Nor
/// is what came before the removal.
pub(crate) fn changes(records: &[EventRecord]) -> (BTreeMap<RowKey, Change>, u64) {
    let (mut changes, mut unreadable) = (BTreeMap::new(), 0);
    for record in records {
        if let Err(error) = take(&mut changes, record) {
            // What the record holds is not logged.
            tracing::error!(%error, event = record.event_id, "a change of a row cannot be read");
            unreadable += 1;
        }
    }
    changes.retain(|_, change| change.is_one());
    (changes, unreadable)
}

fn take(changes: &mut BTreeMap<RowKey, Change>, record: &EventRecord) -> Result<(), StoreError> {
    let (old, new) = (&record.change.old_image, &record.change.new_image);
    if record.event_name == "REMOVE" {
        changes.remove(&row_of(old)?.0);
        return Ok(());
    }
    let (key, after) = row_of(new)?;
    let before = if old.is_empty() { None } else { Some(row_of(old)?.1) };
    let touched = touched(before.as_ref(), &after);
    let change = Change { before, at: after.at, after, touched };
    match changes.remove(&key) {
        Some(earlier) => changes.insert(key, earlier.and(change)),
        None => changes.insert(key, change),
    };
    Ok(())
}

fn touched(before: Option<&StoredRow>, after: &StoredRow) -> BTreeSet<Measure> {
    let none = Amounts::default();
    let (old, new) = (before.map_or(&none, |before| &before.row.sums), &after.row.sums);
    let keys = old.iter().chain(new).map(|(key, _)| key);
    keys.filter(|key| old.get(key) != new.get(key)).cloned().collect()
}

impl Change {
    /// This change, and then a later one. Another history of the row begins anew.
    fn and(mut self, later: Self) -> Self {
        if self.after.epoch != later.after.epoch {
            return later;
        }
        self.touched.extend(later.touched);
        Self { at: self.at.max(later.at), after: later.after, ..self }
    }

    /// Whether the row is another one than before. What was there with another history is not what
    /// was changed.
    fn is_one(&mut self) -> bool {
        if self.before.take_if(|before| before.epoch != self.after.epoch).is_some() {
            self.touched.extend(touched(None, &self.after));
        }
        let version = self.before.as_ref().map_or(0, |before| before.row.version);
        version < self.after.row.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn image(subject: &str, epoch: u64, version: u64, at: i64) -> Value {
        let n = |number: i64| json!({"N": number.to_string()});
        json!({
            "subject": {"S": subject}, "bucket": {"S": "now"},
            "version": {"N": version.to_string()}, "epoch": {"N": epoch.to_string()}, "at": n(at),
            "nOffered": n(i64::try_from(version).unwrap() * 10),
        })
    }

    fn record(name: &str, old: &Value, new: &Value) -> EventRecord {
        let record = json!({
            "awsRegion": "eu-central-1", "eventID": "1", "eventName": name,
            "dynamodb": {"OldImage": old, "NewImage": new, "SizeBytes": 1},
        });
        serde_json::from_value(record).unwrap()
    }

    /// From one version of a row to the next ones, in one record each.
    fn modify(subject: &str, versions: std::ops::Range<u64>) -> Vec<EventRecord> {
        let at = |version| i64::try_from(1_000 - version).unwrap();
        let one = |version| {
            let before = image(subject, 7, version, at(version));
            record("MODIFY", &before, &image(subject, 7, version + 1, at(version + 1)))
        };
        versions.map(one).collect()
    }

    fn insert(subject: &str, epoch: u64) -> EventRecord {
        record("INSERT", &Value::Null, &image(subject, epoch, 1, 5))
    }

    fn versions(records: &[EventRecord]) -> Vec<(String, u64, u64)> {
        let (changes, unreadable) = changes(records);
        assert_eq!(unreadable, 0);
        let versions = |(key, change): (RowKey, Change)| {
            let base = change.before.map_or(0, |row| row.row.version);
            (key.subject.to_string(), base, change.after.row.version)
        };
        changes.into_iter().map(versions).collect()
    }

    #[test]
    fn changes_of_a_row_become_one_with_the_newest_time() {
        let records = [modify("queue#a#voice", 3..8), modify("queue#b#voice", 1..2)].concat();
        let expected = [("queue#a#voice".into(), 3, 8), ("queue#b#voice".into(), 1, 2)];
        assert_eq!(versions(&records), expected);
        let (changes, _) = changes(&records);
        let times: Vec<_> = changes.values().map(|change| change.at).collect();
        assert_eq!(times, [Millis(996), Millis(998)], "the version 4 had the newest");
    }

    #[test]
    fn what_changed_and_changed_back_is_told_as_well() {
        let mut between = image("queue#a#voice", 7, 2, 5);
        between["oWaiting"] = json!({"N": "1"});
        let records = [
            record("MODIFY", &image("queue#a#voice", 7, 1, 5), &between),
            record("MODIFY", &between, &image("queue#a#voice", 7, 3, 5)),
        ];
        let (changes, _) = changes(&records);
        let change = changes.values().next().unwrap();
        assert!(change.touched.contains(&Measure::OWaiting));
        assert_eq!(change.touched.len(), 2, "and what was offered");
    }

    #[test]
    fn a_row_begins_with_its_first_image() {
        let records = [vec![insert("queue#a#voice", 7)], modify("queue#a#voice", 1..4)].concat();
        assert_eq!(versions(&records), [("queue#a#voice".into(), 0, 4)]);
    }

    #[test]
    fn a_removal_is_not_told_and_a_new_history_is_told_from_its_start() {
        let removal = record("REMOVE", &image("queue#a#voice", 7, 3, 5), &Value::Null);
        let before = [modify("queue#a#voice", 1..3), vec![removal]].concat();
        assert_eq!(versions(&before), []);
        let again = [before, vec![insert("queue#a#voice", 8)]].concat();
        assert_eq!(versions(&again), [("queue#a#voice".into(), 0, 1)]);
        let replaced =
            record("MODIFY", &image("queue#a#voice", 7, 3, 5), &image("queue#a#voice", 9, 12, 5));
        assert_eq!(versions(&[replaced]), [("queue#a#voice".into(), 0, 12)]);
    }

    #[test]
    fn what_changes_nothing_is_not_told() {
        let same = image("queue#a#voice", 7, 3, 5);
        assert_eq!(versions(&[record("MODIFY", &same, &same)]), []);
    }

    #[test]
    fn an_image_that_cannot_be_read_is_skipped_and_counted() {
        let mut bad = image("queue#a#voice", 7, 2, 5);
        bad["version"] = json!({"S": "two"});
        let records = [
            record("MODIFY", &image("queue#a#voice", 7, 1, 5), &bad),
            record("REMOVE", &Value::Null, &Value::Null),
            modify("queue#b#voice", 1..2).remove(0),
        ];
        let (changes, unreadable) = changes(&records);
        assert_eq!((changes.len(), unreadable), (1, 2));
    }
}
