use crate::carry_out::{Baggage, carry_out, carry_out_opening};
use crate::check_facts::check_facts;
use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::Folded;
use crate::follow_ticket::{basis_after, following};
use crate::keep_mail_keys::with_signature;
use crate::keep_storage::must_have_room;
use crate::key_ring::Signed;
use crate::open_ticket::{Basis, basis};
use crate::read_told::{Told, read_told};
use crate::redirect_letter::{closed_channel, redirect_letter};
use crate::seal::Sealed;
use crate::show_letter::{KEPT_NAME, KEPT_TYPE, is_named_as_kept, with_files};
use crate::take_return::{Returned, return_of, take_return};
use crate::view_ticket::fold_log;
use calendar::Instant;
use desk::{
    AccountId, Actor, Author, Brought, ContentRef, FileId, FileRef, MessageId, MessageKind, NewTicket,
    NoticeId, Person, Right, Standing, Ticket, TicketCommand, TicketId, may_in,
};
use mail::{Bounce, BounceClass, Letter, Proven, ReplyKey, ReplyToken};
use std::collections::{BTreeSet, HashMap};
use store::{InboxEntry, KeptLetter, Provider, StoreError};
use terms::{FactValue, Facts};

/// The longest transcript of a call that is shown as its words, in bytes.
const TRANSCRIPT_BYTES_AT_MOST: usize = 64 * 1024;

/// How far a chain of merged requests is followed.
const MERGED_AT_MOST: usize = 16;

/// A letter as it reached one mailbox.
pub struct Post<'a> {
    /// The provider whose mailbox it reached.
    pub provider: &'a Provider,
    /// The letter. Its files are moved from here into the request, for a large one is not held twice.
    pub letter: Letter,
    /// Its bytes, kept with the request when not all of them could be understood.
    pub bytes: &'a [u8],
    /// The address it came to: the mailbox, or a reply address of it.
    pub recipient: &'a str,
    /// When it reached the desk.
    pub received_at: Instant,
    /// Whether its From can be believed: checked by the listener or by a server it trusts.
    pub is_authentic: bool,
    /// What was found of its sender, where it was checked: `spf=pass dkim=pass dmarc=pass`.
    pub checks: Option<String>,
    /// Whether whoever hands it over can still be told that it is not taken, and tells its sender.
    pub is_refusable: bool,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It opened a request of this number.
    Opened(String),
    /// It joined the request of this number.
    Joined(String),
    /// It says that a letter about the request of this number was not delivered.
    Returned(String),
    /// It is kept for an administrator, and became no request: a report that says nothing, a letter of
    /// ours that came back, one by a way that the agreement does not open, or one by which a service could
    /// prove that somebody reads the mailbox.
    Kept,
    /// It had been received before; nothing was written.
    Before(TicketId),
}

