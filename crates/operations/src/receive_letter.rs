use crate::carry_out::{Baggage, carry_out, carry_out_opening};
use crate::environment::Environment;
use crate::error::Failure;
use crate::open_ticket::basis;
use crate::seal::Sealed;
use crate::view_ticket::fold;
use calendar::Instant;
use desk::{
    Actor, Author, ContentRef, FileRef, MessageId, NewTicket, Person, Ticket, TicketCommand, TicketId,
};
use mail::Letter;
use store::{InboxEntry, Provider, StoreError};
use terms::{FactValue, Facts};

/// A letter as it reached one mailbox.
pub struct Post<'a> {
    /// The provider whose mailbox it reached.
    pub provider: &'a Provider,
    /// The letter.
    pub letter: &'a Letter,
    /// Its bytes, kept with the request when not all of them could be understood.
    pub bytes: &'a [u8],
    /// When it reached the desk.
    pub received_at: Instant,
    /// Whether its From can be believed: checked by the listener or by a server it trusts.
    pub is_authentic: bool,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It opened a request of this number.
    Opened(String),
    /// It joined the request of this number.
    Joined(String),
    /// It had been received before; nothing was written.
    Before(TicketId),
}

/// Takes a letter in: it opens a request or joins one, and is durable when this returns.
///
/// It joins a request only by references or a number that belong to it, and only when its From can
/// be believed and takes part in that request; everything else opens a request, so that nothing is
/// lost and nobody writes into what is not theirs.
///
/// # Errors
/// When the store fails; the sender then tries again, and a second copy is recognised.
pub async fn receive_letter(environment: &Environment, post: Post<'_>) -> Result<Received, Failure> {
    let digest = mail::content_digest(post.letter);
    if let Some(ticket) = environment.store.received(&post.provider.id, &digest).await? {
        return Ok(Received::Before(ticket));
    }
    let sender = sender(environment, &post).await?;
    let inbox = Some(InboxEntry { digest, mailbox: post.provider.mailbox.clone() });
    let thread_keys: Vec<String> = post.letter.message_id.iter().cloned().collect();
    let baggage = Baggage { inbox, thread_keys, ..Baggage::default() };
    let outcome = match thread(environment, &post, sender.as_ref()).await? {
        Some(id) => join(environment, &post, sender.as_ref(), id, baggage).await,
        None => open(environment, &post, sender.as_ref(), baggage).await,
    };
    match outcome {
        // Two copies raced; the other one stands.
        Err(Failure::Store(StoreError::AlreadyReceived { ticket })) => Ok(Received::Before(ticket)),
        other => other,
    }
}

/// The person behind the From, where it can be believed.
async fn sender(environment: &Environment, post: &Post<'_>) -> Result<Option<Person>, Failure> {
    match &post.letter.from {
        Some(from) if post.is_authentic => {
            Ok(environment.store.person_by_email(&post.provider.id, &from.address.to_lowercase()).await?)
        }
        _ => Ok(None),
    }
}

