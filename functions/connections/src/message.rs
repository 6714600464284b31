//! Handles the messages of viewers.

use crate::digests::DigestRequest;
use crate::history::Past;
use crate::message_error::MessageError;
use crate::snapshot_request::SnapshotRequest;
use crate::{Handler, Request};
use headroom_engine::RowStore;
use headroom_kpi::Millis;
use headroom_protocol::{
    ClientMessage, ErrorCode, Feature, Grants, Histograms, KnownVersions, Pattern, RefusedSubject,
    RequestError, ServerMessage,
};
use headroom_viewers::{Connection, ConnectionsError, Gateway, GatewayError, SubjectFilter};
use metrics::counter;
use std::collections::BTreeSet;

impl<R: RowStore + Sync, G: Gateway + Sync> Handler<R, G> {
    /// Handles a message. Errors are sent to the viewer and not returned: API Gateway would send it
    /// an error of its own, which is no message of the protocol.
    pub(crate) async fn handle_message(&self, request: &Request, now: Millis) {
        let id = &request.request_context.connection_id;
        let result = match self.connections.get(id).await {
            Ok(Some(connection)) if !connection.expired(now) => {
                self.handle_frame(&connection, request, now).await
            }
            Ok(_) => self.expire(id).await,
            Err(error) => self.send_error(id, None, error.into()).await,
        };
        if let Err(error) = result {
            self.handle_unreachable(id, &error).await;
        }
    }

    async fn handle_frame(
        &self,
        connection: &Connection,
        request: &Request,
        now: Millis,
    ) -> Result<(), MessageError> {
        let message = match parse(request) {
            Ok(message) => message,
            Err(RequestError { id, code, message }) => {
                let error = MessageError::Request { code, message };
                return self.send_error(&connection.id, id, error).await;
            }
        };
        let id = message.id();
        match self.carry_out(connection, message, now).await {
            Ok(()) => Ok(()),
            Err(error) => self.send_error(&connection.id, Some(id), error).await,
        }
    }

    async fn carry_out(
        &self,
        connection: &Connection,
        message: ClientMessage,
        now: Millis,
    ) -> Result<(), MessageError> {
        match message {
            ClientMessage::Subscribe { id, subjects, known_versions, waits } => {
                let connection = with_histograms(connection, waits)?;
                self.subscribe(&connection, id, &subjects, &known_versions, now).await
            }
            ClientMessage::Unsubscribe { subjects, .. } => {
                let patterns = subjects.iter().filter_map(|subject| subject.parse().ok());
                Ok(self.connections.unsubscribe(connection, &patterns.collect()).await?)
            }
            ClientMessage::Ping { id } => {
                self.post(&connection.id, &ServerMessage::Pong { id }).await
            }
            ClientMessage::Verify { id, known_versions, digests, buckets, from, to, catalog } => {
                if catalog.is_some() {
                    self.send_catalog(connection, None, catalog.as_deref(), now).await?;
                }
                let range = (from.as_deref(), to.as_deref());
                if let Some(digests) = &digests {
                    let request = DigestRequest { digests, buckets: &buckets, range };
                    return self.verify_digests(connection, id, &request, now).await;
                }
                let known_versions = &known_versions.unwrap_or_default();
                let (patterns, grants) = (&connection.subjects, &connection.grants);
                let filter = SubjectFilter { patterns, range, grants };
                let request = SnapshotRequest { filter, known_versions, verify_all: true };
                self.send_snapshot(connection, id, &request, now).await
            }
            ClientMessage::Read { id, subjects, since, until, buckets } => {
                let past = match (&since, &until) {
                    (Some(since), Some(until)) => Past::Span(since, until),
                    _ => Past::Buckets(&buckets),
                };
                self.read(connection, id, &subjects, past, now).await
            }
            ClientMessage::Catalog { id, version } => {
                self.send_catalog(connection, Some(id), version.as_deref(), now).await
            }
        }
    }

