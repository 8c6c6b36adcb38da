use crate::environment::Environment;
use crate::error::Failure;
use crate::folded::{Folded, Shown};
use crate::keep_mail_templates::{WordedMail, filled, mail_wording};
use crate::key_ring::Signed;
use crate::scan_files::file_if_free;
use crate::sign_rating_link::sign_rating_link;
use crate::strip_metadata::strip_metadata;
use crate::view_ticket::{ClockView, clock_view};
use calendar::{Instant, Zone};
use desk::{
    Author, ContentId, MessageId, MovedDue, Notice, NoticeId, NoticeKind, Person, PersonId, ProviderId,
    Ticket, TicketId, TicketState, Turn,
};
use mail::{
    AutoSubmitted, LOOP_HEADER, Mailbox, OutgoingAttachment, OutgoingLetter, Proven, REPLY_MARKER, ReplyKey,
    ReplyToken, compose,
};
use meters::ClockKey;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use store::{OutboxItem, Provider, Recipient};
use terms::{Evaluation, Label, Terms};
use words::{
    AcknowledgementMail, Audience, CustomerWroteMail, Language, MailText, NeutralAcknowledgementMail,
    PromiseMail, Reader, ReplyMail, TurnSentence, TurnWord, WhoseTurn,
};

/// A notice as a letter, ready to hand over.
pub(crate) struct Worded {
    pub(crate) id: String,
    pub(crate) envelope_from: Option<String>,
    pub(crate) to: String,
    pub(crate) bytes: Vec<u8>,
    /// The requests that it speaks of, as they were read for it, one for each notice.
    pub(crate) folded: Vec<Arc<Folded>>,
}

/// What a letter is made of, before it is put together.
struct Told {
    folded: Arc<Folded>,
    notice: Notice,
    provider: Arc<Provider>,
    person: Option<Arc<Person>>,
    language: Language,
    text: MailText,
}

/// Words what a notice says, from the request as it stands when the letter leaves.
async fn tell(environment: &Environment, item: &OutboxItem) -> Result<Told, Failure> {
    let folded = environment.folded(&item.provider, item.ticket, item.version).await?;
    let ticket = &folded.ticket;
    let notice: Notice = serde_json::from_value(item.payload.clone())
        .map_err(|error| store::StoreError::Corrupt { what: format!("notice {}: {error}", item.id) })?;
    let contents = match &notice.kind {
        NoticeKind::Acknowledgement { .. } | NoticeKind::Warning { .. } | NoticeKind::Missed { .. } => {
            HashMap::new()
        }
        _ => environment.store.contents_of(&item.provider, item.ticket).await?,
    };
    let provider = environment.provider(&item.provider).await?;
    let terms = environment.terms(&item.provider, &ticket.agreement).await?;
    let person = match item.recipient.person {
        Some(id) => environment.person(&item.provider, id).await?,
        None => None,
    };
    let language_tag = person.as_ref().map_or(provider.language.as_str(), |person| person.language.as_str());
    let zone =
        person.as_ref().and_then(|person| person.zone.as_deref()).and_then(|zone| Zone::parse(zone).ok());
    let is_staff = person.as_ref().is_some_and(|person| person.role.is_staff());
    let account = match ticket.account {
        Some(account) => {
            environment.account_name(&item.provider, account).await?.map(|name| name.to_string())
        }
        None => None,
    };
    let agent = match &notice.kind {
        NoticeKind::Reply { message } => writer_of(ticket, *message),
        _ => ticket.assignee,
    };
    let agent = match agent {
        Some(agent) => environment.person(&item.provider, agent).await?.map(|agent| agent.name.clone()),
        None => None,
    };
    let language = Language::parse(language_tag).unwrap_or(Language::French);
    let reader = Reader { language, zone, paper: true };
    let wording = match person.is_some() {
        true => mail_wording(environment, &item.provider, &kind_name(&notice.kind), language).await?,
        false => None,
    };
    let side = if is_staff { "agent" } else { "portal" };
    let link = match (&notice.kind, &person) {
        // A click on it answers without signing in.
        (NoticeKind::RatingAsked, Some(person)) => {
            let link = sign_rating_link(environment, &item.provider, item.ticket, person.id).await?;
            format!("{}/avis/{link}", environment.installation.public_url)
        }
        _ => format!("{}/{side}/demandes/{}", environment.installation.public_url, folded.shown.number),
    };
    let undelivered = match &notice.kind {
        NoticeKind::Returned { notice, .. } => addressee(environment, item, *notice).await?,
        _ => None,
    };
    let letter = Letter {
        reader: &reader,
        now: environment.now(),
        provider: &provider,
        terms: &terms,
        ticket,
        shown: &folded.shown,
        contents: &contents,
        account: account.as_deref().unwrap_or_default(),
        agent: agent.as_deref().unwrap_or(&provider.from_name),
        is_known: person.is_some(),
        is_staff,
        follows: notice.to == desk::Audience::Followers,
        undelivered: undelivered.as_deref(),
        wording: wording.as_ref(),
        link,
    };
    let text = letter.word(&notice.kind);
    Ok(Told { notice, person, language, text, provider: Arc::clone(&provider), folded: Arc::clone(&folded) })
}

