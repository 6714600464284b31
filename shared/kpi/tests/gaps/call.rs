//! An answered call, with its detail events and metric events.

use headroom_kpi::Fact;
use headroom_kpi::facts::{
    AcdEnd, AcdStart, Acw, Durations, FactKind, MetricFact, MetricSession, Outcome, Source,
    UserEnd, UserStart, Work,
};
use headroom_kpi::{Conversation, Id, Media, Metric, Millis};

/// When the customer calls. A multiple of the rounding step.
pub(crate) const START: i64 = 1_778_594_400_000;

/// After-call work is done then, and with it the call.
pub(crate) const END: i64 = START + 350_000;

pub(crate) fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

pub(crate) fn time(ms: i64) -> Millis {
    Millis(START + ms)
}

pub(crate) fn work() -> Work {
    let media = Some(Media::new("voice"));
    Work { user: id("u"), queue: Some(id("q")), media, outbound: false }
}

pub(crate) fn metric(
    session: &str,
    name: &str,
    ms: i64,
    value: i64,
    user: Option<&str>,
) -> FactKind {
    FactKind::Metric(MetricFact {
        session: MetricSession::Session(id(session)),
        metric: Metric::parse(name).unwrap(),
        emitted: time(ms),
        value,
        queue: Some(id("q")),
        user: user.map(id),
        media: Media::new("voice"),
    })
}

/// A customer waits 43 s and talks to an agent: each event with a name.
pub(crate) fn call() -> Vec<(&'static str, FactKind)> {
    let media = Some(Media::new("voice"));
    let acd_start = AcdStart { time: time(32_000), queue: id("q"), media: media.clone() };
    let acd_end = AcdEnd {
        time: time(75_000),
        queue: id("q"),
        media,
        outcome: Some(Outcome::Answered),
        connected: Some(Millis(43_000)),
        answered_user: Some(id("u")),
    };
    let durations = Durations {
        alerting: Millis(5_000),
        interacting: Millis(215_000),
        hold: Millis(25_000),
        ..Durations::default()
    };
    let user_end = UserEnd { time: time(315_000), work: work(), durations, transfer: None };
    let acw = Acw { time: time(349_000), work: work(), wrapup: Some(Millis(34_000)) };
    let by = Some("u");
    vec![
        ("customer.start", FactKind::CustomerStart(id("c"), time(0))),
        ("nConnected", metric("c", "nConnected", 0, 1, None)),
        ("acd.start", FactKind::AcdStart(id("a"), acd_start)),
        ("nOffered", metric("a", "nOffered", 32_100, 1, None)),
        (
            "user.start",
            FactKind::UserStart(id("s"), UserStart { time: time(70_000), work: work() }),
        ),
        ("acd.end", FactKind::AcdEnd(id("a"), acd_end)),
        ("tAcd", metric("a", "tAcd", 75_100, 43_000, None)),
        ("tAnswered", metric("a", "tAnswered", 75_100, 43_000, by)),
        ("nOverSla", metric("a", "nOverSla", 75_100, 1, by)),
        ("tAlert", metric("s", "tAlert", 75_100, 5_000, by)),
        ("tTalk", metric("s", "tTalk", 290_000, 215_000, by)),
        ("tHeld", metric("s", "tHeld", 315_000, 25_000, by)),
        ("user.end", FactKind::UserEnd(id("s"), user_end)),
        ("tTalkComplete", metric("s", "tTalkComplete", 315_100, 215_000, by)),
        ("tHeldComplete", metric("s", "tHeldComplete", 315_100, 25_000, by)),
        ("customer.end", FactKind::CustomerEnd(id("c"), time(315_200))),
        ("acw", FactKind::Acw(id("s"), acw)),
        ("tAcw", metric("s", "tAcw", 349_100, 34_000, by)),
        ("tHandle", metric("s", "tHandle", 350_000, 274_000, by)),
    ]
}

pub(crate) fn fold(kinds: impl IntoIterator<Item = FactKind>) -> Conversation {
    with(&Conversation::default(), kinds)
}

/// The call without some events that were lost.
pub(crate) fn without(lost: &[&str]) -> Conversation {
    let events = call();
    assert!(lost.iter().all(|lost| events.iter().any(|(name, _)| name == lost)), "{lost:?}");
    fold(events.into_iter().filter(|(name, _)| !lost.contains(name)).map(|(_, kind)| kind))
}

/// The call up to an event.
pub(crate) fn until(last: &str) -> Conversation {
    let events = call();
    let end = events.iter().position(|(name, _)| *name == last).unwrap();
    fold(events.into_iter().take(end + 1).map(|(_, kind)| kind))
}

/// The conversation after a read that brought nothing new.
pub(crate) fn read(conversation: &Conversation, at: i64) -> Conversation {
    let mut read = conversation.clone();
    read.fold(Fact { source: Source::Api, kind: FactKind::Read(Millis(at)) });
    read
}

/// The conversation with more events.
pub(crate) fn with(
    conversation: &Conversation,
    kinds: impl IntoIterator<Item = FactKind>,
) -> Conversation {
    let mut later = conversation.clone();
    for kind in kinds {
        later.fold(Fact { source: Source::Event, kind });
    }
    later
}

/// The detail events of the call without some that were lost.
pub(crate) fn details_without(lost: &[&str]) -> Conversation {
    let details = call().into_iter().filter(|(name, _)| name.contains('.') || *name == "acw");
    fold(details.filter(|(name, _)| !lost.contains(name)).map(|(_, kind)| kind))
}
