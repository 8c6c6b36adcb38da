use crate::clause::Clause;
use crate::condition::Answer;
use crate::consequence::{Base, Consequence, Liability, RateTable};
use crate::contract_terms::{InvoiceRule, MoneyRule, TermRule};
use crate::coverage::{CoverRule, Coverage};
use crate::document::{
    AfterClosing, Channel, ClauseText, DataDuty, DerivedFact, EscalationGround, FactRule, Hint,
    Interpretation, KeyClause, Ladder, LanguageRule, Notice, Parameter, PartyRule, Queue, Role,
    STANDARD_FACTS, SatisfactionRule, Statistic, Task,
};
use crate::evaluation::Evaluation;
use crate::expense::ExpenseRule;
use crate::facts::{FactName, FactValue, Facts};
use crate::label::Label;
use crate::layered::Choice;
use crate::ledger::Ledger;
use crate::mail_template::MailTemplate;
use crate::measure::{Cause, ComponentRule, Measure};
use crate::permission::Permission;
use crate::product_list::ProductList;
use crate::promise::{PauseRule, Promise};
use crate::service::Service;
use calendar::{Calendar, CalendarDefinition, CalendarError, Closure, HolidaySet, Instant, LocalDate, Zone};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A compiled agreement: facts in; cover, promises and permissions out, each with its clause.
///
/// Compiled once, when the agreement is adopted, and stored beside its text: what was adopted is
/// what is in force, whatever a later compiler would make of the same text.
#[derive(Debug, Serialize, Deserialize)]
pub struct Terms {
    /// Number of this stored form.
    pub format: u16,
    /// Which agreement this is.
    pub name: AgreementName,
    /// Title of the document.
    pub title: Label,
    /// First day in force.
    pub effective: LocalDate,
    /// Languages of the document, its own first.
    pub languages: Vec<String>,
    /// Two letters of the provider's country (ISO 3166-1).
    pub country: String,
    /// Three letters of the currency (ISO 4217).
    pub currency: String,
    /// Civil zone of the agreement.
    pub zone: Zone,
    /// Headings in order.
    pub clauses: Vec<ClauseText>,
    /// Values filled in per contract or per provider.
    pub parameters: Vec<Parameter>,
    /// Facts that the document asks about.
    pub facts: Vec<FactRule>,
    /// Teams and named contacts.
    pub roles: Vec<Role>,
    /// Product lists.
    pub lists: Vec<ProductList>,
    /// Holiday sets that the document itself declares, by name.
    pub holidays: BTreeMap<String, HolidaySet>,
    /// Calendars.
    pub calendars: Vec<CalendarRule>,
    /// Conditions of coverage and exclusions, in document order.
    pub coverage: Vec<CoverRule>,
    /// Promises, in document order.
    pub promises: Vec<Promise>,
    /// Pauses.
    pub pauses: Vec<PauseRule>,
    /// Acts and who may do them.
    pub permissions: Vec<Permission>,
    /// Ways in.
    pub channels: Vec<Channel>,
    /// Whom to tell of what.
    pub notices: Vec<Notice>,
    /// The words of mails.
    #[serde(default)]
    pub mails: Vec<MailTemplate>,
    /// Duties and steps.
    pub tasks: Vec<Task>,
    /// Duties about data.
    pub data: Vec<DataDuty>,
    /// Order of the queue.
    pub queue: Option<Queue>,
    /// How the customer is asked how they were helped.
    #[serde(default)]
    pub satisfaction: Option<SatisfactionRule>,
    /// What an answer to a closed request does.
    #[serde(default)]
    pub after_closing: Option<AfterClosing>,
    /// Languages of support.
    pub language: Option<LanguageRule>,
    /// Figures shown beside promises.
    pub statistics: Vec<Statistic>,
    /// Interpretations in force, with what they set aside.
    pub interpretations: Vec<Interpretation>,
    /// What is measured.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Causes of outages.
    #[serde(default)]
    pub causes: Vec<Cause>,
    /// Money and units that shares apply to.
    #[serde(default)]
    pub bases: Vec<Base>,
    /// What follows from measures and missed promises.
    #[serde(default)]
    pub consequences: Vec<Consequence>,
    /// Dated rates and indexes.
    #[serde(default)]
    pub rates: Vec<RateTable>,
    /// Prepaid work.
    #[serde(default)]
    pub ledgers: Vec<Ledger>,
    /// What outlays cost the customer.
    #[serde(default)]
    pub expenses: Vec<ExpenseRule>,
    /// Templates of work.
    #[serde(default)]
    pub services: Vec<Service>,
    /// How long a contract runs.
    #[serde(default)]
    pub term: Option<TermRule>,
    /// How it is billed.
    #[serde(default)]
    pub invoice: Option<InvoiceRule>,
    /// Its taxes and rounding.
    #[serde(default)]
    pub money: Option<MoneyRule>,
    /// The most that is owed for damage.
    #[serde(default)]
    pub liability: Option<Liability>,
    /// Components of the service, as the document names them.
    #[serde(default)]
    pub components: Vec<ComponentRule>,
    /// Parties that stand for others.
    #[serde(default)]
    pub parties: Vec<PartyRule>,
    /// Grounds of escalation.
    #[serde(default)]
    pub grounds: Vec<EscalationGround>,
    /// The steps that an escalated request climbs.
    #[serde(default)]
    pub ladder: Option<Ladder>,
    /// Yes-no facts that conditions answer.
    #[serde(default)]
    pub derived: Vec<DerivedFact>,
    /// Words that point to values of facts.
    #[serde(default)]
    pub hints: Vec<Hint>,
    /// Clauses of keys that stand under another heading than their rule.
    #[serde(default)]
    pub key_clauses: Vec<KeyClause>,
    #[serde(skip)]
    built: BuiltCalendars,
}

