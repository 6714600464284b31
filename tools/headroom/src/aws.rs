//! The AWS configuration of the environment.

use crate::CliError;
use headroom_aws::SdkConfig;

/// Region and credentials of the environment or profile, with another endpoint if one is given.
pub(crate) async fn sdk_config(endpoint: Option<&str>) -> Result<SdkConfig, CliError> {
    let config = headroom_aws::sdk_config().await;
    if config.region().is_none() {
        let message = "no AWS region: set AWS_REGION, or a region in the AWS profile";
        return Err(CliError::Usage(message.to_owned()));
    }
    let Some(endpoint) = endpoint else { return Ok(config) };
    Ok(config.into_builder().endpoint_url(endpoint).build())
}
