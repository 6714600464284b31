//! One reader at a time.
//!
//! Two readers would do no harm, since the budget is the ledger's and a repair made twice changes
//! nothing; but they would read the same conversations twice.

use crate::document::{Held, read, write};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::{DocumentKey, Documents};
use serde::{Deserialize, Serialize};

/// Tries to take a lease: what a put did that was not answered is seen by the next try.
const TRIES_MAX: u32 = 3;

/// Who reads, until when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    holder: String,
    until: i64,
    /// When the budget was last reported.
    #[serde(default)]
    reported: i64,
}

/// The lease, held.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    held: Held<Document>,
}

fn key() -> DocumentKey {
    DocumentKey::new("lease", "gap-reader")
}

/// Takes the lease until a time; none if somebody else holds it. `holder` is a name that no other
/// invocation has. A lease that is never released runs out.
pub(crate) async fn take(
    ledger: &impl Documents,
    holder: &str,
    now: Millis,
    until: Millis,
) -> Result<Option<Lease>, StoreError> {
    for attempt in 1.. {
        let found = read::<Document>(ledger, &key()).await?;
        let Held { version, value } = found.unwrap_or(Held { version: 0, value: <_>::default() });
        if value.holder == holder {
            return Ok(Some(Lease { held: Held { version, value } }));
        }
        if value.until > now.0 {
            return Ok(None);
        }
        let value = Document { holder: holder.to_owned(), until: until.0, ..value };
        match write(ledger, &key(), &value, version, None).await {
            Ok(version) => return Ok(Some(Lease { held: Held { version, value } })),
            // Somebody else was faster, or it is our own put, whose answer was lost: look again.
            Err(error) if error.retryable() && attempt < TRIES_MAX => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

impl Lease {
    /// When the budget was last reported.
    pub(crate) fn reported(&self) -> Millis {
        Millis(self.held.value.reported)
    }

    /// Gives the lease back, and notes when the budget was last reported.
    pub(crate) async fn release(
        self,
        ledger: &impl Documents,
        reported: Millis,
    ) -> Result<(), StoreError> {
        let document = Document { reported: reported.0, ..Document::default() };
        write(ledger, &key(), &document, self.held.version, None).await.map(drop)
    }
}
