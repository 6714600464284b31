//! What can be wrong with a settings document, and the checks that its parts share.

use crate::calendar::CalendarError;
use crate::id::IdError;
use crate::names::Media;
use crate::time::Millis;

/// The longest time that can be set: 31 days.
const SETTING_MAX: Millis = Millis(31 * 24 * 3_600_000);

/// What is wrong with a settings document. The first text is the path of the value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// A bad `timeZone` or `intervalMinutes`.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A time in ms below 0 or above 31 days.
    #[error("{0} is {1} ms; use 0 to {max}", max = SETTING_MAX.0)]
    Duration(String, i64),
    /// A time in seconds below 1 s or above 31 days.
    #[error("{0} is {1} s; use 1 to {max}", max = SETTING_MAX.seconds())]
    Seconds(String, i64),
    /// A share outside 0 to 1.
    #[error("{0} is {1}; use a share from 0 to 1, such as 0.8")]
    Percentage(String, f64),
    /// A service level without its time.
    #[error("{0} is missing; say within how many milliseconds an answer is in time")]
    Missing(String),
    /// A text that is not a queue id.
    #[error("{0} has the queue id {1:?}, which {2}")]
    Queue(&'static str, String, IdError),
    /// Two values of one media type, which has the names `call` and `voice`.
    #[error("{0} is set twice; call and voice are the same media type")]
    Twice(String),
    /// A media type that Genesys does not have.
    #[error("{0} is no media type; use voice, chat, email, callback or message")]
    Media(String),
}

impl SettingsError {
    /// The path of the value, such as `serviceLevel.media.voice.percentage`; none of errors that are
    /// about several values.
    pub fn path(&self) -> Option<String> {
        match self {
            Self::Calendar(_) => None,
            Self::Queue(path, queue, _) => Some(format!("{path}.{queue}")),
            Self::Duration(path, _)
            | Self::Seconds(path, _)
            | Self::Percentage(path, _)
            | Self::Missing(path)
            | Self::Twice(path)
            | Self::Media(path) => Some(path.clone()),
        }
    }
}

/// The media type with a name of the analytics API, or of Genesys' `mediaSettings` (`call`).
pub(super) fn media_type(path: &str, name: &str) -> Result<Media, SettingsError> {
    let media = Media::new(if name == "call" { "voice" } else { name });
    if media.is_known() && media != Media::UNKNOWN {
        Ok(media)
    } else {
        Err(SettingsError::Media(path.to_owned()))
    }
}

/// A time of 0 to 31 days in milliseconds.
pub(super) fn duration_ms(path: &str, ms: i64) -> Result<Millis, SettingsError> {
    if (0..=SETTING_MAX.0).contains(&ms) {
        Ok(Millis(ms))
    } else {
        Err(SettingsError::Duration(path.to_owned(), ms))
    }
}

/// A time of 1 s to 31 days in seconds.
pub(super) fn duration_seconds(path: &str, seconds: i64) -> Result<Millis, SettingsError> {
    if (1..=SETTING_MAX.seconds()).contains(&seconds) {
        Ok(Millis(seconds * 1_000))
    } else {
        Err(SettingsError::Seconds(path.to_owned(), seconds))
    }
}
