//! What viewers ask: to connect, to watch subjects, whether what they hold is still it.
//!
//! [`Handler`] answers the routes of the WebSocket API. Whatever is sent to a viewer goes by
//! `@connections`, in the order of the protocol: the subscription is written first and the snapshot
//! read after it, so that nothing falls between the two.

mod config;
mod connect;
mod failure;
mod handler;
mod message;
mod request;
mod snapshot;
mod wanted;

pub use config::Config;
pub use handler::{Handler, HandlerError};
pub use request::{AuthorizerContext, Request, RequestContext, Response};
