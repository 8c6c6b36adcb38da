//! What follows from measures and promises, in words: bases, tables, claims.

use crate::describe::Speaker;
use terms::{
    Band, Base, Claim, Condition, Consequence, ConsequenceAmount, Figure, Gives, Quantity, RateAmount,
    RateCount, RatePer, RateTable,
};

impl Speaker<'_> {
    pub(super) fn base(&self, base: &Base) -> Vec<String> {
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

    pub(super) fn consequence(&self, consequence: &Consequence) -> Vec<String> {
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

    pub(super) fn bands(&self, bands: &[Band], unit: &str) -> String {
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

    pub(super) fn rate(&self, rate: &RateAmount, base: Option<&str>, unit: &str) -> String {
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

    pub(super) fn claim(&self, claim: &Claim) -> Vec<String> {
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

    pub(super) fn rate_table(&self, table: &RateTable) -> Vec<String> {
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
}
