//! What the language means: defaults, exceptions, ranks, choices, parameters, interpretations.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Compilation, Options, compile, due, rehearse};
use calendar::Instant;
use std::collections::{BTreeMap, BTreeSet};
use terms::{FactValue, Facts};
use words::Language;

const HEAD: &str = r#"# Entente
```terms
[agreement]
format = 1
key = "essai"
version = "1"
effective = 2026-01-01
languages = ["fr", "en"]
zone = "America/Toronto"
[fact]
severity = { type = "one-of", values = [{ name = "P1" }, { name = "P2" }, { name = "P3" }] }
urgent = { type = "yes-no" }
seats = { type = "number" }
kinds = { type = "set-of", values = [{ name = "base" }, { name = "plus" }] }
[parameter]
patience = { kind = "span", default = "6 hours" }
```
## 1 Heures
```terms
[calendar.office]
open = { mon-fri = ["09:00-17:00"] }
[calendar.night]
complement_of = "office"
```
## 2 Défauts
```terms
[default.promise]
start = "received"
calendar = "office"
strength = "objective"
```
"#;

fn compiled(rest: &str) -> Compilation {
    let compilation = compile(&format!("{HEAD}{rest}"), "essai.md", &Options::default());
    let told: Vec<String> = compilation.diagnostics.iter().map(|found| found.sentence("en")).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
    compilation
}

/// Target and clause of the response for a case received on Tuesday 11 August 2026 at 10:00.
fn target(compilation: &Compilation, facts: &Facts) -> (String, String) {
    let at = Instant::parse("2026-08-11T10:00:00-04:00").unwrap();
    let answer = due(compilation.terms.as_ref().unwrap(), at, facts, Language::French).unwrap();
    let clock = answer.clocks.into_iter().find(|clock| clock.promise == "response");
    clock.map_or_else(
        || ("no clock".to_owned(), String::new()),
        |clock| {
            (
                clock.target.map_or_else(|| "no figure".to_owned(), |span| span.to_string()),
                clock.clause.number.clone(),
            )
        },
    )
}

fn said(compilation: &Compilation, pairs: &[(&str, &str)]) -> (String, String) {
    let mut facts = Facts::new();
    for (name, value) in pairs {
        let value = compilation.fact_value(name, value).unwrap();
        facts.set(*name, value.unwrap());
    }
    target(compilation, &facts)
}

fn pair(target: &str, clause: &str) -> (String, String) {
    (target.to_owned(), clause.to_owned())
}

#[test]
fn the_most_specific_exception_wins_and_cites_its_own_clause() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "8 hours"
```
## 4 Urgences
```terms
[[promise.response.case]]
when = { severity = ["P1", "P2"] }
within = "4 hours"
```
## 5 Pires urgences
```terms
[[promise.response.case]]
when = { severity = "P1" }
within = "2 hours"
[[promise.response.case]]
when = { severity = "P1", urgent = true }
within = "1 hour"
```
"#,
    );
    assert_eq!(said(&compilation, &[("severity", "P3")]), pair("8 hours", "3"));
    assert_eq!(said(&compilation, &[("severity", "P2")]), pair("4 hours", "4"));
    assert_eq!(said(&compilation, &[("severity", "P1"), ("urgent", "no")]), pair("2 hours", "5"));
    assert_eq!(said(&compilation, &[("severity", "P1"), ("urgent", "yes")]), pair("1 hour", "5"));
    // An unknown exception leaves the default standing.
    assert_eq!(said(&compilation, &[]), pair("8 hours", "3"));
}

#[test]
fn bounds_and_unless_narrow_an_exception() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "8 hours"
unless = { kinds = { has_any = ["plus"] } }
[[promise.response.case]]
when = { seats = { at_least = 10 } }
within = "4 hours"
[[promise.response.case]]
when = { seats = { at_least = 50 } }
within = "2 hours"
[[promise.response.case]]
when = { seats = { at_least = 100 } }
unless = { urgent = false }
within = "1 hour"
```
"#,
    );
    assert_eq!(said(&compilation, &[("seats", "9")]).0, "8 hours");
    assert_eq!(said(&compilation, &[("seats", "49")]).0, "4 hours");
    assert_eq!(said(&compilation, &[("seats", "50")]).0, "2 hours");
    assert_eq!(said(&compilation, &[("seats", "100"), ("urgent", "no")]).0, "2 hours");
    assert_eq!(said(&compilation, &[("seats", "100"), ("urgent", "yes")]).0, "1 hour");
    assert_eq!(said(&compilation, &[("seats", "100"), ("kinds", "plus,base")]).0, "no clock");
}

