//! The attributes of entities and rows in DynamoDB.
//!
//! A row's sums are top-level attributes, since `ADD` works on nothing else. They have the names
//! under which they are shown, so that an export explains itself: `nOffered`, `tAnswered.count`,
//! `tAnswered.sum`, `oWaiting`. The histogram's buckets are `w<number>`. Waiting sessions are
//! counted by second and tag, the last byte of the session's id in hexadecimal:
//! `waiting.<second>.<tag>`. Of interacting sessions and of idle agents there are many more, so theirs
//! are shorter: `i` or `idle.`, the second and the last byte of the session's or user's id, in
//! hexadecimal, such as `i6a03330207`.
//!
//! An entity that is due for a gap read has `due` and `dueShard`, the keys of the index `byDue`; one
//! that is not has neither, and is not in the index.

use crate::item::{number, parse_number, text};
use headroom_engine::{StoreError, StoredRow};
use headroom_kpi::facts::BudgetMetric;
use headroom_kpi::{
    AgentMeasure, Bucket, Id, Measure, Metric, Millis, Part, Row, RowKey, TaggedSecond, Waiting,
};
use serde_dynamo::{AttributeValue, Item};
use std::collections::HashMap;

/// Partition key of entities.
pub(super) const ENTITY: &str = "entity";
/// An entity's encoded form.
pub(super) const BYTES: &str = "bytes";
/// Partition key of rows.
pub(super) const SUBJECT: &str = "subject";
/// Sort key of rows.
pub(super) const BUCKET: &str = "bucket";
/// Which subjects have a row in a bucket.
pub(super) const BY_BUCKET: &str = "byBucket";
/// Version of an item; grows by one with every change.
pub(super) const VERSION: &str = "version";
/// When a row was created, in milliseconds since 1970: tells apart a row that was lost and created
/// again.
pub(super) const EPOCH: &str = "epoch";
/// The newest event time in the last change of a row, in milliseconds.
pub(super) const AT: &str = "at";
/// When DynamoDB may remove the item, in seconds.
pub(super) const EXPIRES_AT: &str = "expiresAt";
/// Set in rows with so many new metric names that not all known ones may fit: such a row has to be
/// read before it is written.
pub(super) const NEAR_NAME_LIMIT: &str = "crowded";

const WAITING: &str = "waiting.";
const IDLE: &str = "idle.";
const INTERACTING: char = 'i';

/// The attribute of a sum.
pub fn attribute(key: &Measure) -> String {
    if let Measure::Agent(measure) = key
        && let AgentMeasure::IdleSince(idle) = &**measure
    {
        return format!("{IDLE}{}", tagged_second(idle));
    }
    match key {
        Measure::Wait(bucket) => format!("w{bucket}"),
        Measure::WaitingSince(waiting) => {
            format!("{WAITING}{}.{}", waiting.second, waiting.tag)
        }
        Measure::InteractingSince(interacting) => {
            format!("{INTERACTING}{}", tagged_second(interacting))
        }
        _ => key.public_name().map(|(name, suffix)| format!("{name}{suffix}")).unwrap_or_default(),
    }
}

/// The sum that an attribute holds; `None` if the attribute is not a sum.
pub fn sum(attribute: &str) -> Option<Measure> {
    match attribute {
        "oWaiting" => return Some(Measure::OWaiting),
        "oAlerting" => return Some(Measure::OAlerting),
        "oInteracting" => return Some(Measure::OInteracting),
        "repaired" => return Some(Measure::Repaired),
        _ => {}
    }
    if let Some(sum) = BudgetMetric::parse(attribute) {
        return Some(Measure::Budget(sum));
    }
    if let Some(waiting) = attribute.strip_prefix(WAITING) {
        return Some(Measure::WaitingSince(Box::new(parse_waiting(waiting)?)));
    }
    if let Some(idle) = attribute.strip_prefix(IDLE) {
        let idle = AgentMeasure::IdleSince(parse_tagged_second(idle)?);
        return Some(Measure::Agent(Box::new(idle)));
    }
    if let Some(measure) = AgentMeasure::parse(attribute) {
        return Some(Measure::Agent(Box::new(measure)));
    }
    if let Some(interacting) = attribute.strip_prefix(INTERACTING) {
        return Some(Measure::InteractingSince(Box::new(parse_tagged_second(interacting)?)));
    }
    if let Some(bucket) = attribute.strip_prefix('w') {
        return bucket.parse().ok().map(Measure::Wait);
    }
    metric(attribute)
}

/// A second and a byte in hexadecimal.
fn tagged_second(start: &TaggedSecond) -> String {
    format!("{:x}{:02x}", start.second, start.tag)
}

fn parse_tagged_second(text: &str) -> Option<TaggedSecond> {
    let (second, tag) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let second = u64::from_str_radix(second, 16).ok()?.cast_signed();
    Some(TaggedSecond { second, tag: u8::from_str_radix(tag, 16).ok()? })
}

/// `<second>.<tag>`; an earlier release wrote the `sessionId` in place of the tag.
fn parse_waiting(text: &str) -> Option<Waiting> {
    let (second, tag) = text.split_once('.')?;
    Some(Waiting { second: second.parse().ok()?, tag: Id::parse(tag).ok()? })
}

