use crate::award::{AwardQuestion, Feed, award};
use crate::refused::{Refused, Why};
use crate::term::{end_of, minus, plus, term_days};
use crate::time_between::days_between;
use calendar::{Instant, LocalDate, LocalTime};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use terms::{
    Answer, CarryOver, Choice, Clause, Consequence, Debit, DebitOrder, DebitPer, Decimal, Evaluation,
    EventPattern, FactValue, Facts, Figure, Gives, Lapse, Ledger, LedgerAct, LedgerWarning, LedgerWatch,
    Measure, MeasureKind, Overdraft, Ratio, RoundMode, Terms, UseOrder, Worth,
};

/// The prepaid work of one contract, folded from its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerBook {
    /// Packs in the order they opened.
    pub lots: Vec<Lot>,
    /// What is known of each request.
    pub requests: BTreeMap<String, RequestUse>,
    /// Units used beyond all packs.
    pub overdrawn: Ratio,
    /// Amounts that are rounded together, by what they are rounded with.
    running: BTreeMap<String, Running>,
    warned: BTreeSet<String>,
}

/// Units that opened together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Its number in the book, from 0.
    pub number: usize,
    /// Name of the pack.
    pub pack: String,
    /// Units it opened with.
    pub units: Ratio,
    /// Units left.
    pub left: Ratio,
    /// The day it opened.
    pub opened_on: LocalDate,
    /// The last day on which its units can be used; none when they never lapse.
    pub last_day: Option<LocalDate>,
    /// The clause by which they lapse.
    pub clause: Clause,
    /// Whether they were carried over for a time of their own: at its end nothing is carried over again.
    #[serde(default)]
    pub kept: bool,
}

/// What is known of one request that uses prepaid work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestUse {
    /// The accepted estimate, in units.
    pub estimate: Option<Ratio>,
    /// Up to how many units an overrun is agreed.
    pub agreed_up_to: Option<Ratio>,
    /// Units used.
    pub used: Ratio,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    amount: Ratio,
    units: Ratio,
}

/// A change of a book, as the log records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerEntry {
    /// A pack opened.
    Opened {
        /// The units as they open.
        lot: Lot,
        /// When.
        at: Instant,
        /// The clause.
        clause: Clause,
    },
    /// An estimate was accepted.
    Estimated {
        /// The request.
        request: String,
        /// Units.
        units: Ratio,
        /// When.
        at: Instant,
    },
    /// An overrun of the estimate was agreed.
    OverrunAgreed {
        /// The request.
        request: String,
        /// Up to how many units in all.
        up_to: Ratio,
        /// When.
        at: Instant,
    },
    /// Units were used.
    Debited {
        /// The request.
        request: String,
        /// When.
        at: Instant,
        /// Why: `work`, `travel`, …, or the name of the consequence that forfeits.
        reason: String,
        /// How many, in all.
        units: Ratio,
        /// From which packs, by their number.
        from: Vec<(usize, Ratio)>,
        /// How many beyond all packs.
        overdrawn: Ratio,
        /// How the amount came about.
        parts: Vec<DebitPart>,
        /// The clause.
        clause: Clause,
        /// Interpretations in force that speak of it.
        interpretations: Vec<String>,
    },
    /// Units lapsed unused.
    Lapsed {
        /// The pack, by its number.
        lot: usize,
        /// How many.
        units: Ratio,
        /// The end of the last valid day.
        at: Instant,
        /// The last valid day.
        last_day: LocalDate,
        /// The clause.
        clause: Clause,
    },
    /// Something was told.
    Warned {
        /// Name of the warning with what it watched.
        warning: String,
        /// The request, where it is about one.
        request: Option<String>,
        /// When.
        at: Instant,
        /// Roles told.
        tell: Vec<String>,
        /// The clause.
        clause: Clause,
    },
}

/// One row of a debit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DebitPart {
    /// What it is rounded together with.
    pub key: String,
    /// The amount that is rounded: seconds of work, or how many, multiplied already where that comes first.
    pub amount: Ratio,
    /// Units it came to.
    pub units: Ratio,
    /// The clause of the row.
    pub clause: Clause,
}

/// Work done, to be debited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkDone {
    /// The request.
    pub request: String,
    /// When it began.
    pub at: Instant,
    /// What it was: `work`, `travel`, `incident`, ….
    pub of: String,
    /// Seconds of work, or how many.
    pub amount: Ratio,
    /// What else is known of it.
    pub facts: Facts,
}

impl LedgerBook {
    /// Units that can be used at an instant, in the agreement's zone: lapsed ones are gone even before
    /// a round has recorded the lapse. Negative after an overdraft.
    #[must_use]
    pub fn balance(&self, terms: &Terms, at: Instant) -> Ratio {
        let today = terms.zone.local(at).date;
        let valid = self.lots.iter().filter(|lot| lot.is_valid_on(today));
        valid.map(|lot| lot.left).try_fold(self.overdrawn.negated(), Ratio::plus).unwrap_or(Ratio::ZERO)
    }

