//! `headroom settings put` and `show`: the versions of the settings in the ledger.

use super::check::read;
use super::{LedgerArgs, PutArgs, ShowArgs, millis};
use crate::aws::sdk_config;
use crate::terminal::{block_on, print, print_message};
use crate::time::utc;
use crate::{CliError, Outcome};
use aws_sdk_dynamodb::Client;
use headroom_engine::StoreError;
use headroom_kpi::{Calendar, MINUTE_MS, Millis};
use headroom_tables::DynamoDocuments;
use headroom_tables::settings::{SettingsVersion, put_settings, settings_versions};
use jiff::Timestamp;
use serde_json::json;

/// The least time between a change and its effect: by then no cache is behind.
const NOTICE: Millis = Millis(5 * MINUTE_MS);

pub(super) fn put(args: &PutArgs, now: Millis) -> Result<Outcome, CliError> {
    let earliest = earliest(args.at, now)?;
    let Some(document) = read(&args.file)? else { return Ok(Outcome::PartialFailure) };
    let mut version = SettingsVersion { from: Millis(0), put_at: now, document };
    let put = async {
        let ledger = ledger(&args.ledger).await?;
        let failed = failed(&args.ledger);
        let versions = settings_versions(&ledger).await.map_err(&failed)?;
        version.from = effective(&version, &versions, earliest).map_err(&failed)?;
        put_settings(&ledger, &version).await.map_err(&failed)
    };
    block_on(put)??;
    let time = utc(version.from);
    print_message(format_args!("In force from {time} on. Until then, put others to replace them."));
    Ok(Outcome::Success)
}

/// When a version can take effect at the earliest.
fn earliest(at: Option<Timestamp>, now: Millis) -> Result<Millis, CliError> {
    let soonest = now + NOTICE;
    match at.map(millis) {
        Some(at) if at < now => {
            let message = "--at lies in the past: numbers of then follow the settings of then";
            Err(CliError::Usage(message.to_owned()))
        }
        at => Ok(at.unwrap_or(soonest).max(soonest)),
    }
}

/// The first boundary from `earliest` on of the intervals before the change and of those after it.
fn effective(
    version: &SettingsVersion,
    versions: &[SettingsVersion],
    earliest: Millis,
) -> Result<Millis, StoreError> {
    let boundary = |calendar: &Calendar| calendar.effective(earliest - NOTICE);
    let after = version.settings()?.calendar;
    let before = match versions.iter().rfind(|other| other.from < earliest) {
        Some(before) => before.settings()?.calendar,
        // The stack's settings are not known here.
        None => after.clone(),
    };
    // The longer interval is a multiple of the shorter one.
    Ok(boundary(&before).max(boundary(&after)))
}

pub(super) fn show(args: &ShowArgs, now: Millis) -> Result<Outcome, CliError> {
    let read = async {
        let ledger = ledger(&args.ledger).await?;
        settings_versions(&ledger).await.map_err(failed(&args.ledger))
    };
    let versions = block_on(read)??;
    let in_force = versions.iter().rposition(|version| version.from <= now);
    if versions.is_empty() && !args.json {
        print_message("There are no settings in the ledger: those of the stack are in force.");
    }
    for (index, version) in versions.iter().enumerate() {
        let is_in_force = in_force == Some(index);
        print(&if args.json {
            line(version, is_in_force)
        } else {
            text(version, is_in_force, now)
        })?;
    }
    Ok(Outcome::Success)
}

fn line(version: &SettingsVersion, is_in_force: bool) -> String {
    let line = json!({
        "from": utc(version.from),
        "putAt": utc(version.put_at),
        "inForce": is_in_force,
        "settings": version.document,
    });
    format!("{line}\n")
}

fn text(version: &SettingsVersion, is_in_force: bool, now: Millis) -> String {
    let state = match is_in_force {
        true => ", in force",
        false if version.from > now => ", to come",
        false => "",
    };
    let document = serde_json::to_string_pretty(&version.document).unwrap_or_default();
    format!("From {}{state} (put {})\n{document}\n", utc(version.from), utc(version.put_at))
}

async fn ledger(args: &LedgerArgs) -> Result<DynamoDocuments, CliError> {
    let config = sdk_config(args.endpoint_url.as_deref()).await?;
    Ok(DynamoDocuments::new(Client::new(&config), &args.table))
}

fn failed(args: &LedgerArgs) -> impl Fn(StoreError) -> CliError {
    let table = args.table.clone();
    move |source| CliError::Store { table: table.clone(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Millis {
        millis(text.parse().unwrap())
    }

    fn version(from: &str, minutes: u32) -> SettingsVersion {
        let document = json!({ "intervalMinutes": minutes });
        SettingsVersion { from: time(from), put_at: Millis(0), document }
    }

    #[test]
    fn a_change_waits_for_five_minutes_and_for_the_time_that_was_asked_for() {
        let now = time("2026-05-12T14:00:00Z");
        let at = |text: &str| earliest(Some(text.parse().unwrap()), now);
        assert_eq!(earliest(None, now).unwrap(), time("2026-05-12T14:05:00Z"));
        assert_eq!(at("2026-05-12T14:01:00Z").unwrap(), time("2026-05-12T14:05:00Z"));
        assert_eq!(at("2026-05-12T15:00:00Z").unwrap(), time("2026-05-12T15:00:00Z"));
        assert!(at("2026-05-12T13:59:59Z").unwrap_err().to_string().contains("past"));
    }

    #[test]
    fn a_change_takes_effect_at_a_boundary_of_the_intervals_before_and_after() {
        let from = |minutes, versions: &[SettingsVersion], earliest| {
            let version = version("1970-01-01T00:00:00Z", minutes);
            effective(&version, versions, time(earliest)).unwrap()
        };
        assert_eq!(from(30, &[], "2026-05-12T14:05:00Z"), time("2026-05-12T14:30:00Z"));
        assert_eq!(from(30, &[], "2026-05-12T14:30:00Z"), time("2026-05-12T14:30:00Z"));
        let hours = [version("2026-05-01T00:00:00Z", 60), version("2026-06-01T00:00:00Z", 15)];
        assert_eq!(from(15, &hours, "2026-05-12T14:05:00Z"), time("2026-05-12T15:00:00Z"));
        assert_eq!(from(15, &hours, "2026-06-12T14:05:00Z"), time("2026-06-12T14:15:00Z"));
    }
}
