use crate::refused::Refused;
use calendar::LocalDate;
use serde::{Deserialize, Serialize};
use terms::{Clause, Ratio, RoundMode, TaxRule, Terms};

/// An amount with the taxes that the document names, each on its own line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taxed {
    /// The amount before tax: as it is written, or what the taxes leave of a price that includes them.
    pub before: Ratio,
    /// Taxes, in the order of the document, each rounded by itself.
    pub lines: Vec<TaxLine>,
    /// What the customer owes: with the taxes that are the customer's.
    pub with_tax: Ratio,
    /// The clause that says whether prices are before tax, else that of the taxes.
    pub clause: Option<Clause>,
}

/// One tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    /// Name of the rate.
    pub rate: String,
    /// The rate, as a part of one.
    pub share: Ratio,
    /// What it comes to, rounded.
    pub amount: Ratio,
    /// Who bears it: `customer`, or `provider`, who then keeps it in the price.
    pub on: String,
    /// The clause.
    pub clause: Clause,
}

impl Taxed {
    /// All taxes together.
    #[must_use]
    pub fn taxes(&self) -> Ratio {
        self.lines.iter().fold(Ratio::ZERO, |sum, line| sum.plus(line.amount).unwrap_or(sum))
    }
}

/// The taxes on an amount invoiced on a day. A price that includes taxes is taken apart again, into
/// lines that come to it to the cent; each tax is a share of the price before all of them.
///
/// # Errors
/// A rate has no row for the day, or the numbers grow too great.
pub fn taxed(terms: &Terms, amount: Ratio, on: LocalDate) -> Result<Taxed, Refused> {
    let tax_rule = terms.invoice.as_ref().and_then(|invoice| invoice.tax.as_ref());
    let mut clause = tax_rule.map(|rule| rule.clause.clone());
    let Some(money) = &terms.money else {
        return Ok(Taxed { before: amount, lines: Vec::new(), with_tax: amount, clause });
    };
    clause = clause.or_else(|| Some(money.clause.clone()));
    let too_great = || Refused::too_great(&money.clause);
    let mut shares = Vec::with_capacity(money.taxes.len());
    for tax in &money.taxes {
        let table = terms.rates.iter().find(|table| table.name == tax.rate);
        let share = table.and_then(|table| table.on(on)).and_then(|row| row.value.ratio());
        shares.push((tax, share.ok_or_else(|| Refused::unsaid(&tax.rate, &tax.clause))?));
    }
    let included = tax_rule.is_some_and(|rule| rule.value == TaxRule::Included);
    let borne = |shares: &[(&terms::TaxDue, Ratio)]| {
        let all = shares.iter().filter(|(tax, _)| included || tax.on == "customer");
        all.map(|(_, share)| *share).try_fold(Ratio::ZERO, Ratio::plus)
    };
    let before = if included {
        let all = borne(&shares).and_then(|all| all.plus(Ratio::ONE)).ok_or_else(too_great)?;
        amount.over(all).ok_or_else(too_great)?
    } else {
        amount
    };
    let cents = Ratio::new(1, 100).unwrap_or(Ratio::ONE);
    let (step, mode) = money
        .round
        .as_ref()
        .map_or((cents, RoundMode::HalfUp), |round| (round.to.ratio().unwrap_or(cents), round.mode));
    let mut lines = Vec::with_capacity(shares.len());
    let mut with_tax = before;
    for (tax, share) in shares {
        let exact = before.times(share).ok_or_else(too_great)?;
        let rounded = exact.rounded_to(step, mode).ok_or_else(too_great)?;
        if tax.on == "customer" {
            with_tax = with_tax.plus(rounded).ok_or_else(too_great)?;
        }
        let (rate, on, clause) = (tax.rate.clone(), tax.on.clone(), tax.clause.clone());
        lines.push(TaxLine { rate, share, amount: rounded, on, clause });
    }
    if !included {
        return Ok(Taxed { before, lines, with_tax, clause });
    }
    // What includes its taxes is owed as it is written.
    let left = lines.iter().try_fold(amount, |left, line| left.minus(line.amount));
    Ok(Taxed { before: left.ok_or_else(too_great)?, lines, with_tax: amount, clause })
}

/// Whether an invoice may be issued in a form.
///
/// # Errors
/// The document asks for the electronic form.
pub fn invoice_form(terms: &Terms, electronic: bool) -> Result<(), Refused> {
    let Some(rule) = terms.invoice.as_ref().filter(|rule| rule.electronic_required && !electronic) else {
        return Ok(());
    };
    let clause = terms.key_clause("invoice", "electronic").unwrap_or(&rule.clause);
    Err(Refused::unsaid("an invoice on paper", clause))
}
