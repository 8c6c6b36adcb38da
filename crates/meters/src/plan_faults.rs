use crate::refused::{Refused, Why};
use std::collections::{BTreeMap, BTreeSet};
use terms::{Clause, Evaluation, ServiceCap};

/// What a plan of work by a template lacks or passes: prerequisites not met, caps passed, too many
/// choices. Empty when it may be planned. `counts` says how many of each thing are planned.
#[must_use]
pub fn plan_faults(
    service: &terms::Service,
    met: &BTreeSet<String>,
    counts: &BTreeMap<String, u32>,
    chosen: &BTreeSet<String>,
    evaluation: &Evaluation<'_>,
) -> Vec<Refused> {
    let mut faults = Vec::new();
    for required in service.requires.iter().filter(|required| !met.contains(&required.value)) {
        faults.push(Refused::new(Why::Missing { names: vec![required.value.clone()] }, &required.clause));
    }
    let over = |of: &str, at_most: u32, asked: u32, clause: &Clause| {
        (asked > at_most).then(|| Refused::new(Why::OverCap { of: of.to_owned(), at_most, asked }, clause))
    };
    for cap in &service.caps {
        let asked = counts.get(&cap.value.of).copied().unwrap_or(0);
        faults.extend(over(&cap.value.of, most(&cap.value, evaluation), asked, &cap.clause));
    }
    if let Some(choose) = &service.choose {
        let asked = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
        faults.extend(over("choices", choose.value.at_most, asked, &choose.clause));
        for cap in choose.value.caps.iter().filter(|cap| chosen.contains(&cap.of)) {
            let asked = counts.get(&cap.of).copied().unwrap_or(0);
            faults.extend(over(&cap.of, most(cap, evaluation), asked, &choose.clause));
        }
    }
    faults
}

/// The most of one thing: by the fact it depends on, where that is known.
fn most(cap: &ServiceCap, evaluation: &Evaluation<'_>) -> u32 {
    let varies = cap.varies.as_ref().and_then(|choice| choice.resolve(evaluation, &mut BTreeSet::new()));
    let most = varies.and_then(|figure| figure.ratio()).map(terms::Ratio::floor);
    most.and_then(|most| u32::try_from(most).ok()).unwrap_or(cap.at_most)
}
