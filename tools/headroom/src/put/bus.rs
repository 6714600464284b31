//! `PutEvents`.

use super::Entry;
use crate::CliError;
use aws_sdk_eventbridge::error::{DisplayErrorContext, SdkError};
use aws_sdk_eventbridge::operation::put_events::PutEventsError;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_sdk_eventbridge::{Client, config};

/// Where entries go.
pub(super) trait Bus {
    /// Puts entries; says of each what became of it.
    async fn put(&self, entries: &[&Entry]) -> Result<Vec<Fate>, Failure>;
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    /// Not now; perhaps next time.
    Again(String),
    /// Never: it is the entry's own fault.
    Refused(String),
    /// Never, and no other either.
    Stop(String),
}

/// A request that failed as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) message: String,
    /// Whether another try may go well.
    pub(super) retryable: bool,
}

/// A bus of `EventBridge`.
pub(super) struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// By the AWS configuration of the environment.
    pub(super) async fn open(name: &str, endpoint: Option<&str>) -> Result<Self, CliError> {
        let shared = headroom_aws::sdk_config().await;
        if shared.region().is_none() {
            let message = "no AWS region: set AWS_REGION, or a region in the AWS profile";
            return Err(CliError::Usage(message.to_owned()));
        }
        let mut config = config::Builder::from(&shared);
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        Ok(Self { client: Client::from_conf(config.build()), name: name.to_owned() })
    }

    fn request_entry(&self, entry: &Entry) -> PutEventsRequestEntry {
        let time = entry.time.map(|time| DateTime::from_millis(time.as_millisecond()));
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .set_time(time)
            .source(&entry.source)
            .detail_type(&entry.detail_type)
            .set_resources(Some(entry.resources.clone()))
            .detail(&entry.detail)
            .build()
    }
}

impl Bus for EventBus {
    async fn put(&self, entries: &[&Entry]) -> Result<Vec<Fate>, Failure> {
        let request = entries.iter().map(|entry| self.request_entry(entry)).collect();
        let sent = self.client.put_events().set_entries(Some(request)).send().await;
        let answer = sent.map_err(|error| failure(&error))?;
        let fates: Vec<_> = answer.entries().iter().map(fate).collect();
        if fates.len() == entries.len() {
            return Ok(fates);
        }
        let message = format!("{} answers for {} entries", fates.len(), entries.len());
        Err(Failure { message, retryable: false })
    }
}

/// By the error codes that the API reference lists for `PutEventsResultEntry`.
fn fate(answer: &PutEventsResultEntry) -> Fate {
    let Some(code) = answer.error_code() else { return Fate::Taken };
    let message = format!("{code}: {}", answer.error_message().unwrap_or_default());
    match code {
        "ThrottlingException" | "InternalFailure" | "InternalException" | "ServiceUnavailable" => {
            Fate::Again(message)
        }
        "InvalidArgument" | "MalformedDetail" => Fate::Refused(message),
        _ => Fate::Stop(message),
    }
}

/// A service that answers "no" will say so again; whatever else happened may pass.
fn failure(error: &SdkError<PutEventsError>) -> Failure {
    let retryable = match error {
        SdkError::ServiceError(said) => said.raw().status().is_server_error(),
        SdkError::ConstructionFailure(_) => false,
        SdkError::DispatchFailure(lost) => lost.is_io() || lost.is_timeout(),
        _ => true,
    };
    Failure { message: DisplayErrorContext(error).to_string(), retryable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_says_whether_to_try_again() {
        let of = |code: &str| fate(&PutEventsResultEntry::builder().error_code(code).build());
        assert_eq!(fate(&PutEventsResultEntry::builder().event_id("e").build()), Fate::Taken);
        assert!(matches!(of("ThrottlingException"), Fate::Again(_)));
        assert!(matches!(of("MalformedDetail"), Fate::Refused(_)));
        assert!(matches!(of("AccessDeniedException"), Fate::Stop(_)));
        assert!(matches!(of("ResourceNotFoundException"), Fate::Stop(_)));
    }
}
