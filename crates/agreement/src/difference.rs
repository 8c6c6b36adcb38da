use crate::compare_rules::{Standing, compare_rules};
use crate::compile::Compilation;
use crate::describe::Speaker;
use crate::due::{ClockAnswer, DueAnswer, due};
use crate::source::{Section, Source};
use calendar::{Instant, LocalTime, Weekday, Zone};
use serde::Serialize;
use std::fmt::Write;
use terms::{AgreementName, Clause, FactType, FactValue, Facts, Terms};
use words::{Language, Reader, instant_in_words};

/// What differs between two versions of an agreement, clause by clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The version before.
    pub from: AgreementName,
    /// The version after.
    pub to: AgreementName,
    /// Clauses that differ, in the order of the version after; removed ones where they stood.
    pub clauses: Vec<ClauseDifference>,
    /// What becomes of the same request under both, where that differs.
    pub effects: Vec<Effect>,
}

/// One clause that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseDifference {
    /// Its number, before where it was removed.
    pub number: String,
    /// The words of its heading.
    pub heading: String,
    /// What became of it.
    pub change: ClauseChange,
    /// Its number before, where that was another.
    pub was_number: Option<String>,
    /// Sentences that are no longer there.
    pub removed: Vec<String>,
    /// Sentences that are new.
    pub added: Vec<String>,
    /// What the rules beside the words promise differently.
    pub rules: Vec<RuleDifference>,
}

/// What became of a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClauseChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It bears another number, and may have changed as well.
    Moved,
    /// Its words or its rules changed.
    Changed,
}

/// One rule that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleDifference {
    /// `promise.response`, `exclude.on_site`.
    pub rule: String,
    /// What people call it.
    pub name: String,
    /// What became of it.
    pub change: RuleChange,
    /// What it says differently; of a new or a removed rule, what it says or said.
    pub values: Vec<ValueDifference>,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
}

/// One thing that a rule says differently, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueDifference {
    /// What: target, hours, price.
    pub what: String,
    /// What it was; none where nothing was said.
    pub before: Option<String>,
    /// What it is; none where nothing is said any more.
    pub after: Option<String>,
}

/// The same request under both versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// When it is received.
    pub received_at: Instant,
    /// What is known of it, in words; several where all of these become the same, empty where nothing
    /// is known.
    pub given: Vec<String>,
    /// What people call the promise.
    pub promise: String,
    /// When it was due; none where nothing was owed by a fixed time.
    pub before: Option<Instant>,
    /// When it is due.
    pub after: Option<Instant>,
    /// The clause that gives the target, in the version after where there is one.
    pub clause: Clause,
}

/// Compares two versions of an agreement, for a customer, in `language`; none when one of them
/// cannot be adopted.
///
/// Clauses are recognised by their heading, else by their number, else by their words; rules by
/// their name. The requests of [`Difference::effects`] are received on the first days on which the
/// version after is in force.
#[must_use]
pub fn difference(before: &Compilation, after: &Compilation, language: Language) -> Option<Difference> {
    let old = Speaker { terms: before.terms.as_ref()?, language };
    let new = Speaker { terms: after.terms.as_ref()?, language };
    let pairs = paired(&before.source, &after.source);
    let mut rules = compare_rules(
        &Standing { compilation: before, speaker: &old },
        &Standing { compilation: after, speaker: &new },
    );
    let mut clauses = Vec::new();
    for (left, right) in pairs {
        // A rule is told under its clause of the version after, else under that of the one before.
        let of_clause = match (left, right) {
            (_, Some(right)) => rules.after.remove(&right),
            (Some(left), None) => rules.before.remove(&left),
            (None, None) => None,
        };
        let sections = (
            left.and_then(|at| before.source.sections.get(at)),
            right.and_then(|at| after.source.sections.get(at)),
        );
        let mut of_clause = of_clause.unwrap_or_default();
        if let (Some(left), Some(_)) = (left, right) {
            of_clause.extend(rules.before.remove(&left).unwrap_or_default());
        }
        clauses.extend(clause((&before.source, &after.source), sections, of_clause));
    }
    Some(Difference {
        from: old.terms.name.clone(),
        to: new.terms.name.clone(),
        clauses,
        effects: effects(&old, &new),
    })
}