    /// What is known of a request.
    #[must_use]
    pub fn request(&self, request: &str) -> RequestUse {
        self.requests.get(request).cloned().unwrap_or_default()
    }

    /// The share of a request's accepted estimate that is used, in percent; none without one.
    #[must_use]
    pub fn estimate_used_percent(&self, request: &str) -> Option<Decimal> {
        let known = self.request(request);
        let estimate = known.estimate.filter(|estimate| !estimate.is_zero())?;
        known.used.over(estimate)?.times(Ratio::whole(100))?.to_decimal(6, RoundMode::HalfUp)
    }

    /// Folds one entry. An entry that names an unknown pack leaves the packs alone.
    pub fn apply(&mut self, entry: &LedgerEntry) {
        match entry {
            LedgerEntry::Opened { lot, .. } => self.lots.push(lot.clone()),
            LedgerEntry::Estimated { request, units, .. } => {
                let known = self.requests.entry(request.clone()).or_default();
                (known.estimate, known.agreed_up_to) = (Some(*units), None);
            }
            LedgerEntry::OverrunAgreed { request, up_to, .. } => {
                self.requests.entry(request.clone()).or_default().agreed_up_to = Some(*up_to);
            }
            LedgerEntry::Debited { request, units, from, overdrawn, parts, reason, .. } => {
                for (number, taken) in from {
                    if let Some(lot) = self.lots.get_mut(*number) {
                        lot.left = lot.left.minus(*taken).unwrap_or(Ratio::ZERO).max(Ratio::ZERO);
                    }
                }
                self.overdrawn = self.overdrawn.plus(*overdrawn).unwrap_or(self.overdrawn);
                let known = self.requests.entry(request.clone()).or_default();
                // Outlays use units, and no part of what was estimated for the work.
                if !reason.starts_with("expense.") {
                    known.used = known.used.plus(*units).unwrap_or(known.used);
                }
                for part in parts {
                    let running = self.running.entry(part.key.clone()).or_default();
                    running.amount = running.amount.plus(part.amount).unwrap_or(running.amount);
                    running.units = running.units.plus(part.units).unwrap_or(running.units);
                }
            }
            LedgerEntry::Lapsed { lot, units, .. } => {
                if let Some(lot) = self.lots.get_mut(*lot) {
                    lot.left = lot.left.minus(*units).unwrap_or(Ratio::ZERO).max(Ratio::ZERO);
                }
            }
            LedgerEntry::Warned { warning, .. } => {
                self.warned.insert(warning.clone());
            }
        }
    }

    fn apply_all(mut self, entries: &[LedgerEntry]) -> Self {
        entries.iter().for_each(|entry| self.apply(entry));
        self
    }
}

impl Lot {
    fn is_valid_on(&self, day: LocalDate) -> bool {
        self.opened_on <= day && self.last_day.is_none_or(|last| day <= last)
    }
}

/// The prepaid work of one agreement: what each deed does to a book. Nothing is changed here;
/// entries are given back, which [`LedgerBook::apply`] folds.
#[derive(Clone, Copy)]
pub struct Prepaid<'a> {
    terms: &'a Terms,
    ledger: &'a Ledger,
    facts: &'a Facts,
}

impl<'a> Prepaid<'a> {
    /// A ledger of an agreement under a contract's facts.
    #[must_use]
    pub fn new(terms: &'a Terms, ledger: &'a Ledger, facts: &'a Facts) -> Self {
        Self { terms, ledger, facts }
    }

