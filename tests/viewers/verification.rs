//! What the verification of rows costs in DynamoDB, and how soon a lost delta is found.
//!
//! `HEADROOM_MINUTES=60 cargo test -p headroom-tests --test viewers verification -- --nocapture`
//! shows the figures that `docs/cost.md` quotes. They are DynamoDB's own count of read units, from
//! the emulator, and do not depend on the machine.

use crate::world::{MINUTE, NOW, World, key};
use headroom_connections::VersionCache;
use headroom_engine::{EntityStore, RowWrite, Transaction};
use headroom_kpi::{Amounts, Measure, Metric, Millis, Part, RowKey};
use headroom_protocol::{
    Action, AuthorizerContext, BucketVersions, Grants, Histograms, KnownVersion, Queues,
    ServerMessage, SessionOptions, ViewerSession, subject_digest,
};
use headroom_viewers::Connection;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const QUEUES: usize = 200;
const MEDIA: [&str; 3] = ["chat", "email", "voice"];
const VIEWERS: u32 = 100;
/// Events of a hundred agents: each changes three rows of a subject.
const CHANGES_PER_SECOND: usize = 4;
/// Subjects that nobody calls: what is lost of these is not found by a later delta.
const QUIET: usize = 20;
const VERIFY_SECONDS: usize = 45;
/// Subjects of a request: two requests for all.
const SUBJECTS_PER_REQUEST: usize = 300;

fn minutes() -> u32 {
    std::env::var("HEADROOM_MINUTES").map_or(2, |minutes| minutes.parse().unwrap())
}

fn subjects() -> Vec<String> {
    let queue = |n| MEDIA.map(|media| format!("queue#{n:08}-0000-4000-8000-000000000000#{media}"));
    (0..QUEUES).flat_map(queue).collect()
}

/// The sums of a row in a working day: some 700 bytes.
fn sums() -> Amounts {
    let timers = ["tWait", "tAnswered", "tAbandon", "tHandle", "tTalkComplete", "tAcw", "tAlert"];
    let mut sums = Vec::new();
    for timer in timers.map(|name| Metric::parse(name).unwrap()) {
        sums.push((Measure::Metric(timer.clone(), Part::Count), 40));
        sums.push((Measure::Metric(timer, Part::Sum), 4_000_000));
    }
    for counter in ["nOffered", "nConnected", "nTransferred", "nOverSla"] {
        sums.push((Measure::Metric(Metric::parse(counter).unwrap(), Part::Value), 40));
    }
    sums.extend((60..110).map(|bucket| (Measure::Wait(bucket), 1)));
    Amounts::from_iter(sums)
}

/// The rows that an event changes now.
fn changed_keys(world: &World, subject: &str) -> [RowKey; 3] {
    let calendar = &world.handler.calendar;
    let buckets = [calendar.interval(world.now), calendar.day(world.now)];
    let [interval, day] = buckets.map(|bucket| key(subject, &bucket.to_string()));
    [key(subject, "now"), interval, day]
}

/// A deployment with viewers that have everything, and one that loses a delta now and then.
struct Trial {
    world: World,
    /// What a viewer without losses has: all that was pushed.
    versions: BTreeMap<String, BucketVersions>,
    /// The changes of the last second, which are pushed now.
    unpushed: Vec<(Vec<Value>, Vec<RowKey>)>,
    lossy: Lossy,
    /// Other instances of the function, which take turns with the one at work.
    instances: Vec<VersionCache>,
    start: Instant,
    second: usize,
    random: ChaCha8Rng,
}

/// A viewer with the session of `headroom watch`.
struct Lossy {
    session: ViewerSession,
    /// A row whose last delta was lost, its version, and when.
    lost: Option<(RowKey, u64, usize)>,
    /// Seconds until each loss was found.
    delays: Vec<usize>,
}

impl Trial {
    async fn new(instances: usize) -> Self {
        let world = World::new().await;
        let mut trial = Self {
            world,
            versions: BTreeMap::new(),
            unpushed: Vec::new(),
            lossy: Lossy {
                session: ViewerSession::new(
                    vec!["queue#*".into()],
                    SessionOptions::default(),
                    || 1.0,
                ),
                lost: None,
                delays: Vec::new(),
            },
            instances: (1..instances).map(|_| VersionCache::default()).collect(),
            start: Instant::now(),
            second: 0,
            random: ChaCha8Rng::seed_from_u64(1),
        };
        trial.write_rows().await;
        trial
    }

