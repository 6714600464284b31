//! Events onto the bus: all of them, or the caller knows that it was not all.

use crate::bus::{Bus, Entry, Failure, Fate};
use headroom_requests::RetryPolicy;

/// Entries that `PutEvents` takes in a request.
const REQUEST_ENTRIES_MAX: usize = 10;
/// Bytes that it takes in a request, all entries together.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// Tries of a request. With jitter that is some seconds: what is not published is read again later.
const TRIES_MAX: u32 = 5;

/// Events that are not all on the bus.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bus did not take every event: {0}; the next run reads them again")]
pub(crate) struct PublishError(pub String);

/// What became of events that were published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Published {
    /// Events on the bus.
    pub(crate) taken: u64,
    /// Events that the bus will never take. Nothing that this function writes should be one.
    pub(crate) refused: u64,
}

/// Publishes events, in requests as large as they may be; those again that were not taken.
pub(crate) async fn publish(
    bus: &impl Bus,
    retry: &RetryPolicy,
    events: Vec<Entry>,
) -> Result<Published, PublishError> {
    let mut published = Published::default();
    for request in requests(events) {
        deliver(bus, retry, request, &mut published).await?;
    }
    Ok(published)
}

/// Requests' worth of events, in their order.
fn requests(events: Vec<Entry>) -> Vec<Vec<Entry>> {
    let (mut requests, mut bytes) = (Vec::<Vec<Entry>>::new(), 0);
    for event in events {
        let size = event.size();
        match requests.last_mut() {
            Some(last) if last.len() < REQUEST_ENTRIES_MAX && bytes + size <= REQUEST_BYTES_MAX => {
                bytes += size;
                last.push(event);
            }
            _ => {
                bytes = size;
                requests.push(vec![event]);
            }
        }
    }
    requests
}

async fn deliver(
    bus: &impl Bus,
    retry: &RetryPolicy,
    mut waiting: Vec<Entry>,
    published: &mut Published,
) -> Result<(), PublishError> {
    for failures in 1..=TRIES_MAX {
        let why = match bus.put(&waiting).await {
            Ok(fates) => {
                let (left, why) = sort(waiting, fates, published);
                waiting = left;
                why
            }
            Err(Failure { message, retryable: true }) => message,
            Err(Failure { message, .. }) => return Err(PublishError(message)),
        };
        if waiting.is_empty() {
            return Ok(());
        }
        if failures == TRIES_MAX {
            return Err(PublishError(format!("{why} (after {TRIES_MAX} tries)")));
        }
        retry.wait_after(failures).await;
    }
    Ok(())
}

/// Those that are to be put again, and why.
fn sort(waiting: Vec<Entry>, fates: Vec<Fate>, published: &mut Published) -> (Vec<Entry>, String) {
    let (mut left, mut why) = (Vec::new(), String::new());
    for (entry, fate) in waiting.into_iter().zip(fates) {
        match fate {
            Fate::Taken => published.taken += 1,
            Fate::Refused(message) => {
                // Read again it would be refused again: the others are not to wait for it.
                tracing::error!(detail_type = entry.detail_type, message, "an event was refused");
                published.refused += 1;
            }
            Fate::Again(message) => {
                left.push(entry);
                why = message;
            }
        }
    }
    (left, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;

    /// Answers as it was told to, and notes what it was given.
    #[derive(Default)]
    struct Scripted {
        answers: Mutex<VecDeque<Result<Vec<Fate>, Failure>>>,
        given: Mutex<Vec<String>>,
    }

    impl Bus for Scripted {
        async fn put(&self, entries: &[Entry]) -> Result<Vec<Fate>, Failure> {
            let given = entries.iter().map(|entry| entry.detail.as_str()).collect();
            self.given.lock().unwrap().push(given);
            let next = self.answers.lock().unwrap().pop_front();
            next.unwrap_or_else(|| Ok(vec![Fate::Taken; entries.len()]))
        }
    }

    fn entry(detail: impl Into<String>) -> Entry {
        Entry { detail_type: "headroom.conversation.details", detail: detail.into() }
    }

    async fn run(
        answers: Vec<Result<Vec<Fate>, Failure>>,
    ) -> (Result<Published, PublishError>, Vec<String>) {
        let bus = Scripted { answers: Mutex::new(answers.into()), ..Scripted::default() };
        let events = ["a", "b", "c"].map(entry).to_vec();
        let published = publish(&bus, &RetryPolicy::IMMEDIATE, events).await;
        (published, bus.given.into_inner().unwrap())
    }

    #[test]
    fn ten_entries_or_256_kilobytes_go_together() {
        let room = REQUEST_BYTES_MAX - entry("").size();
        let sizes = [100; 25].into_iter().chain([100_000; 5]).chain([room, 1, room]);
        let requests = requests(sizes.map(|bytes| entry("x".repeat(bytes))).collect());
        let lengths: Vec<_> = requests.iter().map(Vec::len).collect();
        assert_eq!(lengths, [10, 10, 7, 2, 1, 1, 1, 1]);
    }

    #[tokio::test]
    async fn only_events_that_were_not_taken_are_put_again() {
        let again = || Fate::Again("slow down".into());
        let answers = vec![Ok(vec![again(), Fate::Taken, again()]), Ok(vec![Fate::Taken, again()])];
        let (published, given) = run(answers).await;
        assert_eq!(given, ["abc", "ac", "c"]);
        assert_eq!(published, Ok(Published { taken: 3, refused: 0 }));
    }

    #[tokio::test]
    async fn an_event_that_is_at_fault_does_not_hold_up_the_others() {
        let fates = vec![Fate::Taken, Fate::Refused("bad".into()), Fate::Taken];
        let (published, given) = run(vec![Ok(fates)]).await;
        assert_eq!((published, given.len()), (Ok(Published { taken: 2, refused: 1 }), 1));
    }

    #[tokio::test]
    async fn a_lost_answer_is_asked_for_again_a_few_times_and_a_clear_no_is_not() {
        let lost = || Failure { message: "lost".into(), retryable: true };
        let no = Failure { message: "no such bus".into(), retryable: false };
        assert_eq!(run(vec![Err(lost())]).await.1, ["abc", "abc"]);
        assert_eq!(run(vec![Err(no)]).await.1.len(), 1);
        let (gave_up, given) = run(vec![Err(lost()); 50]).await;
        assert_eq!(given.len(), 5);
        assert_eq!(gave_up, Err(PublishError("lost (after 5 tries)".into())));
    }
}
