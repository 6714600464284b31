//! What is booked and kept of agents, and `agents` in the settings document
//! (`kpis.md#agent-settings`).

use super::error::{SettingsError, duration_ms};
use crate::time::Millis;
use serde::Deserialize;

/// What is booked and kept of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentSettings {
    /// Changes that are older are refused, and forgotten some days later.
    pub window: Millis,
    /// Whether the organisation's own presences are booked and shown.
    pub organization_presence: bool,
    /// Whether `OFF_QUEUE` and `OFFLINE` are booked.
    pub absence: bool,
}

const HOUR_MS: i64 = 3_600_000;

impl Default for AgentSettings {
    fn default() -> Self {
        Self { window: Millis(48 * HOUR_MS), organization_presence: true, absence: false }
    }
}

/// `agents` in the settings document.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase", expecting = "an object")]
pub(super) struct AgentsDocument {
    window_hours: Option<u32>,
    organization_presence: Option<bool>,
    absence: Option<bool>,
}

impl AgentsDocument {
    pub(super) fn check(self) -> Result<AgentSettings, SettingsError> {
        let default = AgentSettings::default();
        let window = match self.window_hours {
            None => default.window,
            Some(hours) => duration_ms("agents.windowHours", i64::from(hours) * HOUR_MS)?,
        };
        Ok(AgentSettings {
            window,
            organization_presence: self
                .organization_presence
                .unwrap_or(default.organization_presence),
            absence: self.absence.unwrap_or(default.absence),
        })
    }
}
