//! Values of events and API responses: read leniently, then checked where they matter.

pub(crate) mod check;
pub(crate) mod lenient;
mod refusal;
mod scalar;

pub use refusal::{Refusal, RefusalCode};
pub(crate) use scalar::{
    Field, FieldValue, IdField, IntegerField, MetricField, Object, Outbound, ReadField, Scalar,
    TimeField,
};
