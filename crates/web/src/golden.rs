//! Golden pages, and the laws that hold for every page.

mod holdings;

use crate::draft::{Draft, Wrong};
use crate::page::{Area, Frame, Signed};
use crate::submission::Submission;
use crate::{
    absence, account_privacy, agreement_change, agreement_page, asset, assignment, changes, demo, error,
    fields, kept_mail, looks, openid, people, portal, privacy, retention, rules, search_help, settings,
    sign_in, state, texts, webhooks, workspace,
};
use axum::http::StatusCode;
use calendar::{Calendar, CalendarDefinition, Instant, LocalDate, Span, Weekday, Window, Zone, trace};
use desk::{
    AccountId, AccountRole, Author, Capacity, ContentId, ContentRef, ContractId, FileId, Message, MessageId,
    MessageKind, PersonId, Role, SecretKind, TicketEvent, TicketState, Turn,
};
use maud::Markup;
use meters::{ClockChange, ClockKey, ClockState, Explanation, Reading, Wait};
use operations::{
    AccountPeople, AccountPerson, AccountRecord, AccountStanding, AgreementPage, AgreementView, AuthorView,
    ClockExplanation, ClockView, ContractView, DeliveryView, FileScan, FileView, IdentityView,
    InterpretationView, JudgementView, KeptLetterView, KeptMail, MailKeyView, MailWording, MessageView,
    OpenIdWay, PeopleList, PersonRecord, PersonView, Preview, QueueRow, QueueView, SignatureView, TeamRecord,
    TicketView, TimelineEntry, UndeliveredView,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{
    AgreementName, Clause, ClauseName, Coverage, Effect, FactRule, FactType, FactValue, Facts, Label, Reason,
    ReasonAnswer, Strength, Terms, Verdict, VocabularyValue,
};
use words::Language;
use workspace::ticket::Offers;

fn canned() -> Vec<operations::CannedReply> {
    let texts = [("fr", "Bonjour {{personne}},"), ("en", "Hello {{contact}},")];
    let texts = texts.map(|(language, text)| (language.to_owned(), text.to_owned())).into();
    vec![operations::CannedReply { key: "relance".to_owned(), title: "Relance".to_owned(), texts }]
}

fn own_fields() -> Vec<operations::CustomField> {
    let called = |french: &str, english: &str| {
        [("fr".to_owned(), french.to_owned()), ("en".to_owned(), english.to_owned())].into()
    };
    let choice =
        operations::FieldChoice { key: "laval".to_owned(), labels: called("Laval <ici>", "Laval <here>") };
    vec![
        operations::CustomField {
            key: "site".to_owned(),
            labels: called("Site", "Site"),
            holds: operations::FieldType::Choice,
            choices: vec![choice],
            is_shown_to_customers: true,
            is_set_by_customers: true,
            required: Some(operations::RequiredBy::Opening),
        },
        operations::CustomField {
            key: "postes".to_owned(),
            labels: called("Postes touchés", "Workstations"),
            holds: operations::FieldType::Number,
            ..operations::CustomField::default()
        },
    ]
}

fn taken() -> operations::TimeTaken {
    operations::TimeTaken {
        promise: "response".to_owned(),
        label: label("Réponse", "Response"),
        clause: clause("5.1", None),
        provider_seconds: 7_200,
        waited_seconds: vec![("customer".to_owned(), 3_600), ("third_party".to_owned(), 600)],
        closed_seconds: 50_400,
    }
}

fn filled_fields() -> Vec<operations::FieldView> {
    let values = [desk::FieldValue::Choice("laval".to_owned()), desk::FieldValue::Number(2500)];
    let views = own_fields().into_iter().zip(values);
    views
        .map(|(field, value)| operations::FieldView {
            field,
            value: Some(value),
            text: None,
            is_set_here: true,
        })
        .collect()
}

fn macros() -> Vec<operations::Macro> {
    let step = operations::MacroStep { command: "take-up".to_owned(), with: serde_json::Map::new() };
    vec![operations::Macro { key: "prendre".to_owned(), title: "Prendre".to_owned(), steps: vec![step] }]
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn now() -> Instant {
    at("2026-11-24T11:20:00-05:00")
}

fn montreal() -> Zone {
    Zone::parse("America/Montreal").unwrap()
}

/// An account that was destroyed.
fn destroyed() -> operations::DestructionRow {
    let line = format!(
        "{{\"certificate\":\"account destroyed\",\"provider\":\"orvane\",\"account\":\"{}\",\
         \"asked_at\":\"2026-11-19T13:00:00Z\",\"asked_by\":null,\"done_at\":\"2026-11-19T13:00:02Z\",\
         \"destroyed\":{{\"requests\":3,\"closed\":1,\"texts\":41,\"files\":6,\"people\":2,\"released\":1,\
         \"contracts\":1,\"ended\":0,\"entries\":4}},\
         \"stays\":[\"log\",\"contract\",\"agreement\",\"journal\",\"backup\"]}}\t<signature>",
        AccountId(2)
    );
    let certificate = operations::Certificate::read(&line).expect("a certificate");
    operations::DestructionRow {
        account: AccountId(2),
        at: at("2026-11-19T08:00:00-05:00"),
        asked_by: Some("<Ada>".to_owned()),
        certificate: Some((certificate, line)),
        scrubbed_at: Some(at("2026-11-19T08:00:09-05:00")),
    }
}

fn label(french: &str, english: &str) -> Label {
    let mut label = Label::new("fr", french);
    label.insert("en", english);
    label
}

fn accounts() -> Vec<AccountRecord> {
    [("bouleaux", "École <ici> des Bouleaux"), ("revente", "Revente")]
        .into_iter()
        .map(|(key, name)| AccountRecord {
            id: AccountId(5),
            key: key.to_owned(),
            name: name.to_owned(),
            role: Some(AccountRole::Manager),
        })
        .collect()
}

fn teams() -> Vec<TeamRecord> {
    let members = vec![(PersonId(3), "Noé <ici>".to_owned())];
    vec![
        TeamRecord {
            key: "nuit".to_owned(),
            name: "De nuit".to_owned(),
            members,
            hours: Some("office".to_owned()),
        },
        TeamRecord { key: "jour".to_owned(), name: "De jour".to_owned(), members: Vec::new(), hours: None },
    ]
}

fn contact() -> PersonRecord {
    let account = &accounts()[0];
    PersonRecord {
        id: PersonId(9),
        name: "Maude <ici>".to_owned(),
        email: "maude@bouleaux.example".to_owned(),
        role: Role::Contact,
        is_active: false,
        language: "fr".to_owned(),
        zone: None,
        accounts: vec![AccountStanding {
            id: account.id,
            key: account.key.clone(),
            name: account.name.clone(),
            role: AccountRole::Requester,
        }],
        teams: Vec::new(),
        has_second_factor: Some(false),
        sessions: Some(0),
        tokens: Some(0),
        identities: Vec::new(),
    }
}

fn colleague() -> PersonRecord {
    PersonRecord {
        id: PersonId(3),
        name: "Noé".to_owned(),
        email: "noe@orvane.example".to_owned(),
        role: Role::Lead,
        is_active: true,
        zone: Some("America/Montreal".to_owned()),
        accounts: Vec::new(),
        teams: vec!["nuit".to_owned()],
        has_second_factor: Some(true),
        sessions: Some(2),
        tokens: Some(1),
        identities: vec![IdentityView {
            id: "0a1b".to_owned(),
            issuer: "https://id.orvane.example/<ici>".to_owned(),
            linked_at: at("2026-11-20T09:00:00-05:00"),
        }],
        ..contact()
    }
}

fn clause(number: &str, item: Option<&str>) -> Clause {
    Clause::from(ClauseName {
        agreement: "essai".to_owned(),
        version: "3".to_owned(),
        number: number.to_owned(),
        item: item.map(str::to_owned),
        heading: "Délais".to_owned(),
    })
}

fn name() -> AgreementName {
    AgreementName { key: "essai".to_owned(), version: "3".to_owned() }
}

pub(crate) fn terms() -> Arc<Terms> {
    let mut terms = Terms::empty(name(), LocalDate::parse("2026-07-01").unwrap(), montreal());
    terms.title = label("Entente Montrosier", "Montrosier agreement");
    let value = |name: &str, french: &str, english: &str| VocabularyValue {
        name: name.to_owned(),
        label: label(french, english),
        meaning: Label::default(),
        team: None,
        hints: Vec::new(),
    };
    terms.facts.push(FactRule {
        name: "severity".into(),
        label: label("Niveau", "Level"),
        clause: clause("2.4", None),
        kind: FactType::OneOf(vec![
            value("1", "gêne", "nuisance"),
            value("2", "classe bloquée", "class blocked"),
        ]),
        from: "customer".to_owned(),
        presumed: None,
        required: None,
        derived: None,
    });
    Arc::new(terms)
}

fn office() -> Calendar {
    let windows = [Window::parse("08:00-17:00").unwrap()];
    Calendar::build(CalendarDefinition::weekly("office", montreal(), Weekday::MONDAY_TO_FRIDAY, &windows))
        .unwrap()
}

pub(crate) fn reading(promise: &str, state: ClockState) -> Reading {
    Reading {
        promise: promise.to_owned(),
        label: Label::default(),
        strength: Strength::Objective,
        state,
        started_at: at("2026-11-23T14:40:00-05:00"),
        due_at: Some(at("2026-11-25T16:10:00-05:00")),
        met_at: None,
        paused_since: None,
        waiting_for: None,
        waiting_also_for: Vec::new(),
        pause_label: None,
        used_seconds: 15_000,
        left_seconds: Some(49_800),
        target: Some(Span::parse("18 business hours").unwrap()),
        clause: clause("B", None),
        calendar: "office".to_owned(),
        missed: false,
        stopped: None,
        provisional: BTreeSet::new(),
        interpretations: vec!["day".to_owned()],
    }
}

pub(crate) fn clock(reading: Reading) -> ClockView {
    ClockView {
        reading,
        zone: montreal(),
        calendar_label: label("heures du soutien", "support hours"),
        interpretations: vec![InterpretationView {
            name: "day".to_owned(),
            text: label("un jour vaut 9 h", "a day is 9 h"),
            alternatives: vec![("long".to_owned(), label("un jour vaut 24 h", "a day is 24 h"))],
        }],
    }
}

fn met() -> Reading {
    Reading {
        due_at: Some(at("2026-11-24T09:40:00-05:00")),
        met_at: Some(at("2026-11-24T08:52:00-05:00")),
        left_seconds: Some(2_880),
        target: Some(Span::parse("4 business hours").unwrap()),
        ..reading("response", ClockState::Met)
    }
}

fn late() -> Reading {
    Reading {
        due_at: Some(at("2026-11-24T10:40:00-05:00")),
        left_seconds: Some(-2_400),
        missed: true,
        ..reading("response", ClockState::Missed)
    }
}

fn paused() -> Reading {
    Reading {
        paused_since: Some(at("2026-11-23T16:05:00-05:00")),
        waiting_for: Some("customer".to_owned()),
        waiting_also_for: Vec::new(),
        pause_label: Some(label("journal attendu", "log awaited")),
        left_seconds: Some(12_000),
        ..reading("resolution", ClockState::Paused)
    }
}

fn person(id: u128, name: &str, email: &str) -> PersonView {
    PersonView {
        id: PersonId(id),
        name: name.to_owned(),
        email: email.to_owned(),
        zone: Some(Zone::parse("America/Moncton").unwrap()),
        language: "fr".to_owned(),
    }
}

fn kept() -> KeptMail {
    let letter = |why: &str, sender: &str, subject: &str| KeptLetterView {
        digest: "0f".repeat(32),
        mailbox: "aide@orvane.example".to_owned(),
        why: why.to_owned(),
        sender: sender.to_owned(),
        subject: subject.to_owned(),
        received_at: at("2026-11-24T08:41:00-05:00"),
    };
    let undelivered = |state: &str, error: Option<&str>| UndeliveredView {
        number: (state == "returned").then(|| "ORV-2417".to_owned()),
        kind: if state == "returned" { "reply" } else { "release" }.to_owned(),
        address: "maude@client.example".to_owned(),
        state: state.to_owned(),
        attempts: 3,
        created_at: at("2026-11-23T08:41:00-05:00"),
        error: error.map(str::to_owned),
    };
    KeptMail {
        letters: vec![
            letter("bounce", "mailer-daemon@client.example", "Undelivered <b>Mail</b>"),
            letter("channel", "ana@client.example", "Bonjour"),
            letter("unreadable", "", ""),
        ],
        undelivered: vec![undelivered("returned", Some("550 5.1.1 <inconnu>")), undelivered("failed", None)],
    }
}

fn wordings() -> Vec<MailWording> {
    let words = operations::WordedMail {
        subject: "[{{number}}] Reçu".to_owned(),
        body: "Bonjour {{requester|à vous}},\n{{turn}}".to_owned(),
    };
    let own = |kind, language| MailWording {
        kind,
        language,
        words: None,
        earlier: Vec::new(),
        prescribed: Vec::new(),
    };
    vec![
        MailWording {
            words: Some(words),
            earlier: vec![(at("2026-11-24T08:41:00-05:00"), None)],
            ..own("acknowledgement", "fr")
        },
        own("acknowledgement", "en"),
        own("reply", "fr"),
        MailWording { prescribed: vec![clause("4.1", None)], ..own("reply", "en") },
        own("escalation", "en"),
    ]
}

fn wording_shown() -> crate::mail_templates::Shown {
    crate::mail_templates::Shown {
        chosen: Some(("acknowledgement".to_owned(), "fr".to_owned())),
        preview: Some(("[ORV-2417] Reçu".to_owned(), "Bonjour <vous>".to_owned())),
        wrong: Some("Non.".to_owned()),
        ..crate::mail_templates::Shown::default()
    }
}

fn mail_keys() -> Vec<MailKeyView> {
    let key = |scheme, addresses: &[&str], is_authority, until: Option<&str>| MailKeyView {
        key: "0f".repeat(20),
        scheme,
        fingerprint: "0FA1".repeat(10),
        addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
        is_authority,
        until: until.map(at),
    };
    vec![
        key("smime", &[], true, Some("2030-11-24T08:41:00-05:00")),
        key("pgp", &["ana@client.example"], false, None),
    ]
}

fn content() -> ContentRef {
    ContentRef { id: ContentId(1), digest: String::new() }
}

fn message(id: u128, kind: MessageKind, by: &str, received_at: &str, body: &str) -> MessageView {
    MessageView {
        id: MessageId(id),
        kind,
        by: AuthorView { name: by.to_owned(), is_staff: kind != MessageKind::Incoming, is_viewer: false },
        channel: "portal".to_owned(),
        sent_at: at(received_at),
        received_at: at(received_at),
        body: Some(body.to_owned()),
        history: None,
        html: None,
        has_form: false,
        technical: kind != MessageKind::Note,
        automatic: false,
        checks: None,
        signature: None,
        of: None,
        kept_letter: None,
        files: Vec::new(),
        seems_to_hold: Vec::new(),
    }
}

fn wrote(message: &MessageView) -> TimelineEntry {
    let event = TicketEvent::Wrote {
        message: Message {
            id: message.id,
            kind: message.kind,
            by: Author::Person { id: PersonId(2) },
            channel: message.channel.clone(),
            sent_at: message.sent_at,
            received_at: message.received_at,
            body: content(),
            history: None,
            html: None,
            files: Vec::new(),
            technical: message.technical,
            automatic: false,
            checks: None,
            may_backscatter: false,
        },
        turn: None,
    };
    TimelineEntry { at: message.received_at, by: Some(message.by.name.clone()), event, reason: None }
}

fn happened(instant: &str, by: Option<&str>, event: TicketEvent) -> TimelineEntry {
    TimelineEntry { at: at(instant), by: by.map(str::to_owned), event, reason: None }
}

fn coverage() -> Coverage {
    let reason = |rule: &str, french: &str, answer, against| Reason {
        rule: rule.to_owned(),
        label: label(french, french),
        answer,
        clause: clause("2.1", Some("c")),
        wants: BTreeSet::new(),
        could_change: BTreeSet::new(),
        against,
        offer: None,
    };
    Coverage {
        verdict: Verdict::NeedsJudgement,
        reasons: vec![
            reason("cover.remote", "soluble à distance", ReasonAnswer::Unknown, false),
            reason("cover.licence", "licence en vigueur", ReasonAnswer::Yes, false),
            reason("exclude.misuse", "mauvais usage", ReasonAnswer::No, false),
        ],
    }
}

pub(crate) fn ticket() -> TicketView {
    let mut first = message(
        1,
        MessageKind::Incoming,
        "Maude Arsenault",
        "2026-11-23T14:40:00-05:00",
        "Page blanche <script>alert(1)</script>\nTrois classes.",
    );
    first.has_form = true;
    first.files.push(FileView {
        id: FileId(9),
        name: Some("page\"blanche<b>.png".to_owned()),
        media_type: "image/png".to_owned(),
        size: 213_400,
        scan: FileScan::Free,
    });
    first.files.push(FileView {
        id: FileId(10),
        name: Some("virus<b>.bin".to_owned()),
        media_type: "application/octet-stream".to_owned(),
        size: 68,
        scan: FileScan::Infected(Some("<Eicar>".to_owned())),
    });
    let answer = message(
        2,
        MessageKind::Outgoing,
        "Noé Tremblay",
        "2026-11-24T08:52:00-05:00",
        "Il me faut le journal.",
    );
    let note = message(3, MessageKind::Note, "Léa Fabre", "2026-11-24T10:58:00-05:00", "Même trace qu’hier.");
    let key = ClockKey { promise: "resolution".to_owned(), instance: 0 };
    let wait = Wait {
        pause: "customer".to_owned(),
        label: label("journal attendu du client", "log awaited"),
        clause: clause("3.2", None),
        party: "customer".to_owned(),
        together: terms::Together::Each,
        effect: Effect::Pause,
        measured_in: None,
        from: at("2026-11-24T09:05:00-05:00"),
        to: None,
    };
    let timeline = vec![
        happened(
            "2026-11-23T14:40:00-05:00",
            Some("Maude Arsenault"),
            TicketEvent::Learnt { facts: Facts::new().with("severity", FactValue::text("2")) },
        ),
        wrote(&first),
        happened(
            "2026-11-24T08:41:00-05:00",
            Some("Noé Tremblay"),
            TicketEvent::Assigned { to: Some(PersonId(2)), team: None },
        ),
        wrote(&answer),
        happened(
            "2026-11-24T09:05:00-05:00",
            None,
            TicketEvent::Metered { change: ClockChange::WaitBegan { wait } },
        ),
        happened(
            "2026-11-24T10:35:00-05:00",
            None,
            TicketEvent::Metered {
                change: ClockChange::DueMoved {
                    key: key.clone(),
                    due_at: Some(at("2026-11-25T16:10:00-05:00")),
                    recounted: false,
                },
            },
        ),
        happened(
            "2026-11-24T10:40:00-05:00",
            None,
            TicketEvent::Metered {
                change: ClockChange::Missed {
                    key,
                    due_at: at("2026-11-24T10:40:00-05:00"),
                    clause: clause("5.1", None),
                    strength: Strength::Objective,
                },
            },
        ),
        wrote(&note),
    ];
    TicketView {
        number: "ORV-2417".to_owned(),
        version: 9,
        now: now(),
        subject: "Page blanche <après> la connexion".to_owned(),
        channel: "portal".to_owned(),
        received_at: at("2026-11-23T14:40:00-05:00"),
        opened_at: at("2026-11-23T14:40:00-05:00"),
        state: TicketState::Open,
        turn: Turn::Provider,
        third_party: "vendor".to_owned(),
        severity: Some("2".to_owned()),
        account: Some((AccountId(7), "Centre scolaire des Bouleaux".to_owned())),
        contact: Some(person(1, "Maude Arsenault", "m.arsenault@bouleaux.example")),
        requester: "Maude Arsenault".to_owned(),
        assignee: Some(person(2, "Noé Tremblay", "noe@orvane.example")),
        stand_in: Some(Some(person(4, "Ida <ici>", "ida@orvane.example"))),
        adviser: Some(person(2, "Noé Tremblay", "noe@orvane.example")),
        answering: Some(operations::AnsweringView {
            wanted: "ja".to_owned(),
            language: "en".to_owned(),
            nobody_speaks: true,
            clause: Some(clause("6", None)),
        }),
        team: None,
        climbed_to: None,
        vendor: None,
        outcome: None,
        contract: Some(ContractView {
            id: ContractId(3),
            from: LocalDate::parse("2026-07-01").unwrap(),
            to: Some(LocalDate::parse("2027-06-30").unwrap()),
            parameters: Facts::new().with("tier", FactValue::text("premium")),
        }),
        agreement: name(),
        terms: terms(),
        facts: Facts::new().with("severity", FactValue::text("2")),
        coverage: coverage(),
        verdict: Verdict::Covered,
        judgement: Some(JudgementView {
            verdict: Verdict::Covered,
            reason: "plateforme conseillée".to_owned(),
            by: "Noé Tremblay".to_owned(),
            at: at("2026-11-24T08:41:00-05:00"),
        }),
        clocks: vec![clock(met()), clock(reading("resolution", ClockState::Running))],
        nearest: Some(1),
        messages: vec![first, answer, note],
        timeline,
        duties: Vec::new(),
        grounds: Vec::new(),
        escalation: None,
        held: None,
        exception: None,
        declined: None,
        converted_to: None,
        closes_by_silence: None,
        followers: vec![person(5, "Rose <ici>", "rose@bouleaux.example")],
        follows: false,
        snoozed_until: None,
        time: Vec::new(),
        rating: None,
        awaited_opening: None,
        claim: None,
        follows_up: None,
        taken: Some(taken()),
        tags: Vec::new(),
        fields: filled_fields(),
        merged_into: None,
        absorbed: Vec::new(),
        links: Vec::new(),
        split_from: None,
        wanted: Vec::new(),
        deliveries: vec![DeliveryView {
            kind: "reply".to_owned(),
            recipient: "m.arsenault@bouleaux.example".to_owned(),
            state: "sent".to_owned(),
            attempts: 1,
            error: None,
        }],
    }
}

fn explained() -> Vec<ClockExplanation> {
    let (from, due) = (at("2026-11-23T14:40:00-05:00"), at("2026-11-25T16:10:00-05:00"));
    let pauses = [(at("2026-11-24T09:05:00-05:00"), at("2026-11-24T10:35:00-05:00"))];
    vec![ClockExplanation {
        clock: 1,
        explanation: Explanation {
            promise: "resolution".to_owned(),
            counted_from: from,
            direction: meters::CountDirection::Forward,
            carried_seconds: 0,
            due_at: Some(due),
            calendar: "office".to_owned(),
            calendar_label: label("heures du soutien", "support hours"),
            calendar_clause: Some(clause("C", None)),
            zone: "America/Montreal".to_owned(),
            days: trace(from, due, &office(), &pauses),
            waits: Vec::new(),
        },
    }]
}

fn row(number: &str, clock: Option<ClockView>, turn: Turn) -> QueueRow {
    QueueRow {
        number: number.to_owned(),
        subject: format!("Objet de {number} & suite"),
        requester: "Maude Arsenault".to_owned(),
        account: Some("Collège Montrosier".to_owned()),
        agreement: name(),
        terms: terms(),
        severity: Some("2".to_owned()),
        state: TicketState::Open,
        turn,
        verdict: Verdict::Covered,
        assignee: Some("Noé Tremblay".to_owned()),
        received_at: at("2026-11-23T14:40:00-05:00"),
        nearest: clock,
        missed: false,
    }
}

fn soon() -> Reading {
    Reading {
        due_at: Some(at("2026-11-24T12:30:00-05:00")),
        left_seconds: Some(4_200),
        ..reading("callback", ClockState::Running)
    }
}

fn queue() -> QueueView {
    let mut view = QueueView {
        rows: vec![
            row("ORV-2409", Some(clock(late())), Turn::Provider),
            row("ORV-2419", Some(clock(soon())), Turn::Provider),
            row("ORV-2417", Some(clock(reading("resolution", ClockState::Running))), Turn::Provider),
            row("ORV-2386", None, Turn::Provider),
            row("ORV-2411", Some(clock(paused())), Turn::Customer),
        ],
        counts: Default::default(),
        order: operations::QueueOrder::NextDue,
        cursor: Some("abc=".to_owned()),
        now: now(),
    };
    (view.counts.live, view.counts.ours, view.counts.late) = (5, 4, 1);
    view
}

fn somebody() -> desk::Person {
    desk::Person {
        id: desk::PersonId(9),
        provider: desk::ProviderId("orvane".to_owned()),
        role: desk::Role::Agent,
        name: "<Maude> Tremblay".to_owned(),
        email: "maude@orvane.example".to_owned(),
        account: None,
        language: "fr".to_owned(),
        zone: None,
    }
}

fn webhook() -> operations::WebhookView {
    operations::WebhookView {
        id: desk::WebhookId(7),
        url: "https://hooks.kervinel.example/entente?a=<ici>".to_owned(),
        kinds: vec!["ticket.*".to_owned(), "clock.missed".to_owned()],
        state: operations::WebhookStanding::Failed,
        failing_since: Some(at("2026-11-19T08:00:00-05:00")),
        created_at: at("2026-11-02T10:00:00-05:00"),
        former_secret_until: Some(at("2026-11-25T08:00:00-05:00")),
        resting_until: Some(at("2026-11-24T23:00:00-05:00")),
        waits_for_key: true,
        secret: None,
    }
}

fn deliveries() -> operations::DeliveriesView {
    let row = |id: &str, state| operations::DeliveryRow {
        id: id.to_owned(),
        kind: "ticket.opened".to_owned(),
        payload: "{\"type\":\"ticket.opened\"}".to_owned(),
        state,
        attempts: 2,
        created_at: at("2026-11-24T10:00:00-05:00"),
        next_at: (state == "waiting").then(|| at("2026-11-24T11:30:00-05:00")),
        answered_at: Some(at("2026-11-24T11:00:00-05:00")),
        status: (state != "waiting").then_some(200),
        error: (state == "waiting").then(|| "it took too long".to_owned()),
    };
    operations::DeliveriesView {
        rows: vec![row("msg_ORV_9_0", "waiting"), row("msg_ORV_8_0", "done"), row("msg_ORV_7_0", "dead")],
        cursor: Some("1.msg".to_owned()),
    }
}

/// The workspace, for tests of what stands on its pages.
pub(crate) fn frame_in(language: Language) -> Frame {
    frame(Area::Workspace, language)
}

/// The workspace as an administrator sees it.
fn admin(language: Language) -> Frame {
    let mut frame = frame_in(language);
    let signed = frame.person.as_mut().expect("somebody is signed in");
    signed.capacities = vec![Capacity::Admin];
    frame
}

pub(crate) fn frame(area: Area, language: Language) -> Frame {
    let zone = if area == Area::Portal { Zone::parse("America/Moncton").unwrap() } else { montreal() };
    Frame {
        language,
        zone: Some(zone.clone()),
        home: zone,
        area,
        site: "Orvane".to_owned(),
        mailbox: (area != Area::Gate).then(|| "aide@orvane.example".to_owned()),
        person: (area != Area::Gate).then(|| Signed {
            id: PersonId(2).to_string(),
            name: "Noé Tremblay".to_owned(),
            account: (area == Area::Portal).then(|| "Centre scolaire des Bouleaux".to_owned()),
            capacities: vec![if area == Area::Portal { Capacity::Requester } else { Capacity::Agent }],
        }),
        path: "/agent".to_owned(),
        demo: true,
        now: now(),
    }
}

fn agreement() -> AgreementPage {
    let agreement = AgreementView {
        name: name(),
        title: label("Entente Montrosier", "Montrosier agreement"),
        effective: LocalDate::parse("2026-07-01").unwrap(),
        terms: terms(),
        contract: ticket().contract,
        adoption: None,
    };
    let mut page = AgreementPage { agreement, woven: Default::default() };
    page.woven.body_html = "<section class=\"part\">\n<h2 id=\"c-5\">5. Délais</h2></section>".to_owned();
    page
}

/// Every page in one language, by name.
/// As its customer sees it.
fn seen(mut view: TicketView) -> TicketView {
    view.messages.retain(|message| message.kind != MessageKind::Note);
    view
}

fn pages(language: Language) -> Vec<(&'static str, Markup)> {
    let (agent, customer, gate) =
        (frame(Area::Workspace, language), frame(Area::Portal, language), frame(Area::Gate, language));
    let none = Draft::default();
    let came_back = Draft {
        form: "reponse",
        values: vec![("corps".to_owned(), "Bonjour <Maude>".to_owned())],
        wrong: vec![Wrong { field: "reponse".to_owned(), message: agent.say("reply-stopped").to_owned() }],
    };
    let offers = Offers {
        replies: vec![("relance".to_owned(), "Relance".to_owned())],
        macros: vec![("classer".to_owned(), "Classer sans suite".to_owned())],
        drafts: operations::DraftsView {
            reply: Some(("Bonjour <encore>".to_owned(), now())),
            note: None,
            others: vec![("Léa <ici>".to_owned(), true)],
        },
    };
    let colleagues = [person(2, "Noé Tremblay", "noe@orvane.example")];
    let preview = Preview {
        coverage: coverage(),
        clocks: vec![clock(soon()), clock(reading("resolution", ClockState::Running))],
        terms: terms(),
        now: now(),
        look_first: Vec::new(),
        advised: Vec::new(),
    };
    let submission = Submission {
        fields: [("objet", "Bilan faux"), ("corps", "Depuis lundi"), ("fait-severity", "2")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        files: Vec::new(),
    };
    let waiting = TicketView {
        state: TicketState::Waiting,
        turn: Turn::Customer,
        clocks: vec![clock(met()), clock(paused())],
        ..ticket()
    };
    let overdue = TicketView { clocks: vec![clock(late())], nearest: Some(0), assignee: None, ..ticket() };
    let closed = TicketView { state: TicketState::Closed, turn: Turn::Nobody, nearest: None, ..ticket() };
    let stranger = TicketView {
        contact: None,
        account: None,
        contract: None,
        requester: "inconnu@ailleurs.example".to_owned(),
        clocks: Vec::new(),
        nearest: None,
        verdict: Verdict::NeedsJudgement,
        judgement: None,
        ..ticket()
    };
    // Operations give customers no notes.
    let letter = state::SentLetter {
        to: "m.arsenault@bouleaux.example".to_owned(),
        from: "aide@orvane.example".to_owned(),
        subject: "[ORV-2417] Reçu".to_owned(),
        date: "2026-11-24T11:20:00-05:00".to_owned(),
        text: "Suivez http://127.0.0.1:8080/portal <ici>".to_owned(),
    };
    let way = OpenIdWay { key: "maison".to_owned(), label: "Orvane <ici>".to_owned() };
    let ways = [way];
    let mut pages = vec![
        ("sign_in", sign_in::page(&gate, "/agent/demandes/ORV-2417", &[], false, None)),
        ("sign_in_wrong", sign_in::page(&gate, "/", &ways, true, Some(sign_in::Wrong::Address("maude")))),
        ("sign_in_openid_offer", openid::offer_page(&gate, &ways[0], "/compte", true)),
        ("sign_in_openid_away", openid::away_page(&gate, &ways[0], "https://id.example/authorize?x=1")),
        ("sign_in_openid_refused", openid::refused_page(&gate)),
        ("sign_in_sent", sign_in::sent_page(&gate, "maude@bouleaux.example", "abc", None)),
        ("sign_in_enter", sign_in::enter_page(&gate, "abc")),
        ("sign_in_stale", sign_in::stale_page(&gate)),
        ("queue", workspace::queue::page(&agent, &queue(), &workspace::queue::Sought::default(), None)),
        ("queue_misread", {
            let sought = workspace::queue::Sought { q: "couleur:rouge".to_owned(), ..Default::default() };
            let problem = operations::SearchProblem {
                kind: operations::SearchProblemKind::UnknownOperator,
                operator: "couleur".to_owned(),
                value: String::new(),
                allowed: Vec::new(),
            };
            let view = QueueView { rows: Vec::new(), ..queue() };
            workspace::queue::page(&agent, &view, &sought, Some(&error::misread(&agent, &problem)))
        }),
        ("absence", {
            let record = |id: u128, name: &str| operations::StaffRecord {
                id: PersonId(id),
                name: name.to_owned(),
                teams: vec!["nuit".to_owned()],
                talents: operations::Talents {
                    languages: ["en".to_owned(), "fr".to_owned()].into(),
                    skills: ["revit <ici>".to_owned()].into(),
                },
                absences: Vec::new(),
                is_absent: false,
                stand_in: Some((PersonId(id), name.to_owned())),
                may_change: id == 1,
            };
            let absence = operations::AbsenceRecord {
                key: "1".to_owned(),
                from: at("2026-11-24T00:00:00-05:00"),
                until: at("2026-11-28T00:00:00-05:00"),
                deputy: Some((PersonId(2), "Ida <ici>".to_owned())),
            };
            let away = operations::StaffRecord {
                absences: vec![absence],
                is_absent: true,
                stand_in: Some((PersonId(2), "Ida <ici>".to_owned())),
                ..record(1, "Noé <ici>")
            };
            let deputy = PersonId(2).to_string();
            let given = [("du", "2026-12-24"), ("au", "2026-12-20"), ("remplacement", deputy.as_str())];
            let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let given = Submission { fields: given.into(), files: Vec::new() };
            absence::page(&agent, &montreal(), &[away, record(2, "Ida <ici>")], &given, Some("<ici>"))
        }),
        ("agreement_change", {
            let moved = |due_at, is_owed| operations::MovedClock {
                number: "ORV-7".to_owned(),
                promise: "response".to_owned(),
                label: Label::default(),
                was: Some(at("2026-11-24T10:40:00-05:00")),
                due_at,
                is_owed,
                clause: clause("B", None),
            };
            let report = operations::ChangeReport {
                agreement: Some(name()),
                contracts: 2,
                looked_at: 3,
                changed: 2,
                moved: vec![moved(Some(at("2026-11-24T12:40:00-05:00")), true), moved(None, false)],
                left: vec![("ORV-8".to_owned(), "<ici>".to_owned())],
                differing: Vec::new(),
            };
            let shown = agreement_change::Shown {
                document: "<ici>".to_owned(),
                wrong: vec!["<ici>".to_owned()],
                report: Some(report),
                ..agreement_change::Shown::default()
            };
            agreement_change::page(&agent, &shown)
        }),
        ("assignment", {
            let rule = operations::AssignmentRule {
                key: "revit".to_owned(),
                title: "Revit <ici>".to_owned(),
                enabled: true,
                place: 10,
                of: vec![("product".to_owned(), "<ici>".to_owned())],
                language: Some("fr".to_owned()),
                to: operations::AssignTo::LeastLoaded,
                team: Some("nuit".to_owned()),
                skill: Some("<ici>".to_owned()),
                speaking: true,
            };
            let adviser = |by_contract| operations::AdviserRecord {
                account: if by_contract { "a" } else { "b" }.to_owned(),
                account_name: "École <ici>".to_owned(),
                adviser: Some((PersonId(2), "Ida <ici>".to_owned())),
                by_contract,
            };
            let shown = assignment::Shown {
                rules: std::slice::from_ref(&rule),
                advisers: &[adviser(true), adviser(false)],
                staff: &[person(2, "Ida <ici>", "ida@orvane.example")],
                choices: operations::AssignmentChoices {
                    teams: vec![("reseau".to_owned(), "Réseau <ici>".to_owned())],
                    languages: ["fr".to_owned(), "ja".to_owned()].into(),
                    skills: ["revit <ici>".to_owned()].into(),
                },
                rule: rule.clone(),
                wrong: Some("<ici>".to_owned()),
            };
            assignment::page(&agent, &shown)
        }),
        ("rules", {
            let rule = operations::Rule {
                key: "relance".to_owned(),
                title: "Relance <ici>".to_owned(),
                enabled: true,
                ..Default::default()
            };
            let shown = rules::Shown {
                rule: rule.clone(),
                rehearsed: Some(vec!["MON-1".to_owned()]),
                ..Default::default()
            };
            rules::page(&agent, &[rule], &shown)
        }),
        ("fields", fields::page(&admin(language), &own_fields(), &own_fields()[0], None)),
        ("settings", settings::page(&admin(language))),
        ("mail_templates", crate::mail_templates::page(&agent, &wordings(), &Default::default())),
        ("mail_template", crate::mail_templates::page(&agent, &wordings(), &wording_shown())),
        ("texts", texts::page(&agent, &canned(), &macros(), &texts::Shown::default())),
        ("kept_mail", kept_mail::page(&agent, &kept(), &mail_keys(), None)),
        ("kept_mail_empty", kept_mail::page(&agent, &KeptMail::default(), &[], Some("Non."))),
        ("webhooks", {
            let wrong = webhooks::Shown { wrong: Some("<ici>".to_owned()), ..webhooks::Shown::default() };
            webhooks::list_page(&agent, &[webhook()], &wrong)
        }),
        ("webhooks_made", {
            let made =
                webhooks::Shown { secret: Some("whsec_AAAA".to_owned()), ..webhooks::Shown::default() };
            webhooks::list_page(&agent, &[], &made)
        }),
        ("webhook", webhooks::page(&agent, &webhook(), &deliveries(), None)),
        ("people", {
            let said = people::Said { wrong: Some("<ici>".to_owned()), done: None };
            let list = PeopleList { items: vec![contact(), colleague()], cursor: Some("c".to_owned()) };
            let sought = people::Sought { q: "ma".to_owned(), ..people::Sought::default() };
            people::list_page(&agent, &list, &accounts(), &sought, &Submission::default(), &said)
        }),
        (
            "person_contact",
            people::page(&agent, &contact(), None, &accounts(), &teams(), &people::Said::default()),
        ),
        ("person_colleague", {
            let said = people::Said { wrong: None, done: Some("people-done") };
            people::page(&agent, &colleague(), None, &accounts(), &teams(), &said)
        }),
        (
            "teams",
            people::teams_page(
                &agent,
                &teams(),
                &[("office".to_owned(), label("heures du soutien", "support hours"))],
                &people::Said::default(),
            ),
        ),
        ("portal_people", {
            let known = AccountPerson {
                id: PersonId(9),
                name: "Maude <ici>".to_owned(),
                email: "maude@bouleaux.example".to_owned(),
                role: AccountRole::Manager,
                is_invited: false,
                is_viewer: true,
            };
            let asked =
                AccountPerson { id: PersonId(8), is_invited: true, is_viewer: false, ..known.clone() };
            let people = AccountPeople { account: accounts().remove(0), people: vec![known, asked] };
            let given =
                [("client", "bouleaux"), ("nom", "Zoé <ici>"), ("courriel", "zoe@"), ("role", "reader")];
            let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let given = Submission { fields: given.into(), files: Vec::new() };
            let said = people::Said { wrong: Some("<ici>".to_owned()), done: None };
            portal::people::page(&customer, &[people], &[], &given, &said)
        }),
        (
            "portal_new_reseller",
            portal::new_ticket::form_page(&customer, &preview, &accounts(), &own_fields(), &none),
        ),
        ("portal_list_reseller", {
            let sought = portal::tickets::Sought { client: "revente".to_owned(), ..Default::default() };
            portal::tickets::page(&customer, &queue(), &accounts(), &sought, None)
        }),
        ("privacy", {
            let row = operations::ErasureRow {
                person: desk::PersonId(9),
                at: at("2026-11-19T08:00:00-05:00"),
                asked_by: None,
                is_identity_alone: true,
                done_at: Some(at("2026-11-19T08:00:01-05:00")),
                scrubbed_at: None,
            };
            let (people, accounts) = ([somebody()], [("bouleaux".to_owned(), "Bouleaux <SA>".to_owned())]);
            let found = (people.as_slice(), accounts.as_slice());
            let begun = operations::DestructionRow { certificate: None, scrubbed_at: None, ..destroyed() };
            privacy::list_page(&agent, "<Maude>", found, &[row], &[destroyed(), begun])
        }),
        ("privacy_account", {
            let account = operations::AccountPrivacy {
                id: AccountId(2),
                key: "bouleaux".to_owned(),
                name: "Bouleaux <SA>".to_owned(),
                people: 12,
                released: 1,
                open: vec!["ORV-1".to_owned()],
                running: vec![(name(), LocalDate::new(2026, 1, 1).expect("a day"), None)],
                is_under_way: false,
            };
            account_privacy::page(&agent, &account, Some("<ici>"))
        }),
        ("privacy_destroyed", {
            let (certificate, line) = destroyed().certificate.expect("it is done");
            let report = operations::DestructionReport {
                certificate,
                line,
                mentions: vec!["ORV-2".to_owned()],
                entries: vec!["reply bonjour".to_owned()],
            };
            account_privacy::destroyed_page(&agent, &report)
        }),
        ("privacy_certificate", account_privacy::certificate_page(&agent, &destroyed())),
        ("looks", {
            let look = |object: &str, what: &str| operations::LookRow {
                cursor: String::new(),
                at: at("2026-11-19T08:00:00-05:00"),
                person: desk::PersonId(3),
                name: Some("<Maude>".to_owned()),
                what: what.to_owned(),
                object: object.to_owned(),
                way: "session".to_owned(),
                network: "192.0.2.0/24".to_owned(),
            };
            let export =
                operations::LookRow { name: None, way: "token".to_owned(), ..look("<0b>", "export") };
            let sought = looks::Sought { demande: "<ORV>".to_owned(), ..looks::Sought::default() };
            let rows = [look("ORV-1/", "request"), look("ORV-1/0a", "file"), export];
            looks::page(&agent, &montreal(), &rows, &sought)
        }),
        ("changes", {
            let difference = |part: &str, before: Option<&str>, after: Option<&str>| {
                let (part, before, after) =
                    (part.to_owned(), before.map(str::to_owned), after.map(str::to_owned));
                operations::SettingDifference { part, before, after }
            };
            let changed = operations::SettingChange {
                cursor: String::new(),
                kind: "rule".to_owned(),
                key: "<urgent>".to_owned(),
                account: None,
                version: 2,
                at: at("2026-11-19T08:00:00-05:00"),
                person_id: Some(desk::PersonId(3)),
                person: Some("<Maude>".to_owned()),
                what: operations::ChangeKind::Changed,
                differences: vec![
                    difference("enabled", Some("true"), Some("false")),
                    difference("steps[0].with.body", None, Some("<b>Bonjour</b>\n\nÀ vous")),
                ],
            };
            let removed = operations::SettingChange {
                kind: "adviser".to_owned(),
                account: Some("<Client>".to_owned()),
                person: None,
                what: operations::ChangeKind::Removed,
                differences: vec![difference("", Some("<Ana>"), None)],
                ..changed.clone()
            };
            let sought = changes::Sought { reglage: "rule".to_owned(), ..changes::Sought::default() };
            changes::page(&agent, &[changed, removed], &sought)
        }),
        ("privacy_retention", {
            let months = |of: &[(operations::Kept, u32)]| operations::Retention {
                months: of.iter().copied().collect(),
            };
            let view = operations::RetentionView {
                own: months(&[(operations::Kept::Messages, 36), (operations::Kept::Journal, 24)]),
                from: Some(at("2026-11-20T08:00:00-05:00")),
                accounts: vec![operations::AccountRetention {
                    account: desk::AccountId(2),
                    key: "revente".to_owned(),
                    name: "Revente <Nord>".to_owned(),
                    retention: months(&[(operations::Kept::Attachments, 1)]),
                    from: at("2026-11-20T08:00:00-05:00"),
                }],
                due: [(operations::Kept::Messages, 1), (operations::Kept::Journal, 12)].into_iter().collect(),
                numbers: vec!["ORV-1".to_owned()],
                swept: operations::SweptView {
                    requests: 3,
                    texts: 9,
                    files: 2,
                    last_at: Some(at("2026-11-18T08:00:00-05:00")),
                },
            };
            let shown = retention::Shown { wrong: Some("<ici>".to_owned()), ..retention::Shown::default() };
            let accounts = operations::AccountList { items: accounts(), cursor: Some("<ici>".to_owned()) };
            retention::page(&agent, &view, &accounts, &shown)
        }),
        ("privacy_register", {
            use operations::{Recipient, RecipientKind, RecipientOf};
            let recipient =
                |kind, name: &str| Recipient { kind, name: name.to_owned(), of: RecipientOf::All };
            let recipients = [
                recipient(RecipientKind::Database, "base.example:5432"),
                recipient(RecipientKind::MailServer, "relay.example"),
                recipient(RecipientKind::Mailbox, "imap.example"),
                recipient(RecipientKind::Scanner, "scanner.example:3310"),
                recipient(RecipientKind::IdentityProvider, "https://issuer.example"),
                recipient(RecipientKind::Webhook, "https://<programme>.example"),
            ];
            privacy::register_page(&agent, &recipients)
        }),
        ("privacy_person", {
            let shown = privacy::Shown { wrong: Some("<ici>".to_owned()), ..privacy::Shown::default() };
            privacy::page(&agent, &somebody(), &shown)
        }),
        ("redaction", {
            let mut view = ticket();
            view.messages[0].seems_to_hold = vec![SecretKind::Card, SecretKind::Password];
            workspace::redact::page(&admin(language), &view, &view.messages[0], "<ici>", Some("<faux>"))
        }),
        ("agent_ticket_redact", {
            let mut view = ticket();
            view.messages[0].seems_to_hold = vec![SecretKind::Iban];
            workspace::ticket::page(
                &admin(language),
                &view,
                &explained(),
                &colleagues,
                &Offers::default(),
                &none,
            )
        }),
        ("privacy_erased", {
            let report = operations::ErasureReport {
                person: desk::PersonId(9),
                pseudonym: "Personne effacée 000009".to_owned(),
                requests: vec!["ORV-1".to_owned()],
                texts: 4,
                files: 1,
                mentions: vec!["ORV-2".to_owned()],
                entries: vec!["reply bonjour".to_owned()],
            };
            privacy::page(&agent, &somebody(), &privacy::Shown { erased: Some(report), wrong: None })
        }),
        ("search_help_agent", search_help::page(&agent)),
        ("search_help_portal", search_help::page(&customer)),
        (
            "agent_ticket",
            workspace::ticket::page(&agent, &ticket(), &explained(), &colleagues, &Offers::default(), &none),
        ),
        (
            "agent_ticket_wrong",
            workspace::ticket::page(&agent, &ticket(), &explained(), &colleagues, &offers, &came_back),
        ),
        (
            "agent_ticket_late",
            workspace::ticket::page(&agent, &overdue, &[], &colleagues, &Offers::default(), &none),
        ),
        (
            "agent_ticket_closed",
            workspace::ticket::page(&agent, &closed, &[], &colleagues, &Offers::default(), &none),
        ),
        (
            "agent_ticket_stranger",
            workspace::ticket::page(&agent, &stranger, &[], &colleagues, &Offers::default(), &none),
        ),
        ("call", workspace::call::page(&agent, &own_fields(), &none)),
        ("agreements", workspace::agreements::list_page(&agent, &[agreement().agreement])),
        ("agent_agreement", agreement_page::page(&agent, &agreement())),
        (
            "portal_list",
            portal::tickets::page(&customer, &queue(), &[], &portal::tickets::Sought::default(), None),
        ),
        ("portal_ticket", portal::ticket::page(&customer, &seen(ticket()), &explained(), &none)),
        ("portal_ticket_waiting", portal::ticket::page(&customer, &seen(waiting), &explained(), &none)),
        ("portal_ticket_closed", portal::ticket::page(&customer, &seen(closed.clone()), &[], &none)),
        ("portal_new", portal::new_ticket::form_page(&customer, &preview, &[], &[], &none)),
        ("portal_check", portal::new_ticket::check_page(&customer, &preview, &[], &[], &submission)),
        ("portal_agreement", agreement_page::page(&customer, &agreement())),
        ("demo_mail", demo::mail_page(&agent, &[letter])),
        ("failure", error::failure_page(&customer, StatusCode::NOT_FOUND, customer.say("error-not-found"))),
    ];
    pages.extend(holdings::pages(language));
    pages
}

/// Breaks a page into lines, so that a changed golden reads as what changed.
fn readable(page: &Markup) -> String {
    let page = page
        .0
        .replace(asset::style_path(), "/assets/entente.css")
        .replace(asset::script_path(), "/assets/entente.js");
    let page = page.replace(asset::icon_path(), "/assets/icon.svg");
    let mut readable = page.clone();
    for tag in [
        "<div",
        "<p",
        "<h1",
        "<h2",
        "<h3",
        "<li",
        "<section",
        "<form",
        "<td",
        "<th",
        "<tr",
        "<main",
        "<footer",
        "<header",
        "<dt",
        "<dd",
        "<details",
        "<nav",
        "<aside",
        "<svg width",
        "<meta",
        "<title",
        "<link",
        "<body",
    ] {
        readable = readable.replace(tag, &format!("\n{tag}"));
    }
    readable
}

#[test]
fn pages_read_as_they_did() {
    for language in Language::ALL {
        for (name, page) in pages(language) {
            insta::assert_snapshot!(format!("{name}_{}", language.tag()), readable(&page));
        }
    }
}

#[test]
fn a_title_in_another_language_than_the_page_says_so() {
    let mut french = agreement();
    french.agreement.title = Label::new("fr", "Entente Montrosier");
    let shown = |language, page: &AgreementPage| {
        agreement_page::page(&frame(Area::Portal, language), page).into_string()
    };
    assert!(shown(Language::English, &french).contains("<h1 lang=\"fr\">Entente Montrosier</h1>"));
    assert!(shown(Language::French, &french).contains("<h1>Entente Montrosier</h1>"));
    assert!(shown(Language::English, &agreement()).contains("<h1>Montrosier agreement</h1>"));
}

#[test]
fn every_page_keeps_the_laws_of_pages() {
    for language in Language::ALL {
        for (name, page) in pages(language) {
            let page = page.into_string();
            let name = format!("{name} in {}", language.tag());
            assert_eq!(page.matches("<h1").count(), 1, "{name} has one h1");
            assert!(page.contains(&format!("<html lang=\"{}\"", language.tag())), "{name} says its language");
            assert!(!page.contains("<title></title>"), "{name} has a title");
            assert_eq!(page.matches("<main").count(), 1, "{name} has one main");
            for forbidden in
                [" style=", "<style", " onclick", " onload", " onsubmit", "javascript:", "<script>"]
            {
                assert!(!page.contains(forbidden), "{name} holds {forbidden}: the policy forbids it");
            }
            assert_eq!(page.matches("<script").count(), 1, "{name} has one script, of its own");
            for used in page.split("href=\"#i-").skip(1) {
                let icon = used.split('"').next().unwrap();
                assert!(page.contains(&format!("<symbol id=\"i-{icon}\"")), "{name} draws the icon {icon}");
            }
            let mut ids = BTreeSet::new();
            for id in page.split(" id=\"").skip(1) {
                let id = id.split('"').next().unwrap();
                assert!(ids.insert(id), "{name} has the id {id} twice");
            }
            for reference in ["for=\"", "aria-labelledby=\"", "aria-describedby=\""] {
                for named in
                    page.split(reference).skip(1).flat_map(|rest| rest.split('"').next().unwrap().split(' '))
                {
                    assert!(ids.contains(named), "{name}: {reference}{named} leads nowhere");
                }
            }
            for datetime in page.split("datetime=\"").skip(1) {
                let datetime = datetime.split('"').next().unwrap();
                let seconds = datetime.to_owned();
                let whole = if datetime.len() == 22 {
                    format!("{}:00{}", &seconds[..16], &seconds[16..])
                } else {
                    seconds
                };
                assert!(
                    Instant::parse(&whole).is_ok() || LocalDate::parse(datetime).is_ok(),
                    "{name}: {datetime} is no instant"
                );
            }
        }
    }
}

#[test]
fn every_deadline_has_its_instant_and_its_clause() {
    for language in Language::ALL {
        for (name, page) in pages(language) {
            let page = page.into_string();
            // A block with a deadline in it: rows of queues carry theirs on the request's own page.
            for block in page.split("class=\"deadline\"").skip(1) {
                let block = block.split("class=\"deadline\"").next().unwrap();
                if !block.contains("class=\"due") && !block.contains("deadline__say--big") {
                    continue;
                }
                assert!(block.contains("<time datetime="), "{name}: a deadline without an instant");
                assert!(
                    block.contains("class=\"ref\" href=\"") && block.contains("#c-"),
                    "{name}: without a clause"
                );
            }
        }
    }
}

/// Every way in which a signature is spoken of.
#[test]
fn signatures_are_spoken_of() {
    let found = |verdict, signer: Option<&str>| SignatureView {
        scheme: "S/MIME",
        verdict,
        signer: signer.map(str::to_owned),
    };
    let ana = Some("ana@client.example");
    let all = [
        found("pass", ana),
        found("neutral", ana),
        found("neutral", None),
        found("fail", ana),
        found("expired", ana),
        found("other", ana),
        found("partial", ana),
        found("encrypted", None),
    ];
    for language in [Language::French, Language::English] {
        let frame = frame(Area::Workspace, language);
        let said: Vec<String> =
            all.iter().map(|one| crate::thread::signature(&frame, one).into_string()).collect();
        insta::assert_snapshot!(format!("signatures_{}", language.tag()), said.join("\n"));
    }
}

#[test]
fn a_long_thread_shows_its_end_and_a_link_to_the_rest() {
    let mut view = ticket();
    let note = view.timeline.last().expect("something happened").clone();
    let some = view.timeline.len();
    view.timeline.extend(std::iter::repeat_n(note, 2_000));
    let items = |path: &str| {
        let frame = Frame { path: path.to_owned(), ..frame(Area::Workspace, Language::English) };
        crate::thread::thread(&frame, &view).into_string()
    };
    let end = items("/agent/demandes/ORV-2419");
    assert!(end.matches("<li").count() <= 100, "{}", end.matches("<li").count());
    let link = format!(
        "<a href=\"/agent/demandes/ORV-2419?fil=tout\" rel=\"nofollow\">Show {} earlier",
        1_900 + some
    );
    assert!(end.replace(',', "").contains(&link), "{}", &end[..300]);
    let whole = items("/agent/demandes/ORV-2419?fil=tout");
    assert!(whole.matches("<li").count() > 1_000 && !whole.contains("?fil=tout"));
}

#[test]
fn what_others_wrote_is_only_text() {
    for (name, page) in pages(Language::French) {
        let page = page.into_string();
        for tag in ["<script>alert", "<après>", "<Maude>", "<ici>", "blanche<b>"] {
            assert!(!page.contains(tag), "{name} lets {tag} through");
        }
    }
}

#[test]
fn a_first_view_is_light() {
    let files = crate::asset::weight();
    assert!(files < 60_000, "{files} bytes of style and script before compression");
}

/// Contrast of two colours (WCAG 2.2, definition of contrast ratio).
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let channel = |from: usize| {
            let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn colours_can_be_told_apart_by_day_and_by_night() {
    let style = include_str!("../assets/entente.css");
    let token = |name: &str, night: bool| {
        let rest = style.split(&format!("--{name}:")).nth(1).unwrap_or_else(|| panic!("no token --{name}"));
        let value = rest.split(';').next().unwrap();
        let mut colours = value.split('#').skip(1).map(|colour| format!("#{}", &colour[..6]));
        let day = colours.next().unwrap();
        if night { colours.next().unwrap() } else { day }
    };
    for night in [false, true] {
        for (text, ground) in [
            ("ink", "paper"),
            ("ink", "canvas"),
            ("ink", "sunk"),
            ("muted", "paper"),
            ("muted", "canvas"),
            ("link", "paper"),
            ("link", "canvas"),
            ("on-link", "link"),
            ("late", "paper"),
            ("late", "canvas"),
            ("ok", "paper"),
            ("ok", "canvas"),
            ("wait", "paper"),
            ("wait", "canvas"),
            ("note-ink", "note"),
            ("ink", "chosen"),
            ("link", "chosen"),
        ] {
            let found = contrast(&token(text, night), &token(ground, night));
            assert!(found >= 5.7, "{text} on {ground} at night {night}: {found:.2}");
        }
        for (control, ground) in [
            ("edge", "paper"),
            ("edge", "canvas"),
            ("wait-mark", "paper"),
            ("note-edge", "note"),
            ("focus", "paper"),
        ] {
            let found = contrast(&token(control, night), &token(ground, night));
            assert!(found >= 3.0, "{control} on {ground} at night {night}: {found:.2}");
        }
    }
}
