//! A small conversation whose rows are worked out by hand.

use super::Truth;
use crate::chance::{Chance, Part};
use crate::facts::{acd_end, acd_start, acw, part, user_end};
use crate::id::{Id, id_from_bits};
use crate::world::agent_session::{Acw, Disconnect, UserSession};
use crate::world::conversation::{AcdEnd, AcdEndFields, AcdSession, Answer, Outcome};
use crate::world::lanes::{Media, Queue};
use crate::{Assumptions, Faults, Feed, Load, Options, Rules};

const USER: Id = id_from_bits(7);

fn ms(text: &str) -> i64 {
    let text = format!("2026-05-12T{text}Z");
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

/// A call with 43.465 s in the queue (5.380 s of them alerting an agent), 215 s of talk, 25 s of hold
/// and 34.720 s of after-call work.
struct Scenario {
    truth: Truth,
    chance: Chance,
    published_until: i64,
}

fn simulated(feed: Feed, published_until: i64) -> Truth {
    let options = Options {
        seed: 1,
        start: jiff::Timestamp::UNIX_EPOCH,
        load: Load::Conversations(1),
        feed,
        faults: Faults::default(),
        rules: Rules::default(),
        assumptions: Assumptions::default(),
        agents: false,
    };
    let (truth, chance) = (Truth::new(options.feed, &options.rules), Chance::new(1, Part::World));
    let mut scenario = Scenario { truth, chance, published_until };
    scenario.queue(&options.rules);
    scenario.agent();
    scenario.truth
}

impl Scenario {
    fn queue(&mut self, rules: &Rules) {
        let lane = (Queue(0), Media::Voice);
        let start = ms("14:02:42.015");
        let mut acd = AcdSession::new(0, lane, start, &mut self.chance);
        acd.start_published = true;
        let offered = acd_start(&mut acd, &mut self.chance);
        self.truth.add_fact(&offered, self.published_until);
        let event = AcdEndFields {
            outcome: Some(Outcome::Answered),
            answered_user: Some(USER),
            connected_ms: None,
        };
        let answer = Some(Answer { user: USER, session: id_from_bits(8) });
        let end =
            AcdEnd { time: ms("14:03:25.480"), outcome: Some(Outcome::Answered), answer, event };
        let settings = (rules, &Assumptions::default());
        for fact in acd_end(&acd, &end, settings, &mut self.chance) {
            self.truth.add_fact(&fact, self.published_until);
        }
    }

    fn agent(&mut self) {
        let start = ms("14:03:20.100");
        let mut user = UserSession::new((0, USER), Media::Voice, start, &mut self.chance);
        user.queue = Some(Queue(0));
        user.spent.alerting = 5380;
        user.spent.talking = 215_000;
        user.spent.holding = 25_000;
        user.disconnect = Some(Disconnect::Peer);
        let completed = Acw { time: ms("14:08:00.200"), duration_ms: Some(34_720) };
        user.acw = Some(completed);
        let end = ms("14:07:25.480");
        let parts = [
            ("tAlert", user.spent.alerting, "14:03:25.480"),
            ("tTalkComplete", user.spent.talking, "14:07:25.480"),
        ];
        for (metric, value, time) in parts {
            let fact = part(metric, value, &user, ms(time), &mut self.chance);
            user.emitted.extend(fact.official.map(|official| (metric, official.reading.time)));
            self.truth.add_fact(&fact, self.published_until);
        }
        let (mut facts, handle) = user_end(&user, end, self.published_until, &mut self.chance);
        facts.extend(handle);
        facts.extend(acw(&user, completed, &mut self.chance));
        for fact in &facts {
            self.truth.add_fact(fact, self.published_until);
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
        assert_eq!(interval_of_queue(&simulated(feed, i64::MAX)), WHOLE);
    }
}

#[test]
fn a_row_is_written_with_its_computed_values() {
    let mut bytes = Vec::new();
    simulated(Feed::Detail, i64::MAX).write_to(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<_> = text.lines().collect();
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
fn handle_time_counts_without_after_call_work_until_its_event_is_published() {
    let truth = simulated(Feed::Both, ms("14:08:00"));
    let row = interval_of_queue(&truth);
    assert!(row.contains(r#""tHandle.count":1,"tHandle.sum":240000"#), "{row}");
    assert!(!row.contains("tAcw"), "{row}");
}

#[test]
fn a_derived_fact_counts_until_the_official_one_is_published() {
    let row = |feed| interval_of_queue(&simulated(feed, ms("14:02:42.015")));
    assert_eq!(row(Feed::Detail), r#"{"nOffered":1}"#);
    assert_eq!(row(Feed::Both), r#"{"nOffered":1}"#);
    assert_eq!(row(Feed::Metrics), "null");
}
