//! Two versions of an agreement, compared clause by clause for a customer.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{ClauseChange, Difference, KeyRule, Options, RuleChange, Shape, compile, difference, kinds};
use std::collections::BTreeSet;
use words::Language;

const BEFORE: &str = r##"# Assistance
```terms
[agreement]
format = 1
key = "assistance"
version = "1"
effective = 2026-01-01
languages = ["fr", "en"]
zone = "Europe/Paris"
currency = "EUR"
```
## 1 Heures
Du lundi au vendredi, de 9 h à 17 h.
```terms
[calendar.office]
fr = "Bureau"
en = "Office"
zone = "Europe/Paris"
open = { mon-fri = ["09:00-17:00"] }
```
## 2 Réponse
La première réponse vient sous 4 heures ouvrables. Elle vient d’une personne.
```terms
[fact.severity]
type = "one-of"
values = [{ name = "high", fr = "Haute", en = "High" }, { name = "low", fr = "Basse", en = "Low" }]
fr = "Gravité"
en = "Severity"
[promise.response]
fr = "Première réponse"
en = "First response"
start = "received"
stop = "answered"
calendar = "office"
within = { by = "severity", high = "4 business hours", else = "4 business hours" }
strength = "objective"
```
## 3 Couverture
Les incidents sont couverts.
```terms
[cover.incident]
when = { ticket_class = "failure" }
fr = "incident"
en = "incident"
```
## 4 Heures achetées
Un carnet compte dix unités d’une heure pour 900 EUR.
```terms
[ledger.hours]
worth = "1 hour"
pack = [{ units = 10, price = "900 EUR" }]
```
"##;

fn compared(after: &str, language: Language) -> Difference {
    let [before, after] = [BEFORE, after].map(|text| compile(text, "a.md", &Options::default()));
    for version in [&before, &after] {
        let told: Vec<String> = version.diagnostics.iter().map(|found| found.sentence("en")).collect();
        assert!(version.terms.is_some(), "{told:?}");
    }
    difference(&before, &after, language).unwrap()
}