/// Who of the desk wrote a message; nobody where it was written by itself.
fn writer_of(ticket: &Ticket, message: MessageId) -> Option<PersonId> {
    let written = ticket.messages.iter().find(|written| written.id == message)?;
    match &written.by {
        Author::Person { id } if !written.automatic => Some(*id),
        _ => None,
    }
}

/// To whom a letter about the request went: by name where they are known, else their address.
async fn addressee(
    environment: &Environment,
    item: &OutboxItem,
    notice: NoticeId,
) -> Result<Option<String>, Failure> {
    let found = environment.store.notice_of(&item.provider, item.ticket, notice).await?;
    let Some((_, recipient)) = found else { return Ok(None) };
    let person = match recipient.person {
        Some(id) => environment.person(&item.provider, id).await?,
        None => None,
    };
    Ok(Some(person.map_or(recipient.address, |person| person.name.clone())))
}

/// Words a notice for its recipient.
///
/// # Errors
/// - the request or its agreement cannot be read;
/// - the store fails.
pub(crate) async fn word_notice(environment: &Environment, item: &OutboxItem) -> Result<Worded, Failure> {
    let Told { folded, notice, provider, person, text, .. } = tell(environment, item).await?;
    let attachments = attachments(environment, &folded.ticket, &notice.kind).await?;
    let id = item.id.to_string();
    let token = token_of(environment, &item.provider, item.ticket, &item.recipient, item.id).await?;
    let message_id = message_id_of(environment, &token);
    let own_address = environment
        .installation
        .post
        .reply_addresses
        .then(|| provider.mailbox.rsplit_once('@').map(|(local, host)| format!("{local}+{token}@{host}")))
        .flatten();
    let mut references = references(environment, item).await?;
    references.retain(|earlier| *earlier != message_id);
    let is_written = is_written(&folded.ticket, &notice.kind);
    let bytes = compose(&OutgoingLetter {
        from: Mailbox::named(&provider.from_name, &provider.mailbox),
        to: vec![match &person {
            Some(person) => Mailbox::named(&person.name, &item.recipient.address),
            None => Mailbox::bare(&item.recipient.address),
        }],
        reply_to: own_address.clone().map(|address| Mailbox::named(&provider.from_name, address)),
        subject: text.subject,
        text: text.text,
        html: None,
        message_id,
        in_reply_to: references.last().cloned(),
        references,
        date: environment.now().milliseconds(),
        auto_submitted: match notice.kind {
            _ if is_written => AutoSubmitted::No,
            NoticeKind::Acknowledgement { .. } | NoticeKind::Reply { .. } => AutoSubmitted::Replied,
            _ => AutoSubmitted::Generated,
        },
        // What a person wrote and comes back by a detour is known by its author instead.
        extra_headers: match is_written {
            true => Vec::new(),
            false => vec![(LOOP_HEADER.to_owned(), environment.installation.host_name.clone())],
        },
        attachments,
    });
    // Automatic letters leave with the null return path, so that nobody answers them (RFC 3834).
    let envelope_from = is_written.then(|| own_address.unwrap_or_else(|| provider.mailbox.clone()));
    Ok(Worded { id, envelope_from, to: item.recipient.address.clone(), bytes, folded: vec![folded] })
}

