//! Settings in the ledger: whole settings documents, each with the time from which it is in force
//! (`kpis.md#effective-times`). A version is a document of the ledger, `settings/<time>`.

use crate::catalog::bump_version;
use crate::{DocumentKey, Documents, LAST_NAME, Versioned, list_json, time_name, write_json};
use headroom_engine::StoreError;
use headroom_kpi::settings::SettingsDocument;
use headroom_kpi::{Millis, Settings};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of the versions' documents. Their names are the times from which they are in force.
pub const SETTINGS_KIND: &str = "settings";

/// Versions at once. Functions keep them all in memory, and somebody puts each by hand.
pub const VERSIONS_MAX: usize = 100;

/// A version is removed this long after the next one has taken its place: no conversation is kept for
/// longer.
const SUPERSEDED_KEPT: Millis = Millis(400 * 86_400_000);

/// A version of the settings.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingsVersion {
    /// When it takes effect.
    pub from: Millis,
    /// When it was put into the ledger.
    pub put_at: Millis,
    /// The settings document.
    pub document: Value,
}

/// The body of a version's document.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredVersion {
    put_at: i64,
    settings: Value,
}

impl SettingsVersion {
    /// The settings of the document.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        let document = SettingsDocument::deserialize(&self.document).map_err(|_| self.bad())?;
        Settings::try_from(document).map_err(|_| self.bad())
    }

    fn bad(&self) -> StoreError {
        StoreError::BadItem(format!("document {SETTINGS_KIND}/{}", time_name(self.from)))
    }
}

/// All versions, in order of the times from which they are in force.
pub async fn settings_versions(
    ledger: &impl Documents,
) -> Result<Vec<SettingsVersion>, StoreError> {
    Ok(list(ledger).await?.into_iter().map(|versioned| versioned.value).collect())
}

async fn list(ledger: &impl Documents) -> Result<Vec<Versioned<SettingsVersion>>, StoreError> {
    let mut versions = Vec::new();
    for (name, stored) in list_json::<StoredVersion>(ledger, SETTINGS_KIND, "", LAST_NAME).await? {
        let bad = |_| StoreError::BadItem(format!("document {SETTINGS_KIND}/{name}"));
        let StoredVersion { put_at, settings: document } = stored.value;
        let from = Millis(name.parse().map_err(bad)?);
        let value = SettingsVersion { from, put_at: Millis(put_at), document };
        versions.push(Versioned { version: stored.version, value });
    }
    Ok(versions)
}

/// Puts a version into the ledger, in the place of one of the same time, and tells all caches. After
/// an error, put it again: nothing is in force before its time.
pub async fn put_settings(
    ledger: &impl Documents,
    version: &SettingsVersion,
) -> Result<(), StoreError> {
    version.settings()?;
    let versions = remove_superseded(ledger, version.put_at).await?;
    let same_time = versions.iter().find(|other| other.value.from == version.from);
    if same_time.is_none() && versions.len() >= VERSIONS_MAX {
        return Err(StoreError::NotADocument(
            "there are 100 versions of the settings; put it at the time of one that is to come",
        ));
    }
    let value = StoredVersion { put_at: version.put_at.0, settings: version.document.clone() };
    let expected = same_time.map_or(0, |other| other.version);
    write_json(ledger, &version_key(version), &value, expected, None).await?;
    bump_version(ledger).await
}

/// Removes the versions that no event can follow any more, and returns the others.
async fn remove_superseded(
    ledger: &impl Documents,
    now: Millis,
) -> Result<Vec<Versioned<SettingsVersion>>, StoreError> {
    let mut versions = list(ledger).await?;
    let oldest = now - SUPERSEDED_KEPT;
    let begun_count = versions.partition_point(|version| version.value.from <= oldest);
    for superseded in versions.drain(..begun_count.saturating_sub(1)) {
        ledger.remove(&version_key(&superseded.value), superseded.version).await?;
    }
    Ok(versions)
}

fn version_key(version: &SettingsVersion) -> DocumentKey {
    DocumentKey::new(SETTINGS_KIND, time_name(version.from))
}