#[track_caller]
fn changed(passages: &[(&str, &str)]) -> String {
    let mut text = BEFORE.replace("version = \"1\"", "version = \"2\"");
    for (from, to) in passages {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

#[test]
fn nothing_differs_from_itself() {
    for language in Language::ALL {
        let same = compared(BEFORE, language);
        assert!(same.is_empty(), "{same:?}");
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../agreements");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = std::fs::read_to_string(&path).unwrap();
            let compilation = compile(&text, "a.md", &Options::default());
            let same = difference(&compilation, &compilation, Language::French).unwrap();
            assert!(same.is_empty(), "{}: {same:?}", path.display());
        }
    }
}

#[test]
fn a_target_that_grows_is_told_with_its_words_and_its_effect() {
    let after = changed(&[
        ("sous 4 heures ouvrables", "sous 4 heures ouvrables, ou 8 heures ouvrables si la gravité est basse"),
        ("else = \"4 business hours\"", "else = \"8 business hours\""),
    ]);
    let found = compared(&after, Language::English);
    let [clause] = found.clauses.as_slice() else { panic!("{found:?}") };
    assert_eq!((clause.number.as_str(), clause.change), ("2", ClauseChange::Changed));
    assert_eq!((clause.removed.len(), clause.added.len()), (1, 1), "{clause:?}");
    assert!(clause.added[0].contains("8 heures ouvrables"));
    let [rule] = clause.rules.as_slice() else { panic!("{clause:?}") };
    assert_eq!((rule.rule.as_str(), rule.change), ("promise.response", RuleChange::Changed));
    let [value] = rule.values.as_slice() else { panic!("{rule:?}") };
    assert_eq!(value.what, "target, otherwise");
    assert_eq!(value.before.as_deref(), Some("4\u{a0}business hours"));
    assert_eq!(value.after.as_deref(), Some("8\u{a0}business hours"));
    // Only a request of low severity is answered later: four hours of a morning become eight.
    let [effect] = found.effects.as_slice() else { panic!("{:?}", found.effects) };
    assert_eq!((effect.given.join("; ").as_str(), effect.promise.as_str()), ("Severity Low", "Response"));
    assert_eq!(effect.received_at.to_string(), "2026-01-05T09:00:00Z");
    assert_eq!(effect.before.unwrap().to_string(), "2026-01-05T13:00:00Z");
    assert_eq!(effect.after.unwrap().to_string(), "2026-01-06T09:00:00Z");
    assert_eq!(effect.clause.number, "2");
}

#[test]
fn hours_exclusions_and_prices_are_told_in_the_readers_language() {
    let after = changed(&[
        ("Du lundi au vendredi, de 9 h à 17 h.", "Du lundi au jeudi, de 9 h à 17 h."),
        ("mon-fri", "mon-thu"),
        ("900 EUR", "950 EUR"),
        (
            "fr = \"incident\"\nen = \"incident\"\n",
            "fr = \"incident\"\nen = \"incident\"\n[exclude.on_site]\nwhen = { on_site = true }\nfr = \"travail sur place\"\nen = \"on-site work\"\n",
        ),
    ]);
    let found = compared(&after, Language::French);
    let numbers: Vec<&str> = found.clauses.iter().map(|clause| clause.number.as_str()).collect();
    assert_eq!(numbers, ["1", "3", "4"]);
    let office = &found.clauses[0].rules[0];
    assert_eq!(office.name, "Calendrier\u{a0}: Bureau");
    assert_eq!(office.values[0].what, "heures");
    let exclusion = &found.clauses[1].rules[0];
    assert_eq!((exclusion.rule.as_str(), exclusion.change), ("exclude.on_site", RuleChange::Added));
    let told = found.in_words(Language::French, &calendar::Zone::parse("Europe/Paris").unwrap());
    for line in [
        "Ce qui change de la version 1 à la version 2",
        "carnet\u{a0}: unités\u{a0}: 10, prix\u{a0}: 900 EUR → unités\u{a0}: 10, prix\u{a0}: 950 EUR",
        "Nouveau\u{a0}: Exclusion\u{a0}: travail sur place",
        "  - Du lundi au vendredi, de 9 h à 17 h.",
        "La même demande, avant et après",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

#[test]
fn clauses_come_go_and_move() {
    let after = changed(&[
        (
            "## 4 Heures achetées",
            "## 4 Confidentialité\nNul n’en parle.\n```terms\n[clause]\ninformation = true\n```\n## 5 Heures achetées",
        ),
        (
            "## 3 Couverture\nLes incidents sont couverts.\n```terms\n[cover.incident]\nwhen = { ticket_class = \"failure\" }\nfr = \"incident\"\nen = \"incident\"\n```\n",
            "",
        ),
    ]);
    let found = compared(&after, Language::English);
    let told: Vec<(&str, ClauseChange, Option<&str>)> = found
        .clauses
        .iter()
        .map(|clause| (clause.number.as_str(), clause.change, clause.was_number.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("3", ClauseChange::Removed, None),
            ("4", ClauseChange::Added, None),
            ("5", ClauseChange::Moved, Some("4")),
        ]
    );
    assert_eq!(found.clauses[0].rules[0].change, RuleChange::Removed);
    assert!(found.clauses[2].rules.is_empty(), "moving changes no rule");
}

#[test]
fn what_cannot_be_adopted_is_not_compared() {
    let bad = compile(&BEFORE.replace("4 business hours", "4 fortnights"), "b.md", &Options::default());
    let good = compile(BEFORE, "a.md", &Options::default());
    assert_eq!(difference(&bad, &good, Language::English), None);
}

/// Every key that a rule may carry, those of the tables inside included.
fn keys_of(rules: &[KeyRule], found: &mut BTreeSet<&'static str>) {
    for rule in rules {
        found.insert(rule.key);
        if let Shape::Table(inner) | Shape::Rows(inner) | Shape::Either(_, inner) | Shape::TableOr(_, inner) =
            rule.shape
        {
            keys_of(inner, found);
        }
    }
}

#[test]
fn every_kind_and_key_has_words_in_both_languages() {
    // The clauses themselves and the head of the document are not told as rules; of an alternative
    // its words are told, not what the engine puts in place.
    let told = kinds().iter().filter(|rule| !["agreement", "clause"].contains(&rule.kind));
    let mut keys = BTreeSet::from(["name", "except", "since", "until", "by", "else", "unknown"]);
    let mut names = BTreeSet::new();
    for rule in told {
        keys_of(rule.keys, &mut keys);
        keys.extend(rule.case_keys);
        names.insert(rule.kind);
    }
    for hidden in ["about", "instead"] {
        keys.remove(hidden);
    }
    for language in Language::ALL {
        let missing = |sort: &str, names: &BTreeSet<&str>| -> Vec<String> {
            let keys =
                names.iter().map(|name| format!("difference-{sort}-{}", name.replace(['_', '.'], "-")));
            keys.filter(|key| !words::has_text(language, key)).collect()
        };
        assert_eq!(missing("key", &keys), [""; 0], "{language:?}");
        assert_eq!(missing("kind", &names), [""; 0], "{language:?}");
    }
}

#[test]
fn a_rarely_changed_key_is_told_in_words() {
    let ledger = "worth = \"1 hour\"\n";
    let after = changed(&[(
        ledger,
        "worth = \"1 hour\"\ncarry_over = { share = 50, life = \"90 days\" }\nwarn = [{ name = \"low\", of = \"balance\", \
         at = 2, tell = [\"customer\"] }]\n",
    )]);
    let told = |language: Language| -> Vec<(String, String)> {
        let found = compared(&after, language);
        let values = found.clauses[0].rules[0].values.iter();
        values
            .map(|value| (value.what.clone(), value.after.clone().unwrap().replace('\u{a0}', " ")))
            .collect()
    };
    let pair = |what: &str, value: &str| (what.to_owned(), value.to_owned());
    assert_eq!(
        told(Language::English),
        [
            pair("carried over", "share: 50, valid for: 90 days"),
            pair("warning", "name: low, of: balance, at: 2, told: customer"),
        ]
    );
    assert_eq!(
        told(Language::French),
        [
            pair("reporté", "part : 50, valable : 90 jours"),
            pair("avertissement", "nom : low, de : balance, à : 2, prévenus : customer"),
        ]
    );
}

#[test]
fn the_rows_of_a_choice_are_named_by_the_values_of_its_fact() {
    let debit =
        "debit = [{ of = \"work\", per = \"session\", minimum = { by = \"severity\", high = 1, else = 2 } }]";
    let after = changed(&[("worth = \"1 hour\"\n", &format!("worth = \"1 hour\"\n{debit}\n"))]);
    let found = compared(&after, Language::English);
    let debit = &found.clauses[0].rules[0].values[0];
    assert_eq!(debit.what, "debited");
    let told = "of: work, per: session, at least: according to: Severity, High: 1, otherwise: 2";
    assert_eq!(debit.after.as_deref(), Some(told));
}

#[test]
fn what_all_promises_share_is_told_of_each_that_does_not_say_otherwise() {
    let with = |severity: &str| {
        let default =
            format!("[default.promise]\non_change = {{ severity = \"{severity}\" }}\n[promise.response]\n");
        compile(&changed(&[("[promise.response]\n", &default)]), "a.md", &Options::default())
    };
    let found = difference(&with("keep"), &with("restart"), Language::English).unwrap();
    let [clause] = found.clauses.as_slice() else { panic!("{found:?}") };
    let [rule] = clause.rules.as_slice() else { panic!("{clause:?}") };
    let [value] = rule.values.as_slice() else { panic!("{rule:?}") };
    assert_eq!(rule.rule, "promise.response");
    assert!(value.before.as_ref().is_some_and(|told| told.ends_with("keep")), "{value:?}");
    assert!(value.after.as_ref().is_some_and(|told| told.ends_with("restart")), "{value:?}");
}

#[test]
fn a_choice_by_values_of_two_letters_is_told_whole() {
    let region = "[fact.region]\ntype = \"one-of\"\nvalues = [{ name = \"eu\", en = \"Europe\" }, { name = \"us\", en = \"America\" }]\n";
    let debit =
        "debit = [{ of = \"work\", per = \"session\", minimum = { by = \"region\", eu = 1, us = 2 } }]\n";
    let after = changed(&[
        ("[fact.severity]\n", &format!("{region}[fact.severity]\n")),
        ("worth = \"1 hour\"\n", &format!("worth = \"1 hour\"\n{debit}")),
    ]);
    let found = compared(&after, Language::English);
    let clause = found.clauses.iter().find(|clause| clause.number == "4").unwrap();
    let told = clause.rules[0].values[0].after.as_deref().unwrap();
    assert!(told.ends_with("Europe: 1, America: 2"), "{told}");
}
