//! A request, until every entry of it has come to its end.

use super::Waiting;
use super::bus::{Bus, Failure, Fate};
use crate::backoff::Backoff;
use std::time::Duration;

/// Tries of an entry, at most: about a quarter of an hour of a bus that says no.
const TRIES_MAX: u32 = 10;
const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(20) };

/// What became of the entries of a request.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) taken: u64,
    /// How often an entry had to be put again.
    pub(super) again: u64,
    pub(super) refused: Vec<(Waiting, String)>,
}

/// Puts entries, those again that were not taken. The error says why it gave up.
pub(super) async fn deliver(
    bus: &impl Bus,
    mut waiting: Vec<Waiting>,
    pause: impl AsyncFn(Duration),
) -> Result<Delivered, String> {
    let mut delivered = Delivered::default();
    for failures in 1..=TRIES_MAX {
        let entries: Vec<_> = waiting.iter().map(|one| &one.entry).collect();
        let why = match bus.put(&entries).await {
            Ok(fates) => {
                let (left, why) = delivered.sort(waiting, fates)?;
                waiting = left;
                why
            }
            Err(Failure { message, retryable: true }) => message,
            Err(Failure { message, .. }) => return Err(message),
        };
        if waiting.is_empty() {
            return Ok(delivered);
        }
        if failures == TRIES_MAX {
            return Err(format!("{why} (after {TRIES_MAX} tries)"));
        }
        delivered.again += waiting.len() as u64;
        pause(BACKOFF.after(failures, fastrand::f64())).await;
    }
    Ok(delivered)
}

impl Delivered {
    /// Puts each entry where it belongs; gives back those that are to be put again, and why.
    fn sort(
        &mut self,
        waiting: Vec<Waiting>,
        fates: Vec<Fate>,
    ) -> Result<(Vec<Waiting>, String), String> {
        let (mut left, mut why) = (Vec::new(), String::new());
        for (entry, fate) in waiting.into_iter().zip(fates) {
            match fate {
                Fate::Taken => self.taken += 1,
                Fate::Refused(message) => self.refused.push((entry, message)),
                Fate::Stop(message) => return Err(message),
                Fate::Again(message) => {
                    left.push(entry);
                    why = message;
                }
            }
        }
        Ok((left, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::put::Entry;
    use std::cell::RefCell;
    use std::collections::VecDeque;

    /// Answers as it was told to, and notes what it was given.
    #[derive(Default)]
    struct Scripted {
        answers: RefCell<VecDeque<Result<Vec<Fate>, Failure>>>,
        given: RefCell<Vec<Vec<String>>>,
    }

    impl Bus for Scripted {
        async fn put(&self, entries: &[&Entry]) -> Result<Vec<Fate>, Failure> {
            let given = entries.iter().map(|entry| entry.detail_type.clone()).collect();
            self.given.borrow_mut().push(given);
            let next = self.answers.borrow_mut().pop_front();
            next.unwrap_or_else(|| Ok(vec![Fate::Taken; entries.len()]))
        }
    }

    fn waiting(names: &str) -> Vec<Waiting> {
        let one = |name: char| {
            let line = format!(r#"{{"detail-type":"{name}","detail":{{}}}}"#);
            let entry = Entry::read(line.as_bytes()).unwrap();
            Waiting { number: 1, file: None, entry, bytes: line.into_bytes() }
        };
        names.chars().map(one).collect()
    }

    fn run(answers: Vec<Result<Vec<Fate>, Failure>>) -> (Result<Delivered, String>, Vec<String>) {
        let bus = Scripted { answers: RefCell::new(answers.into()), ..Scripted::default() };
        let delivered = pollster::block_on(deliver(&bus, waiting("abc"), async |_| ()));
        (delivered, bus.given.into_inner().into_iter().map(|names| names.concat()).collect())
    }

    #[test]
    fn only_entries_that_were_not_taken_are_put_again() {
        let again = || Fate::Again("slow down".into());
        let (delivered, given) =
            run(vec![Ok(vec![again(), Fate::Taken, again()]), Ok(vec![Fate::Taken, again()])]);
        let delivered = delivered.unwrap_or_default();
        assert_eq!(given, ["abc", "ac", "c"]);
        assert_eq!((delivered.taken, delivered.again), (3, 3));
    }

    #[test]
    fn an_entry_that_is_at_fault_does_not_hold_up_the_others() {
        let (delivered, given) =
            run(vec![Ok(vec![Fate::Taken, Fate::Refused("bad".into()), Fate::Taken])]);
        let delivered = delivered.unwrap_or_default();
        assert_eq!((given.len(), delivered.taken), (1, 2));
        assert_eq!(delivered.refused[0].0.entry.detail_type, "b");
    }

    #[test]
    fn a_lost_answer_is_asked_for_again_and_a_clear_no_is_not() {
        let lost = || Failure { message: "lost".into(), retryable: true };
        let no = Failure { message: "no such bus".into(), retryable: false };
        assert_eq!(run(vec![Err(lost())]).1, ["abc", "abc"]);
        let (refused, given) = run(vec![Err(no)]);
        assert_eq!((refused.err().as_deref(), given.len()), (Some("no such bus"), 1));
        let stop = Fate::Stop("AccessDenied".into());
        let (stopped, given) = run(vec![Ok(vec![Fate::Taken, stop, Fate::Taken])]);
        assert_eq!((stopped.err().as_deref(), given.len()), (Some("AccessDenied"), 1));
    }

    #[test]
    fn it_gives_up_after_some_tries() {
        let lost = Failure { message: "lost".into(), retryable: true };
        let (gave_up, given) = run(vec![Err(lost); 50]);
        assert_eq!(given.len(), TRIES_MAX as usize);
        assert_eq!(gave_up.err().as_deref(), Some("lost (after 10 tries)"));
    }
}
