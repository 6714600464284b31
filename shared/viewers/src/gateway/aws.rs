//! `@connections` of API Gateway.

use crate::{Gateway, GatewayError};
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_apigatewaymanagement::primitives::Blob;

/// `@connections` of one API and stage, which the client's endpoint names.
#[derive(Clone, Debug)]
pub struct AwsGateway {
    client: Client,
}

impl AwsGateway {
    /// Sends by this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Gateway for AwsGateway {
    async fn post(&self, connection: &str, frame: &str) -> Result<(), GatewayError> {
        let post = self.client.post_to_connection().connection_id(connection);
        post.data(Blob::new(frame)).send().await.map(drop).map_err(|error| failed(&error))
    }

    async fn close(&self, connection: &str) -> Result<(), GatewayError> {
        let close = self.client.delete_connection().connection_id(connection);
        close.send().await.map(drop).map_err(|error| failed(&error))
    }
}

/// By the status, which every implementation of the API has; names of errors differ.
fn failed<E: ProvideErrorMetadata>(error: &SdkError<E>) -> GatewayError {
    match error.raw_response().map(|response| response.status().as_u16()) {
        Some(410) => GatewayError::Gone,
        Some(429) => GatewayError::Slow,
        Some(status) => {
            let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
            GatewayError::Failed(format!("{status} {}", code.unwrap_or_default()))
        }
        // Says what kind of failure it is, and nothing of what was sent.
        None => GatewayError::Failed(error.to_string()),
    }
}
