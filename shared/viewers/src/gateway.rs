//! Posts messages to viewers: API Gateway holds their WebSockets, and `@connections` reaches them.

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_apigatewaymanagement::primitives::Blob;
use headroom_protocol::ServerMessage;

/// Posts messages to connections, which are named by their `connectionId`.
pub trait Gateway {
    /// Posts a message to a connection.
    fn post(
        &self,
        connection: &str,
        message: &str,
    ) -> impl Future<Output = Result<(), GatewayError>> + Send;

    /// Closes a connection.
    fn close(&self, connection: &str) -> impl Future<Output = Result<(), GatewayError>> + Send;

    /// Tells a viewer that its token has expired, and closes the connection. A connection that is
    /// already gone counts as closed.
    fn expire(&self, connection: &str) -> impl Future<Output = Result<(), GatewayError>> + Send
    where
        Self: Sync,
    {
        async move {
            let posted = match serde_json::to_string(&ServerMessage::Expired) {
                Ok(message) => self.post(connection, &message).await,
                Err(error) => Err(GatewayError::Failed(error.to_string())),
            };
            match (posted, self.close(connection).await) {
                (Err(GatewayError::Gone), _) | (_, Err(GatewayError::Gone)) => Ok(()),
                (posted, closed) => closed.and(posted),
            }
        }
    }
}

/// Why a message did not reach its viewer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// 410: the connection is closed. Remove it with its subscriptions.
    #[error("the connection is closed")]
    Gone,
    /// 429: the viewer's buffer is full, or the account sends too much. Skip the message.
    #[error("the viewer is slow, or too much is sent")]
    Slow,
    /// Another error.
    #[error("API Gateway did not take the message: {0}")]
    Failed(String),
}

/// `@connections` of an API and stage; the client's endpoint names them.
#[derive(Clone, Debug)]
pub struct AwsGateway {
    client: Client,
}

impl AwsGateway {
    /// Posts with this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Gateway for AwsGateway {
    async fn post(&self, connection: &str, message: &str) -> Result<(), GatewayError> {
        let request =
            self.client.post_to_connection().connection_id(connection).data(Blob::new(message));
        request.send().await.map(drop).map_err(|error| gateway_error(&error))
    }

    async fn close(&self, connection: &str) -> Result<(), GatewayError> {
        let request = self.client.delete_connection().connection_id(connection);
        request.send().await.map(drop).map_err(|error| gateway_error(&error))
    }
}

/// Classifies an error by its HTTP status: the names of errors differ between implementations of the
/// API.
fn gateway_error<E: ProvideErrorMetadata>(error: &SdkError<E>) -> GatewayError {
    match error.raw_response().map(|response| response.status().as_u16()) {
        Some(410) => GatewayError::Gone,
        Some(429) => GatewayError::Slow,
        Some(status) => {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            GatewayError::Failed(format!("{status} {}", code.unwrap_or_default()))
        }
        // The kind of failure, without anything of the message.
        None => GatewayError::Failed(error.to_string()),
    }
}
