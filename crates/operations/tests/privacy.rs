//! What is erased is gone: out of every table, the index, the files of the database.

#[path = "sample/disk.rs"]
mod disk;
#[path = "sample/desk.rs"]
mod sample;

use base64::Engine;
use desk::{
    AccountId, AccountRole, Contract, ContractId, NoticeId, Person, PersonId, Return, Role, Standing,
    TicketState,
};
use disk::Disk;
use harness::{Postgres, free_port};
use mail::{MaildirTransport, Transport};
use operations::{
    CustomField, DestructionAsked, Environment, Failure, FieldType, NewFile, NewRequest, PageScrub,
    ProductClock, QueueFilter, Received, Request, Rule, Scope, Tell, Via, Viewer, command_ticket,
    complete_tombstones, destroy_account, destroy_account_here, erase_person, erase_person_here,
    export_account, find_people, issue_token, list_destructions, list_erasures, list_tickets, make_webhook,
    open_ticket, put_field, put_rule, read_tombstones, replay_tombstones, resume_destructions,
    resume_erasures, scrub, settle, view_ticket,
};
use sample::{Desk, WITH_WORDS, at, desk_under, hash_of, parameters};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use store::{
    Account, AddressStanding, AuditEntry, Credential, CredentialKind, Database, IdentityLink, Invitation,
    KeptLetter, Letter, Look, NewDelivery, Passkey, PersonEntry, PostgresConfig, Purpose, Session,
    SqliteConfig, Team,
};
use terms::{FactValue, Facts};

impl Disk {
    /// A store made of a copy, elsewhere.
    async fn restored(
        &self,
        from: &std::path::Path,
        folder: &harness::TemporaryFolder,
    ) -> Result<(Database, Self), store::StoreError> {
        match self {
            Self::Sqlite(_) => {
                let path: PathBuf = folder.path().join("restored.sqlite");
                let store = Database::restore_sqlite(from, &SqliteConfig::at(&path)).await?;
                Ok((store, Self::Sqlite(path)))
            }
            Self::Postgres(_) => {
                let url = Postgres::shared().fresh_database();
                let config = PostgresConfig { url: url.clone(), pool_size: 4 };
                Ok((Database::restore_postgres(from, &config).await?, Self::Postgres(url)))
            }
        }
    }
}

/// The canaries of one person: a word with an accent, as it stands in texts, in the index of words and
/// in mails.
struct Canary {
    written: &'static str,
    folded: &'static str,
    quoted: &'static str,
}

const GONE: Canary = Canary { written: "zqérase", folded: "zqerase", quoted: "zq=c3=a9rase" };
const KEPT: Canary = Canary { written: "zqétient", folded: "zqetient", quoted: "zq=c3=a9tient" };

impl Canary {
    /// Where it is found in bytes, each form by its name, with the number that follows it.
    fn found_in(&self, bytes: &[u8]) -> BTreeSet<(&'static str, String)> {
        let mut found = BTreeSet::new();
        let lower = bytes.to_ascii_lowercase();
        for (name, form) in [
            ("written", self.written.as_bytes().to_vec()),
            ("folded", self.folded.as_bytes().to_vec()),
            ("quoted", self.quoted.as_bytes().to_vec()),
            ("hexadecimal", hexadecimal(self.written).into_bytes()),
        ] {
            for place in places(&lower, &form) {
                let end = (place + form.len() + 6).min(lower.len());
                found.insert((name, String::from_utf8_lossy(&lower[place + form.len()..end]).into_owned()));
            }
        }
        for shift in 0..3 {
            let padded = [vec![b' '; shift], self.written.as_bytes().to_vec()].concat();
            let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded);
            // The first letters and the last depend on what stands beside it.
            let inner = &text.as_bytes()[if shift == 0 { 0 } else { shift + 1 }..text.len() - 1];
            for place in places(bytes, inner) {
                found.insert(("base64", place.to_string()));
            }
        }
        found
    }
}

/// What the files hold of whoever stays, each form with its number, while both stand in them in several forms.
fn kept_while_both_stand(disk: &Disk) -> BTreeSet<(&'static str, String)> {
    let before = disk.bytes();
    for canary in [&GONE, &KEPT] {
        let forms: BTreeSet<&str> = canary.found_in(&before).into_iter().map(|(form, _)| form).collect();
        assert!(forms.len() >= 3, "{} is planted: {forms:?}", canary.folded);
    }
    kept_in(&before)
}

fn kept_in(bytes: &[u8]) -> BTreeSet<(&'static str, String)> {
    KEPT.found_in(bytes).into_iter().filter(|(form, _)| *form != "base64").collect()
}

