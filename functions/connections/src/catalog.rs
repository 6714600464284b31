//! Sends the catalog: whole, or not at all if the viewer has it.

use crate::Handler;
use crate::message_error::MessageError;
use headroom_engine::RowStore;
use headroom_kpi::Millis;
use headroom_protocol::{Catalog, ServerMessage, catalog_messages};
use headroom_viewers::{Connection, Gateway};
use std::collections::BTreeMap;

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Answers a request for the catalog.
    pub(crate) async fn send_catalog(
        &self,
        connection: &Connection,
        id: u64,
        viewer_version: Option<&str>,
        now: Millis,
    ) -> Result<(), MessageError> {
        let catalog = self.catalog.queues(now).await.catalog(&connection.grants, now)?;
        if viewer_version != Some(catalog.version.as_str()) {
            return self.post_catalog(connection, Some(id), &catalog).await;
        }
        let unchanged = ServerMessage::Catalog {
            id: Some(id),
            version: catalog.version,
            unchanged: true,
            service_levels: BTreeMap::new(),
            queues: Vec::new(),
            last: true,
        };
        self.post(&connection.id, &unchanged).await
    }

    /// Sends the catalog if it is another one than the viewer has.
    pub(crate) async fn send_changed_catalog(
        &self,
        connection: &Connection,
        viewer_version: &str,
        now: Millis,
    ) -> Result<(), MessageError> {
        let catalog = self.catalog.queues(now).await.catalog(&connection.grants, now)?;
        if viewer_version == catalog.version {
            return Ok(());
        }
        self.post_catalog(connection, None, &catalog).await
    }

    async fn post_catalog(
        &self,
        connection: &Connection,
        id: Option<u64>,
        catalog: &Catalog,
    ) -> Result<(), MessageError> {
        for message in catalog_messages(id, catalog) {
            self.post(&connection.id, &message).await?;
        }
        Ok(())
    }
}