    /// Whether so many units can be ordered at once.
    ///
    /// # Errors
    /// Below the smallest order, or no pack of that size.
    pub fn order(&self, units: Ratio) -> Result<&'a terms::Pack, Refused> {
        if let Some(minimum) = &self.ledger.minimum
            && units < minimum.value.into()
        {
            return Err(Refused::new(Why::BelowMinimum { minimum: minimum.value.into() }, &minimum.clause));
        }
        let packs = &self.ledger.packs;
        packs.iter().find(|pack| Ratio::from(pack.units) == units).ok_or_else(|| {
            let smallest = packs.iter().map(|pack| Ratio::from(pack.units)).min();
            let clause = packs.first().map_or(&self.ledger.clause, |pack| &pack.clause);
            match smallest {
                Some(minimum) if units < minimum => Refused::new(Why::BelowMinimum { minimum }, clause),
                _ => {
                    let packs = packs.iter().map(|pack| pack.name.clone()).collect();
                    Refused::new(Why::NoSuchPack { packs }, clause)
                }
            }
        })
    }

    /// Opens a pack of so many units (at signature, or whatever event the document names).
    ///
    /// # Errors
    /// The pack cannot be ordered, or the document does not say when it lapses.
    pub fn open(&self, book: &LedgerBook, units: Ratio, at: Instant) -> Result<Vec<LedgerEntry>, Refused> {
        let pack = self.order(units)?;
        let opened_on = self.terms.zone.local(at).date;
        let (last_day, clause) = self.last_day(&pack.name, opened_on, at)?;
        let lot = Lot {
            number: book.lots.len(),
            pack: pack.name.clone(),
            units,
            left: units,
            opened_on,
            last_day,
            clause,
            kept: false,
        };
        Ok(vec![LedgerEntry::Opened { lot, at, clause: pack.clause.clone() }])
    }

    fn last_day(
        &self,
        pack: &str,
        opened_on: LocalDate,
        at: Instant,
    ) -> Result<(Option<LocalDate>, Clause), Refused> {
        let facts = self.facts.clone().with("pack", FactValue::text(pack));
        let evaluation = Evaluation::new(self.terms, &facts, at);
        let lapse = self.ledger.lapses.resolve(&evaluation);
        let lapse = lapse.ok_or_else(|| Refused::unsaid("lapses", &self.ledger.clause))?.cited;
        let last = match lapse.value {
            Lapse::Never => None,
            Lapse::After(span) => Some(plus(opened_on, &span, &lapse.clause)?.plus_days(-1)),
            Lapse::EndOf(period) => Some(end_of(period, opened_on)),
            Lapse::EndOfTerm => {
                let term = self.terms.term.as_ref().ok_or_else(|| Refused::unsaid("term", &lapse.clause))?;
                Some(term_days(term, opened_on, &evaluation)?.last)
            }
        };
        Ok((last, lapse.clause))
    }

    /// Accepts an estimate of so many units for a request.
    #[must_use]
    pub fn estimate(&self, request: &str, units: Ratio, at: Instant) -> Vec<LedgerEntry> {
        vec![LedgerEntry::Estimated { request: request.to_owned(), units, at }]
    }

    /// Whether work on a request may start: both sides consent, an estimate is accepted where the
    /// document asks for one, and the balance covers it.
    ///
    /// # Errors
    /// What is missing, by the clause of the permission `start_work`.
    pub fn may_start(
        &self,
        book: &LedgerBook,
        request: &str,
        consents: &BTreeSet<String>,
        at: Instant,
    ) -> Result<(), Refused> {
        let permission = self.terms.permission("start_work");
        let clause = permission.map_or(&self.ledger.clause, |permission| &permission.clause);
        let offer = permission.and_then(|permission| permission.else_offer.clone());
        self.all_consent("start_work", consents)?;
        let known = book.request(request);
        let asks = self.ledger.estimate.is_some()
            || permission.is_some_and(|permission| !permission.consent.is_empty());
        let Some(estimate) = known.estimate else {
            let clause = self.ledger.estimate.as_ref().map_or(clause, |rule| &rule.clause);
            return if asks { Err(Refused::new(Why::NeedsEstimate, clause)) } else { Ok(()) };
        };
        let too_great = || Refused::too_great(clause);
        let needed = estimate.minus(known.used).ok_or_else(too_great)?;
        let short_by = needed.minus(self.usable(book, at)?).ok_or_else(too_great)?;
        if short_by > Ratio::ZERO {
            return Err(Refused::new(Why::NeedsOrder { short_by, offer }, clause));
        }
        Ok(())
    }

    fn all_consent(&self, act: &str, consents: &BTreeSet<String>) -> Result<(), Refused> {
        let Some(permission) = self.terms.permission(act) else { return Ok(()) };
        let of: Vec<String> =
            permission.consent.iter().filter(|role| !consents.contains(*role)).cloned().collect();
        if of.is_empty() {
            return Ok(());
        }
        Err(Refused::new(Why::NeedsConsent { of, offer: None }, &permission.clause))
    }

    /// Agrees that a request may use so many units in all, past its estimate.
    ///
    /// # Errors
    /// A consent is missing, or the balance does not cover what is to come: an order is needed.
    pub fn agree_overrun(
        &self,
        book: &LedgerBook,
        request: &str,
        up_to: Ratio,
        consents: &BTreeSet<String>,
        at: Instant,
    ) -> Result<Vec<LedgerEntry>, Refused> {
        self.all_consent("exceed_estimate", consents)?;
        let clause = self.overrun_clause();
        let too_great = || Refused::too_great(clause);
        let needed = up_to.minus(book.request(request).used).ok_or_else(too_great)?;
        let short_by = needed.minus(self.usable(book, at)?).ok_or_else(too_great)?;
        if short_by > Ratio::ZERO {
            let offer = self.terms.permission("exceed_estimate").and_then(|found| found.else_offer.clone());
            return Err(Refused::new(Why::NeedsOrder { short_by, offer }, clause));
        }
        Ok(vec![LedgerEntry::OverrunAgreed { request: request.to_owned(), up_to, at }])
    }

    fn overrun_clause(&self) -> &'a Clause {
        self.terms.permission("exceed_estimate").map_or(&self.ledger.clause, |found| &found.clause)
    }

    /// Debits work done, and warns where a threshold is reached.
    ///
    /// # Errors
    /// The estimate would be passed without agreement, or the balance is short and may not fall
    /// below zero: nothing is debited.
    pub fn log_work(&self, book: &LedgerBook, work: &WorkDone) -> Result<Vec<LedgerEntry>, Refused> {
        let known = known_of(work);
        let evaluation = Evaluation::new(self.terms, self.facts, work.at).during_event(&known);
        let parts = self.counted(book, work)?;
        let clause = parts.first().map_or(&self.ledger.clause, |part| &part.clause).clone();
        let too_great = || Refused::too_great(&clause);
        let sum = parts.iter().try_fold(Ratio::ZERO, |sum, part| sum.plus(part.units));
        let units = sum.ok_or_else(too_great)?;
        let request = book.request(&work.request);
        let used = request.used.plus(units).ok_or_else(too_great)?;
        let allowed = request
            .estimate
            .map(|estimate| request.agreed_up_to.map_or(estimate, |up_to| up_to.max(estimate)));
        if allowed.is_some_and(|allowed| used > allowed) {
            let permission = self.terms.permission("exceed_estimate");
            let of = permission.map_or_else(|| vec!["customer".to_owned()], |found| found.consent.clone());
            let offer = permission.and_then(|found| found.else_offer.clone());
            return Err(Refused::new(Why::NeedsConsent { of, offer }, self.overrun_clause()));
        }
        let (from, overdrawn) = self.take(book, units, work.at)?;
        let mut entries = Vec::new();
        // Work that comes to nothing still counts towards what is rounded with it.
        if !parts.is_empty() {
            entries.push(LedgerEntry::Debited {
                request: work.request.clone(),
                at: work.at,
                reason: work.of.clone(),
                units,
                from,
                overdrawn,
                parts,
                clause,
                interpretations: self.ledger.interpretations.clone(),
            });
        }
        let after = book.clone().apply_all(&entries);
        entries.extend(self.warnings_of_use(&after, Some(&work.request), work.at, &evaluation));
        Ok(entries)
    }

    /// What each row makes of a stretch of work, together with what the book holds that is rounded with it; before
    /// any estimate or balance is looked at.
    ///
    /// # Errors
    /// A condition or a figure of a row is not known.
    pub fn counted(&self, book: &LedgerBook, work: &WorkDone) -> Result<Vec<DebitPart>, Refused> {
        let known = known_of(work);
        let evaluation = Evaluation::new(self.terms, self.facts, work.at).during_event(&known);
        let mut parts = Vec::new();
        for (place, row) in self.ledger.debits.iter().enumerate().filter(|(_, row)| row.of == work.of) {
            // An exception that is not known leaves the debit standing.
            if row.unless.ask(&evaluation) == Answer::Yes {
                continue;
            }
            match row.when.ask(&evaluation) {
                Answer::Yes => parts.push(self.part(book, place, row, work, &evaluation)?),
                Answer::No => {}
                Answer::Unknown(facts) => return Err(Refused::new(Why::Unknown { facts }, &row.clause)),
            }
        }
        Ok(parts)
    }

    /// One row on one stretch of work.
    fn part(
        &self,
        book: &LedgerBook,
        place: usize,
        row: &Debit,
        work: &WorkDone,
        evaluation: &Evaluation<'_>,
    ) -> Result<DebitPart, Refused> {
        let too_great = || Refused::too_great(&row.clause);
        let times = self.in_units(row, row.times.as_ref(), evaluation)?.unwrap_or(Ratio::ONE);
        // What is multiplied before it is rounded can be rounded with anything; what is multiplied
        // afterwards, only with what is multiplied alike.
        let (amount, times) = match row.order {
            DebitOrder::TimesThenRound => (work.amount.times(times).ok_or_else(too_great)?, Ratio::ONE),
            DebitOrder::RoundThenTimes => (work.amount, times),
        };
        let day = self.terms.zone.local(work.at).date;
        let (key, together) = match row.per {
            DebitPer::Session | DebitPer::Visit | DebitPer::Leg => {
                (format!("{place}|{}|alone", work.request), false)
            }
            DebitPer::Request => (format!("{place}|{}|request|{times}", work.request), true),
            DebitPer::Day => (format!("{place}|{}|{day}|{times}", work.request), true),
        };
        let before = book.running.get(&key).filter(|_| together).cloned().unwrap_or_default();
        let all = before.amount.plus(amount).ok_or_else(too_great)?;
        let units = self.rounded(row, all, evaluation)?.times(times).ok_or_else(too_great)?;
        let units = units.minus(before.units).ok_or_else(too_great)?.max(Ratio::ZERO);
        Ok(DebitPart { key, amount, units, clause: row.clause.clone() })
    }

    /// What one unit buys: seconds, money, or how many.
    fn unit(&self) -> Result<Ratio, Refused> {
        let unit = match &self.ledger.worth.value {
            Worth::Time(span) => Figure::Span(*span).ratio(),
            Worth::Money(money) => Some(money.amount.into()),
            Worth::Count { count, .. } => Some((*count).into()),
        };
        let unit = unit.filter(|unit| !unit.is_zero());
        unit.ok_or_else(|| Refused::unsaid("worth", &self.ledger.worth.clause))
    }

    /// A figure of a row in units; none where the row has none.
    fn in_units(
        &self,
        row: &Debit,
        choice: Option<&Choice<Figure>>,
        evaluation: &Evaluation<'_>,
    ) -> Result<Option<Ratio>, Refused> {
        let Some(choice) = choice else { return Ok(None) };
        let too_great = || Refused::too_great(&row.clause);
        let mut wants = BTreeSet::new();
        let figure = choice
            .resolve(evaluation, &mut wants)
            .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, &row.clause))?;
        let ratio = figure.ratio().ok_or_else(too_great)?;
        match figure {
            Figure::Span(_) => ratio.over(self.unit()?).ok_or_else(too_great).map(Some),
            _ => Ok(Some(ratio)),
        }
    }

    /// The units that an amount comes to by the minimum and the step of a row.
    fn rounded(&self, row: &Debit, amount: Ratio, evaluation: &Evaluation<'_>) -> Result<Ratio, Refused> {
        let too_great = || Refused::too_great(&row.clause);
        let units = amount.over(self.unit()?).ok_or_else(too_great)?;
        if units <= Ratio::ZERO {
            return Ok(Ratio::ZERO);
        }
        let least = self.in_units(row, row.minimum.as_ref(), evaluation)?.unwrap_or(Ratio::ZERO);
        let Some(step) = self.in_units(row, row.step.as_ref(), evaluation)? else {
            return Ok(units.max(least));
        };
        // Beyond the minimum, whole steps: 30 minutes, then every ten.
        let beyond = units.minus(least).ok_or_else(too_great)?;
        if beyond <= Ratio::ZERO {
            return Ok(least);
        }
        let steps = beyond.rounded_to(step, row.round).ok_or_else(too_great)?;
        least.plus(steps).ok_or_else(too_great)
    }

    /// Debits so many units for something else than work, such as an outlay.
    ///
    /// # Errors
    /// The balance is short and may not fall below zero: nothing is debited.
    pub fn debit_units(
        &self,
        book: &LedgerBook,
        request: &str,
        reason: &str,
        units: Ratio,
        at: Instant,
        clause: &Clause,
    ) -> Result<Vec<LedgerEntry>, Refused> {
        let (from, overdrawn) = self.take(book, units, at)?;
        let debited = LedgerEntry::Debited {
            request: request.to_owned(),
            at,
            reason: reason.to_owned(),
            units,
            from,
            overdrawn,
            parts: Vec::new(),
            clause: clause.clone(),
            interpretations: self.ledger.interpretations.clone(),
        };
        let after = book.clone().apply_all(std::slice::from_ref(&debited));
        let mut entries = vec![debited];
        let evaluation = Evaluation::new(self.terms, self.facts, at);
        entries.extend(self.warnings_of_use(&after, None, at, &evaluation));
        Ok(entries)
    }

    /// What may be used at an instant: the balance, and what an overdraft allows.
    fn usable(&self, book: &LedgerBook, at: Instant) -> Result<Ratio, Refused> {
        let balance = book.balance(self.terms, at);
        match &self.ledger.overdraft.value {
            Overdraft::Forbidden => Ok(balance),
            Overdraft::Allowed { at_most: None, .. } => Ok(Ratio::whole(i64::MAX)),
            Overdraft::Allowed { at_most: Some(most), .. } => {
                balance.plus((*most).into()).ok_or_else(|| Refused::too_great(&self.ledger.overdraft.clause))
            }
        }
    }

    /// From which packs so many units come, in the order of the document, and how many are missing.
    fn take(
        &self,
        book: &LedgerBook,
        units: Ratio,
        at: Instant,
    ) -> Result<(Vec<(usize, Ratio)>, Ratio), Refused> {
        let overdraft = &self.ledger.overdraft;
        let too_great = || Refused::too_great(&overdraft.clause);
        let short_by = units.minus(self.usable(book, at)?.max(Ratio::ZERO)).ok_or_else(too_great)?;
        if short_by > Ratio::ZERO {
            let offer = self.terms.permission("start_work").and_then(|found| found.else_offer.clone());
            return Err(Refused::new(Why::NeedsOrder { short_by, offer }, &overdraft.clause));
        }
        self.take_what_there_is(book, units, at).ok_or_else(too_great)
    }

    fn take_what_there_is(
        &self,
        book: &LedgerBook,
        units: Ratio,
        at: Instant,
    ) -> Option<(Vec<(usize, Ratio)>, Ratio)> {
        let today = self.terms.zone.local(at).date;
        let mut lots: Vec<&Lot> =
            book.lots.iter().filter(|lot| lot.is_valid_on(today) && lot.left > Ratio::ZERO).collect();
        match self.ledger.use_order.value {
            // Units that never lapse come after all that do.
            UseOrder::EarliestExpiry => {
                lots.sort_by_key(|lot| (lot.last_day.is_none(), lot.last_day, lot.number));
            }
            UseOrder::Oldest => lots.sort_by_key(|lot| (lot.opened_on, lot.number)),
            UseOrder::LatestExpiry => {
                lots.sort_by_key(|lot| std::cmp::Reverse((lot.last_day.is_none(), lot.last_day, lot.number)));
            }
        }
        let mut missing = units;
        let mut from = Vec::new();
        for lot in lots {
            if missing <= Ratio::ZERO {
                break;
            }
            let taken = lot.left.min(missing);
            from.push((lot.number, taken));
            missing = missing.minus(taken)?;
        }
        Some((from, missing))
    }

    /// What a late cancellation of planned work forfeits, by the consequences that debit units on a
    /// measure of time between cancellation and plan: the working days given, and the entries. No
    /// entry when it was cancelled in time, or by a consequence whose conditions are not known to hold.
    /// Each takes from what the one before left; what the packs no longer hold is not taken.
    ///
    /// # Errors
    /// A calendar or a figure cannot be had.
    pub fn cancel(
        &self,
        book: &LedgerBook,
        request: &str,
        cancelled_at: Instant,
        planned_on: LocalDate,
        estimated_units: Ratio,
    ) -> Result<(i64, Vec<LedgerEntry>), Refused> {
        let mut book = book.clone();
        let mut entries = Vec::new();
        let mut notice_days = 0;
        for consequence in self.terms.consequences.iter().filter(|found| found.gives == Gives::Debit) {
            let Some(measure) = self.terms.measure_of(consequence).filter(|measure| is_of_notice(measure))
            else {
                continue;
            };
            let zone = measure.zone.as_ref().unwrap_or(&self.terms.zone);
            let cancelled_on = zone.local(cancelled_at).date;
            notice_days = days_between(self.terms, measure, cancelled_on, planned_on, self.facts)?;
            let entry =
                self.forfeit(&book, request, cancelled_at, notice_days, estimated_units, consequence)?;
            entry.iter().for_each(|entry| book.apply(entry));
            entries.extend(entry);
        }
        Ok((notice_days, entries))
    }

    fn forfeit(
        &self,
        book: &LedgerBook,
        request: &str,
        at: Instant,
        notice_days: i64,
        estimated_units: Ratio,
        consequence: &Consequence,
    ) -> Result<Option<LedgerEntry>, Refused> {
        let mut facts = self.facts.clone();
        if let (Some(base), Some(units)) = (&consequence.of, crate::award::shown(estimated_units)) {
            facts.set(base.as_str(), FactValue::Number(units));
        }
        let feeds = [Feed { name: request.to_owned(), value: Ratio::whole(notice_days) }];
        let evaluation = Evaluation::new(self.terms, &facts, at);
        // What is not known to hold forfeits nothing, and leaves what follows standing.
        if consequence.when.iter().any(|condition| condition.value.ask(&evaluation) != Answer::Yes) {
            return Ok(None);
        }
        let question = AwardQuestion {
            feeds: &feeds,
            proportion: Ratio::ONE,
            given_before: &BTreeMap::new(),
            evaluation,
        };
        let award = match award(consequence, &question) {
            Ok(award) => award,
            Err(Refused { why: Why::NothingDue, .. }) => return Ok(None),
            Err(refused) => return Err(refused),
        };
        let wanted = award.amount.map_or(Ratio::ZERO, |amount| amount.value);
        let too_great = || Refused::too_great(&consequence.clause);
        let (from, missing) = self.take_what_there_is(book, wanted, at).ok_or_else(too_great)?;
        Ok(Some(LedgerEntry::Debited {
            request: request.to_owned(),
            at,
            reason: consequence.name.clone(),
            units: wanted.minus(missing).ok_or_else(too_great)?,
            from,
            overdrawn: Ratio::ZERO,
            parts: Vec::new(),
            clause: award.clause,
            interpretations: award.interpretations,
        }))
    }

    /// Everything that fell due by itself up to an instant, in order of time: units that lapsed (and
    /// what is carried over, as often as that happened), and warnings before they do. The answer depends
    /// on the instants alone.
    ///
    /// # Errors
    /// A figure cannot be reckoned, or the same units were carried over too often to follow.
    pub fn steps_due(&self, book: &LedgerBook, now: Instant) -> Result<Vec<LedgerEntry>, Refused> {
        let lots = book.lots.iter().filter(|lot| lot.left > Ratio::ZERO);
        let mut ending: BTreeMap<(LocalDate, usize), Lot> =
            lots.filter_map(|lot| Some(((lot.last_day?, lot.number), lot.clone()))).collect();
        let mut next_number = book.lots.len();
        let mut entries = Vec::new();
        while let Some(((last_day, _), lot)) = ending.pop_first() {
            let ends_at = self.terms.zone.instant_of(last_day.plus_days(1), LocalTime::MIDNIGHT);
            if ends_at > now {
                entries.extend(self.warnings_of_expiry(book, &lot, last_day, now));
                continue;
            }
            let carried = self.carried(&lot, last_day, ends_at)?;
            let clause = if carried.is_some() { lot.clause.clone() } else { self.lapse_clause(&lot) };
            entries.push(LedgerEntry::Lapsed {
                lot: lot.number,
                units: lot.left,
                at: ends_at,
                last_day,
                clause,
            });
            let Some(carried) = carried else { continue };
            let lot = Lot { number: next_number, ..carried };
            next_number += 1;
            if next_number > book.lots.len() + MOST_CARRIED {
                return Err(Refused::too_great(&self.ledger.carry_over.clause));
            }
            if let Some(last_day) = lot.last_day {
                ending.insert((last_day, lot.number), lot.clone());
            }
            let clause = self.ledger.carry_over.clause.clone();
            entries.push(LedgerEntry::Opened { lot, at: ends_at, clause });
        }
        Ok(entries)
    }

    /// Warnings that units of a pack are about to lapse, which are reached and not yet told.
    fn warnings_of_expiry(
        &self,
        book: &LedgerBook,
        lot: &Lot,
        last_day: LocalDate,
        now: Instant,
    ) -> Vec<LedgerEntry> {
        let mut entries = Vec::new();
        for warning in self.ledger.warnings.iter().filter(|warning| warning.of == LedgerWatch::Expiry) {
            let name = format!("{}|lot {}", warning.name, lot.number);
            let warn_on = self.threshold(warning, now).and_then(|at| match at {
                Figure::Span(span) => minus(last_day, &span, &warning.clause).ok(),
                _ => None,
            });
            let Some(warn_on) = warn_on else { continue };
            let warn_at = self.terms.zone.instant_of(warn_on, LocalTime::MIDNIGHT);
            if warn_at <= now && !book.warned.contains(&name) {
                entries.push(warned(warning, name, None, warn_at));
            }
        }
        entries
    }

    /// When to look again: the next lapse. None while no units can lapse.
    #[must_use]
    pub fn next_step_at(&self, book: &LedgerBook) -> Option<Instant> {
        let lots = book.lots.iter().filter(|lot| lot.left > Ratio::ZERO);
        let ends = lots.filter_map(|lot| lot.last_day).min()?;
        Some(self.terms.zone.instant_of(ends.plus_days(1), LocalTime::MIDNIGHT))
    }

    /// The clause that lets nothing be kept, where the document says so, else the lapse's own.
    fn lapse_clause(&self, lot: &Lot) -> Clause {
        match self.ledger.carry_over.value {
            CarryOver::None => self.ledger.carry_over.clause.clone(),
            _ => lot.clause.clone(),
        }
    }

    /// What of a lapsing pack is carried over, as it opens the day after. For as long as the document
    /// says, else until that new pack would lapse; nothing where that is over already.
    fn carried(&self, lot: &Lot, last_day: LocalDate, at: Instant) -> Result<Option<Lot>, Refused> {
        if lot.kept {
            return Ok(None);
        }
        let carry_over = &self.ledger.carry_over;
        let (units, life) = match &carry_over.value {
            CarryOver::None => return Ok(None),
            CarryOver::All => (lot.left, None),
            CarryOver::Part { share, when, life } => {
                let facts = self.facts.clone().with("pack", FactValue::text(&lot.pack));
                if when.ask(&Evaluation::new(self.terms, &facts, at)) != Answer::Yes {
                    return Ok(None);
                }
                let units = share.ratio().and_then(|share| share.times(lot.left));
                (units.ok_or_else(|| Refused::too_great(&carry_over.clause))?, life.as_ref())
            }
        };
        let opened_on = last_day.plus_days(1);
        let last_day = match life {
            Some(life) => Some(plus(last_day, life, &carry_over.clause)?),
            None => self.last_day(&lot.pack, opened_on, at)?.0,
        };
        let lasts = last_day.is_none_or(|last_day| last_day >= opened_on);
        let carried = Lot { units, left: units, opened_on, last_day, kept: life.is_some(), ..lot.clone() };
        Ok((units > Ratio::ZERO && lasts).then_some(carried))
    }

    fn threshold(&self, warning: &LedgerWarning, at: Instant) -> Option<Figure> {
        warning.at.resolve(&Evaluation::new(self.terms, self.facts, at), &mut BTreeSet::new())
    }

    /// Warnings on the estimate of a request and on the balance that are reached and not yet told.
    fn warnings_of_use(
        &self,
        book: &LedgerBook,
        request: Option<&str>,
        at: Instant,
        evaluation: &Evaluation<'_>,
    ) -> Vec<LedgerEntry> {
        let mut entries = Vec::new();
        for warning in &self.ledger.warnings {
            let Some(threshold) = warning.at.resolve(evaluation, &mut BTreeSet::new()) else { continue };
            let Some(limit) = threshold.ratio() else { continue };
            let (name, reached, of) = match warning.of {
                LedgerWatch::Expiry => continue,
                LedgerWatch::Estimate => {
                    let Some(request) = request else { continue };
                    let known = book.request(request);
                    let Some(estimate) = known.estimate else { continue };
                    let name = format!("{}|{request}|{estimate}", warning.name);
                    let reached = estimate.times(limit).is_some_and(|limit| known.used >= limit);
                    (name, reached, Some(request.to_owned()))
                }
                LedgerWatch::Balance => {
                    let today = self.terms.zone.local(at).date;
                    let valid = book.lots.iter().filter(|lot| lot.is_valid_on(today));
                    let bought = valid.clone().try_fold(Ratio::ZERO, |sum, lot| sum.plus(lot.units));
                    let balance = book.balance(self.terms, at);
                    let reached = match (&threshold, bought) {
                        (Figure::Share(_), Some(bought)) => bought
                            .minus(balance)
                            .zip(bought.times(limit))
                            .is_some_and(|(used, limit)| used >= limit),
                        _ => balance <= limit,
                    };
                    // A new pack opens a new occasion to warn.
                    (format!("{}|{} packs", warning.name, book.lots.len()), reached, None)
                }
            };
            if reached && !book.warned.contains(&name) {
                entries.push(warned(warning, name, of, at));
            }
        }
        entries
    }

    /// Whether the document lets an act be done on the ledger.
    ///
    /// # Errors
    /// It rules the act out: by which clause.
    pub fn may(&self, act: LedgerAct) -> Result<(), Refused> {
        match self.ledger.forbids.iter().find(|forbidden| forbidden.value == act) {
            Some(forbidden) => Err(Refused::new(Why::Forbidden { act }, &forbidden.clause)),
            None => Ok(()),
        }
    }
}

