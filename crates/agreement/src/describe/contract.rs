//! What follows from the promises, in words: measures, money, prepaid work, services, the contract.

use crate::describe::Speaker;
use terms::{
    Band, Base, CarryOver, Cause, Choice, Cited, Claim, Clause, ComponentRule, Condition, Consequence,
    ConsequenceAmount, CountedIn, Debit, DebitPer, EndDay, Figure, FromFact, Gives, InvoiceRule, Lapse,
    Ledger, LedgerAct, LedgerWarning, LedgerWatch, Liability, Measure, MeasureBounds, MeasureKind,
    MeasurePeriod, MeasureUnit, Overdraft, Permission, Quantity, RateAmount, RateCount, RatePer, RateTable,
    RoundTo, Service, ServiceCap, TaxRule, TermEnd, TermPeriod, TermRule, TotalOver, UseOrder, Warranty,
    Worth,
};
use words::{decimal, money_in_words, span_in_words};

/// A rule in words: what it is called, what it says, and the clause that gives it.
pub(crate) struct Told<'a> {
    pub(crate) clause: &'a Clause,
    pub(crate) topic: Topic,
    pub(crate) name: String,
    pub(crate) says: String,
}

/// Under which heading a rule is read aloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// How requests come in, wait, and are told of.
    Desk,
    /// Who may do what.
    Permission,
    /// What is measured, and what does not count.
    Availability,
    /// What is credited, charged, billed, and the limits of it.
    Money,
    /// Prepaid work and the services it pays.
    Prepaid,
    /// How long the contract runs, and between whom.
    Contract,
}

