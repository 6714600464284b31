//! The way to viewers: API Gateway holds their WebSockets, and `@connections` reaches them.
//!
//! [`Gateway`] is what `push` and `connections` need of it; [`AwsGateway`] is the real one, and
//! [`MemoryGateway`] keeps frames for tests, with viewers that are gone, slow or failing on demand.

mod aws;
mod memory;

pub use aws::AwsGateway;
pub use memory::{MemoryGateway, Viewer};

use headroom_protocol::ServerMessage;

/// Sends frames over connections.
pub trait Gateway {
    /// Sends a frame over a connection, by its `connectionId`.
    fn post(
        &self,
        connection: &str,
        frame: &str,
    ) -> impl Future<Output = Result<(), GatewayError>> + Send;

    /// Closes a connection.
    fn close(&self, connection: &str) -> impl Future<Output = Result<(), GatewayError>> + Send;

    /// Tells a viewer that its token's time is over, and closes. A viewer that is gone is as closed
    /// as it is going to be.
    fn expire(&self, connection: &str) -> impl Future<Output = Result<(), GatewayError>> + Send
    where
        Self: Sync,
    {
        async move {
            let told = match serde_json::to_string(&ServerMessage::Expired) {
                Ok(frame) => self.post(connection, &frame).await,
                Err(error) => Err(GatewayError::Failed(error.to_string())),
            };
            match (told, self.close(connection).await) {
                (Err(GatewayError::Gone), _) | (_, Err(GatewayError::Gone)) => Ok(()),
                (told, closed) => closed.and(told),
            }
        }
    }
}

/// Why a frame did not get to its viewer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// 410: the connection is closed. Forget it, with its subscriptions.
    #[error("the connection is closed")]
    Gone,
    /// 429: the viewer's buffer is full, or the account sends too much. Skip it.
    #[error("the viewer is slow, or too much is sent")]
    Slow,
    /// Anything else.
    #[error("API Gateway did not take the frame: {0}")]
    Failed(String),
}
