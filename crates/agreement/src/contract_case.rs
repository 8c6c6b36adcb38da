use crate::example::{Example, ExampleEvent};
use crate::reader::money;
use crate::rehearse::Case;
use calendar::{Instant, LocalDate, LocalTime, Span, Unit, Zone};
use meters::{
    Award, AwardQuestion, ClaimMade, ClaimedOutage, Component, ExpenseCharged, ExpenseMade, Feed, LedgerBook,
    LedgerEntry, Outage, Prepaid, Refused, UptimeFigure, UptimeQuestion, UptimeReading, Why, WorkDone, award,
    billing_periods, charge_expense, claim_window, days_between, debit_expense, invoice_form, late_interest,
    objections, pay_by, period_of, plan_faults, time_between, uptime,
};
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Clause, Consequence, Days, Decimal, Evaluation, FactName, FactValue, Facts, Gives, Measure, MeasureKind,
    MeasurePeriod, MeasureUnit, Money, RateRow, Ratio, RoundMode, Terms,
};

/// The request of a deed that names none.
const OWN_REQUEST: &str = "";

/// A contract as an example plays it: outages, claims, packs, work, invoices.
pub(crate) struct ContractCase<'a> {
    terms: &'a Terms,
    /// What is known, with what the contract itself supplies: monthly fees, balances.
    pub(crate) facts: Facts,
    now: Instant,
    outages: Vec<Outage>,
    components: Vec<Component>,
    claims: Vec<Claimed>,
    /// Sums that consequences gave on events, in order.
    pub(crate) given: Vec<Given>,
    pub(crate) book: LedgerBook,
    consents: BTreeMap<String, BTreeSet<String>>,
    /// Units added by the estimates that are not replaced.
    pub(crate) estimated: Ratio,
    /// Units of the overrun that was agreed and not yet worked.
    excess: Ratio,
    /// Warnings of prepaid work told so far.
    pub(crate) warned: BTreeSet<String>,
    /// Units of the last deed.
    pub(crate) debit: Option<(Ratio, Clause)>,
    /// Why the last deed was refused.
    pub(crate) refusal: Option<Refusal>,
    /// What the last deed was warned of.
    pub(crate) warning: Option<(String, Clause)>,
    /// What of the last deed passes a limit or came late.
    pub(crate) flagged: Option<(String, Clause)>,
    /// The last invoice.
    pub(crate) invoice: Option<Invoice>,
    /// When each invoice was issued, in order.
    invoiced: Vec<Instant>,
    /// The day on which the term began, where an event begins it.
    begun: Option<LocalDate>,
    /// Outlays that the customer was charged with.
    pub(crate) expenses: Vec<ExpenseCharged>,
    /// When something planned was cancelled, and for when it was planned; a day begins at midnight.
    cancelled: Option<(Instant, Instant)>,
    cancelled_by_customer: bool,
    ordered: bool,
    notices: Vec<(String, Instant, Facts)>,
    paid_at: Option<Instant>,
    /// What the prepaid account supplied after each deed, with its instant.
    supplied: Vec<(Instant, Facts)>,
    /// By how much the clocks of each promise were passed.
    late: BTreeMap<String, Vec<Feed>>,
}

/// A deed that was refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) clause: Clause,
    pub(crate) missing: Vec<String>,
    pub(crate) offer: Option<String>,
}

/// What a consequence gave when an event happened.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) consequence: String,
    pub(crate) on: LocalDate,
    at: Instant,
    pub(crate) amount: Ratio,
    pub(crate) clause: Clause,
    pub(crate) warning: Option<Clause>,
    pub(crate) right: Option<String>,
}

/// A sum that counts against caps.
#[derive(Clone, Copy)]
struct Counted {
    /// The day whose period it is of: the last of a measured period.
    on: LocalDate,
    /// From when on it is due: what is invoiced after that carries it.
    due_at: Instant,
    amount: Ratio,
}

struct Claimed {
    period: Days,
    consequence: String,
    /// What was known when it was made.
    facts: Facts,
    decided: Decided,
}

/// What became of a claim.
enum Decided {
    NotYet,
    Refused,
    Granted {
        at: Instant,
        /// What it gives, with the room that there was when it was granted: no later claim takes it back.
        award: Option<Box<Award>>,
    },
}

impl Claimed {
    fn granted_at(&self) -> Option<Instant> {
        match self.decided {
            Decided::Granted { at, .. } => Some(at),
            Decided::NotYet | Decided::Refused => None,
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.decided, Decided::NotYet)
    }
}

/// An invoice of an example.
#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) issued_on: LocalDate,
    pub(crate) amount: Option<Money>,
    pub(crate) paid: Option<(LocalDate, Option<Money>)>,
}

/// What a consequence comes to, for a row.
pub(crate) struct Sum {
    pub(crate) amount: Ratio,
    pub(crate) clause: Clause,
    pub(crate) warning: Option<Clause>,
    /// The right that it opens.
    pub(crate) right: Option<String>,
}

impl Sum {
    fn of(award: Award) -> Self {
        Self {
            amount: award.amount.map_or(Ratio::ZERO, |amount| amount.value),
            clause: award.capped_by.clone().unwrap_or(award.clause),
            warning: award.capped_by.or(award.warned_by),
            right: award.right.map(|right| right.right),
        }
    }
}

impl<'a> ContractCase<'a> {
    /// Plays the deeds of an example up to an instant. `facts` are those of the request.
    /// `played` is the request of the example, with the deeds that did not happen.
    pub(crate) fn play(terms: &'a Terms, example: &Example, played: &Case<'_>, now: Instant) -> Self {
        let mut case = Self {
            terms,
            // What is learnt later does not change what was debited before.
            facts: example.given.clone(),
            now,
            outages: Vec::new(),
            components: components(terms, &example.given),
            claims: Vec::new(),
            given: Vec::new(),
            book: LedgerBook::default(),
            consents: BTreeMap::new(),
            estimated: Ratio::ZERO,
            excess: Ratio::ZERO,
            warned: BTreeSet::new(),
            debit: None,
            refusal: None,
            warning: None,
            flagged: None,
            invoice: None,
            invoiced: Vec::new(),
            begun: begun(terms, played),
            expenses: Vec::new(),
            cancelled: None,
            cancelled_by_customer: false,
            ordered: false,
            notices: Vec::new(),
            paid_at: None,
            supplied: Vec::new(),
            late: BTreeMap::new(),
        };
        for promise in &terms.promises {
            case.late.insert(promise.name.clone(), played.lateness(&promise.name, now));
        }
        case.supply_bases();
        for event in example.events.iter().filter(|event| event.at <= now) {
            match played.refused.iter().find(|(place, _)| *place == event.place) {
                Some((_, refusal)) => {
                    (case.warning, case.flagged) = (None, None);
                    case.refusal = Some(refusal.clone());
                }
                None => case.take(event),
            }
            let supplied = case.balances(event.at);
            case.supplied.push((event.at, supplied));
        }
        case.lapse(now);
        case.facts.extend(&played.facts);
        let supplied = case.balances(now);
        case.facts.extend(&supplied);
        case
    }