#[test]
fn an_exception_that_says_so_stands_before_another() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "8 hours"
[[promise.response.case]]
name = "phoned"
when = { channel = "phone" }
within = "2 hours"
[[promise.response.case]]
when = { severity = "P1" }
except = "phoned"
within = "1 hour"
```
"#,
    );
    assert_eq!(said(&compilation, &[("channel", "phone"), ("severity", "P1")]).0, "1 hour");
    assert_eq!(said(&compilation, &[("channel", "phone"), ("severity", "P2")]).0, "2 hours");
}

#[test]
fn a_dated_version_holds_from_its_day_on() {
    let text = |since: &str| {
        format!(
            r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "8 hours"
[[promise.response.case]]
since = {since}
within = "6 hours"
```
"#
        )
    };
    assert_eq!(said(&compiled(&text("2026-08-12")), &[]).0, "8 hours");
    assert_eq!(said(&compiled(&text("2026-08-11")), &[]).0, "6 hours");
}

#[test]
fn choices_nest_and_parameters_fill_in() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = { by = "urgent", yes = { by = "severity", P1 = "1 hour", else = "2 hours" }, no = "$patience", unknown = "3 hours" }
```
"#,
    );
    assert_eq!(said(&compilation, &[("urgent", "yes"), ("severity", "P1")]).0, "1 hour");
    assert_eq!(said(&compilation, &[("urgent", "yes"), ("severity", "P3")]).0, "2 hours");
    assert_eq!(said(&compilation, &[("urgent", "no")]).0, "6 hours");
    assert_eq!(said(&compilation, &[("urgent", "no"), ("patience", "5 hours")]).0, "5 hours");
    assert_eq!(said(&compilation, &[]).0, "3 hours");
}

#[test]
fn the_form_on_the_web_and_the_portal_are_one_where_only_one_is_named() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
when = { channel = ["web", "email"] }
within = { by = "channel", web = "1 hour", else = "2 hours" }
```
```examples
[[example]]
title = "Chaque forme du web"
each = { channel = ["web", "portal", "api"] }
events = [{ at = "2026-08-11T10:00:00-04:00", do = "received" }]
expect = [{ promise = "response", due = "2026-08-11T11:00:00-04:00" }]
```
"#,
    );
    assert_eq!(rehearse(&compilation).counts(), (3, 0));
    assert_eq!(said(&compilation, &[("channel", "portal")]).0, "1 hour");
    assert_eq!(said(&compilation, &[("channel", "api")]).0, "1 hour");
    assert_eq!(said(&compilation, &[("channel", "email")]).0, "2 hours");
    assert_eq!(said(&compilation, &[("channel", "phone")]).0, "no clock");
}

