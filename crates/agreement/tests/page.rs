//! The woven page: every clause an anchor, every rule in the reader's words, nothing unescaped.

#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use agreement::{Compilation, Options, compile, explain, facts, standalone_page, weave};
use calendar::LocalDate;
use words::Language;

fn solidassist() -> Compilation {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../agreements/solidassist.md"))
            .unwrap();
    compile(&text, "solidassist.md", &Options::default())
}

/// No-break spaces are a matter of setting, not of wording.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn every_clause_has_its_place_on_the_page() {
    let compilation = solidassist();
    for language in Language::ALL {
        let page = weave(&compilation, language);
        for clause in &compilation.terms.as_ref().unwrap().clauses {
            let clause = &clause.clause;
            let anchor = format!("id=\"{}\"", clause.anchor());
            assert_eq!(page.body_html.matches(&anchor).count(), 1, "{anchor}");
            assert!(page.clause_fragments[&clause.number].contains(&anchor));
            assert!(
                page.toc
                    .iter()
                    .any(|entry| entry.anchor == clause.anchor() && entry.heading == clause.heading)
            );
        }
        let whole = standalone_page(&page);
        assert!(whole.starts_with("<!doctype html>") && whole.contains(&page.body_html));
        // No rule is shown as it is written for the engine.
        for raw in
            ["[promise", "within", "business hours\"", "needs_judgement", "cover.licence", "solidassist\"]"]
        {
            let as_code = language == Language::French || raw != "within";
            assert!(!as_code || !page.body_html.contains(raw), "{raw}");
        }
    }
}

#[test]
fn rules_are_told_in_the_readers_language() {
    let compilation = solidassist();
    let french = plain(&weave(&compilation, Language::French).clause_fragments["5.1"]);
    let english = plain(&weave(&compilation, Language::English).clause_fragments["5.1"]);
    assert!(french.contains("4 heures ouvrables, Heures d’ouverture"), "{french}");
    assert!(english.contains("4 business hours, Opening hours; objective"), "{english}");
    // The prose stays what was signed.
    assert!(english.contains("dans les 10 minutes"));
    // A worked example shows what was announced and what was computed.
    assert_eq!(french.matches("<td>17 août 2026 11:00, heure de Toronto</td>").count(), 4, "{french}");
}

