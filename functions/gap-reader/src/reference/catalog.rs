//! The catalog's documents: queues, their members, users.

use super::Progress;
use crate::document::{Held, list, read, write};
use crate::error::ReadError;
use crate::figures::Figures;
use crate::reader::{Outside, Reader};
use headroom_engine::StoreError;
use headroom_genesys::api::{Division, MediaSettings, Queue, User};
use headroom_kpi::settings::ServiceLevel;
use headroom_kpi::{Id, Media, Millis};
use headroom_tables::catalog::{CatalogQueue, QUEUE_KIND, version_key};
use headroom_tables::{DocumentKey, LAST_NAME};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Ids of its users, by a queue's id.
const MEMBER_KIND: &str = "member";
/// Users, by their ids.
const USER_KIND: &str = "user";

/// A queue of the catalog, and whether Genesys still has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct QueueDocument {
    #[serde(flatten)]
    queue: CatalogQueue,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

/// Who works for a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Members {
    users: Vec<String>,
}

/// A user of the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct UserDocument {
    name: String,
    division_id: String,
}

/// The service levels that a queue has, by media types in the words of conversations: there `call` is
/// `voice`.
fn service_levels(queue: &Queue) -> Vec<(Media, ServiceLevel)> {
    let settings = queue.media_settings.iter().flatten();
    let level = |(name, settings): (&String, &Option<MediaSettings>)| {
        let level = settings.as_ref()?.service_level?;
        let (duration, percentage) = (Millis(level.duration_ms?), level.percentage?);
        let media = Media::new(if name == "call" { "voice" } else { name });
        Some((media, ServiceLevel { duration, percentage }))
    };
    settings.filter_map(level).collect()
}

fn division(division: Option<&Division>) -> String {
    division.and_then(|division| division.id.clone()).unwrap_or_default()
}

/// A queue's document that has changed.
pub(super) struct Changed {
    key: DocumentKey,
    document: Held<QueueDocument>,
}

impl<O: Outside> Reader<O> {
    /// What a queue's document becomes, if that is another than it was. A service level holds from
    /// the first interval on that no cache can be behind for (`kpis.md`, section 7).
    pub(super) async fn learned_queue(
        &self,
        id: &Id,
        told: &Queue,
        now: Millis,
    ) -> Result<Option<Changed>, StoreError> {
        let key = DocumentKey::new(QUEUE_KIND, id.to_string());
        let held = read::<QueueDocument>(&*self.ledger, &key).await?;
        let version = held.as_ref().map_or(0, |held| held.version);
        let before = held.map(|held| held.value);
        let mut after = before.clone().unwrap_or_default();
        after.gone = false;
        after.queue.name = told.name.clone().unwrap_or_default();
        after.queue.division_id = division(told.division.as_ref());
        for (media, level) in service_levels(told) {
            after.queue.learn(&media, level, self.rules.calendar.effective(now));
        }
        let document = Held { version, value: after };
        Ok((before.as_ref() != Some(&document.value)).then_some(Changed { key, document }))
    }

    /// The queues that were not found any more. They are kept: rows and settings of the past still
    /// need them.
    pub(super) async fn queues_gone(
        &self,
        progress: &Progress,
    ) -> Result<Vec<Changed>, StoreError> {
        let known = list::<QueueDocument>(&*self.ledger, QUEUE_KIND, "", LAST_NAME).await?;
        let gone =
            known.into_iter().filter(|(name, held)| !held.value.gone && !progress.has_queue(name));
        let changed = gone.map(|(name, Held { version, value })| Changed {
            key: DocumentKey::new(QUEUE_KIND, name),
            document: Held { version, value: QueueDocument { gone: true, ..value } },
        });
        Ok(changed.collect())
    }

    /// Writes queues, and then tells those who hold settings that they have changed. That there is
    /// something to tell is noted first: a run that is killed in between does not keep it to itself.
    pub(super) async fn write_queues(
        &self,
        held: &mut Held<Progress>,
        changed: Vec<Changed>,
        figures: &mut Figures,
    ) -> Result<(), ReadError> {
        if !changed.is_empty() && !held.value.untold {
            held.value.untold = true;
            self.save(held).await?;
        }
        figures.catalog_changes += changed.len() as u64;
        for Changed { key, document } in changed {
            write(&*self.ledger, &key, &document.value, document.version, None).await?;
        }
        if held.value.untold {
            self.raise_version().await?;
            held.value.untold = false;
        }
        Ok(())
    }

    /// The version that counts is the document's own.
    async fn raise_version(&self) -> Result<(), StoreError> {
        let key = version_key();
        let held = read::<serde_json::Value>(&*self.ledger, &key).await?;
        let version = held.map_or(0, |held| held.version);
        write(&*self.ledger, &key, &serde_json::json!({}), version, None).await.map(drop)
    }

    /// Writes the members of a queue, if they have changed.
    pub(super) async fn write_members(
        &self,
        queue: &Id,
        members: &[String],
    ) -> Result<bool, StoreError> {
        let key = DocumentKey::new(MEMBER_KIND, queue.to_string());
        self.write_changed(&key, Members { users: members.to_vec() }).await
    }

    /// Writes a user, if anything of it has changed.
    pub(super) async fn write_user(&self, user: &User) -> Result<bool, StoreError> {
        let Ok(id) = Id::parse(&user.id) else { return Ok(false) };
        let key = DocumentKey::new(USER_KIND, id.to_string());
        let document = UserDocument {
            name: user.name.clone().unwrap_or_default(),
            division_id: division(user.division.as_ref()),
        };
        self.write_changed(&key, document).await
    }

    async fn write_changed<T>(&self, key: &DocumentKey, value: T) -> Result<bool, StoreError>
    where
        T: Serialize + DeserializeOwned + PartialEq,
    {
        let held = read::<T>(&*self.ledger, key).await?;
        if held.as_ref().is_some_and(|held| held.value == value) {
            return Ok(false);
        }
        let version = held.map_or(0, |held| held.version);
        write(&*self.ledger, key, &value, version, None).await?;
        Ok(true)
    }
}