    /// Fees per month that follow from the fee of a longer period.
    fn supply_bases(&mut self) {
        for base in &self.terms.bases {
            if self.facts.get(&base.name).is_some() || base.per.as_deref() != Some("month") {
                continue;
            }
            let evaluation = Evaluation::new(self.terms, &self.facts, self.now);
            let months = match evaluation.value(&"billing_period".into()) {
                Some(FactValue::Span(Span::Of { count, unit: Unit::Year })) => i64::from(*count) * 12,
                Some(FactValue::Span(Span::Of { count, unit: Unit::Month })) => i64::from(*count),
                _ => 1,
            };
            if let Some(FactValue::Money(fee)) = evaluation.value(&base.of.as_str().into())
                && let Some(exact) = Ratio::from(fee.amount).over(Ratio::whole(months))
                && let Some(amount) = exact.to_decimal(12, RoundMode::HalfUp)
            {
                let fee = Money { amount, currency: fee.currency.clone() };
                self.facts.set(base.name.as_str(), FactValue::Money(fee));
            }
        }
    }

    /// What the prepaid account supplies to conditions: what is left, of the units, of the estimate
    /// and of the overrun agreed to, and the share of the estimate that is used.
    fn balances(&self, at: Instant) -> Facts {
        let mut facts = Facts::new();
        let number = |ratio: Ratio| meters::shown(ratio).map(FactValue::Number);
        for ledger in &self.terms.ledgers {
            let balance = self.book.balance(self.terms, at);
            let used = self.book.request(OWN_REQUEST).used;
            let left = self.estimated.minus(used).unwrap_or(Ratio::ZERO);
            let supplied = [
                (format!("ledger.{}", ledger.name), number(balance)),
                ("estimate".to_owned(), number(left)),
                ("excess".to_owned(), number(self.excess)),
                (
                    "estimate_used".to_owned(),
                    self.book.estimate_used_percent(OWN_REQUEST).map(FactValue::Number),
                ),
            ];
            for (name, value) in supplied {
                if let Some(value) = value {
                    facts.set(name.as_str(), value);
                }
            }
        }
        facts
    }

    /// What the prepaid account supplied by an instant.
    pub(crate) fn supplied(&self, at: Instant) -> Option<&Facts> {
        self.supplied.iter().rfind(|(known, _)| *known <= at).map(|(_, facts)| facts)
    }

    fn refuse(&mut self, clause: &Clause, missing: Vec<String>) {
        self.refusal = Some(Refusal { clause: clause.clone(), missing, offer: None });
    }

    fn take(&mut self, event: &ExampleEvent) {
        self.lapse(event.at);
        (self.refusal, self.warning, self.flagged) = (None, None, None);
        for (name, value) in event.attributes.iter() {
            if self.terms.fact(name.as_str()).is_some() || event.deed == "set-parameter" {
                self.facts.set(name.as_str(), value.clone());
            }
        }
        match event.deed.as_str() {
            "outage" => self.outage(event),
            "maintenance" => self.maintenance(event),
            "claim" => self.claim(event),
            "decide-claim" => self.decide(event),
            "sign" | "order" => self.buy(event),
            "estimate" => self.estimate(event),
            "accept" => self.accept(event),
            "work" => self.work(event),
            "expense" => self.spend(event),
            "plan" => self.plan(event),
            "cancel" => self.cancel(event),
            "invoice" => {
                let electronic = event.attributes.text("form") != Some("paper");
                if let Err(refused) = invoice_form(self.terms, electronic) {
                    let clause = (*refused.clause).clone();
                    self.refuse(&clause, vec!["electronic".to_owned()]);
                    return;
                }
                self.issue(event.at, event.attributes.text("amount").and_then(money));
            }
            "pay" => {
                let amount = event.attributes.text("amount").and_then(money);
                let day = self.day(event.at);
                self.paid_at = Some(event.at);
                if let Some(invoice) = &mut self.invoice {
                    invoice.paid = Some((day, amount));
                }
            }
            "formal-notice" => {
                self.notices.push(("formal_notice".to_owned(), event.at, event.attributes.clone()))
            }
            "milestone" => self.milestone(event),
            _ => {}
        }
    }

    fn day(&self, at: Instant) -> LocalDate {
        self.terms.zone.local(at).date
    }

    fn issue(&mut self, at: Instant, amount: Option<Money>) {
        self.invoice = Some(Invoice { issued_on: self.day(at), amount, paid: None });
        self.invoiced.push(at);
    }

    fn outage(&mut self, event: &ExampleEvent) {
        let word = |key: &str| event.attributes.text(key).map(str::to_owned);
        let Some(from) = word("from").and_then(|text| Instant::parse(&text).ok()) else { return };
        let cause = word("exclusion");
        if let Some(rule) = cause.as_deref().and_then(|name| self.terms.cause(name)) {
            let missing: Vec<String> =
                rule.needs.iter().filter(|name| event.attributes.get(name).is_none()).cloned().collect();
            if !missing.is_empty() {
                self.refuse(&rule.clause, missing);
            }
        }
        let mut facts = event.attributes.clone();
        if facts.get("reachable").is_none() {
            facts.set("reachable", FactValue::YesNo(false));
        }
        self.outages.push(Outage {
            component: word("component").unwrap_or_default(),
            from,
            to: Some(event.at),
            cause,
            source: word("source").unwrap_or_else(|| "monitor".to_owned()),
            facts,
        });
    }

    fn maintenance(&mut self, event: &ExampleEvent) {
        let instant = |key: &str| event.attributes.text(key).and_then(|text| Instant::parse(text).ok());
        let (Some(from), Some(to), Some(rule)) =
            (instant("from"), instant("to"), self.terms.cause("maintenance"))
        else {
            return;
        };
        let usual = rule.usual.as_ref().and_then(|choice| {
            let evaluation = Evaluation::new(self.terms, &self.facts, event.at);
            let name = choice.resolve(&evaluation, &mut BTreeSet::new())?;
            self.terms.calendar(&name, &self.facts).ok()
        });
        if usual.is_some_and(|usual| usual.between(from, to) < to.seconds_since(from)) {
            self.warning = Some(("outside_usual".to_owned(), rule.clause.clone()));
        }
    }

