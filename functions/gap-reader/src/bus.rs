//! The headroom bus: `PutEvents`.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{DisplayErrorContext, SdkError};
use aws_sdk_eventbridge::operation::put_events::PutEventsError;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

/// Who says it: the source of every event of ours.
pub const SOURCE: &str = "headroom";

/// An event to put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Such as `headroom.conversation.details`.
    pub detail_type: &'static str,
    /// JSON, an object.
    pub detail: String,
}

impl Entry {
    /// Its bytes, as EventBridge counts them: source, detail-type and detail. (A time that is given
    /// would count 14; ours have none.)
    pub fn size(&self) -> usize {
        SOURCE.len() + self.detail_type.len() + self.detail.len()
    }
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on the bus.
    Taken,
    /// Not now; perhaps next time.
    Again(String),
    /// Never: it is the entry's own fault.
    Refused(String),
}

/// A request that failed as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub message: String,
    /// Whether another try may go well.
    pub retryable: bool,
}

/// Where events go.
pub trait Bus: Send + Sync {
    /// Puts entries; says of each, in order, what became of it.
    fn put(&self, entries: &[Entry]) -> impl Future<Output = Result<Vec<Fate>, Failure>> + Send;
}

/// A bus of EventBridge.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// A bus by its name.
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    fn request_entry(&self, entry: &Entry) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(entry.detail_type)
            .detail(&entry.detail)
            .build()
    }
}

impl Bus for EventBus {
    async fn put(&self, entries: &[Entry]) -> Result<Vec<Fate>, Failure> {
        let request = entries.iter().map(|entry| self.request_entry(entry)).collect();
        let sent = self.client.put_events().set_entries(Some(request)).send().await;
        let answer = sent.map_err(|error| failure(&error))?;
        let fates: Vec<_> = answer.entries().iter().map(fate).collect();
        if fates.len() == entries.len() {
            return Ok(fates);
        }
        let message = format!("{} answers for {} entries", fates.len(), entries.len());
        Err(Failure { message, retryable: true })
    }
}

/// By the error codes that the API reference lists for `PutEventsResultEntry`.
fn fate(answer: &PutEventsResultEntry) -> Fate {
    let Some(code) = answer.error_code() else { return Fate::Taken };
    let message = format!("{code}: {}", answer.error_message().unwrap_or_default());
    match code {
        "InvalidArgument" | "MalformedDetail" => Fate::Refused(message),
        _ => Fate::Again(message),
    }
}

/// A service that answers "no" will say so again; whatever else happened may pass.
fn failure(error: &SdkError<PutEventsError>) -> Failure {
    let retryable = match error {
        SdkError::ServiceError(said) => said.raw().status().is_server_error(),
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    };
    Failure { message: DisplayErrorContext(error).to_string(), retryable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_says_whose_fault_it_is() {
        let of = |code: &str| fate(&PutEventsResultEntry::builder().error_code(code).build());
        assert_eq!(fate(&PutEventsResultEntry::builder().event_id("e").build()), Fate::Taken);
        assert!(matches!(of("ThrottlingException"), Fate::Again(_)));
        assert!(matches!(of("InternalFailure"), Fate::Again(_)));
        assert!(matches!(of("MalformedDetail"), Fate::Refused(_)));
    }
}
