//! A deployment in memory and in virtual time: a simulated contact centre, its events on their
//! way, what ingest does with them, and gap readers.

use crate::bus::FaultyBus;
use crate::genesys::{InProcess, Secrets};
use crate::rows::rows;
use headroom_aws::Invocation;
use headroom_aws::events::{Event, EventPublisher};
use headroom_gap_reader::{
    AgentRules, BatchPolicy, GapReader, LedgerRateLimiter, Rules, RunSummary,
};
use headroom_genesys::api::{Client, Credentials};
use headroom_genesys::budget::Limits;
use headroom_kpi::settings::AgentSettings;
use headroom_kpi::{Media, Millis, Settings};
use headroom_requests::{Clock, RetryPolicy};
use headroom_simulator::{Api, ApiOptions, Archive, Line, Options, RequestKind, RequestLog};
use headroom_tables::{Documents, LAST_NAME};
use headroom_test_support::{
    FaultPlan, FaultyDocuments, FaultyStore, MemoryDocuments, MemoryStore,
};
use headroom_tests::{differences_where, is_without_trace};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::{Instant, advance};

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const SECRET: &str = "correct-horse-battery-staple";

/// A gap reader whose every call to the outside can go wrong.
type Reader =
    GapReader<FaultyDocuments<MemoryDocuments>, FaultyStore<MemoryStore>, FaultyBus, InProcess>;

/// Waits in virtual time, always of the full length.
pub(crate) const RETRY: RetryPolicy =
    RetryPolicy::new(Duration::from_millis(40), Duration::from_secs(2)).without_jitter();

pub(crate) fn api_options() -> ApiOptions {
    ApiOptions { client_secret: SECRET.to_owned(), ..ApiOptions::default() }
}

/// Most tests are about conversations, and agents would take some of their requests.
fn no_agents() -> AgentRules {
    let settings = AgentSettings { enabled: false, ..AgentSettings::default() };
    let day = Millis(24 * HOUR);
    AgentRules { settings, round_interval: day, changes_interval: day }
}

pub(crate) fn credentials() -> Credentials {
    let (client_id, client_secret) = ("simulated".to_owned(), SECRET.to_owned());
    Credentials { client_id, client_secret }
}

pub(crate) struct Centre {
    pub(crate) archive: Archive,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) ledger: Arc<MemoryDocuments>,
    pub(crate) limits: Limits,
    pub(crate) batch: BatchPolicy,
    pub(crate) settings: Settings,
    pub(crate) agents: AgentRules,
    /// Everything that was put on the bus.
    pub(crate) published: Vec<Event>,
    pub(crate) lines: VecDeque<Line>,
    pub(crate) bus: FaultyBus,
    /// Events on their way to ingest.
    pub(crate) under_way: Vec<Event>,
    pub(crate) random: ChaCha8Rng,
    /// What requests were authorised with.
    pub(crate) secrets: Secrets,
    api: Arc<Mutex<Api>>,
    start: Millis,
    began: Instant,
    minutes: i64,
    /// Minutes from one run to the next.
    pub(crate) step: i64,
    processes: u32,
}

impl Centre {
    /// Simulates a day; nothing of it has been delivered yet. Conversations of which the simulator
    /// stops to tell are known, so that all that is missing was lost on its way.
    pub(crate) async fn new(options: &Options) -> Self {
        let (archive, mut lines) = (Archive::new(), VecDeque::new());
        let result = headroom_simulator::run_recorded(options, &archive, |line| {
            lines.push_back(line);
            Ok::<_, Infallible>(())
        });
        let Ok(_) = result;
        let minutes = |minutes: i64| Millis(minutes * MINUTE);
        let (live_wait, settled_wait) = (minutes(10), minutes(20));
        let centre = Self {
            api: Arc::new(Mutex::new(Api::new(archive.clone(), api_options()))),
            archive,
            store: Arc::default(),
            ledger: Arc::default(),
            limits: Limits::new(10, 20_000, 400_000).unwrap(),
            batch: BatchPolicy { ids_per_call: 100, live_wait, settled_wait },
            settings: settings(options.agents),
            agents: no_agents(),
            published: Vec::new(),
            lines,
            bus: FaultyBus::default(),
            under_way: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(options.seed),
            secrets: Secrets::default(),
            start: Millis(options.start.as_millisecond()),
            began: Instant::now(),
            minutes: 0,
            step: 1,
            processes: 0,
        };
        centre.tell(&centre.archive.cut_short()).await;
        centre
    }

    pub(crate) fn clock(&self) -> Clock {
        let (start, began) = (self.start, self.began);
        Clock::new(move || start + Millis(i64::try_from(began.elapsed().as_millis()).unwrap()))
    }

    pub(crate) fn now(&self) -> Millis {
        self.clock().now()
    }