#[test]
fn what_is_written_as_markup_is_shown_as_text() {
    let text = "# <b>T</b>\n```terms\n[agreement]\nformat = 1\nkey = \"k\"\nversion = \"<1>\"\neffective = 2026-01-01\n\
        zone = \"UTC\"\n```\n## 1 <script>alert(1)</script>\nTexte <img src=x onerror=alert(1)> et \
        [lien](javascript:alert(1)), [bon](https://exemple.example/).\n\n<iframe src=\"//x\"></iframe>\n\n\
        ![image](https://exemple.example/x.png)\n```terms\n[fact]\nx = { type = \"text\", fr = \"<i>&\\\"\" }\n```\n";
    let page = standalone_page(&weave(&compile(text, "k.md", &Options::default()), Language::French));
    let after_head = page.split("</head>").nth(1).unwrap();
    for bad in ["<script", "<img", "<iframe", "javascript:", "<i>", "<b>T", "onerror=alert(1)>"] {
        assert!(!after_head.contains(bad), "{bad}: {after_head}");
    }
    assert!(after_head.contains("href=\"https://exemple.example/\""));
    assert!(after_head.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn plain_words_tell_hours_promises_coverage_and_interpretations() {
    let compilation = solidassist();
    let week = LocalDate::parse("2026-12-23").unwrap();
    let french = plain(&explain(&compilation, Language::French, week));
    for told in ["09:00–20:00", "Noël", "10 minutes", "4 heures ouvrables", "Autodesk Revit", "Écarté", "5.3"]
    {
        assert!(french.contains(told), "{told} in\n{french}");
    }
    let english = plain(&explain(&compilation, Language::English, week));
    for told in [
        "Christmas Day",
        "4 business hours",
        "Set aside",
        "it is the current release or one of the three before",
    ] {
        assert!(english.contains(told), "{told} in\n{english}");
    }
}

#[test]
fn the_facts_of_a_document_are_listed_once() {
    let compilation = solidassist();
    let lines = facts(compilation.terms.as_ref().unwrap());
    let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    for wanted in [
        "tier",
        "product",
        "version",
        "problem",
        "severity",
        "urgency",
        "in_collection",
        "holidays",
        "releases",
    ] {
        assert_eq!(names.iter().filter(|name| **name == wanted).count(), 1, "{wanted}");
    }
    let tier = lines.iter().find(|line| line.name == "tier").unwrap();
    assert_eq!((tier.values.len(), tier.required.as_deref()), (2, Some("contract")));
    let on_site = lines.iter().find(|line| line.name == "on_site").unwrap();
    assert_eq!(on_site.presumed.as_deref(), Some("no"));
}

#[test]
fn what_is_due_is_told_to_programs_in_the_published_shape() {
    let compilation = solidassist();
    let at = calendar::Instant::parse("2026-08-14T18:00:00-04:00").unwrap();
    let email = terms::Facts::new().with("channel", terms::FactValue::text("email"));
    let answer = agreement::due(compilation.terms.as_ref().unwrap(), at, &email, Language::French).unwrap();
    let told = serde_json::to_value(&answer).unwrap();
    assert_eq!(told["coverage"]["verdict"], "needs_judgement");
    let reason = &told["coverage"]["reasons"][0];
    assert_eq!((&reason["answer"], &reason["clause"]["number"]), (&"unknown".into(), &"2.1".into()));
    assert!(reason["text"].is_string() && reason["clause"]["item"].is_null());
    // Every condition and exclusion consulted is listed.
    assert_eq!(told["coverage"]["reasons"].as_array().unwrap().len(), 10);
    let clocks = told["clocks"].as_array().unwrap();
    assert_eq!(clocks.len(), 2);
    assert_eq!(clocks[0]["promise"], "acknowledgement");
    assert_eq!(
        (&clocks[0]["calendar"], &clocks[0]["due_at"]),
        (&"elapsed".into(), &"2026-08-14T22:10:00Z".into())
    );
    let response = &clocks[1];
    assert_eq!(
        (&response["strength"], &response["target"]),
        (&"objective".into(), &"4 business hours".into())
    );
    assert_eq!(
        (&response["calendar"], &response["due_at"]),
        (&"office".into(), &"2026-08-17T15:00:00Z".into())
    );
    assert_eq!(
        (&response["clause"]["agreement"], &response["clause"]["version"]),
        (&"solidassist".into(), &"2026.1".into())
    );
    let interpretations: Vec<&str> = response["interpretations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(interpretations, ["closing", "eastern_time", "holiday_list", "generally"]);
    assert_eq!(response["interpretations"][0]["alternatives"][0]["name"], "pacific");
    // Only the acknowledgement is owed for a request that is not covered.
    let on_site = email.with("on_site", terms::FactValue::YesNo(true));
    let answer = agreement::due(compilation.terms.as_ref().unwrap(), at, &on_site, Language::French).unwrap();
    assert_eq!(answer.coverage.verdict, "not_covered");
    assert_eq!(answer.coverage.reasons[0].rule, "exclude.on_site");
    assert_eq!(answer.clocks.len(), 1);
}

fn shipped(key: &str) -> Compilation {
    let folder = env!("CARGO_MANIFEST_DIR");
    let path = match key {
        "hosting" | "maintenance" => format!("{folder}/tests/other/{key}.md"),
        key => format!("{folder}/../../agreements/{key}.md"),
    };
    compile(&std::fs::read_to_string(path).unwrap(), &format!("{key}.md"), &Options::default())
}

const KEYS: [&str; 7] = ["solidassist", "netmath", "flexo2", "aplicit", "olcare", "hosting", "maintenance"];

#[test]
fn the_words_of_the_document_are_marked_with_their_language() {
    let page = weave(&solidassist(), Language::English);
    let clause = &page.clause_fragments["3.0"];
    assert!(clause.contains("<h3 lang=\"fr\">Heures d’ouverture</h3>"), "{clause}");
    assert!(clause.contains("<div class=\"prose\" lang=\"fr\">"), "{clause}");
    assert!(standalone_page(&page).contains("<ol lang=\"fr\">"));
    let page = weave(&solidassist(), Language::French);
    assert!(!page.body_html.contains(" lang=\""), "nothing differs from the page");
    let bilingual = &weave(&shipped("olcare"), Language::French).clause_fragments["3"];
    assert!(bilingual.contains("<blockquote lang=\"en\">"), "{bilingual}");
}

#[test]
fn a_title_that_has_no_words_in_the_readers_language_is_marked_with_its_own() {
    let text = "# Entente\n```terms\n[agreement]\nformat = 1\nkey = \"k\"\nversion = \"1\"\n\
        effective = 2026-01-01\nlanguages = [\"fr\", \"en\"]\nzone = \"UTC\"\n```\n## 1 Objet\nTexte.\n";
    let page =
        |text: &str, language| standalone_page(&weave(&compile(text, "k.md", &Options::default()), language));
    let english = page(text, Language::English);
    assert!(english.contains("<h1 lang=\"fr\">Entente</h1>"), "{english}");
    assert!(english.contains("<title lang=\"fr\">Entente</title>"), "{english}");
    assert!(page(text, Language::French).contains("<h1>Entente</h1>"));
    let named = text.replace("key = \"k\"", "key = \"k\"\nen = \"Agreement\"");
    assert!(page(&named, Language::English).contains("<h1>Agreement</h1>"));
}

#[test]
fn examples_fold_and_open_on_paper() {
    let page = weave(&solidassist(), Language::French);
    let clause = &page.clause_fragments["5.1"];
    assert!(clause.contains("<details class=\"example\"><summary>Exemple calculé"), "{clause}");
    assert!(standalone_page(&page).contains("@media print"));
    assert!(standalone_page(&page).contains("details.example::details-content{content-visibility:visible"));
    // An example that computes otherwise is never folded away.
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../agreements/solidassist.md"));
    let changed = text.unwrap().replacen("due = \"2026-08-17T11:00", "due = \"2026-08-17T12:00", 1);
    let page = weave(&compile(&changed, "x.md", &Options::default()), Language::French);
    assert!(page.body_html.contains("<details class=\"example\" open>"));
}

#[test]
fn no_page_to_sign_shows_a_name_meant_for_the_engine() {
    for name in KEYS {
        for language in Language::ALL {
            let page = weave(&shipped(name), language).body_html;
            let text: String =
                page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
            let raw: Vec<&str> = text
                .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
                .filter(|word| word.trim_matches('_').contains('_'))
                .collect();
            assert_eq!(raw, Vec::<&str>::new(), "{name} in {}", language.tag());
            assert!(!text.contains("1900"), "{name}: what always held is no day");
        }
    }
}

#[test]
fn every_agreement_is_told_without_a_word_meant_for_the_engine() {
    let week = LocalDate::parse("2026-12-23").unwrap();
    // A name of the language is written with an underscore or a point between words.
    let raw = |told: &str| -> Vec<String> {
        told.split(|character: char| character.is_whitespace() || "(),;:«»“”–".contains(character))
            .filter(|word| {
                let name = word.trim_matches(|character: char| !character.is_alphanumeric());
                let small = |character: char| character.is_ascii_lowercase() || "_.".contains(character);
                name.chars().all(small) && name.contains(['_', '.']) && !name.contains("..")
            })
            .map(str::to_owned)
            .collect()
    };
    for key in KEYS {
        let compilation = shipped(key);
        for language in Language::ALL {
            let told = plain(&explain(&compilation, language, week));
            assert_eq!(raw(&told), Vec::<String>::new(), "{key} {language:?}");
            assert!(!told.contains(": ."), "{key} {language:?}: something is told as nothing");
            assert!(!told.contains("(clause )"), "{key} {language:?}: a clause without a number");
        }
    }
}

#[test]
fn money_availability_and_prepaid_work_are_read_aloud() {
    let week = LocalDate::parse("2026-12-23").unwrap();
    for (key, wanted) in [
        (
            "netmath",
            &[
                "Cible : au moins 99 % (meilleur effort).",
                "5 % pour au moins 98 % et moins de 99 %",
                "C’est le seul recours",
                "Noël",
            ][..],
        ),
        (
            "flexo2",
            &[
                "4 pour 600 €",
                "100 % pour moins de 5 jours ouvrés",
                "augmenté de 10 points",
                "40 € pour au moins 1",
                "Le contrat dure 1 an",
                "Possible 8 jours après la mise en demeure",
            ][..],
        ),
        (
            "olcare",
            &[
                "P1 – Critique",
                "2 jours ouvrés",
                "Sans réponse, compté comme l’absence de réponse",
                "à défaut en anglais",
            ][..],
        ),
        ("aplicit", &["30 minutes ouvrables", "le lien de connexion"][..]),
    ] {
        let told = plain(&explain(&shipped(key), Language::French, week));
        for words in wanted {
            assert!(told.contains(words), "{key}: {words} in\n{told}");
        }
    }
}

const HEAD: &str = "# Entente\n```terms\n[agreement]\nformat = 1\nkey = \"k\"\nversion = \"1\"\n\
    effective = 2026-01-01\nlanguages = [\"fr\", \"en\"]\nzone = \"Europe/Paris\"\n```\n";

fn of_rules(rules: &str) -> Compilation {
    compile(
        &format!("{HEAD}## 1 Règles\nVoici les règles.\n```terms\n{rules}```\n"),
        "k.md",
        &Options::default(),
    )
}

#[test]
fn what_holds_from_a_day_on_is_told_with_its_day() {
    let compilation = of_rules(
        "[calendar.office]\nfr = \"Bureau\"\nopen = { mon-fri = [\"09:00-17:00\"] }\n\
         [[calendar.office.case]]\nsince = 2027-03-01\nopen = { mon-thu = [\"08:00-18:00\"] }\n\
         [promise.response]\nstart = \"received\"\nstop = \"answered\"\ncalendar = \"office\"\n\
         within = \"4 business hours\"\nstrength = \"objective\"\n\
         [[promise.response.case]]\nsince = 2027-01-01\nuntil = 2027-12-31\nwithin = \"2 business hours\"\n\
         [[promise.response.case]]\nwhen = { channel = \"phone\" }\nwithin = \"1 business hour\"\n",
    );
    let dated = "à partir du vendredi 1er janvier 2027, jusqu’au vendredi 31 décembre 2027";
    let week = LocalDate::parse("2026-08-10").unwrap();
    let page = plain(&weave(&compilation, Language::French).body_html);
    let told = plain(&explain(&compilation, Language::French, week));
    assert!(page.contains(&format!("2 heures ouvrables ({dated})")), "{page}");
    for words in [&page, &told] {
        assert!(words.contains(dated), "{words}");
        assert!(!words.contains("dans tous les cas"), "{words}");
        assert!(words.contains(" ; à partir du lundi 1er mars 2027 : du lundi au jeudi"), "{words}");
    }
    // Once those hours hold, they are the hours.
    let after = plain(&explain(&compilation, Language::French, LocalDate::parse("2027-03-03").unwrap()));
    assert!(after.contains("Bureau : du lundi au jeudi") && !after.contains("mars 2027 :"), "{after}");
}

#[test]
fn who_may_leave_the_order_of_the_queue_is_told_as_the_document_says() {
    let told = |jump: &str| {
        let page = weave(&of_rules(&format!("[queue]\norder = [\"arrival\"]\n{jump}")), Language::English);
        page.clause_fragments["1"].clone()
    };
    let plain_order = told("");
    assert!(plain_order.contains("order of arrival."), "{plain_order}");
    assert!(!plain_order.contains("out of turn"), "{plain_order}");
    let jump = told("jump = { who = [\"agent\"] }\n");
    assert!(jump.contains("out of turn, which is recorded: ") && !jump.contains("reason"), "{jump}");
    let reason = told("jump = { who = [\"agent\"], reason = true }\n");
    assert!(reason.contains("out of turn with a reason, which is recorded: "), "{reason}");
}
