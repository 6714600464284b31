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
//! Nothing here does I/O, reads a clock, draws a random number, is async or knows AWS.

mod amounts;
pub mod books;
pub mod calendar;
mod codec;
pub mod computed;
pub mod derive;
pub mod encoding;
pub mod facts;
mod gauges;
pub mod histogram;
mod id;
mod label;
pub mod limits;
mod millis;
mod precedence;
pub mod row;
pub mod settings;

pub use amounts::Amounts;
pub use books::{Bookkeeper, Books, RowChange};
pub use calendar::Calendar;
pub use computed::Computed;
pub use encoding::Entity;
pub use facts::{Conversation, Fact, Folded};
pub use id::{Id, IdError};
pub use label::{Media, Metric};
pub use millis::Millis;
pub use row::{Bucket, Key, Row, RowKey, Subject, SubjectKind};
pub use settings::Settings;

use std::sync::Arc;

/// What events are about: the unit that is folded, versioned and stored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKey {
    /// A conversation, by `conversationId`.
    Conversation(Id),
}

impl EntityKey {
    /// The partition key in the `entities` table, `conversation#<conversationId>`.
    pub fn partition_key(&self) -> String {
        match self {
            Self::Conversation(id) => format!("conversation#{id}"),
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
