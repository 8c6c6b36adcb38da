//! What follows from the promises, in words: measures, money, prepaid work, services, the contract.

use crate::describe::Speaker;
use terms::{Clause, InvoiceRule, Liability, Permission, TaxRule, TermEnd, TermPeriod, TermRule};

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
        for expense in &terms.expenses {
            let name = self.label(&expense.label, &expense.name).to_owned();
            add(&expense.clause, Topic::Money, name, self.expense(expense));
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

    pub(super) fn invoice(&self, invoice: &InvoiceRule) -> Vec<String> {
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

    pub(super) fn liability(&self, liability: &Liability) -> Vec<String> {
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

    pub(super) fn civil_period(&self, period: TermPeriod) -> String {
        self.word(match period {
            TermPeriod::Month => "told-period-month",
            TermPeriod::Quarter => "told-period-quarter",
            TermPeriod::HalfYear => "told-period-half-year",
            TermPeriod::Year => "told-period-year",
        })
        .into_owned()
    }

    pub(super) fn term(&self, term: &TermRule) -> Vec<String> {
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