/// Whether a person wrote what a notice brings. What a rule answers was written by nobody who had read the request.
pub(crate) fn is_written(ticket: &Ticket, kind: &NoticeKind) -> bool {
    let NoticeKind::Reply { message } = kind else { return false };
    ticket.messages.iter().any(|written| written.id == *message && !written.automatic)
}

/// Words several notices to one person as one letter, each under its own subject.
///
/// # Errors
/// As [`word_notice`], for any of them.
pub(crate) async fn word_together(
    environment: &Environment,
    items: &[OutboxItem],
) -> Result<Worded, Failure> {
    let mut told = Vec::with_capacity(items.len());
    for item in items {
        told.push(tell(environment, item).await?);
    }
    let (Some(first), Some(item)) = (told.first(), items.first()) else {
        return Err(Failure::NotFound { what: "notice" });
    };
    let parts: Vec<(&str, String)> = told
        .iter()
        .map(|told| {
            // An answer to the letter would reach one of the requests only: each has its own page.
            let lines = told.text.text.lines().filter(|line| *line != REPLY_MARKER);
            (told.text.subject.as_str(), lines.collect::<Vec<_>>().join("\n").trim().to_owned())
        })
        .collect();
    let text = words::digest_mail(first.language, &first.provider.name, &parts);
    let token = token_of(environment, &item.provider, item.ticket, &item.recipient, item.id).await?;
    let bytes = compose(&OutgoingLetter {
        from: Mailbox::named(&first.provider.from_name, &first.provider.mailbox),
        to: vec![match &first.person {
            Some(person) => Mailbox::named(&person.name, &item.recipient.address),
            None => Mailbox::bare(&item.recipient.address),
        }],
        reply_to: None,
        subject: text.subject,
        text: text.text,
        html: None,
        message_id: message_id_of(environment, &token),
        in_reply_to: None,
        references: Vec::new(),
        date: environment.now().milliseconds(),
        auto_submitted: AutoSubmitted::Generated,
        extra_headers: vec![(LOOP_HEADER.to_owned(), environment.installation.host_name.clone())],
        attachments: Vec::new(),
    });
    let folded = told.iter().map(|told| Arc::clone(&told.folded)).collect();
    let (id, to) = (item.id.to_string(), item.recipient.address.clone());
    Ok(Worded { id, envelope_from: None, to, bytes, folded })
}

/// The token that a letter bears, by which answers and reports come back to its request.
pub(crate) async fn token_of(
    environment: &Environment,
    provider: &ProviderId,
    ticket: TicketId,
    recipient: &Recipient,
    notice: NoticeId,
) -> Result<String, Failure> {
    let ring = environment.key_ring(Signed::Replies).await?;
    Ok(ReplyKey::new(&ring.newest().secret).token(Proven {
        provider: provider.as_str(),
        request: ticket.0,
        recipient: &recipient.address,
        letter: notice.0,
    }))
}

/// The Message-ID of a letter that bears a token.
pub(crate) fn message_id_of(environment: &Environment, token: &str) -> String {
    format!("{token}@{}", environment.installation.host_name)
}

