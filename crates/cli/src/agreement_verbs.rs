mod adopt;
mod amend;
mod diff;
mod print_agreement;
mod replay;
mod schema;

use crate::args::AgreementVerb;
use crate::failure::{Outcome, VerbFailure};
use crate::print::{line, wants_colour};
use agreement::{Compilation, Diagnostic, NoSuchFact, Options, compile, compile_in_force};
use calendar::{Instant, LocalDate};
use operations::ProductClock;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use terms::{FactName, FactValue, Facts, STANDARD_FACTS, Terms, TermsError};
use words::Language;

/// An agreement, read aloud: checked, rehearsed, asked, explained, woven.
pub fn run(verb: AgreementVerb) -> Result<Outcome, VerbFailure> {
    match verb {
        AgreementVerb::Check { file, lang, json } => check(&file, language(lang.as_deref()), json),
        AgreementVerb::Rehearse { files, json } => rehearse(&files, json),
        AgreementVerb::Due { file, at, set, interpretation, lang, json } => {
            due(&file, &at, &set, &interpretation, language(lang.as_deref()), json)
        }
        AgreementVerb::Explain { file, lang, json } => explain(&file, language(lang.as_deref()), json),
        AgreementVerb::Facts { file, json } => facts(&file, json),
        AgreementVerb::Amend { file, list: true, json, .. } => amend::list(&file, json),
        AgreementVerb::Amend { file, set, out, lang, .. } => {
            amend::amend(&file, &set, out.as_deref(), language(lang.as_deref()))
        }
        AgreementVerb::Diff { old, new, lang, json } => {
            diff::diff(&old, &new, language(lang.as_deref()), json)
        }
        AgreementVerb::Replay { file, history, config, data, against, until, lang, json, .. } => {
            replay::replay(&replay::ReplayOptions {
                file: &file,
                source: match (&history, &config) {
                    (Some(history), _) => replay::Source::File(history),
                    (None, Some(config)) => replay::Source::Store(config),
                    (None, None) => {
                        replay::Source::Demo(data.as_deref().unwrap_or(Path::new("entente-demo")))
                    }
                },
                against: against.as_deref(),
                until: until.as_deref(),
                language: language(lang.as_deref()),
                as_data: json,
            })
        }
        AgreementVerb::Adopt { document, provider, set, account, preview, config, data, lang, json } => {
            adopt::adopt(&adopt::AdoptOptions {
                document: &document,
                provider: provider.as_deref(),
                set: &set,
                account,
                preview,
                config: config.as_deref(),
                data: data.as_deref().unwrap_or(Path::new("entente-demo")),
                language: language(lang.as_deref()),
                as_data: json,
            })
        }
        AgreementVerb::Schema => schema::schema(),
        AgreementVerb::Weave { file, out, lang } => weave(&file, &out, language(lang.as_deref())),
    }
}

/// The language asked for, else that of the terminal, else English.
#[expect(clippy::disallowed_methods, reason = "the terminal's language is a setting of the command line")]
fn language(asked: Option<&str>) -> Language {
    let terminal = std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).unwrap_or_default();
    asked
        .and_then(Language::parse)
        .or_else(|| Language::parse(&terminal.replace('_', "-")))
        .unwrap_or(Language::English)
}

fn read(file: &Path) -> Result<(String, String), VerbFailure> {
    let path = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|source| VerbFailure::File {
        attempt: "reading",
        path: path.clone(),
        source,
    })?;
    Ok((path, text))
}

/// Compiles a document; what it complains of is told on standard error.
fn compiled(file: &Path, options: &Options, language: Language) -> Result<Compilation, VerbFailure> {
    told(file, language, |text, path| compile(text, path, options))
}

/// Compiles what is in force of a document, for an answer at once: `check` reads the alternatives too.
fn in_force(file: &Path, options: &Options, language: Language) -> Result<Compilation, VerbFailure> {
    told(file, language, |text, path| compile_in_force(text, path, options))
}

