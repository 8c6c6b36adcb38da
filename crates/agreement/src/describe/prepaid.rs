//! Prepaid work and the services it pays, in words.

use crate::describe::Speaker;
use terms::{
    CarryOver, Charged, Cited, Condition, Debit, DebitPer, ExpenseRule, FactName, Lapse, Ledger, LedgerAct,
    LedgerWarning, LedgerWatch, OnCancellation, Overdraft, Service, ServiceCap, UseOrder, Warranty, Worth,
};
use words::{decimal, money_in_words};

impl Speaker<'_> {
    pub(super) fn ledger(&self, ledger: &Ledger) -> Vec<String> {
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
                UseOrder::LatestExpiry => "told-use-latest",
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

    pub(super) fn lapse(&self, lapse: &Lapse) -> String {
        match lapse {
            Lapse::Never => self.word("told-lapse-never").into_owned(),
            Lapse::EndOfTerm => self.word("told-lapse-term").into_owned(),
            Lapse::After(span) => self.say("told-lapse-after", &[("span", &self.span(span))]),
            Lapse::EndOf(period) => self.say("told-lapse-end-of", &[("period", &self.civil_period(*period))]),
        }
    }

    pub(super) fn debit(&self, debit: &Debit) -> Vec<String> {
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

    /// What outlays cost the customer.
    pub(super) fn expense(&self, expense: &ExpenseRule) -> Vec<String> {
        let mut says = Vec::new();
        if !expense.of.is_empty() {
            let kind = FactName::from("expense_kind");
            let kinds: Vec<String> = expense.of.iter().map(|name| self.value_name(&kind, name)).collect();
            says.push(self.say("told-expense-of", &[("kinds", &kinds.join(", "))]));
        }
        self.push_when(&mut says, &expense.when);
        if expense.unless != Condition::never() {
            says.push(self.say("woven-not-when", &[("condition", &self.condition(&expense.unless))]));
        }
        let charged = self.choice(&expense.charged.value, &|charged| {
            self.word(match charged {
                Charged::AtCost => "told-expense-at-cost",
                Charged::Flat => "told-expense-flat",
            })
            .into_owned()
        });
        says.push(self.say("told-expense-charged", &[("how", &charged)]));
        for (way, name) in [(&expense.at_cost, "told-expense-at-cost"), (&expense.flat, "told-expense-flat")]
        {
            let Some(way) = way else { continue };
            let name = self.word(name);
            if let Some(give) = &way.value.give {
                says.push(self.say("told-expense-give", &[("way", &name), ("amount", &self.amount(give))]));
            }
            if let Some(most) = &way.value.at_most {
                says.push(
                    self.say("told-expense-at-most", &[("way", &name), ("amount", &self.amount(most))]),
                );
            }
            if !way.value.needs.is_empty() {
                let needs: Vec<String> =
                    way.value.needs.iter().map(|name| self.fact(&name.as_str().into())).collect();
                says.push(self.say("told-expense-needs", &[("way", &name), ("needs", &needs.join(", "))]));
            }
        }
        match &expense.debit {
            Some(debit) => {
                let ledger = self.subject(&format!("ledger.{}", debit.value.ledger));
                says.push(match &debit.value.unit_price {
                    Some(price) => self.say(
                        "told-expense-debited-price",
                        &[("ledger", &ledger), ("price", &self.amount(price))],
                    ),
                    None => self.say("told-expense-debited", &[("ledger", &ledger)]),
                });
                if let Some(step) = &debit.value.step {
                    says.push(self.say("told-debit-step", &[("step", &self.amount(step))]));
                }
            }
            None => says.push(self.word("told-expense-billed").into_owned()),
        }
        says.push(
            self.word(match expense.on_cancellation.value {
                OnCancellation::Due => "told-expense-cancelled-due",
                OnCancellation::DueUnlessRefundable => "told-expense-cancelled-unless",
                OnCancellation::Waived => "told-expense-cancelled-waived",
            })
            .into_owned(),
        );
        says
    }

    pub(super) fn ledger_warning(&self, warning: &LedgerWarning) -> String {
        let key = match warning.of {
            LedgerWatch::Estimate => "told-warn-estimate",
            LedgerWatch::Balance => "told-warn-balance",
            LedgerWatch::Expiry => "told-warn-expiry",
        };
        let (at, roles) = (self.amount(&warning.at), self.roles(&warning.tell));
        self.say(key, &[("at", &at), ("roles", &roles)])
    }

    pub(super) fn service(&self, service: &Service) -> Vec<String> {
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

    pub(super) fn service_cap(&self, cap: &ServiceCap) -> String {
        let of = self.plain(&cap.of);
        let most = match &cap.varies {
            Some(varies) => self.amount(varies),
            None => cap.at_most.to_string(),
        };
        self.say("told-service-cap", &[("of", &of), ("count", &most)])
    }
}
