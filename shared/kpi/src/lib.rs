//! The pure core of Headroom: Genesys facts in, exact KPI rows out.
//!
//! The modules are in the order in which data flows:
//!
//! 1. [`facts`]: what is known about an [`Entity`]. [`Entity::fold`] adds a [`Fact`]; it is a join,
//!    so order and repeats of facts do not matter (`kpis.md#facts`).
//! 2. `metrics`: the effective metrics, derived or official (`kpis.md#precedence`).
//! 3. `rows`: what an entity contributes to which row, and the difference between two such states
//!    (`kpis.md#rows`): [`ContributionBuilder`], [`Contributions`], [`Row`], [`Computed`].
//! 4. [`gaps`]: what is missing of a conversation, and when it is due for a read from the API.
//!
//! [`settings`] are what numbers depend on besides facts, and [`stored`] turns an entity and its
//! contributions into the bytes that a store keeps, and back.
//!
//! ```
//! use headroom_kpi::facts::{AcdStart, FactKind, Source};
//! use headroom_kpi::{ContributionBuilder, Entity, EntityKey, Fact, FoldOutcome};
//! use headroom_kpi::{Id, Media, Millis, Settings};
//!
//! # fn main() -> Result<(), headroom_kpi::IdError> {
//! let time = Millis(1_778_594_562_000);
//! let media = Some(Media::new("VOICE"));
//! let start = AcdStart { time, queue: Id::parse("billing")?, media };
//! let kind = FactKind::AcdStart(Id::parse("session")?, start);
//! let fact = Fact { source: Source::Event, kind };
//!
//! let mut entity = Entity::new(&EntityKey::Conversation(Id::parse("conversation")?));
//! assert_eq!(entity.fold(fact.clone()), FoldOutcome::Applied);
//! assert_eq!(entity.fold(fact), FoldOutcome::WithoutEffect);
//!
//! let contributions = ContributionBuilder::default().build(&entity, &Settings::default());
//! let rows: Vec<_> = contributions.rows().map(|(row, _)| row.bucket.to_string()).collect();
//! assert_eq!(rows, ["now", "PT30M#2026-05-12T14:00:00Z", "P1D#2026-05-12"]);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here does I/O, reads a clock, draws a random number, is async or knows AWS.

mod bucket;
mod calendar;
pub mod facts;
pub mod gaps;
mod id;
pub mod limits;
mod merge;
mod metrics;
mod names;
mod rows;
pub mod settings;
mod status;
pub mod stored;
mod time;

pub use bucket::{Bucket, RowKeyError};
pub use calendar::{Calendar, CalendarError};
pub use facts::conversation::Conversation;
pub use facts::entity::{Entity, EntityKey};
pub use facts::fact::Fact;
pub use facts::join::FoldOutcome;
pub use gaps::gap::{Due, Urgency};
pub use id::{Id, IdError};
pub use metrics::effective::{EffectiveMetric, Exclusion, MATCH_WITHIN, Provenance};
pub use metrics::explain_metrics;
pub use names::{Media, Metric, MetricKind};
pub use rows::agent_measure::{AgentGauge, AgentMeasure, OrganizationMetric, StatusMetric};
pub use rows::agent_status::AgentStatus;
pub use rows::amounts::Amounts;
pub use rows::builder::ContributionBuilder;
pub use rows::computed::Computed;
pub use rows::contributions::{Contributions, RowChange};
pub use rows::histogram;
pub use rows::key::{RowKey, Subject};
pub use rows::measure::{Measure, Part};
pub use rows::row::{Row, RowFull};
pub use rows::row_sums::RowSums;
pub use rows::waiting::{TaggedSecond, Waiting};
pub use settings::values::Settings;
pub use status::Status;
pub use time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis};