#[test]
fn a_default_of_a_kind_is_cited_with_its_own_clause() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "4 business hours"
```
"#,
    );
    let promise = compilation.terms.as_ref().unwrap().promise("response").unwrap().clone();
    assert_eq!(promise.calendar.default.unwrap().clause.number, "2");
    assert_eq!(promise.within.default.unwrap().clause.number, "3");
    assert_eq!(promise.clause.number, "3");
}

#[test]
fn a_complement_counts_all_other_hours() {
    let compilation = compiled(
        r#"
## 3 Nuit
```terms
[promise.response]
stop = "answered"
within = "2 business hours"
calendar = "night"
```
```examples
[[example]]
title = "De jour, on attend la fermeture"
events = [{ at = "2026-08-11T10:00:00-04:00", do = "received" }]
expect = [{ promise = "response", due = "2026-08-11T19:00:00-04:00" }]
```
"#,
    );
    assert_eq!(rehearse(&compilation).counts(), (1, 0));
}

#[test]
fn an_alternative_holds_only_when_chosen_and_is_checked_before() {
    let rest = r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "4 hours"
[interpretation.delay]
about = ["promise.response"]
fr = "Quatre heures."
[[interpretation.delay.alternative]]
name = "long"
fr = "Huit heures."
instead.promise.response.within = "8 hours"
```
"#;
    assert_eq!(said(&compiled(rest), &[]).0, "4 hours");
    let chosen = Options { interpretations: BTreeMap::from([("delay".to_owned(), "long".to_owned())]) };
    let other = compile(&format!("{HEAD}{rest}"), "essai.md", &chosen);
    assert_eq!(target(&other, &Facts::new()), pair("8 hours", "3"));

    let wrong = rest.replace("8 hours", "8 heures");
    let refused = compile(&format!("{HEAD}{wrong}"), "essai.md", &Options::default());
    assert_eq!(refused.diagnostics[0].code.as_str(), "agreement::bad-span");

    let unknown = Options { interpretations: BTreeMap::from([("delay".to_owned(), "lnog".to_owned())]) };
    let refused = compile(&format!("{HEAD}{rest}"), "essai.md", &unknown);
    assert_eq!(refused.diagnostics[0].argument("nearest"), Some("long"));
    assert!(refused.terms.is_none());
}

#[test]
fn a_fact_is_given_as_a_command_line_writes_it() {
    let compilation = compiled("");
    let value = |name: &str, text: &str| compilation.fact_value(name, text);
    assert_eq!(value("urgent", "yes"), Ok(Some(FactValue::YesNo(true))));
    assert_eq!(value("urgent", "unknown"), Ok(None));
    assert!(value("urgent", "perhaps").is_err());
    assert!(value("severity", "P4").is_err());
    assert!(value("colour", "red").is_err());
    let both = FactValue::Names(["base", "plus"].into_iter().map(str::to_owned).collect());
    assert_eq!(value("kinds", "plus,base"), Ok(Some(both)));
}

#[test]
fn every_rule_goes_on_after_the_first_complaint() {
    let text = format!(
        "{HEAD}\n## 3 Trois fautes\n```terms\n[promise.response]\nstop = \"anwsered\"\nwithin = \"4 huors\"\n```\n\
         ```terms\n[promise.\n```\n## 4 Encore\n```terms\n[exclude.x]\nwhen = {{ seats = {{ at_lest = 3 }} }}\n```\n"
    );
    let compilation = compile(&text, "essai.md", &Options::default());
    let codes: Vec<&str> = compilation.diagnostics.iter().map(|found| found.code.as_str()).collect();
    for code in
        ["agreement::unknown-name", "agreement::bad-span", "agreement::not-toml", "agreement::unknown-key"]
    {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
}

#[test]
fn terms_survive_being_stored() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../agreements/solidassist.md"))
            .unwrap();
    let compilation = compile(&text, "solidassist.md", &Options::default());
    let terms = compilation.terms.unwrap();
    let stored = serde_json::to_string(&terms).unwrap();
    let again: terms::Terms = serde_json::from_str(&stored).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), stored);
    let at = Instant::parse("2026-08-14T18:00:00-04:00").unwrap();
    let facts = Facts::new().with("channel", FactValue::text("email"));
    let answer = |terms: &terms::Terms| {
        serde_json::to_string(&due(terms, at, &facts, Language::English).unwrap()).unwrap()
    };
    assert_eq!(answer(&terms), answer(&again));
}