/// Nothing is left of one, and of the other nothing is missing.
fn one_is_gone_and_the_other_whole(disk: &Disk, kept_before: &BTreeSet<(&'static str, String)>, what: &str) {
    let after = disk.bytes();
    assert_eq!(GONE.found_in(&after), BTreeSet::new(), "{what}");
    let kept_after = kept_in(&after);
    let lost: Vec<_> = kept_before
        .difference(&kept_after)
        // Where a file of the database repeats itself, what stands beside a canary may differ.
        .filter(|(_, number)| number.chars().take(4).all(|digit| digit.is_ascii_digit()))
        .filter(|(form, number)| {
            !kept_after.iter().any(|(known, other)| known == form && other[..4] == number[..4])
        })
        .collect();
    assert!(lost.is_empty(), "others lost {lost:?}");
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn places(bytes: &[u8], form: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(place) = bytes[from..].iter().position(|byte| *byte == form[0]) {
        let at = from + place;
        if bytes[at..].starts_with(form) {
            found.push(at);
        }
        from = at + 1;
    }
    found
}

/// Plants canaries of a person wherever the program keeps something of them.
struct Gardener<'a> {
    desk: &'a Desk,
    canary: &'a Canary,
    account: AccountId,
    number: std::cell::Cell<u32>,
    /// Canaries that are nobody's texts: secrets, digests, keys of repeated requests.
    hidden: std::cell::RefCell<BTreeSet<u32>>,
}

impl<'a> Gardener<'a> {
    fn of(desk: &'a Desk, canary: &'a Canary) -> Self {
        Self { desk, canary, account: AccountId(1), number: 0.into(), hidden: BTreeSet::new().into() }
    }

    /// One who plants in an account whose name is a canary too, with a contract that runs and what it holds.
    async fn of_account(desk: &'a Desk, canary: &'a Canary, account: u128) -> Self {
        let own = Self { account: AccountId(account), ..Self::of(desk, canary) };
        let (store, provider) = (&desk.environment.store, &desk.provider.id);
        let key = format!("{}-sa", canary.folded);
        let name = format!("{} SA", own.plant());
        let known = Account { id: own.account, provider: provider.clone(), key, name };
        store.put_account(&known).await.expect("stored");
        let contract = store.contracts_of(provider, AccountId(1)).await.expect("read").remove(0);
        let contract = Contract { id: ContractId(account), account: own.account, ..contract };
        store.put_contract(provider, &contract).await.expect("stored");
        for (kind, key) in [
            (format!("licence {}", own.account), "poste".to_owned()),
            ("named_contacts".to_owned(), own.account.to_string()),
        ] {
            let body = serde_json::json!({ "product": own.plant(), "kind": "licence" }).to_string();
            let (provider, changed_at) = (provider.clone(), desk.environment.now());
            let entry = store::Entry { provider, kind, key, body, changed_at, changed_by: PersonId(7) };
            store.put_entry(&entry).await.expect("stored");
        }
        own
    }

    /// A canary that stands nowhere else.
    fn plant(&self) -> String {
        self.number.set(self.number.get() + 1);
        format!("{}{:04}", self.canary.written, self.number.get())
    }

    /// One that is handed to nobody.
    fn hide(&self) -> String {
        let planted = self.plant();
        self.hidden.borrow_mut().insert(self.number.get());
        planted
    }

    /// The numbers of its canaries that stand in bytes as they were written.
    fn numbers_in(&self, bytes: &[u8]) -> BTreeSet<u32> {
        let found = self.canary.found_in(bytes).into_iter().filter(|(form, _)| *form == "written");
        found.filter_map(|(_, number)| number.get(..4)?.parse().ok()).collect()
    }

    fn file(&self) -> NewFile {
        NewFile {
            name: format!("{}.txt", self.plant()),
            media_type: "text/plain".to_owned(),
            bytes: format!("contenu {}", self.plant()).into_bytes(),
        }
    }

    /// Somebody of the first account, with everything that people have.
    async fn person(&self, id: u128) -> Viewer {
        let store = &self.desk.environment.store;
        let provider = &self.desk.provider.id;
        let person = Person {
            id: PersonId(id),
            provider: provider.clone(),
            role: Role::Contact,
            name: format!("{} Nom", self.plant()),
            email: format!("{}@client.example", self.canary.folded),
            account: Some(self.account),
            language: "fr".to_owned(),
            zone: Some("Europe/Paris".to_owned()),
        };
        store.put_person(&person).await.expect("stored");
        let given = Standing { account: self.account, role: AccountRole::Requester };
        store.put_standing(provider, person.id, given).await.expect("stored");
        let now = self.desk.environment.now();
        for kind in [CredentialKind::Password, CredentialKind::Totp, CredentialKind::Recovery] {
            let credential = Credential {
                kind,
                secret: self.hide(),
                last_step: 0,
                created_at: now,
                confirmed_at: Some(now),
            };
            store.put_credential(provider, person.id, &credential).await.expect("stored");
        }
        let session = Session {
            hash: [u8::try_from(id).expect("small"); 32],
            provider: provider.clone(),
            person: person.id,
            label: format!("Navigateur {}", self.plant()),
            created_at: now,
            seen_at: now,
            proofs: "password".to_owned(),
            proved_at: Some(now),
            expires_at: now.plus_seconds(86_400),
        };
        store.put_session(&session).await.expect("stored");
        issue_token(&self.desk.environment, &person, Purpose::ApiToken, &[Scope::Read], None)
            .await
            .expect("a token");
        store.note_token_use(&[u8::try_from(id).expect("small"); 32], now).await.expect("noted");
        let letter = KeptLetter {
            digest: [u8::try_from(id).expect("small"); 32],
            mailbox: "aide@orvane.example".to_owned(),
            why: "loop".to_owned(),
            sender: format!("{} <{}>", self.plant(), person.email),
            subject: self.plant(),
            received_at: now,
        };
        let bytes = format!("From: {}\r\n\r\n{}", person.email, self.plant());
        store.keep_letter(provider, &letter, bytes.as_bytes()).await.expect("kept");
        store
            .note_courtesy(provider, &person.email, NoticeId(id), now, at("2020-01-01T00:00:00Z"))
            .await
            .expect("noted");
        // Letters write the address as somebody typed it.
        let capital = format!("{}{}", self.canary.folded[..1].to_uppercase(), &self.canary.folded[1..]);
        let letter = KeptLetter {
            digest: [u8::try_from(id + 100).expect("small"); 32],
            sender: "machine@ailleurs.example".to_owned(),
            subject: "Absence".to_owned(),
            ..letter
        };
        let bytes = format!("From: machine@ailleurs.example\r\nTo: {capital}@Client.example\r\n\r\nabsent");
        store.keep_letter(provider, &letter, bytes.as_bytes()).await.expect("kept");
        self.belongings(&person).await;
        let standing = AddressStanding { class: Return::Soft, reason: self.plant(), at: now };
        store.put_address_standing(provider, &person.email, &standing).await.expect("noted");
        let entry = AuditEntry {
            provider: provider.clone(),
            id: id << 64,
            at: now,
            person: Some(person.id),
            deed: "open".to_owned(),
            object: "POST /portal/demandes".to_owned(),
            outcome: "done".to_owned(),
            network: format!("192.0.2.{id}"),
        };
        store.append_audit(&[entry], || [7; 16]).await.expect("written");
        // What somebody else did to them says what they were called before.
        let changed = AuditEntry {
            provider: provider.clone(),
            id: (id << 64) + 1,
            at: now,
            person: Some(PersonId(1)),
            deed: "person_changed".to_owned(),
            object: format!("person {}: name {}0000", person.id, self.canary.written),
            outcome: "done".to_owned(),
            network: "192.0.2.0/24".to_owned(),
        };
        store.append_audit(&[changed], || [7; 16]).await.expect("written");
        let came = AuditEntry {
            provider: provider.clone(),
            id: (id << 64) + 2,
            at: now,
            person: Some(person.id),
            deed: "sign_in".to_owned(),
            object: format!("Navigateur {}", self.plant()),
            outcome: "done".to_owned(),
            network: "192.0.2.0/24".to_owned(),
        };
        store.append_audit(&[came], || [7; 16]).await.expect("written");
        Viewer {
            person: Arc::new(person),
            provider: Arc::clone(&self.desk.provider),
            account_name: None,
            via: Via::Session,
            standings: vec![given],
        }
    }

    /// What stands in tables of its own under somebody's id or address.
    async fn belongings(&self, person: &Person) {
        let (environment, store) = (&self.desk.environment, &self.desk.environment.store);
        let (provider, now) = (&person.provider, environment.now());
        let letter = Letter {
            provider: provider.clone(),
            id: NoticeId(person.id.0),
            kind: "release".to_owned(),
            person: person.id,
            address: person.email.clone(),
            subject: self.plant(),
            body: self.plant(),
            attempts: 0,
            created_at: now,
        };
        store.put_letters(&[], std::slice::from_ref(&letter)).await.expect("stored");
        store.fail_letter(&letter, None, &self.plant()).await.expect("given up");
        let ticket = desk::TicketId(person.id.0);
        store.put_draft(provider, ticket, person.id, "reply", &self.plant(), now).await.expect("stored");
        let mut browser = [0; 32];
        let name = self.hide();
        browser[..name.len()].copy_from_slice(name.as_bytes());
        store.note_browser(provider, person.id, &browser, now).await.expect("noted");
        let link = IdentityLink {
            provider: provider.clone(),
            issuer: "https://issuer.example".to_owned(),
            subject: self.plant(),
            person: person.id,
            linked_at: now,
        };
        assert!(store.link_identity(&link).await.expect("linked"));
        let passkey = Passkey {
            id: self.hide().into_bytes(),
            provider: provider.clone(),
            person: person.id,
            label: self.plant(),
            public_key: self.hide().into_bytes(),
            counter: 0,
            created_at: now,
            used_at: None,
        };
        assert!(store.put_passkey(&passkey).await.expect("kept"));
        let team = Team {
            key: format!("equipe-{}", person.id.0),
            name: "Équipe".to_owned(),
            members: vec![PersonId(1), person.id],
        };
        store.put_team(provider, &team).await.expect("stored");
        let entry = PersonEntry {
            provider: provider.clone(),
            person: person.id,
            kind: "absence".to_owned(),
            key: "été".to_owned(),
            body: serde_json::json!({ "why": self.plant() }).to_string(),
            changed_at: now,
        };
        store.put_person_entry(&entry).await.expect("stored");
        // One by their id; one that knows their address alone.
        for who in [person.id, PersonId(person.id.0 + 100)] {
            let invitation = Invitation {
                provider: provider.clone(),
                account: self.account,
                person: who,
                email: person.email.clone(),
                name: self.plant(),
                role: AccountRole::Requester,
                expires_at: now.plus_seconds(86_400),
            };
            store.put_invitation(&invitation).await.expect("stored");
        }
        let key = include_bytes!("../../mail/tests/signed/rsa.asc");
        let manager = self.desk.viewer(7).await;
        operations::trust_mail_keys(environment, &manager, key, Some(&person.email)).await.expect("trusted");
    }

    /// A field that the desk added, filled: its value is kept for searching as well.
    async fn fields(&self) -> serde_json::Map<String, serde_json::Value> {
        let serie = CustomField {
            key: "serie".to_owned(),
            labels: BTreeMap::from([("fr".to_owned(), "Série".to_owned())]),
            holds: FieldType::Text,
            ..CustomField::default()
        };
        let via = Via::Token { scopes: vec![Scope::Read, Scope::Write] };
        let admin = Viewer { via, ..self.desk.administrator().await };
        put_field(&self.desk.environment, &admin, &serie).await.expect("kept");
        [("serie".to_owned(), self.plant().into())].into_iter().collect()
    }

    /// A request in the portal, lived through.
    async fn request(&self, person: &Viewer) -> String {
        let environment = &self.desk.environment;
        let new = NewRequest {
            channel: "portal".to_owned(),
            subject: self.plant(),
            body: format!("Bonjour {}", self.plant()),
            files: vec![self.file()],
            facts: Facts::new().with("steps", FactValue::text(&format!("ouvrir avec {}", self.plant()))),
            idempotency_key: Some(self.hide()),
            ..NewRequest::default()
        };
        let number = open_ticket(environment, person, new).await.expect("opened").number;
        let agent = self.desk.viewer(1).await;
        for (who, deed) in [
            (&agent, Request::Note { body: format!("vu avec {}", self.plant()) }),
            (&agent, learn("impact", &self.plant())),
            (&agent, reply(&format!("Bonjour {}", self.plant()), vec![self.file()])),
            (&agent, Request::Wait { party: "customer".to_owned(), task: None, reason: Some(self.plant()) }),
            (person, reply(&self.plant(), vec![self.file()])),
            (&agent, Request::SetFields { fields: self.fields().await }),
        ] {
            command_ticket(environment, who, &number, deed, None).await.expect("done");
        }
        number
    }

    /// A letter whose parts are written in the ways of mail, kept with what it quotes.
    async fn letter(&self, person: &Viewer) -> String {
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let quoted = self.plant().replace('é', "=C3=A9");
        let letter = format!(
            "From: =?utf-8?B?{}?= <{}>\nTo: aide@orvane.example\nSubject: =?utf-8?B?{}?=\n\
             Message-ID: <{}@client.example>\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\
             Content-Transfer-Encoding: quoted-printable\n\nBonjour {quoted}\n\n\
             Le lundi, Paul a =C3=A9crit :\n> cit=C3=A9 {quoted}\n\n--b\n\
             Content-Type: application/octet-stream; name=\"x.bin\"\nContent-Transfer-Encoding: base64\n\
             Content-Disposition: attachment; filename=\"x.bin\"\n\n{}\n--b--\n",
            // The name in a From is kept with the letter, and the letter as a file.
            encode(&self.hide()),
            person.person.email,
            encode(&self.plant()),
            self.canary.folded,
            // A file that is a letter itself: base64 within base64 stays as it is.
            encode(&format!("joint {} {}", self.plant(), encode(&self.hide()))),
        );
        match self.desk.receive(&letter, true).await {
            Received::Opened(number) => number,
            other => panic!("it opens a request, not {other:?}"),
        }
    }
}

fn learn(fact: &str, words: &str) -> Request {
    Request::Learn { facts: Facts::new().with(fact, FactValue::text(words)), consent: BTreeSet::new() }
}

fn reply(body: &str, files: Vec<NewFile>) -> Request {
    Request::Reply { body: body.to_owned(), files, technical: true, turn: None, undo_seconds: 0 }
}

/// What rules told of a request, as far as it still stands.
async fn told_by_rules(environment: &Environment, number: &str) -> Vec<String> {
    let (provider, id) = environment.store.ticket_by_number(number).await.expect("read").expect("stands");
    let page = environment.store.ticket_page(&provider, id).await.expect("read").expect("stands");
    let told = page.log.iter().flat_map(|entry| &entry.commit).flat_map(|recorded| match &recorded.event {
        desk::TicketEvent::RuleFired { told, .. } => told.clone(),
        _ => Vec::new(),
    });
    told.filter_map(|(_, text)| page.contents.get(&text.id).cloned()).collect()
}

async fn an_erased_person_is_nowhere_and_others_are_whole(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let (gone, kept) = (Gardener::of(&desk, &GONE), Gardener::of(&desk, &KEPT));
    let (leaving, staying) = (gone.person(30).await, kept.person(31).await);
    // A rule tells the lead in words of its own what the request is about, and who asks.
    let rule = Rule {
        key: "avertir".to_owned(),
        title: "Avertir".to_owned(),
        enabled: true,
        on: vec!["ticket.opened".to_owned()],
        tell: vec![Tell { to: "lead".to_owned(), body: "{{subject}} de {{contact}}".to_owned() }],
        ..Rule::default()
    };
    put_rule(environment, &desk.viewer(7).await, &rule).await.expect("kept");
    let mut numbers = Vec::new();
    for (gardener, person) in [(&gone, &leaving), (&kept, &staying)] {
        numbers.push(gardener.request(person).await);
        numbers.push(gardener.letter(person).await);
    }
    // Each wrote on a request of the other as well.
    for (number, who, text) in [(&numbers[0], &staying, kept.plant()), (&numbers[2], &leaving, gone.plant())]
    {
        command_ticket(environment, who, number, reply(&text, Vec::new()), None).await.expect("done");
    }
    let manager = desk.viewer(7).await;
    let kinds = vec!["*".to_owned()];
    let nowhere = format!("http://127.0.0.1:{}/", free_port());
    make_webhook(environment, &manager, &nowhere, &kinds).await.expect("made");
    let webhook = environment.store.webhooks(&desk.provider.id).await.expect("read").remove(0);
    let told = |canary: &Canary| NewDelivery {
        id: format!("msg_{}", canary.quoted.len()),
        kind: "ticket.opened".to_owned(),
        payload: format!("{{\"to\":\"{}@client.example\"}}", canary.folded),
    };
    let told = [told(&GONE), told(&KEPT)];
    environment
        .store
        .queue_deliveries(&webhook, webhook.position, &told, environment.now())
        .await
        .expect("queued");
    settle(environment).await.expect("rounds");
    // A letter that could not leave is remembered with what was said of it.
    command_ticket(environment, &desk.viewer(1).await, &numbers[0], reply(&gone.plant(), Vec::new()), None)
        .await
        .expect("done");

    // What the rule told is kept in the log of each request, with the words of whoever asked.
    for (number, canary) in [(&numbers[0], &GONE), (&numbers[2], &KEPT)] {
        let words = told_by_rules(environment, number).await;
        assert!(words.iter().any(|words| words.contains(canary.written)), "{number}: {words:?}");
    }
    let kept_before = kept_while_both_stand(&disk);

    let report =
        erase_person_here(environment, &desk.provider.id, PersonId(30), false).await.expect("erased");
    assert_eq!(report.requests.len(), 3, "{report:?}");
    assert!(report.texts > 8 && report.files >= 4, "{report:?}");
    scrub(environment, PageScrub::Whole).await.expect("clean");

    one_is_gone_and_the_other_whole(&disk, &kept_before, "what was erased");

    let flaws = environment.store.verify_all(|_| {}).await.expect("read");
    assert!(flaws.is_empty(), "{flaws:?}");
    assert!(told_by_rules(environment, &numbers[0]).await.is_empty(), "what rules told of them went as well");
    assert!(!told_by_rules(environment, &numbers[2]).await.is_empty(), "and of others stays");
    // Requests stand, under the pseudonym, and say what happened.
    let agent = desk.viewer(1).await;
    for number in &numbers {
        view_ticket(environment, &agent, number).await.expect("shown");
    }
    let view = view_ticket(environment, &agent, &numbers[0]).await.expect("shown");
    assert_eq!((view.subject.as_str(), view.messages[0].body.as_deref()), ("(objet effacé)", None));
    // That something was said is still known, and is not asked for again.
    for fact in ["steps", "impact"] {
        assert!(matches!(view.facts.get(fact), Some(FactValue::Words(_))), "{fact}");
    }
    assert!(view.wanted.iter().all(|(name, _)| name.as_str() != "steps"), "{:?}", view.wanted);
    let staying_request = view_ticket(environment, &agent, &numbers[2]).await.expect("shown");
    assert!(staying_request.facts.text("steps").is_some_and(|steps| steps.contains(KEPT.written)));
    assert!(
        view.messages
            .iter()
            .any(|message| message.body.as_deref().is_some_and(|body| body.contains(KEPT.written)))
    );
    for canary in [&GONE, &KEPT] {
        let filter = QueueFilter {
            view: operations::QueueKind::All,
            text: Some(canary.written.to_owned()),
            limit: 50,
            ..QueueFilter::default()
        };
        let found = list_tickets(environment, &agent, &filter).await.expect("searched");
        assert_eq!(found.rows.is_empty(), canary.written == GONE.written);
    }
    // Nothing brings them back: no file of people, no second try, no letter to them.
    environment.store.put_person(&leaving.person).await.expect("ignored");
    let person =
        environment.store.person(&desk.provider.id, PersonId(30)).await.expect("read").expect("stays");
    assert!(person.name.starts_with("Personne effacée") && !person.email.contains('@'));
    let sent = desk.outgoing_to("zqerase@client.example").len();
    command_ticket(environment, &agent, &numbers[0], reply("Encore là ?", Vec::new()), None)
        .await
        .expect("done");
    settle(environment).await.expect("rounds");
    assert_eq!(desk.outgoing_to("zqerase@client.example").len(), sent);
    let again = erase_person_here(environment, &desk.provider.id, PersonId(30), false).await.expect("again");
    assert_eq!(again.pseudonym, report.pseudonym);
    assert_eq!(resume_erasures(environment).await.expect("read"), 0);
    assert!(environment.store.verify_all(|_| {}).await.expect("read").is_empty());
}

/// Keys that came in one file: those of others stay, without hers. Before, each was kept with all of the file.
async fn keys_of_an_erased_person_go_and_leave_those_of_others(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    let manager = desk.viewer(7).await;
    let ana = Person {
        id: PersonId(30),
        email: "Ana@client.example".to_owned(),
        ..(*desk.viewer(3).await.person).clone()
    };
    store.put_person(&ana).await.expect("stored");
    let file = [
        include_bytes!("../../mail/tests/signed/ca.pem").as_slice(),
        include_bytes!("../../mail/tests/signed/ana.pem"),
    ]
    .concat();
    let of_ana = include_str!("../../mail/tests/signed/ana.pem").lines().nth(3).expect("her certificate");
    let found = operations::trust_mail_keys(environment, &manager, &file, None).await.expect("trusted");
    assert_eq!(found.iter().map(|key| key.is_authority).collect::<Vec<_>>(), [true, false]);
    let holds = |body: &str| {
        let file = serde_json::from_str::<serde_json::Value>(body).expect("JSON")["file"].clone();
        let encode = base64::engine::general_purpose::STANDARD;
        let bytes = encode.decode(file.as_str().expect("a file")).expect("base64");
        encode.encode(&bytes).contains(&of_ana[..40]) || String::from_utf8_lossy(&bytes).contains(of_ana)
    };
    for entry in store.entries(provider, "mail_key").await.expect("read") {
        let mut body: serde_json::Value = serde_json::from_str(&entry.body).expect("JSON");
        body["file"] = base64::engine::general_purpose::STANDARD.encode(&file).into();
        assert!(holds(&body.to_string()));
        store.put_entry(&store::Entry { body: body.to_string(), ..entry }).await.expect("stored");
    }
    erase_person_here(environment, provider, PersonId(30), false).await.expect("erased");
    let left = operations::list_mail_keys(environment, &manager).await.expect("listed");
    assert_eq!(left, found[..1], "the authority alone");
    let entries = store.entries(provider, "mail_key").await.expect("read");
    assert!(entries.iter().all(|entry| !holds(&entry.body)), "her certificate went out of its file");
    // What the desk wrote itself is named, for somebody to judge.
    let text = store::Entry { kind: "reply".to_owned(), key: "bonjour".to_owned(), ..entries[0].clone() };
    let body = "Écrire à MAUDE@client.example".to_owned();
    store.put_entry(&store::Entry { body, ..text }).await.expect("stored");
    let report = erase_person_here(environment, provider, PersonId(3), false).await.expect("erased");
    assert_eq!(report.entries, ["reply bonjour"]);
}

async fn a_restored_backup_forgets_whom_it_had_to(desk: Desk, disk: Disk) {
    let gone = Gardener::of(&desk, &GONE);
    let kept = Gardener::of(&desk, &KEPT);
    let environment = &desk.environment;
    let list = desk.folder.path().join("erasures.jsonl");
    environment.keep_tombstones_in(list.clone());
    let (leaving, staying) = (gone.person(30).await, kept.person(31).await);
    let number = gone.request(&leaving).await;
    kept.request(&staying).await;
    let letter = Letter {
        provider: desk.provider.id.clone(),
        id: NoticeId(77),
        kind: "release".to_owned(),
        person: staying.person.id,
        address: staying.person.email.clone(),
        subject: kept.plant(),
        body: kept.plant(),
        attempts: 0,
        created_at: environment.now(),
    };
    environment.store.put_letters(&[], &[letter]).await.expect("stored");
    let backups = desk.folder.path().join("backups");
    std::fs::create_dir_all(&backups).expect("made");
    let made = environment.store.back_up(&backups, environment.now()).await.expect("copied");
    assert_eq!(made.requests, 2);
    // Somebody who came after the copy leaves too, and a number is given.
    let person =
        Person { id: PersonId(29), email: "apres@client.example".to_owned(), ..(*leaving.person).clone() };
    environment.store.put_person(&person).await.expect("stored");
    let after = kept.request(&staying).await;
    for id in [29, 30] {
        erase_person_here(environment, &desk.provider.id, PersonId(id), false).await.expect("erased");
    }
    assert_eq!(read_tombstones(&list).expect("read").len(), 2);
    assert!(!std::fs::read_to_string(&list).expect("read").contains("zqerase"));

    // A copy that lost a byte is refused.
    let mut bytes = std::fs::read(&made.path).expect("read");
    let broken = backups.join("broken");
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&broken, &bytes).expect("written");
    assert!(disk.restored(&broken, &desk.folder).await.is_err());

    let (store, again) = disk.restored(&made.path, &desk.folder).await.expect("restored");
    assert!(!GONE.found_in(&again.bytes()).is_empty(), "the copy is older than the erasure");
    let held =
        store.settle_restored(10, &environment.store.sequences().await.expect("read")).await.expect("safe");
    assert!(held.iter().any(|letter| letter.number.as_deref() == Some(&*number)), "{held:?}");
    assert!(held.iter().any(|letter| letter.number.is_none() && letter.kind == "release"), "{held:?}");
    let now = environment.now();
    assert_eq!(store.claim_letters(now, 10, now.plus_seconds(60)).await.expect("read"), []);
    let restored = Desk {
        environment: Arc::new(Environment::new(
            store,
            ProductClock::starting_at(environment.now()),
            environment.transport.clone(),
            environment.installation.clone(),
        )),
        provider: Arc::clone(&desk.provider),
        folder: harness::TemporaryFolder::new("restored"),
    };
    let there = &restored.environment;
    let stones = read_tombstones(&list).expect("read");
    assert_eq!(replay_tombstones(there, &stones).await.expect("replayed"), 1);
    assert_eq!(replay_tombstones(there, &stones).await.expect("replayed"), 0, "once is enough");
    scrub(there, PageScrub::Whole).await.expect("clean");
    assert_eq!(GONE.found_in(&again.bytes()), BTreeSet::new());
    assert!(!KEPT.found_in(&again.bytes()).is_empty());
    assert!(there.store.verify_all(|_| {}).await.expect("read").is_empty());
    // Whoever came after the copy is not brought by a file of people.
    there.store.put_person(&person).await.expect("ignored");
    assert!(there.store.person(&desk.provider.id, PersonId(29)).await.expect("read").is_none());
    // Nothing leaves that left before, and no number is given twice.
    let sent = desk.outgoing().len();
    settle(there).await.expect("rounds");
    assert_eq!(desk.outgoing().len(), sent);
    let staying = restored.viewer(31).await;
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Encore".to_owned(),
        body: "Bonjour".to_owned(),
        ..NewRequest::default()
    };
    let next = open_ticket(there, &staying, new).await.expect("opened").number;
    let of = |number: &str| number.rsplit('-').next().expect("a number").parse::<u64>().expect("digits");
    assert!(of(&next) > of(&after), "{next} is not {after} again");
    assert!(there.store.session(&[31; 32], there.now()).await.expect("read").is_none(), "sessions ended");
}

