//! What a search means: names looked up, dates in the reader's zone, words kept to what the viewer
//! may read.

use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_fields::{date_rank, mark_name, thousandths};
use crate::keep_fields::{FieldChoice, FieldType, list_fields};
use crate::mark_ticket::{SATISFACTION, TAG, folded_mark};
use crate::parse_search::{SearchProblem, SearchProblemKind, Sought, Written, parse_search};
use crate::search_operator::SearchOperator;
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use calendar::{Instant, LocalDate, LocalTime, Zone};
use desk::{AccountId, Person, PersonId, Score, TicketState, Turn};
use store::{Account, MarkTest, RowTest, Search, SearchField, Within, WordSearch, fold_words};
use terms::{FactType, Verdict};
use tokio::sync::OnceCell;
use words::Language;

/// A search, understood.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) search: Search,
    /// Whether words must stand in what is found: it is then listed latest first.
    pub(crate) has_words: bool,
    /// Whether it says itself in which state, or with which number, a request is wanted.
    pub(crate) names_state: bool,
}

/// Reads a search and finds what its names mean.
pub(crate) async fn resolve_search(
    environment: &Environment,
    viewer: &Viewer,
    text: &str,
    now: Instant,
) -> Result<Resolved, Failure> {
    let sought = parse_search(text)?;
    let mut names_state = false;
    let (accounts, staff) = (OnceCell::new(), OnceCell::new());
    let resolving = Resolving { environment, viewer, now, zone: viewer.zone(), accounts, staff };
    let search = resolving.search(&sought, &mut names_state).await?;
    let has_words = match &search {
        Search::Words(_) => true,
        Search::All(parts) => parts.iter().any(|part| matches!(part, Search::Words(_))),
        _ => false,
    };
    Ok(Resolved { search, has_words, names_state })
}

struct Resolving<'e> {
    environment: &'e Environment,
    viewer: &'e Viewer,
    now: Instant,
    zone: Zone,
    /// The customers and the people of the desk, once a name was looked up among them.
    accounts: OnceCell<Vec<Account>>,
    staff: OnceCell<Vec<Person>>,
}

/// Names of values: in English and in French, as they are proposed, others that are understood, and what they mean. Each
/// may be written without accents, and with a space for each hyphen.
type Names<T> = [(&'static str, &'static str, &'static [&'static str], T)];

const STATES: &Names<Option<TicketState>> = &[
    ("new", "nouvelle", &[], Some(TicketState::New)),
    ("open", "ouverte", &[], Some(TicketState::Open)),
    ("waiting", "en-attente", &["attente"], Some(TicketState::Waiting)),
    ("resolved", "résolue", &[], Some(TicketState::Resolved)),
    ("closed", "clôturée", &["fermée", "close"], Some(TicketState::Closed)),
    ("declined", "refusée", &["déclinée"], Some(TicketState::Declined)),
    ("live", "en-cours", &[], None),
];
const CHANNELS: &Names<&str> = &[
    ("email", "courriel", &["e-mail", "mail"], "email"),
    ("web", "formulaire-public", &["formulaire", "public-form"], "web"),
    ("portal", "portail", &[], "portal"),
    ("phone", "téléphone", &["telephone"], "phone"),
    ("voicemail", "boîte-vocale", &["messagerie"], "voicemail"),
];
const VERDICTS: &Names<Verdict> = &[
    ("covered", "couverte", &[], Verdict::Covered),
    ("not-covered", "non-couverte", &[], Verdict::NotCovered),
    ("needs-judgement", "à-juger", &["to-be-judged"], Verdict::NeedsJudgement),
];
const TURNS: &Names<Turn> = &[
    ("provider", "prestataire", &["ours", "à-nous"], Turn::Provider),
    ("customer", "client", &[], Turn::Customer),
    ("third-party", "tiers", &["third"], Turn::ThirdParty),
    ("nobody", "personne", &[], Turn::Nobody),
];
const SCORES: &Names<Option<Score>> = &[
    ("good", "bonne", &["satisfied", "satisfait"], Some(Score::Good)),
    ("fair", "moyenne", &["fairly-satisfied", "moyennement-satisfait"], Some(Score::Fair)),
    ("bad", "mauvaise", &["not-satisfied", "pas-satisfait"], Some(Score::Bad)),
    ("any", "toute", &[], None),
];
const ME: [&str; 2] = ["moi", "me"];
const NOBODY: [&str; 5] = ["personne", "nobody", "aucun", "none", "libre"];

