use crate::rehearse::verdict_name;
use calendar::{Instant, Span};
use meters::{Course, Happening, Progress, read};
use serde::Serialize;
use terms::{Clause, FactValue, Facts, Interpretation, Reason, ReasonAnswer, Terms, TermsError};
use words::{Language, promise_name};

/// What an agreement promises for a request received at an instant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DueAnswer {
    /// Whether the request is covered, and why.
    pub coverage: CoverageAnswer,
    /// Every clock that would start, in the order of the document.
    pub clocks: Vec<ClockAnswer>,
}

/// The verdict on a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoverageAnswer {
    /// `covered`, `not_covered` or `needs_judgement`.
    pub verdict: &'static str,
    /// Every condition and exclusion consulted, the deciding ones first.
    pub reasons: Vec<ReasonLine>,
}

/// One condition or exclusion as it was consulted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReasonLine {
    /// What it says, in the language asked for.
    pub text: String,
    /// Whether that is true of the request: `yes`, `no` or `unknown`.
    pub answer: &'static str,
    /// `cover.NAME` or `exclude.NAME`.
    pub rule: String,
    /// The clause that decided.
    pub clause: Clause,
    /// Facts that would settle an unknown.
    pub wants: Vec<String>,
    /// The path that an exclusion opens.
    pub offer: Option<String>,
}

/// One clock as it would start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockAnswer {
    /// Name of the promise.
    pub promise: String,
    /// What people read, in the language asked for.
    pub label: String,
    /// How binding.
    pub strength: String,
    /// When it falls due; none for a promise without figure.
    pub due_at: Option<Instant>,
    /// The calendar in force; `elapsed` for wall-clock time.
    pub calendar: String,
    /// The target as the document writes it; none for a promise without figure.
    pub target: Option<Span>,
    /// The clause that gives the target.
    pub clause: Clause,
    /// Interpretations in force that speak of the promise or of its calendar.
    pub interpretations: Vec<InterpretationAnswer>,
    /// Unknown facts that could still change the target.
    pub provisional: Vec<String>,
}

/// An interpretation in force with what it sets aside.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InterpretationAnswer {
    /// Name in the document.
    pub name: String,
    /// The alternative in force, where it is not the document's own reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// What is in force.
    pub text: String,
    /// What was set aside.
    pub alternatives: Vec<AlternativeAnswer>,
}

/// An alternative that was set aside.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlternativeAnswer {
    /// Name in the document.
    pub name: String,
    /// What it would mean.
    pub text: String,
}

/// What the terms promise for a request received at `at` with these facts. Texts are in `language`.
///
/// The acknowledgement is owed for every request received; other clocks of a request that is not
/// covered do not start, unless the document says otherwise.
///
/// # Errors
/// When a calendar of the agreement depends on facts that are not given.
pub fn due(terms: &Terms, at: Instant, facts: &Facts, language: Language) -> Result<DueAnswer, TermsError> {
    let spoken = language;
    let language = language.tag();
    let mut facts = facts.clone();
    if let Some(given) = facts.text("channel") {
        let meant = terms.channel_meant(given).to_owned();
        facts.set("channel", FactValue::Text(meant));
    }
    if facts.get("received_at").is_none() {
        facts.set("received_at", FactValue::Instant(at));
    }
    let coverage = terms.coverage(&facts, at);
    let course = Course::new(terms);
    let mut progress = Progress::default();
    for event in ["received", "opened"] {
        let happening = Happening::new(event, at);
        if let Some(awaited) = course.hours_awaited(&progress, &facts, coverage.verdict, &happening) {
            return Err(awaited);
        }
        for change in course.happen(&progress, &facts, &facts, coverage.verdict, &happening)? {
            progress.apply(&change);
        }
    }
    let clocks = progress
        .clocks
        .iter()
        .map(|clock| {
            let reading = read(&course, &progress, clock, &facts, at);
            ClockAnswer {
                promise: reading.promise,
                label: promise_name(spoken, &clock.key.promise, &reading.label),
                strength: reading.strength.to_string(),
                due_at: reading.due_at,
                calendar: reading.calendar.clone(),
                target: reading.target,
                clause: reading.clause,
                interpretations: interpretations(terms, &clock.interpretations, &reading.calendar, language),
                provisional: reading.provisional.iter().map(ToString::to_string).collect(),
            }
        })
        .collect();
    let reasons = coverage.reasons.iter().map(|reason| reason_line(reason, language)).collect();
    Ok(DueAnswer { coverage: CoverageAnswer { verdict: verdict_name(coverage.verdict), reasons }, clocks })
}

fn reason_line(reason: &Reason, language: &str) -> ReasonLine {
    let text = reason.label.text(language);
    ReasonLine {
        text: if text.is_empty() { reason.rule.clone() } else { text.to_owned() },
        answer: match reason.answer {
            ReasonAnswer::Yes => "yes",
            ReasonAnswer::No => "no",
            ReasonAnswer::Unknown => "unknown",
        },
        rule: reason.rule.clone(),
        clause: reason.clause.clone(),
        wants: reason.wants.iter().map(ToString::to_string).collect(),
        offer: reason.offer.clone(),
    }
}

fn interpretations(
    terms: &Terms,
    named: &[String],
    calendar: &str,
    language: &str,
) -> Vec<InterpretationAnswer> {
    let of_calendar = terms
        .calendars
        .iter()
        .find(|rule| rule.name == calendar)
        .map_or(&[] as &[String], |rule| rule.interpretations.as_slice());
    let spoken = |interpretation: &Interpretation| InterpretationAnswer {
        name: interpretation.name.clone(),
        chosen: interpretation.chosen.clone(),
        text: interpretation.text.text(language).to_owned(),
        alternatives: interpretation
            .alternatives
            .iter()
            .map(|alternative| AlternativeAnswer {
                name: alternative.name.clone(),
                text: alternative.text.text(language).to_owned(),
            })
            .collect(),
    };
    let wanted = |name: &String| named.contains(name) || of_calendar.contains(name);
    terms.interpretations.iter().filter(|known| wanted(&known.name)).map(spoken).collect()
}
