//! Verdicts on coverage and their reasons.

use crate::catalogue::{Value, text, text_with};
use crate::language::Language;
use terms::{Reason, ReasonAnswer, Verdict};

/// « couverte », « non couverte », « à juger ».
#[must_use]
pub fn verdict_in_words(language: Language, verdict: Verdict) -> String {
    let key = match verdict {
        Verdict::Covered => "verdict-covered",
        Verdict::NotCovered => "verdict-not-covered",
        Verdict::NeedsJudgement => "verdict-needs-judgement",
    };
    text(language, key).into_owned()
}

/// One reason as a sentence: what the rule says and whether it is true of the case. Its clause is
/// `reason.clause`.
#[must_use]
pub fn reason_in_words(language: Language, reason: &Reason) -> String {
    let kind = match reason.rule.split_once('.') {
        Some(("exclude", _)) => "exclude",
        Some(("fact", _)) if reason.answer == ReasonAnswer::Unknown => "fact",
        _ => "cover",
    };
    let answer = match reason.answer {
        ReasonAnswer::Yes => "yes",
        ReasonAnswer::No => "no",
        ReasonAnswer::Unknown => "unknown",
    };
    let label = match reason.label.text(language.tag()) {
        "" => reason.rule.split_once('.').map_or(reason.rule.as_str(), |(_, name)| name),
        words => words.trim_end_matches('.'),
    };
    text_with(language, &format!("reason-{kind}-{answer}"), &[("label", Value::Text(label))])
}

#[cfg(test)]
mod tests {
    use super::reason_in_words;
    use crate::language::Language::French;
    use terms::{Clause, ClauseName, Label, Reason, ReasonAnswer};

    #[test]
    fn a_reason_says_whether_its_rule_holds() {
        for (rule, answer, expected) in [
            ("cover.licence", ReasonAnswer::Yes, "licence en vigueur"),
            ("cover.licence", ReasonAnswer::No, "condition non remplie : licence en vigueur"),
            ("exclude.misuse", ReasonAnswer::Yes, "exclusion : licence en vigueur"),
            ("exclude.misuse", ReasonAnswer::No, "exclusion sans objet : licence en vigueur"),
            ("fact.licence", ReasonAnswer::Unknown, "pas encore connu : licence en vigueur"),
            ("exclude.misuse", ReasonAnswer::Unknown, "à établir : licence en vigueur"),
        ] {
            let reason = Reason {
                rule: rule.to_owned(),
                label: Label::new("fr", "licence en vigueur."),
                answer,
                clause: Clause::from(ClauseName {
                    agreement: String::new(),
                    version: String::new(),
                    number: String::new(),
                    item: None,
                    heading: String::new(),
                }),
                wants: Default::default(),
                could_change: Default::default(),
                against: false,
                offer: None,
            };
            assert_eq!(reason_in_words(French, &reason).replace('\u{a0}', " "), expected);
        }
    }
}