/// What an archive holds, every entry's name and bytes.
async fn unpacked(mut export: operations::Export) -> Vec<(String, Vec<u8>)> {
    use std::io::Read;
    let mut bytes = Vec::new();
    while let Some(piece) = export.pieces.recv().await {
        bytes.extend(piece.expect("no piece failed"));
    }
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("an archive");
    let mut entries = Vec::new();
    for place in 0..zip.len() {
        let mut entry = zip.by_index(place).expect("an entry");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("read");
        entries.push((entry.name().expect("a name").into_owned(), bytes));
    }
    entries
}

async fn an_export_is_complete_and_holds_nothing_of_others(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let gone = Gardener::of(&desk, &GONE);
    let kept = Gardener::of(&desk, &KEPT);
    let (leaving, staying) = (gone.person(30).await, kept.person(31).await);
    let mut numbers = Vec::new();
    for (gardener, person) in [(&gone, &leaving), (&kept, &staying)] {
        numbers.push(gardener.request(person).await);
        numbers.push(gardener.letter(person).await);
    }
    for (number, who, text) in [(&numbers[0], &staying, kept.plant()), (&numbers[2], &leaving, gone.plant())]
    {
        command_ticket(environment, who, number, reply(&text, Vec::new()), None).await.expect("done");
    }
    settle(environment).await.expect("rounds");
    // More than any page holds, and more at one moment than one.
    let look = |person: u128, place: i64, object: String| Look {
        provider: desk.provider.id.clone(),
        person: PersonId(person),
        what: "file".to_owned(),
        object,
        at: environment.now().plus_milliseconds(place / 700),
        way: "session".to_owned(),
        network: "192.0.2.0/24".to_owned(),
    };
    let by_them = (0..10_400).map(|place| look(30, place, format!("{}/{place}", numbers[2])));
    let at_theirs = (0..1_200).map(|place| look(1, place, format!("{}/{place}", numbers[0])));
    environment.store.append_looks(&by_them.chain(at_theirs).collect::<Vec<_>>()).await.expect("written");
    environment.store.append_looks(&[look(7, 0, PersonId(30).to_string())]).await.expect("written");
    for (own, other, person) in [(&gone, &KEPT, 30), (&kept, &GONE, 31)] {
        let export = operations::export_person_here(environment, &desk.provider.id, PersonId(person)).await;
        let entries = unpacked(export.expect("begun")).await;
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"person.json") && names.contains(&"journal.json"), "{names:?}");
        let whole: Vec<u8> =
            entries.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes].concat()).collect();
        assert_eq!(other.found_in(&whole), BTreeSet::new(), "of somebody else");
        let found = own.numbers_in(&whole);
        let json = |name: &str| -> serde_json::Value {
            let found = entries.iter().find(|(known, _)| known == name).expect(name);
            serde_json::from_slice(&found.1).expect("JSON")
        };
        let looks = json("looks.json");
        let count = |key: &str| looks[key].as_array().map_or(0, Vec::len);
        let expected = if person == 30 { (10_400, 1_201) } else { (0, 10_400) };
        assert_eq!((count("by_you"), count("at_yours")), expected, "all of them");
        let known = json("person.json");
        assert_eq!(known["browsers"].as_array().map(Vec::len), Some(1));
        assert_eq!(known["teams"][0]["key"], format!("equipe-{person}"));
        assert_eq!(known["invitations"].as_array().map(Vec::len), Some(2));
        let hidden = own.hidden.borrow();
        let missing: Vec<u32> = (1..=own.number.get())
            .filter(|number| !hidden.contains(number) && !found.contains(number))
            .collect();
        assert_eq!(missing, Vec::<u32>::new(), "of {}", own.canary.folded);
        let secrets: Vec<&u32> = hidden.iter().filter(|secret| found.contains(secret)).collect();
        assert_eq!(secrets, Vec::<&u32>::new(), "no secret is handed over");
    }
}

