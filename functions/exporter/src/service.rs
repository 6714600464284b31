//! What exports are made by: DynamoDB and S3, or a test.

use crate::export::{Export, Table};
use crate::plan::Recoverable;
use headroom_engine::StoreError;

/// A table, as DynamoDB describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableState {
    /// Its ARN.
    pub arn: String,
    /// Its id; a restored table has another one than the table before it.
    pub id: String,
    /// The times that it can be exported of.
    pub recoverable: Recoverable,
}

/// How far an export is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is being made.
    Running,
    /// All its files are there.
    Complete,
    /// It was ended, for this reason.
    Failed(String),
}

/// Why an export was not begun, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It was not begun: the time is not there yet, or too many are under way. A later run will do.
    #[error("not now: {0}")]
    Later(String),
    /// It was not begun, and will not be before somebody changes something.
    #[error("refused: {0}")]
    Refused(String),
    /// It may have begun. The same request, with the same token, says which export it was.
    #[error("without a response: {0}")]
    Unanswered(String),
}

/// The services that exports are made by.
pub trait Exports: Send + Sync {
    /// Describes a table by its name.
    fn table(&self, name: &str) -> impl Future<Output = Result<TableState, StoreError>> + Send;

    /// Requests an export. Returns its ARN, which is the same for requests with the same token.
    fn request(
        &self,
        table: Table,
        table_arn: &str,
        export: &Export,
    ) -> impl Future<Output = Result<String, RequestError>> + Send;

    /// How far an export is, by its ARN.
    fn progress(&self, arn: &str) -> impl Future<Output = Result<Progress, StoreError>> + Send;

    /// Writes the marker beside the exports.
    fn write_marker(&self, body: &str) -> impl Future<Output = Result<(), StoreError>> + Send;
}
