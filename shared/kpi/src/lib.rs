//! The pure core of Headroom: Genesys facts in, exact KPI rows out.
//!
//! Data flows one way through the modules, in this order:
//!
//! 1. [`facts`]: what is known of a conversation; [`Conversation::fold`] is a join, so order and
//!    repeats of events do not matter (`kpis.md`, section 1);
//! 2. [`mod@derive`]: the metric facts that count, derived or official (sections 1 and 2);
//! 3. [`books`]: what a conversation contributes to which row, and the difference between two
//!    such states (sections 3 and 4);
//! 4. [`computed`]: rates and averages, computed when a row is read (section 6).
//!
//! An [`Entity`] is facts and books together; [`encoding`] turns it into the bytes that a store
//! keeps, and back.
//!
//! ```
//! use headroom_kpi::facts::{AcdStart, Source, What};
//! use headroom_kpi::{Contributions, Conversation, Fact, FoldOutcome, Id, Media, Millis, Settings};
//!
//! # fn main() -> Result<(), headroom_kpi::IdError> {
//! let time = Millis(1_778_594_562_000);
//! let media = Some(Media::new("VOICE"));
//! let start = AcdStart { time, queue: Id::parse("billing")?, media };
//! let fact = Fact { source: Source::Event, what: FactKind::AcdStart(Id::parse("session")?, start) };
//!
//! let mut conversation = Conversation::default();
//! assert_eq!(conversation.fold(fact.clone()), FoldOutcome::Applied);
//! assert_eq!(conversation.fold(fact), FoldOutcome::WithoutEffect);
//!
//! let books = Contributions::of(&conversation, &Settings::default());
//! let rows: Vec<_> = books.rows().map(|(row, _)| row.bucket.to_string()).collect();
//! assert_eq!(rows, ["now", "PT30M#2026-05-12T14:00:00Z", "P1D#2026-05-12"]);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here does I/O, reads a clock, draws a random number, is async or knows AWS.

mod amounts;
pub mod books;
pub mod calendar;
mod codec;
pub mod computed;
pub mod derive;
pub mod encoding;
pub mod facts;
pub mod gaps;
mod gauges;
pub mod histogram;
mod id;
mod label;
mod ledger;
pub mod limits;
mod millis;
mod official;
mod precedence;
pub mod row;
mod row_text;
pub mod settings;

pub use amounts::Amounts;
pub use books::{ContributionBuilder, Contributions, RowChange};
pub use calendar::Calendar;
pub use computed::Computed;
pub use encoding::Entity;
pub use facts::{BudgetScope, Conversation, Fact, FoldOutcome};
pub use gaps::{Due, GapSettings, Urgency};
pub use id::{Id, IdError};
pub use label::{Media, Metric};
pub use millis::Millis;
pub use row::{Bucket, Measure, Part, Row, RowKey, Subject, SubjectKind, Waiting};
pub use row_text::RowKeyError;
pub use settings::Settings;

use std::sync::Arc;

/// What events are about: the unit that is folded, versioned and stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKey {
    /// A conversation, by `conversationId`.
    Conversation(Id),
    /// What was spent of the API budget.
    Budget(BudgetScope),
}

impl EntityKey {
    /// The partition key in the `entities` table, `conversation#<conversationId>`.
    pub fn partition_key(&self) -> String {
        match self {
            Self::Conversation(id) => format!("conversation#{id}"),
            Self::Budget(BudgetScope::Now) => "budget".to_owned(),
            Self::Budget(BudgetScope::Day(day)) => format!("budget#{}", row_text::date(*day)),
        }
    }
}

/// Text shared by many holders: ids that are no UUIDs, and values Genesys may add.
pub(crate) type Text = Arc<str>;

/// What may be a number or a text in the encoded form.
pub(crate) trait AsText {
    /// The text, if it is one.
    fn as_text(&self) -> Option<&Text>;
}