/// Values as they are proposed in one language.
fn spellings<T>(names: &Names<T>, language: Language) -> Vec<String> {
    let spelling = names.iter().map(|(english, french, ..)| match language {
        Language::English => *english,
        Language::French => *french,
    });
    spelling.map(str::to_owned).collect()
}

impl SearchOperator {
    /// The values that it has, where they are the same for every desk, as a language writes them.
    #[must_use]
    pub fn values(self, language: Language) -> Vec<String> {
        match self {
            Self::State => spellings(STATES, language),
            Self::Channel => spellings(CHANNELS, language),
            Self::Coverage => spellings(VERDICTS, language),
            Self::Turn => spellings(TURNS, language),
            Self::Satisfaction => spellings(SCORES, language),
            _ => Vec::new(),
        }
    }
}

fn folded(text: &str) -> String {
    fold_words(text).join("-")
}

impl Resolving<'_> {
    async fn search(&self, sought: &Sought, names_state: &mut bool) -> Result<Search, Failure> {
        Ok(match sought {
            Sought::All(parts) => {
                let mut all = Vec::with_capacity(parts.len());
                for part in parts {
                    match Box::pin(self.search(part, names_state)).await? {
                        // One list of conditions, so that the rarest word of all may lead.
                        Search::All(inner) => all.extend(inner),
                        part => all.push(part),
                    }
                }
                Search::All(all)
            }
            Sought::Any(parts) => {
                let mut any = Vec::with_capacity(parts.len());
                for part in parts {
                    any.push(Box::pin(self.search(part, names_state)).await?);
                }
                Search::Any(any)
            }
            Sought::Not(part) => Search::Not(Box::new(Box::pin(self.search(part, names_state)).await?)),
            Sought::Text(written) => self.text(written),
            Sought::Asked { operator, name, values } => {
                if operator.is_for_staff() && !self.viewer.is_staff() {
                    let problem = SearchProblem::new(SearchProblemKind::UnknownOperator, name, "");
                    return Err(problem.into());
                }
                *names_state |= matches!(operator, SearchOperator::State | SearchOperator::Number);
                let mut any = Vec::with_capacity(values.len());
                for value in values {
                    any.push(self.asked(*operator, name, value).await?);
                }
                if any.len() == 1 { any.remove(0) } else { Search::Any(any) }
            }
        })
    }

    /// Words that stand in anything that the viewer reads.
    fn text(&self, written: &Written) -> Search {
        let mut fields =
            vec![SearchField::Subject, SearchField::Message, SearchField::File, SearchField::Requester];
        if self.viewer.is_staff() {
            fields.extend([SearchField::Note, SearchField::NoteFile]);
        }
        // Signs alone ask for nothing.
        words_in(written, fields).unwrap_or_else(|| Search::All(Vec::new()))
    }

    #[boxed]
    async fn asked(&self, operator: SearchOperator, name: &str, value: &Written) -> Result<Search, Failure> {
        let key = folded(&value.text);
        let language = self.viewer.language();
        let unknown = || SearchProblem::new(SearchProblemKind::UnknownValue, name, &value.text);
        let one = |test| Ok(Search::Row(test));
        let in_fields = |fields: &[SearchField]| {
            let empty = || SearchProblem::new(SearchProblemKind::EmptyValue, name, &value.text);
            words_in(value, fields.to_vec()).ok_or_else(|| Failure::from(empty()))
        };
        match operator {
            SearchOperator::State => match find(STATES, &key) {
                Some(Some(state)) => one(RowTest::State(state)),
                Some(None) => one(RowTest::Live),
                None => Err(unknown().allowing(operator.values(language)).into()),
            },
            SearchOperator::Channel => match find(CHANNELS, &key) {
                Some(channel) => one(RowTest::Channel(channel.to_owned())),
                None => Err(unknown().allowing(operator.values(language)).into()),
            },
            SearchOperator::Coverage => match find(VERDICTS, &key) {
                Some(verdict) => one(RowTest::Verdict(verdict)),
                None => Err(unknown().allowing(operator.values(language)).into()),
            },
            SearchOperator::Turn => match find(TURNS, &key) {
                Some(turn) => one(RowTest::Turn(turn)),
                None => Err(unknown().allowing(operator.values(language)).into()),
            },
            SearchOperator::Late => yes_no(name, value, RowTest::Late),
            SearchOperator::Missed => yes_no(name, value, RowTest::Missed),
            SearchOperator::Team => one(RowTest::Team(value.text.clone())),
            SearchOperator::Number => self.number(name, value),
            SearchOperator::Subject => in_fields(&[SearchField::Subject]),
            SearchOperator::Message => in_fields(&[SearchField::Message]),
            SearchOperator::File if self.viewer.is_staff() => {
                in_fields(&[SearchField::File, SearchField::NoteFile])
            }
            SearchOperator::File => in_fields(&[SearchField::File]),
            SearchOperator::Note => in_fields(&[SearchField::Note]),
            SearchOperator::Tag => {
                let test = MarkTest::Is(folded_mark(&value.text));
                one(RowTest::Marked { name: TAG.to_owned(), test })
            }
            SearchOperator::Field => self.field(name, value).await,
            SearchOperator::Satisfaction => match find(SCORES, &key) {
                Some(score) => {
                    let test = score.map_or(MarkTest::Any, |score| MarkTest::Is(score.as_str().to_owned()));
                    one(RowTest::Marked { name: SATISFACTION.to_owned(), test })
                }
                None => Err(unknown().allowing(operator.values(language)).into()),
            },
            SearchOperator::Snoozed => yes_no(name, value, RowTest::Snoozed),
            SearchOperator::Received => {
                self.within(name, value, 1).map(|within| Search::Row(RowTest::Received(within)))
            }
            SearchOperator::Opened => {
                self.within(name, value, 1).map(|within| Search::Row(RowTest::Opened(within)))
            }
            SearchOperator::Updated => {
                self.within(name, value, 1).map(|within| Search::Row(RowTest::Updated(within)))
            }
            SearchOperator::Due => match key.as_str() {
                "aucune" | "none" => one(RowTest::NeverDue),
                "depassee" | "overdue" => one(RowTest::Due(Within { from: None, before: Some(self.now) })),
                _ => self.within(name, value, -1).map(|within| Search::Row(RowTest::Due(within))),
            },
            SearchOperator::Account => self.account(&key).await?.ok_or_else(|| unknown().into()),
            SearchOperator::From => self.from(&key, value).await,
            SearchOperator::Assignee => self.assignee(&key).await?.ok_or_else(|| unknown().into()),
            SearchOperator::Severity => self.severity(value, &key, unknown).await,
            SearchOperator::Agreement => self.agreement(value, unknown).await,
        }
    }

    /// A value of a field of the desk's own: a choice by key or label, a text as it stands, a number or a
    /// day by comparison too. `field:serial` asks for those where it is filled.
    async fn field(&self, name: &str, value: &Written) -> Result<Search, Failure> {
        let fields = list_fields(self.environment, self.viewer).await?;
        let key = name.split_once('.').map_or(value.text.as_str(), |(_, key)| key);
        let Some(field) = fields.iter().find(|field| folded(&field.key) == folded(key)) else {
            let allowed: Vec<String> = fields.iter().map(|field| field.key.clone()).collect();
            return Err(match name.contains('.') {
                true => SearchProblem::new(SearchProblemKind::UnknownOperator, name, ""),
                false => SearchProblem::new(SearchProblemKind::UnknownValue, name, &value.text),
            }
            .allowing(allowed)
            .into());
        };
        let one = |test| Ok(Search::Row(RowTest::Marked { name: mark_name(&field.key), test }));
        if !name.contains('.') {
            return one(MarkTest::Any);
        }
        let written = folded(&value.text);
        let problem = |kind| SearchProblem::new(kind, name, &value.text);
        match field.holds {
            FieldType::Text => one(MarkTest::Is(folded_mark(&value.text))),
            FieldType::YesNo => match written.as_str() {
                "oui" | "yes" | "true" => one(MarkTest::Is("yes".to_owned())),
                "non" | "no" | "false" => one(MarkTest::Is("no".to_owned())),
                _ => Err(problem(SearchProblemKind::NotYesNo).into()),
            },
            FieldType::Choice => {
                let is_meant = |choice: &&FieldChoice| {
                    folded(&choice.key) == written
                        || choice.labels.values().any(|label| folded(label) == written)
                };
                match field.choices.iter().find(is_meant) {
                    Some(choice) => one(MarkTest::Is(folded_mark(&choice.key))),
                    None => {
                        let allowed = field.choices.iter().map(|choice| choice.key.clone());
                        Err(problem(SearchProblemKind::UnknownValue).allowing(allowed).into())
                    }
                }
            }
            FieldType::Number => ranked(&value.text, thousandths)
                .ok_or_else(|| problem(SearchProblemKind::UnknownValue).into())
                .and_then(one),
            FieldType::Date => {
                let day = |text: &str| LocalDate::parse(text).ok().map(date_rank);
                ranked(&value.text, day)
                    .ok_or_else(|| problem(SearchProblemKind::NotADate).into())
                    .and_then(one)
            }
        }
    }

    fn number(&self, name: &str, value: &Written) -> Result<Search, Failure> {
        let problem = || SearchProblem::new(SearchProblemKind::NotANumber, name, &value.text);
        let text = value.text.trim();
        let (prefix, digits) = text.rsplit_once('-').unwrap_or((&self.viewer.provider.prefix, text));
        let sequence: i64 = digits.parse().map_err(|_| problem())?;
        if sequence < 1 {
            return Err(problem().into());
        }
        Ok(if prefix.eq_ignore_ascii_case(&self.viewer.provider.prefix) {
            Search::Row(RowTest::Sequence(sequence))
        } else {
            Search::Any(Vec::new())
        })
    }

    /// Accounts by key or by the beginnings of words of their names; of others' there is none.
    async fn account(&self, key: &str) -> Result<Option<Search>, Failure> {
        let (store, provider) = (&self.environment.store, &self.viewer.provider.id);
        let accounts = self.accounts.get_or_try_init(|| store.accounts(provider)).await?;
        let found: Vec<AccountId> = accounts
            .iter()
            .filter(|account| self.viewer.sees(Some(account.id)))
            .filter(|account| folded(&account.key) == key || is_named(&account.name, key))
            .map(|account| account.id)
            .collect();
        Ok((!found.is_empty()).then_some(Search::Row(RowTest::Account(found))))
    }

    async fn from(&self, key: &str, value: &Written) -> Result<Search, Failure> {
        if ME.contains(&key) && !value.is_quoted {
            return Ok(Search::Row(RowTest::Contact(self.viewer.person.id)));
        }
        let mut any = Vec::new();
        any.extend(words_in(value, vec![SearchField::Requester]));
        if value.text.contains('@') {
            let store = &self.environment.store;
            let person = store.person_by_email(&self.viewer.provider.id, value.text.trim()).await?;
            any.extend(person.map(|person| Search::Row(RowTest::Contact(person.id))));
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Search::Any(any) })
    }

    async fn assignee(&self, key: &str) -> Result<Option<Search>, Failure> {
        if ME.contains(&key) {
            return Ok(Some(Search::Row(RowTest::Assignee(vec![self.viewer.person.id]))));
        }
        if NOBODY.contains(&key) {
            return Ok(Some(Search::Row(RowTest::Unassigned)));
        }
        let (store, provider) = (&self.environment.store, &self.viewer.provider.id);
        let staff = self.staff.get_or_try_init(|| store.staff_ever(provider)).await?;
        let found: Vec<PersonId> = staff
            .iter()
            .filter(|person| folded(&person.email) == key || is_named(&person.name, key))
            .map(|person| person.id)
            .collect();
        Ok((!found.is_empty()).then_some(Search::Row(RowTest::Assignee(found))))
    }

    /// Severities by name or label, as any agreement of the desk calls them.
    async fn severity(
        &self,
        value: &Written,
        key: &str,
        unknown: impl Fn() -> SearchProblem,
    ) -> Result<Search, Failure> {
        let provider = &self.viewer.provider.id;
        let (mut found, mut known) = (Vec::new(), Vec::new());
        for agreement in self.environment.store.agreements(provider).await? {
            let terms = self.environment.terms(provider, &agreement.name).await?;
            let rule = terms.facts.iter().find(|rule| rule.name.as_str() == "severity");
            let Some(FactType::OneOf(values)) = rule.map(|rule| &rule.kind) else { continue };
            for severity in values {
                let is_meant = folded(&severity.name) == key
                    || [Language::French, Language::English]
                        .iter()
                        .any(|language| folded(severity.label.text(language.tag())) == key);
                if is_meant && !found.contains(&severity.name) {
                    found.push(severity.name.clone());
                }
                if !known.contains(&severity.name) {
                    known.push(severity.name.clone());
                }
            }
        }
        if found.is_empty() {
            // Which severities others' agreements have is no matter of a customer's.
            if self.viewer.is_staff() {
                return Err(unknown().allowing(known).into());
            }
            found.push(value.text.clone());
        }
        Ok(Search::Any(found.into_iter().map(|name| Search::Row(RowTest::Severity(name))).collect()))
    }

    async fn agreement(
        &self,
        value: &Written,
        unknown: impl Fn() -> SearchProblem,
    ) -> Result<Search, Failure> {
        let key = value.text.trim().to_lowercase();
        if self.viewer.is_staff() {
            let adopted = self.environment.store.agreements(&self.viewer.provider.id).await?;
            let mut known: Vec<String> = adopted.into_iter().map(|agreement| agreement.name.key).collect();
            known.dedup();
            if !known.contains(&key) {
                return Err(unknown().allowing(known).into());
            }
        }
        Ok(Search::Row(RowTest::Agreement(key)))
    }

    /// A stretch of time. A length of time counts back from now, or on where `towards` is negative.
    fn within(&self, name: &str, value: &Written, towards: i64) -> Result<Within, Failure> {
        let text = value.text.trim();
        let problem = |kind| Failure::from(SearchProblem::new(kind, name, &value.text));
        let day = |text: &str| self.days(text).ok_or_else(|| problem(SearchProblemKind::NotADate));
        if let Some((from, before)) = text.split_once("..") {
            let from = if from.is_empty() { None } else { day(from)?.from };
            let before = if before.is_empty() { None } else { day(before)?.before };
            if from.is_none() && before.is_none() {
                return Err(problem(SearchProblemKind::NotADate));
            }
            if from.zip(before).is_some_and(|(from, before)| from >= before) {
                return Err(problem(SearchProblemKind::BackwardRange));
            }
            return Ok(Within { from, before });
        }
        for (sign, is_after, is_included) in
            [(">=", true, true), ("<=", false, true), (">", true, false), ("<", false, false)]
        {
            let Some(text) = text.strip_prefix(sign) else { continue };
            let days = day(text)?;
            let bound = if is_after == is_included { days.from } else { days.before };
            return Ok(if is_after {
                Within { from: bound, before: None }
            } else {
                Within { from: None, before: bound }
            });
        }
        if let Some(seconds) = length_of_time(text) {
            let other = self.now.plus_seconds(-towards * seconds);
            let (from, before) =
                if towards > 0 { (other, self.now.plus_milliseconds(1)) } else { (self.now, other) };
            return Ok(Within { from: Some(from), before: Some(before) });
        }
        day(text)
    }

    /// A day, a month or a year, from its beginning to its end in the viewer's zone.
    fn days(&self, text: &str) -> Option<Within> {
        let key = folded(text);
        let today = self.zone.local(self.now).date;
        let (first, last) = match key.as_str() {
            "today" | "aujourd-hui" | "aujourdhui" => (today, today),
            "yesterday" | "hier" => (self.later(today, -1), self.later(today, -1)),
            "tomorrow" | "demain" => (self.later(today, 1), self.later(today, 1)),
            _ => {
                let parts: Vec<&str> = text.trim().split('-').collect();
                let number = |place: usize, digits: usize| -> Option<i32> {
                    let part = parts.get(place).filter(|part| part.len() == digits)?;
                    part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())?
                };
                // Beyond these years no time zone knows what will be.
                let year = number(0, 4).filter(|year| (1900..=2200).contains(year))?;
                match parts.len() {
                    1 => (LocalDate::new(year, 1, 1)?, LocalDate::new(year, 12, 31)?),
                    2 => {
                        let first = LocalDate::new(year, u8::try_from(number(1, 2)?).ok()?, 1)?;
                        (first, first.last_of_month())
                    }
                    3 => {
                        let (month, day) =
                            (u8::try_from(number(1, 2)?).ok()?, u8::try_from(number(2, 2)?).ok()?);
                        let date = LocalDate::new(year, month, day)?;
                        (date, date)
                    }
                    _ => return None,
                }
            }
        };
        let from = self.zone.instant_of(first, LocalTime::MIDNIGHT);
        let before = self.zone.instant_of(last, LocalTime::END_OF_DAY);
        Some(Within { from: Some(from), before: Some(before) })
    }

    fn later(&self, date: LocalDate, days: i64) -> LocalDate {
        let noon = LocalTime::new(12, 0).unwrap_or(LocalTime::MIDNIGHT);
        self.zone.local(self.zone.instant_of(date, noon).plus_seconds(days * 86_400)).date
    }
}

