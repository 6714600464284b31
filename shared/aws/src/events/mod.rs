//! Publishing on an EventBridge bus, in as few `PutEvents` requests as possible.
//!
//! A response says of each entry by itself whether it was accepted. Every caller treats it alike:
//!
//! | result of an entry | meaning | why |
//! | --- | --- | --- |
//! | an event id | accepted | |
//! | `InvalidArgument`, `MalformedDetail` | [rejected](EntryResult::Rejected) | The event itself is at fault. The others are published, and the caller gets it back. |
//! | another code that the API reference calls non-retryable, or an unknown bus | [fatal](EntryResult::Fatal) | Permissions and configuration concern every event: publishing stops at once, with the code as the error. |
//! | `ThrottlingException`, `InternalFailure`, and any code that is not documented | [sent again](EntryResult::Retry) | A new code may stand for something temporary. If it does not, the limit of attempts ends it, and the error quotes it. It never counts as accepted. |
//! | fewer results than entries | all sent again | Nobody knows which were accepted. EventBridge delivers at least once in any case, so consumers expect duplicates, but not losses. |

mod event_bridge;

pub use event_bridge::EventBridge;

use headroom_kpi::Millis;
use headroom_requests::{RetryPolicy, chunks};
use std::future::Future;

/// Entries that `PutEvents` accepts in one request.
pub const REQUEST_ENTRIES_MAX: usize = 10;

/// Bytes that `PutEvents` accepts in one request, all entries together; so a single event cannot
/// be larger either.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// Bytes that EventBridge counts for the time of an event.
const TIME_BYTES: usize = 14;

/// An event to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Who publishes it.
    pub source: String,
    /// What kind of event it is, such as `headroom.conversation.details`.
    pub detail_type: String,
    /// Its content: a JSON object.
    pub detail: String,
    /// When it happened. Without a time, EventBridge takes that of the request.
    pub time: Option<Millis>,
    /// ARNs of what it is about.
    pub resources: Vec<String>,
}

impl Event {
    /// Its size in bytes, as EventBridge counts it.
    pub fn size(&self) -> usize {
        let resources: usize = self.resources.iter().map(String::len).sum();
        let texts = self.source.len() + self.detail_type.len() + self.detail.len();
        self.time.map_or(0, |_| TIME_BYTES) + texts + resources
    }
}

impl AsRef<Self> for Event {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// What became of an entry of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryResult {
    /// It is on the bus.
    Accepted,
    /// It was not accepted, and another attempt may succeed.
    Retry(String),
    /// It will never be accepted; other entries are.
    Rejected(String),
    /// No entry will be accepted until somebody changes a permission or the configuration.
    Fatal(String),
}

/// A request that failed as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// What went wrong.
    pub message: String,
    /// Whether another attempt may succeed.
    pub retryable: bool,
}

/// A bus: [`EventBridge`], or one of a test.
pub trait EventBus: Send + Sync {
    /// Sends one `PutEvents` request. Returns a result for each event, in their order.
    fn put(
        &self,
        events: &[&Event],
    ) -> impl Future<Output = Result<Vec<EntryResult>, RequestError>> + Send;
}

/// Events that are not all on the bus: some may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PublishError(pub String);

/// What became of published events. `T` is an [`Event`], or what carries one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery<T> {
    /// How many are on the bus.
    pub accepted: u64,
    /// How often an event had to be sent again.
    pub retried: u64,
    /// Those that the bus will never accept, with its reasons.
    pub rejected: Vec<(T, String)>,
}

/// Publishes events on a bus.
#[derive(Clone, Debug)]
pub struct EventPublisher<B> {
    bus: B,
    retry: RetryPolicy,
    attempts_max: u32,
}

impl<B: EventBus> EventPublisher<B> {
    /// A publisher that sends each request at most `attempts_max` times.
    pub fn new(bus: B, retry: RetryPolicy, attempts_max: u32) -> Self {
        Self { bus, retry, attempts_max }
    }

    /// Publishes events, in their order, and those again that were not accepted.
    pub async fn publish<T: AsRef<Event>>(
        &self,
        events: Vec<T>,
    ) -> Result<Delivery<T>, PublishError> {
        let size = |event: &T| event.as_ref().size();
        let mut delivery = Delivery { accepted: 0, retried: 0, rejected: Vec::new() };
        for request in chunks(events, REQUEST_ENTRIES_MAX, REQUEST_BYTES_MAX, size) {
            self.send(request, &mut delivery).await?;
        }
        Ok(delivery)
    }

    async fn send<T: AsRef<Event>>(
        &self,
        mut pending: Vec<T>,
        delivery: &mut Delivery<T>,
    ) -> Result<(), PublishError> {
        for attempt in 1..=self.attempts_max {
            let entries: Vec<_> = pending.iter().map(AsRef::as_ref).collect();
            let cause = match self.bus.put(&entries).await {
                Ok(results) => delivery.record(&mut pending, results)?,
                Err(error) if error.retryable => error.message,
                Err(error) => return Err(PublishError(error.message)),
            };
            if pending.is_empty() {
                break;
            }
            if attempt == self.attempts_max {
                return Err(PublishError(format!("{cause} (after {attempt} tries)")));
            }
            delivery.retried += pending.len() as u64;
            self.retry.wait_after(attempt).await;
        }
        Ok(())
    }
}

