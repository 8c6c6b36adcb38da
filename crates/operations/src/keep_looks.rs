//! Who saw what, when and from where. Gathered in memory and written together, so that nobody who reads waits for it.

use crate::environment::Environment;
use crate::error::Failure;
use crate::gathered::{Added, Gathered};
use crate::viewer::{Via, Viewer};
use calendar::Instant;
use desk::{PersonId, ProviderId, Right};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Look, LookQuery};

/// What somebody saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// A request and its conversation.
    Request,
    /// A file of a message.
    File,
    /// A letter in the form in which it was sent.
    Letter,
    /// A letter that became no request, as it came.
    RawLetter,
    /// All that is kept of a person.
    Export,
    /// The journal as a file.
    Journal,
}

impl Sight {
    /// Everything that is noted.
    pub const ALL: [Self; 6] =
        [Self::Request, Self::File, Self::Letter, Self::RawLetter, Self::Export, Self::Journal];

    /// Its name, as it is stored and told.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::File => "file",
            Self::Letter => "letter",
            Self::RawLetter => "raw_letter",
            Self::Export => "export",
            Self::Journal => "journal",
        }
    }
}

/// A look at something, as the door saw it.
#[derive(Clone, Copy, Debug)]
pub struct Looking<'a> {
    /// Whose desk.
    pub provider: &'a ProviderId,
    /// Who.
    pub person: PersonId,
    /// How they came in.
    pub via: &'a Via,
    /// What they saw.
    pub sight: Sight,
    /// Which: of a request its number and a slash, with what was seen of it behind.
    pub object: &'a str,
    /// From which network.
    pub network: &'a str,
}

/// A look, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookRow {
    /// Where the next page begins: after this one.
    pub cursor: String,
    /// When first within the hour.
    pub at: Instant,
    /// Who.
    pub person: PersonId,
    /// Their name; none where nobody is known by it any more.
    pub name: Option<String>,
    /// `request`, `file`, `letter`, `raw_letter`, `export` or `journal`.
    pub what: String,
    /// Which.
    pub object: String,
    /// `session` or `token`.
    pub way: String,
    /// From which network.
    pub network: String,
}

/// Which looks are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookFilter {
    /// Number of a request.
    pub request: Option<String>,
    /// Id or address of a person.
    pub person: Option<String>,
    /// Id or address of somebody whose data were seen: only looks at what they asked, and at themselves.
    pub subject: Option<String>,
    /// From this instant on.
    pub after: Option<Instant>,
    /// Only before this instant.
    pub before: Option<Instant>,
    /// Where a page before ended, as its last row says.
    pub cursor: Option<String>,
    /// At most so many; two hundred however many are asked.
    pub at_most: u32,
}

/// Looks that wait to be written, and those that were noted lately.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    waiting: Gathered<Look>,
    /// By hour: the same again is not written again.
    noted: Mutex<HashSet<(i64, u64)>>,
}

/// Looks that wait, and those that are remembered, at most.
const AT_MOST: usize = 20_000;
const GATHERED_FOR: Duration = Duration::from_millis(500);
const HOUR_MILLISECONDS: i64 = 3_600_000;
/// Characters of an object at most.
const OBJECT_CHARACTERS: usize = 120;

