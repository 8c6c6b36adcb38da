//! What an agreement says beside promises and coverage: its facts, its words, its people, its papers.

use crate::clause::Clause;
use crate::condition::Condition;
use crate::facts::{FactName, FactValue};
use crate::label::Label;
use crate::layered::Choice;
use crate::promise::EventPattern;
use calendar::Span;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Facts that every document understands where they mean something, declared or not.
pub const STANDARD_FACTS: [&str; 13] = [
    "severity",
    "urgency",
    "channel",
    "region",
    "tier",
    "product",
    "version",
    "problem",
    "ticket_class",
    "contract_kind",
    "act",
    "on_site",
    "language",
];

/// A fact that the document asks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRule {
    /// Its name.
    pub name: FactName,
    /// What people read.
    pub label: Label,
    /// The clause that declares it.
    pub clause: Clause,
    /// What kind of value it takes.
    pub kind: FactType,
    /// Who supplies it: `contract`, `customer`, `agent`, `system`.
    pub from: String,
    /// What the document presumes while nobody has said otherwise.
    pub presumed: Option<FactValue>,
    /// By which step it must be known: `open`, `triage`, `resolve`, `close`.
    pub required: Option<String>,
    /// What it derives from, where it is not supplied.
    pub derived: Option<Choice<FactValue>>,
}

/// Kinds of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactType {
    /// Yes or no.
    YesNo,
    /// One value of a vocabulary, in the document's order.
    OneOf(Vec<VocabularyValue>),
    /// Several values of a vocabulary.
    SetOf(Vec<VocabularyValue>),
    /// A number.
    Number,
    /// An amount of time.
    Span,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// A moment.
    Instant,
    /// A short text that rules may compare.
    Text,
    /// Words of people, kept where they can be erased; rules ask no more than whether something was said.
    Words,
    /// A product.
    Product,
    /// A release of the product: a name, or `N`, `N-1`, ….
    Version,
}

/// One value of a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VocabularyValue {
    /// The name that rules and programs use.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// What it means, where the document explains.
    pub meaning: Label,
    /// The team that takes such requests.
    pub team: Option<String>,
    /// Words that point to it.
    pub hints: Vec<String>,
}

/// A value filled in per contract, or per provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name; as a fact it has the same name.
    pub name: FactName,
    /// What people read.
    pub label: Label,
    /// The clause that declares it.
    pub clause: Clause,
    /// What kind of value.
    pub kind: ParameterKind,
    /// What a blank takes.
    pub default: Option<FactValue>,
    /// Whether a contract without it cannot be put in force.
    pub required: bool,
    /// Who fills it in: `contract` or `provider`.
    pub set_by: String,
    /// Whether values may be added while a contract runs.
    #[serde(default)]
    pub during_term: bool,
    /// Lowest value allowed.
    pub at_least: Option<FactValue>,
    /// Highest value allowed.
    pub at_most: Option<FactValue>,
}

impl Parameter {
    /// Whether a value lies within the bounds of the document. A value that cannot be compared with
    /// them does.
    #[must_use]
    pub fn admits(&self, value: &FactValue) -> bool {
        let breaks = |bound: &Option<FactValue>, wrong: Ordering| {
            bound.as_ref().is_some_and(|bound| value.compared_with(bound) == Some(wrong))
        };
        !breaks(&self.at_least, Ordering::Less) && !breaks(&self.at_most, Ordering::Greater)
    }
}

/// Kinds of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterKind {
    /// The value of a fact of the same name.
    Fact,
    /// An amount of time.
    Span,
    /// A share, in percent.
    Share,
    /// A number.
    Number,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// Several days.
    Dates,
    /// The name of a holiday set.
    Holidays,
    /// A time zone.
    Zone,
    /// An address, a telephone number; never logged.
    Contact,
    /// Release lines per product, newest first.
    Releases,
    /// A dated table.
    Table,
    /// One of several names.
    Choice,
}

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// `email`, `web`, `portal`, `phone`, `voicemail`, `api`.
    pub name: String,
    /// The clause.
    pub clause: Clause,
    /// What happens to what arrives there.
    pub opens: Opens,
    /// Name of the answer given where the channel opens nothing.
    pub answer: Option<String>,
    /// When it is open at all; otherwise it answers as one that never opens.
    #[serde(default)]
    pub only_if: Condition,
    /// Calendar during which it is open.
    pub during: Option<String>,
    /// Whether the document recommends it.
    pub recommended: bool,
    /// Parameter with the address or number.
    pub contact: Option<FactName>,
}

