use crate::contract_case::{ContractCase, with_rates};
use crate::example::Expectation;
use crate::rehearse::{Case, Checker, joined, state_name, yes_no};
use calendar::{Instant, LocalDate, Span};
use meters::{
    answering_language, consents_missing, destruction, duties, notice_by, people_faults, silence_course,
    taxed, term_days, waiting_for,
};
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Answer, Charged, Clause, Consequence, Evaluation, FactName, FactValue, Facts, MeasureKind, Opens,
    Permission, Ratio, RoundMode, Side, Silence,
};

/// A permission that was asked for: granted, or refused by a clause, with what lacks and what opens.
struct Verdict {
    refused: Option<Clause>,
    missing: Vec<String>,
    offer: Option<String>,
}

impl Verdict {
    fn granted() -> Self {
        Self { refused: None, missing: Vec::new(), offer: None }
    }

    fn refused(clause: &Clause) -> Self {
        Self { refused: Some(clause.clone()), ..Self::granted() }
    }
}

impl Checker<'_> {
    /// Rows on what a contract measures, gives and prepays, and on the words of its document. Gives
    /// the clause that was read.
    pub(crate) fn check_contract(
        &mut self,
        row: &Expectation,
        case: &Case<'_>,
        contract: &ContractCase<'_>,
        now: Instant,
    ) -> Option<Clause> {
        let mut cited = None;
        if let Some(name) = row.more.get("measure") {
            cited = self.check_measure(row, name, contract).or(cited);
        }
        if let Some(path) = row.rule.as_deref().filter(|path| path.starts_with("consequence.")) {
            cited = self.check_consequence(row, path, contract, now).or(cited);
        }
        if let Some(name) = row.rule.as_deref().and_then(|path| path.strip_prefix("expense.")) {
            cited = self.check_expense(row, name, contract).or(cited);
        }
        if row.rule.as_deref() == Some("invoice") {
            cited = self.check_invoice(row, contract).or(cited);
        }
        for check in [Self::check_ledger, Self::check_words] {
            cited = check(self, row, contract).or(cited);
        }
        cited = self.check_duty(row, case, now).or(cited);
        if row.more.contains_key("term_ends") || row.more.contains_key("notice_by") {
            cited = self.check_term(row, case, contract, now).or(cited);
        }
        if row.more.contains_key("notice") {
            cited = self.check_notice(row, case, contract).or(cited);
        }
        if row.more.contains_key("mail") {
            cited = self.check_mail(row, case, now).or(cited);
        }
        if row.more.contains_key("reminder") || row.more.contains_key("silence") {
            cited = self.check_silence(row, case, now).or(cited);
        }
        if row.more.contains_key("grounds") || row.more.contains_key("grounds_known") {
            cited = self.check_grounds(row, case, now).or(cited);
        }
        if row.more.contains_key("calendar") {
            cited = self.check_calendar(row, contract).or(cited);
        }
        if row.rule.is_none() && row.more.contains_key("warning") {
            cited = self.check_warning(row, contract).or(cited);
        }
        if row.more.contains_key("flagged") {
            let found = contract.flagged.as_ref().map_or("none", |(name, _)| name.as_str()).to_owned();
            self.expect(row, "flagged", &found);
            cited = contract.flagged.as_ref().map(|(_, clause)| clause.clone()).or(cited);
        }
        cited
    }

    /// What the last deed was warned of, and the cause of outages whose clause warns.
    fn check_warning(&mut self, row: &Expectation, contract: &ContractCase<'_>) -> Option<Clause> {
        let warning = contract.warning.as_ref();
        self.expect(row, "warning", warning.map_or("none", |(name, _)| name.as_str()));
        let clause = warning.map(|(_, clause)| clause.clone());
        if let Some(wanted) = row.more.get("cause").filter(|_| !row.more.contains_key("measure")) {
            let causes = self.terms.causes.iter().filter(|cause| Some(&cause.clause) == clause.as_ref());
            let named = causes.map(|cause| cause.name.as_str()).find(|name| name == wanted);
            self.expect(row, "cause", named.unwrap_or("none"));
        }
        clause
    }

    pub(crate) fn expect(&mut self, row: &Expectation, key: &'static str, found: &str) {
        if let Some(wanted) = row.more.get(key) {
            self.take(&[key]);
            // An instant may be written with any offset.
            let civil = |part: &str| {
                let instant = Instant::parse(part).ok().filter(|_| part.len() > "2026-01-01".len());
                instant.map_or_else(|| part.to_owned(), |instant| self.civil(instant))
            };
            let wanted: BTreeSet<String> = wanted.split(", ").map(civil).collect();
            let ordered = matches!(key, "ladder" | "values") || wanted.len() < 2;
            let wanted = if ordered {
                row.more[key].split(", ").map(civil).collect::<Vec<_>>().join(", ")
            } else {
                wanted.into_iter().collect::<Vec<_>>().join(", ")
            };
            self.line(row.place, key, &wanted, found);
        }
    }

    fn money(&self, amount: Ratio) -> String {
        let decimal = amount.to_decimal(2, RoundMode::HalfUp);
        decimal.map_or_else(|| "none".to_owned(), |decimal| format!("{decimal} {}", self.terms.currency))
    }

    fn check_measure(
        &mut self,
        row: &Expectation,
        name: &str,
        contract: &ContractCase<'_>,
    ) -> Option<Clause> {
        let Some(measure) = self.terms.measure(name) else {
            self.line(row.place, "measure", name, "none");
            return None;
        };
        self.take(&["measure", "shown"]);
        if measure.kind == MeasureKind::Time {
            let found = contract.time(measure).and_then(meters::shown);
            let found = found.map_or_else(|| "none".to_owned(), |time| time.to_string());
            if let Some(wanted) = &row.shown {
                self.line(row.place, &format!("measure.{name} shown"), wanted, &found);
            }
            return Some(measure.clause.clone());
        }
        self.take(&["period", "component", "state", "cause"]);
        let period = row.more.get("period").cloned().unwrap_or_default();
        let Some(reading) = contract.uptime(measure, &period) else {
            for (part, wanted) in [("state", &row.state), ("shown", &row.shown)] {
                if let Some(wanted) = wanted {
                    self.line(row.place, &format!("measure.{name} {part}"), wanted, "none");
                }
            }
            for key in ["availability", "excluded", "primary"] {
                self.expect(row, key, "none");
            }
            return Some(measure.begins.as_ref().map_or(&measure.clause, |begins| &begins.clause).clone());
        };
        let component = row.more.get("component");
        let figure = match component {
            Some(component) => reading.components.iter().find(|figure| figure.name == *component),
            None => reading.total.as_ref(),
        };
        let Some(figure) = figure else {
            self.line(row.place, "component", component.map_or("total", String::as_str), "none");
            return None;
        };
        let (over, under) = figure.availability.parts();
        self.expect(row, "availability", &format!("{over}/{under}"));
        self.expect(row, "primary", yes_no(figure.primary));
        if let Some(wanted) = &row.shown {
            let found = format!("{} %", figure.shown_percent);
            self.line(row.place, &format!("measure.{name} shown"), wanted, &found);
        }
        let mut cited = measure.clause.clone();
        if let Some(state) = &row.state {
            let found = match &figure.meets {
                Some((true, _)) => "met",
                Some((false, _)) => "missed",
                None => "none",
            };
            self.line(row.place, &format!("measure.{name} state"), state, found);
            cited = figure.meets.as_ref().map_or(cited, |(_, clause)| clause.clone());
        }
        if let Some(cause) = row.more.get("cause") {
            let excluded = figure.excluded.iter().find(|excluded| excluded.cause == *cause);
            let minutes = excluded.map_or(0, |excluded| excluded.milliseconds / 60_000);
            self.expect(row, "excluded", &format!("{minutes} minutes"));
            cited = excluded.map_or(cited, |excluded| excluded.clause.clone());
        }
        Some(cited)
    }

    fn check_consequence(
        &mut self,
        row: &Expectation,
        path: &str,
        contract: &ContractCase<'_>,
        now: Instant,
    ) -> Option<Clause> {
        let consequence: &Consequence = self.terms.consequence(path.strip_prefix("consequence.")?)?;
        self.take(&["rule"]);
        let mut cited = Some(consequence.clause.clone());
        let period = row.more.get("period").cloned().unwrap_or_default();
        if row.more.contains_key("credit") || row.more.contains_key("credit_note") {
            self.take(&["period"]);
            let (award, granted) = contract.credit(&consequence.name, &period);
            let amount = award
                .as_ref()
                .and_then(|award| award.amount.as_ref())
                .map_or(Ratio::ZERO, |found| found.value);
            let credit = self.money(amount);
            self.expect(row, "credit", &credit);
            self.expect(row, "credit_note", if granted { &credit } else { "none" });
            if !row.more.contains_key("amount") && !row.more.contains_key("sum") {
                let warned = award
                    .as_ref()
                    .is_some_and(|award| award.capped_by.is_some() || award.warned_by.is_some());
                self.expect(row, "warning", if warned { "cap" } else { "none" });
            }
            cited = award.map(|award| award.clause.clone()).or(cited);
        }
        if row.more.contains_key("amount") || row.more.contains_key("sum") {
            let found = contract.sum(consequence);
            let amount = self.money(found.as_ref().map_or(Ratio::ZERO, |sum| sum.amount));
            self.expect(row, "amount", &amount);
            let total = self.money(contract.total_given(&consequence.name));
            self.expect(row, "sum", &total);
            let warned = found.as_ref().is_some_and(|sum| sum.warning.is_some());
            self.expect(row, "warning", if warned { "cap" } else { "none" });
            cited = found.map(|sum| sum.clause).or(cited);
        }
        if row.more.contains_key("right") {
            if contract.period(Some(&period), consequence).is_some() {
                self.take(&["period"]);
            }
            let right = contract.right(consequence, &period);
            self.expect(row, "right", right.as_deref().unwrap_or("none"));
        }
        let evaluation = Evaluation::new(self.terms, &contract.facts, now);
        let party = self
            .terms
            .parties
            .iter()
            .find(|party| party.stands_for == "customer" && party.when.ask(&evaluation) == Answer::Yes);
        let party = party.map_or("customer", |party| party.name.as_str()).to_owned();
        self.expect(row, "party", &party);
        cited
    }

    /// The last outlay charged by a rule, and what all of its outlays come to.
    fn check_expense(
        &mut self,
        row: &Expectation,
        name: &str,
        contract: &ContractCase<'_>,
    ) -> Option<Clause> {
        let rule = self.terms.expenses.iter().find(|rule| rule.name == name)?;
        self.take(&["rule"]);
        let charged = contract.expenses.iter().rfind(|charged| charged.rule == name);
        let billed = charged.and_then(|charged| charged.billed.as_ref());
        let amount = billed.map_or_else(|| "none".to_owned(), |sum| self.money(sum.amount.into()));
        self.expect(row, "amount", &amount);
        let due = self.money(contract.expenses_due(name));
        self.expect(row, "sum", &due);
        let how = charged.map_or("none", |charged| match charged.charged {
            Charged::AtCost => "at-cost",
            Charged::Flat => "flat",
        });
        self.expect(row, "charged", how);
        self.expect(row, "warning", if charged.is_some_and(|charged| charged.held) { "cap" } else { "none" });
        Some(charged.map_or(&rule.clause, |charged| &charged.clause).clone())
    }

    fn check_invoice(&mut self, row: &Expectation, contract: &ContractCase<'_>) -> Option<Clause> {
        let rule = self.terms.invoice.as_ref()?;
        self.take(&["rule"]);
        let mut cited = rule.clause.clone();
        let Some(invoice) = &contract.invoice else {
            self.line(row.place, "invoice", "an invoice", "none");
            return Some(cited);
        };
        let amount = invoice.amount.as_ref().map_or(Ratio::ZERO, |amount| amount.amount.into());
        let own = with_rates(self.terms, &contract.facts);
        let taxed = own.as_ref().and_then(|terms| taxed(terms, amount, invoice.issued_on).ok());
        let (before, tax, with_tax) = match &taxed {
            Some(taxed) => (taxed.before, taxed.taxes(), taxed.with_tax),
            None => (amount, Ratio::ZERO, amount),
        };
        let lines: BTreeSet<String> = taxed
            .iter()
            .flat_map(|taxed| &taxed.lines)
            .map(|line| format!("{} {}", line.rate, self.money(line.amount)))
            .collect();
        let lines = joined(lines.iter().map(String::as_str).collect());
        self.expect(row, "taxes", &lines);
        let paid = invoice
            .paid
            .as_ref()
            .map(|(_, amount)| amount.as_ref().map_or(with_tax, |amount| Ratio::from(amount.amount)));
        let owed = with_tax.minus(paid.unwrap_or(Ratio::ZERO)).unwrap_or(with_tax);
        for (key, amount) in [("amount", before), ("tax", tax), ("with_tax", with_tax), ("owed", owed)] {
            let amount = self.money(amount);
            self.expect(row, key, &amount);
            if row.more.contains_key(key) && key == "tax" {
                cited = rule.tax.as_ref().map_or(cited, |tax| tax.clause.clone());
            }
        }
        let discount = self.money(Ratio::ZERO);
        self.expect(row, "discount", &discount);
        if row.more.contains_key("due") {
            let due = contract.payment_due();
            self.expect(
                row,
                "due",
                &due.as_ref().map_or_else(|| "none".to_owned(), |(day, _)| day.to_string()),
            );
            cited = due.map_or(cited, |(_, clause)| clause);
        }
        Some(cited)
    }

    fn check_ledger(&mut self, row: &Expectation, contract: &ContractCase<'_>) -> Option<Clause> {
        let units =
            |ratio: Ratio| meters::shown(ratio).map_or_else(|| "none".to_owned(), |found| found.to_string());
        let mut cited = None;
        if row.more.contains_key("balance") {
            let now = row.at.unwrap_or(contract.last());
            self.expect(row, "balance", &units(contract.book.balance(self.terms, now)));
            cited = self.terms.ledgers.first().map(|ledger| ledger.clause.clone());
        }
        if row.more.contains_key("debit") {
            let (debit, clause) = match &contract.debit {
                Some((debit, clause)) => (units(*debit), Some(clause.clone())),
                None => ("none".to_owned(), None),
            };
            self.expect(row, "debit", &debit);
            cited = clause.or(cited);
        }
        if row.more.contains_key("overdrawn") {
            self.expect(row, "overdrawn", &units(contract.book.overdrawn));
            let ledger = self.terms.ledgers.first();
            let owed = ledger.and_then(|ledger| meters::overdraft_owed(ledger, &contract.book));
            let owed = owed.map_or_else(|| "none".to_owned(), |owed| self.money(owed));
            self.expect(row, "amount", &owed);
            cited = ledger.map(|ledger| ledger.overdraft.clause.clone()).or(cited);
        }
        if row.more.contains_key("warned") {
            let warned = joined(contract.warned.iter().map(String::as_str).collect());
            self.expect(row, "warned", &warned);
        }
        if row.more.contains_key("estimated") {
            self.expect(row, "estimated", &units(contract.estimated));
            let permission = self.terms.key_clause("service.common", "related");
            cited = permission.cloned().or(cited);
        }
        if let Some(day) = row.more.get("after").and_then(|text| LocalDate::parse(text).ok()) {
            self.take(&["after"]);
            let (lapsed, clause) = contract.lapse_after(day);
            self.expect(row, "lapse", &units(lapsed));
            cited = clause.or(cited);
        }
        if let Some(name) = row.more.get("pack") {
            self.take(&["pack"]);
            let packs = self.terms.ledgers.iter().flat_map(|ledger| &ledger.packs);
            let pack = packs.into_iter().find(|pack| pack.name == *name);
            let price = pack.and_then(|pack| pack.price.clone());
            let price = price.map(|price| self.money(price.amount.into()));
            self.expect(row, "price", price.as_deref().unwrap_or("none"));
            let unit = pack.and_then(meters::unit_price).map(|price| self.money(price.value));
            self.expect(row, "unit_price", unit.as_deref().unwrap_or("none"));
            cited = pack.map(|pack| pack.clause.clone()).or(cited);
        }
        cited
    }

    /// Ways in, roles, hints, services: what the document says by itself.
    fn check_words(&mut self, row: &Expectation, contract: &ContractCase<'_>) -> Option<Clause> {
        let mut cited = None;
        let evaluation = Evaluation::new(self.terms, &contract.facts, row.at.unwrap_or(contract.last()));
        if let Some(name) = row.more.get("channel") {
            self.take(&["channel"]);
            let channel = self.terms.channels.iter().find(|channel| channel.name == *name);
            let closed = channel.is_some_and(|channel| channel.only_if.ask(&evaluation) != Answer::Yes);
            let opens = channel.map_or("none", |channel| match channel.opens {
                _ if closed => "never",
                Opens::Automatically => "automatically",
                Opens::ByAgent => "by agent",
                Opens::Never => "never",
            });
            let never = opens == "never";
            let answer = channel.and_then(|channel| channel.answer.clone()).filter(|_| never);
            let during = channel.and_then(|channel| channel.during.clone());
            self.expect(row, "opens", opens);
            self.expect(row, "answer", answer.as_deref().unwrap_or("none"));
            self.expect(row, "during", during.as_deref().unwrap_or("none"));
            cited = channel.map(|channel| channel.clause.clone());
        }
        if row.more.contains_key("contract") {
            let held = match contract.facts.get("people") {
                Some(FactValue::Table(table)) => BTreeMap::clone(table),
                _ => BTreeMap::new(),
            };
            let faults = people_faults(self.terms, &held);
            self.expect(row, "contract", if faults.is_complete() { "complete" } else { "incomplete" });
            let names = |set: &BTreeSet<String>| joined(set.iter().map(String::as_str).collect());
            self.expect(row, "missing", &names(&faults.missing));
            self.expect(row, "combined", &names(&faults.combined));
            cited = faults.clause.or(cited);
        }
        cited = self.check_vocabulary(row).or(cited);
        if let Some(words) = row.more.get("hint") {
            self.take(&["hint"]);
            let says = |hint: &&terms::Hint| hint.label.iter().any(|(_, text)| text == words);
            let hint = self.terms.hints.iter().find(says);
            self.expect(row, "proposes", hint.map_or("none", |hint| hint.value.as_str()));
            cited = hint.map(|hint| hint.clause.clone()).or(cited);
        }
        if let Some(name) = row.more.get("service") {
            self.take(&["service"]);
            let service = self.terms.service(name);
            let units = service.as_ref().and_then(|service| service.units).map(|units| units.to_string());
            self.expect(row, "units", units.as_deref().unwrap_or("none"));
            let phases = service
                .as_ref()
                .map(|service| joined(service.phases.iter().map(|phase| phase.value.as_str()).collect()));
            self.expect(row, "phases", phases.as_deref().unwrap_or("none"));
            let own = service.as_ref().map(|service| service.clause.clone());
            let of_phases =
                service.and_then(|service| service.phases.first().map(|phase| phase.clause.clone()));
            let by_units = row.more.contains_key("units");
            cited = if by_units { own } else { of_phases }.or(cited);
        }
        if let (Some(spoken), Some(rule)) = (row.more.get("spoken"), &self.terms.language) {
            self.take(&["spoken"]);
            let spoken: BTreeSet<String> = spoken.split(", ").map(str::to_owned).collect();
            let wanted = contract.facts.text("language").unwrap_or_default();
            let (language, clause) = answering_language(rule, wanted, &spoken, &evaluation);
            self.expect(row, "answered_in", &language);
            cited = Some(clause);
        }
        if row.more.contains_key("ladder") || row.more.contains_key("climbs") {
            let ladder = self.terms.ladder.as_ref();
            let steps = ladder.map_or_else(String::new, |ladder| ladder.steps.join(", "));
            self.expect(row, "ladder", &steps);
            if let Some(from) = row.more.get("climbs") {
                self.take(&["climbs"]);
                let above = ladder.and_then(|ladder| ladder.above(from)).unwrap_or("none").to_owned();
                self.expect(row, "to", &above);
            }
            cited = ladder.map(|ladder| ladder.clause.clone()).or(cited);
        }
        if let Some(wanted) = row.more.get("offered") {
            let rule = self.terms.language.as_ref();
            let offered = rule.and_then(|rule| rule.offered.resolve(&evaluation, &mut BTreeSet::new()));
            let names: BTreeSet<&str> = offered.iter().flatten().map(String::as_str).collect();
            self.take(&["offered"]);
            self.line(row.place, "offered", wanted, &joined(names));
            cited = rule.map(|rule| rule.clause.clone()).or(cited);
        }
        if row.rule.is_none() && row.more.contains_key("missing") && !row.more.contains_key("contract") {
            let rule = self.needs_of_exclusion(contract, row.at.unwrap_or(contract.last()));
            if let (Some(names), None, None) = (rule, &row.act, &row.refused) {
                self.expect(row, "missing", &names);
            }
        }
        cited
    }

    /// Roles, and the values of facts.
    fn check_vocabulary(&mut self, row: &Expectation) -> Option<Clause> {
        let all = |names: &[String]| joined(names.iter().map(String::as_str).collect());
        if let Some(name) = row.more.get("role") {
            self.take(&["role"]);
            let role = self.terms.roles.iter().find(|role| role.name == *name);
            let side = role.map_or("none", |role| match role.side {
                Side::Provider => "provider",
                Side::Customer => "customer",
            });
            self.expect(row, "side", side);
            let own = role.is_some_and(|role| role.own_queue);
            self.expect(row, "queue", if own { "own" } else { "shared" });
            self.expect(row, "kinds", &role.map_or_else(String::new, |role| all(&role.kinds)));
            return role.map(|role| role.clause.clone());
        }
        if let Some(place) = row.more.get("shown_in") {
            self.take(&["shown_in"]);
            let clauses: Vec<&Clause> = self.terms.shown_in(place).collect();
            let numbers = clauses.iter().map(|clause| clause.number.as_str()).collect();
            self.expect(row, "clauses", &joined(numbers));
            return clauses.first().map(|clause| (*clause).clone());
        }
        let name = row.more.get("fact")?;
        let fact = self.terms.facts.iter().find(|fact| fact.name.as_str() == name)?;
        self.take(&["fact"]);
        if let terms::FactType::OneOf(values) | terms::FactType::SetOf(values) = &fact.kind {
            let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
            self.expect(row, "values", &names.join(", "));
            if let Some(value) = row.more.get("value") {
                self.take(&["value"]);
                let found = values.iter().find(|found| found.name == *value);
                let team = found.and_then(|found| found.team.as_deref()).unwrap_or("none");
                self.expect(row, "team", team);
            }
        }
        self.expect(row, "required", fact.required.as_deref().unwrap_or("none"));
        Some(fact.clause.clone())
    }

    /// The last day of a term, and the last day of notice.
    fn check_term(
        &mut self,
        row: &Expectation,
        case: &Case<'_>,
        contract: &ContractCase<'_>,
        now: Instant,
    ) -> Option<Clause> {
        let rule = self.terms.term.as_ref()?;
        let begun = case.log.iter().find(|(happening, _)| happening.event == rule.from);
        let first = self.terms.zone.local(begun.map_or(now, |(happening, _)| happening.at)).date;
        let evaluation = Evaluation::new(self.terms, &contract.facts, now);
        let days = term_days(rule, first, &evaluation).ok();
        let written = |day: Option<LocalDate>| day.map_or_else(|| "none".to_owned(), |day| day.to_string());
        self.expect(row, "term_ends", &written(days.map(|days| days.last)));
        let notice = days.and_then(|days| notice_by(rule, days.last).ok().flatten());
        self.expect(row, "notice_by", &written(notice));
        let renewal = rule.renewal.as_ref().filter(|_| row.more.contains_key("notice_by"));
        Some(renewal.map_or(&rule.clause, |renewal| &renewal.clause).clone())
    }

    /// A duty as it stands, or what becomes of data.
    fn check_duty(&mut self, row: &Expectation, case: &Case<'_>, now: Instant) -> Option<Clause> {
        let all = |names: &[String]| joined(names.iter().map(String::as_str).collect());
        if let Some(name) = row.more.get("task") {
            let duties = duties(self.terms, &case.log, &case.facts, now);
            let Some(duty) = duties.into_iter().find(|duty| duty.task == *name) else {
                self.line(row.place, "task", name, "none");
                return None;
            };
            self.take(&["task", "state"]);
            if let Some(state) = &row.state {
                self.line(row.place, &format!("task.{name} state"), state, duty.state.as_str());
            }
            self.expect(row, "who", duty.owner.as_deref().unwrap_or("none"));
            self.expect(row, "blocks", &all(&duty.blocks));
            let since = duty.due_from.map_or_else(|| "none".to_owned(), |at| self.civil(at));
            self.expect(row, "due_from", &since);
            return Some(duty.clause);
        }
        let name = row.more.get("data")?;
        let Some(duty) = self.terms.data.iter().find(|duty| duty.name == *name) else {
            self.line(row.place, "data", name, "none");
            return None;
        };
        self.take(&["data"]);
        let happened = case.log.iter().find(|(happening, _)| happening.event == duty.destroy);
        let happened = happened.map(|(happening, _)| happening.at).filter(|at| *at <= now);
        let found = destruction(self.terms, duty, happened, &case.facts);
        let civil = |at: Option<Instant>| at.map_or_else(|| "none".to_owned(), |at| self.civil(at));
        let (destroyed_at, gone_at) = (civil(found.destroyed_at), civil(found.backups_gone_at));
        self.expect(row, "destroyed", &all(&found.what));
        self.expect(row, "kept", &all(&found.keep));
        self.expect(row, "destroyed_at", &destroyed_at);
        self.expect(row, "gone_at", &gone_at);
        Some(found.clause)
    }

    /// What an exclusion that holds asks to be given and is not.
    fn needs_of_exclusion(&self, contract: &ContractCase<'_>, at: Instant) -> Option<String> {
        let evaluation = Evaluation::new(self.terms, &contract.facts, at);
        let rule = self
            .terms
            .coverage
            .iter()
            .find(|rule| !rule.needs.is_empty() && rule.when.ask(&evaluation) == Answer::Yes)?;
        let missing: BTreeSet<&str> =
            rule.needs.iter().filter(|name| contract.facts.get(name).is_none()).map(String::as_str).collect();
        Some(joined(missing))
    }

    fn check_notice(
        &mut self,
        row: &Expectation,
        case: &Case<'_>,
        contract: &ContractCase<'_>,
    ) -> Option<Clause> {
        let name = row.more.get("notice")?;
        let Some(notice) = self.terms.notices.iter().find(|notice| notice.name == *name) else {
            self.line(row.place, "notice", name, "none");
            return None;
        };
        self.take(&["notice"]);
        let mut times = 0;
        for (happening, facts) in case.log.iter().filter(|(happening, _)| happening.event == notice.on.event)
        {
            let mut facts = facts.clone();
            if let Some(supplied) = contract.supplied(happening.at) {
                facts.extend(supplied);
            }
            let evaluation =
                Evaluation::new(self.terms, &facts, happening.at).during_event(&happening.attributes);
            if notice.on.when.ask(&evaluation) == Answer::Yes {
                times += 1;
            }
        }
        if notice.once {
            times = times.min(1);
        }
        let told: BTreeSet<&str> =
            if times > 0 { notice.tell.iter().map(String::as_str).collect() } else { BTreeSet::new() };
        self.expect(row, "tell", &joined(told));
        self.expect(row, "times", &times.to_string());
        let by = joined(notice.by.iter().map(String::as_str).collect());
        self.expect(row, "by", &by);
        if let Some(wanted) = &row.by {
            self.take(&["by"]);
            self.line(row.place, "by", wanted, &by);
        }
        self.expect(row, "says", &joined(notice.says.iter().map(String::as_str).collect()));
        Some(notice.clause.clone())
    }

    /// The words of a mail as they leave now. What only the desk knows stays as it is written.
    fn check_mail(&mut self, row: &Expectation, case: &Case<'_>, now: Instant) -> Option<Clause> {
        let kind = row.more.get("mail")?;
        self.take(&["mail", "language", "promise", "subject", "body"]);
        let evaluation = Evaluation::new(self.terms, &case.facts, now);
        let template = self.terms.mail_template(kind, &evaluation);
        let tag = row.more.get("language").map_or("en", String::as_str);
        let language = words::Language::parse(tag).unwrap_or(words::Language::English);
        let nearest = case
            .readings(now)
            .into_iter()
            .filter(|reading| reading.met_at.is_none() && reading.promise != "acknowledgement")
            .filter(|reading| row.promise.as_ref().is_none_or(|promise| reading.promise == *promise))
            .min_by_key(|reading| (reading.due_at.is_none(), reading.due_at));
        let reader = words::Reader { language, zone: None, paper: true };
        let clock = nearest.as_ref().map(|reading| {
            let zone = self
                .terms
                .calendar(&reading.calendar, &case.facts)
                .map_or_else(|_| self.terms.zone.clone(), |calendar| calendar.zone().clone());
            let due = reading.due_at.map(|due| words::due_in_words(&reader, due, &zone, now).plain());
            (
                words::promise_name(language, &reading.promise, &reading.label),
                due.unwrap_or_default(),
                words::state_in_words(&reader, reading, &zone, now).plain(),
                words::left_in_words(language, reading).unwrap_or_default(),
                words::clause_reference(language, &reading.clause),
            )
        });
        let value = |name: &str| -> Option<String> {
            let part = |which: fn(&(String, String, String, String, String)) -> &String| {
                Some(clock.as_ref().map_or_else(String::new, |clock| which(clock).clone()))
            };
            match name {
                "promise" => part(|clock| &clock.0),
                "due" => part(|clock| &clock.1),
                "state" => part(|clock| &clock.2),
                "left" => part(|clock| &clock.3),
                "clause" => part(|clock| &clock.4),
                name if terms::MailTemplate::VARIABLES.contains(&name) => None,
                name => Some(words::fact_in_words(language, &evaluation, name)),
            }
        };
        let filled = template.and_then(|template| template.filled(tag, &value));
        let (subject, body) = filled.unwrap_or_else(|| ("none".to_owned(), "none".to_owned()));
        // Spaces that keep words together are compared as plain ones.
        let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
        for (key, found) in [("subject", subject), ("body", body.replace('\n', " / "))] {
            if let Some(wanted) = row.more.get(key) {
                self.line(row.place, &format!("mail {kind} {key}"), &plain(wanted), &plain(&found));
            }
        }
        template.map(|template| template.clause.clone())
    }

    fn check_silence(&mut self, row: &Expectation, case: &Case<'_>, now: Instant) -> Option<Clause> {
        let act = row.more.get("reminder").or_else(|| row.more.get("silence"))?;
        let permission = self.terms.permission(act)?;
        let silence = permission.silence.as_ref()?;
        self.take(&["reminder", "silence"]);
        let course = asked_at(permission, case)
            .and_then(|at| silence_course(self.terms, permission, silence, at, &case.facts).ok());
        if row.more.contains_key("reminder") {
            let reminded = course.as_ref().is_some_and(|course| course.remind_at.iter().any(|at| *at <= now));
            self.expect(row, "tell", if reminded { "requester" } else { "" });
        }
        let civil = |at: Instant| self.civil(at);
        let counts = course.as_ref().map(|course| civil(course.ends_at));
        let reminders = course
            .as_ref()
            .map(|course| course.remind_at.iter().map(|at| civil(*at)).collect::<BTreeSet<_>>());
        let reminders = reminders.unwrap_or_default().into_iter().collect::<Vec<_>>().join(", ");
        self.expect(row, "counts_at", counts.as_deref().unwrap_or("none"));
        self.expect(row, "reminders", &reminders);
        self.expect(row, "counts_as", &silence.counts_as);
        self.expect(row, "reopens", yes_no(silence.reopens));
        Some(permission.clause.clone())
    }

    fn check_grounds(&mut self, row: &Expectation, case: &Case<'_>, now: Instant) -> Option<Clause> {
        let mut facts: Facts = case.facts.clone();
        for promise in &self.terms.promises {
            if let Some(reading) = case.reading(&promise.name, None, now) {
                let state = state_name(reading.state);
                facts.set(format!("promise.{}", promise.name).as_str(), FactValue::text(state));
            }
        }
        let evaluation = Evaluation::new(self.terms, &facts, now);
        let holding: Vec<&terms::EscalationGround> = self
            .terms
            .grounds
            .iter()
            .filter(|ground| ground.automatic && ground.when.ask(&evaluation) == Answer::Yes)
            .collect();
        let first = if row.more.contains_key("grounds") {
            holding.first().copied()
        } else {
            self.terms.grounds.first()
        };
        let clause = first.map(|ground| ground.clause.clone());
        let names = joined(holding.iter().map(|ground| ground.name.as_str()).collect());
        let known = joined(self.terms.grounds.iter().map(|ground| ground.name.as_str()).collect());
        self.expect(row, "grounds", &names);
        self.expect(row, "grounds_known", &known);
        clause
    }

    fn check_calendar(&mut self, row: &Expectation, contract: &ContractCase<'_>) -> Option<Clause> {
        let name = row.more.get("calendar")?;
        let Ok(calendar) = self.terms.calendar(name, &contract.facts) else {
            self.line(row.place, "calendar", name, "none");
            return None;
        };
        self.take(&["calendar"]);
        let from = row.more.get("from").and_then(|text| Instant::parse(text).ok());
        if from.is_some() {
            self.take(&["from"]);
        }
        let from = from.or(row.at).unwrap_or(contract.last());
        self.expect(row, "open", yes_no(calendar.is_open(from)));
        let span = row.more.get("plus").and_then(|text| Span::parse(text).ok());
        if let (Some(Span::Of { count, unit }), Some(wanted)) = (span, row.due) {
            let seconds = unit.seconds().unwrap_or(0) * i64::from(count);
            let due = calendar.add(from, seconds).map_or_else(|_| "none".to_owned(), |due| self.civil(due));
            let wanted = self.civil(wanted);
            self.take(&["plus", "due"]);
            self.line(row.place, &format!("calendar.{name} due"), &wanted, &due);
        }
        self.terms.calendar_rule(name, &contract.facts).ok().map(|rule| rule.clause.clone())
    }

    /// The last deed was refused, by which clause.
    pub(crate) fn check_refusal(&mut self, row: &Expectation, contract: &ContractCase<'_>) -> Option<Clause> {
        let wanted = row.refused.as_ref()?;
        self.take(&["refused", "offer"]);
        let refusal = contract.refusal.as_ref();
        let found = refusal.map_or("none", |refusal| refusal.clause.number.as_str());
        self.line(row.place, "refused", wanted, found);
        if row.more.contains_key("missing") {
            let names = refusal.map(|refusal| refusal.missing.iter().map(String::as_str).collect());
            self.expect(row, "missing", &joined(names.unwrap_or_default()));
        }
        if let Some(offer) = &row.offer {
            let found = refusal.and_then(|refusal| refusal.offer.as_deref()).unwrap_or("none");
            self.line(row.place, "offer", offer, found);
        }
        refusal.map(|refusal| refusal.clause.clone())
    }

    /// Whether someone may do an act now.
    pub(crate) fn check_act(
        &mut self,
        row: &Expectation,
        act: &str,
        case: &Case<'_>,
        contract: &ContractCase<'_>,
        now: Instant,
    ) -> Option<Clause> {
        self.take(&["act", "by", "to", "consent", "refused", "allowed", "offer"]);
        let permission = self.terms.permission(act);
        let verdict = permission
            .map_or_else(Verdict::granted, |permission| self.judge(permission, row, case, contract, now));
        if let Some(clause) = &row.refused {
            let found = verdict.refused.as_ref().map_or("none", |clause| clause.number.as_str());
            self.line(row.place, &format!("{act} refused"), clause, found);
        }
        if let Some(allowed) = row.allowed {
            let granted = verdict.refused.is_none();
            self.line(row.place, &format!("{act} allowed"), yes_no(allowed), yes_no(granted));
        }
        if row.more.contains_key("missing") {
            let missing = joined(verdict.missing.iter().map(String::as_str).collect());
            self.expect(row, "missing", &missing);
        }
        if let Some(offer) = &row.offer {
            self.line(row.place, "offer", offer, verdict.offer.as_deref().unwrap_or("none"));
        }
        verdict.refused.or_else(|| permission.map(|permission| permission.clause.clone()))
    }

    fn judge(
        &self,
        permission: &Permission,
        row: &Expectation,
        case: &Case<'_>,
        contract: &ContractCase<'_>,
        now: Instant,
    ) -> Verdict {
        let by = row.by.as_deref().unwrap_or("agent");
        let path = format!("permission.{}", permission.act);
        let clause_of = |key: &str| self.terms.key_clause(&path, key).unwrap_or(&permission.clause);
        if !permission.who.iter().any(|who| who == by) {
            return Verdict::refused(&permission.clause);
        }
        if let Some(to) =
            row.more.get("to").filter(|to| !permission.to.contains(to) && !permission.to.is_empty())
        {
            return Verdict { missing: vec![to.clone()], ..Verdict::refused(clause_of("to")) };
        }
        let missing: Vec<String> =
            permission.needs.iter().filter(|name| self.lacks(name, contract)).cloned().collect();
        if !missing.is_empty() {
            return Verdict { missing, ..Verdict::refused(clause_of("needs")) };
        }
        if !self.consented(permission, row, case, contract, now) {
            return Verdict::refused(clause_of("consent"));
        }
        let duties = duties(self.terms, &case.log, &case.facts, now);
        if let Some(duty) = waiting_for(&duties, &permission.act).first() {
            return Verdict { missing: vec![duty.task.clone()], ..Verdict::refused(&duty.clause) };
        }
        let evaluation = Evaluation::new(self.terms, &contract.facts, now);
        if permission.when.ask(&evaluation) != Answer::Yes {
            let offer = permission.else_offer.clone();
            return Verdict { offer, ..Verdict::refused(clause_of("when")) };
        }
        if let Some(after) = &permission.after {
            let found = contract.formal(&after.event);
            let effective = found.map(|(at, attributes, _)| self.took_effect(after, at, attributes));
            let ended = found.and_then(|(.., paid)| paid);
            let possible =
                meters::possible_after(self.terms, permission, effective, ended, now, &contract.facts);
            if let Err(refused) = possible {
                return Verdict::refused(&refused.clause);
            }
        }
        if contract.refused_by_template(&permission.act) {
            return Verdict::refused(&permission.clause);
        }
        Verdict::granted()
    }

    /// When a formal notice took effect: attributes that are days begin with the day.
    fn took_effect(&self, after: &terms::AfterEvent, at: Instant, attributes: &Facts) -> Instant {
        for name in &after.counted_from {
            match attributes.get(name) {
                Some(FactValue::Date(date)) => {
                    return self.terms.zone.instant_of(*date, calendar::LocalTime::MIDNIGHT);
                }
                Some(FactValue::Instant(instant)) => return *instant,
                _ => {}
            }
        }
        at
    }

    /// Whether something that an act needs is known not to be there. Fields of a form that no fact
    /// of the document carries are not judged unless the example gives them.
    fn lacks(&self, name: &str, contract: &ContractCase<'_>) -> bool {
        let value = contract.facts.get(name);
        if name == "estimate" {
            return contract.estimated.is_zero();
        }
        let carried = self.terms.fact(name).is_some();
        match value {
            Some(FactValue::YesNo(yes)) => !yes,
            Some(_) => false,
            None => carried && self.terms.presumed(&FactName::from(name)) != Some(&FactValue::YesNo(true)),
        }
    }

    fn consented(
        &self,
        permission: &Permission,
        row: &Expectation,
        case: &Case<'_>,
        contract: &ContractCase<'_>,
        now: Instant,
    ) -> bool {
        if permission.consent.is_empty() {
            return true;
        }
        let by = row.by.as_deref().unwrap_or("agent");
        let all = |held: &BTreeSet<String>| permission.consent.iter().all(|role| held.contains(role));
        if let Some(given) = row.more.get("consent") {
            let given = given.split(", ").map(str::to_owned).collect();
            return consents_missing(permission, by, &given).is_empty();
        }
        match permission.act.as_str() {
            "start_work" => all(&contract.consents("estimate")),
            "exceed_estimate" => all(&contract.consents("overrun")),
            _ if consents_missing(permission, by, &BTreeSet::new()).is_empty() => true,
            // Whether the customer agrees to close shows once a request is resolved.
            _ => {
                let Some(asked) = asked_at(permission, case) else { return false };
                let confirmed = case.log.iter().any(|(happening, _)| {
                    happening.event == "confirmed" && happening.at >= asked && happening.at <= now
                });
                let silent = permission.silence.as_ref().is_some_and(|silence| {
                    silence_course(self.terms, permission, silence, asked, &case.facts)
                        .is_ok_and(|course| now >= course.ends_at)
                });
                confirmed || silent
            }
        }
    }
}

/// When the other side was asked for the consent that an act needs: by the event the silence
/// follows, else the solution. A later word of the customer starts the silence anew.
fn asked_at(permission: &Permission, case: &Case<'_>) -> Option<Instant> {
    let silence = permission.silence.as_ref();
    if silence.is_none() && permission.act != "close" {
        return None;
    }
    let from = silence.map_or(Silence::SOLUTION, Silence::follows);
    let (asked, _) = case.log.iter().rfind(|(happening, _)| happening.event == from)?;
    let spoke = case.log.iter().rfind(|(happening, _)| {
        happening.at > asked.at && happening.attributes.text("by") == Some("customer")
    });
    Some(spoke.map_or(asked.at, |(happening, _)| happening.at))
}