#[test]
fn an_exception_to_coverage_holds_on_its_days() {
    let compilation = compiled(
        r#"
## 3 Couverture
```terms
[cover.severe]
when = { severity = "P1" }
[[cover.severe.case]]
name = "opening"
when = { urgent = true }
since = 2026-03-01
until = 2026-03-31
holds = true
[exclude.many]
when = { seats = { at_least = 100 } }
```
## 4 Trêve
```terms
[[exclude.many.case]]
until = 2026-03-31
holds = false
```
```examples
[[example]]
title  = "Classé en avril, reçu en mars"
events = [
  { at = "2026-03-31T23:00:00-04:00", do = "received", severity = "P2", seats = 200 },
  { at = "2026-04-02T10:00:00-04:00", do = "classify", facts = { urgent = true } },
]
expect = [{ coverage = "covered" }]
```
"#,
    );
    let terms = compilation.terms.as_ref().unwrap();
    let covered = |day: &str, severity: &str, seats: i64| {
        let facts = Facts::new()
            .with("severity", FactValue::text(severity))
            .with("urgent", FactValue::YesNo(true))
            .with("seats", FactValue::Number(seats.into()));
        let at = Instant::parse(&format!("{day}T12:00:00-04:00")).unwrap();
        terms.coverage(&facts, at).verdict == terms::Verdict::Covered
    };
    let days = ["2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01"];
    assert_eq!(days.map(|day| covered(day, "P2", 1)), [false, true, true, false]);
    assert_eq!(days.map(|day| covered(day, "P1", 200)), [true, true, true, false]);
    let answer = terms.coverage(&Facts::new().with("seats", FactValue::Number(200.into())), Instant::EPOCH);
    let many = answer.reasons.iter().find(|reason| reason.rule == "exclude.many").unwrap();
    assert_eq!(many.clause.number, "4", "the exception that decides is cited");
    let rehearsed = rehearse(&compilation);
    assert_eq!(rehearsed.counts(), (1, 0), "{:#?}", rehearsed.outcomes);
    let told = agreement::explain(&compilation, Language::French, calendar::LocalDate::EPOCH);
    for said in [
        "aussi quand",
        "à partir du dimanche 1er mars 2026, jusqu’au mardi 31 mars 2026",
        "aussi jusqu’au mardi 31 mars 2026",
    ] {
        assert!(told.replace('\u{a0}', " ").contains(said), "{said}: {told}");
    }
}

#[test]
fn an_exception_may_give_only_what_is_looked_up_case_by_case() {
    let refused = |rest: &str| -> Vec<String> {
        let compilation = compile(&format!("{HEAD}{rest}"), "essai.md", &Options::default());
        compilation
            .diagnostics
            .iter()
            .filter(|found| found.is_error())
            .map(|found| format!("{} {}", found.code.as_str(), found.argument("key").unwrap_or_default()))
            .collect()
    };
    let promise = "\n## 3 R\n```terms\n[promise.response]\nstop = \"answered\"\nwithin = \"8 hours\"\n";
    let stop =
        format!("{promise}[[promise.response.case]]\nwhen = {{ urgent = true }}\nstop = \"resolved\"\n```\n");
    assert_eq!(refused(&stop), ["agreement::unknown-key stop"]);
    let hours = "\n## 3 R\n```terms\n[[calendar.office.case]]\nwhen = { urgent = true }\nopen = { sat = [\"09:00-12:00\"] }\n```\n";
    assert_eq!(refused(hours), ["agreement::missing-key since", "agreement::unknown-key when"]);
    let fact =
        "\n## 3 R\n```terms\n[[fact.urgent.case]]\nwhen = { severity = \"P1\" }\npresumed = true\n```\n";
    assert_eq!(refused(fact), ["agreement::unknown-key case"]);
    let task = "\n## 3 R\n```terms\n[role]\nlead = { side = \"provider\" }\nowner = { side = \"provider\" }\n[task.call]\nwho = \"owner\"\n[[task.call.case]]\nwhen = { severity = \"P1\" }\nuntil = 2026-12-31\nwho = \"lead\"\n```\n";
    assert_eq!(refused(task), ["agreement::unknown-key until"]);
    let party =
        "\n## 3 R\n```terms\n[pause.x]\nbegin = \"waiting\"\nend = \"resumed\"\nparty = \"$patience\"\n```\n";
    assert_eq!(refused(party), ["agreement::unknown-value party"].map(|code| code.replace(" party", " ")));
}

