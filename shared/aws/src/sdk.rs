//! The AWS SDK, configured alike for every client.

use aws_config::BehaviorVersion;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

pub use aws_config::SdkConfig;

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::time::Duration;

/// Connecting takes milliseconds within a region.
const CONNECT: Duration = Duration::from_secs(2);
/// One try of one request.
const ATTEMPT: Duration = Duration::from_secs(4);
/// A request with all its tries.
const OPERATION: Duration = Duration::from_secs(10);
/// Tries of a request: what is left then is tried again from the start, with fresh reads.
const ATTEMPTS: u32 = 3;

/// The configuration of all clients: TLS by ring, since a function starts faster for being smaller;
/// region, credentials and endpoint come from the environment. Does no I/O on Lambda.
pub async fn sdk_config() -> SdkConfig {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION);
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(Builder::new().tls_provider(tls).build_https())
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .load()
        .await
}
