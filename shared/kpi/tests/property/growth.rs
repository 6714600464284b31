//! A conversation grows to a limit, and no further. Events that complete its sessions are still taken.

use super::size::{Fresh, KINDS, TEXTS, Text, facts, short, uuid, worst_setup};
use super::{Stored, at_once};
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, Outcome, Source};
use headroom_kpi::{Conversation, Entity, FoldOutcome};

/// Bytes of an item in DynamoDB.
const ITEM_MAX: usize = 400 * 1024;

/// Half of the sessions are in a queue, half of users.
const SESSIONS: usize = 10_000;

fn sessions(text: Text, count: usize) -> Vec<Vec<FactKind>> {
    let mut fresh = Fresh::new(text, 900_001);
    let pair = |_| [fresh.acd(Outcome::Answered), fresh.user()];
    (0..count / 2).flat_map(pair).collect()
}

/// All facts of all sessions, session by session.
fn detail_events() -> Vec<Fact> {
    facts(Source::Event, sessions(uuid, SESSIONS).concat())
}

/// The same from events and from API responses, with official metric facts of both.
fn events_and_responses() -> Vec<Fact> {
    let mut official = Fresh::new(|number| uuid(-number), 900_001);
    let mut feed = Vec::new();
    for kinds in sessions(uuid, SESSIONS) {
        let kinds = [kinds, official.metric("tAbandon")].concat();
        feed.extend(facts(Source::Event, kinds.clone()));
        feed.extend(facts(Source::Api, kinds));
    }
    feed
}

#[test]
fn ten_thousand_sessions_fill_a_conversation_and_its_item_stays_small_enough() {
    for feed in [detail_events(), events_and_responses()] {
        let (conversation, taken) = fold_all(&feed);
        let last_taken = taken.iter().rposition(|taken| *taken).unwrap();
        assert!(last_taken < feed.len() / 2, "full from some point on");
        assert!(encoded(&conversation).len() < ITEM_MAX);
        // A refused fact leaves no trace, and a fact that was taken is not lost.
        let accepted = feed.iter().zip(&taken).filter(|(_, taken)| **taken);
        let accepted: Vec<Fact> = accepted.map(|(fact, _)| fact.clone()).collect();
        let again = at_once(&accepted, &worst_setup());
        assert_eq!(again.entity, Entity::Conversation(conversation.clone()));
        assert_eq!(again.encode(), encoded(&conversation));
    }
}

/// Folds facts. Returns for each fact whether there was room for it.
fn fold_all(facts: &[Fact]) -> (Conversation, Vec<bool>) {
    let mut conversation = Conversation::default();
    let fold = |fact: &Fact| conversation.fold(fact.clone()) != FoldOutcome::Full;
    let taken = facts.iter().map(fold).collect();
    (conversation, taken)
}

fn encoded(conversation: &Conversation) -> Vec<u8> {
    Stored::new(Entity::Conversation(conversation.clone()), &worst_setup()).encode()
}

#[test]
fn storing_a_growing_conversation_between_batches_does_not_matter() {
    for feed in [detail_events(), events_and_responses()] {
        // The rest is refused: to store and load the same conversation again only takes time.
        let feed = &feed[..3_500];
        let (expected, all_taken) = fold_all(feed);
        for batch in [500, 1_799] {
            let mut conversation = Conversation::default();
            let mut taken = Vec::new();
            for facts in feed.chunks(batch) {
                let fold = |fact: &Fact| conversation.fold(fact.clone()) != FoldOutcome::Full;
                taken.extend(facts.iter().map(fold));
                let loaded = Stored::decode(&encoded(&conversation)).unwrap().entity;
                conversation = loaded.conversation().unwrap().clone();
            }
            assert_eq!(taken, all_taken);
            assert_eq!(encoded(&conversation), encoded(&expected));
        }
    }
}

#[test]
fn a_full_conversation_takes_the_ends_of_its_sessions_and_of_no_others() {
    takes_every_end(uuid);
}

/// There may be no room for an end with an id that is not a UUID and new to the conversation.
#[test]
fn a_full_conversation_stays_small_whatever_ids_its_ends_have() {
    let sessions = sessions(short, 1_500);
    let starts = sessions.iter().map(|kinds| kinds[0].clone()).collect();
    let (mut conversation, started) = fold_all(&facts(Source::Event, starts));
    assert!(started.contains(&false));
    for end in sessions.iter().flat_map(|kinds| facts(Source::Event, kinds[1..].to_vec())) {
        conversation.fold(end);
    }
    assert!(encoded(&conversation).len() < ITEM_MAX);
}

fn takes_every_end(text: Text) {
    let sessions = sessions(text, 1_500);
    let starts = sessions.iter().map(|kinds| kinds[0].clone()).collect();
    let (mut conversation, started) = fold_all(&facts(Source::Event, starts));
    assert!(started.contains(&false));
    for (kinds, started) in sessions.iter().zip(started) {
        for end in facts(Source::Event, kinds[1..].to_vec()) {
            let folded = conversation.fold(end);
            assert_eq!(folded == FoldOutcome::Applied, started, "{:?}", kinds[1]);
        }
    }
    assert!(encoded(&conversation).len() < ITEM_MAX);
    assert!(!has_gauge(&conversation));
}

fn has_gauge(conversation: &Conversation) -> bool {
    let stored = Stored::new(Entity::Conversation(conversation.clone()), &worst_setup());
    stored.contributions.rows().any(|(key, _)| key.bucket.to_string() == "now")
}

#[test]
fn a_conversation_full_of_any_kind_of_fact_fits_into_an_item() {
    let mut wrong = Vec::new();
    for (name, kind) in KINDS {
        for text in [TEXTS[0], TEXTS[2]] {
            let mut fresh = Fresh::with_new_media(text, 86_400_001);
            let (mut conversation, mut full) = (Conversation::default(), false);
            while !full {
                for fact in facts(Source::Event, kind(&mut fresh)) {
                    full |= conversation.fold(fact) == FoldOutcome::Full;
                }
            }
            let size = encoded(&conversation).len();
            if size >= ITEM_MAX {
                wrong.push(format!("{name}: {size} bytes"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
