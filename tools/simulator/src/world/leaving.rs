//! Leaving a queue, and what the event says of it.

use super::World;
use super::conversation::{AcdEnd, AcdSession, Answer, Conversation, Outcome, Told, ToldOutcome};
use crate::Story;
use crate::facts::{acd_end, untold_start};

impl World<'_> {
    /// Ends time in a queue, and puts it on the books.
    pub(super) fn end_acd(
        &mut self,
        it: &mut Conversation,
        acd: usize,
        outcome: Outcome,
        answer: Option<Answer>,
    ) {
        let told = self.told(&it.acds[acd], outcome, answer);
        let end = AcdEnd { time: self.now, outcome, answer, told };
        let session = &it.acds[acd];
        let mut facts = acd_end(session, &end, &self.options.rules, &mut self.chance);
        facts.extend(untold_start(session, &end));
        self.publisher.acd_end(it, session, &end);
        self.recorder.acd_ended(it, session, &end);
        self.tell_all(it, &facts);
        it.acds[acd].end = Some(end);
    }

    /// What the event says of the end: now and then less than there is to say.
    fn told(&mut self, acd: &AcdSession, outcome: Outcome, answer: Option<Answer>) -> Told {
        let wait = self.now - acd.start;
        let outcome = match self.chance.between(0..=999) {
            0..=3 => Some(ToldOutcome::Unknown),
            4..=5 => None,
            _ => Some(ToldOutcome::Known(outcome)),
        };
        let without_duration = acd.start_told && self.chance.happens(0.04);
        let rounding = self.chance.between(-30..=30);
        let exact = self.chance.happens(0.9);
        let connected_ms = if exact { wait } else { (wait + rounding).max(0) };
        let without_user = self.chance.happens(0.003);
        let told = Told {
            outcome,
            answered_user: answer.map(|answer| answer.user).filter(|_| !without_user),
            connected_ms: (!without_duration).then_some(connected_ms),
        };
        self.note_untold(acd, told, answer);
        told
    }

    fn note_untold(&mut self, acd: &AcdSession, told: Told, answer: Option<Answer>) {
        let untold = [
            (told.outcome == Some(ToldOutcome::Unknown), Story::OutcomeUnknown),
            (told.outcome.is_none(), Story::OutcomeAbsent),
            (told.connected_ms.is_none(), Story::NoConnectedDuration),
            (answer.is_some() && told.answered_user.is_none(), Story::NoAnsweredUser),
            (!acd.start_told, Story::StartUntold),
        ];
        untold.iter().filter(|(is, _)| *is).for_each(|(_, story)| self.happened(*story));
    }
}