/// Notes a look; the same again within an hour is not noted again. It is written half a second later, with others.
pub fn note_look(environment: &Arc<Environment>, looking: &Looking<'_>) {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let now = environment.now();
    let mut hasher = DefaultHasher::new();
    (looking.provider, looking.person, looking.sight, looking.object).hash(&mut hasher);
    let key = (now.milliseconds().div_euclid(HOUR_MILLISECONDS), hasher.finish());
    let mut noted = environment.looks.noted.lock().unwrap_or_else(PoisonError::into_inner);
    if noted.len() >= AT_MOST {
        noted.clear();
    }
    if !noted.insert(key) {
        return;
    }
    drop(noted);
    let look = Look {
        provider: looking.provider.clone(),
        person: looking.person,
        what: looking.sight.as_str().to_owned(),
        object: looking.object.chars().take(OBJECT_CHARACTERS).collect(),
        at: now,
        way: match looking.via {
            Via::Session => "session",
            Via::Token { .. } => "token",
        }
        .to_owned(),
        network: looking.network.to_owned(),
    };
    match environment.looks.waiting.add(look, AT_MOST) {
        Added::Waits => {}
        Added::NeedsWriter => {
            let environment = Arc::clone(environment);
            tokio::spawn(async move {
                environment.looks.waiting.keep_writing(GATHERED_FOR, || write_looks(&environment)).await;
            });
        }
        Added::NoRoom(look) => {
            tracing::error!(object = look.object, "looks cannot be written so fast; one was not");
        }
    }
}

/// Writes what was gathered, as before the program ends.
///
/// # Errors
/// When the store fails; what was gathered waits on.
pub async fn write_looks(environment: &Environment) -> Result<(), Failure> {
    let taken = environment.looks.waiting.take();
    if !taken.rows().is_empty() {
        environment.store.append_looks(taken.rows()).await?;
    }
    taken.written();
    Ok(())
}

/// The looks at what belongs to the viewer's provider, the latest first.
///
/// # Errors
/// - the viewer may not read the journal;
/// - the store fails.
pub async fn read_looks(
    environment: &Environment,
    viewer: &Viewer,
    filter: &LookFilter,
) -> Result<Vec<LookRow>, Failure> {
    if !viewer.may(Right::ReadAudit) {
        return Err(Failure::NotPermitted);
    }
    write_looks(environment).await?;
    let provider = &viewer.provider.id;
    let (Some(person), Some(subject)) = (
        sought(environment, provider, filter.person.as_deref()).await?,
        sought(environment, provider, filter.subject.as_deref()).await?,
    ) else {
        return Ok(Vec::new());
    };
    let after = match filter.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        None => None,
        Some(cursor) => Some(
            place(provider, cursor)
                .ok_or(Failure::Invalid { field: "cursor", problem: "error-cursor".into() })?,
        ),
    };
    let number = filter.request.as_deref().map(str::trim).filter(|number| !number.is_empty());
    let query = LookQuery {
        person,
        about: number.map(str::to_uppercase),
        subject,
        from: filter.after,
        before: filter.before,
        after,
        at_most: filter.at_most.clamp(1, 200),
    };
    let mut rows = Vec::new();
    for look in environment.store.looks(provider, &query).await? {
        let name = environment.person(provider, look.person).await?.map(|person| person.name.clone());
        rows.push(LookRow {
            cursor: format!("{}.{}.{}.{}", look.at.milliseconds(), look.person, look.what, look.object),
            at: look.at,
            person: look.person,
            name,
            what: look.what,
            object: look.object,
            way: look.way,
            network: look.network,
        });
    }
    Ok(rows)
}

/// Whose id is meant: none for anybody's, and nothing at all where nobody is known by it.
async fn sought(
    environment: &Environment,
    provider: &ProviderId,
    sought: Option<&str>,
) -> Result<Option<Option<PersonId>>, Failure> {
    let Some(sought) = sought.map(str::trim).filter(|sought| !sought.is_empty()) else {
        return Ok(Some(None));
    };
    if let Ok(id) = sought.parse() {
        return Ok(Some(Some(id)));
    }
    Ok(environment.store.person_by_email(provider, sought).await?.map(|known| Some(known.id)))
}

/// The row that a page ended with.
fn place(provider: &ProviderId, cursor: &str) -> Option<Look> {
    let mut parts = cursor.splitn(4, '.');
    Some(Look {
        provider: provider.clone(),
        at: Instant::from_milliseconds(parts.next()?.parse().ok()?),
        person: parts.next()?.parse().ok()?,
        what: parts.next()?.to_owned(),
        object: parts.next()?.to_owned(),
        way: String::new(),
        network: String::new(),
    })
}
