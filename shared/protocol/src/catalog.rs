//! The catalog: names and service levels of the queues that a token allows.

use crate::digest::text_digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// In [`Catalog::service_levels`]: the media types that have none of their own.
pub const OTHER_MEDIA: &str = "*";

/// A service level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TargetLevel {
    /// The share that should be in time, 0 to 1.
    pub target: f64,
    /// An answer within this time is in time, in milliseconds.
    pub threshold_ms: i64,
}

/// Service levels by media type.
pub type ServiceLevels = BTreeMap<String, TargetLevel>;

/// A queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CatalogQueue {
    /// Its id in Genesys Cloud.
    pub id: String,
    /// Its name, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// By media type, where they are its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub service_levels: ServiceLevels,
}

/// What the server knows of the queues that a token allows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// Changes when anything of it does.
    pub version: String,
    /// By media type, of queues that have none of their own; [`OTHER_MEDIA`] for those not listed.
    pub service_levels: ServiceLevels,
    /// In the order of their ids.
    pub queues: Vec<CatalogQueue>,
}

impl Catalog {
    /// A catalog, whose version is a digest of the rest.
    pub fn new(
        service_levels: ServiceLevels,
        queues: Vec<CatalogQueue>,
    ) -> Result<Self, serde_json::Error> {
        let version = text_digest(&serde_json::to_string(&(&service_levels, &queues))?);
        Ok(Self { version, service_levels, queues })
    }

    /// The service level of a queue and media type.
    pub fn service_level(&self, queue: &str, media: &str) -> Option<TargetLevel> {
        let of_queue = self.queue(queue).and_then(|queue| queue.service_levels.get(media));
        let fallback =
            || self.service_levels.get(media).or_else(|| self.service_levels.get(OTHER_MEDIA));
        of_queue.or_else(fallback).copied()
    }

    fn queue(&self, id: &str) -> Option<&CatalogQueue> {
        let position = self.queues.binary_search_by(|queue| queue.id.as_str().cmp(id));
        position.ok().and_then(|position| self.queues.get(position))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(threshold_ms: i64) -> TargetLevel {
        TargetLevel { target: 0.8, threshold_ms }
    }

    #[test]
    fn a_queue_has_its_own_level_that_of_the_media_type_or_that_of_all() {
        let levels = |levels: &[(&str, i64)]| -> ServiceLevels {
            levels.iter().map(|(media, ms)| ((*media).to_owned(), level(*ms))).collect()
        };
        let queue = CatalogQueue {
            id: "b".into(),
            name: Some("Billing".into()),
            service_levels: levels(&[("voice", 1)]),
        };
        let other = CatalogQueue { id: "a".into(), name: None, service_levels: levels(&[]) };
        let catalog = Catalog {
            version: "1".into(),
            service_levels: levels(&[("email", 2), ("*", 3)]),
            queues: vec![other, queue],
        };
        let name = |queue| catalog.queue(queue).and_then(|queue| queue.name.as_deref());
        assert_eq!((name("b"), name("a"), name("c")), (Some("Billing"), None, None));
        let expected = [("b", "voice", 1), ("b", "email", 2), ("b", "chat", 3), ("a", "voice", 3)];
        for (queue, media, ms) in expected {
            assert_eq!(catalog.service_level(queue, media), Some(level(ms)), "{queue} {media}");
        }
        assert_eq!(Catalog::default().service_level("a", "voice"), None);
    }
}
