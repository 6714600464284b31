//! The routes of the WebSocket API.

use crate::{Request, RequestContext, Response};
use headroom_engine::{RowStore, StoreError};
use headroom_kpi::{Calendar, Millis};
use headroom_protocol::Presentation;
use headroom_viewers::Gateway;
use headroom_viewers::{Connections, ConnectionsError};
use metrics::counter;

/// Answers the routes of the WebSocket API.
#[derive(Debug)]
pub struct Handler<R, G> {
    /// Who is connected.
    pub connections: Connections,
    /// What there is to see.
    pub rows: R,
    /// The way to viewers.
    pub gateway: G,
    /// Which buckets are current.
    pub calendar: Calendar,
    /// How rows are shown.
    pub presentation: Presentation,
    /// Connections of one principal.
    pub connections_max: usize,
}

/// Why a route was not answered. API Gateway refuses the connection, if it is a new one.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Answers a route at a time.
    pub async fn handle(&self, request: &Request, now: Millis) -> Result<Response, HandlerError> {
        let context = &request.request_context;
        match context.route_key.as_str() {
            "$connect" => self.connect(context, now).await,
            "$disconnect" => self.disconnect(&context.connection_id).await,
            _ => {
                self.message(request, now).await;
                Ok(Response::status(200))
            }
        }
    }

    async fn connect(
        &self,
        context: &RequestContext,
        now: Millis,
    ) -> Result<Response, HandlerError> {
        let allowed = context.authorizer.as_ref();
        let connection = allowed.and_then(|found| found.connection(&context.connection_id, now));
        let Some(connection) = connection else { return Ok(Response::status(403)) };
        match self.connections.connect(&connection, self.connections_max).await {
            Ok(()) => {
                counter!("Connects").increment(1);
                Ok(Response::connected())
            }
            Err(ConnectionsError::TooManyConnections(_)) => Ok(Response::status(429)),
            Err(ConnectionsError::Store(error)) => Err(error.into()),
            Err(_) => Ok(Response::status(403)),
        }
    }

    async fn disconnect(&self, connection: &str) -> Result<Response, HandlerError> {
        counter!("Disconnects").increment(1);
        self.connections.remove(connection, &[]).await?;
        Ok(Response::status(200))
    }
}
