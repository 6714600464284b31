//! A conversation grows to a limit, and no further; what completes what it holds is still taken.

use super::weight::{Fresh, KINDS, TEXTS, Text, facts, short, uuid, worst_setup};
use super::{Stored, at_once};
use headroom_kpi::Fact;
use headroom_kpi::facts::{FactKind, Outcome, Source};
use headroom_kpi::{Conversation, Entity, FoldOutcome};

/// What an item of the store takes.
const ITEM_MAX: usize = 400 * 1024;

/// Sessions: half of them in a queue, half of users.
const SESSIONS: usize = 10_000;

fn sessions(text: Text, count: usize) -> Vec<Vec<FactKind>> {
    let mut fresh = Fresh::new(text, 900_001);
    let pair = |_| [fresh.acd(Outcome::Answered), fresh.user()];
    (0..count / 2).flat_map(pair).collect()
}

/// All facts of all sessions, session by session.
fn one_feed() -> Vec<Fact> {
    facts(Source::Event, sessions(uuid, SESSIONS).concat())
}

/// The same from events and answers, with official metric facts of both.
fn both_feeds() -> Vec<Fact> {
    let mut official = Fresh::new(|number| uuid(-number), 900_001);
    let mut all = Vec::new();
    for kinds in sessions(uuid, SESSIONS) {
        let kinds = [kinds, official.metric("tAbandon")].concat();
        all.extend(facts(Source::Event, kinds.clone()));
        all.extend(facts(Source::Api, kinds));
    }
    all
}

#[test]
fn ten_thousand_sessions_fill_a_conversation_and_its_item_stays_small_enough() {
    for feed in [one_feed(), both_feeds()] {
        let (conversation, taken) = fold_all(&feed);
        let last_taken = taken.iter().rposition(|taken| *taken).unwrap();
        assert!(last_taken < feed.len() / 2, "full from some point on");
        assert!(encoded(&conversation).len() < ITEM_MAX);
        // Nothing that was refused left a trace, and nothing that was taken got lost.
        let kept = feed.iter().zip(&taken).filter(|(_, taken)| **taken);
        let kept: Vec<Fact> = kept.map(|(fact, _)| fact.clone()).collect();
        let again = at_once(&kept, &worst_setup());
        assert_eq!(again.entity, Entity::Conversation(conversation.clone()));
        assert_eq!(again.encode(), encoded(&conversation));
    }
}

/// Folds; says of each fact whether there was room for it.
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
    for feed in [one_feed(), both_feeds()] {
        // Most of it is refused: to read back what stays as it is would only take time.
        let feed = &feed[..3_500];
        let (expected, all_taken) = fold_all(feed);
        for batch in [500, 1_799] {
            let (mut held, mut taken) = (Conversation::default(), Vec::new());
            for facts in feed.chunks(batch) {
                let fold = |fact: &Fact| held.fold(fact.clone()) != FoldOutcome::Full;
                taken.extend(facts.iter().map(fold));
                let read = Stored::decode(&encoded(&held)).unwrap().entity;
                held = read.conversation().unwrap().clone();
            }
            assert_eq!(taken, all_taken);
            assert_eq!(encoded(&held), encoded(&expected));
        }
    }
}

/// "What completes a session that it holds is always taken, so no gauge stays up."
#[test]
fn a_full_conversation_takes_every_end_of_a_session_it_holds_and_no_other() {
    takes_every_end(uuid);
}

/// Of ids that are no UUIDs, an end that brings one may have no room (see `limits.rs`).
#[test]
fn a_full_conversation_stays_small_whatever_texts_ends_bring() {
    let sessions = sessions(short, 1_500);
    let starts = sessions.iter().map(|kinds| kinds[0].clone()).collect();
    let (mut conversation, held) = fold_all(&facts(Source::Event, starts));
    assert!(held.contains(&false));
    for end in sessions.iter().flat_map(|kinds| facts(Source::Event, kinds[1..].to_vec())) {
        conversation.fold(end);
    }
    assert!(encoded(&conversation).len() < ITEM_MAX);
}

fn takes_every_end(text: Text) {
    let sessions = sessions(text, 1_500);
    let starts = sessions.iter().map(|kinds| kinds[0].clone()).collect();
    let (mut conversation, held) = fold_all(&facts(Source::Event, starts));
    assert!(held.contains(&false));
    for (kinds, held) in sessions.iter().zip(held) {
        for end in facts(Source::Event, kinds[1..].to_vec()) {
            let folded = conversation.fold(end);
            assert_eq!(folded == FoldOutcome::Applied, held, "{:?}", kinds[1]);
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
fn no_kind_of_fact_makes_an_item_too_large() {
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
