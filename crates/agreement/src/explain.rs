use crate::compile::Compilation;
use crate::describe::{Speaker, Told, Topic};
use calendar::{LocalDate, Weekday};
use std::fmt::{Display, Formatter, Write};
use terms::{CalendarRule, RuleKind, Terms};
use words::{Language, date_in_words, text, weekday_in_words};

/// The agreement in plain words, as a manager would read it to a customer: the hours of the seven days
/// from `first_day` on with their public holidays, a table of what is promised, what is covered and
/// excluded, the software, who may do what, availability, money, prepaid work, the contract, how the
/// text is understood, and what only informs.
///
/// An agreement that cannot be adopted explains nothing.
#[must_use]
pub fn explain(compilation: &Compilation, language: Language, first_day: LocalDate) -> String {
    explain_by_section(compilation, language, first_day).map(|told| told.to_string()).unwrap_or_default()
}

/// The same, section by section; none of an agreement that cannot be adopted.
#[must_use]
pub fn explain_by_section(
    compilation: &Compilation,
    language: Language,
    first_day: LocalDate,
) -> Option<ExplainedAgreement> {
    let terms = compilation.terms.as_ref()?;
    let account = Account { speaker: Speaker { terms, language }, terms, language };
    Some(account.whole(compilation, first_day))
}

/// An agreement in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedAgreement {
    /// Its title.
    pub title: String,
    /// Its version, and since when it holds.
    pub edition: String,
    /// What it says, by what it is about.
    pub sections: Vec<ExplainedSection>,
}

/// What an agreement says about something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedSection {
    /// About what.
    pub heading: String,
    /// Its lines, each ended by a line break; columns are filled up with spaces.
    pub text: String,
}

impl Display for ExplainedAgreement {
    fn fmt(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        writeln!(to, "{}\n{}", self.title, self.edition)?;
        for ExplainedSection { heading, text } in &self.sections {
            write!(to, "\n{heading}\n{}\n{text}", "-".repeat(heading.chars().count()))?;
        }
        Ok(())
    }
}

/// Sections as they are written, one after the other.
#[derive(Default)]
struct Sections(Vec<ExplainedSection>);

impl Write for Sections {
    fn write_str(&mut self, told: &str) -> std::fmt::Result {
        // Everything stands under a heading.
        self.0.last_mut().ok_or(std::fmt::Error)?.text.push_str(told);
        Ok(())
    }
}

/// Most characters a column of the table is filled up to; longer cells push the rest of their line.
const WIDEST_COLUMN: usize = 34;

struct Account<'a> {
    speaker: Speaker<'a>,
    terms: &'a Terms,
    language: Language,
}