impl<T> Delivery<T> {
    /// Records the results of a request, and leaves in `pending` what is to be sent again. Returns
    /// why.
    fn record(
        &mut self,
        pending: &mut Vec<T>,
        results: Vec<EntryResult>,
    ) -> Result<String, PublishError> {
        let mut cause = String::new();
        for (event, result) in std::mem::take(pending).into_iter().zip(results) {
            match result {
                EntryResult::Accepted => self.accepted += 1,
                EntryResult::Rejected(message) => self.rejected.push((event, message)),
                EntryResult::Fatal(message) => return Err(PublishError(message)),
                EntryResult::Retry(message) => {
                    pending.push(event);
                    cause = message;
                }
            }
        }
        Ok(cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;

    type Response = Result<Vec<EntryResult>, RequestError>;

    /// Gives the planned responses, then accepts everything. Records the details of each request.
    #[derive(Default)]
    struct ScriptedBus {
        responses: Mutex<VecDeque<Response>>,
        requests: Mutex<Vec<String>>,
    }

    impl EventBus for &ScriptedBus {
        async fn put(&self, events: &[&Event]) -> Response {
            let details = events.iter().map(|event| event.detail.as_str()).collect();
            self.requests.lock().unwrap().push(details);
            let planned = self.responses.lock().unwrap().pop_front();
            planned.unwrap_or_else(|| Ok(vec![EntryResult::Accepted; events.len()]))
        }
    }

    fn event(detail: impl Into<String>) -> Event {
        Event { source: "s".into(), detail: detail.into(), ..Event::default() }
    }

    async fn publish(events: Vec<Event>, bus: &ScriptedBus) -> Result<Delivery<Event>, String> {
        let publisher = EventPublisher::new(bus, RetryPolicy::IMMEDIATE, 5);
        publisher.publish(events).await.map_err(|error| error.to_string())
    }

    /// Publishes the events `a`, `b` and `c`; gives what became of them, and the requests.
    async fn run(responses: Vec<Response>) -> (Result<Delivery<Event>, String>, Vec<String>) {
        let bus = ScriptedBus { responses: Mutex::new(responses.into()), ..<_>::default() };
        let delivery = publish(["a", "b", "c"].map(event).to_vec(), &bus).await;
        (delivery, bus.requests.into_inner().unwrap())
    }

    fn retry() -> EntryResult {
        EntryResult::Retry("slow down".into())
    }

    fn failure(message: &str, retryable: bool) -> Response {
        Err(RequestError { message: message.into(), retryable })
    }

    #[tokio::test]
    async fn ten_events_or_256_kilobytes_go_in_one_request() {
        let room = REQUEST_BYTES_MAX - event("").size();
        let sizes = [100; 25].into_iter().chain([100_000; 5]).chain([room, 1, room]);
        let bus = ScriptedBus::default();
        publish(sizes.map(|bytes| event("x".repeat(bytes))).collect(), &bus).await.unwrap();
        let requests = bus.requests.into_inner().unwrap();
        let bytes: Vec<_> = requests.iter().map(String::len).collect();
        assert_eq!(bytes, [1_000, 1_000, 200_500, 200_000, 100_000, room, 1, room]);
    }

    #[tokio::test]
    async fn only_events_that_were_not_accepted_are_sent_again() {
        let responses = vec![
            Ok(vec![retry(), EntryResult::Accepted, retry()]),
            Ok(vec![EntryResult::Accepted, retry()]),
        ];
        let (delivery, requests) = run(responses).await;
        assert_eq!(requests, ["abc", "ac", "c"]);
        assert_eq!(delivery, Ok(Delivery { accepted: 3, retried: 3, rejected: Vec::new() }));
    }

    #[tokio::test]
    async fn a_rejected_event_does_not_hold_up_the_others() {
        let rejected = EntryResult::Rejected("bad".into());
        let results = vec![EntryResult::Accepted, rejected, EntryResult::Accepted];
        let (delivery, requests) = run(vec![Ok(results)]).await;
        assert_eq!(requests.len(), 1);
        let rejected = vec![(event("b"), "bad".to_owned())];
        assert_eq!(delivery, Ok(Delivery { accepted: 2, retried: 0, rejected }));
    }

    #[tokio::test]
    async fn a_lost_response_is_followed_by_another_attempt_and_a_clear_no_is_not() {
        assert_eq!(run(vec![failure("lost", true)]).await.1, ["abc", "abc"]);
        let (refused, requests) = run(vec![failure("no such bus", false)]).await;
        assert_eq!((refused, requests.len()), (Err("no such bus".into()), 1));
        let fatal = EntryResult::Fatal("AccessDenied".into());
        let (stopped, requests) = run(vec![Ok(vec![EntryResult::Accepted, fatal])]).await;
        assert_eq!((stopped, requests.len()), (Err("AccessDenied".into()), 1));
    }

    #[tokio::test]
    async fn attempts_end_at_their_limit_with_the_last_cause() {
        let (result, requests) = run(vec![failure("lost", true); 50]).await;
        assert_eq!((result, requests.len()), (Err("lost (after 5 tries)".into()), 5));
    }
}
