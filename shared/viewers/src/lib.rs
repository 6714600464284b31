//! The AWS side of viewers: the table of their connections, the gateway to their WebSockets, and
//! what is read for them.
//!
//! [`Connections`] is the `connections` table: who is connected, and what they are subscribed to.
//! [`Gateway`] posts messages; [`AwsGateway`] does so over `@connections` of API Gateway.
//! [`SubjectFilter`] says which subjects a viewer gets, and [`QueueCatalog`] their names.

mod connections;
mod gateway;
mod queue_catalog;
mod subject_filter;

pub use connections::{Connection, Connections, ConnectionsError, Subscriber};
pub use gateway::{AwsGateway, Gateway, GatewayError};
pub use queue_catalog::{QueueCatalog, Queues};
pub use subject_filter::{SubjectFilter, current_buckets};