#[test]
fn an_exception_that_another_takes_whole_never_applies() {
    let text = format!(
        "{HEAD}\n## 3 R\n```terms\n[promise.response]\nstop = \"answered\"\nwithin = \"8 hours\"\n\
         [[promise.response.case]]\nname = \"worst\"\nwhen = {{ severity = \"P1\", urgent = true }}\nwithin = \"1 hour\"\n\
         [[promise.response.case]]\nwhen = {{ severity = \"P1\" }}\nexcept = \"worst\"\nwithin = \"2 hours\"\n```\n"
    );
    let compilation = compile(&text, "essai.md", &Options::default());
    assert_eq!(compilation.diagnostics[0].code.as_str(), "agreement::never-applies");
    assert!(compilation.diagnostics[0].second.is_some());
}

#[test]
fn what_is_learnt_of_a_closed_case_starts_no_clock() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "4 business hours"
[promise.callback]
stop = "called_back"
when = { severity = "P1" }
within = "1 business hour"
```
```examples
[[example]]
title = "Close, puis reclassée"
given = { severity = "P3" }
events = [
  { at = "2026-08-11T10:00:00-04:00", do = "received" },
  { at = "2026-08-11T11:00:00-04:00", do = "close" },
  { at = "2026-08-12T11:00:00-04:00", do = "set-severity", severity = "P1" },
]
expect = [{ clocks = ["response"] }]
```
"#,
    );
    assert_eq!(rehearse(&compilation).counts(), (1, 0));
}

#[test]
fn hours_change_from_a_day_on() {
    let compilation = compiled(
        r#"
## 3 Réponse
```terms
[promise.response]
stop = "answered"
within = "2 business hours"
[[calendar.office.case]]
since = 2026-08-12
open = { mon-fri = ["08:00-16:00"] }
```
```examples
[[example]]
title = "La veille du changement"
events = [{ at = "2026-08-11T16:00:00-04:00", do = "received" }]
expect = [{ promise = "response", due = "2026-08-12T09:00:00-04:00" }]
```
"#,
    );
    assert_eq!(rehearse(&compilation).counts(), (1, 0));
}

#[test]
fn closed_days_close_what_others_are_cut_out_of_or_join() {
    let compilation = compiled(
        r#"
## 3 Atelier
```terms
[calendar.lunch]
open = { mon-sun = ["12:00-13:00"] }
[calendar.shop]
open = { mon-fri = ["09:00-17:00"] }
holidays = ["fr"]
closed = "$closing"
minus = ["lunch"]
[calendar.early]
open = { mon-fri = ["09:00-17:00"] }
holidays = ["fr"]
closed = "$closing"
[[calendar.early.case]]
since = 2026-08-01
open = { mon-fri = ["08:00-16:00"] }
[calendar.joined]
union_of = ["early", "lunch"]
[parameter]
closing = { kind = "dates", default = ["2026-11-12"] }
```
"#,
    );
    let terms = compilation.terms.unwrap();
    let hours = |calendar: &str, facts: &Facts, day: &str| {
        let calendar = terms.calendar(calendar, facts).unwrap();
        let begin = Instant::parse(&format!("{day}T00:00:00-05:00")).unwrap();
        calendar.between(begin, begin.plus_seconds(86_400)) / 3_600
    };
    let closing = BTreeSet::from(["2026-11-13".to_owned()]);
    let facts = Facts::new().with("closing", FactValue::Names(closing));
    assert_eq!(hours("shop", &facts, "2026-11-10"), 7);
    assert_eq!(hours("shop", &facts, "2026-11-11"), 0, "a day of the list");
    assert_eq!(hours("shop", &facts, "2026-11-13"), 0, "a day that the contract closes");
    assert_eq!(hours("joined", &facts, "2026-11-10"), 8);
    assert_eq!(hours("joined", &facts, "2026-11-11"), 1, "the hours of later on keep the list");
    assert_eq!(hours("joined", &facts, "2026-11-12"), 1, "inside another, the default of the parameter");
}

#[test]
fn a_calendar_made_of_others_has_no_days_of_its_own_to_close() {
    for made in ["union_of = [\"office\", \"night\"]", "complement_of = \"office\""] {
        let text = format!(
            "{HEAD}\n## 3 H\n```terms\n[calendar.whole]\n{made}\nholidays = [\"fr\"]\nclosed = [2026-08-12]\n```\n"
        );
        let found = compile(&text, "essai.md", &Options::default()).diagnostics;
        let codes: Vec<&str> = found.iter().map(|found| found.code.as_str()).collect();
        assert_eq!(codes, ["agreement::unknown-key", "agreement::unknown-key"], "{made}");
    }
}

