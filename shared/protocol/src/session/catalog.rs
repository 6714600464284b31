//! The catalog, which arrives in one or several frames.

use super::{SessionEvent, ViewerSession};
use crate::{Catalog, ServerMessage};

impl ViewerSession {
    /// The catalog, once it has arrived in full.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_ref()
    }

    pub(super) fn receive_catalog(&mut self, message: ServerMessage) -> SessionEvent {
        let ServerMessage::Catalog { id, version, unchanged, service_levels, queues, last } =
            message
        else {
            return SessionEvent::None;
        };
        if self.next_catalog.version != version {
            self.next_catalog = Catalog { version, service_levels, queues: Vec::new() };
        }
        self.next_catalog.queues.extend(queues);
        if !last {
            return SessionEvent::None;
        }
        let catalog = std::mem::take(&mut self.next_catalog);
        if let Some(connection) = &mut self.connection {
            connection.pending.take_if(|pending| Some(pending.message.id()) == id);
        }
        if unchanged {
            return SessionEvent::None;
        }
        self.catalog = Some(catalog);
        SessionEvent::Catalog
    }
}