/// An account as each test needs it: two people with all that people have, what they asked, and somebody who is of the
/// other account as well.
async fn planted<'a>(
    desk: &'a Desk,
    canary: &'a Canary,
    account: u128,
) -> (Gardener<'a>, Viewer, Vec<String>) {
    let gardener = Gardener::of_account(desk, canary, account).await;
    let person = gardener.person(29 + account).await;
    let mut numbers = vec![gardener.request(&person).await, gardener.letter(&person).await];
    // The agreement destroys files as a request closes: one that closes has none.
    let agent = desk.viewer(1).await;
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: gardener.plant(),
        body: gardener.plant(),
        ..NewRequest::default()
    };
    numbers.push(open_ticket(&desk.environment, &person, new).await.expect("opened").number);
    let solved = Request::Resolve { outcome: "new_fix".to_owned(), body: gardener.plant() };
    command_ticket(&desk.environment, &agent, &numbers[2], solved, None).await.expect("done");
    command_ticket(&desk.environment, &person, &numbers[2], Request::Confirm, None).await.expect("done");
    let rating = Request::Rate { score: "good".to_owned(), comment: Some(gardener.plant()) };
    command_ticket(&desk.environment, &person, &numbers[2], rating, None).await.expect("done");
    let work = Request::LogTime { minutes: 35, at: None, kind: None };
    command_ticket(&desk.environment, &agent, &numbers[0], work, None).await.expect("done");
    (gardener, person, numbers)
}

/// Somebody who is of both accounts.
async fn reseller(desk: &Desk) {
    let store = &desk.environment.store;
    let person = Person {
        id: PersonId(38),
        name: "Rita".to_owned(),
        email: "rita@revente.example".to_owned(),
        ..(*desk.viewer(3).await.person).clone()
    };
    store.put_person(&person).await.expect("stored");
    for account in [1, 2] {
        let standing = Standing { account: AccountId(account), role: AccountRole::Reader };
        store.put_standing(&desk.provider.id, person.id, standing).await.expect("stored");
    }
}

async fn an_account_is_exported_whole_and_without_others(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let (gone, _, numbers) = planted(&desk, &GONE, 1).await;
    let (kept, _, _) = planted(&desk, &KEPT, 2).await;
    reseller(&desk).await;
    settle(environment).await.expect("rounds");
    let look = |person: u128, place: i64| Look {
        provider: desk.provider.id.clone(),
        person: PersonId(person),
        what: "file".to_owned(),
        object: format!("{}/{place}", numbers[0]),
        at: environment.now().plus_milliseconds(place / 700),
        way: "session".to_owned(),
        network: "192.0.2.0/24".to_owned(),
    };
    let looks: Vec<Look> = (0..1_100).map(|place| look(1, place)).chain([look(30, 0)]).collect();
    environment.store.append_looks(&looks).await.expect("written");
    for (own, other) in [(&gone, &KEPT), (&kept, &GONE)] {
        let key = format!("{}-sa", own.canary.folded);
        let export = operations::export_account_here(environment, &desk.provider.id, &key).await;
        let entries = unpacked(export.expect("begun")).await;
        let whole: Vec<u8> =
            entries.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes].concat()).collect();
        assert_eq!(other.found_in(&whole), BTreeSet::new(), "of another account");
        let found = own.numbers_in(&whole);
        let hidden = own.hidden.borrow();
        let missing: Vec<u32> = (1..=own.number.get())
            .filter(|number| !hidden.contains(number) && !found.contains(number))
            .collect();
        assert_eq!(missing, Vec::<u32>::new(), "of {}", own.canary.folded);
        let secrets: Vec<&u32> = hidden.iter().filter(|secret| found.contains(secret)).collect();
        assert_eq!(secrets, Vec::<&u32>::new(), "no secret is handed over");
        let json = |name: &str| -> serde_json::Value {
            let found = entries.iter().find(|(known, _)| known == name).expect(name);
            serde_json::from_slice(&found.1).expect("JSON")
        };
        let known = json("account.json");
        assert_eq!(known["contracts"][0]["parameters"]["tier"]["text"], "solidassist", "{known}");
        let people = known["people"].as_array().expect("people");
        let has_role = |name: &str, role: &str| {
            people.iter().any(|person| person["name"] == name && person["role"] == role)
        };
        assert!(has_role("Rita", "reader"), "{known}");
        assert_eq!(
            has_role("Maude", "requester"),
            own.account == AccountId(1),
            "whoever was given no other role"
        );
        let is_there = |name: &str| entries.iter().any(|(known, _)| known.starts_with(name));
        assert!(!is_there(&format!("people/{}", PersonId(38))), "what is hers is not this account's");
        let agreement = entries.iter().find(|(name, _)| name.starts_with("agreements/")).expect("a document");
        assert_eq!(String::from_utf8_lossy(&agreement.1), WITH_WORDS, "as it was adopted");
        let text = String::from_utf8_lossy(&whole);
        assert!(text.contains("time_logged") && text.contains("between_colleagues"), "hours and notes");
        let expected = if own.account == AccountId(1) { 1_101 } else { 0 };
        assert_eq!(json("looks.json").as_array().map(Vec::len), Some(expected), "all of them");
    }
}

async fn a_destroyed_account_is_nowhere_and_others_are_whole(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    let list = desk.folder.path().join("erasures.jsonl");
    environment.keep_tombstones_in(list.clone());
    let file = desk.folder.path().join("checkpoints.jsonl");
    let seal = operations::Seal::new(&operations::new_sealing_key(), Some(file.clone())).expect("a key");
    let public = seal.public_key();
    environment.seal_days_with(seal);
    let (_, leaving, numbers) = planted(&desk, &GONE, 1).await;
    let (_, _, others) = planted(&desk, &KEPT, 2).await;
    reseller(&desk).await;
    settle(environment).await.expect("rounds");
    let kept_before = kept_while_both_stand(&disk);

    // What is in the way is named, one after the other, and nothing goes meanwhile.
    let mut asked = DestructionAsked::default();
    for (field, next) in [
        ("confirm", DestructionAsked { confirm: "zqerase-sa".to_owned(), ..asked.clone() }),
        (
            "close_requests",
            DestructionAsked { confirm: "zqerase-sa".to_owned(), close_requests: true, ..asked.clone() },
        ),
        (
            "end_contracts",
            DestructionAsked { confirm: "zqerase-sa".to_owned(), close_requests: true, end_contracts: true },
        ),
    ] {
        let refused = destroy_account_here(environment, provider, "zqerase-sa", &asked).await;
        match refused {
            Err(Failure::Invalid { field: known, .. }) => assert_eq!(known, field),
            other => panic!("{field}: {other:?}"),
        }
        asked = next;
    }
    assert!(store.account_erasures(provider).await.expect("read").is_empty());
    assert!(read_tombstones(&list).expect("read").is_empty());

    let report = destroy_account_here(environment, provider, "zqerase-sa", &asked).await.expect("destroyed");
    scrub(environment, PageScrub::Whole).await.expect("clean");
    one_is_gone_and_the_other_whole(&disk, &kept_before, "what was destroyed");

    // The certificate counts what went, is signed, and the journal holds its digest.
    let counts = report.certificate.destroyed;
    assert_eq!((counts.requests, counts.closed, counts.ended, counts.contracts), (3, 2, 1, 1), "{counts:?}");
    assert_eq!((counts.people, counts.released, counts.entries), (3, 1, 2), "{counts:?}");
    assert!(counts.texts > 8 && counts.files >= 4, "{counts:?}");
    assert_eq!(operations::verify_certificate(&report.line, &public), Some(report.certificate.clone()));
    let flaws = async |line: &str| {
        operations::check_certificate(store, line, &public).await.expect("checked").join("\n")
    };
    assert_eq!(flaws(&format!("{}\n", report.line)).await, "");
    assert!(flaws(&report.line.replace("\"people\":3", "\"people\":4")).await.contains("is not signed"));
    assert!(flaws("{}").await.contains("no certificate"));
    let rows = store.audit(provider, None, 50).await.expect("read");
    let told = rows.iter().find(|row| row.deed == "account_destroyed").expect("a row of the journal");
    assert!(told.object.ends_with(&hexadecimal_of(&hash_of(&report.line))), "{}", told.object);
    desk.go_to("2026-08-16T20:00:00-04:00").await;
    operations::seal_day(environment).await.expect("sealed");
    let text = std::fs::read_to_string(&file).expect("written");
    let flaws = operations::verify_checkpoints(store, &text, &public).await.expect("verified");
    assert_eq!(flaws, Vec::<String>::new());
    assert!(store.verify_all(|_| {}).await.expect("read").is_empty(), "every chain verifies");
    assert_eq!(operations::verify_journals(store).await.expect("read"), Vec::<String>::new());

    // Requests stand, closed and empty, and say what happened; those of others are as they were.
    let agent = desk.viewer(1).await;
    for number in &numbers {
        let view = view_ticket(environment, &agent, number).await.expect("shown");
        assert_eq!(view.state, TicketState::Closed, "{number}");
        assert!(view.messages.iter().all(|message| message.body.is_none()), "{number}");
    }
    let view = view_ticket(environment, &agent, &others[0]).await.expect("shown");
    assert!(view.state.is_live() && view.messages.iter().all(|message| message.body.is_some()));
    let sought = QueueFilter {
        view: operations::QueueKind::All,
        text: Some(GONE.written.to_owned()),
        limit: 50,
        ..QueueFilter::default()
    };
    let found = list_tickets(environment, &agent, &sought).await.expect("searched");
    assert!(found.rows.is_empty());
    // Who is of another account as well stays there; of the contract the least stays.
    let (_, standings) =
        store.person_with_standings(provider, PersonId(38)).await.expect("read").expect("stays");
    assert_eq!(standings, [Standing { account: AccountId(2), role: AccountRole::Reader }]);
    let contract = store.contract(provider, ContractId(1)).await.expect("read").expect("stays");
    assert!(contract.parameters == terms::Facts::new() && contract.to.is_some(), "{contract:?}");
    // Nothing brings it back: no file, no second try, no letter.
    let key = "zqerase-sa".to_owned();
    let known = Account { id: AccountId(1), provider: provider.clone(), key, name: "Encore".to_owned() };
    store.put_account(&known).await.expect("ignored");
    assert!(store.account_by_key(provider, "zqerase-sa").await.expect("read").is_none());
    store.put_person(&leaving.person).await.expect("ignored");
    assert!(store.person_by_email(provider, &leaving.person.email).await.expect("read").is_none());
    let pseudonym = store.account(provider, AccountId(1)).await.expect("read").expect("stays");
    assert!(pseudonym.name.starts_with("Client effacé"), "{}", pseudonym.name);
    assert!(
        store.account_by_key(provider, &pseudonym.key).await.expect("read").is_none(),
        "nothing is put into it"
    );
    assert!(store.accounts(provider).await.expect("read").iter().all(|known| known.id != AccountId(1)));
    let again = destroy_account_here(environment, provider, "zqerase-sa", &asked).await;
    assert!(matches!(again, Err(Failure::NotFound { .. })), "{again:?}");
    assert_eq!(resume_destructions(environment).await.expect("read"), 0);
    let sent = desk.outgoing_to("zqerase@client.example").len();
    settle(environment).await.expect("rounds");
    assert_eq!(desk.outgoing_to("zqerase@client.example").len(), sent);
    let stones = std::fs::read_to_string(&list).expect("read");
    assert!(stones.contains(&format!("\"account\":\"{}\"", AccountId(1))) && !stones.contains("zqerase"));
    let rows = list_destructions(environment, &desk.administrator().await).await.expect("listed");
    assert_eq!(rows[0].certificate.as_ref(), Some(&(report.certificate, report.line)));
    assert!(rows[0].scrubbed_at.is_some() && rows[0].asked_by.is_none());
}

