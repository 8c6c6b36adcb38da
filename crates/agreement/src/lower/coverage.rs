use crate::declared::name_of;
use crate::diagnostic::{Code, Diagnostic};
use crate::merge::Rule;
use crate::node::find;
use crate::place::Place;
use crate::rank::Ranked;
use crate::reader::Reader;
use terms::{Clause, CoverCase, CoverRule, FactName, RuleKind, Terms};

/// Conditions of coverage and exclusions, in the order of the document.
pub(super) fn lower_coverage(reader: &mut Reader<'_>, terms: &mut Terms) {
    let rules = reader.rules;
    for rule in &rules.rules {
        let kind = match rule.kind.kind {
            "cover" => RuleKind::Cover,
            "exclude" => RuleKind::Exclude,
            _ => continue,
        };
        if rule.section.is_none() {
            continue;
        }
        let lowered = cover_rule(reader, rule, kind);
        terms.coverage.push(lowered);
    }
}

fn cover_rule(reader: &mut Reader<'_>, rule: &Rule, kind: RuleKind) -> CoverRule {
    let ranked = reader.cases(rule);
    let mut giving: Vec<(&Ranked, bool, Place)> = Vec::new();
    for case in &ranked {
        match find(&case.keys, "holds") {
            Some(entry) => {
                if let Some(holds) = reader.yes_no(&case.keys, "holds") {
                    giving.push((case, holds, entry.place));
                }
            }
            None => reader.complain(
                Diagnostic::new(Code::MissingKey, case.place)
                    .with("rule", format!("{}.case", rule.path()))
                    .with("key", "holds".to_owned()),
            ),
        }
    }
    let order = reader.rank_values(rule, "holds", &giving);
    let cases = order
        .into_iter()
        .map(|at| {
            let (case, holds, _) = giving[at];
            CoverCase {
                name: case.name.clone().unwrap_or_else(|| format!("{}", at + 1)),
                when: case.when.clone(),
                since: case.since,
                until: case.until,
                holds,
                clause: reader.clause(case.section, &case.keys),
            }
        })
        .collect();
    let offer = reader.known_names(&rule.keys, "offer", "role").into_iter().next();
    CoverRule {
        name: rule.name.clone(),
        kind,
        label: reader.label(&rule.keys),
        clause: reader.rule_clause(rule),
        when: reader.when(&rule.keys),
        cases,
        needs: reader.plain_names(&rule.keys, "needs"),
        items: items(reader, rule),
        offer,
    }
}

/// `items = { by = "act", updates = "M.01" }`: the clause that each value of a fact points to.
fn items(reader: &mut Reader<'_>, rule: &Rule) -> Option<(FactName, Vec<(String, Clause)>)> {
    let entry = rule.get("items")?;
    let keys = entry.node.as_table()?;
    let by = find(keys, "by").and_then(|entry| entry.node.as_text())?;
    let fact = FactName::from(by);
    let mut pointed = Vec::new();
    for item in keys.iter().filter(|item| item.key != "by") {
        reader.check_value(&fact, &item.key, item.place);
        let Some(number) = name_of(&item.node.raw) else { continue };
        let section = reader.source.sections.iter().position(|section| section.number == number);
        match section {
            Some(section) => pointed.push((item.key.clone(), reader.clause(section, &[]))),
            None => {
                reader.complain(Diagnostic::unknown_name("clause", &number, item.node.place, None));
            }
        }
    }
    Some((fact, pointed))
}