#[test]
fn a_list_of_ones_own_stands_on_a_shipped_one_and_a_day_may_be_worked() {
    let compilation = compiled(
        r#"
## 3 Jours fériés
```terms
[holidays.ours]
includes  = ["fr", "us"]
list      = [2026-12-24]
days      = [{ date = "10-02", fr = "Fête de la maison", en = "House day" }]
icalendar = """
BEGIN:VCALENDAR
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260817
DTEND;VALUE=DATE:20260820
SUMMARY:Fermeture d’été
END:VEVENT
END:VCALENDAR
"""
worked    = [{ easter = 50 }, 2026-11-11]
[calendar.shop]
open = { mon-fri = ["09:00-17:00"] }
holidays = ["ours", "ca-qc"]
```
"#,
    );
    let terms = compilation.terms.unwrap();
    let shop = terms.calendar("shop", &Facts::default()).unwrap();
    let day = |text: &str| calendar::LocalDate::parse(text).unwrap();
    let named: BTreeMap<String, String> = shop
        .holidays_between(day("2026-01-01"), day("2026-12-31"))
        .into_iter()
        .map(|(date, labels)| (date.to_string(), labels.in_language("fr").unwrap_or_default().to_owned()))
        .collect();
    assert_eq!(named["2026-08-17"], "Fermeture d’été");
    assert_eq!(named["2026-08-19"], "Fermeture d’été");
    assert_eq!(named["2026-10-02"], "Fête de la maison");
    assert_eq!(named["2026-06-24"], "Fête nationale du Québec", "the other list still holds");
    // Kept on the Friday: the included set keeps its own manner of moving days.
    assert_eq!(named["2026-07-03"], "Fête de l’Indépendance");
    assert_eq!(named["2026-12-24"], "");
    for worked in ["2026-05-25", "2026-11-11", "2026-08-20"] {
        assert!(!named.contains_key(worked), "{worked} is worked");
    }
}

