//! What happens to the stream on its way: repeats, disorder, loss and garbage.

mod disturbance;
mod garbage;
mod outage;

pub(crate) use disturbance::Disturbance;
pub use outage::Outage;

use std::str::FromStr;

/// Shares of the lines that something happens to, each 0 to 1, and a time without any. The
/// default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// Delivered twice: at once or minutes later, as it was or in a new envelope.
    pub dup: f64,
    /// Delivered seconds to minutes late.
    pub reorder: f64,
    /// Delivered up to hours late, but within the run.
    pub late: f64,
    /// Never delivered.
    pub lose: f64,
    /// Followed by a line that must be refused.
    pub garbage: f64,
    /// A stretch of time in which nothing is delivered.
    pub outage: Option<Outage>,
}

/// Why a text does not describe faults.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultsError {
    /// A part without `=`.
    #[error("`{0}` has no share: write for example `dup=0.1`")]
    NoShare(String),
    /// A fault that there is not.
    #[error("there is no fault `{0}`: use dup, reorder, late, lose, garbage or outage")]
    Unknown(String),
    /// A share that is not a number from 0 to 1.
    #[error("`{share}` is no share for `{fault}`: write a number from 0 to 1")]
    NotAShare {
        /// Which fault.
        fault: String,
        /// What was to be its share.
        share: String,
    },
    /// An outage that is none.
    #[error(
        "`{0}` is no outage: write for example `outage=40m+20m`, from 40 minutes after the start for 20 minutes"
    )]
    NotAnOutage(String),
}

impl FromStr for Faults {
    type Err = FaultsError;

    /// Reads for example `dup=0.3,outage=40m+20m`; nothing at all means no faults.
    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let mut faults = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (fault, share) =
                part.split_once('=').ok_or_else(|| FaultsError::NoShare(part.to_owned()))?;
            match fault.trim() {
                "outage" => faults.outage = Some(share.parse()?),
                fault => *faults.share_of(fault)? = parse_share(fault, share.trim())?,
            }
        }
        Ok(faults)
    }
}

impl Faults {
    fn share_of(&mut self, fault: &str) -> Result<&mut f64, FaultsError> {
        match fault {
            "dup" => Ok(&mut self.dup),
            "reorder" => Ok(&mut self.reorder),
            "late" => Ok(&mut self.late),
            "lose" => Ok(&mut self.lose),
            "garbage" => Ok(&mut self.garbage),
            _ => Err(FaultsError::Unknown(fault.to_owned())),
        }
    }
}

fn parse_share(fault: &str, share: &str) -> Result<f64, FaultsError> {
    let parsed = share.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    parsed
        .ok_or_else(|| FaultsError::NotAShare { fault: fault.to_owned(), share: share.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_from_text() {
        let read: Faults = "dup=0.3, garbage=0.03".parse().unwrap();
        assert_eq!(read, Faults { dup: 0.3, garbage: 0.03, ..Faults::default() });
        assert_eq!("".parse(), Ok(Faults::default()));
        let outage = Some(Outage { from_ms: 2_400_000, length_ms: 5_400_000 });
        let read: Faults = "outage=40m+1h30m".parse().unwrap();
        assert_eq!(read, Faults { outage, ..Faults::default() });
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let error = |text: &str| text.parse::<Faults>().unwrap_err();
        assert_eq!(error("dup"), FaultsError::NoShare("dup".to_owned()));
        assert_eq!(error("boom=1"), FaultsError::Unknown("boom".to_owned()));
        for outage in ["40m", "40m+", "+20m", "-1m+20m", "0m+0m", "soon+20m"] {
            let expected = FaultsError::NotAnOutage(outage.to_owned());
            assert_eq!(error(&format!("outage={outage}")), expected);
        }
        for share in ["2", "-0.1", "NaN", "x", ""] {
            let expected = FaultsError::NotAShare { fault: "dup".into(), share: share.into() };
            assert_eq!(error(&format!("dup={share}")), expected);
        }
    }
}