    /// A new process: it knows nothing of those before it.
    pub(crate) fn process(&mut self, plan: &FaultPlan) -> Process {
        self.processes += 1;
        let documents =
            Arc::new(FaultyDocuments { documents: Arc::clone(&self.ledger), plan: plan.clone() });
        let clock = self.clock();
        let rate_limiter = LedgerRateLimiter::new(
            documents.clone(),
            RETRY,
            clock.clone(),
            self.settings.calendar.clone(),
            self.limits.clone(),
        );
        let transport = InProcess {
            api: Arc::clone(&self.api),
            clock: clock.clone(),
            plan: plan.clone(),
            secrets: self.secrets.clone(),
        };
        let reader = Reader {
            documents,
            due_index: FaultyStore { store: Arc::clone(&self.store), plan: plan.clone() },
            publisher: EventPublisher::new(self.bus.with(plan.clone()), RETRY, 5),
            client: Client::new(transport, rate_limiter, RETRY, credentials()),
            clock,
            rules: Rules {
                batch: self.batch,
                catalog_interval: Millis(6 * HOUR),
                calendar: self.settings.calendar.clone(),
                agents: self.agents.clone(),
            },
        };
        Process { reader, name: format!("p{}", self.processes), runs: 0 }
    }

    /// Goes on to the minute of the next run.
    pub(crate) async fn next_minute(&mut self) {
        self.minutes += self.step;
        let next = self.start + Millis(self.minutes * MINUTE);
        let wait = u64::try_from((next - self.now()).0).unwrap_or_default();
        advance(Duration::from_millis(wait)).await;
    }

    /// A minute with one reader.
    pub(crate) async fn minute(&mut self, process: &mut Process) -> RunSummary {
        self.receive().await;
        let summary = process.run(self.now()).await;
        self.next_minute().await;
        summary
    }

    /// Runs a reader until all was delivered, and then until nothing has been due for so many
    /// hours. Gives how many conversations were backfilled.
    pub(crate) async fn until_quiet(&mut self, process: &mut Process, hours: i64) -> u64 {
        let (mut since, mut backfilled) = (self.now(), 0);
        while (self.now() - since).0 < hours * HOUR {
            let summary = self.minute(process).await;
            let RunSummary { repair, backfill, .. } = summary;
            let busy = repair.due + backfill.backfilled + backfill.windows_left > 0;
            if busy || !self.is_still() {
                since = self.now();
            }
            backfilled += backfill.backfilled;
        }
        backfilled
    }

    /// The requests that the stand-in API got.
    pub(crate) fn request_log(&self) -> RequestLog {
        self.stand_in().log().clone()
    }

    pub(crate) fn stand_in(&self) -> MutexGuard<'_, Api> {
        self.api.lock().unwrap()
    }

    /// How often something was asked for.
    pub(crate) fn calls(&self, kind: RequestKind) -> u64 {
        self.stand_in().log().by_kind.get(&kind).copied().unwrap_or_default()
    }

    /// The conversations of which something was lost on its way.
    pub(crate) fn lost(&self) -> BTreeSet<String> {
        &self.archive.lost() - &self.archive.cut_short()
    }

    /// Where rows differ from what is true by now.
    pub(crate) fn differences(&self) -> Vec<String> {
        let truth = self.archive.truth(self.now().0);
        differences_where(|sum| !is_without_trace(sum), &truth, &rows(&self.store))
    }

    /// The documents of some kinds.
    pub(crate) async fn documents(&self, kinds: &[&'static str]) -> Vec<String> {
        let mut bodies = Vec::new();
        for kind in kinds {
            let documents = self.ledger.list(kind, "", LAST_NAME).await.unwrap();
            bodies.extend(documents.into_iter().map(|(_, document)| document.body));
        }
        bodies
    }
}

/// What is slow by nature is waited for by the hour, not by the day: a test ends before the next
/// morning, whose silence would be an outage.
/// Without lives of their own, agents have rows of what they tell, and no truth.
fn settings(has_agents: bool) -> Settings {
    let mut settings = Settings::default();
    settings.agents.enabled = has_agents;
    for media in ["email", "callback", "message"] {
        settings.gaps.waiting_limits.insert(Media::new(media), Millis(2 * HOUR));
        settings.gaps.talking_limits.insert(Media::new(media), Millis(2 * HOUR));
    }
    settings
}

/// A process that runs a reader, again and again.
pub(crate) struct Process {
    reader: Reader,
    name: String,
    runs: u32,
}

impl Process {
    /// One invocation, which would be killed after a minute.
    pub(crate) async fn run(&mut self, now: Millis) -> RunSummary {
        self.runs += 1;
        let name = format!("{}-{}", self.name, self.runs);
        let killed = u64::try_from(now.0 + MINUTE).unwrap();
        self.reader.run(&Invocation::new(name, killed, now)).await
    }
}