/// What happens to what arrives by a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Opens {
    /// A request opens by itself.
    Automatically,
    /// An agent opens it.
    ByAgent,
    /// Nothing opens; the sender is told where to turn.
    Never,
}

/// Whom to tell of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Name in the document.
    pub name: String,
    /// The clause that asks for it.
    pub clause: Clause,
    /// The event.
    pub on: EventPattern,
    /// Told once on each request.
    #[serde(default)]
    pub once: bool,
    /// Roles to tell.
    pub tell: Vec<String>,
    /// By which means.
    pub by: Vec<String>,
    /// What it must say.
    pub says: Vec<String>,
}

/// A duty of the customer, or a step of the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// Whose it is by default; cases by facts.
    pub who: Choice<String>,
    /// What makes it due, where an event does.
    pub on: Option<EventPattern>,
    /// Whether nothing waits for it.
    #[serde(default)]
    pub optional: bool,
    /// The calendar in which it is asked.
    #[serde(default)]
    pub during: Option<String>,
    /// What is asked: `evidence`, `access`, `test`, `contact`.
    pub ask: Option<String>,
    /// What a refusal means (`no fault`).
    pub refusal: Option<String>,
    /// Roles that may take it over.
    pub may_take_over: Vec<String>,
    /// One of these must be given.
    pub needs_one: Vec<String>,
    /// Acts that wait for it.
    pub blocks: Vec<String>,
    /// Whether it is proposed to whoever is about to ask, who may skip it.
    #[serde(default)]
    pub before_asking: bool,
    /// Parameters with the places to look in, where it proposes some.
    #[serde(default)]
    pub look_in: Vec<FactName>,
}

/// Whether and how the customer is asked, once, how they were helped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SatisfactionRule {
    /// The clause.
    pub clause: Clause,
    /// Whether anybody is asked at all.
    pub asked: bool,
    /// The question; the product's own where it is empty.
    pub question: Label,
    /// What may be answered, the best first; the product's own where it is empty.
    pub scale: Vec<SatisfactionAnswer>,
}

/// What may be answered to how one was helped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SatisfactionAnswer {
    /// Its name.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// What it comes to: `good`, `fair` or `bad`.
    pub means: String,
}

/// What an answer to a closed request does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterClosing {
    /// The clause.
    pub clause: Clause,
    /// What it does.
    pub reply: ClosedReply,
    /// For how long after the closing it opens the request again all the same.
    pub reopens_within: Option<Span>,
}

/// What an answer to a closed request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClosedReply {
    /// It opens the request again.
    Reopens,
    /// It opens a new request that follows it.
    FollowsUp,
}

/// A duty about data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataDuty {
    /// Name in the document.
    pub name: String,
    /// The clause.
    pub clause: Clause,
    /// What is destroyed.
    pub what: Vec<String>,
    /// Event at which it is destroyed.
    pub destroy: String,
    /// What is kept.
    pub keep: Vec<String>,
    /// When backups that hold it expire.
    pub backups: Option<Choice<Span>>,
}

/// A team or a named contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// Whose side it stands on.
    pub side: Side,
    /// Whether it has a queue of its own.
    pub own_queue: bool,
    /// Whether one person may hold several such roles.
    #[serde(default)]
    pub may_combine: bool,
    /// Kinds of work it does.
    pub kinds: Vec<String>,
    /// Whether a contract is incomplete without it.
    pub required: bool,
}

/// A side of the agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who sells support.
    Provider,
    /// Who buys it.
    Customer,
}

