//! `Conversation::encoded_size_max` is an upper bound of the stored form with all contributions,
//! however little its parts have in common.

use super::at_once;
use crate::generate::text_id;
use crate::naive::Setup;
use headroom_kpi::Fact;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, MetricFact, MetricSession, Outcome, Source,
    Transfer, UserEnd, UserStart, Work,
};
use headroom_kpi::settings::Timeline;
use headroom_kpi::{Id, Media, Metric, Millis};
use std::iter::repeat_with;

/// Makes facts of which no two have an id or a time in common.
pub(super) struct Fresh {
    last: i64,
    text: fn(i64) -> String,
    media: fn(i64) -> Option<Media>,
    /// The distance of two times in ms: longer than an interval, or than a day.
    apart: i64,
}

pub(super) fn uuid(number: i64) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

fn long(number: i64) -> String {
    format!("{number:é>128}")
}

/// One character that takes three bytes in UTF-8. Surrogates are not characters.
pub(super) fn short(number: i64) -> String {
    let code = u32::try_from(0x4e00 + number).unwrap();
    let letter = if code < 0xd800 { code } else { code + 0x800 };
    char::from_u32(letter).unwrap().to_string()
}

impl Fresh {
    /// Facts with a media type that has a number in the stored form.
    pub(super) fn new(text: fn(i64) -> String, apart: i64) -> Self {
        Self { last: 0, text, media: |_| Some(Media::new("screenmonitoring")), apart }
    }

    /// Facts with new media types, each as long as possible.
    pub(super) fn with_new_media(text: fn(i64) -> String, apart: i64) -> Self {
        Self {
            media: |number| Some(Media::new(&format!("new-media-of-32-characters{number:06}"))),
            ..Self::new(text, apart)
        }
    }

    fn next(&mut self) -> i64 {
        self.last += 1;
        self.last
    }

    pub(super) fn id(&mut self) -> Id {
        let number = self.next();
        text_id(&(self.text)(number))
    }

    /// Times jump between 2000, when the first are accepted, and 2030, so none is near another.
    pub(super) fn time(&mut self) -> Millis {
        let at = self.next() * self.apart;
        let far = if self.last % 2 == 0 { 0 } else { 946_684_800_000 };
        Millis(Millis::EVENT_TIME_MIN.0 + at + far)
    }

    fn media(&mut self) -> Option<Media> {
        let number = self.next();
        (self.media)(number)
    }

    fn work(&mut self) -> Work {
        Work { user: self.id(), queue: Some(self.id()), media: self.media(), outbound: true }
    }

    pub(super) fn acd(&mut self, outcome: Outcome) -> Vec<FactKind> {
        let session = self.id();
        let start = AcdStart { time: self.time(), queue: self.id(), media: self.media() };
        let end = AcdEnd {
            time: self.time(),
            queue: self.id(),
            media: self.media(),
            outcome: Some(outcome),
            connected: Some(Millis::DURATION_MAX),
            answered_user: Some(self.id()),
        };
        vec![FactKind::AcdStart(session.clone(), start), FactKind::AcdEnd(session, end)]
    }

    pub(super) fn user(&mut self) -> Vec<FactKind> {
        let session = self.id();
        let (time, work) = (self.time(), self.work());
        let start = UserStart { time, work };
        let end = UserEnd {
            time: self.time(),
            work: self.work(),
            durations: durations(),
            transfer: Some(Transfer::Consult),
        };
        let acw = Acw {
            time: end.time + Millis(self.apart),
            work: self.work(),
            wrapup: Some(Millis::DURATION_MAX),
        };
        vec![
            FactKind::UserStart(session.clone(), start),
            FactKind::UserEnd(session.clone(), end),
            FactKind::Acw(session, acw),
        ]
    }

    pub(super) fn customer(&mut self) -> Vec<FactKind> {
        let session = self.id();
        vec![
            FactKind::CustomerStart(session.clone(), self.time()),
            FactKind::CustomerEnd(session, self.time()),
        ]
    }

    pub(super) fn metric(&mut self, name: &str) -> Vec<FactKind> {
        vec![FactKind::Metric(MetricFact {
            session: MetricSession::Record(self.id()),
            metric: Metric::parse(name).unwrap(),
            emitted: self.time(),
            value: Millis::DURATION_MAX.0 - 1,
            queue: Some(self.id()),
            user: Some(self.id()),
            media: self.media().unwrap(),
        })]
    }

    fn new_metric(&mut self) -> Vec<FactKind> {
        let number = self.next();
        self.metric(&format!("t{number:063}"))
    }
}