impl<'a> Speaker<'a> {
    /// Every rule of the contract beside its promises, in the order of the document.
    pub(crate) fn contract_told(&self) -> Vec<Told<'a>> {
        let terms = self.terms;
        let mut told: Vec<Told<'a>> = Vec::new();
        let mut add = |clause: &'a Clause, topic: Topic, name: String, sentences: Vec<String>| {
            told.push(Told { clause, topic, name, says: sentences.join(" ") });
        };
        for measure in &terms.measures {
            let name = self.label(&measure.label, &measure.name).to_owned();
            add(&measure.clause, Topic::Availability, name, self.measure(measure));
        }
        for cause in &terms.causes {
            let name = self.say("told-cause", &[("name", self.label(&cause.label, &cause.name))]);
            add(&cause.clause, Topic::Availability, name, self.cause(cause));
        }
        for component in &terms.components {
            let name = self.label(&component.label, &component.name).to_owned();
            add(&component.clause, Topic::Availability, name, vec![self.component(component)]);
        }
        for base in &terms.bases {
            let name = self.label(&base.label, &base.name).to_owned();
            add(&base.clause, Topic::Money, name, self.base(base));
        }
        for consequence in &terms.consequences {
            let name = self.label(&consequence.label, &consequence.name).to_owned();
            add(&consequence.clause, Topic::Money, name, self.consequence(consequence));
        }
        for table in &terms.rates {
            let name = self.label(&table.label, &table.name).to_owned();
            add(&table.clause, Topic::Money, name, self.rate_table(table));
        }
        if let Some(invoice) = &terms.invoice {
            let name = self.word("told-invoice").into_owned();
            add(&invoice.clause, Topic::Money, name, self.invoice(invoice));
        }
        if let Some(liability) = &terms.liability {
            let name = self.word("told-liability").into_owned();
            add(&liability.clause, Topic::Money, name, self.liability(liability));
        }
        for ledger in &terms.ledgers {
            let name = self.label(&ledger.label, &ledger.name).to_owned();
            add(&ledger.clause, Topic::Prepaid, name, self.ledger(ledger));
            for debit in &ledger.debits {
                let name = self.word("told-debit").into_owned();
                add(&debit.clause, Topic::Prepaid, name, self.debit(debit));
            }
            for warning in &ledger.warnings {
                let name = self.word("told-ledger-warning").into_owned();
                add(&warning.clause, Topic::Prepaid, name, vec![self.ledger_warning(warning)]);
            }
        }
        for service in &terms.services {
            let name = self.label(&service.label, &self.plain(&service.name)).to_owned();
            add(&service.clause, Topic::Prepaid, name, self.service(service));
        }
        if let Some(term) = &terms.term {
            add(&term.clause, Topic::Contract, self.word("told-term").into_owned(), self.term(term));
        }
        for party in &terms.parties {
            let name = self.label(&party.label, &party.name).to_owned();
            let stands_for = self.role(&party.stands_for);
            let mut says = vec![self.say("told-party", &[("party", &stands_for)])];
            self.push_when(&mut says, &party.when);
            add(&party.clause, Topic::Contract, name, says);
        }
        for ground in &terms.grounds {
            let name = self.label(&ground.label, &ground.name).to_owned();
            let mut says = vec![self.word("told-ground").into_owned()];
            if ground.automatic {
                says.push(self.word("told-ground-automatic").into_owned());
            }
            self.push_when(&mut says, &ground.when);
            add(&ground.clause, Topic::Contract, name, says);
        }
        if let Some(ladder) = &terms.ladder {
            let says = vec![self.say("told-ladder", &[("steps", &self.roles(&ladder.steps))])];
            add(&ladder.clause, Topic::Contract, self.word("told-ladder-name").into_owned(), says);
        }
        for derived in &terms.derived {
            let condition = self.condition(&derived.holds);
            let says = vec![self.say("told-derived", &[("condition", &condition)])];
            add(&derived.clause, Topic::Contract, self.fact(&derived.fact), says);
        }
        if let Some(language) = &terms.language {
            let tongues = self.choice(&language.offered, &|names| {
                let names: Vec<String> = names.iter().map(|name| self.tongue(name)).collect();
                names.join(", ")
            });
            let fallback = self.tongue(&language.fallback);
            let says = vec![self.say("told-language", &[("languages", &tongues), ("fallback", &fallback)])];
            add(&language.clause, Topic::Contract, self.word("told-language-name").into_owned(), says);
        }
        told
    }

    /// A figure as people write it.
    pub(crate) fn figure(&self, figure: &Figure) -> String {
        let number = |number| decimal(self.language, number);
        match figure {
            Figure::Number(value) => number(value),
            Figure::Share(value) => self.say("told-share", &[("value", &number(value))]),
            Figure::Points(value) => self.say("told-points", &[("value", &number(value))]),
            Figure::Units(value) if *value == terms::Decimal::from(1) => self.word("told-unit").into_owned(),
            Figure::Units(value) => self.say("told-units", &[("value", &number(value))]),
            Figure::Money(money) => money_in_words(self.language, money),
            Figure::Span(span) => span_in_words(self.language, span),
        }
    }

    /// A word of the language of rules in the reader's own: `credit note`, `signed`, `promise.response.missed`.
    pub(crate) fn plain(&self, token: &str) -> String {
        if let Some(found) = self.plain_word(token) {
            return found;
        }
        let event = format!("woven-event-{token}");
        if words::has_text(self.language, &event) {
            return self.word(&event).into_owned();
        }
        if let Some((path, state)) = token.rsplit_once('.')
            && path.starts_with("promise.")
        {
            let key = format!("told-state-{state}");
            if words::has_text(self.language, &key) {
                return self.say(&key, &[("promise", &self.subject(path))]);
            }
        }
        self.fact(&token.into())
    }

    /// A word that the catalogue knows; no other name is looked up.
    pub(crate) fn plain_word(&self, token: &str) -> Option<String> {
        let token = if token == "% per year" { "rate per year" } else { token };
        if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_ .-".contains(&byte)) {
            return None;
        }
        let key = format!("told-word-{}", token.replace(['_', ' ', '.'], "-"));
        words::has_text(self.language, &key).then(|| self.word(&key).into_owned())
    }

    /// What something is counted per: a noun without its article.
    fn per(&self, token: &str) -> String {
        let key = format!("told-per-{}", token.replace(['_', ' '], "-"));
        if words::has_text(self.language, &key) { self.word(&key).into_owned() } else { self.plain(token) }
    }

    fn plains(&self, tokens: &[String]) -> String {
        let told: Vec<String> = tokens.iter().map(|token| self.plain(token)).collect();
        told.join(", ")
    }

    fn tongue(&self, tag: &str) -> String {
        let key = format!("told-tongue-{tag}");
        if words::has_text(self.language, &key) { self.word(&key).into_owned() } else { tag.to_owned() }
    }

    fn push_when(&self, says: &mut Vec<String>, when: &Condition) {
        if *when != Condition::Always {
            says.push(self.say("woven-only-when", &[("condition", &self.condition(when))]));
        }
    }

    fn figures<T: Clone + FromFact>(&self, choice: &Choice<T>, plain: &dyn Fn(&T) -> String) -> String {
        self.choice(choice, plain)
    }

    fn amount(&self, choice: &Choice<Figure>) -> String {
        self.figures(choice, &|figure| self.figure(figure))
    }

    pub(crate) fn bounds(&self, bounds: &MeasureBounds, unit: &str) -> String {
        let sides = [
            ("told-at-least", &bounds.at_least),
            ("told-above", &bounds.above),
            ("told-at-most", &bounds.at_most),
            ("told-below", &bounds.below),
        ];
        let told: Vec<String> = sides
            .iter()
            .filter_map(|(key, bound)| {
                let bound = bound.as_ref()?;
                let figure = self.figure(bound);
                let value = match bound {
                    Figure::Number(_) if !unit.is_empty() => {
                        self.say("told-of-unit", &[("value", &figure), ("unit", unit)])
                    }
                    _ => figure,
                };
                Some(self.say(key, &[("value", &value)]))
            })
            .collect();
        told.join(&self.word("woven-and"))
    }

    /// What a rule speaks of: a measure, a promise, a base, an event.
    pub(crate) fn subject(&self, path: &str) -> String {
        let path = path.trim_start_matches('$');
        if let Some(name) = path.strip_prefix("measure.") {
            let name = name.split('.').next().unwrap_or(name);
            let found = self.terms.measures.iter().find(|measure| measure.name == name);
            return found.map_or_else(|| self.plain(name), |found| self.label(&found.label, name).to_owned());
        }
        if let Some(name) = path.strip_prefix("promise.") {
            let name = name.split('.').next().unwrap_or(name);
            let found = self.terms.promise(name);
            return found.map_or_else(|| self.plain(name), |found| self.promise_name(found));
        }
        if let Some(name) = path.strip_prefix("ledger.") {
            let name = name.split('.').next().unwrap_or(name);
            let found = self.terms.ledgers.iter().find(|ledger| ledger.name == name);
            return found.map_or_else(|| self.plain(name), |found| self.label(&found.label, name).to_owned());
        }
        if let Some(found) = path
            .strip_prefix("base.")
            .or(Some(path))
            .and_then(|name| self.terms.bases.iter().find(|base| base.name == name))
        {
            return self.label(&found.label, &found.name).to_owned();
        }
        self.plain(path)
    }

    /// A rule by its path in the document: the clause that defines it, and its name in words.
    pub(crate) fn rule_named(&self, path: &str) -> Option<(&'a Clause, String)> {
        let (kind, name) = path.split_once('.')?;
        let terms = self.terms;
        let clause = match kind {
            "measure" => &terms.measures.iter().find(|rule| rule.name == name)?.clause,
            "ledger" => &terms.ledgers.iter().find(|rule| rule.name == name)?.clause,
            "base" => &terms.bases.iter().find(|rule| rule.name == name)?.clause,
            "promise" => &terms.promise(name)?.clause,
            "consequence" => {
                let rule = terms.consequences.iter().find(|rule| rule.name == name)?;
                return Some((&rule.clause, self.label(&rule.label, name).to_owned()));
            }
            "service" => {
                let rule = terms.services.iter().find(|rule| rule.name == name)?;
                return Some((&rule.clause, self.label(&rule.label, &self.plain(name)).to_owned()));
            }
            _ => return None,
        };
        Some((clause, self.subject(path)))
    }

    /// Everything else that a permission says, sentence by sentence.
    pub(crate) fn permission_details(&self, permission: &Permission) -> Vec<String> {
        let mut says = Vec::new();
        if !permission.consent.is_empty() {
            says.push(self.say("told-consent", &[("who", &self.roles(&permission.consent))]));
        }
        if !permission.decided_by.is_empty() {
            says.push(self.say("told-decided-by", &[("who", &self.roles(&permission.decided_by))]));
        }
        self.push_when(&mut says, &permission.when);
        if let Some(calendar) = &permission.during {
            says.push(self.say("told-during", &[("calendar", &self.calendar_name(calendar))]));
        }
        if let Some(after) = &permission.after {
            let (span, event) = (self.span(&after.wait), self.plain(&after.event));
            says.push(self.say("told-after-event", &[("span", &span), ("event", &event)]));
            if let Some(event) = &after.unless {
                says.push(self.say("told-after-unless", &[("event", &self.plain(event))]));
            }
        }
        if let Some(silence) = &permission.silence {
            let span = self.choice(&silence.after, &|span| self.span(span));
            let outcome = self.plain(&silence.counts_as);
            says.push(self.say("told-silence", &[("span", &span), ("as", &outcome)]));
            if !silence.remind.is_empty() {
                let spans: Vec<String> = silence.remind.iter().map(|span| self.span(span)).collect();
                says.push(self.say("told-silence-remind", &[("spans", &spans.join(", "))]));
            }
            if silence.reopens {
                says.push(self.word("told-silence-reopens").into_owned());
            }
        }
        if let Some(path) = &permission.else_offer {
            says.push(self.say("told-else-offer", &[("path", &self.plain(path))]));
        }
        says
    }

    fn period(&self, period: MeasurePeriod) -> String {
        let key = match period {
            MeasurePeriod::Ticket => "told-period-ticket",
            MeasurePeriod::Hour => "told-period-hour",
            MeasurePeriod::Day => "told-period-day",
            MeasurePeriod::CalendarMonth => "told-period-month",
            MeasurePeriod::Quarter => "told-period-quarter",
            MeasurePeriod::HalfYear => "told-period-half-year",
            MeasurePeriod::Year => "told-period-year",
            MeasurePeriod::ContractYear => "told-period-contract-year",
            MeasurePeriod::BillingPeriod => "told-period-billing",
            MeasurePeriod::RollingMonths(months) => {
                return self.say("told-period-rolling", &[("count", &months.to_string())]);
            }
        };
        self.word(key).into_owned()
    }

    fn unit(&self, unit: MeasureUnit) -> String {
        self.word(match unit {
            MeasureUnit::Second => "told-unit-second",
            MeasureUnit::Minute => "told-unit-minute",
            MeasureUnit::Hour => "told-unit-hour",
            MeasureUnit::Day => "told-unit-day",
            MeasureUnit::BusinessDay => "told-unit-business-day",
            MeasureUnit::BusinessHour => "told-unit-business-hour",
        })
        .into_owned()
    }

    /// The unit that plain numbers of a consequence are in: that of the measure of time it looks at.
    fn unit_of(&self, path: &str) -> String {
        let name = path.strip_prefix("measure.").map(|name| name.split('.').next().unwrap_or(name));
        let found = name.and_then(|name| self.terms.measures.iter().find(|measure| measure.name == name));
        match found {
            Some(measure) if matches!(measure.kind, MeasureKind::Time | MeasureKind::Overrun) => {
                self.unit(measure.unit)
            }
            _ => String::new(),
        }
    }

    fn measure(&self, measure: &Measure) -> Vec<String> {
        let period = self.period(measure.period);
        let of = measure.of.as_ref().map_or_else(String::new, |of| self.subject(of));
        let events = |pattern: &Option<terms::EventPattern>| {
            pattern.as_ref().map_or_else(String::new, |pattern| self.event(pattern))
        };
        let (from, to) = (events(&measure.from), events(&measure.to));
        let population = events(&measure.population);
        let what = if of.is_empty() { population } else { of };
        let key = match measure.kind {
            MeasureKind::Availability => "told-measure-availability",
            MeasureKind::Downtime => "told-measure-downtime",
            MeasureKind::Longest => "told-measure-longest",
            MeasureKind::Overrun => "told-measure-overrun",
            MeasureKind::Time => "told-measure-time",
            MeasureKind::Count => "told-measure-count",
            MeasureKind::Share => "told-measure-share",
            MeasureKind::Percentile => "told-measure-percentile",
            MeasureKind::Mean => "told-measure-mean",
            MeasureKind::Sum => "told-measure-sum",
            MeasureKind::Run => "told-measure-run",
            MeasureKind::Balance => "told-measure-balance",
        };
        let unit = self.unit(measure.unit);
        let mut says =
            vec![self.say(
                key,
                &[("period", &period), ("of", &what), ("from", &from), ("to", &to), ("unit", &unit)],
            )];
        for target in &measure.target {
            let bounds = self.layered(target, &|bounds| self.bounds(bounds, ""));
            if !bounds.is_empty() {
                let strength =
                    measure.strength.map(|strength| words::strength_in_words(self.language, strength));
                says.push(match strength {
                    Some(strength) => {
                        self.say("told-target-strength", &[("bounds", &bounds), ("strength", &strength)])
                    }
                    None => self.say("told-target", &[("bounds", &bounds)]),
                });
            }
        }
        self.push_when(&mut says, &measure.when);
        if let Some(begins) = &measure.begins {
            says.push(self.say("told-begins", &[("date", &self.fact(&begins.value))]));
        }
        if let Some(total) = &measure.total {
            let key = match (total.over, total.primary_only) {
                (TotalOver::Union, true) => "told-total-any-primary",
                (TotalOver::Union, false) => "told-total-any",
                (TotalOver::Intersection, true) => "told-total-all-primary",
                (TotalOver::Intersection, false) => "told-total-all",
            };
            says.push(self.word(key).into_owned());
        }
        if let Some(each) = &measure.each {
            says.push(self.say("told-each", &[("each", &self.plain(each))]));
        }
        if let Some(source) = &measure.down.source {
            says.push(self.say("told-down-source", &[("source", &self.plain(source))]));
        }
        if let Some(starts) = &measure.down.starts {
            says.push(self.say("told-down-starts", &[("starts", &self.plain(starts))]));
        }
        if let Some(minimum) = &measure.down.minimum {
            says.push(self.say("told-down-minimum", &[("span", &self.span(minimum))]));
        }
        if measure.down.when != Condition::Always {
            says.push(self.say("told-down-when", &[("condition", &self.condition(&measure.down.when))]));
        }
        if !measure.exclude.is_empty() {
            let causes: Vec<String> = measure
                .exclude
                .iter()
                .map(|name| {
                    let found = self.terms.causes.iter().find(|cause| cause.name == *name);
                    found.map_or_else(|| self.plain(name), |cause| self.label(&cause.label, name).to_owned())
                })
                .collect();
            says.push(self.say("told-excluded", &[("causes", &causes.join(&self.word("woven-separator")))]));
        }
        match &measure.counted_in {
            Some(CountedIn::Inside(calendar)) => {
                let calendar = self.choice(calendar, &|name| self.calendar_name(name));
                says.push(self.say("told-counted-inside", &[("calendar", &calendar)]));
            }
            Some(CountedIn::Outside(calendar)) => {
                let calendar = self.choice(calendar, &|name| self.calendar_name(name));
                says.push(self.say("told-counted-outside", &[("calendar", &calendar)]));
            }
            None => {}
        }
        if matches!(measure.kind, MeasureKind::Time | MeasureKind::Overrun) {
            if let Some(calendar) = &measure.calendar {
                let calendar = self.choice(calendar, &|name| self.calendar_name(name));
                says.push(self.say("told-counted-inside", &[("calendar", &calendar)]));
            }
            if matches!(measure.unit, MeasureUnit::Day | MeasureUnit::BusinessDay) {
                let counts = |day: EndDay| if day == EndDay::Counts { "yes" } else { "no" };
                let key = format!("told-ends-{}-{}", counts(measure.first_day), counts(measure.last_day));
                says.push(self.word(&key).into_owned());
            }
        }
        if let Some(claimed) = &measure.claimed {
            says.push(self.say("told-claimed", &[("bounds", &self.bounds(claimed, ""))]));
        }
        says
    }

    fn cause(&self, cause: &Cause) -> Vec<String> {
        let mut says = Vec::new();
        if let Some(usual) = &cause.usual {
            let calendar = self.choice(usual, &|name| self.calendar_name(name));
            says.push(self.say("told-cause-usual", &[("calendar", &calendar)]));
        }
        if let Some(span) = &cause.announce_above {
            let roles = self.roles(&cause.announce_to);
            says.push(self.say("told-cause-announced", &[("span", &self.span(span)), ("roles", &roles)]));
        }
        if !cause.needs.is_empty() {
            says.push(self.say("told-cause-needs", &[("needs", &self.plains(&cause.needs))]));
        }
        if says.is_empty() {
            says.push(self.word("told-cause-plain").into_owned());
        }
        says
    }

    fn component(&self, component: &ComponentRule) -> String {
        self.word(if component.primary { "told-component-primary" } else { "told-component" }).into_owned()
    }

    fn base(&self, base: &Base) -> Vec<String> {
        let of = self.plain(&base.of);
        let mut says = vec![self.say("told-base", &[("of", &of)])];
        if let Some(basis) = &base.basis {
            says.push(self.say("told-base-basis", &[("basis", &self.plain(basis))]));
        }
        if let Some(per) = &base.per {
            says.push(self.say("told-base-per", &[("per", &self.per(per))]));
        }
        if base.prorated {
            says.push(self.word("told-base-prorated").into_owned());
        }
        if base.with_tax {
            says.push(self.word("told-with-tax").into_owned());
        }
        if !base.without.is_empty() {
            says.push(self.say("told-base-without", &[("without", &self.plains(&base.without))]));
        }
        says
    }

    fn consequence(&self, consequence: &Consequence) -> Vec<String> {
        let gives = self.word(match consequence.gives {
            Gives::Credit => "told-gives-credit",
            Gives::Penalty => "told-gives-penalty",
            Gives::Charge => "told-gives-charge",
            Gives::Waiver => "told-gives-waiver",
            Gives::Debit => "told-gives-debit",
            Gives::ServiceDays => "told-gives-service-days",
            Gives::Right => "told-gives-right",
            Gives::Plan => "told-gives-plan",
            Gives::Report => "told-gives-report",
            Gives::Interest => "told-gives-interest",
            Gives::Indemnity => "told-gives-indemnity",
            Gives::Points => "told-gives-points",
            Gives::End => "told-gives-end",
        });
        let on = self.subject(&consequence.on);
        let looked_at = match consequence.quantity {
            Quantity::Value => on,
            Quantity::Shortfall => self.say("told-shortfall", &[("of", &on)]),
            Quantity::Excess => self.say("told-excess", &[("of", &on)]),
            Quantity::Late => self.say("told-late", &[("of", &on)]),
        };
        let mut says = vec![self.say("told-gives", &[("gives", &gives), ("on", &looked_at)])];
        let base = consequence.of.as_ref().map(|of| self.subject(of));
        let unit = self.unit_of(&consequence.on);
        let of_base = |amount: String| match &base {
            Some(base) => self.say("told-of-base", &[("amount", &amount), ("base", base)]),
            None => amount,
        };
        match &consequence.amount {
            ConsequenceAmount::Bands(bands) => {
                let told = self.layered(bands, &|bands| self.bands(bands, &unit));
                says.push(self.say("told-bands", &[("bands", &of_base(told))]));
            }
            ConsequenceAmount::Rate(rate) => says.push(self.rate(rate, base.as_deref(), &unit)),
            ConsequenceAmount::Slices(slices) => {
                let told: Vec<String> = slices
                    .iter()
                    .map(|slice| {
                        let amount = self.amount(&slice.give);
                        let per = self.figure(&slice.per);
                        let bounds = self.bounds(&slice.bounds, &unit);
                        self.say("told-slice", &[("amount", &amount), ("per", &per), ("bounds", &bounds)])
                    })
                    .collect();
                let told = told.join(&self.word("woven-separator"));
                says.push(self.say("told-slices", &[("slices", &told)]));
            }
            ConsequenceAmount::Fixed(amount) => {
                let told = of_base(self.amount(amount));
                says.push(self.say("told-amount", &[("amount", &told)]));
            }
            ConsequenceAmount::Nothing => {}
        }
        for when in &consequence.when {
            self.push_when(&mut says, &when.value);
        }
        if let Some(per) = &consequence.per {
            says.push(self.say("told-once-per", &[("per", &self.per(per))]));
        }
        if let Some(least) = &consequence.at_least {
            says.push(self.say("told-least", &[("amount", &self.figure(&least.value))]));
        }
        if let Some(below) = &consequence.ignore_below {
            says.push(self.say("told-ignored-below", &[("amount", &self.figure(&below.value))]));
        }
        if let Some(total) = &consequence.ignore_total_up_to {
            says.push(self.say("told-ignored-total", &[("amount", &self.figure(&total.value))]));
        }
        for cap in &consequence.caps {
            let amount = self.amount(&cap.give);
            let amount = match &cap.of {
                Some(of) => self.say("told-of-base", &[("amount", &amount), ("base", &self.subject(of))]),
                None => amount,
            };
            let key = if cap.only_warns { "told-cap-warns" } else { "told-cap" };
            says.push(self.say(key, &[("amount", &amount), ("per", &self.per(&cap.per))]));
            if cap.unless != Condition::never() {
                says.push(self.say("told-cap-unless", &[("condition", &self.condition(&cap.unless))]));
            }
        }
        if let Some(claim) = &consequence.claim {
            says.extend(self.claim(claim));
        }
        if let Some(hear) = &consequence.hear {
            let (who, span) = (self.role(&hear.value.who), self.span(&hear.value.within));
            says.push(self.say("told-hear", &[("who", &who), ("span", &span)]));
        }
        if let Some(right) = &consequence.right {
            let name = self.plain(&right.value.right);
            says.push(match &right.value.notice {
                Some(notice) => {
                    self.say("told-right-notice", &[("right", &name), ("notice", &self.span(notice))])
                }
                None => self.say("told-right", &[("right", &name)]),
            });
        }
        if let Some(settle) = &consequence.settle {
            let settle = &settle.value;
            let form = self.plain(&settle.form);
            says.push(match &settle.on {
                Some(on) => self.say("told-settle-on", &[("form", &form), ("on", &self.plain(on))]),
                None => self.say("told-settle", &[("form", &form)]),
            });
            if let Some(within) = &settle.within {
                says.push(self.say("told-settle-within", &[("span", &self.span(within))]));
            }
            if !settle.cash {
                says.push(self.word("told-settle-no-cash").into_owned());
            }
        }
        if consequence.tax == Some(true) {
            says.push(self.word("told-taxed").into_owned());
        }
        if let Some(index) = &consequence.index {
            says.push(self.say("told-index", &[("index", &self.subject(index))]));
        }
        if let Some(round) = &consequence.round {
            says.push(self.rounding(&round.value));
        }
        if consequence.exclusive.is_some() {
            says.push(self.word("told-exclusive").into_owned());
        }
        says
    }

    fn bands(&self, bands: &[Band], unit: &str) -> String {
        let told: Vec<String> = bands
            .iter()
            .map(|band| {
                let bounds = self.bounds(&band.bounds, unit);
                match &band.give {
                    Some(give) => {
                        self.say("told-band", &[("amount", &self.amount(give)), ("bounds", &bounds)])
                    }
                    None => self.say("told-band-none", &[("bounds", &bounds)]),
                }
            })
            .collect();
        told.join(&self.word("woven-separator"))
    }

    fn rate(&self, rate: &RateAmount, base: Option<&str>, unit: &str) -> String {
        if let Some(table) = &rate.table {
            let found = self.terms.rates.iter().find(|known| known.name == *table);
            let table =
                found.map_or_else(|| self.plain(table), |found| self.label(&found.label, table).to_owned());
            let table = match &rate.plus {
                Some(plus) => self.say("told-rate-plus", &[("table", &table), ("plus", &self.amount(plus))]),
                None => table,
            };
            let on = base.unwrap_or_default();
            return self.say("told-rate-table", &[("table", &table), ("base", on)]);
        }
        let give = rate.give.as_ref().map_or_else(String::new, |give| self.amount(give));
        let give = match base {
            Some(base) => self.say("told-of-base", &[("amount", &give), ("base", base)]),
            None => give,
        };
        let per = match &rate.per {
            RatePer::Figure(figure @ Figure::Number(_)) if !unit.is_empty() => {
                self.say("told-of-unit", &[("value", &self.figure(figure)), ("unit", unit)])
            }
            RatePer::Figure(figure) => self.figure(figure),
            RatePer::YearOfDays(days) => self.say("told-year-of-days", &[("days", &days.to_string())]),
        };
        let key = match rate.count {
            RateCount::Whole => "told-rate-whole",
            RateCount::Started => "told-rate-started",
            RateCount::Exact => "told-rate-exact",
        };
        self.say(key, &[("amount", &give), ("per", &per)])
    }

    fn rounding(&self, round: &RoundTo) -> String {
        self.say("told-rounded", &[("step", &self.figure(&round.to))])
    }

    fn claim(&self, claim: &Claim) -> Vec<String> {
        let by = self.roles(&claim.by);
        let mut says = vec![match &claim.within {
            Some(within) => {
                let span = self.choice(&within.value, &|span| self.span(span));
                match &claim.counted_from {
                    Some(from) => self.say(
                        "told-claim-within-from",
                        &[("by", &by), ("span", &span), ("from", &self.plain(from))],
                    ),
                    None => self.say("told-claim-within", &[("by", &by), ("span", &span)]),
                }
            }
            None => self.say("told-claim", &[("by", &by)]),
        }];
        let needs: Vec<String> =
            claim.needs.value.iter().chain(&claim.each_outage.value).map(|need| self.plain(need)).collect();
        if !needs.is_empty() {
            says.push(self.say("told-claim-needs", &[("needs", &needs.join(", "))]));
        }
        for step in &claim.steps {
            let (act, span, from) = (self.plain(&step.act), self.span(&step.within), self.plain(&step.from));
            says.push(self.say("told-claim-step", &[("act", &act), ("span", &span), ("from", &from)]));
        }
        if !claim.decided_by.is_empty() {
            let by = self.roles(&claim.decided_by);
            says.push(match &claim.decided_within {
                Some(within) => {
                    let span = self.choice(within, &|span| self.span(span));
                    self.say("told-claim-decided-within", &[("by", &by), ("span", &span)])
                }
                None => self.say("told-claim-decided", &[("by", &by)]),
            });
        }
        says
    }

    fn rate_table(&self, table: &RateTable) -> Vec<String> {
        let unit = self.plain(&table.unit);
        let key = if table.set_by == "provider" { "told-table-provider" } else { "told-table-document" };
        let mut says = vec![self.say(key, &[("unit", &unit)])];
        if let Some(row) = table.rows.last() {
            let date = words::date_in_words(self.language, row.since, calendar::LocalDate::EPOCH);
            let value = self.figure(&row.value);
            says.push(self.say("told-table-row", &[("value", &value), ("date", &date)]));
        }
        says
    }

    fn invoice(&self, invoice: &InvoiceRule) -> Vec<String> {
        let mut says = Vec::new();
        if let Some(issue) = &invoice.issue {
            says.push(self.say("told-invoice-issued", &[("event", &self.plain(issue))]));
        }
        if let Some(pay) = &invoice.pay {
            let pay = &pay.value;
            let span = self.choice(&pay.within, &|span| self.span(span));
            says.push(self.say("told-invoice-paid", &[("span", &span), ("event", &self.plain(&pay.from))]));
            if !pay.by.is_empty() {
                says.push(self.say("told-invoice-means", &[("means", &self.plains(&pay.by))]));
            }
            if pay.discount.is_none() || pay.discount.as_deref() == Some("none") {
                says.push(self.word("told-invoice-no-discount").into_owned());
            }
        }
        for part in &invoice.schedule {
            let (share, event) = (self.figure(&part.share), self.plain(&part.on));
            says.push(self.say("told-invoice-part", &[("share", &share), ("event", &event)]));
        }
        match invoice.tax.as_ref().map(|tax| &tax.value) {
            Some(TaxRule::Excluded) => says.push(self.word("told-without-tax").into_owned()),
            Some(TaxRule::Included) => says.push(self.word("told-with-tax").into_owned()),
            None => {}
        }
        for tax in self.terms.money.iter().flat_map(|money| &money.taxes) {
            let table = self.terms.rates.iter().find(|table| table.name == tax.rate);
            let name = table.map_or(tax.rate.as_str(), |table| self.label(&table.label, &table.name));
            let key = if tax.on == "customer" { "told-tax-line" } else { "told-tax-borne" };
            says.push(self.say(key, &[("tax", name)]));
        }
        if invoice.electronic_required {
            says.push(self.word("told-invoice-electronic-only").into_owned());
        } else if invoice.electronic == Some(true) {
            says.push(self.word("told-invoice-electronic").into_owned());
        }
        if invoice.disputed_payable.as_ref().is_some_and(|payable| payable.value) {
            says.push(self.word("told-invoice-disputed").into_owned());
        }
        says
    }

    fn liability(&self, liability: &Liability) -> Vec<String> {
        let amount = self.amount(&liability.cap.give);
        let amount = match &liability.cap.of {
            Some(of) => self.say("told-of-base", &[("amount", &amount), ("base", &self.subject(of))]),
            None => amount,
        };
        let mut says =
            vec![self.say("told-cap", &[("amount", &amount), ("per", &self.per(&liability.cap.per))])];
        if !liability.except.is_empty() {
            says.push(self.say("told-liability-except", &[("cases", &self.plains(&liability.except))]));
        }
        if let Some(limitation) = &liability.limitation {
            says.push(self.say("told-liability-late", &[("span", &self.span(&limitation.value))]));
        }
        says
    }

    fn ledger(&self, ledger: &Ledger) -> Vec<String> {
        let number = |value| decimal(self.language, value);
        let worth = match &ledger.worth.value {
            Worth::Time(span) => self.span(span),
            Worth::Money(money) => money_in_words(self.language, money),
            Worth::Count { count, of } => format!("{} {}", number(count), self.plain(of)),
        };
        let mut says = vec![self.say("told-ledger-worth", &[("worth", &worth)])];
        let packs: Vec<String> = ledger
            .packs
            .iter()
            .map(|pack| {
                let units = number(&pack.units);
                match &pack.price {
                    Some(price) => {
                        let price = money_in_words(self.language, price);
                        self.say("told-pack-price", &[("units", &units), ("price", &price)])
                    }
                    None => units,
                }
            })
            .collect();
        if !packs.is_empty() {
            let packs = packs.join(&self.word("woven-separator"));
            says.push(self.say("told-ledger-packs", &[("packs", &packs)]));
        }
        if let Some(minimum) = &ledger.minimum {
            says.push(self.say("told-ledger-minimum", &[("units", &number(&minimum.value))]));
        }
        if let Some(included) = &ledger.included {
            says.push(self.say("told-ledger-included", &[("units", &number(&included.value))]));
        }
        if let Some(accrual) = &ledger.accrue {
            let accrual = &accrual.value;
            let (give, on) = (self.figure(&accrual.give), self.plain(&accrual.on));
            says.push(self.say("told-ledger-accrues", &[("amount", &give), ("on", &on)]));
        }
        if !ledger.lapses.is_unsaid() {
            let lapse = self.layered(&ledger.lapses, &|lapse| self.lapse(lapse));
            says.push(self.say("told-ledger-lapses", &[("when", &lapse)]));
        }
        says.push(
            self.word(match ledger.use_order.value {
                UseOrder::EarliestExpiry => "told-use-earliest",
                UseOrder::Oldest => "told-use-oldest",
                UseOrder::Newest => "told-use-newest",
            })
            .into_owned(),
        );
        match &ledger.carry_over.value {
            CarryOver::None => says.push(self.word("told-carry-none").into_owned()),
            CarryOver::All => says.push(self.word("told-carry-all").into_owned()),
            CarryOver::Part { share, when, life } => {
                let condition = self.condition(when);
                let mut told =
                    self.say("told-carry-part", &[("share", &self.figure(share)), ("condition", &condition)]);
                if let Some(life) = life {
                    told = format!("{told} {}", self.say("told-carry-life", &[("span", &self.span(life))]));
                }
                says.push(told);
            }
        }
        match &ledger.overdraft.value {
            Overdraft::Forbidden => says.push(self.word("told-overdraft-forbidden").into_owned()),
            Overdraft::Allowed { at_most, bill_after, price } => {
                says.push(match at_most {
                    Some(most) => self.say("told-overdraft-up-to", &[("units", &number(most))]),
                    None => self.word("told-overdraft").into_owned(),
                });
                if let Some(after) = bill_after {
                    says.push(self.say("told-overdraft-billed", &[("span", &self.span(after))]));
                }
                if let Some(price) = price {
                    let price = money_in_words(self.language, price);
                    says.push(self.say("told-overdraft-price", &[("price", &price)]));
                }
            }
        }
        if let Some(cap) = &ledger.cap {
            let (units, per) = (number(&cap.value.units), self.per(&cap.value.per));
            says.push(self.say("told-ledger-cap", &[("units", &units), ("per", &per)]));
        }
        if let Some(estimate) = &ledger.estimate {
            if let Some(above) = &estimate.value.above {
                says.push(self.say("told-estimate-above", &[("amount", &self.figure(above))]));
            }
            if let Some(above) = &estimate.value.offer_above {
                says.push(self.say("told-estimate-offer", &[("amount", &self.figure(above))]));
            }
        }
        if let Some(close) = &ledger.close_period {
            let (span, share) = (self.span(&close.value.on), self.figure(&close.value.share));
            says.push(self.say("told-ledger-close", &[("span", &span), ("share", &share)]));
        }
        let forbidden: Vec<String> = ledger
            .forbids
            .iter()
            .map(|act| {
                self.word(match act.value {
                    LedgerAct::Refund => "told-forbids-refund",
                    LedgerAct::Transfer => "told-forbids-transfer",
                    LedgerAct::Postpone => "told-forbids-postpone",
                })
                .into_owned()
            })
            .collect();
        if !forbidden.is_empty() {
            says.push(self.say("told-forbids", &[("acts", &forbidden.join(", "))]));
        }
        says
    }

    fn lapse(&self, lapse: &Lapse) -> String {
        match lapse {
            Lapse::Never => self.word("told-lapse-never").into_owned(),
            Lapse::EndOfTerm => self.word("told-lapse-term").into_owned(),
            Lapse::After(span) => self.say("told-lapse-after", &[("span", &self.span(span))]),
            Lapse::EndOf(period) => self.say("told-lapse-end-of", &[("period", &self.civil_period(*period))]),
        }
    }

    fn civil_period(&self, period: TermPeriod) -> String {
        self.word(match period {
            TermPeriod::Month => "told-period-month",
            TermPeriod::Quarter => "told-period-quarter",
            TermPeriod::HalfYear => "told-period-half-year",
            TermPeriod::Year => "told-period-year",
        })
        .into_owned()
    }

    fn debit(&self, debit: &Debit) -> Vec<String> {
        let per = self.word(match debit.per {
            DebitPer::Session => "told-debit-session",
            DebitPer::Request => "told-debit-request",
            DebitPer::Visit => "told-debit-visit",
            DebitPer::Leg => "told-debit-leg",
            DebitPer::Day => "told-debit-day",
        });
        let of = self.plain(&debit.of);
        let mut says = vec![self.say("told-debit-of", &[("of", &of), ("per", &per)])];
        match (&debit.minimum, &debit.step) {
            (Some(minimum), Some(step)) => says.push(self.say(
                "told-debit-minimum-step",
                &[("minimum", &self.amount(minimum)), ("step", &self.amount(step))],
            )),
            (Some(minimum), None) => {
                says.push(self.say("told-debit-minimum", &[("minimum", &self.amount(minimum))]));
            }
            (None, Some(step)) => says.push(self.say("told-debit-step", &[("step", &self.amount(step))])),
            (None, None) => {}
        }
        if let Some(times) = &debit.times {
            says.push(self.say("told-debit-times", &[("times", &self.amount(times))]));
        }
        if let Some(price) = &debit.price {
            says.push(self.say("told-debit-price", &[("price", &self.amount(price))]));
        }
        self.push_when(&mut says, &debit.when);
        if debit.unless != Condition::never() {
            says.push(self.say("woven-not-when", &[("condition", &self.condition(&debit.unless))]));
        }
        says
    }

    fn ledger_warning(&self, warning: &LedgerWarning) -> String {
        let key = match warning.of {
            LedgerWatch::Estimate => "told-warn-estimate",
            LedgerWatch::Balance => "told-warn-balance",
            LedgerWatch::Expiry => "told-warn-expiry",
        };
        let (at, roles) = (self.amount(&warning.at), self.roles(&warning.tell));
        self.say(key, &[("at", &at), ("roles", &roles)])
    }

    fn service(&self, service: &Service) -> Vec<String> {
        let separator = self.word("woven-separator");
        let names = |names: &[Cited<String>]| {
            let told: Vec<String> = names.iter().map(|name| self.plain(&name.value)).collect();
            told.join(&separator)
        };
        // Rows with words of their own; the template that is included says the rest.
        let rows = |part: &str| {
            let told = service.texts.iter().filter(|(known, _)| known == part);
            told.map(|(_, label)| self.label(label, ""))
                .filter(|row| !row.is_empty())
                .collect::<Vec<_>>()
                .join(&separator)
        };
        let mut says = Vec::new();
        if let Some(units) = &service.units {
            says.push(self.say("told-service-units", &[("units", &decimal(self.language, units))]));
        }
        for (key, value) in [
            ("told-service-software", service.software.join(", ")),
            ("told-service-requires", names(&service.requires)),
            ("told-service-scope", rows("scope")),
            ("told-service-phases", [rows("phases"), rows("work")].join(&separator)),
            ("told-service-tests", rows("tests")),
            ("told-service-delivers", rows("deliver")),
            ("told-service-excludes", rows("excludes")),
            ("told-service-customer", names(&service.customer)),
            ("told-service-related", rows("related")),
        ] {
            let value = value.trim_start_matches(separator.as_ref()).trim_end_matches(separator.as_ref());
            if !value.is_empty() {
                says.push(self.say(key, &[("list", value)]));
            }
        }
        for cap in &service.caps {
            says.push(self.service_cap(&cap.value));
        }
        if let Some(choose) = &service.choose {
            says.push(self.say("told-service-choose", &[("count", &choose.value.at_most.to_string())]));
            says.extend(choose.value.caps.iter().map(|cap| self.service_cap(cap)));
        }
        match service.warranty.as_ref().map(|warranty| &warranty.value) {
            Some(Warranty::None) => says.push(self.word("told-service-no-warranty").into_owned()),
            Some(Warranty::For(span)) => {
                says.push(self.say("told-service-warranty", &[("span", &self.span(span))]));
            }
            None => {}
        }
        if !service.includes.is_empty() {
            let names: Vec<String> = service
                .includes
                .iter()
                .map(|name| {
                    let found = self.terms.services.iter().find(|known| known.name == *name);
                    found.map_or_else(
                        || self.plain(name),
                        |found| self.say("woven-by-clause", &[("number", &found.clause.mark())]),
                    )
                })
                .collect();
            says.push(self.say("told-service-includes", &[("list", &names.join(", "))]));
        }
        says
    }

    fn service_cap(&self, cap: &ServiceCap) -> String {
        let of = self.plain(&cap.of);
        let most = match &cap.varies {
            Some(varies) => self.amount(varies),
            None => cap.at_most.to_string(),
        };
        self.say("told-service-cap", &[("of", &of), ("count", &most)])
    }

    fn term(&self, term: &TermRule) -> Vec<String> {
        let from = self.plain(&term.from);
        let mut says = Vec::new();
        if let Some(to) = &term.to {
            says.push(self.say("told-term-from-to", &[("from", &from), ("to", &self.fact(to))]));
        } else {
            let length = self.choice(&term.length, &|span| self.span(span));
            says.push(self.say("told-term-length", &[("length", &length), ("from", &from)]));
            says.push(match term.ends {
                TermEnd::Eve => self.word("told-term-eve").into_owned(),
                TermEnd::SameDay => self.word("told-term-same-day").into_owned(),
                TermEnd::EndOf(period) => {
                    self.say("told-term-end-of", &[("period", &self.civil_period(period))])
                }
            });
        }
        match &term.renewal {
            Some(renewal) => {
                let by = self.span(&renewal.by);
                says.push(match &renewal.unless_notice {
                    Some(notice) => {
                        self.say("told-renewal-notice", &[("by", &by), ("notice", &self.span(notice))])
                    }
                    None => self.say("told-renewal", &[("by", &by)]),
                });
                if let Some(form) = &renewal.form {
                    says.push(self.say("told-renewal-form", &[("form", &self.plain(form))]));
                }
            }
            None => says.push(self.word("told-renewal-none").into_owned()),
        }
        says
    }
}