/// Whether two sections are the same clause.
type Likeness<'a> = dyn Fn(&Section, &Section) -> bool + 'a;

/// Which section became which. Removed ones stand after the section that they followed.
fn paired(before: &Source, after: &Source) -> Vec<(Option<usize>, Option<usize>)> {
    let mut found: Vec<Option<usize>> = vec![None; after.sections.len()];
    let mut taken = vec![false; before.sections.len()];
    let heading = |section: &Section| -> String { section.heading.to_lowercase() };
    let alike: [&Likeness<'_>; 4] = [
        &|left, right| left.number == right.number && heading(left) == heading(right),
        &|left, right| !left.heading.is_empty() && heading(left) == heading(right),
        &|left, right| {
            let old = words(before, left);
            !old.is_empty() && old == words(after, right)
        },
        &|left, right| !left.number.is_empty() && left.number == right.number,
    ];
    for is_alike in alike {
        for (place, section) in after.sections.iter().enumerate() {
            if found[place].is_some() {
                continue;
            }
            let other = before.sections.iter().enumerate();
            let mut other = other.filter(|(at, other)| !taken[*at] && is_alike(other, section));
            if let Some((at, _)) = other.next() {
                taken[at] = true;
                found[place] = Some(at);
            }
        }
    }
    let mut pairs: Vec<(Option<usize>, Option<usize>)> =
        found.iter().enumerate().map(|(place, at)| (*at, Some(place))).collect();
    for (at, _) in taken.iter().enumerate().filter(|(_, taken)| !**taken) {
        let follows = pairs.iter().rposition(|(left, _)| left.is_some_and(|left| left < at));
        pairs.insert(follows.map_or(0, |place| place + 1), (Some(at), None));
    }
    pairs
}

fn words(source: &Source, section: &Section) -> String {
    sentences(source, section).join(" ")
}

/// The difference of one clause; none when nothing differs.
fn clause(
    (before, after): (&Source, &Source),
    sections: (Option<&Section>, Option<&Section>),
    rules: Vec<RuleDifference>,
) -> Option<ClauseDifference> {
    let (old, new) = sections;
    let section = new.or(old)?;
    let old_words = old.map(|section| sentences(before, section)).unwrap_or_default();
    let new_words = new.map(|section| sentences(after, section)).unwrap_or_default();
    let was_number = match (old, new) {
        (Some(old), Some(new)) if old.number != new.number => Some(old.number.clone()),
        _ => None,
    };
    let mut changed = ClauseDifference {
        number: section.number.clone(),
        heading: section.heading.clone(),
        change: match (old, new, &was_number) {
            (None, ..) => ClauseChange::Added,
            (_, None, _) => ClauseChange::Removed,
            (.., Some(_)) => ClauseChange::Moved,
            _ => ClauseChange::Changed,
        },
        was_number,
        removed: Vec::new(),
        added: Vec::new(),
        rules,
    };
    if let (Some(old), Some(new)) = (old, new)
        && old.heading != new.heading
    {
        changed.removed.push(old.heading.clone());
        changed.added.push(new.heading.clone());
    }
    let (removed, added) = unlike(&old_words, &new_words);
    changed.removed.extend(removed);
    changed.added.extend(added);
    let says_nothing = changed.removed.is_empty() && changed.added.is_empty() && changed.rules.is_empty();
    // An empty heading that comes or goes says nothing either.
    let is_empty = section.number.is_empty() && section.heading.is_empty();
    let is_told = !says_nothing || (changed.change != ClauseChange::Changed && !is_empty);
    is_told.then_some(changed)
}

/// The words of a section, sentence by sentence, white space aside.
fn sentences(source: &Source, section: &Section) -> Vec<String> {
    let mut found = Vec::new();
    for place in section.prose() {
        for paragraph in source.slice(place).split("\n\n") {
            let mut sentence = String::new();
            for line in paragraph.lines() {
                let line = line.trim();
                // Rows of tables and items of lists stand for themselves.
                let alone = line.starts_with(['|', '-', '*', '>']);
                if alone {
                    push_sentence(&mut found, &mut sentence);
                }
                for word in line.split_whitespace() {
                    if !sentence.is_empty() {
                        sentence.push(' ');
                    }
                    sentence.push_str(word);
                    if !alone && word.ends_with(['.', ';', '!', '?']) && word.chars().count() > 2 {
                        push_sentence(&mut found, &mut sentence);
                    }
                }
                if alone {
                    push_sentence(&mut found, &mut sentence);
                }
            }
            push_sentence(&mut found, &mut sentence);
        }
    }
    found
}