/// Takes a letter in: it opens a request or joins one, and is durable when this returns.
///
/// It joins a request only in answer to a letter of ours whose token it brings back from the address
/// we wrote to; or, from a customer, by references to letters of the request, when its From can be
/// believed and takes part in it. A number in a subject proves nothing and joins nothing. Everything else
/// opens a request, which shows the one it seems to belong to, so that nothing is lost and nobody writes into
/// what is not theirs. A report of a mail server is neither: it becomes the state of the letter it speaks of.
///
/// # Errors
/// - it brings files for which its account has no room: [`Failure::Invalid`] of `files`;
/// - the store fails; the sender then tries again, and a second copy is recognised.
pub async fn receive_letter(environment: &Environment, post: Post<'_>) -> Result<Received, Failure> {
    // Whoever checked a From checked one of several.
    let post = Post { is_authentic: post.is_authentic && !post.letter.has_other_authors, ..post };
    let digest = mail::content_digest(&post.letter);
    if let Some(ticket) = environment.store.received(&post.provider.id, &digest).await? {
        return Ok(Received::Before(ticket));
    }
    let inbox = Some(InboxEntry { digest, mailbox: post.provider.mailbox.clone() });
    if let Some(bounce) = &post.letter.bounce {
        return receive_bounce(environment, &post, bounce, inbox).await;
    }
    if post.letter.comes_back {
        keep(environment, &post, digest, "loop").await?;
        return Ok(Received::Kept);
    }
    let mut post = with_signature(environment, post).await?;
    let sender = sender(environment, &post).await?;
    if is_voicemail(environment, &post) {
        // Each call is a request of its own; the system is nobody who could be answered.
        let baggage = Baggage { inbox, ..Baggage::default() };
        let outcome = open(environment, &mut post, None, None, baggage).await;
        return settled(environment, &post, digest, outcome).await;
    }
    let thread_keys: Vec<String> = post.letter.message_id.iter().cloned().collect();
    let baggage = Baggage { inbox, thread_keys, ..Baggage::default() };
    let outcome = match thread(environment, &post, sender.as_ref()).await? {
        Thread::Joins(id, sender) => {
            let person = sender.as_ref().map(|sender| &sender.person);
            if person.is_some_and(|person| !person.role.is_staff()) {
                let row = environment.store.ticket_row(&post.provider.id, id).await?;
                must_fit(environment, &post, row.and_then(|row| row.account)).await?;
            }
            match follows_up(environment, &post, person, id).await? {
                Some(closed) => Box::pin(follow(environment, &mut post, person, &closed, baggage)).await,
                None => join(environment, &mut post, person, id, baggage).await,
            }
        }
        // Every agent reads what opens a request; who reads what proves a mailbox has the mailbox.
        Thread::Opens { .. } if sender.is_none() && mail::may_prove_mailbox(&post.letter) => {
            keep(environment, &post, digest, "no_reply").await?;
            Ok(Received::Kept)
        }
        Thread::Opens { suspected } => {
            must_fit(environment, &post, sender.as_ref().and_then(Sender::asks_for)).await?;
            open(environment, &mut post, sender.as_ref(), suspected, baggage).await
        }
    };
    settled(environment, &post, digest, outcome).await
}

/// Refuses a letter that brings files for which the account that it is for has no room, where its sender is told. Words
/// are taken always, and so is what another server has taken already.
async fn must_fit(
    environment: &Environment,
    post: &Post<'_>,
    account: Option<AccountId>,
) -> Result<(), Failure> {
    if !post.is_refusable || post.letter.attachments.is_empty() {
        return Ok(());
    }
    let bytes = post.letter.attachments.iter().map(|file| file.size).sum();
    must_have_room(environment, &post.provider.id, account, bytes).await
}

/// What became of a letter in the end. One that the agreement cannot make a request of, as when it wants
/// something known that no stranger's letter says, is kept for somebody to look at: refusing it would have
/// its sender's server try for days and then give up.
async fn settled(
    environment: &Environment,
    post: &Post<'_>,
    digest: [u8; 32],
    outcome: Result<Received, Failure>,
) -> Result<Received, Failure> {
    match outcome {
        // Two copies raced; the other one stands.
        Err(Failure::Store(StoreError::AlreadyReceived { ticket })) => Ok(Received::Before(ticket)),
        Err(Failure::Refused(refusal)) => {
            tracing::warn!(%refusal, "the agreement makes no request of a letter");
            keep(environment, post, digest, "terms").await?;
            Ok(Received::Kept)
        }
        other => other,
    }
}

