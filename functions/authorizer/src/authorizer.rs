//! Decides on handshakes, and on requests of the HTTP API.

use crate::{
    AuthError, AuthorizerResponse, Issuer, KeySource, KeysUnavailable, Origins, Request, token,
};
use headroom_protocol::VerifiedToken;
use std::time::Instant;

/// Decides on handshakes, and on requests of the HTTP API.
pub struct Authorizer {
    issuer: Issuer,
    origins: Origins,
    keys: KeySource,
}

impl Authorizer {
    /// Accepts tokens of an issuer that are signed with one of these keys, from pages with these
    /// origins.
    pub fn new(issuer: Issuer, origins: Origins, keys: KeySource) -> Self {
        Self { issuer, origins, keys }
    }

    /// Decides on a request. `now` is for the age of the issuer's keys only; the token's times are
    /// compared with the system's clock.
    pub async fn respond(
        &self,
        request: &Request,
        now: Instant,
    ) -> Result<AuthorizerResponse, KeysUnavailable> {
        match self.verify(request, now).await {
            Ok(token) => {
                metrics::counter!("Allowed").increment(1);
                Ok(AuthorizerResponse::allow(request, token))
            }
            Err(AuthError::Denied(reason)) => {
                metrics::counter!("Denied").increment(1);
                tracing::info!(%reason, "request denied");
                Ok(AuthorizerResponse::deny(request))
            }
            Err(AuthError::KeysUnavailable(error)) => Err(error),
        }
    }

    /// Verifies the origin and the token of a request.
    pub async fn verify(
        &self,
        request: &Request,
        now: Instant,
    ) -> Result<VerifiedToken, AuthError> {
        self.origins.check(&request.origins())?;
        let token = request.token()?;
        let key = self.keys.find(&token::read_header(token)?, now).await?;
        Ok(token::verify(token, &key, &self.issuer)?)
    }
}