fn push_sentence(found: &mut Vec<String>, sentence: &mut String) {
    if !sentence.is_empty() {
        found.push(std::mem::take(sentence));
    }
}

/// What stands only in the first list and what only in the second, each in its order: all that the
/// longest common part leaves.
fn unlike(old: &[String], new: &[String]) -> (Vec<String>, Vec<String>) {
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            common[left][right] = if old[left] == new[right] {
                common[left + 1][right + 1] + 1
            } else {
                common[left + 1][right].max(common[left][right + 1])
            };
        }
    }
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        if left < old.len() && right < new.len() && old[left] == new[right] {
            left += 1;
            right += 1;
        } else if right == new.len()
            || (left < old.len() && common[left + 1][right] >= common[left][right + 1])
        {
            removed.push(old[left].clone());
            left += 1;
        } else {
            added.push(new[right].clone());
            right += 1;
        }
    }
    (removed, added)
}

/// Days and hours of a sample of requests: a morning, a late afternoon, the end of a week, a Saturday.
const SAMPLE: [(i32, &str); 4] = [(0, "10:00"), (1, "16:30"), (4, "15:00"), (5, "11:00")];

/// Facts that calendars and targets most often depend on; requests are tried with each of their values.
const VARIED: [&str; 2] = ["region", "severity"];

/// The same requests under both versions, where a due instant differs. Of several requests that
/// differ in the same promise with the same facts, the first is told; cases that become the same are
/// told together.
fn effects(old: &Speaker<'_>, new: &Speaker<'_>) -> Vec<Effect> {
    let first = new.terms.effective.max(old.terms.effective);
    let monday = first.plus_days(6).on_or_before(Weekday::Mon);
    let mut effects: Vec<Effect> = Vec::new();
    for facts in cases(new.terms) {
        let given: Vec<String> = facts
            .iter()
            .map(|(name, value)| format!("{} {}", new.fact(name), new.value(name, value)))
            .collect();
        let given = given.join(", ");
        let mut told: Vec<String> = Vec::new();
        for (days, time) in SAMPLE {
            let Ok(time) = LocalTime::parse(time) else { continue };
            let at = new.terms.zone.instant_of(monday.plus_days(days), time);
            let (Ok(before), Ok(after)) =
                (due(old.terms, at, &facts, old.language), due(new.terms, at, &facts, new.language))
            else {
                continue;
            };
            let mut names: Vec<&str> = Vec::new();
            for clock in after.clocks.iter().chain(&before.clocks) {
                if !names.contains(&clock.promise.as_str()) {
                    names.push(&clock.promise);
                }
            }
            for name in names {
                let (was, is) = (clock_of(&before, name), clock_of(&after, name));
                let due_at = |clock: Option<&ClockAnswer>| clock.and_then(|clock| clock.due_at);
                let (Some(shown), (was, is)) = (is.or(was), (due_at(was), due_at(is))) else { continue };
                if was == is || told.contains(&shown.promise) {
                    continue;
                }
                told.push(shown.promise.clone());
                let same = effects.iter_mut().find(|known| {
                    (known.received_at, &known.promise, known.before, known.after)
                        == (at, &shown.label, was, is)
                });
                match same {
                    Some(same) => same.given.push(given.clone()),
                    None => effects.push(Effect {
                        received_at: at,
                        given: if given.is_empty() { Vec::new() } else { vec![given.clone()] },
                        promise: shown.label.clone(),
                        before: was,
                        after: is,
                        clause: shown.clause.clone(),
                    }),
                }
            }
        }
    }
    effects
}

fn clock_of<'a>(answer: &'a DueAnswer, promise: &str) -> Option<&'a ClockAnswer> {
    answer.clocks.iter().find(|clock| clock.promise == promise)
}

