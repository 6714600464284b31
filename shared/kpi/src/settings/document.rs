//! The settings document: JSON, with every key optional.

use super::agents::AgentsDocument;
use super::error::{SettingsError, duration_ms, media_type};
use super::formulas::{Formulas, OccupancyFormula, ServiceLevelFormula};
use super::gaps::GapsDocument;
use super::values::{ServiceLevel, Settings, Timeline};
use crate::calendar::Calendar;
use crate::id::Id;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The settings document. An unknown key is an error, since it is most likely a spelling mistake.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase", expecting = "an object")]
pub struct SettingsDocument {
    time_zone: Option<String>,
    interval_minutes: Option<u32>,
    short_abandon_ms: Option<i64>,
    service_level: ServiceLevelDocument,
    service_level_formula: ServiceLevelFormula,
    occupancy_formula: OccupancyFormula,
    gaps: GapsDocument,
    agents: AgentsDocument,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "an object")]
struct ServiceLevelDocument {
    queues: BTreeMap<String, BTreeMap<String, LevelDocument>>,
    media: BTreeMap<String, LevelDocument>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", expecting = "an object")]
struct LevelDocument {
    duration_ms: Option<i64>,
    #[serde(default = "default_target")]
    percentage: f64,
}

fn default_target() -> f64 {
    0.8
}

impl TryFrom<SettingsDocument> for Settings {
    type Error = SettingsError;

    fn try_from(document: SettingsDocument) -> Result<Self, SettingsError> {
        let zone = document.time_zone.as_deref().unwrap_or("UTC");
        let mut settings = Self {
            calendar: Calendar::new(zone, document.interval_minutes.unwrap_or(30))?,
            formulas: Formulas {
                service_level: document.service_level_formula,
                occupancy: document.occupancy_formula,
            },
            gaps: document.gaps.check()?,
            agents: document.agents.check()?,
            ..Self::default()
        };
        if let Some(ms) = document.short_abandon_ms {
            settings.short_abandon = Timeline::new(duration_ms("shortAbandonMs", ms)?);
        }
        for (queue, levels) in document.service_level.queues {
            let id = Id::parse(&queue)
                .map_err(|e| SettingsError::Queue("serviceLevel.queues", queue.clone(), e))?;
            for (name, level) in levels {
                let path = format!("serviceLevel.queues.{queue}.{name}");
                let key = (id.clone(), media_type(&path, &name)?);
                let level = Timeline::new(level.check(&path)?);
                if settings.queues.insert(key, level).is_some() {
                    return Err(SettingsError::Twice(path));
                }
            }
        }
        for (name, level) in document.service_level.media {
            let path = format!("serviceLevel.media.{name}");
            let level = Timeline::new(level.check(&path)?);
            if settings.media.insert(media_type(&path, &name)?, level).is_some() {
                return Err(SettingsError::Twice(path));
            }
        }
        Ok(settings)
    }
}

impl LevelDocument {
    fn check(self, path: &str) -> Result<ServiceLevel, SettingsError> {
        let path_of = |key| format!("{path}.{key}");
        if !(0.0..=1.0).contains(&self.percentage) {
            return Err(SettingsError::Percentage(path_of("percentage"), self.percentage));
        }
        let Some(ms) = self.duration_ms else {
            return Err(SettingsError::Missing(path_of("durationMs")));
        };
        let duration = duration_ms(&path_of("durationMs"), ms)?;
        Ok(ServiceLevel { duration, percentage: self.percentage })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Media;
    use crate::settings::AgentSettings;
    use crate::time::Millis;

    fn parse(json: &str) -> Result<Settings, String> {
        let document: SettingsDocument = serde_json::from_str(json).map_err(|e| e.to_string())?;
        Settings::try_from(document).map_err(|e| e.to_string())
    }

    #[test]
    fn an_empty_document_means_the_defaults() {
        assert_eq!(parse("{}"), Ok(Settings::default()));
    }

    #[test]
    fn every_key_of_the_document_sets_its_value() {
        let settings = parse(
            r#"{"timeZone":"America/New_York","intervalMinutes":15,"shortAbandonMs":5000,
                "serviceLevel":{"queues":{"q":{"call":{"durationMs":15000,"percentage":0.9}}},
                                "media":{"email":{"durationMs":1000}}},
                "serviceLevelFormula":{"includeFlowouts":true,"includeAbandons":false},
                "occupancyFormula":{"includeNotResponding":true},
                "agents":{"enabled":false,"rows":false,"queues":["q"],"windowHours":24,
                          "organizationPresence":false,"absence":true,
                          "repeatedStatusIsGap":false}}"#,
        )
        .unwrap();
        let queue = Id::parse("q").unwrap();
        let level = |media| settings.service_level(&queue, &Media::new(media), Millis(0));
        assert_eq!(settings.calendar, Calendar::new("America/New_York", 15).unwrap());
        assert_eq!(settings.short_abandon.value_at(Millis(0)), &Millis(5_000));
        assert_eq!(level("voice"), ServiceLevel { duration: Millis(15_000), percentage: 0.9 });
        assert_eq!(level("email"), ServiceLevel { duration: Millis(1_000), percentage: 0.8 });
        let service_level = ServiceLevelFormula {
            include_flowouts: true,
            include_short_abandons: true,
            include_abandons: false,
        };
        let occupancy =
            OccupancyFormula { include_not_responding: true, include_communicating: false };
        assert_eq!(settings.formulas, Formulas { service_level, occupancy });
        let window = Millis(24 * 3_600_000);
        let agents = AgentSettings {
            enabled: false,
            rows: false,
            queues: Some([queue].into()),
            window,
            organization_presence: false,
            absence: true,
            repeated_status_is_gap: false,
        };
        assert_eq!(settings.agents, agents);
    }

    #[test]
    fn a_bad_value_is_an_error_with_its_path_and_what_to_use() {
        let cases = [
            (r#"{"timezone":"UTC"}"#, "unknown field `timezone`"),
            (r#"{"timeZone":"Mars"}"#, "there is no time zone \"Mars\""),
            (r#"{"intervalMinutes":20}"#, "an interval of 20 minutes"),
            (r#"{"agents":{"windowHours":745}}"#, "agents.windowHours is 2682000000 ms"),
            (r#"{"shortAbandonMs":-1}"#, "shortAbandonMs is -1 ms"),
            (
                r#"{"serviceLevel":{"media":{"voice":{"durationMs":1,"percentage":80}}}}"#,
                "serviceLevel.media.voice.percentage is 80",
            ),
            (
                r#"{"serviceLevel":{"media":{"voice":{"percentage":0.8}}}}"#,
                "serviceLevel.media.voice.durationMs is missing",
            ),
            (
                r#"{"serviceLevel":{"media":{"vioce":{"durationMs":1}}}}"#,
                "serviceLevel.media.vioce is no media type",
            ),
            (r#"{"serviceLevel":{"queues":{"a#b":{}}}}"#, "serviceLevel.queues has the queue id"),
            (r#"{"agents":{"queues":["a#b"]}}"#, "agents.queues has the queue id \"a#b\", which"),
            (
                r#"{"serviceLevel":{"media":{"call":{"durationMs":1},"voice":{"durationMs":2}}}}"#,
                "serviceLevel.media.voice is set twice",
            ),
        ];
        for (json, expected) in cases {
            let message = parse(json).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