/// Takes a letter in that was kept, because somebody of the desk says so: it opens a request, whatever
/// kept it. Nobody knows any more whether its From could be believed, so it comes from a stranger. `told` is what the
/// desk knows of it and the letter does not say; clocks start when it came, with what is told.
///
/// # Errors
/// When the store fails.
pub(crate) async fn receive_kept(
    environment: &Environment,
    post: Post<'_>,
    told: &Facts,
) -> Result<Received, Failure> {
    let digest = mail::content_digest(&post.letter);
    if let Some(ticket) = environment.store.received(&post.provider.id, &digest).await? {
        return Ok(Received::Before(ticket));
    }
    let mut post = with_signature(environment, post).await?;
    let thread_keys: Vec<String> = post.letter.message_id.iter().cloned().collect();
    let inbox = Some(InboxEntry { digest, mailbox: post.provider.mailbox.clone() });
    let baggage = Baggage { inbox, thread_keys, ..Baggage::default() };
    let basis = basis(environment, post.provider, None, post.received_at).await?;
    let told = check_facts(&basis.terms, told)?;
    match open_under(environment, &mut post, None, None, baggage, &basis, &told).await {
        Err(Failure::Store(StoreError::AlreadyReceived { ticket })) => Ok(Received::Before(ticket)),
        other => other,
    }
}

/// A report of a mail server. Only one that names a letter of ours by its token says anything: all
/// else is kept, for anybody can write that an address does not exist.
async fn receive_bounce(
    environment: &Environment,
    post: &Post<'_>,
    bounce: &Bounce,
    inbox: Option<InboxEntry>,
) -> Result<Received, Failure> {
    let digest = inbox.as_ref().map(|entry| entry.digest).unwrap_or_default();
    let host = &environment.installation.host_name;
    let by_address = ReplyToken::in_address(post.recipient)
        .and_then(|_| Some(format!("{}@{host}", post.recipient.split_once('+')?.1.rsplit_once('@')?.0)));
    let named = bounce.original_message_id.iter().cloned().chain(by_address);
    for message_id in named {
        let Some(token) = ReplyToken::in_message_id(&message_id) else { continue };
        let provider = &post.provider.id;
        let keys = [message_id];
        let Some(ticket) = environment.store.ticket_by_thread_key(provider, &keys).await? else { continue };
        let notice = NoticeId(token.letter);
        let Some((kind, to)) = environment.store.notice_of(provider, ticket, notice).await? else { continue };
        let proven = Proven {
            provider: provider.as_str(),
            request: ticket.0,
            recipient: &to.address,
            letter: token.letter,
        };
        let proves = |secret: &[u8; 32]| ReplyKey::new(secret).proves(&token, proven);
        if !environment.is_signed(Signed::Replies, proves).await? {
            continue;
        }
        // Of several recipients the one we wrote to counts; a forwarder may name another.
        let told = bounce.recipients.iter().find(|told| told.address.eq_ignore_ascii_case(&to.address));
        let Some(told) = told.or(bounce.recipients.first()) else { continue };
        if told.class == BounceClass::Delivered {
            keep(environment, post, digest, "bounce").await?;
            return Ok(Received::Kept);
        }
        let said = match &told.status {
            Some(status) if !told.reason.contains(status) => format!("{status} {}", told.reason),
            _ => told.reason.clone(),
        };
        let returned =
            Returned { provider, ticket, notice, kind, to: &to, class: return_of(told.class), said: &said };
        return match take_return(environment, returned, inbox).await {
            Ok(number) => Ok(Received::Returned(number)),
            Err(Failure::Store(StoreError::AlreadyReceived { ticket })) => Ok(Received::Before(ticket)),
            Err(failure) => Err(failure),
        };
    }
    keep(environment, post, digest, "bounce").await?;
    Ok(Received::Kept)
}

/// Keeps a letter that becomes no request, for an administrator to see.
async fn keep(
    environment: &Environment,
    post: &Post<'_>,
    digest: [u8; 32],
    why: &str,
) -> Result<(), Failure> {
    let letter = KeptLetter {
        digest,
        mailbox: post.provider.mailbox.clone(),
        why: why.to_owned(),
        sender: post.letter.from.as_ref().map(|from| from.address.clone()).unwrap_or_default(),
        subject: post.letter.subject.clone(),
        received_at: post.received_at,
    };
    tracing::info!(why, sender = letter.sender, "a letter is kept and becomes no request");
    Ok(environment.store.keep_letter(&post.provider.id, &letter, post.bytes).await?)
}

