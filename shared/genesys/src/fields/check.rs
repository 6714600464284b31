//! Checks values against their bounds (`kpis.md#bad-input`), in events and API responses alike.

use super::refusal::{Refusal, RefusalCode};
use super::scalar::{FieldValue, IdField, IntegerField, MetricField, TimeField};
use headroom_kpi::{Id, Metric, Millis};

/// A value within its bounds, or why it is refused.
pub(crate) type FieldResult<T> = Result<T, Refusal>;

/// How far the time of an event may be ahead of that of its envelope.
const AHEAD_MAX: Millis = Millis(48 * 3_600_000);

pub(crate) fn plausible(name: &str, time: TimeField, envelope: TimeField) -> FieldResult<Millis> {
    let bad = |why: &str| Err(RefusalCode::BadTime.because(format!("{name} {why}")));
    let time = required(name, time, RefusalCode::BadTime, "is not a time")?;
    let TimeField::Value(arrived) = envelope else {
        return Err(RefusalCode::BadTime.because("the envelope has no time"));
    };
    if time < Millis::EVENT_TIME_MIN {
        bad("is before 2000")
    } else if time >= Millis::EVENT_TIME_MAX {
        bad("is after the year 9999")
    } else if time > arrived + AHEAD_MAX {
        bad("is more than 48 h ahead of the envelope's time")
    } else {
        Ok(time)
    }
}

pub(crate) fn needed(name: &str, field: IdField) -> FieldResult<Id> {
    let missing = || RefusalCode::MissingId.because(format!("{name} is missing or empty"));
    optional(name, field)?.ok_or_else(missing)
}

pub(crate) fn optional(name: &str, field: IdField) -> FieldResult<Option<Id>> {
    match field {
        IdField::Id(id) => Ok(Some(id)),
        IdField::Missing => Ok(None),
        IdField::Bad(why) => Err(RefusalCode::BadId.because(format!("{name} {why}"))),
        IdField::NoText => Err(RefusalCode::BadId.because(format!("{name} is not a text"))),
    }
}

pub(crate) fn duration(name: &str, field: IntegerField) -> FieldResult<Option<Millis>> {
    Ok(within_bounds(name, field, RefusalCode::BadDuration)?.map(Millis))
}

pub(crate) fn within_bounds(
    name: &str,
    field: IntegerField,
    code: RefusalCode,
) -> FieldResult<Option<i64>> {
    match field {
        IntegerField::Missing => Ok(None),
        IntegerField::Value(value @ 0..=MAX) => Ok(Some(value)),
        IntegerField::Value(value) if value < 0 => Err(code.because(format!("{name} is negative"))),
        IntegerField::Value(_) => Err(code.because(format!("{name} is above 400 days"))),
        IntegerField::Other => Err(code.because(format!("{name} is not a whole number"))),
    }
}

const MAX: i64 = Millis::DURATION_MAX.0;

pub(crate) fn metric(name: &str, field: MetricField) -> FieldResult<Metric> {
    let why = "is not a name of 1 to 64 ASCII letters, digits or '_'";
    required(name, field, RefusalCode::BadMetric, why)
}

/// A value that has to be there. `why` is what is said of anything else.
pub(crate) fn required<T>(
    name: &str,
    field: FieldValue<T>,
    code: RefusalCode,
    why: &str,
) -> FieldResult<T> {
    match field {
        FieldValue::Value(value) => Ok(value),
        FieldValue::Missing => Err(code.because(format!("{name} is missing"))),
        FieldValue::Other => Err(code.because(format!("{name} {why}"))),
    }
}
