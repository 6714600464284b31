//! What DynamoDB's errors mean for what was asked.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use headroom_engine::StoreError;

/// Why a transaction was not committed.
pub(super) enum NotCommitted {
    /// Conditions that do not hold, by place in the transaction, and nothing worse.
    Conditions(Vec<usize>),
    /// The item at this place would be larger than DynamoDB takes.
    TooLarge(usize),
    /// Anything else.
    Other(StoreError),
}

impl NotCommitted {
    pub(super) fn of(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> Self {
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                let reasons = cancelled.cancellation_reasons();
                cancelled_because(reasons.iter().map(|reason| {
                    let (code, message) = (reason.code(), reason.message());
                    (code.unwrap_or("None"), message.unwrap_or_default())
                }))
            }
            _ => Self::Other(store_error(error)),
        }
    }
}

/// The worst reason decides: a condition that does not hold is worth knowing only if the rest of
/// the transaction would have gone through.
fn cancelled_because<'a>(reasons: impl Iterator<Item = (&'a str, &'a str)>) -> NotCommitted {
    let mut conditions = Vec::new();
    let mut other = None;
    for (place, (code, message)) in reasons.enumerate() {
        match code {
            "None" => {}
            "ConditionalCheckFailed" => conditions.push(place),
            "ValidationError" if message.contains("size") => return NotCommitted::TooLarge(place),
            "TransactionConflict" => other = Some(StoreError::Conflict),
            code => other = Some(by_code(code, message)),
        }
    }
    match other {
        Some(error) => NotCommitted::Other(error),
        // No reason at all: somebody else was at one of the items, as far as can be told.
        None if conditions.is_empty() => NotCommitted::Other(StoreError::Conflict),
        None => NotCommitted::Conditions(conditions),
    }
}

/// Any other request's error.
pub fn store_error<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> StoreError {
    match error {
        SdkError::ServiceError(answered) => {
            let (code, message) = (error.code().unwrap_or_default(), error.message());
            let status = answered.raw().status();
            match by_code(code, message.unwrap_or_default()) {
                // Only an answer that says so is a refusal.
                StoreError::Rejected(_) if !status.is_client_error() => {
                    StoreError::Unanswered(format!("status {}", status.as_u16()))
                }
                error => error,
            }
        }
        SdkError::TimeoutError(_) => StoreError::Unanswered("no answer in time".into()),
        SdkError::DispatchFailure(_) => StoreError::Unanswered("the connection failed".into()),
        SdkError::ResponseError(_) => StoreError::Unanswered("its answer cannot be read".into()),
        error => StoreError::Rejected(format!("it could not be made: {error}")),
    }
}

fn by_code(code: &str, message: &str) -> StoreError {
    match code {
        "ThrottlingException"
        | "ThrottlingError"
        | "ProvisionedThroughputExceededException"
        | "ProvisionedThroughputExceeded"
        | "RequestLimitExceeded" => StoreError::Throttled,
        // In progress: the same request is still under way, it was sent again too early.
        "ConditionalCheckFailedException"
        | "TransactionConflictException"
        | "TransactionInProgressException" => StoreError::Conflict,
        "InternalServerError" | "ServiceUnavailable" => StoreError::Unanswered(code.to_owned()),
        _ => StoreError::Rejected(format!("{code}: {message}")),
    }
}
