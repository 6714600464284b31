//! What every index of what is due does.

use super::{T0, id, write};
use headroom_engine::{DueEntity, DueIndex, EntityStore, EntityWrite, Transaction};
use headroom_kpi::{Due, EntityKey, Millis, Urgency};

const STEP: Millis = Millis(300_000);
const LATE: Millis = Millis(i64::MAX);

/// Runs the whole contract; in the index nothing may be due.
pub async fn keeps_the_due_indexs_contract(store: &impl EntityStore, index: &impl DueIndex) {
    entities_become_due_move_and_leave(store, index).await;
    the_most_overdue_come_first_and_no_more_than_the_limit(store, index).await;
}

fn due(urgency: Urgency, steps: i64) -> Due {
    Due { urgency, at: Millis(T0.0 + steps * STEP.0), rule: "missing_metric" }
}

/// Writes entities, each with the version it has and when it is due.
async fn put(store: &impl EntityStore, entities: &[(&str, u64, Option<Due>)]) {
    let write = |(name, version, due): &(&str, u64, Option<Due>)| EntityWrite {
        due: *due,
        ..write(name, *version)
    };
    let mut entities: Vec<_> = entities.iter().map(write).collect();
    entities.sort_by(|a, b| a.key.cmp(&b.key));
    store.commit(&Transaction { entities, rows: vec![] }).await.unwrap();
}

async fn due_texts(
    index: &impl DueIndex,
    urgency: Urgency,
    until: Millis,
    limit: usize,
) -> Vec<String> {
    let entries = index.due(urgency, until, limit).await.unwrap();
    assert!(entries.iter().all(|entry| entry.rule == "missing_metric"), "{entries:?}");
    let text = |entry: &DueEntity| {
        let key = entry.key.partition_key();
        format!("{} {}", key.trim_start_matches("conversation#"), (entry.since.0 - T0.0) / STEP.0)
    };
    entries.iter().map(text).collect()
}

async fn entities_become_due_move_and_leave(store: &impl EntityStore, index: &impl DueIndex) {
    use Urgency::{Gauge, Historical};
    put(
        store,
        &[
            ("live", 0, Some(due(Gauge, 1))),
            ("settled", 0, Some(due(Historical, 0))),
            ("done", 0, None),
        ],
    )
    .await;
    assert_eq!(due_texts(index, Gauge, LATE, 10).await, ["live 1"]);
    assert_eq!(due_texts(index, Historical, LATE, 10).await, ["settled 0"]);
    assert_eq!(due_texts(index, Historical, T0, 10).await, ["settled 0"], "until is included");
    assert_eq!(due_texts(index, Historical, Millis(T0.0 - 1), 10).await, [""; 0]);

    put(
        store,
        &[("live", 1, Some(due(Gauge, 3))), ("settled", 1, Some(due(Gauge, 2))), ("done", 1, None)],
    )
    .await;
    assert_eq!(due_texts(index, Gauge, LATE, 10).await, ["settled 2", "live 3"]);
    assert_eq!(due_texts(index, Historical, LATE, 10).await, [""; 0]);

    put(store, &[("live", 2, None), ("settled", 2, None), ("done", 2, Some(due(Historical, 5)))])
        .await;
    assert_eq!(due_texts(index, Gauge, LATE, 10).await, [""; 0]);
    assert_eq!(due_texts(index, Historical, LATE, 10).await, ["done 5"]);
    put(store, &[("done", 3, None)]).await;
    let stored = store.load(&[EntityKey::Conversation(id("done"))]).await.unwrap();
    assert_eq!(stored[0].as_ref().map(|stored| stored.version), Some(4));
}

/// Some hundred, all shards have some of them; the order of time is another than that of names.
async fn the_most_overdue_come_first_and_no_more_than_the_limit(
    store: &impl EntityStore,
    index: &impl DueIndex,
) {
    const COUNT: i64 = 300;
    let step = |n: i64| n * 7 % COUNT;
    let names: Vec<_> = (0..COUNT).map(|n| format!("due{n}")).collect();
    let entities: Vec<_> = names.iter().zip(0..).map(|(name, n)| (name.as_str(), n)).collect();
    for part in entities.chunks(100) {
        let live = |(name, n): &(_, i64)| (*name, 0, Some(due(Urgency::Gauge, step(*n))));
        put(store, &part.iter().map(live).collect::<Vec<_>>()).await;
    }
    let mut expected: Vec<_> =
        (0..COUNT).map(|n| (step(n), format!("due{n} {}", step(n)))).collect();
    expected.sort();
    let expected: Vec<_> = expected.into_iter().map(|(_, text)| text).collect();
    assert_eq!(due_texts(index, Urgency::Gauge, LATE, 1_000).await, expected);
    for limit in [0, 1, 40, 299] {
        assert_eq!(due_texts(index, Urgency::Gauge, LATE, limit).await, expected[..limit]);
    }
    let until = Millis(T0.0 + 9 * STEP.0);
    assert_eq!(due_texts(index, Urgency::Gauge, until, 1_000).await, expected[..10]);
    for part in entities.chunks(100) {
        put(store, &part.iter().map(|(name, _)| (*name, 1, None)).collect::<Vec<_>>()).await;
    }
    assert_eq!(due_texts(index, Urgency::Gauge, LATE, 1).await, [""; 0]);
}
