//! The handshake, decided.

use crate::{Answer, Issuer, KeySource, NoPass, Origins, Pass, Request, Unavailable, token};
use std::time::Instant;

/// Decides on handshakes.
pub struct Authorizer {
    issuer: Issuer,
    origins: Origins,
    keys: KeySource,
}

impl Authorizer {
    /// For the tokens of an issuer, signed with one of its keys, and for the pages on a list.
    pub fn new(issuer: Issuer, origins: Origins, keys: KeySource) -> Self {
        Self { issuer, origins, keys }
    }

    /// Answers a handshake. `now` is for the age of keys; tokens are held against the system's
    /// clock.
    pub async fn answer(&self, request: &Request, now: Instant) -> Result<Answer, Unavailable> {
        match self.pass(request, now).await {
            Ok(pass) => {
                metrics::counter!("Allowed").increment(1);
                Ok(Answer::allow(&request.method_arn, pass))
            }
            Err(NoPass::Denied(reason)) => {
                metrics::counter!("Denied").increment(1);
                tracing::info!(%reason, "denied");
                Ok(Answer::deny(&request.method_arn))
            }
            Err(NoPass::Unavailable(unavailable)) => Err(unavailable),
        }
    }

    /// What the bearer of a handshake's token may see.
    pub async fn pass(&self, request: &Request, now: Instant) -> Result<Pass, NoPass> {
        self.origins.allow(&request.origins())?;
        let token = request.token()?;
        let key = self.keys.find(&token::named(token)?, now).await?;
        Ok(token::verify(token, &key, &self.issuer)?)
    }
}
