//! From a batch of the stream of rows to one change per row.

use aws_lambda_events::event::dynamodb::EventRecord;
use headroom_engine::{StoreError, StoredRow};
use headroom_kpi::{Amounts, Measure, Millis, RowKey};
use headroom_tables::layout::row_of;
use std::collections::{BTreeMap, BTreeSet};

/// The change of a row in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The row before the batch; none if it is new, or had another epoch.
    pub(crate) before: Option<StoredRow>,
    /// The row after the batch.
    pub(crate) after: StoredRow,
    /// Every sum that changed, including those that changed back.
    pub(crate) changed_measures: BTreeSet<Measure>,
    /// The newest event time in the change.
    pub(crate) at: Millis,
}

/// Merges the records of a batch, and counts those that cannot be read.
///
/// Rows that DynamoDB removes after their retention are left out, since their sums have not become
/// zero. So are the changes before the removal.
pub(crate) fn merge_records(records: &[EventRecord]) -> (BTreeMap<RowKey, Change>, u64) {
    let mut changes = BTreeMap::new();
    let mut unreadable = 0;
    for record in records {
        if let Err(error) = merge_record(&mut changes, record) {
            // The record itself is not logged: it may hold personal data.
            tracing::error!(%error, event = record.event_id, "cannot read a stream record of the rows table; record skipped");
            unreadable += 1;
        }
    }
    changes.values_mut().for_each(Change::drop_other_epoch);
    changes.retain(|_, change| change.base_version() < change.after.row.version);
    (changes, unreadable)
}

fn merge_record(
    changes: &mut BTreeMap<RowKey, Change>,
    record: &EventRecord,
) -> Result<(), StoreError> {
    let old = &record.change.old_image;
    if record.event_name == "REMOVE" {
        changes.remove(&row_of(old)?.0);
        return Ok(());
    }
    let (key, after) = row_of(&record.change.new_image)?;
    let before = if old.is_empty() { None } else { Some(row_of(old)?.1) };
    let changed_measures = changed_measures(before.as_ref(), &after);
    let mut change = Change { before, at: after.at, after, changed_measures };
    if let Some(earlier) = changes.remove(&key) {
        change = earlier.followed_by(change);
    }
    changes.insert(key, change);
    Ok(())
}

fn changed_measures(before: Option<&StoredRow>, after: &StoredRow) -> BTreeSet<Measure> {
    let empty = Amounts::default();
    let old = before.map_or(&empty, |before| &before.row.sums);
    let new = &after.row.sums;
    let measures = old.iter().chain(new).map(|(measure, _)| measure);
    measures.filter(|measure| old.get(measure) != new.get(measure)).cloned().collect()
}

impl Change {
    /// Merges a later change of the same row. A change to another epoch replaces the earlier one.
    fn followed_by(mut self, later: Self) -> Self {
        if self.after.epoch != later.after.epoch {
            return later;
        }
        self.changed_measures.extend(later.changed_measures);
        Self { at: self.at.max(later.at), after: later.after, ..self }
    }

    /// Forgets a state before the batch that has another epoch: viewers get the row as a new one.
    fn drop_other_epoch(&mut self) {
        if self.before.take_if(|before| before.epoch != self.after.epoch).is_some() {
            self.changed_measures.extend(changed_measures(None, &self.after));
        }
    }

    /// The row's version before the batch; 0 if it is new.
    pub(crate) fn base_version(&self) -> u64 {
        self.before.as_ref().map_or(0, |before| before.row.version)
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
        let step = |version| {
            let before = image(subject, 7, version, at(version));
            record("MODIFY", &before, &image(subject, 7, version + 1, at(version + 1)))
        };
        versions.map(step).collect()
    }

    fn insert(subject: &str, epoch: u64) -> EventRecord {
        record("INSERT", &Value::Null, &image(subject, epoch, 1, 5))
    }

    fn versions(records: &[EventRecord]) -> Vec<(String, u64, u64)> {
        let (changes, unreadable) = merge_records(records);
        assert_eq!(unreadable, 0);
        let versions = |(key, change): (RowKey, Change)| {
            (key.subject.to_string(), change.base_version(), change.after.row.version)
        };
        changes.into_iter().map(versions).collect()
    }

    #[test]
    fn changes_of_a_row_are_merged_with_the_newest_time() {
        let records = [modify("queue#a#voice", 3..8), modify("queue#b#voice", 1..2)].concat();
        let expected = [("queue#a#voice".into(), 3, 8), ("queue#b#voice".into(), 1, 2)];
        assert_eq!(versions(&records), expected);
        let (changes, _) = merge_records(&records);
        let times: Vec<_> = changes.values().map(|change| change.at).collect();
        assert_eq!(times, [Millis(996), Millis(998)], "version 4 has the newest time");
    }

    #[test]
    fn a_sum_that_changed_and_changed_back_is_listed() {
        let mut between = image("queue#a#voice", 7, 2, 5);
        between["oWaiting"] = json!({"N": "1"});
        let records = [
            record("MODIFY", &image("queue#a#voice", 7, 1, 5), &between),
            record("MODIFY", &between, &image("queue#a#voice", 7, 3, 5)),
        ];
        let (changes, _) = merge_records(&records);
        let change = changes.values().next().unwrap();
        assert!(change.changed_measures.contains(&Measure::OWaiting));
        assert_eq!(change.changed_measures.len(), 2, "and what was offered");
    }

    #[test]
    fn a_row_begins_with_its_first_image() {
        let records = [vec![insert("queue#a#voice", 7)], modify("queue#a#voice", 1..4)].concat();
        assert_eq!(versions(&records), [("queue#a#voice".into(), 0, 4)]);
    }

    #[test]
    fn a_removed_row_is_left_out_and_a_new_epoch_begins_at_version_0() {
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
    fn a_record_without_a_change_is_left_out() {
        let unchanged = image("queue#a#voice", 7, 3, 5);
        assert_eq!(versions(&[record("MODIFY", &unchanged, &unchanged)]), []);
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
        let (changes, unreadable) = merge_records(&records);
        assert_eq!((changes.len(), unreadable), (1, 2));
    }
}
