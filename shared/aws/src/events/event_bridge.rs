//! A bus of EventBridge.

use super::{EntryResult, Event, EventBus, RequestError};
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::operation::put_events::PutEventsError;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

/// A bus of EventBridge.
#[derive(Clone, Debug)]
pub struct EventBridge {
    client: Client,
    bus: String,
}

impl EventBridge {
    /// The bus of a name or ARN.
    pub fn new(client: Client, bus: impl Into<String>) -> Self {
        Self { client, bus: bus.into() }
    }

    fn request_entry(&self, event: &Event) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .set_time(event.time.map(|time| DateTime::from_millis(time.0)))
            .source(&event.source)
            .detail_type(&event.detail_type)
            .set_resources(Some(event.resources.clone()))
            .detail(&event.detail)
            .build()
    }
}

impl EventBus for EventBridge {
    async fn put(&self, events: &[&Event]) -> Result<Vec<EntryResult>, RequestError> {
        let entries = events.iter().map(|event| self.request_entry(event)).collect();
        let response = self.client.put_events().set_entries(Some(entries)).send().await;
        let response = response.map_err(|error| request_error(&error))?;
        let results: Vec<_> = response.entries().iter().map(entry_result).collect();
        if results.len() != events.len() {
            let message = format!("{} results for {} entries", results.len(), events.len());
            return Err(RequestError { message, retryable: true });
        }
        Ok(results)
    }
}

/// By the error codes that the API reference lists for `PutEventsResultEntry`.
fn entry_result(entry: &PutEventsResultEntry) -> EntryResult {
    let Some(code) = entry.error_code() else { return EntryResult::Accepted };
    let message = format!("{code}: {}", entry.error_message().unwrap_or_default());
    match code {
        "InvalidArgument" | "MalformedDetail" => EntryResult::Rejected(message),
        "AccessDeniedException"
        | "InvalidAccountIdException"
        | "NotAuthorizedForDetailTypeException"
        | "NotAuthorizedForSourceException"
        | "RedactionFailure"
        | "ResourceNotFoundException" => EntryResult::Fatal(message),
        _ => EntryResult::Retry(message),
    }
}

/// Another attempt makes sense after a server error, throttling, and when there was no response.
fn request_error(error: &SdkError<PutEventsError>) -> RequestError {
    let retryable = match error {
        SdkError::ServiceError(response) => {
            response.raw().status().is_server_error() || error.code() == Some("ThrottlingException")
        }
        SdkError::ConstructionFailure(_) => false,
        // Neither: no credentials, or an endpoint that cannot be used.
        SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
        _ => true,
    };
    RequestError { message: DisplayErrorContext(error).to_string(), retryable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_says_whether_another_attempt_makes_sense() {
        let result =
            |code: &str| entry_result(&PutEventsResultEntry::builder().error_code(code).build());
        let accepted = PutEventsResultEntry::builder().event_id("e").build();
        assert_eq!(entry_result(&accepted), EntryResult::Accepted);
        for code in ["ThrottlingException", "InternalFailure", "ServiceUnavailable", "NewCode"] {
            assert!(matches!(result(code), EntryResult::Retry(_)), "{code}");
        }
        for code in ["InvalidArgument", "MalformedDetail"] {
            assert!(matches!(result(code), EntryResult::Rejected(_)), "{code}");
        }
        for code in ["AccessDeniedException", "ResourceNotFoundException"] {
            assert!(matches!(result(code), EntryResult::Fatal(_)), "{code}");
        }
    }
}