/// Whoever writes, as the desk knows them now: somebody of the provider, or a contact with a role in some
/// account. Who has left or has no role is a stranger.
#[derive(Clone)]
struct Sender {
    person: Person,
    standings: Vec<Standing>,
}

impl Sender {
    fn is_staff(&self) -> bool {
        self.person.role.is_staff()
    }

    fn may(&self, right: Right, account: Option<AccountId>) -> bool {
        may_in(&self.person, &self.standings, right, account)
    }

    /// The account that a contact asks for: their own, else the first where they may ask.
    fn asks_for(&self) -> Option<AccountId> {
        let accounts =
            self.person.account.into_iter().chain(self.standings.iter().map(|known| known.account));
        accounts.filter(|_| !self.is_staff()).find(|account| self.may(Right::Open, Some(*account)))
    }
}

/// The person behind the From, where it can be believed.
async fn sender(environment: &Environment, post: &Post<'_>) -> Result<Option<Sender>, Failure> {
    match post.is_authentic {
        true => claimed_sender(environment, post).await,
        false => Ok(None),
    }
}

/// The person whom the From names, whoever wrote it.
async fn claimed_sender(environment: &Environment, post: &Post<'_>) -> Result<Option<Sender>, Failure> {
    let Some(from) = &post.letter.from else { return Ok(None) };
    let found = environment.store.person_with_standings_by_email(&post.provider.id, &from.address).await?;
    let sender = found.map(|(person, standings)| Sender { person, standings });
    Ok(sender.filter(|sender| sender.is_staff() || !sender.standings.is_empty()))
}

/// Where a letter goes.
enum Thread {
    /// Into this request, as from this person.
    Joins(TicketId, Option<Sender>),
    /// Into a request of its own, which shows the one it seems to belong to.
    Opens { suspected: Option<TicketId> },
}

/// The request that the letter belongs to: by the token of a letter of ours, or by its references; a
/// number in its subject says only which one it seems to be. What passes on somebody else's words asks
/// something new.
async fn thread(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Sender>,
) -> Result<Thread, Failure> {
    let provider = &post.provider.id;
    let host = &environment.installation.host_name;
    let mut keys: Vec<String> = Vec::new();
    if ReplyToken::in_address(post.recipient).is_some()
        && let Some((_, token)) = post.recipient.split_once('+')
        && let Some((token, _)) = token.rsplit_once('@')
    {
        keys.push(format!("{token}@{host}"));
    }
    // The nearest letter first: what it answers, then the conversation from its end.
    for key in post.letter.in_reply_to.iter().chain(post.letter.references.iter().rev()) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let number = number_in(&post.letter.subject, &post.provider.prefix);
    if keys.is_empty() && number.is_none() {
        return Ok(Thread::Opens { suspected: None });
    }
    let mut candidates: Vec<(TicketId, Option<ReplyToken>)> = Vec::new();
    if !keys.is_empty() {
        let known: HashMap<String, TicketId> =
            environment.store.tickets_by_thread_keys(provider, &keys).await?.into_iter().collect();
        for key in &keys {
            if let Some(id) = known.get(key.as_str()) {
                candidates.push((*id, ReplyToken::in_message_id(key)));
            }
        }
    }
    let mut suspected = candidates.first().map(|(id, _)| *id);
    if suspected.is_none()
        && let Some(number) = number
        && let Some((owner, id)) = environment.store.ticket_by_number(&number).await?
        && owner == *provider
    {
        suspected = Some(id);
    }
    if post.letter.is_forward {
        return Ok(Thread::Opens { suspected });
    }
    // The token is proof that the From receives what we write there, which is all that checking a
    // From can prove. Colleagues act on requests, so they need the other proof as well.
    if let Some(from) = &post.letter.from {
        for (id, token) in &candidates {
            let Some(token) = token else { continue };
            let proven = Proven {
                provider: provider.as_str(),
                request: id.0,
                recipient: &from.address,
                letter: token.letter,
            };
            let proves = |secret: &[u8; 32]| ReplyKey::new(secret).proves(token, proven);
            if !environment.is_signed(Signed::Replies, proves).await? {
                continue;
            }
            let person = claimed_sender(environment, post).await?;
            if person.as_ref().is_some_and(Sender::is_staff) && !post.is_authentic {
                continue;
            }
            if let Some(id) = joins(environment, post, person.as_ref(), *id).await? {
                return Ok(Thread::Joins(id, person));
            }
        }
    }
    // Clients name the letters of a conversation, not always ours: a customer who is proven and takes part
    // joins by those. Nobody acts for the desk by what anybody who saw one of its letters could write.
    if post.is_authentic && !sender.is_some_and(Sender::is_staff) {
        let mut looked: Vec<TicketId> = Vec::new();
        for (id, _) in candidates {
            if looked.contains(&id) {
                continue;
            }
            looked.push(id);
            if let Some(id) = joins(environment, post, sender, id).await? {
                return Ok(Thread::Joins(id, sender.cloned()));
            }
        }
    }
    Ok(Thread::Opens { suspected })
}