#[test]
fn figures_and_words_that_nothing_can_use_are_refused() {
    let complaints = |rules: &str| -> Vec<String> {
        let text = format!("{HEAD}\n## 3 R\n```terms\n{rules}\n```\n");
        let compilation = compile(&text, "essai.md", &Options::default());
        let told = |found: &agreement::Diagnostic| {
            let about = ["key", "value", "name"].into_iter().find_map(|name| found.argument(name));
            format!("{} {}", found.code.as_str().trim_start_matches("agreement::"), about.unwrap_or_default())
        };
        let errors: Vec<String> =
            compilation.diagnostics.iter().filter(|found| found.is_error()).map(told).collect();
        assert_eq!(compilation.terms.is_none(), !errors.is_empty());
        errors
    };
    let ledger = |keys: &str| format!("[ledger.hours]\nworth = \"1 hour\"\n{keys}");
    let late = "[measure.late]\nkind = \"time\"\nfrom = \"payment_due\"\nto = \"paid\"\nunit = \"days\"\n\
        [base.fee]\nof = \"invoice\"\n[rate.bank]\nunit = \"%\"\n[consequence.fine]\ngives = \"penalty\"\n\
        of = \"base.fee\"\n";
    let fine = |keys: &str| format!("{late}{keys}");
    let measure = |keys: &str| format!("[measure.up]\nkind = {keys}");
    for (rules, wanted) in [
        (ledger("overdraft = { at_most = \"3 hours\" }"), "wrong-value at_most"),
        (ledger("overdraft = { at_most = \"3 units\" }"), ""),
        (ledger("minimum = \"4 hours\""), "wrong-value minimum"),
        (ledger("minimum = \"4\""), ""),
        (ledger("pack = [{ units = 4, price = \"600 €\" }]"), "wrong-value price"),
        (ledger("pack = [{ units = 4, price = \"600 EUR\" }]"), ""),
        (fine("on = \"measure.late\"\nrate = { give = \"2 %\", per = \"1 day\" }"), ""),
        (fine("on = \"measure.late\"\nrate = { give = \"2 %\", per = \"1 hour\" }"), "wrong-value per"),
        (fine("on = \"claimed\"\nrate = { give = \"2 %\", per = \"1 day\" }"), "wrong-value per"),
        (fine("on = \"measure.late\"\nslice = [{ give = \"2 %\", per = \"1 month\" }]"), "wrong-value per"),
        (
            fine(
                "on = \"measure.late\"\nslice = [{ at_least = \"5 days\", give = \"2 %\", per = \"1 day\" }]",
            ),
            "",
        ),
        (
            fine("on = \"measure.late\"\nband = [{ below = \"1 month\", give = \"2 %\" }]"),
            "wrong-value below",
        ),
        (fine("on = \"measure.late\"\nrate = { table = \"bank\", per = \"1 year\" }"), "wrong-value per"),
        (fine("on = \"measure.late\"\nrate = { table = \"bank\", per = \"365 days\" }"), ""),
        (measure("\"availability\"\nperiod = \"month\""), "unknown-value month"),
        (measure("\"availability\""), "missing-key period"),
        (measure("\"availability\"\nperiod = \"quarter\""), ""),
        (measure("\"time\"\nfrom = \"payment_due\"\nto = \"payed\""), "unknown-name payed"),
        (measure("\"time\"\nfrom = \"payment_due\""), "missing-key to"),
    ] {
        let wanted: Vec<&str> = Some(wanted).into_iter().filter(|wanted| !wanted.is_empty()).collect();
        assert_eq!(complaints(&rules), wanted, "{rules}");
    }
}

