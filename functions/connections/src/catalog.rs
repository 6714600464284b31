//! Sends the catalog: whole, or not at all if the viewer has it.

use crate::Handler;
use crate::message_error::MessageError;
use headroom_engine::RowStore;
use headroom_kpi::Millis;
use headroom_protocol::{ServerMessage, catalog_messages};
use headroom_viewers::{Connection, Gateway};
use std::collections::BTreeMap;

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Sends the catalog. Only a request, which has an `id`, is told that the viewer has it already.
    pub(crate) async fn send_catalog(
        &self,
        connection: &Connection,
        id: Option<u64>,
        viewer_version: Option<&str>,
        now: Millis,
    ) -> Result<(), MessageError> {
        let catalog = self.catalog.queues(now).await.catalog(&connection.grants, now)?;
        if viewer_version != Some(catalog.version.as_str()) {
            for message in catalog_messages(id, &catalog) {
                self.post(&connection.id, &message).await?;
            }
            return Ok(());
        }
        if id.is_none() {
            return Ok(());
        }
        let unchanged = ServerMessage::Catalog {
            id,
            version: catalog.version,
            unchanged: true,
            service_levels: BTreeMap::new(),
            queues: Vec::new(),
            last: true,
        };
        self.post(&connection.id, &unchanged).await
    }
}