    fn consequence(&self, path: &str) -> Option<&'a Consequence> {
        self.terms.consequence(path.strip_prefix("consequence.").unwrap_or(path))
    }

    fn claim(&mut self, event: &ExampleEvent) {
        let named = event.attributes.text("rule").and_then(|path| self.consequence(path));
        let claimed = || self.terms.consequences.iter().find(|consequence| consequence.claim.is_some());
        let Some(consequence) = named.or_else(claimed) else { return };
        let Some(rule) = &consequence.claim else { return };
        let channel = event.attributes.text("channel").map(str::to_owned);
        let without = match event.attributes.get("without") {
            Some(FactValue::Names(names)) => names.clone(),
            _ => BTreeSet::new(),
        };
        let given =
            |names: &[String]| names.iter().filter(|name| !without.contains(*name)).cloned().collect();
        let zone = self
            .terms
            .measure_of(consequence)
            .and_then(|measure| measure.zone.as_ref())
            .unwrap_or(&self.terms.zone);
        let damaged_on = match event.attributes.get("damaged_on") {
            Some(FactValue::Date(date)) => Some(Days { first: *date, last: *date }),
            _ => None,
        };
        let period = self.period(event.attributes.text("period"), consequence).or(damaged_on);
        let today = self.day(event.at);
        let period = period.unwrap_or(Days { first: today, last: today });
        // Whoever claims names an outage of the period, unless the example says which.
        let start = zone.instant_of(period.first, LocalTime::MIDNIGHT);
        let alleged = if event.outages.is_empty() && !rule.each_outage.value.is_empty() {
            vec![(start, start.plus_milliseconds(60_000))]
        } else {
            event.outages.clone()
        };
        let of_period =
            |claimed: &Claimed| claimed.consequence == consequence.name && claimed.period == period;
        // Of what is not measured, a day may hold several: damages, not the uptime of a month.
        let measured = self.terms.measure_of(consequence).is_some();
        let granted = self.claims.iter().filter(|claimed| measured && claimed.granted_at().is_some());
        let made = ClaimMade {
            at: event.at,
            by: rule.by.first().cloned().unwrap_or_default(),
            through: channel.or_else(|| rule.through.first().cloned()).unwrap_or_default(),
            fields: given(&rule.needs.value),
            outages: alleged
                .into_iter()
                .map(|(from, to)| ClaimedOutage { from, to, fields: given(&rule.each_outage.value) })
                .collect(),
            granted: granted.filter(|claimed| of_period(claimed)).map(|claimed| claimed.period).collect(),
        };
        let against = objections(self.terms, consequence, &made, period, zone, &self.facts);
        if let Some(refused) = against.first() {
            let missing = match &refused.why {
                Why::Missing { names } => names.clone(),
                _ => Vec::new(),
            };
            self.refuse(&refused.clause.clone(), missing);
            return;
        }
        if rule.late_is_shown {
            self.show_late(consequence, event.at, period, zone);
        }
        // A second claim for a measured period stands in the place of the first while that is not decided.
        self.claims.retain(|claimed| !(measured && claimed.is_open() && of_period(claimed)));
        self.claims.push(Claimed {
            period,
            consequence: consequence.name.clone(),
            facts: self.facts.clone(),
            decided: Decided::NotYet,
        });
    }

    fn show_late(&mut self, consequence: &Consequence, at: Instant, period: Days, zone: &Zone) {
        let evaluation = Evaluation::new(self.terms, &self.facts, at);
        let window = claim_window(consequence, period, zone, &evaluation).ok().flatten();
        if let (Some(window), Some(claim)) = (window, &consequence.claim)
            && zone.local(at).date > window.last
        {
            self.flagged = Some(("late".to_owned(), claim.clause.clone()));
        }
    }

    /// The period that a row or a claim names: a month, a year, or a day of it.
    pub(crate) fn period(&self, text: Option<&str>, consequence: &Consequence) -> Option<Days> {
        let measure = self.terms.measure_of(consequence)?;
        self.period_of(measure, text?)
    }

    /// The period that begins within the month or year that a text names, else the one that holds its
    /// first day: `2026` is the year of the contract that begins in 2026.
    fn period_of(&self, measure: &Measure, text: &str) -> Option<Days> {
        let named = days_named(text)?;
        let held = period_of(measure.period, named.first, self.term())?;
        let next = period_of(measure.period, held.last.plus_days(1), self.term())?;
        let begins = |period: Days| named.first <= period.first && period.first <= named.last;
        Some(if !begins(held) && begins(next) { next } else { held })
    }

    /// Whether a claim is for the period that a text names.
    fn is_for(&self, claimed: &Claimed, text: &str) -> bool {
        let consequence = self.terms.consequence(&claimed.consequence);
        match consequence.and_then(|consequence| self.period(Some(text), consequence)) {
            Some(period) => claimed.period == period,
            None => claimed.period.first.to_string().starts_with(text),
        }
    }

    /// The days of the contract, where both of them are known.
    fn term(&self) -> Option<Days> {
        let term = self.terms.term.as_ref()?;
        let evaluation = Evaluation::new(self.terms, &self.facts, self.now);
        let day = |name: &FactName| match evaluation.value(name) {
            Some(FactValue::Date(date)) => Some(*date),
            _ => None,
        };
        Some(Days { first: day(&term.from.as_str().into())?, last: day(term.to.as_ref()?)? })
    }

    /// The reading of a measure of availability; none for a period that is not measured.
    pub(crate) fn uptime(&self, measure: &Measure, period: &str) -> Option<UptimeReading> {
        let days = self.period_of(measure, period)?;
        self.uptime_of(measure, days)
    }

    fn uptime_of(&self, measure: &Measure, days: Days) -> Option<UptimeReading> {
        let question = UptimeQuestion {
            on: days.first,
            term: self.term(),
            components: &self.components,
            outages: &self.outages,
            facts: &self.facts,
            now: self.now,
        };
        uptime(self.terms, measure, &question).ok().flatten()
    }

    /// The last day of a period that is one of the contract.
    fn last_day(&self, period: Days) -> LocalDate {
        self.term().map_or(period.last, |term| period.last.min(term.last)).max(period.first)
    }

    /// What counts against each cap of a consequence for what is given on a day and due from an instant on, of
    /// the sums it gave before.
    fn given_before(
        &self,
        consequence: &Consequence,
        before: &[Counted],
        (on, due_at): (LocalDate, Instant),
    ) -> BTreeMap<String, Ratio> {
        let sum = |per: &str| {
            let counted = before.iter().filter(|earlier| self.counts_together(per, earlier, (on, due_at)));
            counted.fold(Ratio::ZERO, |sum, earlier| sum.plus(earlier.amount).unwrap_or(sum))
        };
        consequence.caps.iter().map(|cap| (cap.per.clone(), sum(&cap.per))).collect()
    }

    /// Whether two sums count against one and the same cap `per` something.
    fn counts_together(&self, per: &str, earlier: &Counted, (day, due_at): (LocalDate, Instant)) -> bool {
        let period = match per {
            "outage" => return false,
            "invoice" => return self.invoice_of(earlier.due_at) == self.invoice_of(due_at),
            "day" => MeasurePeriod::Day,
            "month" => MeasurePeriod::CalendarMonth,
            "quarter" => MeasurePeriod::Quarter,
            "half-year" => MeasurePeriod::HalfYear,
            "year" => MeasurePeriod::Year,
            "contract year" => MeasurePeriod::ContractYear,
            // Of one contract, and of one request, is all that an example plays.
            _ => return true,
        };
        let contract = self.term().map(|term| term.first).or(self.begun);
        let contract = contract.map(|first| Days { first, last: first.max(day) });
        // A contract that nobody knows to have begun has one year.
        let earlier = earlier.on;
        period_of(period, day, contract).is_none_or(|days| days.first <= earlier && earlier <= days.last)
    }

    /// Which invoice carries what is due from an instant on: the first that is drawn then or later, of those
    /// that the example draws. Where it draws none, that of the billing period.
    fn invoice_of(&self, due_at: Instant) -> (usize, Option<LocalDate>) {
        if !self.invoiced.is_empty() {
            return (self.invoiced.iter().filter(|drawn| **drawn < due_at).count(), None);
        }
        let billing = billing_periods(&Evaluation::new(self.terms, &self.facts, self.now));
        (0, billing.map(|periods| periods.end_of(1, self.day(due_at))))
    }

    /// The last moment of a period that is one of the contract: what it gives is due from then on.
    fn end_of(&self, period: Days) -> Instant {
        let next = self.last_day(period).plus_days(1);
        self.terms.zone.instant_of(next, LocalTime::MIDNIGHT).plus_milliseconds(-1)
    }

    /// What claims of a consequence gave that were granted, in the order in which they were.
    fn granted(&self, consequence: &Consequence) -> Vec<Counted> {
        let mut granted = Vec::new();
        for claimed in self.claims.iter().filter(|claimed| claimed.consequence == consequence.name) {
            if let Decided::Granted { at, award: Some(award) } = &claimed.decided {
                granted.push(self.counted(claimed.period, *at, award));
            }
        }
        granted.sort_by_key(|counted| counted.due_at);
        granted
    }

    fn counted(&self, period: Days, due_at: Instant, award: &Award) -> Counted {
        let amount = award.amount.as_ref().map_or(Ratio::ZERO, |amount| amount.value);
        Counted { on: self.last_day(period), due_at, amount }
    }

    /// What a claim gives: what it was granted with; while it is open, what is left after those that were
    /// granted and those that wait longer; refused, nothing.
    fn award_of_claim(&self, place: usize) -> Option<Award> {
        let claim = &self.claims[place];
        let consequence = self.terms.consequence(&claim.consequence)?;
        match &claim.decided {
            Decided::Refused => return None,
            Decided::Granted { award, .. } => return award.as_deref().cloned(),
            Decided::NotYet => {}
        }
        let mut before = self.granted(consequence);
        let mut found = None;
        for claimed in self.claims[..=place].iter().filter(|claimed| claimed.is_open()) {
            if claimed.consequence == consequence.name {
                // Nobody granted it yet: it can be due from now on.
                let award =
                    self.award_of_period(consequence, claimed.period, self.now, &before, &claimed.facts).ok();
                before.extend(award.as_ref().map(|award| self.counted(claimed.period, self.now, award)));
                found = award;
            }
        }
        found
    }

    /// What a consequence that comes by itself gives for a period, after what it gave for those before,
    /// where a cap counts them.
    fn award_by_itself(&self, consequence: &Consequence, period: Days) -> Option<Award> {
        let mut before = Vec::new();
        for earlier in self.periods_before(consequence, period) {
            let due_at = self.end_of(earlier);
            let award = self.award_of_period(consequence, earlier, due_at, &before, &self.facts).ok();
            before.extend(award.map(|award| self.counted(earlier, due_at, &award)));
        }
        self.award_of_period(consequence, period, self.end_of(period), &before, &self.facts).ok()
    }

    /// The periods before one for which a consequence with a cap may have given something, in order: a
    /// service that was not down yet gives nothing.
    fn periods_before(&self, consequence: &Consequence, period: Days) -> Vec<Days> {
        let mut found = Vec::new();
        let measure = self.terms.measure_of(consequence).filter(|_| !consequence.caps.is_empty());
        let went_down = self.outages.iter().map(|outage| outage.from).min();
        if let (Some(measure), Some(went_down)) = (measure, went_down) {
            let first = measure.zone.as_ref().unwrap_or(&self.terms.zone).local(went_down).date;
            let mut day = period.first.plus_days(-1);
            while day >= first
                && found.len() < MOST_PERIODS
                && let Some(earlier) = period_of(measure.period, day, self.term())
            {
                found.push(earlier);
                day = earlier.first.plus_days(-1);
            }
        }
        found.reverse();
        found
    }

    fn award_of_period(
        &self,
        consequence: &Consequence,
        period: Days,
        due_at: Instant,
        before: &[Counted],
        facts: &Facts,
    ) -> Result<Award, Refused> {
        let measure = self.terms.measure_of(consequence);
        let reading = measure.and_then(|measure| self.uptime_of(measure, period));
        let total = consequence.on.ends_with(".total");
        let figures: Vec<&UptimeFigure> = match &reading {
            Some(reading) if total => reading.total.iter().collect(),
            Some(reading) => reading.components.iter().collect(),
            None => Vec::new(),
        };
        let feeds: Vec<Feed> = figures
            .into_iter()
            .map(|figure| Feed { name: figure.name.clone(), value: compared(measure, figure.value) })
            .collect();
        let fixed = [Feed { name: "event".to_owned(), value: Ratio::ONE }];
        let question = AwardQuestion {
            feeds: if measure.is_some() { &feeds } else { &fixed },
            proportion: reading.as_ref().map_or(Ratio::ONE, |reading| reading.proportion),
            given_before: &self.given_before(consequence, before, (self.last_day(period), due_at)),
            evaluation: Evaluation::new(self.terms, facts, self.now),
        };
        award(consequence, &question)
    }

    fn decide(&mut self, event: &ExampleEvent) {
        let granted = event.attributes.get("granted") == Some(&FactValue::YesNo(true));
        let by = event.attributes.text("by").unwrap_or("manager");
        let period = event.attributes.text("period");
        let of_period = |claimed: &Claimed| period.is_none_or(|text| self.is_for(claimed, text));
        let open = self.claims.iter().rposition(|claimed| claimed.is_open() && of_period(claimed));
        let Some(place) = open.or_else(|| self.claims.iter().rposition(of_period)) else { return };
        let Some(consequence) = self.terms.consequence(&self.claims[place].consequence) else { return };
        let rule = consequence.claim.as_ref();
        let may = rule
            .is_none_or(|rule| rule.decided_by.is_empty() || rule.decided_by.iter().any(|role| role == by));
        // What is decided is decided for good.
        if !may || open.is_none() {
            let clause = rule.map_or(&consequence.clause, |rule| &rule.clause).clone();
            self.refuse(&clause, Vec::new());
            return;
        }
        let decided = if granted {
            let claim = &self.claims[place];
            let before = self.granted(consequence);
            let award = self.award_of_period(consequence, claim.period, event.at, &before, &claim.facts).ok();
            Decided::Granted { at: event.at, award: award.map(Box::new) }
        } else {
            Decided::Refused
        };
        self.claims[place].decided = decided;
    }

    /// What a valid claim for a period gives, and whether a note was issued.
    pub(crate) fn credit(&self, consequence: &str, period: &str) -> (Option<Award>, bool) {
        // What nobody needs to claim comes by itself.
        if let Some(rule) = self.terms.consequence(consequence).filter(|rule| rule.claim.is_none())
            && let Some(days) = self.period(Some(period), rule)
        {
            let award = self.award_by_itself(rule, days);
            let given = award.is_some();
            return (award, given);
        }
        let of_period =
            |claimed: &Claimed| claimed.consequence == consequence && self.is_for(claimed, period);
        let Some(place) = self.claims.iter().rposition(of_period) else { return (None, false) };
        (self.award_of_claim(place), self.claims[place].granted_at().is_some())
    }

    /// The right that a consequence opens: for the period of a row, or by now.
    pub(crate) fn right(&self, consequence: &Consequence, period: &str) -> Option<String> {
        let of_period =
            self.period(Some(period), consequence).and_then(|_| self.credit(&consequence.name, period).0);
        match of_period {
            Some(award) => award.right.map(|right| right.right),
            None => self.sum(consequence)?.right,
        }
    }

    /// Credit notes on the last invoice: those granted since the one before.
    fn credit_notes(&self) -> Ratio {
        let last = self.invoiced.last().copied();
        let one_before = self.invoiced.iter().rev().nth(1).copied();
        let amounts = self.claims.iter().filter_map(|claimed| match &claimed.decided {
            Decided::Granted { at, award }
                if Some(*at) <= last && one_before.is_none_or(|before| before < *at) =>
            {
                Some(award.as_ref()?.amount.as_ref()?.value)
            }
            _ => None,
        });
        amounts.fold(Ratio::ZERO, |sum, amount| sum.plus(amount).unwrap_or(sum))
    }

    fn buy(&mut self, event: &ExampleEvent) {
        let Some(ledger) = self.terms.ledgers.first() else { return };
        let Some(units) = number(&event.attributes, "pack") else { return };
        let prepaid = Prepaid::new(self.terms, ledger, &self.facts);
        let pack = match prepaid.order(units) {
            Ok(pack) => pack,
            Err(refused) => {
                let clause = refused.clause.clone();
                self.refuse(&clause, Vec::new());
                return;
            }
        };
        let opens = ledger.opens.as_ref().map(|opens| opens.event.as_str());
        let happens = if event.deed == "sign" { "signed" } else { "ordered" };
        if opens == Some(happens)
            && let Ok(entries) = prepaid.open(&self.book, units, event.at)
        {
            entries.iter().for_each(|entry| self.book.apply(entry));
        }
        if event.deed == "order" || !self.ordered {
            self.issue(event.at, pack.price.clone());
        }
        self.ordered = event.deed == "order";
    }

    fn estimate(&mut self, event: &ExampleEvent) {
        let units = number(&event.attributes, "units").unwrap_or(Ratio::ZERO);
        self.estimated = self.estimated.plus(units).unwrap_or(self.estimated);
        self.consents.remove("estimate");
    }

    fn accept(&mut self, event: &ExampleEvent) {
        let what = event.attributes.text("what").unwrap_or("estimate").to_owned();
        let by = event.attributes.text("by").unwrap_or("customer").to_owned();
        let consents = self.consents.entry(what.clone()).or_default();
        consents.insert(by);
        let consents = consents.clone();
        let Some(ledger) = self.terms.ledgers.first() else { return };
        let prepaid = Prepaid::new(self.terms, ledger, &self.facts);
        let entries = if what == "overrun" {
            let more = number(&event.attributes, "units").unwrap_or(Ratio::ONE);
            self.excess = more;
            let known = self.book.request(OWN_REQUEST);
            let up_to = known.agreed_up_to.or(known.estimate).unwrap_or(Ratio::ZERO).plus(more);
            let up_to = up_to.unwrap_or(more);
            prepaid.agree_overrun(&self.book, OWN_REQUEST, up_to, &consents, event.at)
        } else {
            let needed = self.terms.permission("start_work").map(|found| found.consent.as_slice());
            let all = needed.unwrap_or_default().iter().all(|role| consents.contains(role));
            let accepted = || prepaid.estimate(OWN_REQUEST, self.estimated, event.at);
            Ok(if all { accepted() } else { Vec::new() })
        };
        match entries {
            Ok(entries) => entries.iter().for_each(|entry| self.book.apply(entry)),
            Err(refused) => {
                let clause = refused.clause.clone();
                self.refuse(&clause, Vec::new());
            }
        }
    }

    fn work(&mut self, event: &ExampleEvent) {
        let Some(ledger) = self.terms.ledgers.first() else { return };
        let request = event.attributes.text("request").unwrap_or(OWN_REQUEST).to_owned();
        if request == "none"
            && let Some(permission) = self.terms.permission("log_time")
        {
            self.refuse(&permission.clause, permission.needs.clone());
            return;
        }
        let seconds =
            number(&event.attributes, "minutes").and_then(|minutes| minutes.times(Ratio::whole(60)));
        let work = WorkDone {
            request,
            at: event.at,
            of: event.attributes.text("of").unwrap_or("work").to_owned(),
            amount: seconds.or_else(|| number(&event.attributes, "count")).unwrap_or(Ratio::ZERO),
            facts: event.attributes.clone(),
        };
        match Prepaid::new(self.terms, ledger, &self.facts).log_work(&self.book, &work) {
            Ok(entries) => {
                self.debit = Some((Ratio::ZERO, ledger.clause.clone()));
                self.debited(&entries);
                self.excess = Ratio::ZERO;
            }
            Err(refused) => {
                self.debit = Some((Ratio::ZERO, (*refused.clause).clone()));
                let clause = refused.clause.clone();
                self.refuse(&clause, Vec::new());
            }
        }
    }

    fn spend(&mut self, event: &ExampleEvent) {
        let text = |key: &str| event.attributes.text(key).map(str::to_owned);
        let made = ExpenseMade {
            request: text("request").unwrap_or_else(|| OWN_REQUEST.to_owned()),
            kind: text("kind").unwrap_or_default(),
            amount: text("amount").as_deref().and_then(money),
            at: event.at,
            refundable: event.attributes.get("refundable") == Some(&FactValue::YesNo(true)),
        };
        let charged = match charge_expense(self.terms, &made, &self.facts) {
            Ok(Some(charged)) => charged,
            Ok(None) => return,
            Err(refused) => {
                let missing = match refused.why {
                    Why::Missing { names } => names,
                    Why::Unknown { facts } => facts.iter().map(ToString::to_string).collect(),
                    _ => Vec::new(),
                };
                self.refuse(&refused.clause, missing);
                return;
            }
        };
        let rule = self.terms.expenses.iter().find(|rule| rule.name == charged.rule);
        let ledger = rule
            .and_then(|rule| rule.debit.as_ref())
            .and_then(|debit| self.terms.ledgers.iter().find(|ledger| ledger.name == debit.value.ledger));
        if let Some(ledger) = ledger {
            let prepaid = Prepaid::new(self.terms, ledger, &self.facts);
            match debit_expense(&prepaid, &self.book, &made, &charged) {
                Ok(entries) => self.debited(&entries),
                Err(refused) => {
                    self.refuse(&refused.clause, Vec::new());
                    return;
                }
            }
        }
        self.expenses.push(charged);
    }

    /// What outlays of a rule come to that stay due now, in money.
    pub(crate) fn expenses_due(&self, rule: &str) -> Ratio {
        let of_rule = self.expenses.iter().filter(|charged| charged.rule == rule);
        let due = of_rule.filter(|charged| !self.cancelled_by_customer || charged.due_after_cancellation);
        let sums = due.filter_map(|charged| charged.billed.as_ref().map(|sum| Ratio::from(sum.amount)));
        sums.fold(Ratio::ZERO, |all, sum| all.plus(sum).unwrap_or(all))
    }

    fn debited(&mut self, entries: &[LedgerEntry]) {
        let mut all = Ratio::ZERO;
        for entry in entries {
            self.book.apply(entry);
            match entry {
                LedgerEntry::Debited { units, clause, .. } => {
                    all = all.plus(*units).unwrap_or(all);
                    self.debit = Some((all, clause.clone()));
                }
                LedgerEntry::Warned { warning, .. } => {
                    let name = warning.split('|').next().unwrap_or(warning);
                    self.warned.insert(name.to_owned());
                }
                _ => {}
            }
        }
    }

    fn plan(&mut self, event: &ExampleEvent) {
        let from = event.attributes.text("from").and_then(|text| Instant::parse(text).ok());
        if let (Some(from), Some(permission)) = (from, self.terms.permission("plan")) {
            let seconds = number(&event.attributes, "minutes").map_or(0, |minutes| minutes.floor() * 60);
            let to = from.plus_milliseconds(i64::try_from(seconds).unwrap_or(0) * 1000);
            let during = permission.during.as_ref();
            if let Some(calendar) = during.and_then(|name| self.terms.calendar(name, &self.facts).ok()) {
                let day = calendar.zone().local(from).date;
                let midnight = |day: LocalDate| calendar.zone().instant_of(day, LocalTime::MIDNIGHT);
                let works = calendar.between(midnight(day), midnight(day.plus_days(1))) > 0;
                if calendar.between(from, to) < to.seconds_since(from) || !calendar.is_open(from) {
                    // A day without hours is refused by whoever sets the days.
                    let of_calendar =
                        during.and_then(|name| self.terms.calendar_rule(name, &self.facts).ok());
                    let clause = match of_calendar.filter(|_| !works) {
                        Some(rule) => rule.clause.clone(),
                        None => permission.clause.clone(),
                    };
                    self.refuse(&clause, Vec::new());
                    return;
                }
            }
        }
        self.plan_by_template(event);
    }

    fn plan_by_template(&mut self, event: &ExampleEvent) {
        let named = self.facts.text("service").map(str::to_owned);
        let Some(service) = self.terms.service(named.as_deref().unwrap_or("common")) else { return };
        let is_true = |name: &String| self.facts.get(name) == Some(&FactValue::YesNo(true));
        let met: BTreeSet<String> = match named {
            // Without a template of its own nothing is asked beforehand.
            None => service.requires.iter().map(|required| required.value.clone()).collect(),
            Some(_) => {
                service.requires.iter().map(|required| required.value.clone()).filter(is_true).collect()
            }
        };
        let mut counts = BTreeMap::new();
        for (name, value) in self.facts.iter() {
            if let FactValue::Number(number) = value
                && let Ok(count) = u32::try_from(Ratio::from(*number).ceiling())
            {
                counts.insert(name.to_string(), count);
            }
        }
        let chosen = match event.attributes.get("chosen").or_else(|| self.facts.get("chosen")) {
            Some(FactValue::Names(names)) => names.clone(),
            _ => BTreeSet::new(),
        };
        let evaluation = Evaluation::new(self.terms, &self.facts, event.at);
        let faults = plan_faults(&service, &met, &counts, &chosen, &evaluation);
        let mut missing: Vec<(Clause, Vec<String>)> = Vec::new();
        let mut flagged = None;
        for fault in faults {
            match fault.why {
                Why::Missing { names } => {
                    match missing.iter_mut().find(|(clause, _)| *clause == *fault.clause) {
                        Some((_, known)) => known.extend(names),
                        None => missing.push((*fault.clause, names)),
                    }
                }
                Why::OverCap { of, .. } => {
                    let of = if of == "choices" { "choose".to_owned() } else { of };
                    flagged = flagged.or(Some((of, *fault.clause)));
                }
                _ => {}
            }
        }
        self.flagged = flagged;
        if let Some((clause, names)) = missing.into_iter().next() {
            self.refuse(&clause, names);
        }
    }

    fn cancel(&mut self, event: &ExampleEvent) {
        let instant = match event.attributes.get("planned") {
            Some(FactValue::Date(day)) => self.terms.zone.instant_of(*day, LocalTime::MIDNIGHT),
            Some(FactValue::Instant(at)) => *at,
            Some(FactValue::Text(text)) => match Instant::parse(text) {
                Ok(at) => at,
                Err(_) => return,
            },
            _ => return,
        };
        let planned = self.day(instant);
        self.cancelled = Some((event.at, instant));
        self.cancelled_by_customer = event.attributes.text("by").is_none_or(|by| by == "customer");
        let mut facts = self.facts.clone();
        if event.attributes.text("by").is_none() {
            facts.set("by", FactValue::text("customer"));
        } else if let Some(by) = event.attributes.get("by") {
            facts.set("by", by.clone());
        }
        if let Some(ledger) = self.terms.ledgers.first() {
            self.debit = Some((Ratio::ZERO, ledger.clause.clone()));
            let units = match self.facts.get("estimated_units") {
                Some(FactValue::Number(units)) => Ratio::from(*units),
                _ => self.estimated,
            };
            let found = Prepaid::new(self.terms, ledger, &facts).cancel(
                &self.book,
                OWN_REQUEST,
                event.at,
                planned,
                units,
            );
            if let Ok((_, entries)) = found {
                self.debited(&entries);
            }
        }
        self.happen("cancelled", &facts, event.at);
    }

    fn milestone(&mut self, event: &ExampleEvent) {
        let name = event.attributes.text("name").unwrap_or_default().to_owned();
        let mut facts = self.facts.clone();
        for (attribute, value) in event.attributes.iter() {
            let amount = value.as_text().and_then(money).map(FactValue::Money);
            facts.set(attribute.as_str(), amount.unwrap_or_else(|| value.clone()));
        }
        self.happen(&name, &facts, event.at);
    }

    /// What consequences give when an event happens.
    fn happen(&mut self, event: &str, facts: &Facts, at: Instant) {
        let feeds = [Feed { name: event.to_owned(), value: Ratio::ONE }];
        let mut facts = facts.clone();
        for base in self.terms.bases.iter().filter(|base| base.of == "estimated_units") {
            if facts.get(&base.name).is_none()
                && let Some(units) = meters::shown(self.estimated)
            {
                facts.set(base.name.as_str(), FactValue::Number(units));
            }
        }
        let (facts, on) = (&facts, self.day(at));
        for consequence in self.terms.consequences.iter().filter(|found| found.on == event) {
            let before = self.given.iter().filter(|given| given.consequence == consequence.name);
            let before: Vec<Counted> = before
                .map(|given| Counted { on: given.on, due_at: given.at, amount: given.amount })
                .collect();
            let question = AwardQuestion {
                feeds: &feeds,
                proportion: Ratio::ONE,
                given_before: &self.given_before(consequence, &before, (on, at)),
                evaluation: Evaluation::new(self.terms, facts, at),
            };
            // A limit that only warns still holds what is given at the limit, and says so.
            let mut held = consequence.clone();
            held.caps.iter_mut().for_each(|cap| cap.only_warns = false);
            let given = match award(&held, &question) {
                Ok(award) => Given {
                    consequence: consequence.name.clone(),
                    on,
                    at,
                    amount: award.amount.map_or(Ratio::ZERO, |amount| amount.value),
                    clause: award.capped_by.clone().unwrap_or(award.clause),
                    warning: award.capped_by,
                    right: award.right.map(|right| right.right),
                },
                Err(refused) => Given {
                    consequence: consequence.name.clone(),
                    on,
                    at,
                    amount: Ratio::ZERO,
                    clause: *refused.clause,
                    warning: None,
                    right: None,
                },
            };
            if consequence.gives == Gives::Debit && given.amount > Ratio::ZERO {
                self.forfeit(&given, at);
            }
            self.given.push(given);
        }
    }

    /// Takes the units that an event costs, as far as there are any.
    fn forfeit(&mut self, given: &Given, at: Instant) {
        let Some(ledger) = self.terms.ledgers.first() else { return };
        let there = self.book.balance(self.terms, at).max(Ratio::ZERO);
        let found = Prepaid::new(self.terms, ledger, &self.facts).debit_units(
            &self.book,
            OWN_REQUEST,
            &given.consequence,
            given.amount.min(there),
            at,
            &given.clause,
        );
        if let Ok(entries) = found {
            self.debited(&entries);
        }
    }

    fn lapse(&mut self, now: Instant) {
        for ledger in &self.terms.ledgers {
            let entries = Prepaid::new(self.terms, ledger, &self.facts).steps_due(&self.book, now);
            for entry in entries.unwrap_or_default() {
                if let LedgerEntry::Warned { warning, .. } = &entry {
                    self.warned.insert(warning.split('|').next().unwrap_or(warning).to_owned());
                }
                self.book.apply(&entry);
            }
        }
    }

    /// Units that lapse, or will when nothing more is used, at the end of a day.
    pub(crate) fn lapse_after(&self, day: LocalDate) -> (Ratio, Option<Clause>) {
        let Some(ledger) = self.terms.ledgers.first() else { return (Ratio::ZERO, None) };
        let end = self.terms.zone.instant_of(day.plus_days(1), LocalTime::MIDNIGHT);
        let entries = Prepaid::new(self.terms, ledger, &self.facts).steps_due(&self.book, end);
        let mut units = Ratio::ZERO;
        let mut cited = None;
        for entry in entries.unwrap_or_default() {
            if let LedgerEntry::Lapsed { units: more, last_day, clause, .. } = entry
                && last_day == day
            {
                units = units.plus(more).unwrap_or(units);
                cited = Some(clause);
            }
        }
        (units, cited)
    }

    /// The time that a measure counts, in its unit: from a cancellation to what was planned, or by which the last
    /// invoice was paid late or stands late.
    pub(crate) fn time(&self, measure: &Measure) -> Option<Ratio> {
        let event = |pattern: &Option<terms::EventPattern>| pattern.as_ref().map(|found| found.event.clone());
        let (from, to) = match (event(&measure.from)?.as_str(), event(&measure.to)?.as_str()) {
            ("cancelled", "planned") => self.cancelled?,
            ("payment_due", _) => {
                let (due, _) = self.payment_due()?;
                let paid = self.invoice.as_ref()?.paid.as_ref().and(self.paid_at).unwrap_or(self.now);
                if matches!(measure.unit, MeasureUnit::Day | MeasureUnit::BusinessDay) {
                    let days = days_between(self.terms, measure, due, self.day(paid), &self.facts);
                    return days.ok().map(|days| Ratio::whole(days.max(0)));
                }
                // Who pays on the last day is not an hour late.
                (self.terms.zone.instant_of(due.plus_days(1), LocalTime::MIDNIGHT), paid)
            }
            _ => return None,
        };
        let passed = time_between(self.terms, measure, from, to, &self.facts).ok()?;
        Some(passed.max(Ratio::ZERO))
    }

    /// The time that a measure counts as its consequences look at it: days, else seconds.
    fn time_fed(&self, measure: &Measure) -> Option<Ratio> {
        let seconds = match measure.unit {
            MeasureUnit::Hour | MeasureUnit::BusinessHour => 3600,
            MeasureUnit::Minute => 60,
            MeasureUnit::Second | MeasureUnit::Day | MeasureUnit::BusinessDay => 1,
        };
        self.time(measure)?.times(Ratio::whole(seconds))
    }

    /// The last day on which the last invoice is paid in time.
    pub(crate) fn payment_due(&self) -> Option<(LocalDate, Clause)> {
        let rule = self.terms.invoice.as_ref()?;
        let evaluation = Evaluation::new(self.terms, &self.facts, self.now);
        pay_by(rule, self.invoice.as_ref()?.issued_on, &evaluation).ok()
    }

    /// What a consequence comes to by now: the last event that gave it, or the last invoice.
    pub(crate) fn sum(&self, consequence: &Consequence) -> Option<Sum> {
        if let Some(given) = self.given.iter().rfind(|given| given.consequence == consequence.name) {
            let Given { amount, clause, warning, right, .. } = given.clone();
            return Some(Sum { amount, clause, warning, right });
        }
        let of_consequence = |claimed: &Claimed| claimed.consequence == consequence.name;
        if let Some(place) = self.claims.iter().rposition(of_consequence)
            && self.terms.measure_of(consequence).is_none()
        {
            return Some(Sum::of(self.award_of_claim(place)?));
        }
        let nothing =
            |clause: &Clause| Sum { amount: Ratio::ZERO, clause: clause.clone(), warning: None, right: None };
        if let Some(feeds) = consequence.on.strip_prefix("promise.").and_then(|name| self.late.get(name)) {
            let found = award(consequence, &self.question(feeds));
            return Some(found.map_or_else(|refused| nothing(&refused.clause), Sum::of));
        }
        if let Some(settle) = &consequence.settle {
            let invoiced = Ratio::from(self.invoice.as_ref()?.amount.as_ref()?.amount);
            let amount = invoiced.minus(self.credit_notes())?;
            // A credit that is never paid out takes no more than the invoice.
            let amount = if settle.value.cash { amount } else { amount.max(Ratio::ZERO) };
            return Some(Sum { amount, ..nothing(&settle.clause) });
        }
        let measure =
            self.terms.measure_of(consequence).filter(|measure| measure.kind == MeasureKind::Time)?;
        if consequence.gives == Gives::Interest {
            let owed = match self.facts.get(consequence.of.as_deref()?) {
                Some(FactValue::Money(money)) => money.clone(),
                _ => return None,
            };
            let invoice = self.invoice.as_ref()?;
            let paid = invoice.paid.as_ref().map_or_else(|| self.day(self.now), |(day, _)| *day);
            let own = with_rates(self.terms, &self.facts)?;
            let found = late_interest(&own, consequence, &owed, self.payment_due()?.0, paid, &self.facts);
            return Some(found.map_or_else(
                |_| nothing(&consequence.clause),
                |interest| Sum { amount: interest.amount.amount.into(), ..nothing(&interest.clause) },
            ));
        }
        let feeds = [Feed { name: measure.name.clone(), value: self.time_fed(measure)? }];
        let found = award(consequence, &self.question(&feeds));
        Some(found.map_or_else(|_| nothing(&consequence.clause), Sum::of))
    }

    /// The question what a consequence gives by now for numbers of the whole example.
    fn question<'q>(&'q self, feeds: &'q [Feed]) -> AwardQuestion<'q> {
        AwardQuestion {
            feeds,
            proportion: Ratio::ONE,
            given_before: const { &BTreeMap::new() },
            evaluation: Evaluation::new(self.terms, &self.facts, self.now),
        }
    }

    /// Everything that a consequence gave, in all.
    pub(crate) fn total_given(&self, consequence: &str) -> Ratio {
        let given = self.given.iter().filter(|given| given.consequence == consequence);
        given.fold(Ratio::ZERO, |sum, given| sum.plus(given.amount).unwrap_or(sum))
    }

    /// The instant up to which the example was played.
    pub(crate) fn last(&self) -> Instant {
        self.now
    }

    /// Whether the last deed was a plan that its template refuses.
    pub(crate) fn refused_by_template(&self, act: &str) -> bool {
        act == "plan" && self.refusal.is_some()
    }

    /// Whose consent to a deed is recorded.
    pub(crate) fn consents(&self, what: &str) -> BTreeSet<String> {
        self.consents.get(what).cloned().unwrap_or_default()
    }

    /// The last event of a kind with its attributes, and when something was paid after it.
    pub(crate) fn formal(&self, event: &str) -> Option<(Instant, &Facts, Option<Instant>)> {
        let (_, at, attributes) = self.notices.iter().rfind(|(name, ..)| name == event)?;
        Some((*at, attributes, self.paid_at.filter(|paid| paid >= at)))
    }
}