/// Every combination of the values of the varied facts.
fn cases(terms: &Terms) -> Vec<Facts> {
    let mut cases = vec![Facts::new()];
    for name in VARIED {
        let Some(FactType::OneOf(values)) = terms.fact(name).map(|fact| &fact.kind) else { continue };
        cases = cases
            .into_iter()
            .flat_map(|facts| {
                values.iter().map(move |value| {
                    let mut facts = facts.clone();
                    facts.set(name, FactValue::text(&value.name));
                    facts
                })
            })
            .collect();
    }
    cases
}

impl Difference {
    /// Whether a customer would notice nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.effects.is_empty()
    }

    /// The difference as a text for a customer, in `language`; instants on the wall of `zone`.
    #[must_use]
    pub fn in_words(&self, language: Language, zone: &Zone) -> String {
        let say = |key: &str, values: &[(&str, &str)]| {
            let values: Vec<(&str, words::Value<'_>)> =
                values.iter().map(|(name, value)| (*name, words::Value::Text(value))).collect();
            words::text_with(language, key, &values)
        };
        let mut out = String::new();
        let (from, to) = (&self.from.version, &self.to.version);
        let _ = writeln!(out, "{}", say("difference-title", &[("from", from), ("to", to)]));
        if self.is_empty() {
            let _ = writeln!(out, "\n{}", say("difference-none", &[]));
            return out;
        }
        for clause in &self.clauses {
            let named = match (clause.number.is_empty(), clause.heading.is_empty()) {
                (true, true) => say("difference-preamble", &[]),
                (true, false) => clause.heading.clone(),
                _ => format!("{} {}", clause.number, clause.heading),
            };
            let was = clause.was_number.clone().unwrap_or_default();
            let key = match clause.change {
                ClauseChange::Added => "difference-clause-added",
                ClauseChange::Removed => "difference-clause-removed",
                ClauseChange::Moved => "difference-clause-moved",
                ClauseChange::Changed => "difference-clause-changed",
            };
            let _ = writeln!(out, "\n{}", say(key, &[("clause", named.trim()), ("was", &was)]));
            for sentence in &clause.removed {
                let _ = writeln!(out, "  - {sentence}");
            }
            for sentence in &clause.added {
                let _ = writeln!(out, "  + {sentence}");
            }
            for rule in &clause.rules {
                let key = match rule.change {
                    RuleChange::Added => "difference-rule-added",
                    RuleChange::Removed => "difference-rule-removed",
                    RuleChange::Changed => "difference-rule-changed",
                };
                let _ = writeln!(out, "  {}", say(key, &[("name", &rule.name)]));
                for value in &rule.values {
                    let what = value.what.as_str();
                    let told = match (&value.before, &value.after) {
                        (None, Some(only)) | (Some(only), None) if rule.change != RuleChange::Changed => {
                            say("woven-named", &[("name", what), ("value", only)])
                        }
                        (Some(before), Some(after)) => {
                            say("difference-value", &[("what", what), ("before", before), ("after", after)])
                        }
                        (Some(before), None) => {
                            say("difference-value-gone", &[("what", what), ("before", before)])
                        }
                        (None, after) => {
                            let after = after.as_deref().unwrap_or_default();
                            say("difference-value-new", &[("what", what), ("after", after)])
                        }
                    };
                    let _ = writeln!(out, "    {told}");
                }
            }
        }
        if !self.effects.is_empty() {
            let _ = writeln!(out, "\n{}", say("difference-effects", &[]));
        }
        let reader = Reader { language, zone: Some(zone.clone()), paper: false };
        // Every date is told with its year: the text is read at any time.
        let then = |instant: &Option<Instant>| {
            instant.map_or_else(
                || say("difference-no-date", &[]),
                |at| instant_in_words(&reader, at, Instant::EPOCH),
            )
        };
        for effect in &self.effects {
            let given = effect.given.join(&words::text(language, "woven-separator"));
            let given = if given.is_empty() { given } else { format!(" ({given})") };
            let received = then(&Some(effect.received_at));
            let (before, after) = (then(&effect.before), then(&effect.after));
            let _ = writeln!(
                out,
                "  {}",
                say(
                    "difference-effect",
                    &[
                        ("promise", &effect.promise),
                        ("received", &received),
                        ("given", &given),
                        ("before", &before),
                        ("after", &after),
                        ("clause", &effect.clause.mark()),
                    ]
                )
            );
        }
        out
    }
}
