use std::collections::BTreeSet;
use terms::{Facts, Permission, Terms};

/// Roles whose consent an act still lacks. Whoever does the act consents to it by doing it.
#[must_use]
pub fn consents_missing(permission: &Permission, by: &str, given: &BTreeSet<String>) -> Vec<String> {
    permission.consent.iter().filter(|role| *role != by && !given.contains(*role)).cloned().collect()
}

/// The permission that a deed of the desk asks for: after the first assessment another severity is a
/// change, where the document has a permission for changing it.
#[must_use]
pub fn permission_of<'a>(terms: &'a Terms, deed: &str, known: &Facts) -> Option<&'a Permission> {
    let assessed = deed == "set-severity" && known.get("severity").is_some();
    let change = assessed.then(|| terms.permission("change_severity")).flatten();
    change.or_else(|| terms.permission(&deed.replace('-', "_")))
}
