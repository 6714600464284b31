//! Events on their way into the store: Genesys', and those of the headroom bus.

use crate::centre::{Centre, RETRY, api_options, credentials};
use crate::genesys::InProcess;
use headroom_aws::events::Event;
use headroom_engine::{Outcome, apply};
use headroom_genesys::api::Client;
use headroom_genesys::budget::{Denied, Purpose, RateLimitInfo, RateLimiter};
use headroom_genesys::{Parsed, parse};
use headroom_kpi::facts::{FactKind, Source};
use headroom_kpi::{EntityKey, Fact, Id, Millis};
use headroom_requests::{Clock, RetryPolicy};
use headroom_simulator::{Api, ApiOptions, Line, LineKind, Options};
use headroom_tables::Counters;
use headroom_tables::event_counts::{slot_key, slot_of};
use rand::RngExt;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const DAY: i64 = 86_400_000;

impl Centre {
    /// What happens in a minute before a reader runs: events come in, of Genesys' and of ours.
    pub(crate) async fn receive(&mut self) {
        let now = self.now().0;
        let due = self.lines.iter().take_while(|line| line.due_ms <= now).count();
        let lines: Vec<Line> = self.lines.drain(..due).collect();
        let usable = lines.iter().filter(|line| line.kind != LineKind::Broken);
        let facts: Vec<_> = usable.flat_map(|line| facts(&line.bytes)).collect();
        self.count(&facts).await;
        self.fold(facts).await;
        self.deliver().await;
    }

    /// Events of the bus come in another order, some of them twice, some a minute late.
    async fn deliver(&mut self) {
        let put = self.bus.take();
        self.published.extend(put.iter().cloned());
        self.under_way.extend(put);
        self.under_way.shuffle(&mut self.random);
        let late = self.under_way.len() / 20;
        let mut come = self.under_way.split_off(late);
        let again: Vec<_> = come.iter().filter(|_| self.random.random_bool(0.1)).cloned().collect();
        come.extend(again);
        let now = self.now();
        let facts = come.iter().flat_map(|event| facts(envelope(event, now).as_bytes()));
        self.fold(facts.collect()).await;
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_still(&self) -> bool {
        self.lines.is_empty() && self.under_way.is_empty()
    }

    pub(crate) async fn fold(&self, facts: Vec<(EntityKey, Fact)>) {
        for part in facts.chunks(5_000) {
            let messages: Vec<_> = part.chunks(1).collect();
            let applied =
                apply(&*self.store, &self.settings, &messages, &RetryPolicy::IMMEDIATE).await;
            let failed = applied
                .outcomes
                .iter()
                .find(|outcome| !matches!(outcome, Outcome::Applied | Outcome::WithoutEffect));
            assert_eq!(failed, None);
        }
    }

    /// Counts events, as ingest does.
    async fn count(&self, facts: &[(EntityKey, Fact)]) {
        let mut slots = BTreeMap::<Millis, u64>::new();
        for (_, fact) in facts.iter().filter(|(_, fact)| fact.source == Source::Event) {
            *slots.entry(slot_of(fact.kind.time())).or_default() += 1;
        }
        for (slot, count) in slots {
            self.ledger.add(&slot_key(slot), count, Millis(i64::MAX)).await.unwrap();
        }
    }

    /// Counts on the days before what this day would bring without faults.
    pub(crate) async fn remember(&self, options: &Options, days: i64) {
        let mut history = Vec::new();
        let result = headroom_simulator::run(options, |line| {
            history.extend(facts(&line.bytes));
            Ok::<_, Infallible>(())
        });
        let Ok(_) = result;
        for day in 1..=days {
            let shifted = history.iter().map(|(key, fact)| {
                let at = Millis(fact.kind.time().0 - day * DAY);
                (key.clone(), Fact { source: Source::Event, kind: FactKind::Closed(at) })
            });
            self.count(&shifted.collect::<Vec<_>>()).await;
        }
    }

    /// Lets the store know all of some conversations, past the readers: of those of which the
    /// simulator publishes nothing any more from some moment on. Some of them look complete then,
    /// and nobody could know better.
    pub(crate) async fn tell(&self, ids: &BTreeSet<String>) {
        let options = ApiOptions { limit_per_minute: u32::MAX, ..api_options() };
        // Long after all of it has happened.
        let clock = Clock::new(|| Millis(4_102_444_800_000));
        let api = Arc::new(Mutex::new(Api::new(self.archive.clone(), options)));
        let (plan, secrets) = <_>::default();
        let transport = InProcess { api, clock, plan, secrets };
        let client = Client::new(transport, NoLimit, RETRY, credentials());
        let calls = client.with_deadline(Instant::now() + Duration::from_hours(1));
        for id in ids {
            for details in calls.conversations(&[Id::parse(id).unwrap()]).await.unwrap() {
                let key = EntityKey::Conversation(details.id().unwrap());
                let facts = details.facts().unwrap().facts.into_iter();
                self.fold(facts.map(|fact| (key.clone(), fact)).collect()).await;
            }
        }
    }
}

/// A rate limiter that permits everything, for what a test reads by itself.
struct NoLimit;

impl RateLimiter for NoLimit {
    async fn acquire(&self, _: Purpose) -> Result<(), Denied> {
        Ok(())
    }

    async fn observe(&self, _: RateLimitInfo) {}
}

/// As EventBridge delivers it.
pub(crate) fn envelope(event: &Event, now: Millis) -> String {
    let time = jiff::Timestamp::from_millisecond(now.0).unwrap();
    let Event { detail_type, detail, .. } = event;
    format!(r#"{{"detail-type":"{detail_type}","time":"{time}","detail":{detail}}}"#)
}

pub(crate) fn facts(event: &[u8]) -> Vec<(EntityKey, Fact)> {
    match parse(event) {
        Ok(Parsed::Fact(key, fact)) => vec![(key, fact)],
        Ok(Parsed::Facts(facts) | Parsed::Partial(facts, _)) => facts,
        Ok(Parsed::Ignored(_)) => Vec::new(),
        Err(refusal) => panic!("{refusal:?}: {}", String::from_utf8_lossy(event)),
    }
}