fn find<T: Copy>(names: &Names<T>, key: &str) -> Option<T> {
    let found = names.iter().find(|(english, french, also, _)| {
        [english, french].into_iter().chain(also.iter()).any(|name| folded(name) == key)
    });
    found.map(|(.., meant)| *meant)
}

fn yes_no(name: &str, value: &Written, test: RowTest) -> Result<Search, Failure> {
    match folded(&value.text).as_str() {
        "oui" | "yes" | "true" | "1" => Ok(Search::Row(test)),
        "non" | "no" | "false" | "0" => Ok(Search::Not(Box::new(Search::Row(test)))),
        _ => Err(SearchProblem::new(SearchProblemKind::NotYesNo, name, &value.text).into()),
    }
}

/// `5`, `>5`, `<=5` or `3..5`, of whatever has a rank.
fn ranked(text: &str, rank: impl Fn(&str) -> Option<i64>) -> Option<MarkTest> {
    let text = text.trim();
    if let Some((from, to)) = text.split_once("..") {
        let side = |text: &str| if text.is_empty() { Some(None) } else { rank(text).map(Some) };
        return Some(MarkTest::Ranked(side(from)?, side(to)?));
    }
    for (sign, from, to) in
        [(">=", Some(0), None), ("<=", None, Some(0)), (">", Some(1), None), ("<", None, Some(-1))]
    {
        if let Some(rest) = text.strip_prefix(sign) {
            let at = rank(rest)?;
            return Some(MarkTest::Ranked(from.map(|more| at + more), to.map(|more| at + more)));
        }
    }
    let at = rank(text)?;
    Some(MarkTest::Ranked(Some(at), Some(at)))
}