    async fn subscribe(
        &self,
        connection: &Connection,
        id: u64,
        subjects: &[String],
        known_versions: &KnownVersions,
        now: Millis,
    ) -> Result<(), MessageError> {
        let (patterns, refused) = check_subjects(&connection.grants, subjects);
        match self.connections.subscribe(connection, &patterns).await {
            Ok(()) => {}
            Err(ConnectionsError::NotConnected) => return Err(GatewayError::Gone.into()),
            Err(ConnectionsError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(MessageError::too_many(error.to_string())),
        }
        counter!("Subscribes").increment(1);
        let subjects = patterns.iter().map(Pattern::to_string).collect();
        let (verify_seconds, features) = (None, Feature::ALL.to_vec());
        let subscribed =
            ServerMessage::Subscribed { id, subjects, refused, verify_seconds, features };
        self.post(&connection.id, &subscribed).await?;
        let (patterns, range) = (&patterns, (None, None));
        let filter = SubjectFilter { patterns, range, grants: &connection.grants };
        let request = SnapshotRequest { filter, known_versions, verify_all: false };
        self.send_snapshot(connection, id, &request, now).await
    }

    pub(crate) async fn post(
        &self,
        connection: &str,
        message: &ServerMessage,
    ) -> Result<(), MessageError> {
        Ok(self.gateway.post(connection, &serde_json::to_string(message)?).await?)
    }

    /// Sends an error to a viewer, unless the error is that it cannot be reached.
    async fn send_error(
        &self,
        connection: &str,
        id: Option<u64>,
        error: MessageError,
    ) -> Result<(), MessageError> {
        let Some((code, message)) = error.response() else { return Err(error) };
        counter!("RequestErrors").increment(1);
        if code == ErrorCode::Internal {
            tracing::error!(%error, "cannot handle a viewer's message; viewer gets an internal error");
        }
        self.post(connection, &ServerMessage::Error { id, code, message }).await
    }

    /// Closes a connection whose token has expired, or that is not in the table.
    async fn expire(&self, connection: &str) -> Result<(), MessageError> {
        self.connections.remove(connection, &[]).await?;
        Ok(self.gateway.expire(connection).await?)
    }

    async fn handle_unreachable(&self, connection: &str, error: &MessageError) {
        if matches!(error, MessageError::Gateway(GatewayError::Gone)) {
            if let Err(error) = self.connections.remove(connection, &[]).await {
                tracing::error!(%error, "cannot remove a closed connection from the connections table");
            }
        } else {
            counter!("RequestErrors").increment(1);
            tracing::warn!(%error, "cannot send a response to a viewer");
        }
    }
}

fn parse(request: &Request) -> Result<ClientMessage, RequestError> {
    match request.body.as_deref() {
        Some(frame) if !request.is_base64_encoded => ClientMessage::parse(frame),
        _ => Err(RequestError {
            id: None,
            code: ErrorCode::BadRequest,
            message: "no text; send JSON in text frames".into(),
        }),
    }
}

/// The connection with the histograms that a subscription asks for. It has had them from the start,
/// or no row of it does: their sums could not be changed by deltas.
fn with_histograms(connection: &Connection, waits: bool) -> Result<Connection, MessageError> {
    let mut connection = connection.clone();
    if waits && connection.histograms == Histograms::Absent {
        if !connection.subjects.is_empty() {
            let message = "send `waits` with the first subscription of a connection";
            return Err(MessageError::bad_request(message));
        }
        connection.histograms = Histograms::Present;
    }
    Ok(connection)
}

/// Splits the subjects of a subscription into those that are allowed and those that are refused.
fn check_subjects(
    grants: &Grants,
    subjects: &[String],
) -> (BTreeSet<Pattern>, Vec<RefusedSubject>) {
    let mut patterns = BTreeSet::new();
    let mut refused = Vec::new();
    for subject in subjects {
        let code = match subject.parse::<Pattern>() {
            Ok(pattern) if grants.allows(&pattern) => {
                patterns.insert(pattern);
                continue;
            }
            Ok(_) => ErrorCode::Forbidden,
            Err(_) => ErrorCode::BadRequest,
        };
        refused.push(RefusedSubject { subject: subject.clone(), code });
    }
    (patterns, refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subject_is_allowed_or_refused_with_the_reason() {
        let grants = Grants::from_claims(&serde_json::json!({"queues": ["q1"]})).unwrap();
        let subjects =
            ["queue#*", "queue#q2#*", "queue#q1#voice", "agent#u#voice", "agent#u", "row#x"];
        let (patterns, refused) = check_subjects(&grants, &subjects.map(str::to_owned));
        let allowed: Vec<_> = patterns.iter().map(ToString::to_string).collect();
        assert_eq!(allowed, ["queue#*", "queue#q1#voice"]);
        let refused: Vec<_> = refused.iter().map(|r| (r.subject.as_str(), r.code)).collect();
        let expected = [
            ("queue#q2#*", ErrorCode::Forbidden),
            ("agent#u#voice", ErrorCode::Forbidden),
            ("agent#u", ErrorCode::Forbidden),
            ("row#x", ErrorCode::BadRequest),
        ];
        assert_eq!(refused, expected);
    }
}
