//! The AWS side of viewers: the table of their connections, and the gateway to their WebSockets.
//!
//! [`Connections`] is the `connections` table: who is connected, and what they are subscribed to.
//! [`Gateway`] posts messages; [`AwsGateway`] does so over `@connections` of API Gateway.

mod connections;
mod gateway;

pub use connections::{Connection, Connections, ConnectionsError, Subscriber};
pub use gateway::{AwsGateway, Gateway, GatewayError};
