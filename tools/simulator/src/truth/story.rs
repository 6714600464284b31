//! The kinds of things that happen in the world, for tests that every one of them happens.

/// Defines the stories, and the list of them.
macro_rules! stories {
    ($($story:ident),+ $(,)?) => {
        /// A kind of thing that happens in the simulated world.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Story {
            $($story),+
        }

        impl Story {
            /// Every story.
            pub const ALL: &[Self] = &[$(Self::$story),+];
        }
    };
}

stories! {
    HungUpInIvr,
    Answered,
    AbandonedInQueue,
    ShortAbandon,
    AbandonedWhileAlerting,
    FlowOutToCallback,
    FlowOutToVoicemail,
    AlertNotAnswered,
    BlindTransfer,
    ConsultTransfer,
    TransferToAgent,
    CallbackInOneSession,
    CallbackWithCall,
    CustomerNotReached,
    OutboundCall,
    OutboundOnBehalfOfQueue,
    Message,
    SeveralEmails,
    Hold,
    EndedOnHold,
    CustomerFirstCallback,
    AcwMissing,
    AcwLate,
    AcwEarly,
    AcwWithoutDuration,
    OutcomeUnknown,
    OutcomeAbsent,
    NoConnectedDuration,
    NoAnsweredUser,
    StartMissing,
    CutShort,
}
