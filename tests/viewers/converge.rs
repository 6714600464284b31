//! Whatever is lost on the way, every viewer has the current rows or reports them as stale; and after
//! a verification it has them.

use crate::gateway::Behaviour;
use crate::viewer::{Viewer, timeless};
use crate::world::{World, catalog, keys, request};
use headroom_connections::{Handler, VersionCache};
use headroom_engine::{RowStore, RowVersion, StoreError, StoredRow};
use headroom_kpi::Part;
use headroom_kpi::{Amounts, Bucket, Measure, Metric, Millis, RowKey, Subject};
use headroom_protocol::{Pattern, RowState, row_name};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SEEDS: u64 = 60;
const STEPS: usize = 40;

const SUBJECTS: [&str; 4] = ["queue#a#voice", "queue#a#chat", "queue#b#voice", "agent#u#voice"];

fn viewers() -> Vec<Viewer> {
    vec![
        Viewer::new("all", &["*"], &["queue#*"]),
        Viewer::new("one", &["a"], &["queue#*"]),
        Viewer::new("media", &["a", "b"], &["queue#a#*", "queue#b#voice"]),
    ]
}

/// A deployment with its viewers, and every state that a row has ever had.
struct Trial {
    world: World,
    viewers: Vec<Viewer>,
    past: BTreeMap<(String, String, u64), RowState>,
    keys: Vec<RowKey>,
    random: ChaCha8Rng,
}

