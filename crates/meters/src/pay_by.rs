use crate::refused::{Refused, Why};
use crate::term::plus;
use calendar::LocalDate;
use std::collections::BTreeSet;
use terms::{Clause, Evaluation, InvoiceRule};

/// The last day on which an invoice is paid in time.
///
/// # Errors
/// The document does not say, or its span is no number of days, months or years.
pub fn pay_by(
    rule: &InvoiceRule,
    issued_on: LocalDate,
    evaluation: &Evaluation<'_>,
) -> Result<(LocalDate, Clause), Refused> {
    let pay = rule.pay.as_ref().ok_or_else(|| Refused::unsaid("pay", &rule.clause))?;
    let mut wants = BTreeSet::new();
    let within = pay
        .value
        .within
        .resolve(evaluation, &mut wants)
        .ok_or_else(|| Refused::new(Why::Unknown { facts: wants }, &pay.clause))?;
    Ok((plus(issued_on, &within, &pay.clause)?, pay.clause.clone()))
}