async fn a_restored_backup_destroys_the_account_again(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let list = desk.folder.path().join("erasures.jsonl");
    environment.keep_tombstones_in(list.clone());
    planted(&desk, &GONE, 1).await;
    planted(&desk, &KEPT, 2).await;
    let backups = desk.folder.path().join("backups");
    std::fs::create_dir_all(&backups).expect("made");
    let made = environment.store.back_up(&backups, environment.now()).await.expect("copied");
    // A second destruction is of an account that the copy does not know.
    let late = Account {
        id: AccountId(9),
        provider: desk.provider.id.clone(),
        key: "tard".to_owned(),
        name: "Tard".to_owned(),
    };
    environment.store.put_account(&late).await.expect("stored");
    for key in ["zqerase-sa", "tard"] {
        destroy_account_here(environment, &desk.provider.id, key, &all_ends(key)).await.expect("destroyed");
    }
    let (store, again) = disk.restored(&made.path, &desk.folder).await.expect("restored");
    assert!(!GONE.found_in(&again.bytes()).is_empty(), "the copy is older than the destruction");
    store.settle_restored(10, &environment.store.sequences().await.expect("read")).await.expect("safe");
    let there = Environment::new(
        store,
        ProductClock::starting_at(environment.now()),
        environment.transport.clone(),
        environment.installation.clone(),
    );
    // The line of the account alone is enough.
    let stones: Vec<_> = read_tombstones(&list).expect("read");
    let of_accounts: Vec<_> = stones.into_iter().filter(|stone| stone.person.is_empty()).collect();
    assert_eq!(of_accounts.len(), 2);
    assert_eq!(replay_tombstones(&there, &of_accounts).await.expect("replayed"), 1);
    assert_eq!(replay_tombstones(&there, &of_accounts).await.expect("replayed"), 0, "once is enough");
    scrub(&there, PageScrub::Whole).await.expect("clean");
    assert_eq!(GONE.found_in(&again.bytes()), BTreeSet::new());
    assert!(!KEPT.found_in(&again.bytes()).is_empty());
    assert!(there.store.verify_all(|_| {}).await.expect("read").is_empty());
    there.store.put_account(&late).await.expect("ignored");
    assert!(there.store.account_by_key(&desk.provider.id, "tard").await.expect("read").is_none());
}

fn all_ends(key: &str) -> DestructionAsked {
    DestructionAsked { confirm: key.to_owned(), close_requests: true, end_contracts: true }
}

async fn a_destruction_that_broke_off_is_gone_on_with(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    planted(&desk, &GONE, 1).await;
    planted(&desk, &KEPT, 2).await;
    settle(environment).await.expect("rounds");
    // Requests are emptied, then the store fails before anybody is erased.
    disk.tamper("ALTER TABLE erasure RENAME TO elsewhere");
    let asked = all_ends("zqerase-sa");
    assert!(destroy_account_here(environment, provider, "zqerase-sa", &asked).await.is_err());
    disk.tamper("ALTER TABLE elsewhere RENAME TO erasure");
    let known = store.account_erasures(provider).await.expect("read");
    assert_eq!((known.len(), known[0].done_at, &known[0].certificate), (1, None, &None));
    assert!(store.open_of_account(provider, AccountId(1), 9).await.expect("read").is_empty(), "it had begun");
    assert!(store.account_by_key(provider, "zqerase-sa").await.expect("read").is_some(), "and is not done");
    assert_eq!(resume_destructions(environment).await.expect("gone on with"), 1);
    assert_eq!(resume_destructions(environment).await.expect("done"), 0);
    scrub(environment, PageScrub::Whole).await.expect("clean");
    assert_eq!(GONE.found_in(&disk.bytes()), BTreeSet::new());
    assert!(!KEPT.found_in(&disk.bytes()).is_empty());
    let rows = list_destructions(environment, &desk.administrator().await).await.expect("listed");
    let (certificate, _) = rows[0].certificate.as_ref().expect("a certificate");
    let counts = certificate.destroyed;
    assert_eq!((counts.requests, counts.closed, counts.people, counts.ended), (3, 2, 3, 1), "{counts:?}");
    assert!(counts.texts > 8 && counts.files >= 4, "what went before it broke off counts: {counts:?}");
    assert!(store.verify_all(|_| {}).await.expect("read").is_empty());
}

async fn accounts_are_for_those_who_keep_privacy(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let (gone, leaving, numbers) = planted(&desk, &GONE, 1).await;
    planted(&desk, &KEPT, 2).await;
    let (admin, manager) = (desk.administrator().await, desk.viewer(7).await);
    for (token, person) in [("fresh", 40), ("theirs", 30), ("other", 31)] {
        desk.signed_in(token, person, 0).await;
    }
    let key = "zqerase-sa";
    let standing = |role| Standing { account: AccountId(1), role };
    environment
        .store
        .put_standing(&desk.provider.id, leaving.person.id, standing(AccountRole::Manager))
        .await
        .expect("stored");
    let (theirs, other) = (desk.viewer(30).await, desk.viewer(31).await);
    for (who, session, is_let) in [
        (&admin, Some("fresh"), true),
        (&admin, Some("old"), false),
        (&admin, None, false),
        (&manager, Some("fresh"), false),
        (&theirs, Some("theirs"), true),
        (&theirs, None, false),
        (&leaving, Some("theirs"), false),
        (&other, Some("other"), false),
    ] {
        let export = export_account(environment, who, session, key).await;
        assert_eq!(export.is_ok(), is_let, "{:?} {session:?}: {:?}", who.person.id, export.err());
        let is_admin = who.person.id == admin.person.id;
        if !(is_admin && is_let) {
            let destroyed = destroy_account(environment, who, session, key, &all_ends(key)).await;
            assert!(destroyed.is_err(), "{:?} {session:?}", who.person.id);
        }
        if !is_admin {
            assert!(list_destructions(environment, who).await.is_err());
            assert!(operations::account_for_privacy(environment, who, key).await.is_err());
        }
    }
    // A note that was blacked out is a note still.
    let lead = Viewer { via: Via::Token { scopes: vec![Scope::Read, Scope::Write] }, ..desk.viewer(2).await };
    let view = view_ticket(environment, &lead, &numbers[0]).await.expect("shown");
    let is_note = |body: &Option<String>| body.as_deref().is_some_and(|body| body.starts_with("vu avec"));
    let note = view.messages.iter().find(|message| is_note(&message.body)).expect("a note");
    let passage = Some("avec".to_owned());
    let redaction = operations::Redaction { message: note.id, passage, found: false, file: None };
    operations::redact(environment, &lead, None, &numbers[0], &redaction, None).await.expect("blacked out");
    // The customer's own takes what they are shown: no note between colleagues, no time spent, nothing of a colleague's
    // own, and no file that only colleagues see.
    let export = export_account(environment, &theirs, Some("theirs"), key).await.expect("begun");
    let entries = unpacked(export).await;
    let whole: Vec<u8> = entries.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes].concat()).collect();
    let text = String::from_utf8_lossy(&whole);
    assert!(text.contains(&numbers[0]) && text.contains("Bonjour"), "what was written to and fro");
    assert!(text.contains("\"redacted\""), "that something was blacked out is told");
    for hidden in [
        "vu avec",
        "vu ▮",
        "\"renamed\"",
        "between_colleagues",
        "time_logged",
        "\"checks\"",
        "people/",
        "message.eml",
    ] {
        assert!(!text.contains(hidden), "{hidden}");
    }
    assert_eq!(KEPT.found_in(&whole), BTreeSet::new());
    // The account is looked at before, and says what is in the way.
    let view = operations::account_for_privacy(environment, &admin, key).await.expect("shown");
    assert_eq!((view.people, view.open.len(), view.running.len(), view.is_under_way), (3, 2, 1, false));
    assert_eq!(gone.account, view.id);
    let found = operations::find_accounts(environment, &admin, "ZQÉRASE").await.expect("found");
    assert_eq!(found.len(), 1, "{found:?}");
    destroy_account(environment, &admin, Some("fresh"), key, &all_ends(key)).await.expect("destroyed");
    let rows = list_destructions(environment, &admin).await.expect("listed");
    assert_eq!(rows[0].asked_by.as_deref(), Some("Ada"));
    assert!(operations::find_accounts(environment, &admin, "erased").await.expect("found").is_empty());
}