/// The request that the letter belongs to, by its references or by a number in its subject.
async fn thread(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Person>,
) -> Result<Option<TicketId>, Failure> {
    if !post.is_authentic {
        return Ok(None);
    }
    let provider = &post.provider.id;
    let mut keys: Vec<String> = post.letter.references.clone();
    keys.extend(post.letter.in_reply_to.iter().cloned());
    let mut candidates = Vec::new();
    if !keys.is_empty() {
        candidates.extend(environment.store.ticket_by_thread_key(provider, &keys).await?);
    }
    if let Some(number) = number_in(&post.letter.subject, &post.provider.prefix)
        && let Some((owner, id)) = environment.store.ticket_by_number(&number).await?
        && owner == *provider
    {
        candidates.push(id);
    }
    for id in candidates {
        let Some(page) = environment.store.ticket_page(provider, id).await? else { continue };
        let ticket = fold(&page)?;
        if takes_part(&ticket, sender, post.letter, &page.row.requester) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Who takes part in a request: the provider's people, the contacts of its account, and, where the
/// sender was a stranger, that same address.
fn takes_part(ticket: &Ticket, sender: Option<&Person>, letter: &Letter, requester: &str) -> bool {
    match sender {
        Some(person) if person.role.is_staff() => true,
        Some(person) => person.account.is_some() && person.account == ticket.account,
        None => {
            ticket.contact.is_none()
                && letter.from.as_ref().is_some_and(|from| from.address.eq_ignore_ascii_case(requester))
        }
    }
}

/// A number of the provider in brackets, as our own subjects carry it.
fn number_in(subject: &str, prefix: &str) -> Option<String> {
    let mut rest = subject;
    while let Some(open) = rest.find('[') {
        rest = &rest[open + 1..];
        let inside = &rest[..rest.find(']')?];
        let digits = inside.strip_prefix(prefix).and_then(|tail| tail.strip_prefix('-'));
        if digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Some(inside.to_owned());
        }
    }
    None
}

async fn join(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Person>,
    id: TicketId,
    mut baggage: Baggage,
) -> Result<Received, Failure> {
    let message = MessageId(environment.new_id());
    let words = seal_words(environment, post, message, &mut baggage.sealed);
    let (actor, command) = match sender {
        // A colleague's answer by mail is a note: what leaves the house is written on its page.
        Some(person) if person.role.is_staff() => {
            (Actor::Staff { id: person.id }, TicketCommand::Note { message, body: words.body })
        }
        _ => {
            let actor = sender.map_or(Actor::Stranger, |person| Actor::Contact { id: person.id });
            let command = TicketCommand::Receive {
                message,
                author: author(environment, post, sender, &mut baggage.sealed),
                channel: "email".to_owned(),
                sent_at: sent_at(post),
                received_at: post.received_at,
                body: words.body,
                history: words.history,
                files: words.files,
            };
            (actor, command)
        }
    };
    let carried = carry_out(environment, &post.provider.id, id, command, &actor, None, baggage).await?;
    Ok(Received::Joined(carried.number))
}

async fn open(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Person>,
    mut baggage: Baggage,
) -> Result<Received, Failure> {
    let contact = sender.filter(|person| !person.role.is_staff());
    let account = contact.and_then(|person| person.account);
    let basis = basis(environment, post.provider, account).await?;
    let message = MessageId(environment.new_id());
    let subject_text = post.letter.subject.trim();
    let subject = baggage.sealed.text(environment, subject_text);
    let words = seal_words(environment, post, message, &mut baggage.sealed);
    let mut said = Facts::new();
    if let Some(contact) = contact {
        said.set("language", FactValue::text(&contact.language));
    }
    let new = NewTicket {
        id: TicketId(environment.new_id()),
        provider: post.provider.id.clone(),
        account,
        contact: contact.map(|person| person.id),
        channel: "email".to_owned(),
        subject,
        received_at: post.received_at,
        sent_at: sent_at(post),
        agreement: basis.agreement.clone(),
        contract: basis.contract.as_ref().map(|contract| contract.id),
        facts: basis.facts_on(post.received_at, &said),
        message,
        author: author(environment, post, contact, &mut baggage.sealed),
        body: words.body,
        history: words.history,
        files: words.files,
        automatic: post.letter.automatic.is_some() || post.letter.from.is_none(),
    };
    let requester = match (contact, &post.letter.from) {
        (Some(person), _) => person.name.clone(),
        (None, Some(from)) => from.address.clone(),
        (None, None) => String::new(),
    };
    let actor = contact.map_or(Actor::Stranger, |person| Actor::Contact { id: person.id });
    let carried =
        carry_out_opening(environment, new, subject_text, &requester, &basis.terms, &actor, baggage).await?;
    Ok(Received::Opened(carried.number))
}

/// What a letter says, sealed.
struct Words {
    body: ContentRef,
    history: Option<ContentRef>,
    files: Vec<FileRef>,
}

/// Seals what is new in a letter, the whole of it where that is more, and its files; and the letter
/// as it came, where not all of it could be understood.
fn seal_words(environment: &Environment, post: &Post<'_>, message: MessageId, sealed: &mut Sealed) -> Words {
    let letter = post.letter;
    let new = if letter.new_text.trim().is_empty() { letter.text.trim() } else { letter.new_text.trim() };
    let body = sealed.text(environment, new);
    let history = (letter.text.trim() != new).then(|| sealed.text(environment, letter.text.trim()));
    let mut files: Vec<FileRef> = letter
        .attachments
        .iter()
        .map(|file| {
            let name = file.name.as_deref().unwrap_or("");
            sealed.file(environment, message, name, &file.media_type, file.inline, file.bytes.clone())
        })
        .collect();
    if !letter.problems.is_empty() {
        let bytes = post.bytes.to_vec();
        files.push(sealed.file(environment, message, "message.eml", "message/rfc822", false, bytes));
    }
    Words { body, history, files }
}

fn author(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Person>,
    sealed: &mut Sealed,
) -> Author {
    match sender {
        Some(person) => Author::Person { id: person.id },
        None => {
            let shown = match &post.letter.from {
                Some(from) => match &from.name {
                    Some(name) => format!("{name} <{}>", from.address),
                    None => from.address.clone(),
                },
                None => String::new(),
            };
            Author::Address { address: sealed.text(environment, &shown) }
        }
    }
}

/// When the writer says it was sent, unless that lies after its arrival.
fn sent_at(post: &Post<'_>) -> Instant {
    let said = post.letter.date.as_deref().and_then(|date| Instant::parse(date).ok());
    said.filter(|said| *said <= post.received_at).unwrap_or(post.received_at)
}

#[cfg(test)]
mod tests {
    use super::number_in;

    #[test]
    fn finds_only_a_whole_number_of_the_provider() {
        let cases = [
            ("Re: [ORV-12] Panne", Some("ORV-12")),
            ("[autre] Re: [ORV-7]", Some("ORV-7")),
            ("ORV-12 sans crochets", None),
            ("[ORV-]", None),
            ("[ORV-12x]", None),
            ("[XYZ-12]", None),
            ("[ORV-12", None),
        ];
        for (subject, expected) in cases {
            assert_eq!(number_in(subject, "ORV").as_deref(), expected, "{subject}");
        }
    }
}
