//! What is computed when a row is read (`kpis.md#computed-values`).

use super::NaiveRow;
use headroom_kpi::settings::ServiceLevelFormula;

/// Absent where the denominator is 0.
#[derive(Debug, PartialEq)]
pub(crate) struct Ratios {
    pub(crate) answer_rate: Option<f64>,
    pub(crate) abandon_rate: Option<f64>,
    pub(crate) asa: Option<f64>,
    pub(crate) aht: Option<f64>,
    pub(crate) talk: Option<f64>,
    pub(crate) hold: Option<f64>,
    pub(crate) acw: Option<f64>,
    pub(crate) service_level: Option<f64>,
    pub(crate) waiting_since: Option<String>,
    pub(crate) interacting_since: Option<String>,
}

impl Ratios {
    pub(crate) fn new(subject: &str, row: &NaiveRow, formula: ServiceLevelFormula) -> Self {
        let answered = row.sum("tAnswered.count");
        let abandoned = row.sum("tAbandon.count");
        let offered = row.sum("nOffered");
        let average = |name| {
            let count = row.sum(&format!("{name}.count"));
            ratio(row.sum(&format!("{name}.sum")), count)
        };
        // "It is a figure of a queue. Rows of agents have none".
        let service_level = ratio(answered - row.sum("nOverSla"), contacts(row, formula));
        let oldest = row.waiting.keys().min().copied();
        let iso = |second| jiff::Timestamp::from_second(second).unwrap().to_string();
        Self {
            answer_rate: ratio(answered, offered),
            abandon_rate: ratio(abandoned, offered),
            asa: average("tAnswered"),
            aht: average("tHandle"),
            talk: average("tTalkComplete"),
            hold: average("tHeldComplete"),
            acw: average("tAcw"),
            service_level: service_level.filter(|_| subject.starts_with("queue#")),
            waiting_since: oldest.map(iso),
            interacting_since: row.interacting.keys().next().copied().map(iso),
        }
    }
}

/// "(answered + abandoned + adjustments)": "include flow-outs (+ flow-outs), include short abandons
/// off (- short abandons), include abandons off (- all abandoned, once)".
fn contacts(row: &NaiveRow, formula: ServiceLevelFormula) -> i64 {
    let count = |name| row.sum(&format!("{name}.count"));
    let mut contacts = count("tAnswered") + count("tAbandon");
    if formula.include_flowouts {
        contacts += count("tFlowOut");
    }
    if !formula.include_abandons {
        // Once: the short ones are among them.
        contacts -= count("tAbandon");
    } else if !formula.include_short_abandons {
        contacts -= count("tShortAbandon");
    }
    contacts
}

#[allow(clippy::cast_precision_loss)]
fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}
