//! Whatever is lost, every viewer holds the rows or knows that it does not; and when it has
//! verified them, it holds them.

use crate::viewer::{Viewer, timeless};
use crate::world::{World, keys, request};
use headroom_connections::Handler;
use headroom_engine::{RowStore, StoreError, StoredRow};
use headroom_kpi::Part;
use headroom_kpi::{Amounts, Bucket, Measure, Metric, RowKey, Subject};
use headroom_protocol::RowState;
use headroom_viewers::Viewer as Connection;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

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
        for row in self.world.shown(std::slice::from_ref(key)).await.into_values() {
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
            _ => self.viewers[viewer].verify(&self.world).await,
        }
        self.listen(viewer).await;
        self.hold().await;
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
            self.viewers.iter_mut().for_each(|viewer| viewer.whole = false);
        }
        for viewer in &mut self.viewers {
            viewer.listen(&self.world, || false).await;
        }
    }

    async fn subscribe_during_a_batch(&mut self, viewer: usize) {
        let Some((connection, message)) = self.viewers[viewer].subscription() else { return };
        let (key, amounts) = self.plan().remove(0);
        let (world, message) = (&self.world, serde_json::to_string(&message).unwrap());
        let batch = async { world.push(vec![world.add(&key, amounts).await]).await };
        tokio::join!(world.say(&connection, message), batch);
        self.remember(&key).await;
        for viewer in &mut self.viewers {
            viewer.listen(&self.world, || false).await;
        }
    }

    /// A viewer does not read for a batch.
    fn full(&mut self, viewer: usize) {
        let viewer = &mut self.viewers[viewer];
        if let Some(connection) = viewer.connection() {
            self.world.gateway.set(connection, Connection::Full);
            viewer.whole = false;
        }
    }

    /// A frame in four is lost on the way to one viewer.
    async fn listen(&mut self, lossy: usize) {
        for (number, viewer) in self.viewers.iter_mut().enumerate() {
            let random = &mut self.random;
            viewer.listen(&self.world, || number == lossy && random.random_bool(0.25)).await;
            if let Some(connection) = viewer.connection()
                && self.random.random_bool(0.5)
            {
                self.world.gateway.set(connection, Connection::Open);
            }
        }
    }

    /// A row goes, and the stream says so: it is not told.
    async fn lose_a_row(&mut self) {
        let key = self.keys.choose(&mut self.random).unwrap().clone();
        let removal = self.world.remove(&key).await;
        if !removal["dynamodb"]["OldImage"].is_null() {
            self.world.push(vec![removal]).await;
            self.viewers.iter_mut().for_each(|viewer| viewer.whole = false);
        }
    }

    /// The rows are restored from some time ago, and the operator says so by another epoch.
    async fn lose_all(&mut self) {
        for key in self.keys.clone() {
            if self.random.random_bool(0.5) {
                self.world.remove(&key).await;
            }
        }
        let epoch = (self.world.push.presentation.epoch.parse::<u32>().unwrap() + 1).to_string();
        self.world.push.presentation.epoch.clone_from(&epoch);
        self.world.handler.presentation.epoch = epoch;
        for key in self.keys.clone() {
            self.remember(&key).await;
        }
        self.viewers.iter_mut().for_each(|viewer| viewer.whole = false);
    }

    /// What is shown as fresh was so at its version; and is so now, if nothing was lost.
    async fn hold(&self) {
        let rows = self.world.shown(&self.keys).await;
        for viewer in &self.viewers {
            let fresh = viewer.fresh();
            for (name, row) in &fresh {
                let state = (name.clone(), row.epoch.clone(), row.version);
                assert!(row.version == 0 || self.past.get(&state) == Some(row), "{row:?}");
                assert!(may_see(viewer, &row.subject), "{} sees {}", viewer.name, row.subject);
            }
            if viewer.whole && viewer.connection().is_some() {
                for (key, row) in rows.iter().filter(|(key, _)| watches(viewer, key, &fresh)) {
                    let held = fresh.get(&name(row));
                    assert_eq!(held, Some(&timeless(row)), "{} {key:?}", viewer.name);
                }
            }
        }
    }

    /// In the end every viewer connects and verifies, and holds what there is.
    async fn end(&mut self) {
        for viewer in &mut self.viewers {
            viewer.cut(&self.world);
            viewer.connect(&self.world).await;
            viewer.listen(&self.world, || false).await;
            viewer.verify(&self.world).await;
            assert!(viewer.view.rows().all(|(_, stale)| !stale), "{}", viewer.name);
        }
        self.hold().await;
        let rows = self.world.shown(&self.keys).await;
        let rows: BTreeMap<_, _> = rows.values().map(|row| (name(row), timeless(row))).collect();
        for viewer in &self.viewers {
            for (name, row) in viewer.fresh() {
                let there = rows.get(&name);
                let gone = there.is_none() && row.version == 0 && row.metrics.is_empty();
                assert!(gone || there == Some(&row), "{}: {row:?}", viewer.name);
            }
        }
    }
}

fn name(row: &RowState) -> String {
    format!("{}|{}", row.subject, row.bucket)
}

fn may_see(viewer: &Viewer, subject: &str) -> bool {
    let queue = |queue: &&str| *queue == "*" || subject.starts_with(&format!("queue#{queue}#"));
    subject.starts_with("queue#") && viewer.queues.iter().any(queue)
}

/// The rows that a viewer has to hold: the current ones, and old ones that it has once held.
fn watches(viewer: &Viewer, key: &RowKey, held: &BTreeMap<String, RowState>) -> bool {
    let subject = key.subject.to_string();
    let covers =
        |pattern: &&str| pattern.parse::<headroom_protocol::Pattern>().unwrap().covers(&subject);
    let old = *key == keys(&[&subject])[4];
    may_see(viewer, &subject)
        && viewer.subjects.iter().any(covers)
        && (!old || held.contains_key(&format!("{subject}|{}", key.bucket)))
}

#[tokio::test]
async fn every_viewer_holds_the_rows_or_knows_that_it_does_not() {
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
}

#[tokio::test]
async fn nothing_falls_between_a_subscription_and_its_snapshot() {
    let world = World::new().await;
    world.change("queue#a#voice", "now").await;
    let mut viewer = Viewer::new("viewer", &["a"], &["queue#a#*"]);
    let (connection, message) = viewer.opened(&world).await;
    let handler = Handler {
        connections: world.handler.connections.clone(),
        rows: Changing { world: &world, changed: AtomicBool::new(false) },
        gateway: world.gateway.clone(),
        calendar: world.handler.calendar.clone(),
        presentation: world.handler.presentation.clone(),
        connections_max: 1,
    };
    handler
        .handle(&request("$default", &connection, None, Some(message)), world.now)
        .await
        .unwrap();
    viewer.listen(&world, || false).await;
    let now = world.shown(&keys(&["queue#a#voice"])).await;
    let now: Vec<_> = now.values().map(timeless).collect();
    assert_eq!((now.len(), now[0].version), (1, 2));
    assert_eq!(viewer.fresh().into_values().collect::<Vec<_>>(), now);
}
