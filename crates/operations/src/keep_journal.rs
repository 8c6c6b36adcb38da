use crate::environment::{Environment, drawn_bytes};
use crate::error::Failure;
use crate::gathered::Added;
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{PersonId, ProviderId, Right};
use std::sync::Arc;
use std::time::Duration;
use store::AuditEntry;

/// How a deed ended, for the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeedOutcome {
    /// It was done.
    Done,
    /// It was refused, or the thing is not theirs.
    Refused,
    /// It could not be done.
    Failed,
}

impl DeedOutcome {
    /// The outcome as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// A deed, as the door saw it.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// Whose desk.
    pub provider: &'a ProviderId,
    /// Who; none where nobody is known.
    pub person: Option<PersonId>,
    /// What was asked for.
    pub deed: &'a str,
    /// Of what.
    pub object: &'a str,
    /// How it ended.
    pub outcome: DeedOutcome,
    /// From which network.
    pub network: &'a str,
}

/// A row of the journal, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Where the next page begins: before this one.
    pub cursor: String,
    /// When.
    pub at: Instant,
    /// Who; none where nobody is known.
    pub person_id: Option<PersonId>,
    /// The same by name.
    pub person: Option<String>,
    /// What was asked for.
    pub deed: String,
    /// Of what.
    pub object: String,
    /// `done`, `refused` or `failed`.
    pub outcome: String,
    /// From which network.
    pub network: String,
}

/// Rows that wait at most. A flood beyond that is told in the log and not row by row.
const WAITING_AT_MOST: usize = 10_000;

/// For how long rows are gathered before they are written together.
const GATHERED_FOR: Duration = Duration::from_millis(200);

/// Characters of an object at most.
const OBJECT_CHARACTERS: usize = 300;

/// Writes a deed into the journal, together with others of the same moment, beside the request: a
/// machine that stops within a fifth of a second takes these rows with it. A store that fails is tried again until it
/// takes them. What a deed changed is in the log of its request, which is written before anything is acknowledged.
pub fn note_deed(environment: &Arc<Environment>, deed: &Deed<'_>) {
    let entry = AuditEntry {
        provider: deed.provider.clone(),
        id: environment.new_id(),
        at: environment.now(),
        person: deed.person,
        deed: deed.deed.to_owned(),
        object: deed.object.chars().take(OBJECT_CHARACTERS).collect(),
        outcome: deed.outcome.as_str().to_owned(),
        network: deed.network.to_owned(),
    };
    match environment.journal.add(entry, WAITING_AT_MOST) {
        Added::Waits => {}
        Added::NeedsWriter => {
            let environment = Arc::clone(environment);
            tokio::spawn(async move {
                environment.journal.keep_writing(GATHERED_FOR, || write_journal(&environment)).await;
            });
        }
        Added::NoRoom(entry) => {
            tracing::error!(deed = entry.deed, "the journal cannot keep up; a row was not written");
        }
    }
}

/// Writes the rows that wait, as before the program ends.
///
/// # Errors
/// When the store fails; the rows wait on.
pub async fn write_journal(environment: &Environment) -> Result<(), Failure> {
    let taken = environment.journal.take();
    if !taken.rows().is_empty() {
        environment.store.append_audit(taken.rows(), drawn_bytes).await?;
    }
    taken.written();
    Ok(())
}

/// The journal of the viewer's provider, the latest first.
///
/// # Errors
/// - the viewer may not read it;
/// - the cursor is none;
/// - the store fails.
pub async fn read_journal(
    environment: &Environment,
    viewer: &Viewer,
    before: Option<&str>,
    at_most: u32,
) -> Result<Vec<JournalRow>, Failure> {
    if !viewer.may(Right::ReadAudit) {
        return Err(Failure::NotPermitted);
    }
    write_journal(environment).await?;
    let before = match before {
        None => None,
        Some(text) => Some(
            u128::from_str_radix(text, 16)
                .map_err(|_| Failure::Invalid { field: "cursor", problem: "error-cursor".into() })?,
        ),
    };
    let provider = &viewer.provider.id;
    let mut rows = Vec::new();
    for entry in environment.store.audit(provider, before, at_most).await? {
        let person = match entry.person {
            Some(id) => environment.person(provider, id).await?.map(|person| person.name.clone()),
            None => None,
        };
        rows.push(JournalRow {
            cursor: format!("{:032x}", entry.id),
            at: entry.at,
            person_id: entry.person,
            person,
            deed: entry.deed,
            object: entry.object,
            outcome: entry.outcome,
            network: entry.network,
        });
    }
    Ok(rows)
}
