use crate::environment::Environment;
use crate::error::Failure;
use crate::seal::Sealed;
use crate::show_letter::kept_letter;
use crate::view_ticket::fold;
use desk::{
    Author, ContentId, FileId, FileRef, Message, MessageId, Passage, SecretKind, Ticket, black_out, recognise,
};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use store::TicketPage;

/// Letters that a passage has at most.
const LETTERS: usize = 2_000;

/// What is to be blacked out at a message of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// The message.
    pub message: MessageId,
    /// Words of it, which go wherever the request repeats them.
    pub passage: Option<String>,
    /// Whether all goes that looks like a secret in it.
    pub found: bool,
    /// A file of it, which goes whole.
    pub file: Option<FileId>,
}

/// What is looked for, once the message was read.
#[derive(Debug)]
pub(crate) struct Wanted {
    message: MessageId,
    passages: Vec<Passage>,
    /// Whether a passage is left alone where it is a part of a longer word.
    whole: bool,
    kinds: BTreeSet<String>,
    /// The bytes of a file that goes: copies have other ids.
    file: Option<Vec<u8>>,
}

/// What a request says instead, and what goes of it.
pub(crate) struct Redacting {
    pub(crate) message: MessageId,
    pub(crate) kinds: BTreeSet<String>,
    /// Texts and names that stand instead.
    pub(crate) sealed: Sealed,
    pub(crate) texts: Vec<desk::ContentRef>,
    pub(crate) renamed: Vec<FileRef>,
    pub(crate) files: Vec<FileId>,
    /// What the request is about, where that is another from now on.
    pub(crate) subject: Option<String>,
}

impl Wanted {
    /// What a redaction looks for in the message that it names.
    ///
    /// # Errors
    /// - there is no such message or file;
    /// - nothing is asked for, the passage is too short or too long, or it does not stand in the message;
    /// - the store fails.
    pub(crate) async fn of(
        environment: &Environment,
        page: &TicketPage,
        redaction: &Redaction,
    ) -> Result<Self, Failure> {
        let ticket = fold(page)?;
        let message = all_messages(&ticket).find(|known| known.id == redaction.message);
        let message = message.ok_or(Failure::NotFound { what: "message" })?;
        let own = own_texts(page, &ticket, message);
        let mut passages = Vec::new();
        let mut kinds = BTreeSet::new();
        if let Some(words) = redaction.passage.as_deref().filter(|words| !words.trim().is_empty()) {
            let is_long = words.chars().nth(LETTERS).is_some();
            let passage = Passage::of(words).filter(|_| !is_long);
            let passage = passage.ok_or(invalid("passage", "error-redaction-length"))?;
            kinds.extend(kinds_of(&passage, words, &own));
            passages.push(passage);
        }
        if redaction.found {
            for text in &own {
                for likely in recognise(text) {
                    kinds.insert(likely.kind.as_str().to_owned());
                    passages
                        .extend(Passage::of(&text[likely.place]).filter(|known| !passages.contains(known)));
                }
            }
            if passages.is_empty() {
                return Err(invalid("found", "error-redaction-nothing"));
            }
        }
        let file = match redaction.file {
            Some(file) => Some(bytes_of(environment, page, &ticket, message, file).await?),
            None => None,
        };
        kinds.extend(file.is_some().then(|| "file".to_owned()));
        if passages.is_empty() && file.is_none() {
            return Err(invalid("passage", "error-redaction-empty"));
        }
        let stands =
            |passage: &Passage, whole| own.iter().any(|text| !passage.places(text, whole).is_empty());
        let whole = passages.iter().all(|passage| stands(passage, true));
        let wanted = Self { message: message.id, passages, whole, kinds, file };
        if !wanted.passages.iter().all(|passage| stands(passage, false)) {
            // The form of a letter may show what its plain text does not.
            let mut is_there = false;
            for id in forms_of(page, message) {
                is_there |= wanted.stands_in_file(environment, &ticket, id).await?;
            }
            if !is_there {
                return Err(invalid("passage", "error-redaction-absent"));
            }
        }
        Ok(wanted)
    }

    /// The files of a request that are the file which goes.
    async fn copies_in(
        &self,
        environment: &Environment,
        ticket: &Ticket,
        page: &TicketPage,
    ) -> Result<BTreeSet<FileId>, Failure> {
        let mut copies = BTreeSet::new();
        let Some(bytes) = &self.file else { return Ok(copies) };
        for meta in page.files.iter().filter(|meta| meta.size == bytes.len() as u64) {
            let known = environment.store.file(&ticket.provider, meta.id).await?;
            if known.is_some_and(|(_, known)| known == *bytes) {
                copies.insert(meta.id);
            }
        }
        Ok(copies)
    }

    fn stands_in(&self, text: &str) -> bool {
        self.passages.iter().any(|passage| !passage.places(text, false).is_empty())
    }

    /// A text without the passages; none where none stands in it.
    pub(crate) fn blacked(&self, text: &str) -> Option<String> {
        black_out(text, &self.passages, self.whole)
    }

    /// Whether a letter, or the form of one, says a passage in what people read of it.
    async fn stands_in_file(
        &self,
        environment: &Environment,
        ticket: &Ticket,
        id: FileId,
    ) -> Result<bool, Failure> {
        let Some((meta, bytes)) = environment.store.file(&ticket.provider, id).await? else {
            return Ok(false);
        };
        let said = catch_unwind(AssertUnwindSafe(|| match meta.media_type.as_str() {
            "text/html" => vec![words_of_form(&bytes)],
            _ => {
                let letter = mail::parse(&bytes);
                let form = letter.html.as_ref().map(|html| words_of_form(html.as_bytes()));
                [letter.text, letter.subject].into_iter().chain(form).collect()
            }
        }));
        // What cannot be read is taken for what holds it.
        Ok(said.map_or(true, |said| said.iter().any(|text| self.stands_in(text))))
    }
}