fn hexadecimal_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn every_column_is_registered(desk: Desk, _: Disk) {
    let wrong = operations::unregistered(&desk.environment).await.expect("read");
    assert!(wrong.is_empty(), "class these in crates/operations/register.toml: {wrong:?}");
    for table in operations::register() {
        for language in [words::Language::French, words::Language::English] {
            for key in
                [format!("register-purpose-{}", table.purpose), format!("register-kept-{}", table.kept)]
            {
                assert!(words::has_text(language, &key), "{key}");
            }
        }
    }
}

async fn a_signed_checkpoint_names_what_was_lost(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let file = desk.folder.path().join("checkpoints.jsonl");
    let seal = operations::Seal::new(&operations::new_sealing_key(), Some(file.clone())).expect("a key");
    let key = seal.public_key();
    environment.seal_days_with(seal);
    let other = operations::Seal::new(&operations::new_sealing_key(), None).expect("a key").public_key();
    let maude = desk.viewer(3).await;
    let ask = async |subject: &str| {
        let new = NewRequest {
            channel: "portal".to_owned(),
            subject: subject.to_owned(),
            body: "Bonjour".to_owned(),
            ..NewRequest::default()
        };
        open_ticket(environment, &maude, new).await.expect("opened").number
    };
    ask("Une").await;
    assert!(operations::seal_day(environment).await.expect("sealed"));
    assert!(!operations::seal_day(environment).await.expect("asked"), "once a day");
    for (day, subject) in [("2026-08-15T19:00:00-04:00", "Deux"), ("2026-08-16T20:00:00-04:00", "Trois")] {
        desk.go_to(day).await;
        ask(subject).await;
        assert!(operations::seal_day(environment).await.expect("sealed"));
    }
    let text = std::fs::read_to_string(&file).expect("written");
    assert_eq!(text.lines().count(), 3);
    let store = &environment.store;
    let flaws = async |text: &str, key: &str| {
        operations::verify_checkpoints(store, text, key).await.expect("verified").join("\n")
    };
    assert_eq!(flaws(&text, &key).await, "");
    assert!(flaws(&text, &other).await.contains("checkpoint 1 is not signed by this key"));
    assert!(flaws("", &key).await.contains("no checkpoint"));
    let lines: Vec<&str> = text.lines().collect();
    let skipped = format!("{}\n{}\n", lines[0], lines[2]);
    assert!(flaws(&skipped, &key).await.contains("checkpoint 3 does not follow from 1"));
    let bent = text.replacen("\"checkpoint\":2", "\"checkpoint\":2 ", 1);
    assert!(flaws(&bent, &key).await.contains("checkpoint 2 is not signed by this key"));
    // More is written since, and what was sealed still stands.
    ask("Quatre").await;
    assert_eq!(flaws(&text, &key).await, "");

    let last: serde_json::Value =
        serde_json::from_str(lines[2].split('\t').next().expect("a statement")).expect("JSON");
    let end = last["providers"]["orvane"][0].as_i64().expect("a place");
    disk.tamper("UPDATE checkpoint SET line = replace(line, 'checkpoint', 'Checkpoint') WHERE number = 2");
    assert!(flaws(&text, &key).await.contains("checkpoint 2"), "a replaced checkpoint is named");
    disk.tamper(&format!("DELETE FROM log WHERE position >= {end}"));
    assert!(
        flaws(&text, &key).await.contains(&format!("commit {end} of checkpoint 3 is gone")),
        "a cut tail"
    );
    disk.tamper("DELETE FROM log WHERE position = 1");
    assert!(flaws(&text, &key).await.contains("commit 1 of checkpoint 1 is gone"), "a removed request");
    disk.tamper("UPDATE log SET hash = previous WHERE position = 2");
    assert!(flaws(&text, &key).await.contains("checkpoint"), "a changed row");
}

async fn a_signed_checkpoint_names_what_was_done_to_the_journal(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    let file = desk.folder.path().join("checkpoints.jsonl");
    let seal = operations::Seal::new(&operations::new_sealing_key(), Some(file.clone())).expect("a key");
    let key = seal.public_key();
    environment.seal_days_with(seal);
    let gone = Gardener::of(&desk, &GONE);
    gone.person(30).await;
    let write = async |deed: &str, person: u128, count: u128| {
        let rows: Vec<AuditEntry> = (0..count)
            .map(|place| AuditEntry {
                provider: provider.clone(),
                id: (u128::from(environment.now().milliseconds().unsigned_abs()) << 80) + place,
                at: environment.now().plus_milliseconds(i64::try_from(place / 3).expect("small")),
                person: Some(PersonId(person)),
                deed: deed.to_owned(),
                object: format!("POST /{deed}/{place}"),
                outcome: "done".to_owned(),
                network: "192.0.2.0/24".to_owned(),
            })
            .collect();
        store.append_audit(&rows, || [9; 16]).await.expect("written");
    };
    // More than a page of rows, several at one moment.
    write("first", 1, 4_500).await;
    assert!(operations::seal_day(environment).await.expect("sealed"));
    let sealed = || std::fs::read_to_string(&file).expect("written");
    let flaws = async || {
        let mut found = operations::verify_checkpoints(store, &sealed(), &key).await.expect("verified");
        found.extend(operations::verify_journals(store).await.expect("verified"));
        found.sort();
        found.dedup();
        found.join("\n")
    };
    assert!(!sealed().contains("2026-08-14\":["), "a day that is not over is not sealed");
    for (day, deed) in [("2026-08-15T19:00:00-04:00", "second"), ("2026-08-16T20:00:00-04:00", "third")] {
        desk.go_to(day).await;
        write(deed, 30, 3).await;
        assert!(operations::seal_day(environment).await.expect("sealed"));
    }
    desk.go_to("2026-08-17T21:00:00-04:00").await;
    assert!(operations::seal_day(environment).await.expect("sealed"));
    assert!(sealed().contains("\"2026-08-14\":[4503,"), "{}", sealed());
    assert_eq!(flaws().await, "");
    // What an erasure takes out of the journal is no flaw.
    erase_person_here(environment, provider, PersonId(30), false).await.expect("erased");
    let rows = store.audit_of_person(provider, PersonId(30), None, 10).await.expect("read");
    assert!(rows.len() > 3 && rows.iter().all(|row| row.network.is_empty()));
    assert_eq!(flaws().await, "");
    // Somebody who may write to the file does it without being asked.
    disk.tamper(
        "UPDATE audit SET salt = NULL, network = '' WHERE deed = 'first' AND object = 'POST /first/7'",
    );
    let told = flaws().await;
    assert!(told.contains("lost what it says, and nobody in it was erased"), "{told}");
    disk.tamper("UPDATE audit SET outcome = 'failed' WHERE object = 'POST /first/4400'");
    let told = flaws().await;
    assert!(told.contains("of the journal (first, 2026-08-14T21:59:5"), "the row is named: {told}");
    assert!(told.contains("was altered"), "{told}");
    // A row that proves itself anew is not the one that was sealed.
    let copy = match &disk {
        Disk::Sqlite(_) => "randomblob(32)",
        Disk::Postgres(_) => "decode(md5('a') || md5('b'), 'hex')",
    };
    disk.tamper(&format!("UPDATE audit SET hash = {copy} WHERE object = 'POST /first/9'"));
    let told = flaws().await;
    assert!(told.contains("rows of the journal of 2026-08-14 are not as checkpoint 2 saw them"), "{told}");
    disk.tamper("DELETE FROM audit WHERE object IN ('POST /second/1', 'POST /third/0', 'POST /third/2')");
    let told = flaws().await;
    assert!(told.contains("1 of 3 rows of the journal of 2026-08-15 in checkpoint 3 are gone"), "{told}");
    assert!(told.contains("2 of 3 rows of the journal of 2026-08-17 in checkpoint 4 are gone"), "{told}");
    // A certificate that no retention gives covers nothing.
    write("outlived", 1, 1).await;
    disk.tamper(
        "UPDATE audit SET object = 'journal 4 < 2026-08-17T00:00:00Z' WHERE object = 'POST /outlived/0'",
    );
    assert!(flaws().await.contains("checkpoint 3 are gone"));
}

/// Days that went because they were kept long enough are no flaw, and those that are left verify.
async fn a_journal_that_was_kept_long_enough_still_verifies(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    let file = desk.folder.path().join("checkpoints.jsonl");
    let seal = operations::Seal::new(&operations::new_sealing_key(), Some(file.clone())).expect("a key");
    let key = seal.public_key();
    environment.seal_days_with(seal);
    operations::forget_outlived(environment).await.expect("the default is known");
    for (place, day) in
        ["2026-08-14T23:00:00-04:00", "2026-12-15T19:00:00-04:00", "2027-09-16T20:00:00-04:00"]
            .iter()
            .enumerate()
    {
        desk.go_to(day).await;
        let entry = AuditEntry {
            provider: provider.clone(),
            id: u128::from(environment.now().milliseconds().unsigned_abs()) << 80,
            at: environment.now(),
            person: Some(PersonId(1)),
            deed: "open".to_owned(),
            object: format!("POST /{place}"),
            outcome: "done".to_owned(),
            network: "192.0.2.0/24".to_owned(),
        };
        store.append_audit(&[entry], || [9; 16]).await.expect("written");
        operations::seal_day(environment).await.expect("sealed");
    }
    operations::forget_outlived(environment).await.expect("forgotten");
    desk.go_to("2027-09-18T20:00:00-04:00").await;
    operations::seal_day(environment).await.expect("sealed");
    let left = store.audit(provider, None, 50).await.expect("read");
    let left: Vec<&str> =
        left.iter().filter(|row| row.deed == "open").map(|row| row.object.as_str()).collect();
    assert_eq!(left, ["POST /2", "POST /1"]);
    let flaws = async || {
        let text = std::fs::read_to_string(&file).expect("written");
        operations::verify_checkpoints(store, &text, &key).await.expect("verified").join("\n")
    };
    assert_eq!(flaws().await, "");
    disk.tamper("DELETE FROM audit WHERE object = 'POST /1'");
    assert!(flaws().await.contains("1 of 1 rows of the journal of 2026-12-15"), "{}", flaws().await);
}

