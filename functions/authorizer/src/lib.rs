//! Decides who may connect or read, and what they may see: the REQUEST authorizer of `$connect`, and
//! that of the HTTP API. The rules are the same.
//!
//! [`Authorizer::respond`] turns a request into a decision:
//!
//! 1. `request` takes the token and the origin from the headers; `origins` checks the origin;
//! 2. `key_source` provides the issuer's `keys`, and finds the one that the token names;
//! 3. `token` verifies the signature, issuer, audience and times, and reads the claims;
//! 4. `policy` builds the response, with the claims for the functions behind the authorizer.
//!
//! A token is never logged, nor anything that it contains.

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
pub use denied::{AuthError, Denied, KeysUnavailable};
pub use fetch::{FetchError, FetchKeys, HttpFetch};
pub use key_source::KeySource;
pub use keys::{Key, Keys, KeysError};
pub use origins::{Origins, OriginsError};
pub use policy::{AuthorizerResponse, Decision};
pub use request::Request;
pub use token::Issuer;