/// Words of a text in some fields. Unquoted, the last may go on from its second letter on; a text of
/// several words, as `SA-12` is, is found where they follow one another.
fn words_in(written: &Written, fields: Vec<SearchField>) -> Option<Search> {
    let words = fold_words(&written.text);
    let open_ended = !written.is_quoted && words.last()?.chars().nth(1).is_some();
    Some(Search::Words(WordSearch { words, open_ended, fields }))
}

/// Whether each word of a folded name begins a word of the text.
fn is_named(text: &str, key: &str) -> bool {
    let words = fold_words(text);
    !key.is_empty() && key.split('-').all(|sought| words.iter().any(|word| word.starts_with(sought)))
}

/// `7d` or `7j`, `3h`, `2w` or `2s`, in seconds.
fn length_of_time(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let count: i64 = digits.parse().ok().filter(|count| (1..=5_000).contains(count))?;
    let unit = match &text[digits.len()..] {
        "h" => 3_600,
        "d" | "j" => 86_400,
        "w" | "s" => 604_800,
        _ => return None,
    };
    Some(count * unit)
}

#[cfg(test)]
mod tests {
    use super::{CHANNELS, SCORES, STATES, TURNS, VERDICTS, find, folded, is_named, length_of_time};
    use crate::search_operator::SearchOperator;
    use desk::{Score, TicketState, Turn};
    use terms::Verdict;
    use words::{Language, text, verdict_in_words};

