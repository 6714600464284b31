//! The texts in facts that their encoded form has to spell out: ids that are no UUIDs, and names
//! that the tables do not have.

use super::{
    AcdEnd, AcdSession, AcdStart, Acw, CustomerSession, FactKind, MetricFact, Slot, UserEnd,
    UserSession, UserStart, Work,
};
use crate::{AsText, Millis, Text};

/// Something with texts in it.
pub(super) trait Texts {
    /// Shows each of them.
    fn each_text(&self, show: &mut impl FnMut(&Text));
}

fn each<'a, T: AsText + 'a>(all: impl IntoIterator<Item = &'a T>, show: &mut impl FnMut(&Text)) {
    all.into_iter().filter_map(AsText::as_text).for_each(show);
}

impl Texts for FactKind {
    fn each_text(&self, show: &mut impl FnMut(&Text)) {
        match self {
            Self::AcdStart(id, event) => with(id, event, show),
            Self::AcdEnd(id, event) => with(id, event, show),
            Self::UserStart(id, event) => with(id, event, show),
            Self::UserEnd(id, event) => with(id, event, show),
            Self::Acw(id, event) => with(id, event, show),
            Self::CustomerStart(id, _) | Self::CustomerEnd(id, _) => each([id], show),
            Self::Metric(fact) => fact.each_text(show),
            Self::Closed(_) | Self::Read(_) | Self::Budget(_) => {}
        }
    }
}

fn with(id: &crate::Id, event: &impl Texts, show: &mut impl FnMut(&Text)) {
    each([id], show);
    event.each_text(show);
}

impl Texts for AcdStart {
    fn each_text(&self, show: &mut impl FnMut(&Text)) {
        each([&self.queue], show);
        each(&self.media, show);
    }
}

impl Texts for AcdEnd {
    fn each_text(&self, show: &mut impl FnMut(&Text)) {
        each([&self.queue], show);
        each(&self.answered_user, show);
        each(&self.media, show);
    }
}

impl Texts for Work {
    fn each_text(&self, show: &mut impl FnMut(&Text)) {
        each([&self.user], show);
        each(&self.queue, show);
        each(&self.media, show);
    }
}

impl Texts for MetricFact {
    fn each_text(&self, show: &mut impl FnMut(&Text)) {
        each([self.session.id()], show);
        each(self.queue.iter().chain(&self.user), show);
        each([&self.media], show);
        each([&self.metric], show);
    }
}

impl Texts for Millis {
    fn each_text(&self, _: &mut impl FnMut(&Text)) {}
}

impl<T: Texts> Texts for Slot<T> {
    fn each_text(&self, show: &mut impl FnMut(&Text)) {
        if let Some(event) = self.value() {
            event.each_text(show);
        }
    }
}

macro_rules! texts_of {
    ($($type:ident: $($id:ident)? ; $($part:ident)*),*) => {$(
        impl Texts for $type {
            fn each_text(&self, show: &mut impl FnMut(&Text)) {
                $(each([&self.$id], show);)?
                $(self.$part.each_text(show);)*
            }
        }
    )*};
}

texts_of! {
    UserStart: ; work,
    UserEnd: ; work,
    Acw: ; work,
    AcdSession: id; start end,
    UserSession: id; start end acw,
    CustomerSession: id; start end
}