/// Key and version of an agreement.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgreementName {
    /// Key of the document, unique within a provider.
    pub key: String,
    /// Version of the document.
    pub version: String,
}

impl fmt::Display for AgreementName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.key, self.version)
    }
}

/// A calendar of the document, before the contract's parameters are filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarRule {
    /// Name in the document.
    pub name: String,
    /// What people read.
    pub label: Label,
    /// The clause that gives the hours.
    pub clause: Clause,
    /// Zone, windows, composition; without the holiday sets named below.
    pub definition: CalendarDefinition,
    /// Names of holiday sets, which a parameter may choose.
    pub holidays: Vec<Choice<String>>,
    /// Another calendar that stands in for this one, by facts.
    pub same_as: Option<Choice<String>>,
    /// Parameter with days closed later (`kind = "dates"`).
    pub closed: Option<FactName>,
    /// Interpretations in force that speak of this calendar.
    pub interpretations: Vec<String>,
}

/// What terms cannot answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermsError {
    /// No calendar of that name is declared.
    UnknownCalendar(String),
    /// The calendar depends on facts that are not known.
    CalendarWants {
        /// The calendar.
        calendar: String,
        /// The facts that would decide it.
        facts: BTreeSet<FactName>,
    },
    /// No holiday set of that name is declared or shipped.
    UnknownHolidays(String),
    /// The calendar cannot be built.
    Calendar(CalendarError),
}

impl fmt::Display for TermsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCalendar(name) => write!(formatter, "no calendar `{name}` is declared"),
            Self::CalendarWants { calendar, facts } => {
                let facts: Vec<&str> = facts.iter().map(FactName::as_str).collect();
                write!(formatter, "calendar `{calendar}` depends on {}, which is not known", facts.join(", "))
            }
            Self::UnknownHolidays(name) => {
                write!(formatter, "no holiday set `{name}` is declared or shipped")
            }
            Self::Calendar(_) => formatter.write_str("the calendar cannot be built"),
        }
    }
}

impl std::error::Error for TermsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Calendar(error) => Some(error),
            _ => None,
        }
    }
}