fn told(
    file: &Path,
    language: Language,
    compile: impl Fn(&str, &str) -> Compilation,
) -> Result<Compilation, VerbFailure> {
    let (path, text) = read(file)?;
    let compilation = compile(&text, &path);
    for found in compilation.diagnostics.iter().filter(|found| found.is_error()) {
        let colour = wants_colour(&std::io::stderr());
        eprintln!("{}", agreement::render(found, &path, &text, language.tag(), colour));
    }
    Ok(compilation)
}

fn check(file: &Path, language: Language, as_data: bool) -> Result<Outcome, VerbFailure> {
    let (path, text) = read(file)?;
    let compilation = compile(&text, &path, &Options::default());
    let rehearsed = agreement::rehearse(&compilation).diagnostics();
    let found: Vec<_> = compilation.diagnostics.iter().chain(&rehearsed).collect();
    if as_data {
        let rows: Vec<Value> = found.iter().map(|found| as_row(found, &text, language.tag())).collect();
        line!("{}", json!({ "file": path, "diagnostics": rows }));
    } else {
        for found in &found {
            let colour = wants_colour(&std::io::stdout());
            line!("{}", agreement::render(found, &path, &text, language.tag(), colour));
        }
        let errors = found.iter().filter(|found| found.is_error()).count();
        eprintln!("{path}: {errors} errors, {} warnings", found.len() - errors);
    }
    let is_bad = found.iter().any(|found| found.is_error());
    Ok(if is_bad { Outcome::No } else { Outcome::Done })
}

