//! The formulas of what is computed when a row is read (`kpis.md#computed-values`).

use serde::Deserialize;

/// The formulas that have switches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Formulas {
    /// Of the service level of a queue.
    pub service_level: ServiceLevelFormula,
    /// Of the occupancy of an agent.
    pub occupancy: OccupancyFormula,
}

/// The three switches of Genesys' service-level formula (`kpis.md#service-level`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[allow(clippy::struct_field_names)]
pub struct ServiceLevelFormula {
    /// Flow-outs are part of the denominator.
    pub include_flowouts: bool,
    /// Abandons below the short-abandon time are part of the denominator.
    pub include_short_abandons: bool,
    /// Abandons are part of the denominator.
    pub include_abandons: bool,
}

impl Default for ServiceLevelFormula {
    fn default() -> Self {
        Self { include_flowouts: false, include_short_abandons: true, include_abandons: true }
    }
}

/// The two switches of the occupancy formula (`kpis.md#occupancy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct OccupancyFormula {
    /// `NOT_RESPONDING` is part of the denominator.
    pub include_not_responding: bool,
    /// `COMMUNICATING` is part of the numerator.
    pub include_communicating: bool,
}