impl Trial {
    async fn new(seed: u64) -> Self {
        Self {
            world: World::new().await,
            viewers: viewers(),
            past: BTreeMap::new(),
            keys: keys(&SUBJECTS),
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Changes of a few rows, some of them several.
    fn plan(&mut self) -> Vec<(RowKey, Amounts)> {
        let count = self.random.random_range(1..6);
        let mut plan = Vec::new();
        for _ in 0..count {
            let amounts = [
                (Measure::OWaiting, self.random.random_range(-1..2)),
                (Measure::Metric(Metric::parse("nOffered").unwrap(), Part::Value), 1),
            ];
            let key = self.keys.choose(&mut self.random).unwrap().clone();
            plan.push((key, Amounts::from_iter(amounts)));
        }
        plan
    }

    async fn change(&mut self) -> Vec<Value> {
        let mut records = Vec::new();
        for (key, amounts) in self.plan() {
            records.push(self.world.add(&key, amounts).await);
            self.remember(&key).await;
        }
        records
    }

    async fn remember(&mut self, key: &RowKey) {
        for row in self.world.row_states(std::slice::from_ref(key)).await.into_values() {
            let state = (name(&row), row.epoch.clone(), row.version);
            self.past.insert(state, timeless(&row));
        }
    }

    async fn step(&mut self) {
        let viewer = self.random.random_range(0..self.viewers.len());
        match self.random.random_range(0..20) {
            0..8 => self.batch().await,
            8 => self.subscribe_during_a_batch(viewer).await,
            9..12 => {
                self.viewers[viewer].cut(&self.world);
                self.viewers[viewer].connect(&self.world).await;
            }
            12 => self.viewers[viewer].close(&self.world).await,
            13 => self.viewers[viewer].cut(&self.world),
            14..16 => self.full(viewer),
            16 => self.lose_a_row().await,
            17 => self.lose_all().await,
            _ => self.viewers[viewer].verify(&mut self.world).await,
        }
        self.receive_all(viewer).await;
        self.check_rows().await;
    }

    /// A batch that is pushed, or pushed twice, or never.
    async fn batch(&mut self) {
        let records = self.change().await;
        let times = *[0, 1, 1, 1, 1, 2].choose(&mut self.random).unwrap();
        for _ in 0..times {
            let pushed = self.world.push(records.clone()).await;
            assert_eq!((pushed.unreadable, pushed.failed), (0, 0));
        }
        if times == 0 {
            self.lose_updates();
        }
        for viewer in &mut self.viewers {
            viewer.receive_all(&self.world, || false).await;
        }
    }

    async fn subscribe_during_a_batch(&mut self, viewer: usize) {
        let (key, amounts) = self.plan().remove(0);
        let world = &self.world;
        let viewer = &mut self.viewers[viewer];
        viewer.cut(world);
        viewer.open(world).await;
        let message = viewer.next_request().unwrap();
        let connection = viewer.connection().unwrap().to_owned();
        let batch = async { world.push(vec![world.add(&key, amounts).await]).await };
        tokio::join!(world.say(&connection, message), batch);
        self.remember(&key).await;
        for viewer in &mut self.viewers {
            viewer.receive_all(&self.world, || false).await;
        }
    }

    /// A viewer does not read for some time.
    fn full(&mut self, viewer: usize) {
        let viewer = &mut self.viewers[viewer];
        if let Some(connection) = viewer.connection() {
            self.world.gateway.set(connection, Behaviour::Full);
            viewer.up_to_date = false;
        }
    }

    /// Ten seconds pass, and the viewers receive what there is. One of them loses every fourth frame.
    async fn receive_all(&mut self, lossy: usize) {
        // The server's clock goes slower, or an interval would end.
        self.world.now = self.world.now + Millis(1_000);
        for (number, viewer) in self.viewers.iter_mut().enumerate() {
            let random = &mut self.random;
            viewer.pass_time(&self.world, Duration::from_secs(10)).await;
            viewer.receive_all(&self.world, || number == lossy && random.random_bool(0.25)).await;
            if let Some(connection) = viewer.connection()
                && self.random.random_bool(0.5)
            {
                self.world.gateway.set(connection, Behaviour::Open);
            }
        }
    }

    /// A row is removed. The stream has a record of it, which is not pushed.
    async fn lose_a_row(&mut self) {
        let key = self.keys.choose(&mut self.random).unwrap().clone();
        let removal = self.world.remove(&key).await;
        if !removal["dynamodb"]["OldImage"].is_null() {
            self.world.push(vec![removal]).await;
            self.lose_updates();
        }
    }

    /// Rows are lost, and the operator sets another epoch.
    async fn lose_all(&mut self) {
        for key in self.keys.clone() {
            if self.random.random_bool(0.5) {
                self.world.remove(&key).await;
            }
        }
        let epoch = (self.world.push.formatter.epoch.parse::<u32>().unwrap() + 1).to_string();
        self.world.push.formatter.epoch.clone_from(&epoch);
        self.world.handler.formatter.epoch = epoch;
        for key in self.keys.clone() {
            self.remember(&key).await;
        }
        self.lose_updates();
    }

    /// No viewer has every update from now on.
    fn lose_updates(&mut self) {
        for viewer in &mut self.viewers {
            viewer.up_to_date = false;
        }
    }

    /// A fresh row is right for its version; and it is the current version, if nothing was lost.
    async fn check_rows(&self) {
        let rows = self.world.row_states(&self.keys).await;
        for viewer in &self.viewers {
            let fresh = viewer.fresh();
            for (name, row) in &fresh {
                let state = (name.clone(), row.epoch.clone(), row.version);
                assert!(row.version == 0 || self.past.get(&state) == Some(row), "{row:?}");
                assert!(may_see(viewer, &row.subject), "{} sees {}", viewer.name, row.subject);
            }
            if viewer.up_to_date && viewer.connection().is_some() {
                for (key, row) in rows.iter().filter(|(key, _)| watches(viewer, key, &fresh)) {
                    let fresh_row = fresh.get(&name(row));
                    assert_eq!(fresh_row, Some(&timeless(row)), "{} {key:?}", viewer.name);
                }
            }
        }
    }

    /// In the end every viewer connects and verifies, and has what there is.
    async fn end(&mut self) {
        for viewer in &mut self.viewers {
            viewer.cut(&self.world);
            viewer.connect(&self.world).await;
            viewer.receive_all(&self.world, || false).await;
            viewer.verify(&mut self.world).await;
            assert!(viewer.is_current(), "{}", viewer.name);
        }
        self.check_rows().await;
        let rows = self.world.row_states(&self.keys).await;
        let rows: BTreeMap<_, _> = rows.values().map(|row| (name(row), timeless(row))).collect();
        for viewer in &self.viewers {
            for (name, row) in viewer.fresh() {
                let there = rows.get(&name);
                let is_tombstone = there.is_none() && row.version == 0 && row.metrics.is_empty();
                assert!(is_tombstone || there == Some(&row), "{}: {row:?}", viewer.name);
            }
        }
    }
}

fn name(row: &RowState) -> String {
    row_name(&row.subject, &row.bucket)
}

fn may_see(viewer: &Viewer, subject: &str) -> bool {
    let queue = |queue: &&str| *queue == "*" || subject.starts_with(&format!("queue#{queue}#"));
    subject.starts_with("queue#") && viewer.queues.iter().any(queue)
}

/// Whether a viewer has to have a row: a row of a current bucket, or one that it has already.
fn watches(viewer: &Viewer, key: &RowKey, rows: &BTreeMap<String, RowState>) -> bool {
    let subject = key.subject.to_string();
    let covering = Pattern::covering(&key.subject);
    let covering: Vec<_> = covering.iter().map(Pattern::to_string).collect();
    let is_covered =
        viewer.subjects.iter().any(|pattern| covering.contains(&(*pattern).to_owned()));
    let is_old = *key == keys(&[&subject])[4];
    may_see(viewer, &subject)
        && is_covered
        && (!is_old || rows.contains_key(&row_name(&subject, key.bucket)))
}

#[tokio::test]
async fn every_viewer_has_the_current_rows_or_reports_them_as_stale() {
    for seed in 0..SEEDS {
        println!("seed {seed}");
        let mut trial = Trial::new(seed).await;
        for _ in 0..STEPS {
            trial.step().await;
        }
        trial.end().await;
    }
}

/// Rows that change, and are pushed, just after they were read for the first time.
struct Changing<'a> {
    world: &'a World,
    changed: AtomicBool,
}

impl RowStore for Changing<'_> {
    async fn rows(&self, keys: &[RowKey]) -> Result<Vec<Option<StoredRow>>, StoreError> {
        let rows = self.world.handler.rows.rows(keys).await;
        if !self.changed.swap(true, Ordering::Relaxed) {
            self.world.push(vec![self.world.change("queue#a#voice", "now").await]).await;
        }
        rows
    }