/// The letters of a request before this one, as it names them to its recipient. A token proves that whoever brings it back got it, so that
/// nobody is told one that went to somebody else.
async fn references(environment: &Environment, item: &OutboxItem) -> Result<Vec<String>, Failure> {
    let store = &environment.store;
    let mut keys = store.thread_keys_of(&item.provider, item.ticket, item.created_at).await?;
    let theirs = |recipient: &Recipient| recipient.address.eq_ignore_ascii_case(&item.recipient.address);
    let notices = store.outbox_of(&item.provider, item.ticket).await?;
    let of_others: BTreeSet<NoticeId> =
        notices.iter().filter(|notice| !theirs(&notice.recipient)).map(|notice| notice.id).collect();
    keys.retain(|key| {
        ReplyToken::in_message_id(key).is_none_or(|token| !of_others.contains(&NoticeId(token.letter)))
    });
    Ok(keys)
}

/// The files of an answer go with it.
async fn attachments(
    environment: &Environment,
    ticket: &Ticket,
    kind: &NoticeKind,
) -> Result<Vec<OutgoingAttachment>, Failure> {
    let NoticeKind::Reply { message } = kind else { return Ok(Vec::new()) };
    let written = ticket.messages.iter().filter(|written| written.id == *message);
    let mut attachments = Vec::new();
    for file in written.flat_map(|written| &written.files) {
        if let Some((meta, bytes)) = file_if_free(environment, &ticket.provider, file.id).await? {
            let bytes = strip_metadata(bytes);
            attachments.push(OutgoingAttachment { name: meta.name, media_type: meta.media_type, bytes });
        }
    }
    Ok(attachments)
}

/// How documents and wordings call a letter.
fn kind_name(kind: &NoticeKind) -> Cow<'static, str> {
    let name = match kind {
        NoticeKind::Acknowledgement { .. } => "acknowledgement",
        NoticeKind::Reply { .. } => "reply",
        NoticeKind::Warning { .. } => "warning",
        NoticeKind::Missed { climb: None, .. } => "missed",
        NoticeKind::Missed { climb: Some(_), .. } => "escalation",
        NoticeKind::CustomerWrote { .. } => "customer_wrote",
        NoticeKind::Returned { .. } => "returned",
        NoticeKind::Reminder { .. } => "reminder",
        NoticeKind::RatingAsked => "satisfaction",
        NoticeKind::Escalation { .. } => "escalation",
        NoticeKind::UpdateAsked => "update_asked",
        NoticeKind::Woken => "woken",
        NoticeKind::Moved { .. } => "moved",
        NoticeKind::Rule { .. } => "rule",
        NoticeKind::Told { name, .. } => return Cow::Owned(format!("notice.{name}")),
    };
    Cow::Borrowed(name)
}

/// Everything a letter about a request may need.
struct Letter<'a> {
    reader: &'a Reader,
    now: Instant,
    provider: &'a Provider,
    terms: &'a Arc<Terms>,
    ticket: &'a Ticket,
    shown: &'a Shown,
    contents: &'a HashMap<ContentId, String>,
    account: &'a str,
    agent: &'a str,
    is_known: bool,
    is_staff: bool,
    /// Whether it goes to somebody because they follow the request.
    follows: bool,
    /// Whom a letter did not reach, where it tells of one.
    undelivered: Option<&'a str>,
    /// The words that the provider keeps for it, where it keeps some and the recipient is known.
    wording: Option<&'a WordedMail>,
    link: String,
}

