//! Every mail, in both languages, as it leaves.

use crate::sample::{clause, late, mail_reader, now, running, zone};
use meters::Reading;
use terms::{Label, Strength};
use words::Language::{self, English, French};
use words::{
    AcknowledgementMail, Audience, CustomerWroteMail, MailText, NeutralAcknowledgementMail, PromiseMail,
    ReplyMail, ReturnedMail, SignInMail, TurnSentence, TurnWord, WhoseTurn, acknowledgement_mail,
    customer_wrote_mail, escalation_mail, missed_mail, neutral_acknowledgement_mail, reply_mail,
    returned_mail, sign_in_mail, turn_in_words, warning_mail,
};

const MARKER: &str = "=== marker ===";
const LINK: &str = "https://aide.orvane.example/portal/requests/ORV-2417";

fn turn(language: Language, audience: Audience) -> TurnSentence {
    let zone = zone("America/Montreal");
    let reading = running();
    let whose = WhoseTurn { turn: TurnWord::Us, ask: None, nearest: Some((&reading, &zone)) };
    turn_in_words(&mail_reader(language), audience, &whose, now())
}

fn golden(name: &str, word: impl Fn(Language) -> MailText) {
    for language in Language::ALL {
        let mail = word(language);
        assert!(!mail.subject.contains(char::is_control), "{name}: a subject is one line");
        assert!(!mail.text.contains("\n\n\n") && mail.text.ends_with('\n'), "{name}: paragraphs");
        insta::assert_snapshot!(
            format!("mail_{name}_{}", language.tag()),
            format!("Subject: {}\n\n{}", mail.subject, mail.text)
        );
    }
}

#[test]
fn acknowledgement() {
    golden("acknowledgement", |language| {
        acknowledgement_mail(
            &mail_reader(language),
            &AcknowledgementMail {
                reply_marker: MARKER,
                provider: "Orvane",
                number: "ORV-2417",
                subject: "Page blanche\r\naprès la\tconnexion",
                turn: &turn(language, Audience::Customer),
                clause: Some(&clause("5.1", Some("c"))),
                link: Some(LINK),
                wanted: "",
            },
        )
    });
}

#[test]
fn neutral_acknowledgement() {
    golden("neutral_acknowledgement", |language| {
        neutral_acknowledgement_mail(
            language,
            &NeutralAcknowledgementMail {
                reply_marker: MARKER,
                provider: "Orvane",
                number: "ORV-2418",
                wanted: "",
            },
        )
    });
}

#[test]
fn reply() {
    golden("reply", |language| {
        reply_mail(
            &mail_reader(language),
            &ReplyMail {
                reply_marker: Some(MARKER),
                provider: "Orvane",
                number: "ORV-2417",
                subject: "Page blanche après la connexion",
                agent: "Noé Tremblay",
                body: "Bonjour Maude,\r\n\r\nLe même lien direct convient aux deux classes de 6e.\r\n",
                turn: &turn(language, Audience::Customer),
                clause: Some(&clause("B", None)),
                link: Some(LINK),
            },
        )
    });
}

fn about<'a>(
    reading: &'a Reading,
    zone: &'a calendar::Zone,
    climb: Option<(&'a str, &'a Label)>,
) -> PromiseMail<'a> {
    PromiseMail {
        number: "ORV-2417",
        subject: "Page blanche après la connexion",
        account: "Centre scolaire des Bouleaux",
        reading,
        zone,
        climb,
        link: "https://aide.orvane.example/agent/requests/ORV-2417",
    }
}

#[test]
fn notices_about_a_promise() {
    let (zone, near, past) = (zone("America/Montreal"), running(), late());
    golden("warning", |language| warning_mail(&mail_reader(language), &about(&near, &zone, None), now()));
    golden("missed", |language| missed_mail(&mail_reader(language), &about(&past, &zone, None), now()));
    let aimed = Reading { strength: Strength::Objective, promise: "resolution".to_owned(), ..late() };
    golden("missed_objective", |language| {
        missed_mail(&mail_reader(language), &about(&aimed, &zone, None), now())
    });
    let board = Label::new("fr", "comité de suivi");
    golden("escalation", |language| {
        escalation_mail(&mail_reader(language), &about(&past, &zone, Some(("board", &board))), now())
    });
}

#[test]
fn returned() {
    golden("returned", |language| {
        returned_mail(
            &mail_reader(language),
            &ReturnedMail {
                number: "ORV-2417",
                subject: "Page blanche après la connexion",
                recipient: "maude@client.example",
                reason: "550 5.1.1 no such user\r\nhere",
                account: "Centre scolaire des Bouleaux",
                turn: &turn(language, Audience::Staff),
                link: "https://aide.orvane.example/agent/requests/ORV-2417",
            },
        )
    });
}

#[test]
fn customer_wrote() {
    golden("customer_wrote", |language| {
        customer_wrote_mail(
            &mail_reader(language),
            &CustomerWroteMail {
                number: "ORV-2417",
                subject: "Page blanche après la connexion",
                author: "Maude Arsenault",
                account: "Centre scolaire des Bouleaux",
                turn: &turn(language, Audience::Staff),
                link: "https://aide.orvane.example/agent/requests/ORV-2417",
            },
        )
    });
}

#[test]
fn sign_in() {
    golden("sign_in", |language| {
        sign_in_mail(
            language,
            &SignInMail {
                provider: "Orvane",
                link: "https://aide.orvane.example/sign-in/abc",
                code: Some("482913"),
            },
        )
    });
}

#[test]
fn the_reply_marker_is_the_first_line() {
    for language in [French, English] {
        let values = NeutralAcknowledgementMail {
            reply_marker: MARKER,
            provider: "Orvane",
            number: "ORV-1",
            wanted: "",
        };
        let text = neutral_acknowledgement_mail(language, &values).text;
        assert_eq!(text.lines().next(), Some(MARKER));
    }
}