impl Redacting {
    /// What a request says instead of what is wanted, and what goes of it; none where it holds none of it.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn of(
        environment: &Environment,
        page: &TicketPage,
        wanted: &Wanted,
    ) -> Result<Option<Self>, Failure> {
        let ticket = fold(page)?;
        // By whom something was written is needed to answer them, and is erased with the person.
        let authors: BTreeSet<ContentId> = all_messages(&ticket).filter_map(address_of).collect();
        let mut sealed = Sealed::default();
        let mut texts = BTreeMap::new();
        for (id, text) in page.contents.iter().filter(|(id, _)| !authors.contains(id)) {
            if let Some(blacked) = wanted.blacked(text) {
                texts.insert(*id, sealed.rewrite(*id, blacked));
            }
        }
        let mut files = wanted.copies_in(environment, &ticket, page).await?;
        let copies = files.clone();
        for message in all_messages(&ticket) {
            let is_meant = message.id == wanted.message;
            let says_it = std::iter::once(&message.body)
                .chain(&message.history)
                .any(|text| texts.contains_key(&text.id));
            for id in forms_of(page, message) {
                let goes = (is_meant && !wanted.passages.is_empty())
                    || says_it
                    || wanted.stands_in_file(environment, &ticket, id).await?;
                if goes {
                    files.insert(id);
                }
            }
            // The letter as it came holds the file as well.
            if message.files.iter().any(|file| copies.contains(&file.id)) {
                files.extend(kept_letter(message, &page.files));
            }
        }
        let mut renamed = Vec::new();
        for file in all_messages(&ticket).flat_map(|message| &message.files) {
            let meta = page.files.iter().find(|meta| meta.id == file.id && !files.contains(&meta.id));
            let Some(name) = meta.and_then(|meta| wanted.blacked(&meta.name)) else { continue };
            let Some((_, bytes)) = environment.store.file(&ticket.provider, file.id).await? else { continue };
            renamed.push(sealed.rename(file, &name, &bytes));
        }
        let subject = wanted.blacked(&page.row.subject);
        if texts.is_empty() && files.is_empty() && renamed.is_empty() && subject.is_none() {
            return Ok(None);
        }
        Ok(Some(Self {
            message: wanted.message,
            kinds: wanted.kinds.clone(),
            sealed,
            texts: texts.into_values().collect(),
            renamed,
            files: files.into_iter().collect(),
            subject,
        }))
    }
}

/// The bytes of a file of a message.
async fn bytes_of(
    environment: &Environment,
    page: &TicketPage,
    ticket: &Ticket,
    message: &Message,
    file: FileId,
) -> Result<Vec<u8>, Failure> {
    let none = Failure::NotFound { what: "file" };
    let is_its_own = message.files.iter().any(|known| known.id == file);
    if !is_its_own || !page.files.iter().any(|known| known.id == file) {
        return Err(none);
    }
    let known = environment.store.file(&ticket.provider, file).await?;
    known.map(|(_, bytes)| bytes).ok_or(none)
}

/// Every message of a request, and the answer that is held back.
fn all_messages(ticket: &Ticket) -> impl Iterator<Item = &Message> {
    ticket.messages.iter().chain(ticket.held.as_ref().map(|held| &held.message))
}

fn address_of(message: &Message) -> Option<ContentId> {
    match &message.by {
        Author::Address { address } => Some(address.id),
        Author::Person { .. } => None,
    }
}

/// What a message says; the first says what the request is about as well.
fn own_texts<'a>(page: &'a TicketPage, ticket: &Ticket, message: &Message) -> Vec<&'a str> {
    let texts = std::iter::once(&message.body).chain(&message.history);
    let mut own: Vec<&str> =
        texts.filter_map(|text| page.contents.get(&text.id)).map(String::as_str).collect();
    if ticket.messages.first().is_some_and(|first| first.id == message.id) {
        own.push(&page.row.subject);
    }
    own
}

/// The letter of a message as it came, and the form in which it was sent, as far as they stand.
fn forms_of(page: &TicketPage, message: &Message) -> Vec<FileId> {
    let form = message.html.as_ref().map(|form| form.id);
    let form = form.filter(|id| page.files.iter().any(|meta| meta.id == *id));
    form.into_iter().chain(kept_letter(message, &page.files)).collect()
}

/// What people read of the form of a letter.
fn words_of_form(html: &[u8]) -> String {
    mail::parse(&[b"Content-Type: text/html; charset=utf-8\r\n\r\n", html].concat()).text
}

/// What kinds of things a passage is, by itself or where it stands.
fn kinds_of(passage: &Passage, words: &str, own: &[&str]) -> BTreeSet<String> {
    let mut kinds: BTreeSet<SecretKind> = recognise(words).into_iter().map(|likely| likely.kind).collect();
    for text in own {
        let places = passage.places(text, false);
        let meets = |likely: &desk::Likely| {
            places.iter().any(|place| place.start < likely.place.end && likely.place.start < place.end)
        };
        kinds.extend(recognise(text).into_iter().filter(meets).map(|likely| likely.kind));
    }
    match kinds.is_empty() {
        true => BTreeSet::from(["text".to_owned()]),
        false => kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect(),
    }
}

fn invalid(field: &'static str, problem: &str) -> Failure {
    Failure::Invalid { field, problem: problem.into() }
}
