//! The routes of the WebSocket API.

use crate::{Request, RequestContext, Response, VersionCache};
use headroom_engine::{RowStore, StoreError};
use headroom_kpi::{Calendar, Millis, Settings};
use headroom_protocol::{AuthorizerContext, Histograms, RowFormatter};
use headroom_viewers::{Connection, Connections, ConnectionsError, Gateway, QueueCatalog};
use metrics::counter;
use std::collections::BTreeSet;

/// Handles the routes of the WebSocket API.
#[derive(Debug)]
pub struct Handler<R, G> {
    /// The table of connections and their subscriptions.
    pub connections: Connections,
    /// The rows.
    pub rows: R,
    /// Versions of rows that were read a moment ago.
    pub cache: VersionCache,
    /// Names and service levels of queues.
    pub catalog: QueueCatalog,
    /// Posts messages to viewers.
    pub gateway: G,
    /// Decides which buckets are current.
    pub calendar: Calendar,
    /// Formats rows for viewers.
    pub formatter: RowFormatter,
    /// Most connections of one principal.
    pub connections_max: usize,
}

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Follows the settings in force at a time.
    pub fn follow(&mut self, settings: &Settings, now: Millis) {
        self.calendar = settings.in_force(now).calendar.clone();
        self.formatter.formulas = settings.formula_timeline();
        self.catalog.follow(settings);
    }

    /// Handles a call of a route. After an error, API Gateway refuses a new connection.
    pub async fn handle(&self, request: &Request, now: Millis) -> Result<Response, StoreError> {
        let context = &request.request_context;
        match context.route_key.as_str() {
            "$connect" => self.connect(context, now).await,
            "$disconnect" => self.disconnect(&context.connection_id).await,
            _ => {
                self.handle_message(request, now).await;
                Ok(Response::status(200))
            }
        }
    }

    async fn connect(&self, context: &RequestContext, now: Millis) -> Result<Response, StoreError> {
        let token = context.authorizer.as_ref().and_then(AuthorizerContext::token);
        let Some(token) = token.filter(|token| now < token.until) else {
            return Ok(Response::status(403));
        };
        let connection = Connection {
            id: context.connection_id.clone(),
            principal: token.sub,
            grants: token.grants,
            until: token.until,
            connected_at: now,
            subjects: BTreeSet::new(),
            histograms: Histograms::Absent,
        };
        match self.connections.connect(&connection, self.connections_max).await {
            Ok(()) => {
                counter!("Connects").increment(1);
                Ok(Response::connected())
            }
            Err(ConnectionsError::TooManyConnections(_)) => Ok(Response::status(429)),
            Err(ConnectionsError::Store(error)) => Err(error),
            Err(_) => Ok(Response::status(403)),
        }
    }

    async fn disconnect(&self, connection: &str) -> Result<Response, StoreError> {
        counter!("Disconnects").increment(1);
        self.connections.remove(connection, &[]).await?;
        Ok(Response::status(200))
    }
}
