//! The documents of a table's exports.

use crate::export::{EXPORT_KIND, Export, Table};
use crate::hour::Hour;
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::{Documents, LAST_NAME, Versioned, list_json, write_json};

/// How long a document is kept: somewhat longer than DynamoDB can recover a table, and far longer than
/// two full exports are apart.
const KEPT_FOR: Millis = Hour::millis(40 * 24);

/// What the ledger knows of a table's exports.
#[derive(Debug)]
pub(crate) struct Records {
    table: Table,
    list: Vec<Versioned<Export>>,
}

impl Records {
    pub(crate) async fn read(documents: &impl Documents, table: Table) -> Result<Self, StoreError> {
        let (from, to) = (format!("{}/", table.name()), format!("{}/{LAST_NAME}", table.name()));
        let list = list_json(documents, EXPORT_KIND, &from, &to).await?;
        Ok(Self { table, list: list.into_iter().map(|(_, record)| record).collect() })
    }

    pub(crate) fn exports(&self) -> Vec<Export> {
        self.list.iter().map(|record| record.value.clone()).collect()
    }

    /// The export of the same window, as it is stored.
    pub(crate) fn stored(&self, export: &Export) -> Option<&Export> {
        self.position(export).map(|index| &self.list[index].value)
    }

    /// Writes an export, over that of the same window.
    pub(crate) async fn save(
        &mut self,
        documents: &impl Documents,
        export: Export,
        now: Millis,
    ) -> Result<(), StoreError> {
        let index = self.position(&export);
        let expected = index.map_or(0, |index| self.list[index].version);
        let (key, expires) = (export.key(self.table), Some(now + KEPT_FOR));
        let version = write_json(documents, &key, &export, expected, expires).await?;
        let record = Versioned { version, value: export };
        match index {
            Some(index) => self.list[index] = record,
            None => self.list.push(record),
        }
        Ok(())
    }

    /// Removes an export that never began.
    pub(crate) async fn remove(
        &mut self,
        documents: &impl Documents,
        export: &Export,
    ) -> Result<(), StoreError> {
        let Some(index) = self.position(export) else { return Ok(()) };
        documents.remove(&export.key(self.table), self.list[index].version).await?;
        self.list.remove(index);
        Ok(())
    }

    fn position(&self, export: &Export) -> Option<usize> {
        let key = export.key(self.table);
        self.list.iter().position(|record| record.value.key(self.table) == key)
    }
}
