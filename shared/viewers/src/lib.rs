//! The AWS side of viewers: the table of their connections, and the way to their WebSockets.
//!
//! [`Connections`] is the `connections` table: who is connected, and what they are subscribed to.
//! [`Gateway`] sends frames: [`AwsGateway`] over `@connections` of API Gateway, [`MemoryGateway`]
//! for tests, with viewers that are gone, slow or failing on demand.

mod connections;
mod gateway;

pub use connections::{Connection, Connections, ConnectionsError, Subscriber};
pub use gateway::{AwsGateway, Gateway, GatewayError, MemoryGateway, Viewer};
