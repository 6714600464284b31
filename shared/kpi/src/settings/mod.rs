//! Settings of a deployment (`kpis.md#settings`), and the document in which they are written.

pub(crate) mod agents;
mod document;
mod error;
pub(crate) mod formulas;
pub(crate) mod gaps;
pub(crate) mod values;

pub use agents::AgentSettings;
pub use document::SettingsDocument;
pub use error::SettingsError;
pub use formulas::{Formulas, OccupancyFormula, ServiceLevelFormula};
pub use gaps::{GapSettings, OptionalRules};
pub use values::{ServiceLevel, Timeline};
