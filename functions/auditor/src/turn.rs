//! Whose turn it is: the number of the part that the next run compares, a document of the ledger.

use headroom_engine::{Part, StoreError};
use headroom_tables::{DocumentKey, Documents, Versioned, read_json, write_json};
use serde::{Deserialize, Serialize};

/// The part that a run compares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// The part.
    pub(crate) part: Part,
    /// The version of the document.
    version: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Position {
    next_part: u32,
}

fn key() -> DocumentKey {
    DocumentKey::new("audit", "position")
}

impl Turn {
    /// The part whose turn it is, of so many.
    pub(crate) async fn read(documents: &impl Documents, parts: u32) -> Result<Self, StoreError> {
        let stored = read_json::<Position>(documents, &key()).await?.unwrap_or_default();
        let Versioned { version, value: Position { next_part } } = stored;
        Ok(Self { part: Part::new(next_part, parts), version })
    }

    /// Gives the turn to the next part.
    pub(crate) async fn end(self, documents: &impl Documents) -> Result<(), StoreError> {
        let position = Position { next_part: self.part.number() + 1 };
        match write_json(documents, &key(), &position, self.version, None).await {
            // Another run has compared a part meanwhile.
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