/// How many periods before one count at most against a cap: of months, a hundred years.
const MOST_PERIODS: usize = 1200;

/// The day on which the event happened that a term runs from.
fn begun(terms: &Terms, played: &Case<'_>) -> Option<LocalDate> {
    let term = terms.term.as_ref()?;
    let (happening, _) = played.log.iter().find(|(happening, _)| happening.event == term.from)?;
    Some(terms.zone.local(happening.at).date)
}

/// The days of a year, of a month, or one day, as a row or a claim names them.
fn days_named(text: &str) -> Option<Days> {
    let day = |text: &str| LocalDate::parse(text).ok();
    if let Some(day) = day(text) {
        return Some(Days { first: day, last: day });
    }
    if let Some(first) = day(&format!("{text}-01")) {
        return Some(Days { first, last: first.last_of_month() });
    }
    let first = day(&format!("{text}-01-01"))?;
    Some(Days { first, last: first.plus_months(12).plus_days(-1) })
}

/// The number that bounds look at: rounded as the document compares it.
fn compared(measure: Option<&Measure>, value: Ratio) -> Ratio {
    let Some(show) = measure.and_then(|measure| measure.compare) else { return value };
    let percent = value.times(Ratio::whole(100)).and_then(|value| value.to_decimal(show.decimals, show.mode));
    percent.and_then(|percent| Ratio::from(percent).over(Ratio::whole(100))).unwrap_or(value)
}

