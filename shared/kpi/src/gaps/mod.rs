//! When a conversation's silence or its holes mean that something was missed (`kpis.md`, section
//! 11).
//!
//! A *hole* is something whose absence can change a number. What counts as one is a list of small
//! rules, each of which looks at the facts that are held and at nothing else: no clock, no order of
//! arrival. So when a conversation is due is a function of the set of its facts.

mod agents;
mod evidence;
mod metrics;
mod sessions;
mod settings;
mod work;

pub use settings::GapSettings;

use crate::facts::{LastRead, Session};
use crate::{Conversation, Media, Millis, Settings};
use evidence::Evidence;

/// When a conversation is to be read from the Platform API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// What a read would mend: before the time, since it decides about the order of reads.
    pub urgency: Urgency,
    /// The earliest time at which to read it, a whole multiple of [`GapSettings::step`].
    pub at: Millis,
}

/// What a read would mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Gauges: someone is shown waiting or talking, and may not be.
    Live,
    /// Sums of the past.
    Settled,
}

/// Something that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The rule that found it, in the words of `kpis.md`, section 11.
    pub rule: &'static str,
    /// What it concerns.
    pub urgency: Urgency,
    /// It may still be under way until then, however long nothing else is heard.
    pub not_before: Millis,
}

impl Gap {
    /// A hole in sums.
    const fn settled(rule: &'static str) -> Self {
        Self { rule, urgency: Urgency::Settled, not_before: Millis(i64::MIN) }
    }

    /// A hole that leaves a gauge up.
    const fn live(rule: &'static str) -> Self {
        Self { urgency: Urgency::Live, ..Self::settled(rule) }
    }
}

/// Holes that persist are given up when the newest fact is older than this at a read: what Genesys
/// did not know by then, it will not know.
const GIVEN_UP: Millis = Millis(24 * 3_600_000);

/// All that is missing of a conversation, rule by rule.
pub fn holes(conversation: &Conversation, settings: &Settings) -> Vec<Gap> {
    let evidence = Evidence::of(conversation, settings);
    let mut holes = Vec::new();
    for rule in RULES.into_iter().flatten() {
        rule(&evidence, &mut holes);
    }
    holes
}

/// A rule: adds the holes that it finds.
type Rule = fn(&Evidence<'_>, &mut Vec<Gap>);

const RULES: [&[Rule]; 4] = [sessions::RULES, work::RULES, metrics::RULES, agents::RULES];

/// When a conversation is due for a read; none if nothing is missing and nothing is to be waited for.
pub fn due(conversation: &Conversation, settings: &Settings) -> Option<Due> {
    let newest = conversation.newest()?;
    if conversation.is_empty() || conversation.read == LastRead::Gone {
        return None;
    }
    let gaps = &settings.gaps;
    let mut holes = holes(conversation, settings);
    if given_up(conversation, newest) {
        holes.clear();
    }
    let at = |hole: &Gap| hole.not_before.max(newest + gaps.settle);
    let holes = holes.iter().map(|hole| Due { urgency: hole.urgency, at: at(hole) });
    let all = holes.chain(open(conversation, gaps)).map(|due| Due {
        at: gaps.stepped(after_read(due.at, newest, conversation.read, gaps.settle)),
        ..due
    });
    // The earliest, and of those a gauge before sums.
    all.min_by_key(|due| (due.at, due.urgency))
}

fn given_up(conversation: &Conversation, newest: Millis) -> bool {
    matches!(conversation.read, LastRead::At(read) if read - newest > GIVEN_UP)
}

/// When open sessions have been open for too long without news.
fn open(conversation: &Conversation, settings: &GapSettings) -> Option<Due> {
    if conversation.is_closed() {
        return None;
    }
    let until = |start: Millis, media: Media, limit: fn(&GapSettings, &Media) -> Millis| {
        start + limit(settings, &media)
    };
    let waits = conversation.acd.iter().filter(|session| session.is_open());
    let waits = waits.filter_map(|session| {
        Some(until(session.start.value()?.time, session.media(), GapSettings::waiting))
    });
    let talks = conversation.user.iter().filter(|session| session.is_open());
    let talks = talks.filter_map(|session| {
        Some(until(session.start.value()?.time, session.media(), GapSettings::talking))
    });
    waits.chain(talks).min().map(|at| Due { urgency: Urgency::Live, at })
}

/// A read that found no more than this is worth another one after as long again as it had been
/// quiet: waits double.
fn after_read(due: Millis, newest: Millis, read: LastRead, settle: Millis) -> Millis {
    match read {
        LastRead::At(read) if read >= due => read + settle.max(read - newest),
        _ => due,
    }
}
