//! DynamoDB's errors as errors of the store.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use headroom_engine::StoreError;

/// Why a transaction was not committed.
pub(super) enum NotCommitted {
    /// Conditions that do not hold, by the index of their item, and no other reason.
    Conditions(Vec<usize>),
    /// The item with this index would be larger than DynamoDB allows.
    TooLarge(usize),
    /// Anything else.
    Other(StoreError),
}

impl NotCommitted {
    pub(super) fn new(error: SdkError<TransactWriteItemsError, HttpResponse>) -> Self {
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

/// A failed condition counts only if nothing else was wrong with the transaction: otherwise the
/// other reason decides.
fn cancelled_because<'a>(reasons: impl Iterator<Item = (&'a str, &'a str)>) -> NotCommitted {
    let mut conditions = Vec::new();
    let mut other = None;
    for (index, (code, message)) in reasons.enumerate() {
        match code {
            "None" => {}
            "ConditionalCheckFailed" => conditions.push(index),
            "ValidationError" if message.contains("size") => return NotCommitted::TooLarge(index),
            "TransactionConflict" => other = Some(StoreError::Conflict),
            code => other = Some(by_code(code, message)),
        }
    }
    match other {
        Some(error) => NotCommitted::Other(error),
        // Without any reason, another writer most likely changed one of the items.
        None if conditions.is_empty() => NotCommitted::Other(StoreError::Conflict),
        None => NotCommitted::Conditions(conditions),
    }
}

/// The error of any request but a transaction.
pub fn store_error<E: ProvideErrorMetadata>(error: SdkError<E, HttpResponse>) -> StoreError {
    match error {
        SdkError::ServiceError(response) => {
            let (code, message) = (response.err().code(), response.err().message());
            let status = response.raw().status();
            match by_code(code.unwrap_or_default(), message.unwrap_or_default()) {
                // An unknown code is a refusal only if the status is 4xx.
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