/// `n...` and `o...` are counters; a timer has two sums.
fn metric(attribute: &str) -> Option<Measure> {
    let (name, part) = match attribute.rsplit_once('.') {
        Some((name, "count")) if name.starts_with('t') => (name, Part::Count),
        Some((name, "sum")) if name.starts_with('t') => (name, Part::Sum),
        None if attribute.starts_with(['n', 'o']) => (attribute, Part::Value),
        _ => return None,
    };
    Some(Measure::Metric(Metric::parse(name)?, part))
}

/// A row from its item: from a read, or from an image in the table's stream.
pub fn row_of(item: &Item) -> Result<(RowKey, StoredRow), StoreError> {
    let item = item.inner();
    let sums = item.iter().filter_map(|(name, value)| Some((sum(name)?, parse_number(value)?)));
    let row = Row { version: number(item, VERSION)?, sums: sums.collect() };
    let stored = StoredRow { row, epoch: number(item, EPOCH)?, at: Millis(number(item, AT)?) };
    Ok((row_key_of(item)?, stored))
}

/// A row's key from its item.
pub(super) fn row_key_of(item: &HashMap<String, AttributeValue>) -> Result<RowKey, StoreError> {
    Ok(RowKey { subject: text(item, SUBJECT)?, bucket: text(item, BUCKET)? })
}

const DAY_SECONDS: i64 = 86_400;

/// Entities expire at whole days, so that the attribute seldom changes, and two days late, so that
/// an event that is accepted by one clock still finds its entity by another.
pub(super) fn entity_expires(newest: Millis, days: u32) -> i64 {
    let days = newest.seconds().div_euclid(DAY_SECONDS) + i64::from(days) + 2;
    days * DAY_SECONDS
}

/// Only rows of intervals expire.
pub(super) fn row_expires(bucket: &Bucket, days: u32) -> Option<i64> {
    match bucket {
        Bucket::Interval { minutes, start } => {
            Some(start.seconds() + i64::from(*minutes) * 60 + i64::from(days) * DAY_SECONDS)
        }
        Bucket::Now | Bucket::Day(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headroom_kpi::{AgentGauge, OrganizationMetric, Status, StatusMetric};

    #[test]
    fn every_sum_has_an_attribute_of_its_own_and_is_read_back() {
        let metric = |name, part| Measure::Metric(Metric::parse(name).unwrap(), part);
        let waiting = |tag: &str| {
            let waiting = Waiting { second: -5, tag: Id::parse(tag).unwrap() };
            Measure::WaitingSince(Box::new(waiting))
        };
        let agent = |measure| Measure::Agent(Box::new(measure));
        let idle = TaggedSecond { second: 7, tag: 49 };
        let interacting =
            |second, tag| Measure::InteractingSince(Box::new(TaggedSecond { second, tag }));
        let keys = [
            (metric("nOffered", Part::Value), "nOffered"),
            (metric("tNew_1", Part::Count), "tNew_1.count"),
            (metric("tAcd", Part::Sum), "tAcd.sum"),
            (Measure::Wait(57), "w57"),
            (Measure::OWaiting, "oWaiting"),
            (Measure::OAlerting, "oAlerting"),
            (Measure::OInteracting, "oInteracting"),
            (waiting("2f"), "waiting.-5.2f"),
            (waiting("a.b c"), "waiting.-5.a.b c"),
            (interacting(1_778_594_562, 7), "i6a03330207"),
            (interacting(-5, 255), "ifffffffffffffffbff"),
            (Measure::Repaired, "repaired"),
            (agent(AgentMeasure::Gauge(AgentGauge::Members)), "oMemberUsers"),
            (
                agent(AgentMeasure::Status(StatusMetric::OnQueue, Status::IDLE)),
                "oOnQueueUsers.IDLE",
            ),
            (
                agent(AgentMeasure::Organization(OrganizationMetric::Time, "a.sum".into())),
                "tOrganizationPresence.a.sum",
            ),
            (agent(AgentMeasure::IdleSince(idle)), "idle.731"),
        ];
        let budget = BudgetMetric::ALL.iter().map(|sum| (Measure::Budget(*sum), sum.as_str()));
        for (key, name) in keys.into_iter().chain(budget) {
            assert_eq!(attribute(&key), name);
            assert_eq!(sum(name), Some(key));
        }
    }

    #[test]
    fn what_is_no_sum_is_not_read_as_one() {
        for name in [
            SUBJECT,
            BUCKET,
            VERSION,
            EPOCH,
            AT,
            EXPIRES_AT,
            NEAR_NAME_LIMIT,
            "tAcd",
            "nOffered.sum",
            "wx",
            "waiting.x",
            "waiting.1",
            "i",
            "i07",
            "ix07",
            "minute",
            "minute.used.sum",
        ] {
            assert_eq!(sum(name), None, "{name}");
        }
    }

    #[test]
    fn items_go_after_their_time_and_days_never() {
        let noon = Millis(1_778_594_400_000);
        assert_eq!(entity_expires(noon, 90), (20_585 + 92) * DAY_SECONDS);
        let interval = Bucket::Interval { minutes: 30, start: noon };
        assert_eq!(row_expires(&interval, 400), Some(noon.seconds() + 1_800 + 400 * DAY_SECONDS));
        assert_eq!(row_expires(&Bucket::Day(20_585), 400), None);
    }
}