impl Account<'_> {
    fn whole(&self, compilation: &Compilation, first_day: LocalDate) -> ExplainedAgreement {
        let (speaker, terms) = (&self.speaker, self.terms);
        let mut out = Sections::default();
        let title = speaker.label(&terms.title, compilation.source.title());
        let date = date_in_words(self.language, terms.effective, LocalDate::EPOCH);
        let edition = speaker.say("woven-version", &[("version", &terms.name.version), ("date", &date)]);
        self.hours(&mut out, first_day);
        self.promises(&mut out);
        self.coverage(&mut out);
        self.products(&mut out);
        let told = speaker.desk_told();
        self.told(&mut out, "told-desk", told.iter().filter(|told| told.topic == Topic::Desk));
        self.told(&mut out, "told-permissions", told.iter().filter(|told| told.topic == Topic::Permission));
        let told = speaker.contract_told();
        for (key, topic) in [
            ("told-availability", Topic::Availability),
            ("told-money", Topic::Money),
            ("told-prepaid", Topic::Prepaid),
            ("told-contract", Topic::Contract),
        ] {
            self.told(&mut out, key, told.iter().filter(|told| told.topic == topic));
        }
        self.interpretations(&mut out);
        self.information(&mut out);
        ExplainedAgreement { title: title.to_owned(), edition, sections: out.0 }
    }

    fn told<'t>(&self, out: &mut Sections, key: &str, rules: impl Iterator<Item = &'t Told<'t>>) {
        let mut rules = rules.peekable();
        if rules.peek().is_none() {
            return;
        }
        self.heading(out, key);
        for rule in rules {
            let told = self.speaker.say("woven-named", &[("name", &rule.name), ("value", &rule.says)]);
            // What stands under the title belongs to no clause.
            let _ = match rule.clause.mark() {
                mark if mark.is_empty() => writeln!(out, "- {told}"),
                mark => writeln!(out, "- {told} ({})", self.clause(&mark)),
            };
        }
    }

    fn heading(&self, out: &mut Sections, key: &str) {
        let heading = text(self.language, key).into_owned();
        out.0.push(ExplainedSection { heading, text: String::new() });
    }

    fn hours(&self, out: &mut Sections, first_day: LocalDate) {
        if self.terms.calendars.is_empty() {
            return;
        }
        self.heading(out, "woven-hours");
        for rule in &self.terms.calendars {
            let label = self.speaker.label(&rule.label, &rule.name);
            let told = self.speaker.calendar_details(rule, first_day.on_or_before(Weekday::Mon));
            let clause = self.clause(&rule.clause.mark());
            let told = self.speaker.say("woven-named", &[("name", label), ("value", &told)]);
            let _ = writeln!(out, "{told} ({clause})");
            self.week(out, rule, first_day);
        }
    }

    fn week(&self, out: &mut Sections, rule: &CalendarRule, first_day: LocalDate) {
        let Some(calendar) = self.speaker.calendar(rule) else { return };
        let shown = |day: LocalDate| date_in_words(self.language, day, first_day);
        let (from, to) = (shown(first_day), shown(first_day.plus_days(6)));
        let _ = writeln!(out, "  {}", self.speaker.say("woven-hours-days", &[("from", &from), ("to", &to)]));
        let days = (0..7).map(|days| first_day.plus_days(days));
        let width = Weekday::ALL
            .map(|weekday| weekday_in_words(self.language, weekday).chars().count())
            .into_iter()
            .max()
            .unwrap_or_default();
        for day in days {
            let windows: Vec<String> = calendar
                .windows_on(day)
                .iter()
                .map(|(from, to)| {
                    let end = calendar.zone().local(*to);
                    let end = if end.date == day { end.time.to_string() } else { "24:00".to_owned() };
                    format!("{}–{end}", calendar.zone().local(*from).time)
                })
                .collect();
            let holidays = calendar.holidays_between(day, day);
            let told = match holidays.first() {
                Some((_, labels)) => {
                    let name = labels.in_language(self.language.tag()).unwrap_or_default().to_owned();
                    if name.is_empty() {
                        self.speaker.word("woven-closed-holiday").into_owned()
                    } else {
                        self.speaker.say("woven-closed-for", &[("name", &name)])
                    }
                }
                None if windows.is_empty() => self.speaker.word("woven-closed").into_owned(),
                None => windows.join(", "),
            };
            let weekday = weekday_in_words(self.language, day.weekday());
            let _ = writeln!(out, "    {weekday:<width$}  {day}  {told}");
        }
    }

    /// A table: what, in which case, how soon, in which hours, how binding.
    fn promises(&self, out: &mut Sections) {
        self.heading(out, "woven-promises");
        if self.terms.promises.is_empty() {
            let _ = writeln!(out, "{}", text(self.language, "woven-promises-none"));
            return;
        }
        let speaker = &self.speaker;
        let mut rows: Vec<[String; 4]> = vec![
            ["told-case", "told-how-soon", "told-hours", "told-strength"]
                .map(|key| text(self.language, key).into_owned()),
        ];
        let mut starts: Vec<usize> = Vec::new();
        for promise in &self.terms.promises {
            starts.push(rows.len());
            let (hours, strength) = (speaker.counted_in(promise), speaker.strength(promise));
            for (case, target) in speaker.target_rows(promise) {
                let first = rows.len() == *starts.last().unwrap_or(&0);
                let (hours, strength) =
                    if first { (hours.clone(), strength.clone()) } else { (String::new(), String::new()) };
                rows.push([case, target, hours, strength]);
            }
        }
        let width = |column: usize| {
            let widths = rows.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or_default().min(WIDEST_COLUMN)
        };
        let widths = [width(0), width(1), width(2)];
        let line = |out: &mut Sections, row: &[String; 4]| {
            if row[0].chars().count() > WIDEST_COLUMN {
                // A long case has a line of its own above its figures.
                let _ = writeln!(out, "    {}", row[0]);
            }
            let row = if row[0].chars().count() > WIDEST_COLUMN {
                &[String::new(), row[1].clone(), row[2].clone(), row[3].clone()]
            } else {
                row
            };
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(at, cell)| match widths.get(at) {
                    Some(width) => format!("{cell:<width$}"),
                    None => cell.clone(),
                })
                .collect();
            let _ = writeln!(out, "    {}", cells.join("  ").trim_end());
        };
        line(out, &rows[0]);
        for (at, promise) in self.terms.promises.iter().enumerate() {
            let (name, mark) = (speaker.promise_name(promise), promise.clause.mark());
            let _ = writeln!(out, "{name} ({})", self.clause(&mark));
            let end = starts.get(at + 1).copied().unwrap_or(rows.len());
            for row in &rows[starts[at]..end] {
                line(out, row);
            }
            for sentence in speaker.promise_details(promise) {
                let _ = writeln!(out, "      {sentence}");
            }
            for statistic in self.terms.statistics.iter().filter(|known| known.shown_with == promise.name) {
                let label = speaker.label(&statistic.label, &statistic.name);
                let told =
                    speaker.say("woven-statistic", &[("label", label), ("claimed", &statistic.claimed)]);
                let _ = writeln!(out, "      {told}");
            }
        }
    }

    fn coverage(&self, out: &mut Sections) {
        for (kind, key) in [(RuleKind::Cover, "woven-coverage"), (RuleKind::Exclude, "woven-exclusions")] {
            let rules: Vec<_> = self.terms.coverage.iter().filter(|rule| rule.kind == kind).collect();
            if rules.is_empty() {
                continue;
            }
            self.heading(out, key);
            if kind == RuleKind::Cover {
                let _ = writeln!(out, "{}", text(self.language, "woven-coverage-lead"));
            }
            for rule in rules {
                let condition = self.speaker.condition(&rule.when);
                let label = self.speaker.label(&rule.label, &condition);
                let _ = writeln!(out, "- {label} ({})", self.clause(&rule.clause.mark()));
                for case in &rule.cases {
                    let told = self.speaker.cover_case(kind, case);
                    let _ = writeln!(out, "    {told} ({})", self.clause(&case.clause.mark()));
                }
                if let Some(role) = &rule.offer {
                    let told = self.speaker.say("woven-offer", &[("role", &self.speaker.role(role))]);
                    let _ = writeln!(out, "    {told}");
                }
            }
        }
    }

    fn products(&self, out: &mut Sections) {
        if self.terms.lists.is_empty() {
            return;
        }
        self.heading(out, "woven-products");
        for list in &self.terms.lists {
            let (name, entries) = (self.speaker.list_name(&list.name), self.speaker.list_details(list));
            let told = self.speaker.say("woven-named", &[("name", &name), ("value", &entries)]);
            let _ = writeln!(out, "{told} ({})", self.clause(&list.clause.mark()));
        }
    }

    fn interpretations(&self, out: &mut Sections) {
        if self.terms.interpretations.is_empty() {
            return;
        }
        self.heading(out, "woven-interpretations");
        for interpretation in &self.terms.interpretations {
            let told = self.speaker.label(&interpretation.text, &interpretation.name);
            let _ = writeln!(out, "- {told} ({})", self.clause(&interpretation.clause.mark()));
            for alternative in &interpretation.alternatives {
                let text = self.speaker.label(&alternative.text, &alternative.name);
                let _ = writeln!(out, "    {}", self.speaker.say("woven-alternative", &[("text", text)]));
            }
        }
    }

    fn information(&self, out: &mut Sections) {
        let clauses: Vec<_> = self.terms.clauses.iter().filter(|clause| clause.information).collect();
        if clauses.is_empty() {
            return;
        }
        self.heading(out, "woven-information");
        for clause in clauses {
            let _ = writeln!(out, "- {} {}", clause.clause.mark(), clause.clause.heading);
        }
    }

    fn clause(&self, mark: &str) -> String {
        self.speaker.say("woven-by-clause", &[("number", mark)])
    }
}
