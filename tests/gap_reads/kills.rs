//! Every call of a run goes wrong once: it fails, or the process dies with it.

use crate::centre::{Centre, SECRET};
use headroom_simulator::Options;
use headroom_test_support::{Fault, FaultPlan};
use headroom_tests::options;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::util::SubscriberInitExt;

const FAULTS: [Fault; 4] =
    [Fault::FailBefore, Fault::FailAfter, Fault::CrashBefore, Fault::CrashAfter];

/// A morning with losses, and with a silence that is judged at the minute that matters.
async fn morning(conversations: u64) -> Centre {
    let quiet = options(7, conversations);
    let faults = "lose=0.05,outage=120m+20m".parse().unwrap();
    let mut centre = Centre::new(&Options { faults, ..quiet.clone() }).await;
    centre.batch.ids_per_call = 20;
    centre.step = 10;
    centre.remember(&quiet, 2).await;
    centre
}

/// What was logged.
#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A run, and what goes wrong with one of its calls.
#[derive(Clone, Copy, Debug)]
struct Accident {
    conversations: u64,
    minute: i64,
    place: usize,
    fault: Fault,
}

impl Accident {
    /// Lets it happen, and others run until all is quiet. Gives how many calls the run made, and
    /// what the catalog is in the end.
    async fn happen(self) -> (usize, Vec<String>) {
        let logs = Logs::default();
        let writer = logs.clone();
        let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE);
        let guard = subscriber.with_writer(move || writer.clone()).finish().set_default();
        let (mut centre, plan) = (morning(self.conversations).await, FaultPlan::default());
        let mut process = centre.process(&FaultPlan::default());
        for _ in 0..self.minute / centre.step {
            centre.minute(&mut process).await;
        }
        centre.receive().await;
        let mut victim = centre.process(&plan);
        let now = centre.now();
        plan.plan_call(self.place, self.fault);
        tokio::select! {
            biased;
            () = plan.crash() => {}
            _ = victim.run(now) => {}
        }
        let calls = plan.calls();
        assert_eq!(plan.is_done(), self.place != usize::MAX);
        centre.next_minute().await;
        centre.until_quiet(&mut process, 3).await;
        drop(guard);
        assert_eq!(centre.differences(), [""; 0], "{self:?}");
        let logs = logs.0.lock().unwrap().clone();
        no_secret_in(&centre, &String::from_utf8(logs).unwrap()).await;
        (calls, centre.documents(&["queue"]).await)
    }
}

async fn no_secret_in(centre: &Centre, logs: &str) {
    let kinds = ["budget", "lease", "queue", "recent", "reference", "silence"];
    let documents = centre.documents(&kinds).await;
    let events = centre.published.iter().map(|entry| entry.detail.as_str());
    let texts: Vec<_> = documents.iter().map(String::as_str).chain(events).chain([logs]).collect();
    let secrets = centre.secrets.lock().unwrap().clone();
    assert!(secrets.len() >= 2, "the client's own, and a token");
    for secret in secrets.iter().map(String::as_str).chain([SECRET]) {
        assert!(texts.iter().all(|text| !text.contains(secret)), "{secret} was told");
    }
}

/// The first run of all reads the catalog, the others gaps, find a silence, and read it back.
#[tokio::test(start_paused = true)]
async fn whatever_call_goes_wrong_nothing_is_lost_and_nothing_counts_twice() {
    for (conversations, minute) in [(1, 0), (200, 120), (200, 150), (200, 160)] {
        let nothing = Accident { conversations, minute, place: usize::MAX, fault: Fault::None };
        let (calls, catalog) = nothing.happen().await;
        println!("the run at minute {minute} makes {calls} calls");
        for place in 0..calls {
            for fault in FAULTS {
                let accident = Accident { place, fault, ..nothing };
                assert_eq!(accident.happen().await.1, catalog, "{accident:?}");
            }
        }
    }
}