    #[test]
    fn what_pages_call_it_is_understood() {
        use TicketState::{Closed, Declined, New, Open, Resolved, Waiting};
        for language in Language::ALL {
            let said = |key: &str| folded(&text(language, key));
            for state in [New, Open, Waiting, Resolved, Closed, Declined] {
                assert_eq!(find(STATES, &said(&format!("status-{}", state.as_str()))), Some(Some(state)));
            }
            for channel in ["email", "web", "portal", "phone", "voicemail"] {
                assert_eq!(find(CHANNELS, &said(&format!("channel-{channel}"))), Some(channel));
            }
            for verdict in [Verdict::Covered, Verdict::NotCovered, Verdict::NeedsJudgement] {
                assert_eq!(find(VERDICTS, &folded(&verdict_in_words(language, verdict))), Some(verdict));
            }
            for (key, turn) in [
                ("turn-short-provider", Turn::Provider),
                ("turn-short-customer", Turn::Customer),
                ("turn-short-third_party", Turn::ThirdParty),
                ("turn-short-nobody", Turn::Nobody),
            ] {
                assert_eq!(find(TURNS, &said(key)), Some(turn));
            }
            for (key, score) in
                [("score-good", Score::Good), ("score-fair", Score::Fair), ("score-bad", Score::Bad)]
            {
                assert_eq!(find(SCORES, &said(key)), Some(Some(score)));
            }
        }
    }