/// A complaint as data: its code, its words, and its places with line and column from 1.
fn as_row(found: &Diagnostic, text: &str, language: &str) -> Value {
    let place = |place: agreement::Place| {
        let before = text.get(..place.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        json!({ "line": line, "column": column, "start": place.start, "end": place.end })
    };
    json!({
        "code": found.code.as_str(),
        "severity": if found.is_error() { "error" } else { "warning" },
        "message": found.sentence(language),
        "help": found.help(language),
        "place": place(found.place),
        "second": found.second.map(|second| json!({ "place": place(second), "label": found.second_label(language) })),
    })
}

fn rehearse(files: &[std::path::PathBuf], as_data: bool) -> Result<Outcome, VerbFailure> {
    let (mut passed, mut failed) = (0, 0);
    let mut rows: Vec<Value> = Vec::new();
    for file in files {
        let compilation = compiled(file, &Options::default(), Language::English)?;
        if compilation.terms.is_none() {
            failed += 1;
            continue;
        }
        for outcome in agreement::rehearse(&compilation).outcomes {
            if outcome.passed {
                passed += 1;
                continue;
            }
            failed += 1;
            if as_data {
                let differing: Vec<Value> = outcome
                    .mismatches
                    .iter()
                    .map(|one| {
                        json!({
                            "what": one.what, "expected": one.expected, "found": one.found,
                            "computed": one.computed,
                        })
                    })
                    .collect();
                rows.push(json!({
                    "file": file.display().to_string(), "clause": outcome.clause.mark(),
                    "title": outcome.title, "differing": differing,
                }));
                continue;
            }
            line!("{} · {}", outcome.clause.mark(), outcome.title);
            for mismatch in &outcome.mismatches {
                if mismatch.computed {
                    line!("    {}: expected {}, found {}", mismatch.what, mismatch.expected, mismatch.found);
                } else {
                    line!("    {}: expected {}, which nothing computes", mismatch.what, mismatch.expected);
                }
            }
        }
    }
    if as_data {
        line!("{}", json!({ "passed": passed, "failed": failed, "failures": rows }));
    } else {
        line!("{passed} passed, {failed} failed");
    }
    Ok(if failed == 0 { Outcome::Done } else { Outcome::No })
}

fn due(
    file: &Path,
    at: &str,
    set: &[String],
    interpretations: &[String],
    language: Language,
    as_data: bool,
) -> Result<Outcome, VerbFailure> {
    let at = Instant::parse(at).map_err(|error| wrong("--at", error.to_string()))?;
    let mut compilation = in_force(file, &Options::default(), language)?;
    if !interpretations.is_empty() {
        let Some(terms) = &compilation.terms else { return Ok(Outcome::No) };
        compilation = in_force(file, &options_of(terms, interpretations)?, language)?;
    }
    let (facts, unknown) = facts_of(&compilation, set)?;
    let Some(terms) = &mut compilation.terms else { return Ok(Outcome::No) };
    for fact in &unknown {
        terms.leave_unknown(fact);
    }
    let terms = &*terms;
    let answer = agreement::due(terms, at, &facts, language).map_err(|error| cannot_tell(terms, &error))?;
    if as_data {
        line!("{}", serde_json::to_string(&answer).expect("an answer is plain data"));
        return Ok(Outcome::Done);
    }
    line!("{}", answer.coverage.verdict);
    for reason in &answer.coverage.reasons {
        line!("  {:<8} {} ({})", reason.answer, reason.text, reason.clause.mark());
    }
    for clock in &answer.clocks {
        let due_at = clock.due_at.map_or_else(|| "-".to_owned(), |due| shown_in(terms, due));
        let target = clock.target.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        line!(
            "{:<16} {due_at}  {target}, {}, {} ({})",
            clock.promise,
            clock.calendar,
            clock.strength,
            clock.clause.mark()
        );
        for interpretation in &clock.interpretations {
            let chosen = interpretation.chosen.as_ref().map_or_else(String::new, |name| format!("={name}"));
            line!("    {}{chosen}: {}", interpretation.name, interpretation.text);
        }
    }
    Ok(Outcome::Done)
}

/// Why nothing can be told: where the hours depend on a fact that is not given, which one, and its values.
fn cannot_tell(terms: &Terms, error: &TermsError) -> VerbFailure {
    let TermsError::CalendarWants { calendar, facts } = error else {
        return wrong("--set", error.to_string());
    };
    let lines = agreement::facts(terms);
    let wanted: Vec<String> = facts
        .iter()
        .map(|fact| {
            let values =
                lines.iter().find(|line| line.name == fact.as_str()).map(|line| line.values.join(", "));
            match values.filter(|values| !values.is_empty()) {
                Some(values) => format!("--set {fact}=…, one of {values}"),
                None => format!("--set {fact}=…"),
            }
        })
        .collect();
    wrong(
        "--set",
        format!("the hours of `{calendar}` depend on a fact that is not given: write {}", wanted.join("; ")),
    )
}

/// The alternatives asked for, which must be those of the document.
fn options_of(terms: &Terms, pairs: &[String]) -> Result<Options, VerbFailure> {
    let mut options = Options::default();
    for pair in pairs {
        let (name, alternative) = pair
            .split_once('=')
            .ok_or_else(|| wrong("--interpretation", "write NAME=ALTERNATIVE".to_owned()))?;
        let unknown = |what: String, known: Vec<&str>| {
            let known =
                if known.is_empty() { String::new() } else { format!("; write one of {}", known.join(", ")) };
            wrong("--interpretation", format!("the document has no {what}{known}"))
        };
        let Some(found) = terms.interpretations.iter().find(|found| found.name == name) else {
            let known = terms.interpretations.iter().map(|found| found.name.as_str()).collect();
            return Err(unknown(format!("interpretation `{name}`"), known));
        };
        if !found.alternatives.iter().any(|other| other.name == alternative) {
            let known = found.alternatives.iter().map(|other| other.name.as_str()).collect();
            return Err(unknown(format!("alternative `{alternative}` of `{name}`"), known));
        }
        options.interpretations.insert(name.to_owned(), alternative.to_owned());
    }
    Ok(options)
}

/// An instant on the wall of the agreement's zone, with its offset.
fn shown_in(terms: &Terms, instant: Instant) -> String {
    let local = terms.zone.local(instant);
    let sign = if local.offset_seconds < 0 { '-' } else { '+' };
    let offset = local.offset_seconds.abs();
    format!("{} {} {sign}{:02}:{:02}", local.date, local.time, offset / 3600, offset % 3600 / 60)
}

/// The facts given, and those said to be unknown, which is more than not said: nothing is presumed of
/// them. Of one fact the last word holds.
fn facts_of(compilation: &Compilation, set: &[String]) -> Result<(Facts, BTreeSet<FactName>), VerbFailure> {
    let mut facts = Facts::new();
    let mut unknown = BTreeSet::new();
    for pair in set {
        let (name, text) =
            pair.split_once('=').ok_or_else(|| wrong("--set", "write NAME=VALUE".to_owned()))?;
        match compilation.fact_value(name, text) {
            Ok(Some(value)) => {
                unknown.remove(name);
                facts.set(name, value);
            }
            Ok(None) => {
                facts.forget(name);
                unknown.insert(FactName::from(name));
            }
            // What every document understands may be given to one that has no use for it.
            Err(NoSuchFact::UnknownName(_)) if STANDARD_FACTS.contains(&name) && text == "unknown" => {
                facts.forget(name);
            }
            Err(NoSuchFact::UnknownName(_)) if STANDARD_FACTS.contains(&name) => {
                facts.set(name, FactValue::text(text));
            }
            Err(NoSuchFact::UnknownName(near)) => {
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                return Err(wrong("--set", format!("the document knows no fact `{name}`{near}")));
            }
            Err(NoSuchFact::UnknownValue(values)) => {
                let allowed = if values.is_empty() {
                    String::new()
                } else {
                    format!("; write one of {}", values.join(", "))
                };
                return Err(wrong("--set", format!("`{text}` is no value of `{name}`{allowed}")));
            }
        }
    }
    Ok((facts, unknown))
}

fn explain(file: &Path, language: Language, as_data: bool) -> Result<Outcome, VerbFailure> {
    let compilation = compiled(file, &Options::default(), language)?;
    let Some(terms) = &compilation.terms else { return Ok(Outcome::No) };
    let today: LocalDate = terms.zone.local(ProductClock::default().now()).date;
    if as_data {
        let told = agreement::explain_by_section(&compilation, language, today);
        let told = told.ok_or_else(|| wrong("FILE", "it has no terms".to_owned()))?;
        let sections: Vec<Value> = told
            .sections
            .iter()
            .map(|one| json!({ "heading": one.heading, "lines": one.text.lines().collect::<Vec<_>>() }))
            .collect();
        line!(
            "{}",
            json!({
                "agreement": terms.name.to_string(), "title": told.title, "edition": told.edition,
                "language": language.tag(), "first_day": today.to_string(), "sections": sections,
            })
        );
        return Ok(Outcome::Done);
    }
    line!("{}", agreement::explain(&compilation, language, today));
    Ok(Outcome::Done)
}

fn facts(file: &Path, as_data: bool) -> Result<Outcome, VerbFailure> {
    let compilation = compiled(file, &Options::default(), Language::English)?;
    let Some(terms) = &compilation.terms else { return Ok(Outcome::No) };
    let lines = agreement::facts(terms);
    if as_data {
        line!("{}", serde_json::to_string(&lines).expect("facts are plain data"));
        return Ok(Outcome::Done);
    }
    for line in lines {
        let values =
            if line.values.is_empty() { String::new() } else { format!(": {}", line.values.join(", ")) };
        let presumed = line.presumed.map(|presumed| format!(", presumed {presumed}")).unwrap_or_default();
        line!("{:<9} {:<24} {}{values}{presumed} ({})", line.sort, line.name, line.kind, line.clause.mark());
    }
    Ok(Outcome::Done)
}

fn weave(file: &Path, out: &Path, language: Language) -> Result<Outcome, VerbFailure> {
    let kind = out.extension().and_then(|extension| extension.to_str());
    let Some(kind @ ("html" | "pdf")) = kind else {
        return Err(wrong("-o", "name a file that ends in .html or .pdf".to_owned()));
    };
    let compilation = compiled(file, &Options::default(), language)?;
    if compilation.terms.is_none() {
        return Ok(Outcome::No);
    }
    let bytes = if kind == "pdf" {
        print_agreement::pdf_of(&agreement::weave_text(&compilation, language), language)?
    } else {
        agreement::standalone_page(&agreement::weave(&compilation, language)).into_bytes()
    };
    std::fs::write(out, bytes).map_err(|source| VerbFailure::File {
        attempt: "writing",
        path: out.display().to_string(),
        source,
    })?;
    Ok(Outcome::Done)
}

fn wrong(argument: &str, problem: String) -> VerbFailure {
    VerbFailure::Use { argument: argument.to_owned(), problem }
}
