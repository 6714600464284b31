//! A lease: at most one holder at a time, by a document.

use crate::{DocumentKey, Documents, read_json, write_json};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use serde::{Deserialize, Serialize};

/// Attempts to acquire a lease. The second one sees what became of a write without a response.
const ATTEMPTS_MAX: u32 = 3;

/// A lease that is held. Its document is `lease/<name>`.
#[derive(Debug, PartialEq, Eq)]
pub struct Lease {
    key: DocumentKey,
    version: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct LeaseDocument {
    holder: String,
    /// When it expires, in ms since 1970.
    until: i64,
}

impl Lease {
    /// Acquires a lease until a time; none if another holder has it. `holder` is a name that no
    /// other process has. A lease that is never released expires.
    pub async fn acquire(
        documents: &impl Documents,
        name: &str,
        holder: &str,
        now: Millis,
        until: Millis,
    ) -> Result<Option<Self>, StoreError> {
        let key = DocumentKey::new("lease", name);
        for attempt in 1.. {
            let lease = read_json::<LeaseDocument>(documents, &key).await?.unwrap_or_default();
            if lease.value.holder == holder {
                return Ok(Some(Self { key, version: lease.version }));
            }
            if lease.value.until > now.0 {
                return Ok(None);
            }
            let value = LeaseDocument { holder: holder.to_owned(), until: until.0 };
            match write_json(documents, &key, &value, lease.version, None).await {
                Ok(version) => return Ok(Some(Self { key, version })),
                // Another holder was faster, or this is the own write, whose response was lost.
                Err(error) if error.retryable() && attempt < ATTEMPTS_MAX => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Releases the lease.
    pub async fn release(self, documents: &impl Documents) -> Result<(), StoreError> {
        let free = LeaseDocument::default();
        write_json(documents, &self.key, &free, self.version, None).await.map(drop)
    }
}
