//! Settings of a deployment (`kpis.md#settings`), and the document in which they are written.

pub(crate) mod agents;
mod document;
mod error;
pub(crate) mod gaps;
pub(crate) mod values;

pub use agents::AgentSettings;
pub use document::SettingsDocument;
pub use error::SettingsError;
pub use gaps::{GapSettings, OptionalRules};
pub use values::{Formula, ServiceLevel, Timeline};