/// The request that stands and in which the sender takes part: this one, or the one that goes on for
/// it. What was merged keeps its numbers and its letters as other names of that one.
async fn joins(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Sender>,
    id: TicketId,
) -> Result<Option<TicketId>, Failure> {
    let mut id = id;
    for _ in 0..MERGED_AT_MOST {
        let Some((row, log)) = environment.store.ticket_log(&post.provider.id, id).await? else {
            return Ok(None);
        };
        let ticket = fold_log(&log)?;
        if !takes_part(&ticket, sender, &post.letter, &row.requester) {
            return Ok(None);
        }
        match ticket.merged_into {
            Some(into) => id = into,
            None => return Ok(Some(id)),
        }
    }
    Ok(None)
}

/// Who takes part in a request: the provider's people, those who may write for its account, and, where the
/// sender was a stranger, that same address.
fn takes_part(ticket: &Ticket, sender: Option<&Sender>, letter: &Letter, requester: &str) -> bool {
    match sender {
        Some(sender) => sender.may(Right::Reply, ticket.account),
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

/// The closed request that an answer does not open again, because the agreement makes a new one of it. What a
/// machine or a colleague writes opens nothing.
async fn follows_up(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Person>,
    id: TicketId,
) -> Result<Option<Ticket>, Failure> {
    if post.letter.automatic.is_some() || sender.is_some_and(|person| person.role.is_staff()) {
        return Ok(None);
    }
    let Some(row) = environment.store.ticket_row(&post.provider.id, id).await? else { return Ok(None) };
    let terms = environment.terms(&post.provider.id, &row.agreement).await?;
    if terms.after_closing.is_none() {
        return Ok(None);
    }
    let ticket = Folded::read(environment, &post.provider.id, id).await?.ticket;
    Ok(ticket.reply_follows_up(&terms, post.received_at).is_some().then_some(ticket))
}

/// Opens a new request that follows a closed one.
async fn follow(
    environment: &Environment,
    post: &mut Post<'_>,
    sender: Option<&Person>,
    closed: &Ticket,
    mut baggage: Baggage,
) -> Result<Received, Failure> {
    let basis = basis_after(environment, post.provider, closed, post.received_at).await?;
    let message = MessageId(environment.new_id());
    let subject_text = post.letter.subject.trim().to_owned();
    let subject = baggage.sealed.text(environment, &subject_text);
    let words = seal_words(environment, post, message, &mut baggage.sealed);
    let contact = sender.map(|person| person.id).or(closed.contact);
    let following = following(environment, closed, &basis, post.received_at);
    let new = NewTicket {
        contact,
        channel: "email".to_owned(),
        subject,
        received_at: post.received_at,
        sent_at: sent_at(post),
        message,
        author: author(environment, post, sender, &mut baggage.sealed),
        body: words.body,
        brought: Brought {
            history: words.history,
            html: words.html,
            files: words.files,
            checks: post.checks.clone(),
            ..following.brought
        },
        ..following
    };
    let requester = requester(post, sender);
    let actor = sender.map_or(Actor::Stranger, |person| Actor::Contact { id: person.id });
    let into = new.id;
    let carried =
        carry_out_opening(environment, new, &subject_text, &requester, &basis.terms, &actor, baggage).await?;
    let leads = TicketCommand::FollowedUp { into };
    carry_out(environment, &post.provider.id, closed.id, leads, &Actor::System, None, Baggage::default())
        .await?;
    Ok(Received::Opened(carried.number))
}

async fn join(
    environment: &Environment,
    post: &mut Post<'_>,
    sender: Option<&Person>,
    id: TicketId,
    mut baggage: Baggage,
) -> Result<Received, Failure> {
    let message = MessageId(environment.new_id());
    let words = seal_words(environment, post, message, &mut baggage.sealed);
    let (actor, command) = match sender {
        // A colleague's answer by mail is a note: what leaves the house is written on its page.
        Some(person) if person.role.is_staff() => {
            let note = TicketCommand::Note {
                message,
                body: words.body,
                history: words.history,
                html: words.html.map(Box::new),
                files: words.files,
            };
            (Actor::Staff { id: person.id }, note)
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
                html: words.html.map(Box::new),
                files: words.files,
                automatic: post.letter.automatic.is_some(),
                checks: post.checks.clone(),
            };
            (actor, command)
        }
    };
    let carried = carry_out(environment, &post.provider.id, id, command, &actor, None, baggage).await?;
    if !matches!(actor, Actor::Staff { .. }) && post.letter.automatic.is_none() {
        learn_told(environment, post, id, &carried.folded.ticket, &actor).await?;
    }
    Ok(Received::Joined(carried.number))
}

/// Learns what the agreement wanted known at the opening, where an answer says it. What is said there and cannot be
/// learnt stays in the conversation, for somebody to read.
async fn learn_told(
    environment: &Environment,
    post: &Post<'_>,
    id: TicketId,
    ticket: &Ticket,
    actor: &Actor,
) -> Result<(), Failure> {
    let terms = environment.terms(&post.provider.id, &ticket.agreement).await?;
    let wanted = ticket.wanted(&terms);
    if wanted.is_empty() {
        return Ok(());
    }
    // Once the desk has written, what stands alone in a line may answer that.
    let has_written = ticket.messages.iter().any(|message| message.kind == MessageKind::Outgoing);
    let how = if has_written { Told::Named } else { Told::Answered };
    let facts = read_told(&post.letter.new_text, &wanted, how);
    if facts.is_empty() {
        return Ok(());
    }
    let learn = TicketCommand::Learn { facts, consent: BTreeSet::new() };
    match carry_out(environment, &post.provider.id, id, learn, actor, None, Baggage::default()).await {
        Ok(_) => Ok(()),
        Err(Failure::Refused(refusal)) => {
            tracing::info!(%refusal, "what an answer tells is not learnt");
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}

async fn open(
    environment: &Environment,
    post: &mut Post<'_>,
    sender: Option<&Sender>,
    suspected: Option<TicketId>,
    baggage: Baggage,
) -> Result<Received, Failure> {
    let asks = sender.and_then(|sender| Some((&sender.person, sender.asks_for()?)));
    let account = asks.map(|(_, account)| account);
    let basis = basis(environment, post.provider, account, post.received_at).await?;
    if !is_voicemail(environment, post) {
        let facts = basis.facts_on(post.received_at, &Facts::new());
        if let Some(channel) = closed_channel(&basis.terms, "email", &facts, post.received_at) {
            let person = sender.map(|sender| &sender.person);
            return redirect(environment, post, person, channel, baggage).await;
        }
    }
    open_under(environment, post, asks, suspected, baggage, &basis, &Facts::new()).await
}

/// Opens a request under an agreement, whether or not that opens requests by mail. What no contract supplies may be
/// told. `asks` is the contact who asks, and for which account; who may not ask for any is a stranger.
async fn open_under(
    environment: &Environment,
    post: &mut Post<'_>,
    asks: Option<(&Person, AccountId)>,
    suspected: Option<TicketId>,
    mut baggage: Baggage,
    basis: &Basis,
    told: &Facts,
) -> Result<Received, Failure> {
    let (contact, account) = asks.unzip();
    let message = MessageId(environment.new_id());
    let subject_text = post.letter.subject.trim().to_owned();
    let subject = baggage.sealed.text(environment, &subject_text);
    let words = seal_words(environment, post, message, &mut baggage.sealed);
    let wanted = basis.terms.wanted(&basis.facts_on(post.received_at, &Facts::new()), post.received_at);
    let mut said = read_told(&post.letter.new_text, &wanted, Told::Named);
    said.extend(told);
    if let Some(contact) = contact {
        said.set("language", FactValue::text(&contact.language));
    }
    let facts = basis.facts_on(post.received_at, &said);
    let new = NewTicket {
        id: TicketId(environment.new_id()),
        provider: post.provider.id.clone(),
        account,
        contact: contact.map(|person| person.id),
        channel: if is_voicemail(environment, post) { "voicemail" } else { "email" }.to_owned(),
        subject,
        received_at: post.received_at,
        sent_at: sent_at(post),
        agreement: basis.agreement.clone(),
        contract: basis.contract.as_ref().map(|contract| contract.id),
        facts,
        message,
        author: author(environment, post, contact, &mut baggage.sealed),
        body: words.body,
        brought: Brought {
            history: words.history,
            html: words.html,
            files: words.files,
            automatic: is_automatic(environment, post) || answers_receipt(environment, post, contact).await?,
            checks: post.checks.clone(),
            may_backscatter: may_backscatter(post),
            suspected,
            ..Brought::default()
        },
    };
    let requester = requester(post, contact);
    let actor = contact.map_or(Actor::Stranger, |person| Actor::Contact { id: person.id });
    let carried =
        carry_out_opening(environment, new, &subject_text, &requester, &basis.terms, &actor, baggage).await?;
    Ok(Received::Opened(carried.number))
}

/// Who asks, as lists show it: by name where they are known, else by the address that the letter gives.
fn requester(post: &Post<'_>, sender: Option<&Person>) -> String {
    match (sender, &post.letter.from) {
        (Some(person), _) => person.name.clone(),
        (None, Some(from)) => from.address.clone(),
        (None, None) => String::new(),
    }
}

/// A letter by a way that opens nothing is kept for somebody to look at, and its sender is told once
/// where to turn; a machine is told nothing, nor is somebody whom the letter may only name.
async fn redirect(
    environment: &Environment,
    post: &Post<'_>,
    sender: Option<&Person>,
    channel: &terms::Channel,
    baggage: Baggage,
) -> Result<Received, Failure> {
    let Some(InboxEntry { digest, .. }) = baggage.inbox else { return Ok(Received::Kept) };
    let known = environment.store.kept_letter_bytes(&post.provider.id, &digest).await?.is_some();
    keep(environment, post, digest, "channel").await?;
    if known || is_automatic(environment, post) || may_backscatter(post) {
        return Ok(Received::Kept);
    }
    if let Some(from) = &post.letter.from {
        let answers = post.letter.message_id.clone();
        redirect_letter(environment, post.provider, channel, &from.address, sender, answers).await?;
    }
    Ok(Received::Kept)
}

/// Whether nothing may be written in answer by itself: a machine wrote it, nobody did, or it bears
/// an address of ours.
fn is_automatic(environment: &Environment, post: &Post<'_>) -> bool {
    match &post.letter.from {
        None => true,
        Some(_) if is_voicemail(environment, post) => true,
        Some(from) => {
            post.letter.automatic.is_some() || from.address.eq_ignore_ascii_case(&post.provider.mailbox)
        }
    }
}

/// Whether what is written to the From by itself may reach somebody who never wrote.
fn may_backscatter(post: &Post<'_>) -> bool {
    !post.is_authentic && mail::returns_elsewhere(&post.letter)
}

/// Whether a contact's desk answers a receipt of ours by one of its own that does not say so: two such desks
/// would answer each other for ever.
async fn answers_receipt(
    environment: &Environment,
    post: &Post<'_>,
    contact: Option<&Person>,
) -> Result<bool, Failure> {
    match contact {
        Some(person) if mail::resembles_receipt(&post.letter) => {
            let since = environment.now().plus_seconds(-24 * 3600);
            Ok(environment.store.acknowledged_since(&post.provider.id, person.id, since).await?)
        }
        _ => Ok(false),
    }
}

/// Whether somebody spoke to a telephone system, which sends what was said.
fn is_voicemail(environment: &Environment, post: &Post<'_>) -> bool {
    let is_system = post
        .letter
        .from
        .as_ref()
        .is_some_and(|from| environment.installation.post.is_telephone_system(&from.address));
    post.is_authentic
        && is_system
        && post.letter.attachments.iter().any(|file| {
            file.media_type.starts_with("audio/")
                || file.name.as_deref().is_some_and(|name| {
                    let name = name.to_lowercase();
                    [".wav", ".mp3", ".ogg", ".m4a", ".opus", ".amr"].iter().any(|end| name.ends_with(end))
                })
        })
}

/// What a telephone system wrote of a call, whole: nothing in it is quoted or a signature. A transcript that
/// comes as a file of its own belongs to it.
fn transcript(letter: &Letter) -> String {
    let mut said = letter.text.trim().to_owned();
    let is_transcript = |file: &&mail::Attachment| {
        let name = file.name.as_deref().unwrap_or_default().to_lowercase();
        file.media_type == "text/plain" && file.size <= TRANSCRIPT_BYTES_AT_MOST && name.contains("transcri")
    };
    for file in letter.attachments.iter().filter(is_transcript) {
        let words = String::from_utf8_lossy(&file.bytes).replace("\r\n", "\n");
        if !said.contains(words.trim()) {
            said.push_str("\n\n");
            said.push_str(words.trim());
        }
    }
    said.trim().to_owned()
}

/// What a letter says, sealed.
struct Words {
    body: ContentRef,
    history: Option<ContentRef>,
    html: Option<FileRef>,
    files: Vec<FileRef>,
}

/// Seals what is new in a letter, the whole of it where that is more, and its files, which the letter has no longer
/// then; and the letter as it came, where not all of it could be understood.
fn seal_words(
    environment: &Environment,
    post: &mut Post<'_>,
    message: MessageId,
    sealed: &mut Sealed,
) -> Words {
    let spoken = is_voicemail(environment, post).then(|| transcript(&post.letter));
    let letter = &mut post.letter;
    let new = match &spoken {
        Some(spoken) => spoken.as_str(),
        None if letter.new_text.trim().is_empty() => letter.text.trim(),
        None => letter.new_text.trim(),
    };
    let body = sealed.text(environment, new);
    let history =
        (spoken.is_none() && letter.text.trim() != new).then(|| sealed.text(environment, letter.text.trim()));
    let mut files: Vec<FileRef> = letter
        .attachments
        .iter_mut()
        .map(|file| {
            let name = match file.name.as_deref().unwrap_or("") {
                // A message without a name that somebody attached is not the letter itself.
                name if is_named_as_kept(name, &file.media_type) => "attached-message.eml",
                name => name,
            };
            let bytes = std::mem::take(&mut file.bytes);
            sealed.file(environment, message, name, &file.media_type, file.inline, bytes)
        })
        .collect();
    let ids: Vec<FileId> = files.iter().map(|file| file.id).collect();
    let html = with_files(letter, &ids)
        .filter(|html| html.contains('<'))
        .map(|html| sealed.file(environment, message, "", "text/html", true, html.into_bytes()));
    if !letter.problems.is_empty() {
        let bytes = post.bytes.to_vec();
        files.push(sealed.file(environment, message, KEPT_NAME, KEPT_TYPE, false, bytes));
    }
    Words { body, history, html, files }
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
