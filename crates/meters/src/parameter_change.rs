use crate::refused::{Refused, Why};
use terms::{FactValue, Parameter};

/// Whether a contract may give a parameter a value. `old` is its value so far, and `running` whether
/// the contract runs already: then only what the document opens during the term may change, and of
/// several values some may be added, none taken away.
///
/// # Errors
/// The value lies out of bounds, or the document keeps the parameter as it is during the term.
pub fn change_parameter(
    parameter: &Parameter,
    old: Option<&FactValue>,
    new: &FactValue,
    running: bool,
) -> Result<(), Refused> {
    let out = || Refused::new(Why::OutOfBounds, &parameter.clause);
    if !parameter.admits(new) {
        return Err(out());
    }
    if !running || old == Some(new) {
        return Ok(());
    }
    if !parameter.during_term {
        return Err(Refused::unsaid("a change during the term", &parameter.clause));
    }
    let keeps = match (old, new) {
        (Some(FactValue::Names(old)), FactValue::Names(new)) => old.is_subset(new),
        (Some(FactValue::Table(old)), FactValue::Table(new)) => {
            old.iter().all(|(name, rows)| new.get(name) == Some(rows))
        }
        _ => true,
    };
    if keeps { Ok(()) } else { Err(out()) }
}