/// The components of the contract, else those of the document.
fn components(terms: &Terms, facts: &Facts) -> Vec<Component> {
    if let Some(FactValue::Table(table)) = facts.get("components") {
        return table
            .iter()
            .map(|(name, marks)| Component {
                name: name.clone(),
                primary: marks.iter().any(|mark| mark == "primary"),
                group: None,
            })
            .collect();
    }
    let own = terms.components.iter();
    own.map(|rule| Component { name: rule.name.clone(), primary: rule.primary, group: None }).collect()
}

/// The terms with the rates that the provider keeps, as an example gives them.
pub(crate) fn with_rates(terms: &Terms, facts: &Facts) -> Option<Terms> {
    let mut own: Terms = serde_json::to_value(terms).and_then(serde_json::from_value).ok()?;
    for table in &mut own.rates {
        let Some(FactValue::Table(rows)) = facts.get(&table.name) else { continue };
        let row = |(since, value): (&String, &Vec<String>)| {
            let since = LocalDate::parse(since).ok()?;
            Some(RateRow { since, value: value.first()?.parse().ok()? })
        };
        table.rows = rows.iter().filter_map(row).collect();
    }
    Some(own)
}

/// A number that a deed carries.
pub(crate) fn number(attributes: &Facts, key: &str) -> Option<Ratio> {
    match attributes.get(key)? {
        FactValue::Number(number) => Some(Ratio::from(*number)),
        FactValue::Text(text) => text.parse::<Decimal>().ok().map(Ratio::from),
        _ => None,
    }
}
