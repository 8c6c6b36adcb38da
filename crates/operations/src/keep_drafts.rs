//! What somebody of the desk is writing on a request: kept until it is sent, shown to nobody else; others
//! see that somebody is writing.

use crate::environment::Environment;
use crate::error::Failure;
use crate::find_ticket::find_ticket;
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{Refusal, Right, TicketId};
use store::Change;

/// Letters of a draft at most.
const LETTERS: usize = 100_000;
/// Whoever wrote within so many seconds is writing; later they have a draft.
const WRITING_SECONDS: i64 = 180;
/// Seconds after which a draft that nobody touched is gone: thirty days.
const KEPT_SECONDS: i64 = 30 * 86_400;

/// In which form somebody writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftForm {
    /// An answer to the customer.
    Reply,
    /// A note for colleagues.
    Note,
}

impl DraftForm {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Note => "note",
        }
    }

    /// The form of a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Reply, Self::Note].into_iter().find(|form| form.as_str() == text)
    }
}

/// What is being written on a request, as one of the desk sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftsView {
    /// One's own answer, with when it was last written at.
    pub reply: Option<(String, Instant)>,
    /// One's own note likewise.
    pub note: Option<(String, Instant)>,
    /// Others who write, by name, with whether they do so just now.
    pub others: Vec<(String, bool)>,
}

/// What is being written on a request. Where nobody writes on any, nothing is read.
///
/// # Errors
/// - the viewer is a contact, or there is no such request;
/// - the store fails.
pub async fn view_drafts(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
) -> Result<DraftsView, Failure> {
    if !viewer.is_staff() {
        return Err(Failure::NotPermitted);
    }
    let marks = environment.draft_marks(&viewer.provider.id).await?;
    if marks.is_empty() {
        return Ok(DraftsView::default());
    }
    let ticket = find_ticket(environment, viewer, number).await?;
    let mut view = DraftsView::default();
    for mark in marks.iter().filter(|mark| mark.ticket == ticket) {
        if mark.person != viewer.person.id {
            let is_now = environment.now().seconds() - mark.changed_at.seconds() < WRITING_SECONDS;
            if let Some(person) = environment.person(&viewer.provider.id, mark.person).await? {
                match view.others.iter_mut().find(|(name, _)| *name == person.name) {
                    Some((_, known)) => *known |= is_now,
                    None => view.others.push((person.name.clone(), is_now)),
                }
            }
            continue;
        }
        let body = environment.store.draft(&viewer.provider.id, ticket, mark.person, &mark.form).await?;
        let own = body.map(|body| (body, mark.changed_at));
        match DraftForm::parse(&mark.form) {
            Some(DraftForm::Reply) => view.reply = own,
            Some(DraftForm::Note) => view.note = own,
            None => {}
        }
    }
    Ok(view)
}

/// Keeps what somebody is writing; without words there is nothing to keep. Others are told when it begins
/// and when it ends, not of each letter.
///
/// # Errors
/// - the viewer may not write that, or there is no such request;
/// - it is too long, or the store fails.
pub async fn keep_draft(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    form: DraftForm,
    body: &str,
) -> Result<(), Failure> {
    if body.trim().is_empty() {
        return forget_draft(environment, viewer, number, form).await;
    }
    let right = match form {
        DraftForm::Reply => Right::Reply,
        DraftForm::Note => Right::Note,
    };
    if !viewer.is_staff() || !viewer.may_write() || !viewer.may(right) {
        return Err(Failure::NotPermitted);
    }
    if body.chars().nth(LETTERS).is_some() {
        let (what, most) = ("body".to_owned(), LETTERS as u32);
        return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 0, most }));
    }
    let (provider, person) = (&viewer.provider.id, viewer.person.id);
    let ticket = find_ticket(environment, viewer, number).await?;
    let known = environment.draft_marks(provider).await?;
    let now = environment.now();
    let is_known = known.iter().any(|mark| {
        mark.ticket == ticket
            && mark.person == person
            && mark.form == form.as_str()
            // Who had gone and writes again is told of anew.
            && now.seconds() - mark.changed_at.seconds() < WRITING_SECONDS / 2
    });
    environment.store.put_draft(provider, ticket, person, form.as_str(), body, now).await?;
    if !is_known {
        environment.store.forget_drafts(now.plus_seconds(-KEPT_SECONDS)).await?;
        tell(environment, viewer, ticket, number);
    }
    Ok(())
}

/// Forgets what somebody was writing, once it was sent or emptied.
///
/// # Errors
/// - the viewer is a contact, or there is no such request;
/// - the store fails.
pub async fn forget_draft(
    environment: &Environment,
    viewer: &Viewer,
    number: &str,
    form: DraftForm,
) -> Result<(), Failure> {
    if !viewer.is_staff() {
        return Err(Failure::NotPermitted);
    }
    let provider = &viewer.provider.id;
    let ticket = find_ticket(environment, viewer, number).await?;
    if environment.store.remove_draft(provider, ticket, viewer.person.id, form.as_str()).await? {
        tell(environment, viewer, ticket, number);
    }
    Ok(())
}

/// Whoever of the desk looks at the request is told to look again; no customer is.
fn tell(environment: &Environment, viewer: &Viewer, ticket: TicketId, number: &str) {
    environment.drafts_changed();
    environment.store.announce(Change {
        provider: viewer.provider.id.clone(),
        position: 0,
        ticket,
        number: number.to_owned(),
        account: None,
        assignee: None,
    });
}
