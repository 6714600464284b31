//! AWS' list prices of us-east-1 in US dollars, without the free tier, as of 24 November 2026
//! (`docs/cost.md`, "The prices").

/// One of a million.
const MILLIONTH: f64 = 1e-6;

pub(super) const EVENT: f64 = 1.00 * MILLIONTH;
pub(super) const ARCHIVE_GB: f64 = 0.10;
pub(super) const ARCHIVE_GB_MONTH: f64 = 0.023;
pub(super) const QUEUE_REQUEST: f64 = 0.40 * MILLIONTH;
pub(super) const INVOCATION: f64 = 0.20 * MILLIONTH;
/// On arm64.
pub(super) const GB_SECOND: f64 = 0.000_013_333_4;
pub(super) const WRITE_UNIT: f64 = 0.625 * MILLIONTH;
pub(super) const READ_UNIT: f64 = 0.125 * MILLIONTH;
/// Stored, and again under point-in-time recovery.
pub(super) const TABLE_GB_MONTH: f64 = 0.25 + 0.20;
/// Of a full export the table, of an increment the changes.
pub(super) const EXPORT_GB: f64 = 0.10;
pub(super) const LOG_GB: f64 = 0.50;
/// Up to 32 KB.
pub(super) const MESSAGE: f64 = 1.00 * MILLIONTH;
pub(super) const CONNECTION_MINUTE: f64 = 0.25 * MILLIONTH;
pub(super) const DATA_OUT_GB: f64 = 0.09;
/// For each metric that an alarm watches.
pub(super) const ALARM_METRIC: f64 = 0.10;
pub(super) const CUSTOM_METRIC: f64 = 0.30;
pub(super) const DASHBOARD: f64 = 3.00;
pub(super) const SECRET: f64 = 0.40;
