//! The part of the document about gap reads (`kpis.md`, section 11).

use super::SettingsError;
use super::document::media;
use crate::{GapSettings, Media, Millis};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `gaps`, every key optional.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct GapsDocument {
    #[serde(rename = "settleSeconds")]
    settle: Option<i64>,
    #[serde(rename = "stepSeconds")]
    step: Option<i64>,
    #[serde(rename = "waitingSeconds")]
    waits: BTreeMap<String, i64>,
    #[serde(rename = "talkingSeconds")]
    talks: BTreeMap<String, i64>,
}

impl GapsDocument {
    pub(super) fn check(self) -> Result<GapSettings, SettingsError> {
        let default = GapSettings::default();
        let or = |name, given: Option<i64>, default| {
            given.map_or(Ok(default), |seconds| time(&format!("gaps.{name}"), seconds))
        };
        Ok(GapSettings {
            settle: or("settleSeconds", self.settle, default.settle)?,
            step: or("stepSeconds", self.step, default.step)?,
            waits: by_media("gaps.waitingSeconds", self.waits)?,
            talks: by_media("gaps.talkingSeconds", self.talks)?,
        })
    }
}

fn by_media(
    place: &str,
    given: BTreeMap<String, i64>,
) -> Result<BTreeMap<Media, Millis>, SettingsError> {
    let mut times = BTreeMap::new();
    for (name, seconds) in given {
        let place = format!("{place}.{name}");
        let time = time(&place, seconds)?;
        if times.insert(media(&place, &name)?, time).is_some() {
            return Err(SettingsError::Twice(place));
        }
    }
    Ok(times)
}

fn time(place: &str, seconds: i64) -> Result<Millis, SettingsError> {
    if (1..=Millis::DURATION_MAX.seconds()).contains(&seconds) {
        Ok(Millis(seconds * 1_000))
    } else {
        Err(SettingsError::Seconds(place.to_owned(), seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<GapSettings, String> {
        let document: GapsDocument = serde_json::from_str(json).map_err(|e| e.to_string())?;
        document.check().map_err(|e| e.to_string())
    }

    #[test]
    fn nothing_said_means_the_defaults() {
        let gaps = read("{}").unwrap();
        assert_eq!(gaps, GapSettings::default());
        let hours = |limit: fn(&GapSettings, &Media) -> Millis| {
            ["voice", "chat", "message", "email", "callback", "video"]
                .map(|media| limit(&gaps, &Media::new(media)).seconds())
        };
        assert_eq!(hours(GapSettings::waiting), [1_800, 1_800, 7_200, 86_400, 86_400, 1_800]);
        assert_eq!(hours(GapSettings::talking), [7_200, 7_200, 86_400, 86_400, 86_400, 7_200]);
    }

    #[test]
    fn every_key_has_its_effect() {
        let gaps = read(
            r#"{"settleSeconds":60,"stepSeconds":1,"waitingSeconds":{"call":600,"email":2},
                "talkingSeconds":{"voice":900}}"#,
        )
        .unwrap();
        assert_eq!((gaps.settle, gaps.step), (Millis(60_000), Millis(1_000)));
        assert_eq!(gaps.waiting(&Media::new("voice")), Millis(600_000));
        assert_eq!(gaps.waiting(&Media::new("email")), Millis(2_000));
        assert_eq!(gaps.talking(&Media::new("voice")), Millis(900_000));
    }

    #[test]
    fn a_bad_value_says_what_and_where() {
        let cases = [
            (r#"{"settle":1}"#, "unknown field `settle`"),
            (r#"{"settleSeconds":0}"#, "gaps.settleSeconds is 0 s; use 1 to 2678400"),
            (r#"{"stepSeconds":-5}"#, "gaps.stepSeconds is -5 s"),
            (r#"{"waitingSeconds":{"voice":2678401}}"#, "gaps.waitingSeconds.voice is 2678401 s"),
            (r#"{"talkingSeconds":{"vioce":1}}"#, "gaps.talkingSeconds.vioce is no media type"),
            (
                r#"{"talkingSeconds":{"call":1,"voice":2}}"#,
                "gaps.talkingSeconds.voice is set twice",
            ),
        ];
        for (json, expected) in cases {
            let message = read(json).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