    async fn write_rows(&mut self) {
        let half_hours = (0..4).map(|n| NOW - Millis(n * 30 * MINUTE.0));
        let intervals = half_hours.map(|time| self.world.handler.calendar.interval(time));
        let mut buckets: Vec<_> = intervals.map(|bucket| bucket.to_string()).collect();
        buckets.extend(["now".to_owned(), "P1D#2026-05-12".to_owned()]);
        let mut keys = Vec::new();
        for subject in subjects() {
            keys.extend(buckets.iter().map(|bucket| key(&subject, bucket)));
        }
        for part in keys.chunks(96) {
            let write = |key: &RowKey| RowWrite { row: key.clone(), amounts: sums(), at: NOW };
            let mut rows: Vec<_> = part.iter().map(write).collect();
            rows.sort_by(|a, b| a.row.cmp(&b.row));
            self.world.store.commit(&Transaction { entities: vec![], rows }).await.unwrap();
        }
        self.learn(&keys).await;
    }

    /// The viewers have got the present versions of rows.
    async fn learn(&mut self, keys: &[RowKey]) {
        let keys: Vec<_> = BTreeSet::from_iter(keys).into_iter().cloned().collect();
        for row in self.world.row_states(&keys).await.into_values() {
            let version = KnownVersion { epoch: row.epoch, version: row.version };
            self.versions.entry(row.subject).or_default().insert(row.bucket, version);
        }
    }

    /// Adds the viewers without losses: what they send follows from what was pushed.
    async fn add_viewers(&self) {
        for number in 0..VIEWERS - 1 {
            let connection = Connection {
                id: format!("v{number}"),
                principal: format!("v{number}"),
                grants: Grants { queues: Queues::All, agents: false },
                until: self.world.now + Millis(7_200_000),
                connected_at: self.world.now,
                subjects: BTreeSet::new(),
                histograms: Histograms::Absent,
            };
            let connections = &self.world.handler.connections;
            connections.connect(&connection, 1).await.unwrap();
            let patterns = ["queue#*".parse().unwrap()].into();
            connections.subscribe(&connection, &patterns).await.unwrap();
        }
    }

    /// The viewer with losses connects, to a server of today or of before digests.
    async fn connect_lossy(&mut self, digests: bool) {
        let authorizer = AuthorizerContext {
            sub: "lossy".into(),
            queues: json!(["*"]).to_string(),
            agents: "false".into(),
            until: (self.world.now.seconds() + 7_200).to_string(),
        };
        self.world.route("$connect", "lossy", Some(authorizer), None).await;
        self.lossy.session.connection_opened(self.start);
        self.run_lossy(digests).await;
        assert!(self.lossy.session.is_complete());
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_secs(self.second as u64)
    }

    /// The viewer with losses sends what it has to, and receives what there is.
    async fn run_lossy(&mut self, digests: bool) {
        while let Action::Send(message) = self.lossy.session.next_action(self.now()) {
            self.world.say("lossy", serde_json::to_string(&message).unwrap()).await;
            self.receive_lossy(digests);
        }
    }

    fn receive_lossy(&mut self, digests: bool) {
        for mut message in self.world.received("lossy") {
            if let ServerMessage::Subscribed { features, .. } = &mut message
                && !digests
            {
                features.clear();
            }
            let now = self.now();
            self.lossy.session.receive(message, now);
        }
    }

    /// A second passes: what changed in the last one is pushed, some rows change, and the viewers
    /// whose turn it is verify their rows.
    async fn pass_second(&mut self, digests: bool) {
        self.second += 1;
        self.world.now = self.world.now + Millis(1_000);
        self.push().await;
        self.receive_lossy(digests);
        let subjects = subjects();
        for _ in 0..CHANGES_PER_SECOND {
            let subject = subjects[QUIET..].choose(&mut self.random).unwrap().clone();
            self.change(&changed_keys(&self.world, &subject)).await;
        }
        self.lose_a_delta(&subjects).await;
        self.world.handler.rows.take_read_units();
    }

    async fn change(&mut self, keys: &[RowKey]) {
        let mut records = Vec::new();
        for key in keys {
            let amounts = Amounts::from_iter([(Measure::OWaiting, 1)]);
            records.push(self.world.add(key, amounts).await);
        }
        self.unpushed.push((records, keys.to_vec()));
    }

    async fn push(&mut self) {
        let (mut records, mut keys) = (Vec::new(), Vec::new());
        for (new_records, new_keys) in self.unpushed.drain(..) {
            records.extend(new_records);
            keys.extend(new_keys);
        }
        self.world.push(records).await;
        self.learn(&keys).await;
    }

