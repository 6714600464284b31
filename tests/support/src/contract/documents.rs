//! The contract of documents and counters.

use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::{BODY_BYTES_MAX, Counters, Document, DocumentKey, Documents, LAST_NAME};

const LATER: Millis = Millis(4_102_444_800_000);

/// Runs the whole contract on an empty ledger.
pub async fn keeps_the_documents_contract(ledger: &(impl Documents + Counters)) {
    a_document_is_written_on_condition_of_what_was_read(ledger).await;
    a_document_is_removed_on_condition_of_what_was_read(ledger).await;
    documents_are_listed_between_names_in_order(ledger).await;
    a_list_is_whole_however_large_it_is(ledger).await;
    counts_add_up_and_are_listed_between_names(ledger).await;
    what_is_no_document_is_refused(ledger).await;
    writers_at_the_same_time_lose_nothing(ledger).await;
}

fn document(version: u64, body: &str) -> Document {
    Document { version, body: body.to_owned() }
}

async fn a_document_is_written_on_condition_of_what_was_read(ledger: &impl Documents) {
    let key = DocumentKey::new("written", "a#b c");
    assert_eq!(ledger.get(&key).await, Ok(None));
    assert_eq!(ledger.put(&key, "none", 1, None).await, Err(StoreError::Conflict));
    assert_eq!(ledger.put(&key, r#"{"a":"ü"}"#, 0, None).await, Ok(1));
    assert_eq!(ledger.get(&key).await, Ok(Some(document(1, r#"{"a":"ü"}"#))));
    for version in [0, 2] {
        assert_eq!(ledger.put(&key, "other", version, None).await, Err(StoreError::Conflict));
    }
    assert_eq!(ledger.put(&key, "", 1, Some(LATER)).await, Ok(2));
    assert_eq!(ledger.get(&key).await, Ok(Some(document(2, ""))));
    let other = DocumentKey::new("written", "a#b");
    assert_eq!(ledger.get(&other).await, Ok(None), "it has another name");
}

async fn a_document_is_removed_on_condition_of_what_was_read(ledger: &impl Documents) {
    let key = DocumentKey::new("removed", "name");
    assert_eq!(ledger.remove(&key, 0).await, Err(StoreError::Conflict));
    assert_eq!(ledger.remove(&key, 1).await, Err(StoreError::Conflict));
    ledger.put(&key, "1", 0, Some(LATER)).await.unwrap();
    ledger.put(&key, "2", 1, None).await.unwrap();
    for version in [0, 1, 3] {
        assert_eq!(ledger.remove(&key, version).await, Err(StoreError::Conflict));
    }
    assert_eq!(ledger.get(&key).await, Ok(Some(document(2, "2"))));
    assert_eq!(ledger.remove(&key, 2).await, Ok(()));
    assert_eq!(ledger.get(&key).await, Ok(None));
    assert_eq!(ledger.put(&key, "3", 2, None).await, Err(StoreError::Conflict));
    assert_eq!(ledger.put(&key, "3", 0, None).await, Ok(1));
}

async fn documents_are_listed_between_names_in_order(ledger: &impl Documents) {
    for name in ["c", "a", "Z", "b", "é", "aa"] {
        let key = DocumentKey::new("listed", name);
        ledger.put(&key, name, 0, None).await.unwrap();
        ledger.put(&DocumentKey::new("listed2", name), "another kind", 0, None).await.unwrap();
    }
    ledger.put(&DocumentKey::new("listed", "b"), "again", 1, None).await.unwrap();
    let names = async |from, to| {
        let listed = ledger.list("listed", from, to).await.unwrap();
        listed.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names("", LAST_NAME).await, ["Z", "a", "aa", "b", "c", "é"]);
    assert_eq!(names("a", "b").await, ["a", "aa", "b"], "both are included");
    assert_eq!(names("ab", "az").await, [""; 0]);
    assert_eq!(names("b", "a").await, [""; 0]);
    assert_eq!(names("", "").await, [""; 0]);
    let listed = ledger.list("listed", "b", "c").await.unwrap();
    assert_eq!(listed, [("b".into(), document(2, "again")), ("c".into(), document(1, "c"))]);
    assert_eq!(ledger.list("nothing", "", LAST_NAME).await, Ok(vec![]));
}

/// Five pages of DynamoDB's, which are a megabyte each.
async fn a_list_is_whole_however_large_it_is(ledger: &impl Documents) {
    let body = "x".repeat(BODY_BYTES_MAX);
    for n in 10..23 {
        ledger.put(&DocumentKey::new("large", n.to_string()), &body, 0, None).await.unwrap();
    }
    let listed = ledger.list("large", "", LAST_NAME).await.unwrap();
    let names: Vec<_> = listed.iter().map(|(name, _)| name.parse::<i32>().unwrap()).collect();
    assert_eq!(names, (10..23).collect::<Vec<_>>());
    assert!(listed.iter().all(|(_, document)| document.body == body));
}

async fn counts_add_up_and_are_listed_between_names(counters: &impl Counters) {
    let add = async |name: &str, amount| {
        counters.add(&DocumentKey::new("counted", name), amount, LATER).await.unwrap();
    };
    for (name, amount) in [("2", 5), ("1", 1), ("2", 7), ("3", u64::from(u32::MAX)), ("3", 1)] {
        add(name, amount).await;
    }
    let count = |name: &str, count| (name.to_owned(), count);
    let counts = [count("1", 1), count("2", 12), count("3", 1 << 32)];
    assert_eq!(counters.counts("counted", "", LAST_NAME).await.unwrap(), counts);
    assert_eq!(counters.counts("counted", "2", "3").await.unwrap(), counts[1..]);
    assert_eq!(counters.counts("counted", "4", "3").await, Ok(vec![]));
    assert_eq!(counters.counts("nothing", "", LAST_NAME).await, Ok(vec![]));
}

async fn what_is_no_document_is_refused(ledger: &(impl Documents + Counters)) {
    let large = "x".repeat(BODY_BYTES_MAX + 1);
    let name = "n".repeat(1_025);
    for (name, body) in [("", ""), (&name, ""), ("large", &large)] {
        let put = ledger.put(&DocumentKey::new("refused", name), body, 0, None).await;
        assert!(matches!(put, Err(StoreError::NotADocument(_))), "{put:?}");
    }
    let added = ledger.add(&DocumentKey::new("refused", ""), 1, LATER).await;
    assert!(matches!(added, Err(StoreError::NotADocument(_))), "{added:?}");
}

const WRITES: u64 = 50;

async fn writers_at_the_same_time_lose_nothing(ledger: &(impl Documents + Counters)) {
    let key = DocumentKey::new("shared", "counter");
    let writer = || {
        Box::pin(async {
            for _ in 0..WRITES {
                while !one_more(ledger, &key).await {}
                let added = ledger.add(&DocumentKey::new("added", "counter"), 1, LATER).await;
                added.unwrap();
            }
        })
    };
    tokio::join!(writer(), writer(), writer(), writer(), writer(), writer(), writer(), writer());
    let counts = 8 * WRITES;
    assert_eq!(ledger.get(&key).await, Ok(Some(document(counts, &counts.to_string()))));
    assert_eq!(ledger.counts("added", "", LAST_NAME).await, Ok(vec![("counter".into(), counts)]));
}

/// Whether this writer was the one.
async fn one_more(ledger: &impl Documents, key: &DocumentKey) -> bool {
    let version = ledger.get(key).await.unwrap();
    let (version, count) =
        version.map_or((0, 0), |version| (version.version, version.body.parse::<u64>().unwrap()));
    tokio::task::yield_now().await;
    let put = ledger.put(key, &(count + 1).to_string(), version, None).await;
    assert!(matches!(put, Ok(_) | Err(StoreError::Conflict)), "{put:?}");
    put.is_ok()
}
