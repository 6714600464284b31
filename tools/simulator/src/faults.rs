//! Faults of the delivery: repeats, delays, losses, garbage and outages.

mod garbage;
mod injector;

pub(crate) use injector::FaultInjector;

use jiff::SignedDuration;
use std::str::FromStr;

/// The share of lines, 0 to 1, that each fault hits, and an outage. The default has no faults.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// Delivered twice: at once or minutes later, in the same or in a new envelope.
    pub dup: f64,
    /// Delivered seconds to minutes late.
    pub reorder: f64,
    /// Delivered minutes to hours late.
    pub late: f64,
    /// Never delivered.
    pub lose: f64,
    /// Followed by a line that must be refused.
    pub garbage: f64,
    /// A time in which nothing is delivered.
    pub outage: Option<Outage>,
}

/// A time in which nothing is delivered: lines that are due in it are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Its start, in ms after the start of the run.
    pub from_ms: i64,
    /// Its length in ms.
    pub length_ms: i64,
}

impl FromStr for Faults {
    type Err = String;

    /// Reads for example `dup=0.3,outage=40m+20m`. An empty text means no faults.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut faults = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let no_share = || format!("`{part}` has no share: write for example `dup=0.1`");
            let (fault, share) = part.split_once('=').ok_or_else(no_share)?;
            match fault.trim() {
                "outage" => faults.outage = Some(share.parse()?),
                fault => *faults.share_mut(fault)? = parse_share(fault, share.trim())?,
            }
        }
        Ok(faults)
    }
}

impl Faults {
    fn share_mut(&mut self, fault: &str) -> Result<&mut f64, String> {
        match fault {
            "dup" => Ok(&mut self.dup),
            "reorder" => Ok(&mut self.reorder),
            "late" => Ok(&mut self.late),
            "lose" => Ok(&mut self.lose),
            "garbage" => Ok(&mut self.garbage),
            _ => Err(format!(
                "there is no fault `{fault}`: use dup, reorder, late, lose, garbage or outage"
            )),
        }
    }
}

fn parse_share(fault: &str, share: &str) -> Result<f64, String> {
    let parsed = share.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    parsed.ok_or_else(|| format!("`{share}` is no share for `{fault}`: write a number from 0 to 1"))
}

impl Outage {
    /// Whether it includes the time that is so many ms after the start of the run.
    const fn includes(self, ms: i64) -> bool {
        self.from_ms <= ms && ms < self.from_ms.saturating_add(self.length_ms)
    }
}

impl FromStr for Outage {
    type Err = String;

    /// Reads for example `40m+20m`: from 40 minutes after the start, for 20 minutes.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let outage = text.split_once('+').and_then(|(from, length)| {
            let (from_ms, length_ms) = (parse_ms(from)?, parse_ms(length)?);
            (length_ms > 0).then_some(Self { from_ms, length_ms })
        });
        outage.ok_or_else(|| {
            format!(
                "`{text}` is no outage: write for example `outage=40m+20m`, from 40 minutes after \
                 the start for 20 minutes"
            )
        })
    }
}

fn parse_ms(text: &str) -> Option<i64> {
    let duration: SignedDuration = text.trim().parse().ok()?;
    i64::try_from(duration.as_millis()).ok().filter(|ms| *ms >= 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_from_text() {
        let faults: Faults = "dup=0.3, garbage=0.03".parse().unwrap();
        assert_eq!(faults, Faults { dup: 0.3, garbage: 0.03, ..Faults::default() });
        assert_eq!("".parse(), Ok(Faults::default()));
        let outage = Some(Outage { from_ms: 2_400_000, length_ms: 5_400_000 });
        let faults: Faults = "outage=40m+1h30m".parse().unwrap();
        assert_eq!(faults, Faults { outage, ..Faults::default() });
    }

    #[test]
    fn an_error_names_the_part_that_cannot_be_read() {
        let error = |text: &str| text.parse::<Faults>().unwrap_err();
        assert_eq!(error("dup"), "`dup` has no share: write for example `dup=0.1`");
        assert!(error("boom=1").starts_with("there is no fault `boom`: use dup, reorder, "));
        for outage in ["40m", "40m+", "+20m", "-1m+20m", "0m+0m", "soon+20m"] {
            let expected = format!("`{outage}` is no outage: write for example `outage=40m+20m`, ");
            assert!(error(&format!("outage={outage}")).starts_with(&expected));
        }
        for share in ["2", "-0.1", "NaN", "x", ""] {
            let expected = format!("`{share}` is no share for `dup`: write a number from 0 to 1");
            assert_eq!(error(&format!("dup={share}")), expected);
        }
    }
}
