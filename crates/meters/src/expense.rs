use crate::prepaid::{LedgerBook, LedgerEntry, Prepaid};
use crate::refused::{Refused, Why};
use calendar::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use terms::{
    Answer, Charged, Choice, Clause, Evaluation, ExpenseDebit, ExpenseRule, ExpenseTerms, FactName,
    FactValue, Facts, Figure, Money, OnCancellation, Ratio, Terms, Worth,
};

/// An outlay of the provider for a request: a night, a ticket of a train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseMade {
    /// The request.
    pub request: String,
    /// What it was for (`lodging`).
    pub kind: String,
    /// What was spent, or the sum that was approved; the document may give it instead.
    pub amount: Option<Money>,
    /// When.
    pub at: Instant,
    /// Whether the provider can get it back.
    pub refundable: bool,
}

/// What an outlay costs the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpenseCharged {
    /// Name of the rule.
    pub rule: String,
    /// What it was for.
    pub kind: String,
    /// How its amount was found.
    pub charged: Charged,
    /// The sum, where it is billed.
    pub billed: Option<Money>,
    /// The units, where it is debited.
    pub debited: Option<Ratio>,
    /// Whether more was spent than is charged.
    pub held: bool,
    /// Whether it stays due when the customer cancels.
    pub due_after_cancellation: bool,
    /// The clause that gives the amount.
    pub clause: Clause,
    /// Interpretations in force that speak of it.
    pub interpretations: Vec<String>,
}

/// What an outlay costs the customer, by the first rule that speaks of its kind; none where no rule
/// does.
///
/// # Errors
/// The rule does not let it be charged: its condition does not hold or is not known, what it needs
/// is not there, a figure cannot be had, or sums meet that are not of one currency.
pub fn charge_expense(
    terms: &Terms,
    made: &ExpenseMade,
    facts: &Facts,
) -> Result<Option<ExpenseCharged>, Refused> {
    let speaks = |rule: &&ExpenseRule| rule.of.is_empty() || rule.of.contains(&made.kind);
    let Some(rule) = terms.expenses.iter().find(speaks) else { return Ok(None) };
    let facts = facts.clone().with("expense_kind", FactValue::text(&made.kind));
    let evaluation = Evaluation::new(terms, &facts, made.at);
    let path = format!("expense.{}", rule.name);
    Refused::unless_holds(&rule.when, &evaluation, terms.key_clause(&path, "when").unwrap_or(&rule.clause))?;
    if rule.unless.ask(&evaluation) == Answer::Yes {
        let clause = terms.key_clause(&path, "unless").unwrap_or(&rule.clause);
        return Err(Refused::new(Why::ConditionFails { facts: rule.unless.facts() }, clause));
    }
    let charged = resolved(&rule.charged.value, &evaluation, &rule.charged.clause)?;
    let way = match charged {
        Charged::AtCost => rule.at_cost.as_ref(),
        Charged::Flat => rule.flat.as_ref(),
    };
    let nothing = ExpenseTerms::default();
    let (asked, clause) = way.map_or((&nothing, &rule.clause), |way| (&way.value, &way.clause));
    let missing: Vec<String> =
        asked.needs.iter().filter(|name| !is_true(&evaluation, name)).cloned().collect();
    if !missing.is_empty() {
        return Err(Refused::new(Why::Missing { names: missing }, clause));
    }
    let spent = made.amount.clone().map(Figure::Money);
    let figure = match &asked.give {
        Some(give) => Some(resolved(give, &evaluation, clause)?),
        None => spent,
    };
    let figure =
        figure.ok_or_else(|| Refused::new(Why::Missing { names: vec!["amount".to_owned()] }, clause))?;
    let (figure, held) = match &asked.at_most {
        Some(at_most) => {
            let most = resolved(at_most, &evaluation, clause)?;
            in_one_currency(&figure, &most, clause)?;
            let above = figure.ratio().zip(most.ratio()).is_some_and(|(figure, most)| figure > most);
            if above { (most, true) } else { (figure, false) }
        }
        None => (figure, false),
    };
    let (billed, debited) = match (&rule.debit, figure) {
        (Some(debit), figure) => {
            (None, Some(units(terms, &debit.value, &figure, &evaluation, &debit.clause)?))
        }
        (None, Figure::Money(money)) => (Some(money), None),
        (None, _) => return Err(Refused::unsaid("amount", clause)),
    };
    let due_after_cancellation = match rule.on_cancellation.value {
        OnCancellation::Due => true,
        OnCancellation::DueUnlessRefundable => !made.refundable,
        OnCancellation::Waived => false,
    };
    Ok(Some(ExpenseCharged {
        rule: rule.name.clone(),
        kind: made.kind.clone(),
        charged,
        billed,
        debited,
        held,
        due_after_cancellation,
        clause: clause.clone(),
        interpretations: rule.interpretations.clone(),
    }))
}

