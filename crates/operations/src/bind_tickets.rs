use crate::carry_out::{Baggage, carry_out, carry_out_opening};
use crate::environment::Environment;
use crate::error::Failure;
use crate::follow_ticket::{basis_after, following};
use crate::open_ticket::{NewFile, SUBJECT_CHARACTERS, basis, check_length};
use crate::seal::Sealed;
use crate::show_letter::with_copies;
use crate::view_ticket::fold;
use crate::viewer::Viewer;
use async_recursion::async_recursion as boxed;
use desk::{
    Author, Brought, FileId, FileRef, Message, MessageId, MessageKind, NewTicket, Refusal, Ticket,
    TicketCommand, TicketId, TicketState,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use store::{StoreError, TicketPage};
use terms::Facts;

/// What binds a request to another, or takes them apart.
#[derive(Clone, Debug)]
pub(crate) enum Bond {
    /// It goes on in another.
    Merge { into: String },
    /// It stands alone again.
    Unmerge,
    /// A message begins a request of its own.
    Split { message: Option<MessageId>, subject: Option<String> },
    /// What is closed goes on in a new request.
    FollowUp { subject: Option<String>, body: String, files: Vec<NewFile> },
    /// It has to do with another.
    Link { to: String, kind: String },
    /// It has nothing to do with another after all.
    Unlink { to: String },
}

/// Binds two requests. Each is written by a command of its own: the one that is to be found from the
/// other first, so that a crash between the two leaves nothing that points into the void, and doing it
/// again completes it.
///
/// # Errors
/// - there is no such other request of this provider;
/// - it is another customer's, or the core refuses;
/// - the store fails.
#[boxed]
pub(crate) async fn bind_tickets(
    environment: &Environment,
    viewer: &Viewer,
    id: TicketId,
    bond: Bond,
    expected: Option<u64>,
    baggage: Baggage,
) -> Result<Option<TicketId>, Failure> {
    let bound = Bound { environment, viewer, id };
    match bond {
        Bond::Merge { into } => Box::pin(bound.merge(&into, expected, baggage)).await?,
        Bond::Unmerge => Box::pin(bound.unmerge(expected, baggage)).await?,
        Bond::Split { message, subject } => {
            Box::pin(bound.split(message, subject, expected, baggage)).await?
        }
        Bond::FollowUp { subject, body, files } => {
            let asked = FollowUp { subject, body, files };
            return Box::pin(bound.follow_up(asked, expected, baggage)).await.map(Some);
        }
        Bond::Link { to, kind } => {
            let (other, target) = bound.other(&to, "to").await?;
            if target.merged_into.is_some() {
                return Err(Refusal::Merged.into());
            }
            bound.command(id, TicketCommand::Link { ticket: other, kind }, expected, baggage).await?;
            let back = TicketCommand::Link { ticket: id, kind: "related".to_owned() };
            bound.command(other, back, None, Baggage::default()).await?;
        }
        Bond::Unlink { to } => {
            let (other, _) = bound.other(&to, "to").await?;
            bound.command(id, TicketCommand::Unlink { ticket: other }, expected, baggage).await?;
            bound.command(other, TicketCommand::Unlink { ticket: id }, None, Baggage::default()).await?;
        }
    }
    Ok(None)
}

/// What a new request that follows a closed one says.
struct FollowUp {
    subject: Option<String>,
    body: String,
    files: Vec<NewFile>,
}

struct Bound<'a> {
    environment: &'a Environment,
    viewer: &'a Viewer,
    id: TicketId,
}

/// Completes a split that broke off after the new request was opened, where it did.
///
/// # Errors
/// - the request refuses to let the message go;
/// - the store fails.
pub(crate) async fn complete_split(
    environment: &Environment,
    viewer: &Viewer,
    id: TicketId,
    opened: &str,
) -> Result<(), Failure> {
    let bound = Bound { environment, viewer, id };
    let Some((_, into)) = environment.store.ticket_by_number(opened).await? else { return Ok(()) };
    let ((_, new), (_, own)) = (bound.page(into).await?, bound.page(id).await?);
    match new.split_from {
        Some((from, message)) if from == id && own.split_off.iter().all(|(known, _)| *known != message) => {
            bound.command(id, TicketCommand::SplitOff { message, into }, None, Baggage::default()).await
        }
        _ => Ok(()),
    }
}

/// The id of the request that a message begins when it is split off: always the same, so that it is opened once however
/// many ask for it at the same moment. It is as old as the message.
fn split_id(from: TicketId, message: MessageId) -> TicketId {
    let digest = Sha256::digest(format!("split\0{from}\0{message}"));
    let drawn = digest.iter().take(8).fold(0_u128, |drawn, byte| (drawn << 8) | u128::from(*byte));
    TicketId((message.0 >> 64 << 64) | (0b10 << 62) | (drawn & 0x3fff_ffff_ffff_ffff))
}