impl Letter<'_> {
    /// The mail in the words that the agreement prescribes for it, else in those that the provider keeps, else in
    /// our own. A stranger gets our own alone: the values of the others are what the sender chose.
    fn word(&self, kind: &NoticeKind) -> MailText {
        let Some(mut mail) = self.prescribed(kind).or_else(|| self.kept(kind)) else {
            return self.own_words(kind);
        };
        // Whatever a receipt says, what is missing is asked with it.
        let wanted = match kind {
            NoticeKind::Acknowledgement { .. } => self.wanted(),
            _ => String::new(),
        };
        if !wanted.is_empty() {
            mail.text = format!("{}\n\n{wanted}\n", mail.text.trim_end());
        }
        mail
    }

    /// What the agreement wanted known at the opening and nobody has told, as a receipt asks for it.
    fn wanted(&self) -> String {
        words::wanted_in_words(self.reader.language, &self.ticket.wanted(self.terms))
    }

    fn prescribed(&self, kind: &NoticeKind) -> Option<MailText> {
        let name = &*kind_name(kind);
        let evaluation = Evaluation::new(self.terms, &self.ticket.facts, self.now);
        let template = self.terms.mail_template(name, &evaluation).filter(|_| self.is_known)?;
        let values = self.values(kind);
        words::prescribed_mail(self.reader.language, &evaluation, template, &values, self.marker())
    }

    /// The mail in the words that the provider keeps for it.
    fn kept(&self, kind: &NoticeKind) -> Option<MailText> {
        let values = self.values(kind);
        let value = |name: &str| values.get(name).cloned().unwrap_or_default();
        let mut mail = filled(self.wording?, value);
        if !self.is_staff {
            mail.text = words::below_marker(self.reader.language, REPLY_MARKER, &mail.text);
        }
        Some(mail)
    }

    /// What a mail can name, by name.
    fn values(&self, kind: &NoticeKind) -> BTreeMap<&'static str, String> {
        let (turn, nearest) = self.turn(self.audience());
        let clock = match kind {
            NoticeKind::Warning { key, .. } | NoticeKind::Missed { key, .. } => {
                self.ticket.progress.clock(key).map(|clock| {
                    clock_view(self.terms, &self.ticket.progress, clock, &self.ticket.facts, self.now)
                })
            }
            _ => nearest,
        };
        let mut values = BTreeMap::from([
            ("number", self.shown.number.clone()),
            ("subject", self.shown.subject.clone()),
            ("provider", self.provider.name.clone()),
            ("account", self.account.to_owned()),
            ("requester", self.shown.requester.clone()),
            ("agent", self.agent.to_owned()),
            ("text", self.words_of(kind).unwrap_or_default()),
            ("turn", turn.plain()),
            ("link", self.link.clone()),
        ]);
        if let Some(clock) = &clock {
            let (reading, language) = (&clock.reading, self.reader.language);
            values.insert("promise", words::promise_name(language, &reading.promise, &reading.label));
            if let Some(due) = reading.due_at {
                values.insert("due", words::due_in_words(self.reader, due, &clock.zone, self.now).plain());
            }
            let state = words::state_in_words(self.reader, reading, &clock.zone, self.now);
            values.insert("state", state.plain());
            values.insert("left", words::left_in_words(language, reading).unwrap_or_default());
            values.insert("clause", words::clause_reference(language, &reading.clause));
        }
        values
    }

    /// The words that a mail hands on: the agent's answer, the customer's message, the reason.
    fn words_of(&self, kind: &NoticeKind) -> Option<String> {
        let id = match kind {
            NoticeKind::Reply { message } | NoticeKind::CustomerWrote { message } => {
                self.ticket.messages.iter().find(|written| written.id == *message)?.body.id
            }
            NoticeKind::Returned { reason, .. } => reason.id,
            NoticeKind::Rule { body, .. } => body.id,
            _ => return None,
        };
        self.contents.get(&id).map(|text| text.trim().replace("\r\n", "\n"))
    }

    fn own_words(&self, kind: &NoticeKind) -> MailText {
        let (number, subject) = (self.shown.number.as_str(), self.shown.subject.as_str());
        match kind {
            NoticeKind::Acknowledgement { .. } if self.is_known => {
                let (turn, nearest) = self.turn(Audience::Customer);
                words::acknowledgement_mail(
                    self.reader,
                    &AcknowledgementMail {
                        reply_marker: REPLY_MARKER,
                        provider: &self.provider.name,
                        number,
                        subject,
                        turn: &turn,
                        clause: nearest.as_ref().map(|nearest| &nearest.reading.clause),
                        link: Some(&self.link),
                        wanted: &self.wanted(),
                    },
                )
            }
            NoticeKind::Acknowledgement { .. } => words::neutral_acknowledgement_mail(
                self.reader.language,
                &NeutralAcknowledgementMail {
                    reply_marker: REPLY_MARKER,
                    provider: &self.provider.name,
                    number,
                    wanted: &self.wanted(),
                },
            ),
            // What nobody wrote tells a stranger nothing that the sender chose.
            _ if !self.is_known && !is_written(self.ticket, kind) => self.to_stranger(kind),
            NoticeKind::Reply { message } => {
                let written = self.ticket.messages.iter().find(|written| written.id == *message);
                let body = written.and_then(|written| self.contents.get(&written.body.id));
                let (turn, nearest) = self.turn(self.audience());
                words::reply_mail(
                    self.reader,
                    &ReplyMail {
                        reply_marker: self.marker(),
                        provider: &self.provider.name,
                        number,
                        subject,
                        agent: self.agent,
                        body: body.map(String::as_str).unwrap_or_default(),
                        turn: &turn,
                        clause: nearest.as_ref().map(|nearest| &nearest.reading.clause),
                        link: self.is_known.then_some(self.link.as_str()),
                    },
                )
            }
            NoticeKind::Warning { key, .. } => self.about_promise(key, None),
            NoticeKind::Missed { key, climb, .. } => self.about_promise(key, Some(climb.as_deref())),
            NoticeKind::Returned { reason, .. } => {
                let (turn, _) = self.turn(Audience::Staff);
                words::returned_mail(
                    self.reader,
                    &words::ReturnedMail {
                        number,
                        subject,
                        recipient: self.undelivered.unwrap_or(&self.shown.requester),
                        reason: self.contents.get(&reason.id).map(String::as_str).unwrap_or_default(),
                        account: self.account,
                        turn: &turn,
                        link: &self.link,
                    },
                )
            }
            NoticeKind::Told { event, clause, .. } => {
                let (turn, _) = self.turn(self.audience());
                words::told_mail(
                    self.reader,
                    &self.told(&words::TellingOf::Event(event), Some(clause), &turn),
                )
            }
            NoticeKind::Reminder { clause, .. } => {
                let (turn, _) = self.turn(Audience::Customer);
                words::told_mail(self.reader, &self.told(&self.reminder(), clause.as_ref(), &turn))
            }
            NoticeKind::Escalation { to, ground, clause } => {
                let (turn, _) = self.turn(Audience::Staff);
                let label_of = |role: &String| {
                    let known = self.terms.roles.iter().find(|known| known.name == *role);
                    words::role_name(
                        self.reader.language,
                        role,
                        known.map_or(&Label::default(), |known| &known.label),
                    )
                };
                let ground = ground.as_ref().and_then(|ground| {
                    let known = self.terms.grounds.iter().find(|known| known.name == *ground)?;
                    Some(known.label.text(self.reader.language.tag()).to_owned())
                });
                let about = match to {
                    Some(to) if self.follows => words::TellingOf::Climbed { to: label_of(to), ground },
                    Some(to) => words::TellingOf::Escalated { to: label_of(to), ground },
                    None => words::TellingOf::EscalationAsked { ground },
                };
                words::told_mail(self.reader, &self.told(&about, clause.as_ref(), &turn))
            }
            NoticeKind::Moved { moved } => {
                let lines: Vec<String> = moved.iter().map(|moved| self.moved(moved)).collect();
                let link = self.is_known.then_some(self.link.as_str());
                words::moved_mail(self.reader.language, number, subject, &lines, link)
            }
            NoticeKind::Rule { .. } => {
                let body = self.words_of(kind).unwrap_or_default();
                words::rule_mail(self.reader.language, number, subject, &body, &self.link)
            }
            NoticeKind::RatingAsked => {
                let rule = self.terms.satisfaction.as_ref();
                let question = rule.map(|rule| rule.question.text(self.reader.language.tag()).to_owned());
                words::rating_mail(
                    self.reader.language,
                    &words::RatingMail {
                        reply_marker: REPLY_MARKER,
                        provider: &self.provider.name,
                        number,
                        subject,
                        question: question.as_deref().unwrap_or_default(),
                        clause: rule.map(|rule| &rule.clause),
                        link: &self.link,
                    },
                )
            }
            NoticeKind::UpdateAsked | NoticeKind::Woken => {
                let (turn, _) = self.turn(Audience::Staff);
                let about = match kind {
                    NoticeKind::Woken => words::TellingOf::Woken,
                    _ => words::TellingOf::UpdateAsked,
                };
                words::told_mail(self.reader, &self.told(&about, None, &turn))
            }
            NoticeKind::CustomerWrote { message } => {
                let written = self.ticket.messages.iter().find(|written| written.id == *message);
                let author = written.and_then(|written| match &written.by {
                    Author::Address { address } => self.contents.get(&address.id).cloned(),
                    Author::Person { .. } => None,
                });
                let (turn, _) = self.turn(self.audience());
                words::customer_wrote_mail(
                    self.reader,
                    &CustomerWroteMail {
                        number,
                        subject,
                        author: author.as_deref().unwrap_or(&self.shown.requester),
                        account: self.account,
                        turn: &turn,
                        link: &self.link,
                    },
                )
            }
        }
    }

    /// To somebody whom the desk does not know: what happened, and no word of theirs.
    fn to_stranger(&self, kind: &NoticeKind) -> MailText {
        let (missed, words);
        let about = match kind {
            NoticeKind::Told { event, .. } => words::TellingOf::Event(event),
            NoticeKind::Missed { key, .. } => {
                missed = format!("promise.{}.missed", key.promise);
                words::TellingOf::Event(&missed)
            }
            NoticeKind::Reminder { .. } => self.reminder(),
            _ => words::TellingOf::Event("event"),
        };
        let told = match kind {
            NoticeKind::Moved { moved } => {
                words = moved.iter().map(|moved| self.moved(moved)).collect::<Vec<_>>().join("\n");
                words::StrangerTold::Words(&words)
            }
            NoticeKind::Rule { .. } | NoticeKind::Reply { .. } => {
                words = self.words_of(kind).unwrap_or_default();
                words::StrangerTold::Words(&words)
            }
            _ => words::StrangerTold::Of(&about),
        };
        words::stranger_mail(
            self.reader,
            &words::StrangerMail {
                reply_marker: REPLY_MARKER,
                provider: &self.provider.name,
                number: &self.shown.number,
                state: self.ticket.state.as_str(),
                told,
            },
        )
    }

    /// That an answer is awaited, and until when.
    fn reminder(&self) -> words::TellingOf<'_> {
        let ends_at = self.ticket.silence(self.terms).map(|(course, _)| course.ends_at);
        words::TellingOf::Reminder { ends_at, zone: &self.terms.zone, now: self.now }
    }

    /// A deadline that moved, in one line with its clause.
    fn moved(&self, moved: &MovedDue) -> String {
        let language = self.reader.language;
        let clock = self.ticket.progress.clock(&moved.key);
        let nobody = Label::default();
        let label = clock.map_or(&nobody, |clock| &clock.label);
        let promise = words::promise_name(language, &moved.key.promise, label);
        let zone = &self.terms.zone;
        let when = |at: Option<Instant>| {
            at.map_or_else(
                || words::text(language, "moved-none").into_owned(),
                |at| words::due_in_words(self.reader, at, zone, self.now).plain(),
            )
        };
        let key = if moved.is_owed { "mail-moved-line" } else { "mail-moved-ended" };
        let clause = words::clause_reference(language, &moved.clause);
        let (was, due) = (when(moved.was), when(moved.due_at));
        let values = [("promise", &promise), ("was", &was), ("due", &due), ("clause", &clause)];
        words::text_with(language, key, &values.map(|(name, value)| (name, words::Value::Text(value))))
    }

    fn audience(&self) -> Audience {
        if self.is_staff { Audience::Staff } else { Audience::Customer }
    }

    /// The line above which an answer is to be written: what a colleague answers is a note.
    fn marker(&self) -> Option<&'static str> {
        (!self.is_staff).then_some(REPLY_MARKER)
    }

    fn told<'b>(
        &'b self,
        about: &'b words::TellingOf<'b>,
        clause: Option<&'b terms::Clause>,
        turn: &'b TurnSentence,
    ) -> words::ToldMail<'b> {
        words::ToldMail {
            reply_marker: self.marker(),
            provider: &self.provider.name,
            number: &self.shown.number,
            subject: &self.shown.subject,
            account: self.is_staff.then_some(self.account),
            state: self.ticket.state.as_str(),
            severity: self.ticket.facts.text("severity").map(|severity| {
                let label = self.terms.fact("severity").and_then(|rule| match &rule.kind {
                    terms::FactType::OneOf(values) => values.iter().find(|value| value.name == severity),
                    _ => None,
                });
                match label.map(|value| value.label.text(self.reader.language.tag())) {
                    Some(label) if !label.is_empty() => label.to_owned(),
                    _ => severity.to_owned(),
                }
            }),
            about,
            turn,
            clause,
            link: self.is_known.then_some(self.link.as_str()),
        }
    }

    /// `missed` is none for a warning, else the role that the request climbs to, where it climbs.
    fn about_promise(&self, key: &ClockKey, missed: Option<Option<&str>>) -> MailText {
        let clock = self.ticket.progress.clock(key).or_else(|| self.ticket.progress.clocks.first());
        let Some(clock) = clock else {
            let text = self.shown.number.clone();
            return MailText { subject: text.clone(), text };
        };
        let shown = clock_view(self.terms, &self.ticket.progress, clock, &self.ticket.facts, self.now);
        let nobody = Label::default();
        let role = missed.flatten().map(|role| {
            let label = self
                .terms
                .roles
                .iter()
                .find(|known| known.name == role)
                .map_or(&nobody, |known| &known.label);
            (role, label)
        });
        let mail = PromiseMail {
            number: &self.shown.number,
            subject: &self.shown.subject,
            account: self.account,
            reading: &shown.reading,
            zone: &shown.zone,
            climb: role,
            link: &self.link,
        };
        match missed {
            None => words::warning_mail(self.reader, &mail, self.now),
            Some(None) => words::missed_mail(self.reader, &mail, self.now),
            Some(Some(_)) => words::escalation_mail(self.reader, &mail, self.now),
        }
    }

    fn turn(&self, audience: Audience) -> (TurnSentence, Option<ClockView>) {
        let nearest = self.ticket.nearest_after_receipt().filter(|_| self.ticket.is_live()).map(|place| {
            let clock = &self.ticket.progress.clocks[place];
            clock_view(self.terms, &self.ticket.progress, clock, &self.ticket.facts, self.now)
        });
        let whose = WhoseTurn {
            turn: turn_word(self.ticket.turn, self.ticket.state, self.ticket.third_party()),
            ask: None,
            nearest: nearest.as_ref().map(|nearest| (&nearest.reading, &nearest.zone)),
        };
        (words::turn_in_words(self.reader, audience, &whose, self.now), nearest)
    }
}

/// Whose turn it is, as the words say it, in letters and on pages alike.
#[must_use]
pub fn turn_word(turn: Turn, state: TicketState, third_party: &str) -> TurnWord {
    match turn {
        _ if matches!(state, TicketState::Closed | TicketState::Declined) => TurnWord::Nobody,
        Turn::Provider => TurnWord::Us,
        Turn::Customer => TurnWord::Customer,
        Turn::ThirdParty => TurnWord::ThirdParty(third_party.to_owned()),
        Turn::Nobody => TurnWord::Nobody,
    }
}