#[test]
fn a_measure_of_time_counts_in_its_own_unit() {
    let late = |measure: &str, amount: &str, shown: &str, fine: &str| {
        let text = r#"
## 3 Retard
```terms
[measure.late]
kind = "time"
from = "payment_due"
to = "paid"
MEASURE
[measure.warning]
kind = "time"
from = "cancelled"
to = "planned"
unit = "hours"
[base.fee]
of = "invoice"
[consequence.fine]
on = "measure.late"
gives = "penalty"
of = "base.fee"
AMOUNT
[consequence.no_show]
on = "measure.warning"
gives = "charge"
of = "base.fee"
band = [{ below = 24, give = "50 %" }]
[invoice]
pay = { within = "30 days" }
```
```examples
[[example]]
title = "Payé deux jours et dix heures après le dernier jour"
given = { fee = "100 CAD" }
events = [
  { at = "2026-08-03T10:00:00-04:00", do = "invoice", amount = "100 CAD" },
  { at = "2026-09-01T10:00:00-04:00", do = "cancel", planned = 2026-09-02 },
  { at = "2026-09-03T10:00:00-04:00", do = "cancel", planned = "2026-09-04T10:00:00-04:00" },
  { at = "2026-09-05T10:00:00-04:00", do = "pay" },
]
expect = [
  { measure = "late", shown = "SHOWN" },
  { rule = "consequence.fine", amount = "FINE CAD" },
  { at = "2026-09-01T11:00:00-04:00", measure = "warning", shown = "14" },
  { at = "2026-09-01T11:00:00-04:00", rule = "consequence.no_show", amount = "50.00 CAD" },
  { measure = "warning", shown = "24" },
  { rule = "consequence.no_show", amount = "0.00 CAD" },
]
```
"#
        .replace("MEASURE", measure)
        .replace("AMOUNT", amount)
        .replace("SHOWN", shown)
        .replace("FINE", fine);
        let head = HEAD.replace("zone =", "currency = \"CAD\"\nzone =");
        let rehearsed = rehearse(&compile(&format!("{head}{text}"), "essai.md", &Options::default()));
        assert_eq!(rehearsed.counts(), (1, 0), "{measure} {amount}: {:#?}", rehearsed.outcomes);
    };
    let rate = |per: &str| format!("rate = {{ give = \"1 %\", per = {per} }}");
    late("unit = \"hours\"", &rate("\"1 hour\""), "58", "58.00");
    late("unit = \"hours\"", &rate("\"1\""), "58", "58.00");
    late("unit = \"hours\"", &rate("\"1.5\""), "58", "38.67");
    late("unit = \"minutes\"", &rate("\"1 hour\""), "3480", "58.00");
    late("unit = \"minutes\"", &rate("\"30\""), "3480", "116.00");
    late("unit = \"hours\"\ncalendar = \"office\"", &rate("\"1 hour\""), "16", "16.00");
    late("unit = \"days\"", &rate("\"1\""), "3", "3.00");
    late("unit = \"days\"\nfirst_day = \"next\"", "rate = { give = \"2 %\", per = \"1 day\" }", "3", "6.00");
    late("", &rate("\"1 day\""), "3", "3.00");
    late(
        "unit = \"hours\"",
        "band = [{ at_least = 58, below = \"59 hours\", give = \"7 %\" }]",
        "58",
        "7.00",
    );
}

#[test]
fn an_example_holds_only_what_something_computes() {
    let uncomputed = |row: &str| -> Vec<String> {
        let compilation = compiled(&format!(
            "\n## 3 R\n```terms\n[promise.response]\nstop = \"answered\"\nwithin = \"4 business hours\"\n```\n\
             ```examples\n[[example]]\ntitle = \"T\"\nevents = [{{ at = \"2026-08-11T10:00:00-04:00\", do = \"received\" }}]\n\
             expect = [{row}]\n```\n"
        ));
        let rehearsal = rehearse(&compilation);
        let complaints = rehearsal.diagnostics();
        assert_eq!(rehearsal.outcomes[0].passed, complaints.is_empty());
        assert!(complaints.iter().all(|found| found.code == agreement::Code::ExampleNotComputed));
        complaints.iter().map(|found| found.argument("expected").unwrap().to_owned()).collect()
    };
    for (row, wanted) in [
        ("{ promise = \"response\", state = \"running\" }", &[][..]),
        ("{ promise = \"response\" }", &["promise response"]),
        ("{ promise = \"response\", state = \"running\", amount = \"50.00 EUR\" }", &["amount 50.00 EUR"]),
        ("{ credit = \"50.00 CAD\", period = \"2026-09\" }", &["credit 50.00 CAD", "period 2026-09"]),
        ("{ silence = \"close\", counts_as = \"no reply\" }", &["counts_as no reply", "silence close"]),
        ("{ fact = \"misspelt\", values = [\"low\"] }", &["fact misspelt", "values low"]),
        ("{ fact = \"kinds\", values = [\"base\", \"plus\"] }", &[]),
        ("{ term_ends = 2027-01-01 }", &["term_ends 2027-01-01"]),
    ] {
        assert_eq!(uncomputed(row), wanted, "{row}");
    }
}
