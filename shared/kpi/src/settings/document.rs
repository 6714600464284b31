//! Settings as people write them: a JSON document, every key optional.

use super::gaps::GapsDocument;
use super::{Formula, ServiceLevel, Settings, Timeline};
use crate::calendar::CalendarError;
use crate::{Calendar, Id, IdError, Media, Millis};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The document. Keys that it does not know are errors, since they are most likely misspelt.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct SettingsDocument {
    time_zone: Option<String>,
    interval_minutes: Option<u32>,
    short_abandon_ms: Option<i64>,
    service_level: ServiceLevelDocument,
    service_level_formula: Formula,
    gaps: GapsDocument,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ServiceLevelDocument {
    queues: BTreeMap<String, BTreeMap<String, LevelDocument>>,
    media: BTreeMap<String, LevelDocument>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct LevelDocument {
    duration_ms: i64,
    #[serde(default = "target")]
    percentage: f64,
}

fn target() -> f64 {
    0.8
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// `timeZone` or `intervalMinutes`.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A time below 0 or above 31 days.
    #[error("{0} is {1} ms; use 0 to {max}", max = Millis::DURATION_MAX.0)]
    Duration(String, i64),
    /// A time below 1 s or above 31 days.
    #[error("{0} is {1} s; use 1 to {max}", max = Millis::DURATION_MAX.seconds())]
    Seconds(String, i64),
    /// A share outside 0 to 1.
    #[error("{0} is {1}; use a share from 0 to 1, such as 0.8")]
    Percentage(String, f64),
    /// A queue id that cannot be one.
    #[error("serviceLevel.queues has the queue id {0:?}, which {1}")]
    Queue(String, IdError),
    /// `call` and `voice` of the same queue.
    #[error("{0} is set twice; call and voice are the same media type")]
    Twice(String),
    /// A media type that Genesys does not have.
    #[error("{0} is no media type; use voice, chat, email, callback or message")]
    Media(String),
}

impl TryFrom<SettingsDocument> for Settings {
    type Error = SettingsError;

    fn try_from(document: SettingsDocument) -> Result<Self, SettingsError> {
        let zone = document.time_zone.as_deref().unwrap_or("UTC");
        let calendar = Calendar::new(zone, document.interval_minutes.unwrap_or(30))?;
        let mut settings = Self { calendar, ..Self::default() };
        if let Some(ms) = document.short_abandon_ms {
            settings.short_abandon = Timeline::new(duration("shortAbandonMs", ms)?);
        }
        for (queue, levels) in document.service_level.queues {
            let id = Id::parse(&queue).map_err(|e| SettingsError::Queue(queue.clone(), e))?;
            for (name, level) in levels {
                let place = format!("serviceLevel.queues.{queue}.{name}");
                let key = (id.clone(), media(&place, &name)?);
                let level = Timeline::new(level.check(&place)?);
                if settings.queues.insert(key, level).is_some() {
                    return Err(SettingsError::Twice(place));
                }
            }
        }
        for (name, level) in document.service_level.media {
            let place = format!("serviceLevel.media.{name}");
            let level = Timeline::new(level.check(&place)?);
            if settings.media.insert(media(&place, &name)?, level).is_some() {
                return Err(SettingsError::Twice(place));
            }
        }
        settings.formula = document.service_level_formula;
        settings.gaps = document.gaps.check()?;
        Ok(settings)
    }
}

impl LevelDocument {
    fn check(self, place: &str) -> Result<ServiceLevel, SettingsError> {
        let duration = duration(&format!("{place}.durationMs"), self.duration_ms)?;
        if !(0.0..=1.0).contains(&self.percentage) {
            return Err(SettingsError::Percentage(format!("{place}.percentage"), self.percentage));
        }
        Ok(ServiceLevel { duration, percentage: self.percentage })
    }
}

fn duration(place: &str, ms: i64) -> Result<Millis, SettingsError> {
    if (0..=Millis::DURATION_MAX.0).contains(&ms) {
        Ok(Millis(ms))
    } else {
        Err(SettingsError::Duration(place.to_owned(), ms))
    }
}

/// A media type by its analytics name, or by its name in Genesys' `mediaSettings` (`call`).
pub(super) fn media(place: &str, name: &str) -> Result<Media, SettingsError> {
    let media = Media::new(if name == "call" { "voice" } else { name });
    if media.is_known() && media != Media::UNKNOWN {
        Ok(media)
    } else {
        Err(SettingsError::Media(place.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Settings, String> {
        let document: SettingsDocument = serde_json::from_str(json).map_err(|e| e.to_string())?;
        Settings::try_from(document).map_err(|e| e.to_string())
    }

    #[test]
    fn an_empty_document_means_the_defaults() {
        assert_eq!(read("{}"), Ok(Settings::default()));
    }

    #[test]
    fn every_key_has_its_effect() {
        let settings = read(
            r#"{"timeZone":"America/New_York","intervalMinutes":15,"shortAbandonMs":5000,
                "serviceLevel":{"queues":{"q":{"call":{"durationMs":15000,"percentage":0.9}}},
                                "media":{"email":{"durationMs":1000}}},
                "serviceLevelFormula":{"includeFlowouts":true,"includeAbandons":false}}"#,
        )
        .unwrap();
        let queue = Id::parse("q").unwrap();
        let level = |media| settings.service_level(&queue, &Media::new(media), Millis(0));
        assert_eq!(settings.calendar, Calendar::new("America/New_York", 15).unwrap());
        assert_eq!(settings.short_abandon.at(Millis(0)), &Millis(5_000));
        assert_eq!(level("voice"), ServiceLevel { duration: Millis(15_000), percentage: 0.9 });
        assert_eq!(level("email"), ServiceLevel { duration: Millis(1_000), percentage: 0.8 });
        let formula = Formula {
            include_flowouts: true,
            include_short_abandons: true,
            include_abandons: false,
        };
        assert_eq!(settings.formula, formula);
    }

    #[test]
    fn a_bad_document_says_what_and_where() {
        let cases = [
            (r#"{"timezone":"UTC"}"#, "unknown field `timezone`"),
            (r#"{"timeZone":"Mars"}"#, "there is no time zone \"Mars\""),
            (r#"{"intervalMinutes":20}"#, "an interval of 20 minutes"),
            (r#"{"shortAbandonMs":-1}"#, "shortAbandonMs is -1 ms"),
            (
                r#"{"serviceLevel":{"media":{"voice":{"durationMs":1,"percentage":80}}}}"#,
                "serviceLevel.media.voice.percentage is 80",
            ),
            (
                r#"{"serviceLevel":{"media":{"vioce":{"durationMs":1}}}}"#,
                "serviceLevel.media.vioce is no media type",
            ),
            (r#"{"serviceLevel":{"queues":{"a#b":{}}}}"#, "queue id \"a#b\", which has"),
            (
                r#"{"serviceLevel":{"media":{"call":{"durationMs":1},"voice":{"durationMs":2}}}}"#,
                "serviceLevel.media.voice is set twice",
            ),
        ];
        for (json, expected) in cases {
            let message = read(json).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