async fn what_is_kept_as_proof_is_never_changed(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let gone = Gardener::of(&desk, &GONE);
    let leaving = gone.person(30).await;
    gone.request(&leaving).await;
    let forbidden = [
        "UPDATE log SET at = at + 1",
        "DELETE FROM log",
        "UPDATE audit SET deed = 'nothing'",
        "UPDATE audit SET network = ''",
        "DELETE FROM audit",
        "UPDATE look SET object = 'nothing'",
        "UPDATE look SET network = ''",
        "DELETE FROM look",
        "UPDATE checkpoint SET number = 0",
        "DELETE FROM checkpoint",
        "DELETE FROM erasure",
        "UPDATE entry_version SET body = ''",
        "UPDATE entry_version SET number = 9",
        "DELETE FROM entry_version",
        "UPDATE account_erasure SET plan = ''",
        "DELETE FROM account_erasure",
    ];
    // A trigger speaks up for a row alone: each table has one.
    let seen = Look {
        provider: desk.provider.id.clone(),
        person: PersonId(30),
        what: "request".to_owned(),
        object: "ORV-1".to_owned(),
        at: environment.now(),
        way: "session".to_owned(),
        network: "192.0.2.0/24".to_owned(),
    };
    environment.store.append_looks(&[seen]).await.expect("stored");
    let setting = store::Entry {
        provider: desk.provider.id.clone(),
        kind: "reply".to_owned(),
        key: "bonjour".to_owned(),
        body: "Bonjour".to_owned(),
        changed_at: environment.now(),
        changed_by: PersonId(30),
    };
    environment.store.put_entry(&setting).await.expect("stored");
    environment.store.append_checkpoint(1, "a line").await.expect("stored");
    erase_person_here(environment, &desk.provider.id, PersonId(5), false).await.expect("erased");
    destroy_account_here(environment, &desk.provider.id, "montrosier", &all_ends("montrosier"))
        .await
        .expect("destroyed");
    match &disk {
        Disk::Sqlite(path) => {
            for sql in forbidden {
                let behind = rusqlite::Connection::open(path).expect("opened");
                let told = behind.execute_batch(sql).expect_err("refused").to_string();
                assert!(told.contains("never"), "{sql}: {told}");
            }
            // The deed that may takes the network out, and leaves the way closed.
            erase_person_here(environment, &desk.provider.id, PersonId(30), false).await.expect("erased");
        }
        Disk::Postgres(url) => {
            let role = format!("app_{}", url.rsplit('_').next().expect("a name"));
            Postgres::query(url, &format!("CREATE ROLE {role} LOGIN"));
            environment.store.grant(&role).await.expect("granted");
            let theirs = url.replacen("postgres@", &format!("{role}@"), 1);
            let role_changes = [
                format!("ALTER ROLE {role} SUPERUSER"),
                format!("ALTER ROLE {role} CREATEROLE"),
                format!("GRANT postgres TO {role}"),
            ];
            let tables =
                ["log", "audit", "look", "checkpoint", "erasure", "account_erasure", "entry_version"];
            let of_tables = tables.iter().flat_map(|table| {
                [
                    format!("TRUNCATE {table}"),
                    format!("DROP TABLE {table}"),
                    format!("ALTER TABLE {table} ADD COLUMN mine int"),
                    format!("ALTER TABLE {table} OWNER TO {role}"),
                ]
            });
            let others = [
                "CREATE TABLE mine (a int)",
                "CREATE SCHEMA mine",
                "CREATE ROLE mine",
                "SET ROLE postgres",
                "UPDATE schema_migrations SET version = 0",
                "UPDATE erasure SET person = ''",
                "ALTER FUNCTION forget_looks RENAME TO forgotten",
                "COPY log TO PROGRAM 'cat'",
                "SELECT pg_read_file('/etc/passwd')",
            ];
            let forbidden = forbidden.into_iter().filter(|sql| !sql.starts_with("UPDATE look SET network"));
            let all = forbidden.chain(others).map(str::to_owned).chain(of_tables).chain(role_changes);
            for sql in all {
                let refused = std::panic::catch_unwind(|| Postgres::query(&theirs, &sql));
                let told = refused.expect_err(&sql);
                let told = told.downcast_ref::<String>().expect("psql says why").clone();
                let is_for_rights =
                    ["permission denied", "must be owner", "must be superuser", "must have admin"]
                        .iter()
                        .any(|reason| told.contains(reason));
                assert!(is_for_rights, "{sql}: {told}");
            }
            // The role does all that the application does.
            let config = PostgresConfig { url: theirs, pool_size: 4 };
            let store = Database::open_postgres(&config).await.expect("opened without owning");
            let environment = Environment::new(
                store,
                ProductClock::starting_at(environment.now()),
                environment.transport.clone(),
                environment.installation.clone(),
            );
            let new = NewRequest {
                channel: "portal".to_owned(),
                subject: "Encore".to_owned(),
                body: "Bonjour".to_owned(),
                ..NewRequest::default()
            };
            open_ticket(&environment, &leaving, new).await.expect("opened");
            erase_person_here(&environment, &desk.provider.id, PersonId(30), false).await.expect("erased");
            // The server would only warn, and skip what the role does not own.
            let told = format!("{:?}", scrub(&environment, PageScrub::Online).await.expect_err("not theirs"));
            assert!(told.contains("only the owner may clean") && told.contains("content"), "{told}");
            let erasures = environment.store.erasures(&desk.provider.id).await.expect("read");
            assert!(erasures.iter().all(|erasure| erasure.scrubbed_at.is_none()), "{erasures:?}");
        }
    }
    let rows =
        environment.store.audit_of_person(&desk.provider.id, PersonId(30), None, 10).await.expect("read");
    assert!(!rows.is_empty() && rows.iter().all(|row| row.network.is_empty()), "{rows:?}");
    assert!(environment.store.verify_all(|_| {}).await.expect("read").is_empty());
}

async fn colleagues_keep_what_they_answered_and_rights_are_asked(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let admin = desk.administrator().await;
    desk.signed_in("fresh", 40, 0).await;
    let (manager, maude) = (desk.viewer(7).await, desk.viewer(3).await);
    let new = NewRequest {
        channel: "portal".to_owned(),
        subject: "Panne".to_owned(),
        body: "Rien ne va".to_owned(),
        ..NewRequest::default()
    };
    let number = open_ticket(environment, &maude, new).await.expect("opened").number;
    let agent = desk.viewer(6).await;
    command_ticket(environment, &agent, &number, reply("Voici la marche à suivre", Vec::new()), None)
        .await
        .expect("done");

    let of = PersonId(6);
    for refused in [
        erase_person(environment, &manager, Some("fresh"), of, false).await,
        erase_person(environment, &maude, Some("fresh"), of, false).await,
        erase_person(environment, &admin, Some("old"), of, false).await,
        erase_person(environment, &admin, None, of, false).await,
        erase_person(environment, &admin, Some("fresh"), admin.person.id, false).await,
        erase_person(environment, &admin, Some("fresh"), PersonId(999), false).await,
    ] {
        assert!(refused.is_err());
    }
    assert_eq!(find_people(environment, &admin, "IDA").await.expect("found").len(), 1);
    assert!(find_people(environment, &manager, "IDA").await.is_err());
    erase_person(environment, &admin, Some("fresh"), of, false).await.expect("erased");
    assert!(find_people(environment, &admin, "IDA").await.expect("found").is_empty());
    let rows = list_erasures(environment, &admin).await.expect("listed");
    assert_eq!((rows.len(), rows[0].is_identity_alone, rows[0].scrubbed_at), (1, true, None));
    assert_eq!(rows[0].asked_by.as_deref(), Some("Ada"));
    let view = view_ticket(environment, &admin, &number).await.expect("shown");
    assert!(view.messages.iter().any(|message| message.body.as_deref() == Some("Voici la marche à suivre")));
    let page = format!("{view:?}");
    assert!(!page.contains("Ida") && page.contains("Personne effacée"));
    scrub(environment, PageScrub::Online).await.expect("clean");
    assert!(list_erasures(environment, &admin).await.expect("listed")[0].scrubbed_at.is_some());
}

/// A colleague who goes with what they wrote takes the subject of what they opened for others out of lists as well.
async fn a_colleague_who_goes_with_texts_leaves_no_subject(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let new = NewRequest {
        contact: Some(desk.viewer(3).await.person.email.clone()),
        channel: "phone".to_owned(),
        subject: "Panne zqsujet".to_owned(),
        body: "Au téléphone".to_owned(),
        ..NewRequest::default()
    };
    let number = open_ticket(environment, &desk.viewer(6).await, new).await.expect("opened").number;
    let agent = desk.viewer(1).await;
    let found = async || {
        let text = Some("zqsujet".to_owned());
        let view = operations::QueueKind::All;
        let filter = QueueFilter { view, text, limit: 50, ..QueueFilter::default() };
        list_tickets(environment, &agent, &filter).await.expect("searched").rows.len()
    };
    assert_eq!(found().await, 1);
    erase_person_here(environment, &desk.provider.id, PersonId(6), true).await.expect("erased");
    let view = view_ticket(environment, &agent, &number).await.expect("shown");
    assert_eq!((view.subject.as_str(), found().await), ("(objet effacé)", 0));
    assert!(environment.store.verify_all(|_| {}).await.expect("read").is_empty());
}

/// The list of erasures says it anew where a colleague whose name alone had gone loses their texts too, on another node.
async fn the_list_says_how_far_an_erasure_went(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let list = desk.folder.path().join("erasures.jsonl");
    environment.keep_tombstones_in(list.clone());
    let elsewhere = Environment::new(
        environment.store.clone(),
        ProductClock::starting_at(environment.now()),
        environment.transport.clone(),
        environment.installation.clone(),
    );
    for (node, with_texts) in [(environment.as_ref(), false), (&elsewhere, true)] {
        erase_person_here(node, &desk.provider.id, PersonId(6), with_texts).await.expect("erased");
    }
    assert_eq!(complete_tombstones(environment).await.expect("written"), 1);
    assert_eq!(complete_tombstones(environment).await.expect("written"), 0, "once is enough");
    let stones = read_tombstones(&list).expect("read");
    let extents: Vec<&str> = stones.iter().map(|stone| stone.extent.as_str()).collect();
    assert_eq!(extents, ["identity", "everything"]);
}

/// Whoever has an address that another's ends or begins with is somebody else: nothing of theirs is handed over, and
/// nothing goes, the second time neither.
async fn an_address_within_another_is_somebody_elses(desk: Desk, _: Disk) {
    let environment = &desk.environment;
    let (store, provider) = (&environment.store, &desk.provider.id);
    let marie = Person {
        id: PersonId(30),
        name: "Marie".to_owned(),
        email: "marie@acme.example".to_owned(),
        ..(*desk.viewer(3).await.person).clone()
    };
    store.put_person(&marie).await.expect("stored");
    let neighbours = ["anne-marie@acme.example", "marie@acme.example.org"];
    let mut theirs = Vec::new();
    for (place, address) in neighbours.into_iter().enumerate() {
        let letter = format!(
            "From: {address}\nTo: aide@orvane.example\nSubject: Imprimante {place}\n\
             Message-ID: <{place}-{address}>\n\nElle clignote\n"
        );
        let Received::Opened(number) = desk.receive(&letter, true).await else {
            panic!("it opens a request")
        };
        let id = store.ticket_by_number(&number).await.expect("read").expect("stands").1;
        theirs.push((number, store.thread_keys_of(provider, id, environment.now()).await.expect("read"), id));
        let kept = KeptLetter {
            digest: [u8::try_from(place).expect("small"); 32],
            mailbox: "aide@orvane.example".to_owned(),
            why: "loop".to_owned(),
            sender: format!("<{address}>"),
            subject: "Absence".to_owned(),
            received_at: environment.now(),
        };
        let bytes = format!("From: {address}\r\n\r\nabsent");
        store.keep_letter(provider, &kept, bytes.as_bytes()).await.expect("kept");
    }
    let nowhere = format!("http://127.0.0.1:{}/", free_port());
    make_webhook(environment, &desk.viewer(7).await, &nowhere, &["*".to_owned()]).await.expect("made");
    let webhook = store.webhooks(provider).await.expect("read").remove(0);
    let told = neighbours.map(|address| NewDelivery {
        id: format!("msg_{address}"),
        kind: "ticket.opened".to_owned(),
        payload: format!("{{\"to\":\"{address}\"}}"),
    });
    store.queue_deliveries(&webhook, webhook.position, &told, environment.now()).await.expect("queued");

    let export = operations::export_person_here(environment, provider, marie.id).await.expect("begun");
    let names: Vec<String> = unpacked(export).await.into_iter().map(|(name, _)| name).collect();
    let is_of_others = |name: &&String| name.starts_with("requests/") || name.starts_with("letters/");
    assert_eq!(names.iter().find(is_of_others), None, "{names:?}");
    for _ in 0..2 {
        let report = erase_person_here(environment, provider, marie.id, false).await.expect("erased");
        assert_eq!((report.requests.len(), report.texts), (0, 0), "{report:?}");
        for (place, (number, keys, id)) in theirs.iter().enumerate() {
            let view = view_ticket(environment, &desk.viewer(1).await, number).await.expect("shown");
            assert_eq!(view.subject, format!("Imprimante {place}"));
            assert!(view.messages[0].body.is_some(), "{number}");
            assert!(!keys.is_empty());
            assert_eq!(&store.thread_keys_of(provider, *id, environment.now()).await.expect("read"), keys);
        }
        assert_eq!(store.kept_letters(provider, 10).await.expect("read").len(), 2);
        assert_eq!(store.deliveries(provider, webhook.id, None, 10).await.expect("read").len(), 2);
    }
}