/// The entries by which a charged outlay is taken from the prepaid units; none for one that is billed.
///
/// # Errors
/// The balance is short and may not fall below zero.
pub fn debit_expense(
    prepaid: &Prepaid<'_>,
    book: &LedgerBook,
    made: &ExpenseMade,
    charged: &ExpenseCharged,
) -> Result<Vec<LedgerEntry>, Refused> {
    let Some(units) = charged.debited else { return Ok(Vec::new()) };
    prepaid.debit_units(
        book,
        &made.request,
        &format!("expense.{}", charged.rule),
        units,
        made.at,
        &charged.clause,
    )
}

fn is_true(evaluation: &Evaluation<'_>, name: &str) -> bool {
    match evaluation.value(&FactName::from(name)) {
        Some(FactValue::YesNo(yes)) => *yes,
        Some(_) => true,
        None => false,
    }
}

fn resolved<T: Clone + terms::FromFact>(
    choice: &Choice<T>,
    evaluation: &Evaluation<'_>,
    clause: &Clause,
) -> Result<T, Refused> {
    let mut wants = BTreeSet::new();
    choice.resolve(evaluation, &mut wants).ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, clause))
}

/// Sums of two currencies are neither compared nor divided: no rate of exchange is known.
fn in_one_currency(one: &Figure, other: &Figure, clause: &Clause) -> Result<(), Refused> {
    match (one, other) {
        (Figure::Money(one), Figure::Money(other)) if one.currency != other.currency => {
            Err(Refused::unsaid(&format!("a rate from {} to {}", one.currency, other.currency), clause))
        }
        _ => Ok(()),
    }
}

/// Units that a sum comes to.
fn units(
    terms: &Terms,
    debit: &ExpenseDebit,
    figure: &Figure,
    evaluation: &Evaluation<'_>,
    clause: &Clause,
) -> Result<Ratio, Refused> {
    let too_great = || Refused::too_great(clause);
    let amount = figure.ratio().ok_or_else(too_great)?;
    let units = match figure {
        Figure::Money(_) => {
            let worth = terms.ledgers.iter().find(|ledger| ledger.name == debit.ledger);
            let price = match (&debit.unit_price, worth.map(|ledger| &ledger.worth.value)) {
                (Some(price), _) => Some(resolved(price, evaluation, clause)?),
                (None, Some(Worth::Money(money))) => Some(Figure::Money(money.clone())),
                _ => None,
            };
            let price = price.ok_or_else(|| Refused::unsaid("unit_price", clause))?;
            in_one_currency(figure, &price, clause)?;
            let price = price.ratio().filter(|price| !price.is_zero());
            amount.over(price.ok_or_else(|| Refused::unsaid("unit_price", clause))?).ok_or_else(too_great)?
        }
        _ => amount,
    };
    match &debit.step {
        Some(step) => {
            let step = resolved(step, evaluation, clause)?.ratio().ok_or_else(too_great)?;
            units.rounded_to(step, debit.round).ok_or_else(too_great)
        }
        None => Ok(units),
    }
}