    #[test]
    fn what_is_proposed_is_said_as_on_pages_and_understood_without_accents() {
        let french = |operator: SearchOperator| operator.values(Language::French).join(" ");
        assert_eq!(
            french(SearchOperator::State),
            "nouvelle ouverte en-attente résolue clôturée refusée en-cours"
        );
        assert_eq!(
            french(SearchOperator::Channel),
            "courriel formulaire-public portail téléphone boîte-vocale"
        );
        assert_eq!(french(SearchOperator::Coverage), "couverte non-couverte à-juger");
        for former in ["attente", "resolue", "fermee", "cloturee", "declinee", "fermée", "Déclinée"] {
            assert!(find(STATES, &folded(former)).is_some(), "{former}");
        }
        for former in ["telephone", "messagerie", "formulaire", "mail"] {
            assert!(find(CHANNELS, &folded(former)).is_some(), "{former}");
        }
        assert_eq!(find(VERDICTS, &folded("a-juger")), Some(Verdict::NeedsJudgement));
        assert_eq!(find(STATES, "bleue"), None);
    }

    #[test]
    fn names_are_found_by_their_beginnings() {
        assert!(is_named("Ateliers Dupont & Fils", "dupont"));
        assert!(is_named("Ateliers Dupont & Fils", "fils-atel"));
        assert!(!is_named("Ateliers Dupont & Fils", "upont"));
        assert!(!is_named("Ateliers", ""));
    }

    #[test]
    fn lengths_of_time_are_read() {
        assert_eq!(length_of_time("7j"), Some(604_800));
        assert_eq!(length_of_time("3h"), Some(10_800));
        assert_eq!(length_of_time("2w"), length_of_time("14d"));
        for text in ["", "j", "-1d", "0d", "99999999999999999999d", "5001d", "7m", "7"] {
            assert_eq!(length_of_time(text), None, "{text}");
        }
    }
}
