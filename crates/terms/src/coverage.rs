use crate::clause::Clause;
use crate::condition::{Answer, Condition};
use crate::document::FactRule;
use crate::evaluation::Evaluation;
use crate::facts::FactName;
use crate::label::Label;
use calendar::LocalDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whether a request is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every condition holds and no exclusion does.
    Covered,
    /// A condition fails or an exclusion applies.
    NotCovered,
    /// Nothing speaks against it, but something is not known.
    NeedsJudgement,
}

/// Condition of coverage, or exclusion from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Must hold for the request to be covered.
    Cover,
    /// Takes the request out of coverage when it holds.
    Exclude,
}

/// One condition of coverage or one exclusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverRule {
    /// Name in the document (`licence`); shown to programs as `cover.licence` or `exclude.network`.
    pub name: String,
    /// Condition or exclusion.
    pub kind: RuleKind,
    /// The reason as people read it.
    pub label: Label,
    /// The clause, with its item where the rule names one.
    pub clause: Clause,
    /// When it holds.
    pub when: Condition,
    /// Exceptions that decide otherwise, the most specific first.
    pub cases: Vec<CoverCase>,
    /// What the agent gives when the rule decides.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The clause that a value of a fact points to, in place of the rule's own.
    #[serde(default)]
    pub items: Option<(FactName, Vec<(String, Clause)>)>,
    /// The path that an exclusion opens, such as the name of a role that sells the work.
    pub offer: Option<String>,
}

/// An exception to a condition of coverage or to an exclusion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverCase {
    /// Name in the document.
    pub name: String,
    /// When the exception applies; while this is unknown, the rule itself stands.
    pub when: Condition,
    /// First day on which it applies, in the agreement's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<LocalDate>,
    /// Last day on which it applies, in the agreement's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<LocalDate>,
    /// Whether the rule then holds.
    pub holds: bool,
    /// The clause of the exception.
    pub clause: Clause,
}

/// One rule as it was consulted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// `cover.NAME` or `exclude.NAME`; `fact.NAME` where something that is wanted is not known.
    pub rule: String,
    /// What the rule says, for people.
    pub label: Label,
    /// Whether what it says is true of the case: `yes`, `no` or `unknown`.
    pub answer: ReasonAnswer,
    /// The clause that decided: the rule's own, or that of the exception that applied.
    pub clause: Clause,
    /// The facts that would settle an unknown.
    pub wants: BTreeSet<FactName>,
    /// Facts that are unknown and whose exception would change the answer.
    pub could_change: BTreeSet<FactName>,
    /// Whether this reason alone takes the request out of coverage.
    pub against: bool,
    /// The path that an exclusion opens.
    pub offer: Option<String>,
}

/// Answer of one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonAnswer {
    /// True of the case.
    Yes,
    /// Not true of the case.
    No,
    /// Not known.
    Unknown,
}

/// The verdict on one case with everything that was consulted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// The verdict.
    pub verdict: Verdict,
    /// Every condition and exclusion consulted, the deciding ones first, else in document order.
    pub reasons: Vec<Reason>,
}

impl CoverRule {
    /// Consults the rule on one case.
    #[must_use]
    pub fn consult(&self, evaluation: &Evaluation<'_>) -> Reason {
        let mut could_change = BTreeSet::new();
        let mut decided: Option<(Answer, Clause)> = None;
        for case in &self.cases {
            if !evaluation.is_in_force(case.since, case.until) {
                continue;
            }
            match case.when.ask(evaluation) {
                Answer::Yes => {
                    decided = Some((Answer::of(case.holds), case.clause.clone()));
                    break;
                }
                Answer::No => {}
                Answer::Unknown(facts) => could_change.extend(facts),
            }
        }
        let (answer, clause) =
            decided.unwrap_or_else(|| (self.when.ask(evaluation), self.own_clause(evaluation)));
        let against = match self.kind {
            RuleKind::Cover => answer == Answer::No,
            RuleKind::Exclude => answer == Answer::Yes,
        };
        let (answer, wants) = match answer {
            Answer::Yes => (ReasonAnswer::Yes, BTreeSet::new()),
            Answer::No => (ReasonAnswer::No, BTreeSet::new()),
            Answer::Unknown(facts) => (ReasonAnswer::Unknown, facts),
        };
        let prefix = match self.kind {
            RuleKind::Cover => "cover",
            RuleKind::Exclude => "exclude",
        };
        Reason {
            rule: format!("{prefix}.{}", self.name),
            label: self.label.clone(),
            answer,
            clause,
            wants,
            could_change,
            against,
            offer: self.offer.clone(),
        }
    }

    /// The clause that the case at hand points to, else the rule's own.
    fn own_clause(&self, evaluation: &Evaluation<'_>) -> Clause {
        let pointed = self.items.as_ref().and_then(|(fact, of)| {
            let value = evaluation.value(fact)?.as_key()?;
            of.iter().find(|(wanted, _)| wanted == value).map(|(_, clause)| clause.clone())
        });
        pointed.unwrap_or_else(|| self.clause.clone())
    }
}

impl Coverage {
    /// The verdict of a set of rules on one case: one "against" decides, else one unknown asks for
    /// judgement. `wanted` are facts without which nobody can say what is owed.
    #[must_use]
    pub fn of(rules: &[CoverRule], wanted: &[&FactRule], evaluation: &Evaluation<'_>) -> Self {
        let unknown = |rule: &&FactRule| Reason {
            rule: format!("fact.{}", rule.name),
            label: rule.label.clone(),
            answer: ReasonAnswer::Unknown,
            clause: rule.clause.clone(),
            wants: BTreeSet::from([rule.name.clone()]),
            could_change: BTreeSet::new(),
            against: false,
            offer: None,
        };
        let consulted = rules.iter().map(|rule| rule.consult(evaluation));
        let mut reasons: Vec<Reason> = consulted.chain(wanted.iter().map(unknown)).collect();
        let verdict = if reasons.iter().any(|reason| reason.against) {
            Verdict::NotCovered
        } else if reasons.iter().any(|reason| reason.answer == ReasonAnswer::Unknown) {
            Verdict::NeedsJudgement
        } else {
            Verdict::Covered
        };
        // A stable sort keeps document order among equals.
        reasons.sort_by_key(|reason| match (verdict, reason.against, reason.answer) {
            (Verdict::NotCovered, true, _) | (Verdict::NeedsJudgement, _, ReasonAnswer::Unknown) => 0,
            _ => 1,
        });
        Self { verdict, reasons }
    }
}
