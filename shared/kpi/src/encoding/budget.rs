//! A report about the API budget in bytes.

use super::DecodeError;
use super::facts::{list, optional, read_list, read_optional};
use crate::codec::{Reader, Writer};
use crate::facts::{BudgetMetric, BudgetReport, BudgetScope};

type Read<T> = Result<T, DecodeError>;

pub(super) fn write(report: Option<&BudgetReport>, to: &mut Writer) {
    optional(report, to, |report, to| {
        to.time(report.at);
        match report.scope {
            BudgetScope::Now => to.byte(0),
            BudgetScope::Day(day) => {
                to.byte(1);
                to.signed(i64::from(day));
            }
        }
        list(&report.sums, to, |(sum, amount), to| {
            write_sum(*sum, to);
            to.signed(*amount);
        });
    });
}

pub(super) fn read(from: &mut Reader<'_>) -> Read<Option<BudgetReport>> {
    read_optional(from, |from| {
        let at = from.time()?;
        let scope = match from.byte()? {
            0 => BudgetScope::Now,
            1 => BudgetScope::Day(from.signed()?.try_into().map_err(|_| DecodeError::Malformed)?),
            _ => return Err(DecodeError::Malformed),
        };
        let sums = read_list(from, |from| Ok((read_sum(from)?, from.signed()?)))?;
        Ok(BudgetReport { at, scope, sums })
    })
}

/// By its place among all: they are stored in that order, so append, never reorder.
pub(super) fn write_sum(sum: BudgetMetric, to: &mut Writer) {
    to.count(BudgetMetric::ALL.iter().position(|known| *known == sum).unwrap_or_default());
}

pub(super) fn read_sum(from: &mut Reader<'_>) -> Read<BudgetMetric> {
    let at = usize::try_from(from.unsigned()?).map_err(|_| DecodeError::Malformed)?;
    BudgetMetric::ALL.get(at).copied().ok_or(DecodeError::Malformed)
}
