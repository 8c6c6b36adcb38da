/// Who makes an event happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSource {
    /// A deed of the desk, and nothing else.
    Deed,
    /// A step that somebody notes by its name, or what a contract's account knows.
    Document,
}

/// Every event that all documents may name, with who makes it happen.
pub const EVENT_NAMES: [(&str, EventSource); 51] = [
    ("received", EventSource::Deed),
    ("opened", EventSource::Deed),
    ("acknowledged", EventSource::Deed),
    ("replied", EventSource::Deed),
    ("answered", EventSource::Deed),
    ("called", EventSource::Deed),
    ("called_back", EventSource::Deed),
    ("taken_up", EventSource::Deed),
    ("assigned", EventSource::Deed),
    ("assigned_by_rule", EventSource::Deed),
    ("classified", EventSource::Deed),
    ("severity_set", EventSource::Deed),
    ("status_changed", EventSource::Deed),
    ("waiting", EventSource::Deed),
    ("resumed", EventSource::Deed),
    ("updated", EventSource::Deed),
    ("progressed", EventSource::Document),
    ("work_started", EventSource::Document),
    ("work_logged", EventSource::Deed),
    ("workaround_given", EventSource::Document),
    ("restored", EventSource::Document),
    ("resolved", EventSource::Deed),
    ("confirmed", EventSource::Deed),
    ("closed", EventSource::Deed),
    ("reopened", EventSource::Deed),
    ("escalated", EventSource::Deed),
    ("asked", EventSource::Deed),
    ("fulfilled", EventSource::Deed),
    ("refused", EventSource::Deed),
    ("taken_over", EventSource::Deed),
    ("handed_over", EventSource::Deed),
    ("passed_to_vendor", EventSource::Deed),
    ("back_from_vendor", EventSource::Deed),
    ("signed", EventSource::Document),
    ("ordered", EventSource::Document),
    ("paid", EventSource::Document),
    ("estimated", EventSource::Document),
    ("accepted", EventSource::Document),
    ("planned", EventSource::Document),
    ("cancelled", EventSource::Document),
    ("attended", EventSource::Document),
    ("delivered", EventSource::Document),
    ("outage", EventSource::Document),
    ("maintenance_planned", EventSource::Document),
    ("maintenance_announced", EventSource::Document),
    ("maintenance_begins", EventSource::Document),
    ("claimed", EventSource::Document),
    ("invoiced", EventSource::Document),
    ("payment_due", EventSource::Document),
    ("formal_notice", EventSource::Document),
    ("period_end", EventSource::Document),
];

/// Whether an event is one that a deed of the desk makes happen, so that nobody may note it by its name.
#[must_use]
pub fn is_made_by_a_deed(event: &str) -> bool {
    EVENT_NAMES.iter().any(|(name, source)| *name == event && *source == EventSource::Deed)
}

#[cfg(test)]
mod tests {
    use super::{EVENT_NAMES, EventSource, is_made_by_a_deed};
    use crate::deed::happenings;
    use calendar::Instant;
    use std::collections::BTreeSet;
    use terms::{FactValue, Facts};

    #[test]
    fn what_deeds_make_happen_is_known_as_theirs() {
        let deeds = [
            "received",
            "acknowledge",
            "reply",
            "take-up",
            "assign",
            "assign-by-rule",
            "set-severity",
            "classify",
            "wait",
            "resume",
            "pass-to-vendor",
            "back-from-vendor",
            "update",
            "log-call",
            "escalate",
            "hand-over",
            "resolve",
            "confirm",
            "close",
            "reopen",
            "log-time",
            "ask",
            "fulfil",
            "refuse",
            "take-over",
            "status-changed",
        ];
        let mut made = BTreeSet::new();
        for deed in deeds {
            for (technical, outcome) in [(true, "reached"), (false, "voicemail")] {
                let attributes = Facts::new()
                    .with("technical", FactValue::YesNo(technical))
                    .with("outcome", FactValue::text(outcome));
                made.extend(happenings(deed, Instant::EPOCH, &attributes).into_iter().map(|made| made.event));
            }
        }
        let known = EVENT_NAMES.iter().filter(|(_, source)| *source == EventSource::Deed);
        let known: BTreeSet<String> = known.map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(made, known);
        assert!(!is_made_by_a_deed("workaround_given"));
    }
}