/// What the units used beyond all packs cost, where the document gives them a price.
#[must_use]
pub fn overdraft_owed(ledger: &Ledger, book: &LedgerBook) -> Option<Ratio> {
    match &ledger.overdraft.value {
        Overdraft::Allowed { price: Some(price), .. } => book.overdrawn.times(price.amount.into()),
        _ => None,
    }
}

/// How often units are carried over between two looks at a book; of packs that lapse each day, some
/// twenty-seven years.
const MOST_CARRIED: usize = 10_000;

/// Whether a measure counts the time that was left when planned work was cancelled.
fn is_of_notice(measure: &Measure) -> bool {
    let is = |pattern: &Option<EventPattern>, event: &str| {
        pattern.as_ref().is_some_and(|pattern| pattern.event == event)
    };
    measure.kind == MeasureKind::Time && is(&measure.from, "cancelled") && is(&measure.to, "planned")
}

/// What is known of a stretch of work, with when it began.
fn known_of(work: &WorkDone) -> Facts {
    work.facts.clone().with("worked_at", FactValue::Instant(work.at))
}

fn warned(warning: &LedgerWarning, name: String, request: Option<String>, at: Instant) -> LedgerEntry {
    LedgerEntry::Warned {
        warning: name,
        request,
        at,
        tell: warning.tell.clone(),
        clause: warning.clause.clone(),
    }
}
