//! Decides who may connect, and what they may see.
//!
//! The REQUEST authorizer of `$connect`. [`Authorizer::answer`] takes the handshake to an IAM policy:
//!
//! 1. `request`: the token and the origin, out of the headers;
//! 2. `keys`, `key_source`: the issuer's keys, given or fetched, and which of them a token names;
//! 3. `token`: signature, issuer, audience and times, by `jsonwebtoken`, and claims to a [`Pass`];
//! 4. `policy`: the answer, with what the other functions need to know of the viewer.
//!
//! A token is never logged, and neither is anything in it.

mod authorizer;
mod config;
mod denied;
mod fetch;
mod key_source;
mod keys;
mod origins;
mod policy;
mod request;
mod token;

pub use authorizer::Authorizer;
pub use config::{Config, ConfigError, KeysFrom};
pub use denied::{Denied, NoPass, Unavailable};
pub use fetch::{Fetch, FetchError, HttpFetch};
pub use key_source::KeySource;
pub use keys::{Key, Keys, KeysError, Named};
pub use origins::{Origins, OriginsError};
pub use policy::{Answer, Context};
pub use request::Request;
pub use token::{Issuer, Pass};
