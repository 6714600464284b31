//! Waiting in a queue, until an agent answers, the customer abandons, or a flow takes over.

use super::World;
use super::agenda::{Step, Waiting};
use super::agent_session::Disconnect;
use super::conversation::{AcdEnd, AcdEndFields, AcdSession, Answer, Conversation, Outcome};
use super::lanes::{CALLBACK_DESK, LANES, Media, SUPPORT_CALLBACK, SUPPORT_VOICE};
use crate::facts::{acd_end, acd_start, offered_from_end};
use crate::truth::Story;

impl World<'_> {
    pub(super) fn enter_queue(&mut self, conversation: &mut Conversation, lane: usize) {
        let (queue, media) = (LANES[lane].queue, LANES[lane].media);
        let mut session = AcdSession::new(lane, (queue, media), self.now, &mut self.chance);
        let fact = acd_start(&mut session, &mut self.chance);
        self.publisher.acd_start(conversation, &session);
        self.recorder.acd_started(conversation, &session);
        conversation.acds.push(session);
        self.add_fact(conversation, &fact);
        let acd = conversation.acds.len() - 1;
        if media == Media::Callback && self.keeps_from_agents(conversation, acd) {
            return;
        }
        self.schedule_abandon(conversation, acd);
        self.find_agent(conversation, acd);
    }

    /// Schedules when the customer will abandon, or a flow will end the wait.
    fn schedule_abandon(&mut self, conversation: &Conversation, acd: usize) {
        let media = conversation.acds[acd].media;
        let is_hasty = self.chance.happens(0.08);
        let patience_ms = match media {
            Media::Voice | Media::Chat if is_hasty => self.chance.lognormal_ms(8.0, 0.6, 1..=40),
            Media::Voice | Media::Chat => self.chance.lognormal_ms(260.0, 0.8, 15..=3600),
            Media::Message => self.chance.lognormal_ms(1500.0, 0.7, 60..=14_400),
            Media::Callback => self.chance.lognormal_ms(14_400.0, 0.5, 1800..=86_400),
            // Few customers withdraw an e-mail.
            Media::Email if self.chance.happens(0.01) => self.chance.between(60_000..=3_600_000),
            Media::Email => return,
        };
        self.schedule(conversation, patience_ms, Step::LosePatience { acd });
        if media == Media::Voice && self.chance.happens(0.5) {
            let in_ms = self.chance.between(15_000..=120_000);
            self.schedule(conversation, in_ms, Step::FlowOut { acd });
        }
    }

    /// Alerts a free agent, or lets the customer wait: at the head of the lane after an alert that
    /// was not answered.
    pub(super) fn find_agent(&mut self, conversation: &mut Conversation, acd: usize) {
        let AcdSession { lane, start: since, .. } = conversation.acds[acd];
        let waiting = Waiting { number: conversation.number, acd, since };
        if let Some(agent) = self.staff.pick(lane) {
            self.alert(conversation, acd, agent);
        } else if since < self.now {
            self.waiting[lane].push_front(waiting);
        } else {
            self.waiting[lane].push_back(waiting);
        }
    }

    /// Alerts a free agent for waiting customers, while there are any.
    pub(super) fn serve(&mut self, agent: usize) {
        while self.staff.is_free(agent) {
            let Some(next) = self.next_waiting(agent) else {
                return;
            };
            if let Some(mut conversation) = self.conversations.remove(&next.number) {
                self.staff.occupy(agent);
                self.alert(&mut conversation, next.acd, agent);
                self.put_back(conversation);
            }
        }
    }

    /// Takes the next customer for an agent out of the lanes: by class, then by start of the wait.
    fn next_waiting(&mut self, agent: usize) -> Option<Waiting> {
        let lanes = self.staff.lanes(agent);
        for lane in lanes {
            self.remove_ended_waits(*lane);
        }
        let since = |lane: usize| self.waiting[lane].front().map(|front| front.since);
        let waiting = lanes.iter().copied().filter(|lane| since(*lane).is_some());
        let lane = waiting.min_by_key(|lane| (LANES[*lane].class, since(*lane)))?;
        self.waiting[lane].pop_front()
    }

    fn remove_ended_waits(&mut self, lane: usize) {
        while let Some(front) = self.waiting[lane].front() {
            let conversation = self.conversations.get(&front.number);
            let acd = conversation.map(|conversation| &conversation.acds[front.acd]);
            if acd.is_some_and(|acd| acd.end.is_none()) {
                return;
            }
            self.waiting[lane].pop_front();
        }
    }

    pub(super) fn lose_patience(&mut self, conversation: &mut Conversation, acd: usize) {
        if conversation.acds[acd].end.is_some() {
            return;
        }
        self.end_acd(conversation, acd, Some(Outcome::Abandon), None);
        let wait_ms = self.now - conversation.acds[acd].start;
        let is_short = wait_ms < self.options.rules.short_abandon_ms;
        self.count_story(if is_short { Story::ShortAbandon } else { Story::AbandonedInQueue });
        if let Some(user) = conversation.alerted() {
            self.count_story(Story::AbandonedWhileAlerting);
            self.stop_alerting(conversation, user, Disconnect::Peer);
        }
        match conversation.consulting.take() {
            // There is nobody to consult, so the agent continues alone.
            Some(user) => self.schedule(conversation, 8000, Step::EndConsult { user }),
            None => self.end_customer(conversation, Disconnect::Endpoint),
        }
    }

    /// The flow offers a callback or voicemail; not while an agent is alerted, nor in a
    /// consultation.
    pub(super) fn flow_out(&mut self, conversation: &mut Conversation, acd: usize) {
        let is_alerted = conversation.alerted().is_some();
        if is_alerted || conversation.acds[acd].end.is_some() || conversation.consulting.is_some() {
            return;
        }
        self.end_acd(conversation, acd, Some(Outcome::FlowOut), None);
        if self.chance.happens(0.7) {
            self.count_story(Story::FlowOutToCallback);
            let is_support = conversation.acds[acd].lane == SUPPORT_VOICE;
            let in_same_queue = is_support && self.chance.happens(0.6);
            let lane = if in_same_queue { SUPPORT_CALLBACK } else { CALLBACK_DESK };
            // Time to leave a number. It also keeps the two waits so far apart that no official
            // fact can be matched with the wrong one (`kpis.md#same-queue`).
            let in_ms = self.chance.between(30_000..=60_000);
            self.schedule(conversation, in_ms, Step::Enter { lane });
        } else {
            self.count_story(Story::FlowOutToVoicemail);
            self.publisher.voicemail_start(conversation, &conversation.acds[acd], self.now);
            let in_ms = self.chance.between(10_000..=90_000);
            self.schedule(conversation, in_ms, Step::EndVoicemail);
        }
    }

    pub(super) fn end_voicemail(&mut self, conversation: &mut Conversation) {
        if let Some(acd) = conversation.acds.last() {
            self.publisher.voicemail_end(conversation, acd, self.now);
        }
        self.end_customer(conversation, Disconnect::Endpoint);
    }

    /// Ends time in a queue, with its event and facts.
    pub(super) fn end_acd(
        &mut self,
        conversation: &mut Conversation,
        acd: usize,
        outcome: Option<Outcome>,
        answer: Option<Answer>,
    ) {
        let event = self.acd_end_fields(&conversation.acds[acd], outcome, answer);
        let end = AcdEnd { time: self.now, outcome, answer, event };
        let session = &conversation.acds[acd];
        let settings = (&self.options.rules, &self.options.assumptions);
        let mut facts = acd_end(session, &end, settings, &mut self.chance);
        facts.extend(offered_from_end(session, &end));
        self.publisher.acd_end(conversation, session, &end);
        self.recorder.acd_ended(conversation, session, &end);
        self.add_facts(conversation, &facts);
        conversation.acds[acd].end = Some(end);
    }

    /// The fields of the event, of which a few are absent or inexact.
    fn acd_end_fields(
        &mut self,
        acd: &AcdSession,
        outcome: Option<Outcome>,
        answer: Option<Answer>,
    ) -> AcdEndFields {
        let wait = self.now - acd.start;
        let outcome = match (self.chance.between(0..=999), outcome) {
            (_, None) => Some(self.options.assumptions.customer_first_outcome),
            (0..=3, _) => Some(Outcome::Unknown),
            (4..=5, _) => None,
            (_, outcome) => outcome,
        };
        let without_duration = acd.start_published && self.chance.happens(0.04);
        let rounding = self.chance.between(-30..=30);
        let is_exact = self.chance.happens(0.9);
        let connected_ms = if is_exact { wait } else { (wait + rounding).max(0) };
        let without_user = self.chance.happens(0.003);
        let fields = AcdEndFields {
            outcome,
            answered_user: answer.map(|answer| answer.user).filter(|_| !without_user),
            connected_ms: (!without_duration).then_some(connected_ms),
        };
        self.count_omissions(acd, fields, answer);
        fields
    }

    fn count_omissions(&mut self, acd: &AcdSession, fields: AcdEndFields, answer: Option<Answer>) {
        let omissions = [
            (fields.outcome == Some(Outcome::Unknown), Story::OutcomeUnknown),
            (fields.outcome.is_none(), Story::OutcomeAbsent),
            (fields.connected_ms.is_none(), Story::NoConnectedDuration),
            (answer.is_some() && fields.answered_user.is_none(), Story::NoAnsweredUser),
            (!acd.start_published, Story::StartMissing),
        ];
        for (_, story) in omissions.into_iter().filter(|(is_omitted, _)| *is_omitted) {
            self.count_story(story);
        }
    }
}