    async fn subjects(&self, bucket: &Bucket, prefix: &str) -> Result<Vec<Subject>, StoreError> {
        self.world.handler.rows.subjects(bucket, prefix).await
    }

    async fn intervals(
        &self,
        subject: &Subject,
        first: &Bucket,
        last: &Bucket,
    ) -> Result<Vec<(Bucket, StoredRow)>, StoreError> {
        self.world.handler.rows.intervals(subject, first, last).await
    }

    async fn versions(
        &self,
        subjects: &[Subject],
        buckets: &[Bucket],
    ) -> Result<HashMap<RowKey, RowVersion>, StoreError> {
        self.world.handler.rows.versions(subjects, buckets).await
    }
}

#[tokio::test]
async fn nothing_falls_between_a_subscription_and_its_snapshot() {
    let world = World::new().await;
    world.change("queue#a#voice", "now").await;
    let mut viewer = Viewer::new("viewer", &["a"], &["queue#a#*"]);
    viewer.open(&world).await;
    let message = viewer.next_request().unwrap();
    let connection = viewer.connection().unwrap().to_owned();
    let handler = Handler {
        connections: world.handler.connections.clone(),
        rows: Changing { world: &world, changed: AtomicBool::new(false) },
        cache: VersionCache::default(),
        catalog: catalog(&world.client),
        gateway: world.gateway.clone(),
        calendar: world.handler.calendar.clone(),
        formatter: world.handler.formatter.clone(),
        connections_max: 1,
    };
    handler
        .handle(&request("$default", &connection, None, Some(message)), world.now)
        .await
        .unwrap();
    viewer.receive_all(&world, || false).await;
    let now = world.row_states(&keys(&["queue#a#voice"])).await;
    let now: Vec<_> = now.values().map(timeless).collect();
    assert_eq!((now.len(), now[0].version), (1, 2));
    assert_eq!(viewer.fresh().into_values().collect::<Vec<_>>(), now);
}
