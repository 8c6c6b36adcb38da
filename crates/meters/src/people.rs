use std::collections::{BTreeMap, BTreeSet};
use terms::{Clause, Side, Terms};

/// What keeps the named people of a contract from being complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleFaults {
    /// Required roles of the customer that nobody has.
    pub missing: BTreeSet<String>,
    /// Persons who hold several roles although one of them may not be combined.
    pub combined: BTreeSet<String>,
    /// The clause that names the roles.
    pub clause: Option<Clause>,
}

impl PeopleFaults {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.combined.is_empty()
    }
}

/// Holds the people of a contract, by role, against the roles that the document asks for.
#[must_use]
pub fn people_faults(terms: &Terms, people: &BTreeMap<String, Vec<String>>) -> PeopleFaults {
    let customers = || terms.roles.iter().filter(|role| role.side == Side::Customer);
    let lacks = |name: &String| people.get(name).is_none_or(Vec::is_empty);
    let missing = customers().filter(|role| role.required && lacks(&role.name));
    let missing: BTreeSet<String> = missing.map(|role| role.name.clone()).collect();
    let mut held: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
    for role in customers() {
        for person in people.get(&role.name).into_iter().flatten() {
            held.entry(person).or_default().push(role.may_combine);
        }
    }
    let several = held.into_iter().filter(|(_, may)| may.len() > 1 && !may.iter().all(|may| *may));
    let clause = customers().find(|role| role.required).or_else(|| customers().next());
    PeopleFaults {
        missing,
        combined: several.map(|(person, _)| person.to_owned()).collect(),
        clause: clause.map(|role| role.clause.clone()),
    }
}
