//! Messages of viewers.

use crate::failure::{Failure, too_many};
use crate::{Handler, Request};
use headroom_engine::RowStore;
use headroom_kpi::Millis;
use headroom_protocol::{
    ClientMessage, ErrorCode, Grants, Have, Pattern, Refused, RequestError, ServerMessage,
};
use headroom_viewers::{Connection, ConnectionsError};
use headroom_viewers::{Gateway, GatewayError};
use metrics::counter;
use std::collections::BTreeSet;

use crate::wanted::Wanted;

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Answers a message. Nothing that goes wrong with it is an error of the route: API Gateway
    /// would tell the viewer in words that are not the protocol's.
    pub(crate) async fn message(&self, request: &Request, now: Millis) {
        let id = &request.request_context.connection_id;
        let answered = match self.connections.get(id).await {
            Ok(Some(connection)) if !connection.expired(now) => {
                self.serve(&connection, request, now).await
            }
            Ok(_) => self.expire(id).await,
            Err(error) => self.refuse(id, None, error.into()).await,
        };
        if let Err(failure) = answered {
            self.give_up(id, &failure).await;
        }
    }

    async fn serve(
        &self,
        connection: &Connection,
        request: &Request,
        now: Millis,
    ) -> Result<(), Failure> {
        let message = match read(request) {
            Ok(message) => message,
            Err(error) => return self.refuse(&connection.id, error.id, error.into()).await,
        };
        let id = message.id();
        match self.answer(connection, message, now).await {
            Ok(()) => Ok(()),
            Err(failure) => self.refuse(&connection.id, Some(id), failure).await,
        }
    }

    async fn answer(
        &self,
        connection: &Connection,
        message: ClientMessage,
        now: Millis,
    ) -> Result<(), Failure> {
        match message {
            ClientMessage::Subscribe { id, subjects, have } => {
                self.subscribe(connection, id, &subjects, &have, now).await
            }
            ClientMessage::Unsubscribe { subjects, .. } => {
                let patterns = subjects.iter().filter_map(|subject| subject.parse().ok());
                Ok(self.connections.unsubscribe(connection, &patterns.collect()).await?)
            }
            ClientMessage::Ping { id } => {
                self.post(&connection.id, &ServerMessage::Pong { id }).await
            }
            ClientMessage::Verify { id, have, from, to } => {
                let patterns = &connection.subjects;
                let range = (from.as_deref(), to.as_deref());
                let wanted = Wanted { patterns, range, have: &have, every_name: true };
                self.snapshot(connection, id, &wanted, now).await
            }
        }
    }

    async fn subscribe(
        &self,
        connection: &Connection,
        id: u64,
        subjects: &[String],
        have: &Have,
        now: Millis,
    ) -> Result<(), Failure> {
        let (patterns, refused) = judge(&connection.grants, subjects);
        match self.connections.subscribe(connection, &patterns).await {
            Ok(()) => {}
            // It is being removed: there is nobody to tell.
            Err(ConnectionsError::NotConnected) => return Err(GatewayError::Gone.into()),
            Err(ConnectionsError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(too_many(id, error.to_string())),
        }
        counter!("Subscribes").increment(1);
        let subjects = patterns.iter().map(Pattern::to_string).collect();
        let subscribed = ServerMessage::Subscribed { id, subjects, refused, verify_seconds: None };
        self.post(&connection.id, &subscribed).await?;
        let wanted = Wanted { patterns: &patterns, range: (None, None), have, every_name: false };
        self.snapshot(connection, id, &wanted, now).await
    }

    async fn post(&self, connection: &str, message: &ServerMessage) -> Result<(), Failure> {
        Ok(self.gateway.post(connection, &serde_json::to_string(message)?).await?)
    }

    /// Tells a viewer why it does not get what it asked for, if it can be told.
    async fn refuse(
        &self,
        connection: &str,
        id: Option<u64>,
        failure: Failure,
    ) -> Result<(), Failure> {
        let Some(told) = failure.told(id) else { return Err(failure) };
        counter!("RequestErrors").increment(1);
        if told.code == ErrorCode::Internal {
            tracing::error!(%failure, "a message could not be answered");
        }
        let RequestError { id, code, message } = told;
        self.post(connection, &ServerMessage::Error { id, code, message }).await
    }

    /// The token's time is over, or nothing is known of the connection.
    async fn expire(&self, connection: &str) -> Result<(), Failure> {
        self.connections.remove(connection, &[]).await?;
        Ok(self.gateway.expire(connection).await?)
    }

    async fn give_up(&self, connection: &str, failure: &Failure) {
        if matches!(failure, Failure::Gateway(GatewayError::Gone)) {
            if let Err(error) = self.connections.remove(connection, &[]).await {
                tracing::error!(%error, "a connection that is gone could not be removed");
            }
        } else {
            counter!("RequestErrors").increment(1);
            tracing::warn!(%failure, "a viewer could not be told");
        }
    }
}

fn read(request: &Request) -> Result<ClientMessage, RequestError> {
    match request.body.as_deref() {
        Some(frame) if !request.is_base64_encoded => ClientMessage::read(frame),
        _ => Err(RequestError {
            id: None,
            code: ErrorCode::BadRequest,
            message: "no text; send JSON in text frames".into(),
        }),
    }
}

/// What of a subscription is allowed, and what is not.
fn judge(grants: &Grants, subjects: &[String]) -> (BTreeSet<Pattern>, Vec<Refused>) {
    let (mut patterns, mut refused) = (BTreeSet::new(), Vec::new());
    for subject in subjects {
        let code = match subject.parse::<Pattern>() {
            Ok(pattern) if grants.allow(&pattern) => {
                patterns.insert(pattern);
                continue;
            }
            Ok(_) => ErrorCode::Forbidden,
            Err(_) => ErrorCode::BadRequest,
        };
        refused.push(Refused { subject: subject.clone(), code });
    }
    (patterns, refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_is_allowed_or_refused_with_its_reason() {
        let grants = Grants::from_claims(&serde_json::json!({"queues": ["q1"]})).unwrap();
        let asked = ["queue#*", "queue#q2#*", "queue#q1#voice", "agent#u", "row#x"];
        let asked = asked.map(str::to_owned);
        let (patterns, refused) = judge(&grants, &asked);
        let allowed: Vec<_> = patterns.iter().map(ToString::to_string).collect();
        assert_eq!(allowed, ["queue#*", "queue#q1#voice"]);
        let refused: Vec<_> = refused.iter().map(|r| (r.subject.as_str(), r.code)).collect();
        let (forbidden, bad) = (ErrorCode::Forbidden, ErrorCode::BadRequest);
        let expected = [("queue#q2#*", forbidden), ("agent#u", forbidden), ("row#x", bad)];
        assert_eq!(refused, expected);
    }
}