/// Calendars already built, by name and the values that shaped them. A cache: losing it costs time.
#[derive(Debug, Default)]
struct BuiltCalendars(Mutex<HashMap<String, Arc<Calendar>>>);

impl Terms {
    /// Whether a fact or a parameter of this name means something here: the document's own, and what every document
    /// understands.
    #[must_use]
    pub fn knows(&self, name: &FactName) -> bool {
        self.facts.iter().any(|fact| fact.name == *name)
            || self.parameters.iter().any(|parameter| parameter.name == *name)
            || STANDARD_FACTS.contains(&name.as_str())
    }

    /// Terms that promise nothing, of an agreement without clauses; the compiler fills them in.
    #[must_use]
    pub fn empty(name: AgreementName, effective: LocalDate, zone: Zone) -> Self {
        Self {
            format: 1,
            name,
            title: Label::default(),
            effective,
            languages: Vec::new(),
            country: String::new(),
            currency: String::new(),
            zone,
            clauses: Vec::new(),
            parameters: Vec::new(),
            facts: Vec::new(),
            roles: Vec::new(),
            lists: Vec::new(),
            holidays: BTreeMap::new(),
            calendars: Vec::new(),
            coverage: Vec::new(),
            promises: Vec::new(),
            pauses: Vec::new(),
            permissions: Vec::new(),
            channels: Vec::new(),
            notices: Vec::new(),
            mails: Vec::new(),
            tasks: Vec::new(),
            data: Vec::new(),
            queue: None,
            satisfaction: None,
            after_closing: None,
            language: None,
            statistics: Vec::new(),
            interpretations: Vec::new(),
            measures: Vec::new(),
            causes: Vec::new(),
            bases: Vec::new(),
            consequences: Vec::new(),
            rates: Vec::new(),
            ledgers: Vec::new(),
            expenses: Vec::new(),
            services: Vec::new(),
            term: None,
            invoice: None,
            money: None,
            liability: None,
            components: Vec::new(),
            parties: Vec::new(),
            grounds: Vec::new(),
            ladder: None,
            derived: Vec::new(),
            hints: Vec::new(),
            key_clauses: Vec::new(),
            built: BuiltCalendars::default(),
        }
    }

    /// The verdict on a case, with every condition and exclusion consulted.
    #[must_use]
    pub fn coverage(&self, facts: &Facts, at: Instant) -> Coverage {
        Coverage::of(&self.coverage, &self.wanted(facts, at), &Evaluation::new(self, facts, at))
    }

    /// What the document wants known when a request is opened, and is not known of a case. What it presumes, or
    /// what follows from other facts, is wanted of nobody.
    #[must_use]
    pub fn wanted(&self, facts: &Facts, at: Instant) -> Vec<&FactRule> {
        let wanted = self.facts.iter().filter(|rule| rule.required.as_deref() == Some("open"));
        wanted.filter(|rule| Evaluation::new(self, facts, at).value(&rule.name).is_none()).collect()
    }

    /// A promise by name.
    #[must_use]
    pub fn promise(&self, name: &str) -> Option<&Promise> {
        self.promises.iter().find(|promise| promise.name == name)
    }

    /// A pause by name.
    #[must_use]
    pub fn pause(&self, name: &str) -> Option<&PauseRule> {
        self.pauses.iter().find(|pause| pause.name == name)
    }

    /// Who may do an act, where the document says so.
    #[must_use]
    pub fn permission(&self, act: &str) -> Option<&Permission> {
        self.permissions.iter().find(|permission| permission.act == act)
    }

    /// The words that the document prescribes for a mail: the first template of that kind whose
    /// condition holds.
    #[must_use]
    pub fn mail_template(&self, kind: &str, evaluation: &Evaluation<'_>) -> Option<&MailTemplate> {
        let of_kind = self.mails.iter().filter(|mail| mail.of.iter().any(|of| of == kind));
        of_kind.into_iter().find(|mail| mail.when.ask(evaluation) == Answer::Yes)
    }

