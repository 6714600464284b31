//! Exports by DynamoDB, and the marker in S3.

use crate::export::{Export, Kind, Table};
use crate::hour::Hour;
use crate::plan::Recoverable;
use crate::service::{Exports, Progress, RequestError, TableState};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Config, retry::RetryConfig};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::export_table_to_point_in_time::ExportTableToPointInTimeError;
use aws_sdk_dynamodb::operation::export_table_to_point_in_time::builders::ExportTableToPointInTimeFluentBuilder as RequestBuilder;
use aws_sdk_dynamodb::primitives::DateTime;
use aws_sdk_dynamodb::types::{
    ContinuousBackupsDescription, ExportDescription, ExportFormat, ExportStatus, ExportType,
    ExportViewType, IncrementalExportSpecification, S3SseAlgorithm,
};
use headroom_engine::StoreError;
use headroom_kpi::Millis;
use headroom_tables::store_error;

/// Where the marker is.
const MARKER: &str = "bi/exports.json";

/// Exports in AWS.
#[derive(Debug)]
pub struct AwsExports {
    dynamo: Client,
    s3: aws_sdk_s3::Client,
    bucket: String,
    /// The key that files are encrypted with; without it, one of S3.
    key_arn: Option<String>,
}

impl AwsExports {
    /// Exports to a bucket. Performs no I/O.
    pub fn new(
        dynamo: Client,
        s3: aws_sdk_s3::Client,
        bucket: impl Into<String>,
        key_arn: Option<String>,
    ) -> Self {
        Self { dynamo, s3, bucket: bucket.into(), key_arn }
    }

    async fn recoverable(&self, table: &str) -> Result<Recoverable, StoreError> {
        let request = self.dynamo.describe_continuous_backups().table_name(table);
        let response = request.send().await.map_err(store_error)?;
        Ok(recoverable(response.continuous_backups_description()).unwrap_or(Recoverable::NEVER))
    }

    /// The request of an export, but for its times.
    fn builder(&self, table: Table, table_arn: &str, export: &Export) -> RequestBuilder {
        let request = self.dynamo.export_table_to_point_in_time();
        let request = request
            .table_arn(table_arn)
            .client_token(export.token())
            .s3_bucket(&export.route.bucket)
            .s3_prefix(export.prefix(table))
            .export_format(ExportFormat::DynamodbJson);
        match &self.key_arn {
            Some(key) => request.s3_sse_algorithm(S3SseAlgorithm::Kms).s3_sse_kms_key_id(key),
            None => request.s3_sse_algorithm(S3SseAlgorithm::Aes256),
        }
    }
}

impl Exports for AwsExports {
    async fn table(&self, name: &str) -> Result<TableState, StoreError> {
        let request = self.dynamo.describe_table().table_name(name);
        let response = request.send().await.map_err(store_error)?;
        let identity = response
            .table()
            .and_then(|table| Some((table.table_arn()?.to_owned(), table.table_id()?.to_owned())));
        let (arn, id) =
            identity.ok_or_else(|| StoreError::BadItem(format!("the description of {name}")))?;
        Ok(TableState { arn, id, recoverable: self.recoverable(name).await? })
    }

    async fn request(
        &self,
        table: Table,
        table_arn: &str,
        export: &Export,
    ) -> Result<String, RequestError> {
        let request = self.builder(table, table_arn, export);
        let window = export.window;
        let request = match window.kind {
            Kind::Full => request.export_type(ExportType::FullExport).export_time(time(window.to)),
            Kind::Incremental => request
                .export_type(ExportType::IncrementalExport)
                .incremental_export_specification(specification(window.from, window.to)),
        };
        // Once: an error of a second try would not tell what became of the first.
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let response = request.customize().config_override(once).send().await;
        let response = response.map_err(request_error)?;
        let arn = response.export_description().and_then(ExportDescription::export_arn);
        arn.map(str::to_owned).ok_or_else(|| RequestError::Unanswered("no ARN".into()))
    }

    async fn progress(&self, arn: &str) -> Result<Progress, StoreError> {
        let response = match self.dynamo.describe_export().export_arn(arn).send().await {
            Ok(response) => response,
            Err(error) if error.code() == Some("ExportNotFoundException") => {
                return Ok(Progress::Failed("DynamoDB does not know the export".into()));
            }
            Err(error) => return Err(store_error(error)),
        };
        Ok(response.export_description().map_or(Progress::Running, progress))
    }

    async fn write_marker(&self, body: &str) -> Result<(), StoreError> {
        let request = self.s3.put_object().bucket(&self.bucket).key(MARKER);
        let request =
            request.content_type("application/json").body(body.as_bytes().to_vec().into());
        request.send().await.map(drop).map_err(store_error)
    }
}

fn time(hour: Hour) -> DateTime {
    DateTime::from_secs(hour.start().seconds())
}

fn specification(from: Hour, to: Hour) -> IncrementalExportSpecification {
    IncrementalExportSpecification::builder()
        .export_from_time(time(from))
        .export_to_time(time(to))
        // Without the old image, nothing says what a removal removed.
        .export_view_type(ExportViewType::NewAndOldImages)
        .build()
}

/// The times that a table can be recovered at; none if recovery is off.
fn recoverable(backups: Option<&ContinuousBackupsDescription>) -> Option<Recoverable> {
    let recovery = backups?.point_in_time_recovery_description()?;
    let millis = |time: &DateTime| time.to_millis().ok().map(Millis);
    Some(Recoverable {
        earliest: recovery.earliest_restorable_date_time().and_then(millis)?,
        latest: recovery.latest_restorable_date_time().and_then(millis)?,
    })
}

fn progress(export: &ExportDescription) -> Progress {
    match export.export_status() {
        Some(ExportStatus::Completed) => Progress::Complete,
        Some(ExportStatus::Failed) => {
            let code = export.failure_code().unwrap_or_default();
            Progress::Failed(format!("{code}: {}", export.failure_message().unwrap_or_default()))
        }
        _ => Progress::Running,
    }
}

fn request_error(
    error: SdkError<ExportTableToPointInTimeError, aws_sdk_dynamodb::config::http::HttpResponse>,
) -> RequestError {
    let code = error.code().unwrap_or_default().to_owned();
    let text = format!("{code}: {}", error.message().unwrap_or_default());
    match code.as_str() {
        "InvalidExportTimeException" | "LimitExceededException" => RequestError::Later(text),
        // The token is in use, or the place in the bucket: an earlier request may have begun.
        "ExportConflictException" => RequestError::Unanswered(text),
        _ => match store_error(error) {
            StoreError::Throttled => RequestError::Later(text),
            StoreError::Rejected(reason) => RequestError::Refused(reason),
            error => RequestError::Unanswered(error.to_string()),
        },
    }
}