impl Bound<'_> {
    async fn command(
        &self,
        id: TicketId,
        command: TicketCommand,
        expected: Option<u64>,
        baggage: Baggage,
    ) -> Result<(), Failure> {
        let provider = &self.viewer.provider.id;
        let actor = self.viewer.actor();
        carry_out(self.environment, provider, id, command, &actor, expected, baggage).await.map(drop)
    }

    async fn page(&self, id: TicketId) -> Result<(TicketPage, Ticket), Failure> {
        let page = self.environment.store.ticket_page(&self.viewer.provider.id, id).await?;
        let page = page.ok_or(Failure::NotFound { what: "request" })?;
        let ticket = fold(&page)?;
        Ok((page, ticket))
    }

    /// Another request of the same provider, by number.
    async fn other(&self, number: &str, field: &'static str) -> Result<(TicketId, Ticket), Failure> {
        let unknown = || Failure::Invalid { field, problem: "error-request-unknown".into() };
        let found = self.environment.store.ticket_by_number(number.trim()).await?;
        let (provider, id) = found.ok_or_else(unknown)?;
        if provider != self.viewer.provider.id {
            return Err(unknown());
        }
        let (_, ticket) = self.page(id).await?;
        Ok((id, ticket))
    }

    async fn merge(&self, into: &str, expected: Option<u64>, baggage: Baggage) -> Result<(), Failure> {
        let (other, target) = self.other(into, "into").await?;
        let (_, own) = self.page(self.id).await?;
        if other == self.id || target.merged_into == Some(self.id) {
            return Err(Refusal::SameRequest.into());
        }
        if target.merged_into.is_some() || own.merged_into.is_some() {
            return Err(Refusal::Merged.into());
        }
        // One customer's words must never be read by another.
        if own.account != target.account || own.account.is_none() {
            return Err(Refusal::OtherAccount.into());
        }
        if expected.is_some_and(|expected| expected != own.version) {
            return Err(Failure::Changed { version: own.version });
        }
        self.command(other, TicketCommand::Absorb { ticket: self.id }, None, Baggage::default()).await?;
        let merged = self.command(self.id, TicketCommand::Merge { into: other }, expected, baggage).await;
        // Another copy of the same may have been faster: what holds is let go by neither.
        if merged.is_err() && self.page(self.id).await?.1.merged_into != Some(other) {
            self.command(other, TicketCommand::Release { ticket: self.id }, None, Baggage::default()).await?;
        }
        merged
    }

    async fn unmerge(&self, expected: Option<u64>, baggage: Baggage) -> Result<(), Failure> {
        let (_, own) = self.page(self.id).await?;
        let from = own.merged_into.ok_or(Refusal::NotMerged)?;
        self.command(self.id, TicketCommand::Unmerge, expected, baggage).await?;
        self.command(from, TicketCommand::Release { ticket: self.id }, None, Baggage::default()).await
    }

    /// The message, with its files, opens a request of its own at the instant at which it came.
    #[boxed]
    async fn split(
        &self,
        wanted: Option<MessageId>,
        subject: Option<String>,
        expected: Option<u64>,
        baggage: Baggage,
    ) -> Result<(), Failure> {
        let environment = self.environment;
        let provider = &self.viewer.provider;
        let (page, ticket) = self.page(self.id).await?;
        if expected.is_some_and(|expected| expected != ticket.version) {
            return Err(Failure::Changed { version: ticket.version });
        }
        let unknown = || Failure::Invalid { field: "message", problem: "error-message-unknown".into() };
        let is_incoming = |message: &&Message| message.kind == MessageKind::Incoming;
        let message = match wanted {
            Some(wanted) => ticket.messages.iter().filter(is_incoming).find(|message| message.id == wanted),
            None => ticket.messages.iter().skip(1).rfind(is_incoming),
        };
        let message = message.ok_or_else(unknown)?.clone();
        let body = page.contents.get(&message.body.id).cloned().unwrap_or_default();
        let subject = subject.filter(|subject| !subject.trim().is_empty());
        let subject = subject.map_or_else(|| page.row.subject.clone(), |subject| subject.trim().to_owned());
        check_length("subject", &subject, SUBJECT_CHARACTERS)?;
        let (message_id, into, actor) = (message.id, split_id(self.id, message.id), self.viewer.actor());
        let off = TicketCommand::SplitOff { message: message_id, into };
        // Nothing is opened where this one would not let go.
        let terms = environment.terms(&provider.id, &ticket.agreement).await?;
        ticket.decide(off.clone(), &terms, &actor, environment.now())?;
        let basis = basis(environment, provider, ticket.account, message.received_at).await?;
        let mut sealed = Sealed::default();
        let id = MessageId(environment.new_id());
        let (files, copies) = self.copy_files(&message, id, &mut sealed).await?;
        let html = self.copy_html(&message, id, copies, &mut sealed).await?;
        let author = match &message.by {
            Author::Address { address } => {
                let written = page.contents.get(&address.id).cloned().unwrap_or_default();
                Author::Address { address: sealed.text(environment, &written) }
            }
            known @ Author::Person { .. } => known.clone(),
        };
        let said = ticket.facts.text("language").map_or_else(Facts::new, |language| {
            Facts::new().with("language", terms::FactValue::text(language))
        });
        let new = NewTicket {
            id: into,
            provider: provider.id.clone(),
            account: ticket.account,
            contact: ticket.contact,
            channel: message.channel.clone(),
            subject: sealed.text(environment, &subject),
            received_at: message.received_at,
            sent_at: message.sent_at,
            agreement: basis.agreement.clone(),
            contract: basis.contract.as_ref().map(|contract| contract.id),
            facts: basis.facts_on(message.received_at, &said),
            message: id,
            author,
            body: sealed.text(environment, &body),
            brought: Brought {
                html,
                files,
                automatic: message.automatic,
                checks: message.checks.clone(),
                may_backscatter: message.may_backscatter,
                split_from: Some((self.id, message_id)),
                ..Brought::default()
            },
        };
        let requester = page.row.requester.as_str();
        // Of two copies that race one opens: the key goes with the opening, and means this request.
        let carried = Baggage { sealed, ..baggage };
        let opened = carry_out_opening(environment, new, &subject, requester, &basis.terms, &actor, carried);
        match opened.await {
            // What another copy opened, or this one before it broke off, is what this one would open.
            Ok(_) | Err(Failure::Store(StoreError::Conflict)) => {}
            Err(Failure::Store(StoreError::AlreadyDone { request_digest, .. })) => {
                return Err(StoreError::AlreadyDone { ticket: self.id, request_digest }.into());
            }
            Err(failure) => return Err(failure),
        }
        self.command(self.id, off, None, Baggage::default()).await
    }

    /// A new request takes the closed one's customer, contract, product and people along. It is opened first; the
    /// closed one then leads to it.
    async fn follow_up(
        &self,
        asked: FollowUp,
        expected: Option<u64>,
        mut baggage: Baggage,
    ) -> Result<TicketId, Failure> {
        let environment = self.environment;
        let (page, ticket) = self.page(self.id).await?;
        if expected.is_some_and(|expected| expected != ticket.version) {
            return Err(Failure::Changed { version: ticket.version });
        }
        if !matches!(ticket.state, TicketState::Closed | TicketState::Declined) {
            return Err(Refusal::NotClosed.into());
        }
        if asked.body.trim().is_empty() {
            return Err(Refusal::Empty.into());
        }
        let subject = asked.subject.filter(|subject| !subject.trim().is_empty());
        let subject = subject.map_or_else(|| page.row.subject.clone(), |subject| subject.trim().to_owned());
        check_length("subject", &subject, SUBJECT_CHARACTERS)?;
        let message = MessageId(environment.new_id());
        let sealed = &mut baggage.sealed;
        let files = asked.files.into_iter();
        let files = files
            .map(|file| sealed.file(environment, message, &file.name, &file.media_type, false, file.bytes))
            .collect();
        let now = environment.now();
        let basis = basis_after(environment, &self.viewer.provider, &ticket, now).await?;
        let contact = match self.viewer.is_staff() {
            true => ticket.contact,
            false => Some(self.viewer.person.id),
        };
        let following = following(environment, &ticket, &basis, now);
        let new = NewTicket {
            channel: "portal".to_owned(),
            subject: sealed.text(environment, &subject),
            received_at: now,
            sent_at: now,
            contact,
            message,
            author: Author::Person { id: contact.unwrap_or(self.viewer.person.id) },
            body: sealed.text(environment, asked.body.trim()),
            brought: Brought { files, ..following.brought },
            ..following
        };
        let requester = match (contact, self.viewer.is_staff()) {
            (Some(_), false) => self.viewer.person.name.clone(),
            _ => page.row.requester.clone(),
        };
        let actor = self.viewer.actor();
        let into = new.id;
        carry_out_opening(environment, new, &subject, &requester, &basis.terms, &actor, baggage).await?;
        self.command(self.id, TicketCommand::FollowedUp { into }, None, Baggage::default()).await?;
        Ok(into)
    }

    async fn copy_files(
        &self,
        message: &Message,
        id: MessageId,
        sealed: &mut Sealed,
    ) -> Result<(Vec<FileRef>, HashMap<FileId, FileId>), Failure> {
        let (mut files, mut copies) = (Vec::new(), HashMap::new());
        for file in &message.files {
            if let Some((meta, bytes)) =
                self.environment.store.file(&self.viewer.provider.id, file.id).await?
            {
                let (name, kind) = (meta.name.as_str(), meta.media_type.as_str());
                let copy = sealed.file(self.environment, id, name, kind, file.inline, bytes);
                copies.insert(file.id, copy.id);
                files.push(copy);
            }
        }
        Ok((files, copies))
    }

    /// The form of a letter, which names the copies of its images.
    async fn copy_html(
        &self,
        message: &Message,
        id: MessageId,
        copies: HashMap<FileId, FileId>,
        sealed: &mut Sealed,
    ) -> Result<Option<FileRef>, Failure> {
        let Some(html) = &message.html else { return Ok(None) };
        let Some((meta, bytes)) = self.environment.store.file(&self.viewer.provider.id, html.id).await?
        else {
            return Ok(None);
        };
        let moved = String::from_utf8(bytes).ok().and_then(|html| with_copies(&html, copies));
        Ok(moved.map(|html| sealed.file(self.environment, id, "", &meta.media_type, true, html.into_bytes())))
    }
}
