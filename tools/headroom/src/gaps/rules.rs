//! The gap rules, in a clause each (`kpis.md#gap-rules`).

/// What a rule says is missing.
pub(crate) fn rule_text(rule: &str) -> &'static str {
    match rule {
        "missing_wait_end" => "a wait in a queue is over, and has no end",
        "missing_wait_start" => "a wait in a queue has an end, and neither a start nor nOffered",
        "missing_wait_session" => "Genesys reports nOffered of a wait that no event is of",
        "missing_wait_metric" => "a wait has ended without tAcd, or has tAcd without nOffered",
        "missing_agent_end" => "an agent's session is over, and has no end",
        "missing_answering_agent" => "a wait was answered, and there is no session of the agent",
        "agent_without_wait" => "agents worked for a queue more often than there were waits in it",
        "missing_agent_session" => {
            "Genesys reports a metric of an agent's session that no event is of"
        }
        "missing_metric" => {
            "a number is derived that Genesys does not report, although it reports others"
        }
        "outcome_mismatch" => "a queue has not as many tAcd as tAnswered, tAbandon and tFlowOut",
        "missing_sla_miss" => "an answer was above the service level's time, and has no nOverSla",
        "transfer_mismatch" => {
            "nTransferred is not nBlindTransferred and nConsultTransferred together"
        }
        "missing_handle_time" => "an agent worked, and Genesys does not report tHandle",
        "handle_time_mismatch" => "tHandle is not the sum of its parts",
        "talk_time_mismatch" => "tTalk of an agent does not add up to tTalkComplete",
        "hold_time_mismatch" => "tHeld of an agent does not add up to tHeldComplete",
        "missing_outbound" => "an agent dialed out, and Genesys does not report nOutbound",
        "missing_unanswered_alert" => {
            "an alert was not answered, and Genesys does not report tNotResponding"
        }
        "missing_consult" => "an agent was called in, and Genesys does not report nConsult",
        _ => "see docs/kpis.md",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_documentation_has_a_clause() {
        let page = include_str!("../../../../docs/kpis.md");
        let (_, section) = page.split_once("\n### gap rules\n").unwrap();
        let section = section.split("\n### ").next().unwrap();
        let rules = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let rules: Vec<_> = rules.collect();
        assert!(rules.len() >= 19, "{rules:?}");
        for rule in rules {
            assert_ne!(rule_text(rule), rule_text(""), "{rule}");
        }
    }
}