    /// The channel of the document that a given one means. A document that names only one of `web`
    /// (the public form) and `portal` (the signed-in one) means both; what comes by `api` counts as
    /// `web` unless its caller states the channel.
    #[must_use]
    pub fn channel_meant<'a>(&'a self, given: &'a str) -> &'a str {
        let names = |name: &str| self.channels.iter().any(|channel| channel.name == name);
        match given {
            given if names(given) => given,
            "web" if names("portal") => "portal",
            "portal" if names("web") => "web",
            "api" => self.channel_meant("web"),
            given => given,
        }
    }

    /// A fact of the document by name.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&FactRule> {
        self.facts.iter().find(|fact| fact.name.as_str() == name)
    }

    /// An interpretation in force by name.
    #[must_use]
    pub fn interpretation(&self, name: &str) -> Option<&Interpretation> {
        self.interpretations.iter().find(|interpretation| interpretation.name == name)
    }

    /// A measure by name.
    #[must_use]
    pub fn measure(&self, name: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.name == name)
    }

    /// The measure whose figures a consequence looks at, one by one or over all (`measure.NAME.total`).
    #[must_use]
    pub fn measure_of(&self, consequence: &Consequence) -> Option<&Measure> {
        self.measure(consequence.on.strip_prefix("measure.")?.trim_end_matches(".total"))
    }

    /// A cause of outages by name.
    #[must_use]
    pub fn cause(&self, name: &str) -> Option<&Cause> {
        self.causes.iter().find(|cause| cause.name == name)
    }

    /// A consequence by name.
    #[must_use]
    pub fn consequence(&self, name: &str) -> Option<&Consequence> {
        self.consequences.iter().find(|consequence| consequence.name == name)
    }

    /// A dated table by name.
    #[must_use]
    pub fn rate(&self, name: &str) -> Option<&RateTable> {
        self.rates.iter().find(|rate| rate.name == name)
    }

    /// A ledger by name.
    #[must_use]
    pub fn ledger(&self, name: &str) -> Option<&Ledger> {
        self.ledgers.iter().find(|ledger| ledger.name == name)
    }

    /// The clause that gives a key of a rule; none when it is the rule's own.
    #[must_use]
    pub fn key_clause(&self, rule: &str, key: &str) -> Option<&Clause> {
        self.key_clauses
            .iter()
            .find(|found| found.rule == rule && found.key == key)
            .map(|found| &found.clause)
    }

    /// The clauses that the document wants shown in some place, in its order.
    pub fn shown_in<'a>(&'a self, place: &'a str) -> impl Iterator<Item = &'a Clause> {
        let shown = move |text: &&ClauseText| text.shown.iter().any(|name| name == place);
        self.clauses.iter().filter(shown).map(|text| &text.clause)
    }

    /// A template of work by name, with everything it inherits.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<Service> {
        let service = self.services.iter().find(|service| service.name == name)?;
        Some(service.with_inherited(&self.services))
    }

    /// What the document presumes of a fact that a case does not give.
    #[must_use]
    pub fn presumed(&self, fact: &FactName) -> Option<&FactValue> {
        let presumed =
            self.facts.iter().find(|rule| rule.name == *fact).and_then(|rule| rule.presumed.as_ref());
        presumed.or_else(|| {
            self.parameters.iter().find(|rule| rule.name == *fact).and_then(|rule| rule.default.as_ref())
        })
    }

    /// Lets a fact that a case does not give be unknown: nothing is presumed of it any more, and
    /// nothing follows it from others. For a question that says aloud that it is not known.
    pub fn leave_unknown(&mut self, fact: &FactName) {
        for rule in self.facts.iter_mut().filter(|rule| rule.name == *fact) {
            rule.presumed = None;
            rule.derived = None;
        }
        for parameter in self.parameters.iter_mut().filter(|rule| rule.name == *fact) {
            parameter.default = None;
        }
        self.derived.retain(|rule| rule.fact != *fact);
    }

    /// The rule of a calendar in force for a case: one that stands for another is followed.
    ///
    /// # Errors
    /// - no calendar of that name;
    /// - which calendar stands for it depends on an unknown fact.
    pub fn calendar_rule(&self, name: &str, facts: &Facts) -> Result<&CalendarRule, TermsError> {
        let mut wanted = name.to_owned();
        // A chain longer than the list of calendars would be a circle, which the compiler refuses.
        for _ in 0..=self.calendars.len() {
            let rule = self
                .calendars
                .iter()
                .find(|rule| rule.name == wanted)
                .ok_or_else(|| TermsError::UnknownCalendar(wanted.clone()))?;
            let Some(same_as) = &rule.same_as else { return Ok(rule) };
            let mut wants = BTreeSet::new();
            wanted = same_as
                .resolve(&Evaluation::new(self, facts, Instant::EPOCH), &mut wants)
                .ok_or(TermsError::CalendarWants { calendar: wanted, facts: wants })?;
        }
        Err(TermsError::UnknownCalendar(name.to_owned()))
    }

    /// The facts and parameters on which calendars depend: what must be known to count in them.
    #[must_use]
    pub fn calendar_facts(&self) -> BTreeSet<FactName> {
        let mut names = BTreeSet::new();
        for rule in &self.calendars {
            rule.holidays.iter().chain(&rule.same_as).for_each(|choice| choice.collect_facts(&mut names));
            names.extend(rule.closed.clone());
        }
        names
    }

    /// Wall-clock time in the agreement's zone: a calendar that is always open.
    #[must_use]
    pub fn elapsed(&self) -> Arc<Calendar> {
        let mut built = self.built.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calendar = built.entry("elapsed".to_owned()).or_insert_with(|| {
            let definition = CalendarDefinition::always("elapsed", self.zone.clone());
            Arc::new(Calendar::build(definition).expect("a calendar that is always open can be built"))
        });
        Arc::clone(calendar)
    }

    /// A calendar ready to count with; `elapsed` and `always` exist beforehand.
    ///
    /// # Errors
    /// - no calendar or holiday set of that name;
    /// - it depends on facts that are not known;
    /// - what the parameters give cannot be built.
    pub fn calendar(&self, name: &str, facts: &Facts) -> Result<Arc<Calendar>, TermsError> {
        if name == "elapsed" || name == "always" {
            return Ok(self.elapsed());
        }
        let rule = self.calendar_rule(name, facts)?;
        let evaluation = Evaluation::new(self, facts, Instant::EPOCH);
        let mut key = rule.name.clone();
        let mut sets = Vec::with_capacity(rule.holidays.len());
        for choice in &rule.holidays {
            let mut wants = BTreeSet::new();
            let set = choice
                .resolve(&evaluation, &mut wants)
                .ok_or_else(|| TermsError::CalendarWants { calendar: rule.name.clone(), facts: wants })?;
            key.push('|');
            key.push_str(&set);
            sets.push(set);
        }
        let closed = rule.closed.as_ref().and_then(|parameter| evaluation.value(parameter));
        if let Some(closed) = closed {
            key.push('|');
            key.push_str(&closed.to_string());
        }
        if let Some(calendar) = self.built.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(calendar));
        }
        let mut definition = rule.definition.clone();
        for set in sets {
            let holidays = self.holidays.get(&set).cloned().ok_or(TermsError::UnknownHolidays(set))?;
            for hours in definition.own_hours_mut() {
                hours.holidays.push(holidays.clone());
            }
        }
        if let Some(FactValue::Names(dates)) = closed {
            for date in dates.iter().filter_map(|date| LocalDate::parse(date).ok()) {
                for hours in definition.own_hours_mut() {
                    hours.closed.push(Closure::On { on: date });
                }
            }
        }
        let calendar = Arc::new(Calendar::build(definition).map_err(TermsError::Calendar)?);
        self.built.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&calendar));
        Ok(calendar)
    }
}