fn durations() -> Durations {
    Durations {
        alerting: Millis::DURATION_MAX,
        interacting: Millis::DURATION_MAX,
        hold: Millis::DURATION_MAX,
        contacting: Millis::DURATION_MAX,
        dialing: Millis::DURATION_MAX,
    }
}

/// Everything late, and every abandon short.
pub(super) fn worst_setup() -> Setup {
    let mut setup = Setup::new("America/New_York", 15);
    setup.settings.short_abandon = Timeline::new(Millis::DURATION_MAX + Millis(1));
    setup
}

pub(super) type Kind = fn(&mut Fresh) -> Vec<FactKind>;

pub(super) const KINDS: [(&str, Kind); 9] = [
    ("answered", |fresh| fresh.acd(Outcome::Answered)),
    ("abandoned", |fresh| fresh.acd(Outcome::Abandon)),
    ("flown out", |fresh| fresh.acd(Outcome::FlowOut)),
    ("worked on", Fresh::user),
    ("customer", Fresh::customer),
    ("official answer", |fresh| fresh.metric("tAnswered")),
    ("official abandon", |fresh| fresh.metric("tAbandon")),
    ("official counter", |fresh| fresh.metric("nOffered")),
    ("new metric", Fresh::new_metric),
];

type New = fn(Text, i64) -> Fresh;
pub(super) type Text = fn(i64) -> String;

/// Ids of 16 bytes, of one letter and of as many as there may be.
pub(super) const TEXTS: [Text; 3] = [uuid, short, long];
const NEW: [New; 2] = [Fresh::new, Fresh::with_new_media];

fn each_pool(apart: i64) -> impl Iterator<Item = Fresh> {
    let of_text = move |text| NEW.map(|new| new(text, apart));
    TEXTS.into_iter().flat_map(of_text)
}

pub(super) fn facts(source: Source, kinds: Vec<FactKind>) -> Vec<Fact> {
    let fact = |kind| Fact { source, kind };
    kinds.into_iter().map(fact).collect()
}

/// Entities whose stored form is larger than its bound, as text.
fn violations(name: &str, kinds: &[FactKind]) -> Vec<String> {
    let violation = |source| violation(source, name, kinds.to_vec());
    [Source::Event, Source::Api].into_iter().filter_map(violation).collect()
}

/// Facts of API responses take more bytes: their rows have the measure `repaired` as well.
fn violation(source: Source, name: &str, kinds: Vec<FactKind>) -> Option<String> {
    let stored = at_once(&facts(source, kinds), &worst_setup());
    let (size, bound) = (stored.encode().len(), stored.entity.encoded_size_max());
    if size <= bound + HEADER_BYTES {
        return None;
    }
    let subject = stored.contributions.rows().next().map(|(key, _)| key.subject.clone());
    Some(format!("{name}, {source:?}, {subject:?}: {size} bytes, bound {bound}"))
}

/// What the bound leaves out: version, base time, counts and when the conversation was closed or
/// read.
const HEADER_BYTES: usize = 64;

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn no_kind_of_session_or_metric_is_larger_than_its_bound_whatever_its_ids() {
    let mut failures = Vec::new();
    for (name, kind) in KINDS {
        for apart in [0, 900_001, 86_400_001] {
            for mut fresh in each_pool(apart) {
                for count in [1, 5, 100] {
                    let kinds = repeat_with(|| kind(&mut fresh)).take(count).flatten();
                    failures.extend(violations(name, &kinds.collect::<Vec<_>>()));
                }
            }
        }
    }
    assert_none(&failures);
}

#[test]
fn open_sessions_are_not_larger_than_their_bound() {
    let mut failures = Vec::new();
    for (name, kind) in &KINDS[..5] {
        for mut fresh in each_pool(86_400_001) {
            let starts = repeat_with(|| kind(&mut fresh)[..1].to_vec()).take(100);
            failures.extend(violations(name, &starts.flatten().collect::<Vec<_>>()));
        }
    }
    assert_none(&failures);
}

#[test]
fn facts_of_all_kinds_together_are_not_larger_than_their_bound() {
    let mut failures = Vec::new();
    for mut fresh in each_pool(86_400_001) {
        let once = |fresh: &mut Fresh| KINDS.iter().flat_map(|(_, kind)| kind(fresh)).collect();
        let kinds: Vec<Vec<FactKind>> = repeat_with(|| once(&mut fresh)).take(20).collect();
        failures.extend(violations("all", &kinds.concat()));
    }
    assert_none(&failures);
}
