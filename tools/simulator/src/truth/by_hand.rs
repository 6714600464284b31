//! Small conversations whose rows are worked out by hand.

use super::Truth;
use crate::chance::{Chance, Part};
use crate::facts::{acd_end, acd_start, acw, user_end};
use crate::id::Id;
use crate::world::conversation::{
    AcdEnd, AcdSession, Acw, Answer, Disconnect, Outcome, Told, ToldOutcome, UserSession,
};
use crate::world::lanes::{Media, Queue};
use crate::{Faults, Feed, Load, Options, Rules};

const USER: Id = Id::random(7);

fn ms(text: &str) -> i64 {
    let text = format!("2026-05-12T{text}Z");
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// Genesys' fact base calls it scenario A: 43.465 s in the queue, 5.380 s of alert in them, 215 s
/// of talk, 25 s of hold, 34.720 s of after-call work.
struct ScenarioA {
    truth: Truth,
    chance: Chance,
    cut: i64,
}

fn scenario_a(feed: Feed, cut: i64) -> Truth {
    let options = Options {
        seed: 1,
        start: jiff::Timestamp::UNIX_EPOCH,
        load: Load::Conversations(1),
        feed,
        faults: Faults::default(),
        rules: Rules::default(),
    };
    let (truth, chance) = (Truth::new(&options), Chance::new(1, Part::World));
    let mut it = ScenarioA { truth, chance, cut };
    it.queue(&options.rules);
    it.agent();
    it.truth
}

impl ScenarioA {
    fn queue(&mut self, rules: &Rules) {
        let lane = (Queue(0), Media::Voice);
        let start = ms("14:02:42.015");
        let mut acd = AcdSession::new(0, lane, start, &mut self.chance);
        acd.start_told = true;
        let offered = acd_start(&mut acd, &mut self.chance);
        self.truth.count(&offered, self.cut);
        let told = Told {
            outcome: Some(ToldOutcome::Known(Outcome::Answered)),
            answered_user: Some(USER),
            connected_ms: None,
        };
        let answer = Some(Answer { user: USER, session: Id::random(8) });
        let end = AcdEnd { time: ms("14:03:25.480"), outcome: Outcome::Answered, answer, told };
        for fact in acd_end(&acd, &end, rules, &mut self.chance) {
            self.truth.count(&fact, self.cut);
        }
    }

    fn agent(&mut self) {
        let start = ms("14:03:20.100");
        let mut user = UserSession::new((0, USER), Media::Voice, start, &mut self.chance);
        user.queue = Some(Queue(0));
        user.spent.alerting = 5380;
        user.spent.talking = 215_000;
        user.spent.held = 25_000;
        user.disconnect = Disconnect::Peer;
        let done = Acw { time: ms("14:08:00.200"), duration_ms: Some(34_720) };
        user.acw = Some(done);
        let end = ms("14:07:25.480");
        let (mut facts, handle) = user_end(&user, end, self.cut, &mut self.chance);
        facts.extend(handle);
        facts.extend(acw(&user, done, &mut self.chance));
        for fact in &facts {
            self.truth.count(fact, self.cut);
        }
    }
}

fn interval_of_queue(truth: &Truth) -> String {
    let row = truth.rows().find(|row| {
        row.subject.starts_with("queue#") && row.bucket == "PT30M#2026-05-12T14:00:00Z"
    });
    serde_json::to_string(&row.map(|row| row.metrics)).unwrap()
}

const WHOLE: &str = r#"{"nOffered":1,"nOverSla":1,"tAcd.count":1,"tAcd.sum":43465,"tAcw.count":1,"tAcw.sum":34720,"tAlert.count":1,"tAlert.sum":5380,"tAnswered.count":1,"tAnswered.sum":43465,"tHandle.count":1,"tHandle.sum":274720,"tHeldComplete.count":1,"tHeldComplete.sum":25000,"tTalkComplete.count":1,"tTalkComplete.sum":215000}"#;

#[test]
fn a_whole_call_gives_the_same_row_with_every_feed() {
    for feed in [Feed::Detail, Feed::Metrics, Feed::Both] {
        assert_eq!(interval_of_queue(&scenario_a(feed, i64::MAX)), WHOLE);
    }
}

#[test]
fn a_row_is_written_with_what_is_computed() {
    let mut written = Vec::new();
    scenario_a(Feed::Detail, i64::MAX).write_to(&mut written).unwrap();
    let written = String::from_utf8(written).unwrap();
    let lines: Vec<_> = written.lines().collect();
    let queue = "queue#9a79c003-1f95-4307-9a02-c9b297a97451#voice";
    let computed = r#"{"asaMs":43465.0,"ahtMs":274720.0,"answerRate":1.0,"abandonRate":0.0,"serviceLevel":0.0,"waitP50Ms":43465,"waitP90Ms":43465,"waitP95Ms":43465,"avgTalkMs":215000.0,"avgHoldMs":25000.0,"avgAcwMs":34720.0}"#;
    assert_eq!(lines.len(), 4);
    let day = format!(
        r#"{{"subject":"{queue}","bucket":"P1D#2026-05-12","metrics":{WHOLE},"computed":{computed}}}"#
    );
    assert_eq!(lines[2], day);
    assert!(
        lines[0].starts_with(r#"{"subject":"agent#00000000-0000-4000-8000-000000000007#voice""#)
    );
    assert!(!lines[0].contains("nOffered") && !lines[0].contains("tAcd"));
}

#[test]
fn handling_counts_without_after_call_work_until_that_is_told() {
    let truth = scenario_a(Feed::Both, ms("14:08:00"));
    let row = interval_of_queue(&truth);
    assert!(row.contains(r#""tHandle.count":1,"tHandle.sum":240000"#), "{row}");
    assert!(!row.contains("tAcw"), "{row}");
}

#[test]
fn a_fact_counts_by_its_event_until_genesys_own_record_comes() {
    let at = |feed| interval_of_queue(&scenario_a(feed, ms("14:02:42.015")));
    assert_eq!(at(Feed::Detail), r#"{"nOffered":1}"#);
    assert_eq!(at(Feed::Both), r#"{"nOffered":1}"#);
    assert_eq!(at(Feed::Metrics), "null");
}