async fn with_words(store: Database, folder: harness::TemporaryFolder) -> Desk {
    let transport = Transport::Maildir(MaildirTransport::new(folder.join("outgoing")));
    desk_under(store, folder, transport, WITH_WORDS, &parameters()).await
}

async fn on_sqlite() -> (Desk, Disk) {
    let (store, folder, disk) = Disk::sqlite("privacy").await;
    (with_words(store, folder).await, disk)
}

async fn on_postgres() -> (Desk, Disk) {
    let (store, folder, disk) = Disk::postgres("privacy").await;
    (with_words(store, folder).await, disk)
}

macro_rules! on_both {
    ($($deed:ident => $sqlite:ident, $postgres:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $sqlite() {
                let (desk, disk) = on_sqlite().await;
                $deed(desk, disk).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $postgres() {
                let (desk, disk) = on_postgres().await;
                $deed(desk, disk).await;
            }
        )*
    };
}

on_both! {
    keys_of_an_erased_person_go_and_leave_those_of_others => keys_sqlite, keys_postgres;
    an_export_is_complete_and_holds_nothing_of_others => exported_sqlite, exported_postgres;
    an_account_is_exported_whole_and_without_others => account_exported_sqlite, account_exported_postgres;
    a_destroyed_account_is_nowhere_and_others_are_whole => account_destroyed_sqlite, account_destroyed_postgres;
    a_restored_backup_destroys_the_account_again => account_restored_sqlite, account_restored_postgres;
    a_destruction_that_broke_off_is_gone_on_with => account_resumed_sqlite, account_resumed_postgres;
    accounts_are_for_those_who_keep_privacy => account_rights_sqlite, account_rights_postgres;
    every_column_is_registered => registered_sqlite, registered_postgres;
    a_signed_checkpoint_names_what_was_lost => sealed_sqlite, sealed_postgres;
    a_signed_checkpoint_names_what_was_done_to_the_journal => journal_sealed_sqlite, journal_sealed_postgres;
    a_journal_that_was_kept_long_enough_still_verifies => journal_outlived_sqlite, journal_outlived_postgres;
    what_is_kept_as_proof_is_never_changed => proof_sqlite, proof_postgres;
    a_restored_backup_forgets_whom_it_had_to => restored_sqlite, restored_postgres;
    an_erased_person_is_nowhere_and_others_are_whole => erased_sqlite, erased_postgres;
    colleagues_keep_what_they_answered_and_rights_are_asked => colleagues_sqlite, colleagues_postgres;
    a_colleague_who_goes_with_texts_leaves_no_subject => no_subject_sqlite, no_subject_postgres;
    what_was_erased_is_cleaned_by_itself => cleaned_sqlite, cleaned_postgres;
    the_list_says_how_far_an_erasure_went => how_far_sqlite, how_far_postgres;
    an_address_within_another_is_somebody_elses => neighbours_sqlite, neighbours_postgres;
}

const SLEEPING: &str = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";

/// SQL that goes on in a transaction, on a connection of another program, until it is ended.
fn going_on(url: &str, sql: &str) -> std::thread::JoinHandle<()> {
    let (whose, sql) =
        (url.to_owned(), format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {sql}; SELECT pg_sleep(100)"));
    let held = std::thread::spawn(move || drop(Postgres::query(&whose, &sql)));
    while Postgres::query(url, &format!("SELECT count(*) {SLEEPING}")) == "0" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    held
}

/// Whoever reads here since before, and whoever writes anywhere on the server, is waited for: for them the server would
/// keep what was erased, and say nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_transactions_are_waited_for_postgres() {
    let (desk, disk) = on_postgres().await;
    let Disk::Postgres(url) = &disk else { panic!("a server") };
    let environment = &desk.environment;
    let (gone, kept) = (Gardener::of(&desk, &GONE), Gardener::of(&desk, &KEPT));
    for (gardener, id) in [(&gone, 30), (&kept, 31)] {
        let person = gardener.person(id).await;
        gardener.request(&person).await;
        gardener.letter(&person).await;
    }
    settle(environment).await.expect("rounds");
    let kept_before = kept_while_both_stand(&disk);
    let elsewhere = Postgres::shared().fresh_database();
    let held = [
        going_on(url, "SELECT count(*) FROM content"),
        going_on(&elsewhere, "CREATE TABLE other (n integer)"),
    ];
    erase_person_here(environment, &desk.provider.id, PersonId(30), false).await.expect("erased");

    let (store, now) = (&environment.store, environment.now());
    let impatient = std::time::Duration::from_millis(300);
    let early = store.scrub(store::Scrub::Whole, impatient, now).await;
    let Err(store::StoreError::Held { by }) = early else { panic!("{early:?}") };
    assert!(by.contains("psql (process ") && by.contains(", role postgres, database test_"), "{by}");
    assert!(store.is_left_to_clean().await.expect("read"));
    let erasures = list_erasures(environment, &desk.administrator().await).await.expect("read");
    assert!(erasures[0].scrubbed_at.is_none());
    let places = [url.clone(), elsewhere];
    let ending = std::thread::spawn(move || {
        for place in places {
            std::thread::sleep(std::time::Duration::from_secs(1));
            Postgres::query(&place, &format!("SELECT pg_terminate_backend(pid) {SLEEPING}"));
        }
    });
    scrub(environment, PageScrub::Whole).await.expect("clean");

    one_is_gone_and_the_other_whole(&disk, &kept_before, "what others still saw");
    assert!(!store.may_hold_erased().await.expect("read"));
    ending.join().expect("both were ended");
    for held in held {
        held.join().expect_err("it was ended in the middle");
    }

    // A table that is large is not written anew while everybody works, and nothing is noted as clean.
    store.leave_to_clean().await.expect("written");
    let patience = std::time::Duration::from_secs(60);
    let too_large = store.scrub(store::Scrub::Online { anew_up_to: 0 }, patience, now).await.expect("clean");
    assert!(too_large.contains(&"content") && too_large.contains(&"search_part"), "{too_large:?}");
    let (is_left, may_hold) = (store.is_left_to_clean().await, store.may_hold_erased().await);
    assert_eq!((is_left, may_hold), (Ok(false), Ok(true)));
    scrub(environment, PageScrub::Online).await.expect("clean");
    assert!(!store.may_hold_erased().await.expect("read"));
}

/// Nobody asks for it, and a crash in between makes nothing forgotten: what was erased is noted with what is erased.
async fn what_was_erased_is_cleaned_by_itself(desk: Desk, disk: Disk) {
    let environment = &desk.environment;
    let gone = Gardener::of(&desk, &GONE);
    let person = gone.person(30).await;
    gone.request(&person).await;
    erase_person_here(environment, &desk.provider.id, PersonId(30), false).await.expect("erased");
    let clean = async || {
        let erasures = environment.store.erasures(&desk.provider.id).await.expect("read");
        erasures.iter().all(|erasure| erasure.scrubbed_at.is_some())
    };
    settle(environment).await.expect("rounds");
    assert!(!clean().await && environment.store.is_left_to_clean().await.expect("read"));

    let (stop, stopped) = tokio::sync::watch::channel(false);
    let rounds = tokio::spawn(operations::Rounds::run(Arc::clone(environment), stopped));
    let wait = async {
        while !clean().await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), wait).await.expect("it is cleaned");
    stop.send(true).expect("they run");
    rounds.await.expect("they end");
    assert!(!environment.store.may_hold_erased().await.expect("read"));
    assert_eq!(GONE.found_in(&disk.bytes()), BTreeSet::new());
}

/// A store that fails for a while takes what happened meanwhile once it is back, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_journal_waits_for_a_store_that_fails_sqlite() {
    let (desk, disk) = on_sqlite().await;
    let (environment, provider) = (&desk.environment, desk.provider.id.clone());
    let note = |object: &str| {
        let outcome = operations::DeedOutcome::Refused;
        let deed = operations::Deed {
            provider: &provider,
            person: None,
            deed: "sign_in",
            object,
            outcome,
            network: "192.0.2.0/24",
        };
        operations::note_deed(environment, &deed);
    };
    let rows = async || {
        let kept = environment.store.audit(&provider, None, 10).await.expect("read");
        kept.into_iter().map(|row| row.object).collect::<Vec<_>>()
    };
    note("first");
    operations::write_journal(environment).await.expect("written at once, as when the program ends");
    assert_eq!(rows().await, ["first"]);
    disk.tamper("ALTER TABLE audit RENAME TO elsewhere");
    note("second");
    assert!(operations::write_journal(environment).await.is_err());
    note("third");
    disk.tamper("ALTER TABLE elsewhere RENAME TO audit");
    for _ in 0..200 {
        if rows().await.len() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(rows().await, ["third", "second", "first"]);
}

/// The same of who saw what.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn looks_wait_for_a_store_that_fails_sqlite() {
    let (desk, disk) = on_sqlite().await;
    let (environment, provider) = (&desk.environment, desk.provider.id.clone());
    let note = |object: &str| {
        let (sight, network) = (operations::Sight::Request, "192.0.2.0/24");
        let (person, via) = (PersonId(1), &Via::Session);
        let looking = operations::Looking { provider: &provider, person, via, sight, object, network };
        operations::note_look(environment, &looking);
    };
    let count = async || {
        let query = store::LookQuery { at_most: 10, ..store::LookQuery::default() };
        environment.store.looks(&provider, &query).await.map(|rows| rows.len())
    };
    disk.tamper("ALTER TABLE look RENAME TO elsewhere");
    note("ORV-1/");
    assert!(operations::write_looks(environment).await.is_err());
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    disk.tamper("ALTER TABLE elsewhere RENAME TO look");
    note("ORV-2/");
    for _ in 0..200 {
        if count().await.is_ok_and(|count| count == 2) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(count().await.expect("read"), 2, "they were tried again, without being asked");
}