    /// Once a minute, at any second of it, the last delta of a quiet row is lost: a late event of a
    /// closed interval. The other viewers get it.
    async fn lose_a_delta(&mut self, subjects: &[String]) {
        self.note_found();
        if self.lossy.lost.is_some() || !self.random.next_u32().is_multiple_of(10) {
            return;
        }
        let subject = subjects[..QUIET].choose(&mut self.random).unwrap().clone();
        let lost = key(&subject, "PT30M#2026-05-12T13:30:00Z");
        let amounts = Amounts::from_iter([(Measure::OWaiting, 1)]);
        self.world.add(&lost, amounts).await;
        self.learn(std::slice::from_ref(&lost)).await;
        let version = self.versions[&subject][&lost.bucket.to_string()].version;
        self.lossy.lost = Some((lost, version, self.second));
    }

    fn note_found(&mut self) {
        let Some((key, version, lost_at)) = &self.lossy.lost else { return };
        let (subject, bucket) = (key.subject.to_string(), key.bucket.to_string());
        let mut rows = self.lossy.session.view().rows();
        if rows.any(|(row, _)| {
            row.subject == subject && row.bucket == bucket && row.version == *version
        }) {
            self.lossy.delays.push(self.second - lost_at);
            self.lossy.lost = None;
        }
    }

    /// The verifications by digests of this second. Returns what they read.
    async fn verify(&mut self) -> f64 {
        let subjects = subjects();
        let buckets: BTreeSet<_> =
            self.versions.values().flat_map(BTreeMap::keys).cloned().collect();
        for viewer in 0..VIEWERS as usize - 1 {
            for (part, subjects) in subjects.chunks(SUBJECTS_PER_REQUEST).enumerate() {
                let phase = viewer * VERIFY_SECONDS / VIEWERS as usize + part * VERIFY_SECONDS / 4;
                if (self.second + phase).is_multiple_of(VERIFY_SECONDS) {
                    let request = self.request(subjects, &buckets);
                    self.next_instance();
                    self.world.say(&format!("v{viewer}"), request).await;
                }
            }
        }
        self.run_lossy(true).await;
        self.world.gateway.take_all();
        self.world.handler.rows.take_read_units()
    }

    fn request(&self, subjects: &[String], buckets: &BTreeSet<String>) -> Value {
        let digest = |subject: &String| (subject.clone(), subject_digest(&self.versions[subject]));
        let digests: BTreeMap<_, _> = subjects.iter().map(digest).collect();
        let known_subjects = self::subjects();
        let middle = &known_subjects[SUBJECTS_PER_REQUEST];
        let (from, to) =
            if subjects[0] == *middle { (Some(middle), None) } else { (None, Some(middle)) };
        json!({"action": "verify", "id": 1, "digests": digests, "buckets": buckets, "from": from, "to": to})
    }

    fn next_instance(&mut self) {
        if !self.instances.is_empty() {
            let next = self.instances.remove(0);
            self.instances.push(std::mem::replace(&mut self.world.handler.cache, next));
        }
    }
}

/// The read units of an hour in which every viewer verifies each row once a minute, from those of one
/// viewer: it shares nothing with the others.
async fn units_by_versions() -> f64 {
    let mut trial = Trial::new(1).await;
    trial.connect_lossy(false).await;
    let minutes = 2;
    let mut units = 0.0;
    for _ in 0..minutes * 60 {
        trial.pass_second(false).await;
        trial.run_lossy(false).await;
        units += trial.world.handler.rows.take_read_units();
    }
    units / f64::from(minutes) * 60.0 * f64::from(VIEWERS)
}

/// The read units of an hour by digests; and how many seconds it took to find each lost delta.
async fn units_by_digests(instances: usize, minutes: u32) -> (f64, Vec<usize>) {
    let mut trial = Trial::new(instances).await;
    trial.add_viewers().await;
    trial.connect_lossy(true).await;
    let mut units = 0.0;
    for _ in 0..minutes * 60 {
        trial.pass_second(true).await;
        units += trial.verify().await;
    }
    (units / f64::from(minutes) * 60.0, trial.lossy.delays)
}

#[tokio::test]
async fn digests_cost_a_twentieth_and_a_lost_delta_is_found_within_a_minute() {
    let before = units_by_versions().await;
    println!("by versions: {before:.0} read units an hour");
    // Several instances share less: an hour of that is for the figures.
    let instances = if minutes() < 10 { vec![1] } else { vec![1, 4] };
    for instances in instances {
        let (after, delays) = units_by_digests(instances, minutes()).await;
        println!(
            "by digests, {instances} instances: {after:.0} read units an hour, {:.1} times fewer; lost deltas found after {delays:?} s",
            before / after
        );
        assert!(after * 20.0 <= before || instances > 1);
        assert!(!delays.is_empty() && delays.iter().all(|seconds| *seconds <= 60), "{delays:?}");
    }
}