/// The order in which waiting requests are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// The clause.
    pub clause: Clause,
    /// `arrival`, `deadline`, `severity`, `money`, or a fact; the first decides.
    pub order: Vec<String>,
    /// Roles that may jump the order, which is then an event.
    pub jump: Vec<String>,
    /// Whether a jump needs a reason.
    pub jump_reason: bool,
}

/// Languages in which support is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageRule {
    /// The clause.
    pub clause: Clause,
    /// Languages offered.
    pub offered: Choice<Vec<String>>,
    /// Language used where the wanted one is not offered.
    pub fallback: String,
}

/// A figure that the document shows beside a promise; never a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistic {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// The promise beside which it is shown.
    pub shown_with: String,
    /// The share is over requests whose clock used less than this.
    pub used_below: Span,
    /// What the document claims (`70 %`).
    pub claimed: String,
}

/// How an ambiguous clause is understood, and how it could be understood otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpretation {
    /// Name in the document.
    pub name: String,
    /// The clause that is ambiguous.
    pub clause: Clause,
    /// What is in force, for people.
    pub text: Label,
    /// Rules that it speaks of (`promise.response`, `calendar.office`).
    pub about: Vec<String>,
    /// What was set aside.
    pub alternatives: Vec<Alternative>,
    /// The alternative that holds instead of the document's own reading, which then stands among
    /// those set aside under [`Interpretation::OWN`].
    #[serde(default)]
    pub chosen: Option<String>,
}

impl Interpretation {
    /// The name of the document's own reading where an alternative holds instead.
    pub const OWN: &'static str = "own";

    /// The same interpretation with an alternative in force.
    #[must_use]
    pub fn with_chosen(mut self, name: &str) -> Self {
        if let Some(alternative) = self.alternatives.iter_mut().find(|found| found.name == name) {
            std::mem::swap(&mut self.text, &mut alternative.text);
            alternative.name = Self::OWN.to_owned();
            self.chosen = Some(name.to_owned());
        }
        self
    }
}

/// An interpretation that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// Name in the document.
    pub name: String,
    /// What it would mean, for people.
    pub text: Label,
    /// Whether a contract may choose it.
    pub selectable: bool,
}

/// A heading of the document in its order, for tables of contents and references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseText {
    /// The clause.
    pub clause: Clause,
    /// Depth of the heading, from 1.
    pub level: u8,
    /// Whether the document says that the clause only informs.
    pub information: bool,
    /// Where else it is shown, such as `deliverable` or `invoice`.
    #[serde(default)]
    pub shown: Vec<String>,
}

/// A yes-no fact that is the answer of a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedFact {
    /// The fact.
    pub fact: FactName,
    /// Yes while this holds.
    pub holds: Condition,
    /// The clause that says so.
    pub clause: Clause,
}

/// Words of a customer that point to a value of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// The fact.
    pub fact: FactName,
    /// The value.
    pub value: String,
    /// The words.
    pub label: Label,
    /// The clause that lists them.
    pub clause: Clause,
}

/// Who is meant by a party when a condition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyRule {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause.
    pub clause: Clause,
    /// For whom it stands.
    pub stands_for: String,
    /// When.
    pub when: Condition,
}

/// A ground on which an escalation may be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationGround {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause, with its item.
    pub clause: Clause,
    /// When it is there.
    pub when: Condition,
    /// Whether it is proposed as soon as it is there.
    pub automatic: bool,
}

/// The steps that an escalated request climbs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// The clause.
    pub clause: Clause,
    /// Roles from the first step to the last.
    pub steps: Vec<String>,
}

impl Ladder {
    /// The step above a role; none above the last, nor above a role that stands on no step.
    #[must_use]
    pub fn above(&self, role: &str) -> Option<&str> {
        let at = self.steps.iter().position(|step| step == role)?;
        self.steps.get(at + 1).map(String::as_str)
    }
}

/// The clause that gives one key of a rule, where that is not the rule's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyClause {
    /// The rule (`consequence.credit`).
    pub rule: String,
    /// The key (`band`).
    pub key: String,
    /// The clause.
    pub clause: Clause,
}
