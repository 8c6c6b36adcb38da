//! Answers as the mail programs of the world write them, in six languages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What is answered.
#[derive(Debug, Clone)]
pub struct Original {
    /// The name of its author.
    pub name: String,
    /// The address of its author.
    pub address: String,
    /// Its subject.
    pub subject: String,
    /// Its `Message-ID` without angle brackets.
    pub message_id: String,
    /// Its whole text.
    pub text: String,
}

/// An answer, ready to be sent.
#[derive(Debug, Clone)]
pub struct ReplyFixture {
    /// Program, language and variant.
    pub name: String,
    /// The message.
    pub bytes: Vec<u8>,
    /// What its writer wrote now.
    pub new_text: String,
}

/// How a program sets what it quotes apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// A line that names the author, and `>` before each line.
    Quoted,
    /// The same with the naming line inside the quote.
    QuotedWithin,
    /// A line that names the author, and the text as it was.
    Named,
    /// A block of header fields, under a rule.
    Block,
    /// The same without a rule.
    BareBlock,
    /// A line of dashes that says so, and a block.
    Dashed,
}

/// A mail program: its name, its manner, what it adds below the new text, per language.
struct Program {
    name: &'static str,
    manner: Manner,
    lead: [&'static str; 6],
    footer: [&'static str; 6],
}

const LANGUAGES: [&str; 6] = ["en", "fr", "de", "es", "nl", "ja"];

const NO_FOOTER: [&str; 6] = [""; 6];

/// The naming lines; `%n` is the author and `%a` the address.
const PROGRAMS: [Program; 10] = [
    Program {
        name: "gmail",
        manner: Manner::Quoted,
        lead: [
            "On Tue, Mar 3, 2026 at 10:00 AM %n <%a> wrote:",
            "Le mar. 3 mars 2026 à 10:00, %n <%a> a écrit :",
            "Am Di., 3. März 2026 um 10:00 Uhr schrieb %n <%a>:",
            "El mar, 3 mar 2026 a las 10:00, %n (<%a>) escribió:",
            "Op di 3 mrt 2026 om 10:00 schreef %n <%a>:",
            "2026年3月3日(火) 10:00 %n <%a>:",
        ],
        footer: NO_FOOTER,
    },
    Program {
        name: "apple-mail",
        manner: Manner::Quoted,
        lead: [
            "On Mar 3, 2026, at 10:00 AM, %n <%a> wrote:",
            "Le 3 mars 2026 à 10:00, %n <%a> a écrit :",
            "Am 03.03.2026 um 10:00 schrieb %n <%a>:",
            "El 3 mar 2026, a las 10:00, %n <%a> escribió:",
            "Op 3 mrt 2026, om 10:00 heeft %n <%a> het volgende geschreven:",
            "2026/03/03 10:00、%n <%a>のメール:",
        ],
        footer: NO_FOOTER,
    },
    Program {
        name: "iphone",
        manner: Manner::QuotedWithin,
        lead: [
            "On Mar 3, 2026, at 10:00, %n <%a> wrote:",
            "Le 3 mars 2026 à 10:00, %n <%a> a écrit :",
            "Am 03.03.2026 um 10:00 schrieb %n <%a>:",
            "El 3 mar 2026, a las 10:00, %n <%a> escribió:",
            "Op 3 mrt 2026 om 10:00 heeft %n <%a> het volgende geschreven:",
            "2026/03/03 10:00、%n <%a>のメール:",
        ],
        footer: [
            "Sent from my iPhone",
            "Envoyé de mon iPhone",
            "Von meinem iPhone gesendet",
            "Enviado desde mi iPhone",
            "Verstuurd vanaf mijn iPhone",
            "iPhoneから送信",
        ],
    },
    Program {
        name: "thunderbird",
        manner: Manner::Quoted,
        lead: [
            "On 3/3/26 10:00, %n wrote:",
            "Le 03/03/2026 à 10:00, %n a écrit :",
            "Am 03.03.26 um 10:00 schrieb %n:",
            "El 3/3/26 a las 10:00, %n escribió:",
            "Op 3-3-2026 om 10:00 schreef %n:",
            "On 2026/03/03 10:00, %n wrote:",
        ],
        footer: NO_FOOTER,
    },
    Program {
        name: "outlook",
        manner: Manner::BareBlock,
        lead: [
            "From: %n <%a>\nSent: Tuesday, March 3, 2026 10:00 AM\nTo: Ana\nSubject: %s",
            "De : %n <%a>\nEnvoyé : mardi 3 mars 2026 10:00\nÀ : Ana\nObjet : %s",
            "Von: %n <%a>\nGesendet: Dienstag, 3. März 2026 10:00\nAn: Ana\nBetreff: %s",
            "De: %n <%a>\nEnviado el: martes, 3 de marzo de 2026 10:00\nPara: Ana\nAsunto: %s",
            "Van: %n <%a>\nVerzonden: dinsdag 3 maart 2026 10:00\nAan: Ana\nOnderwerp: %s",
            "差出人: %n <%a>\n送信日時: 2026年3月3日 10:00\n宛先: Ana\n件名: %s",
        ],
        footer: NO_FOOTER,
    },
    Program {
        name: "outlook-web",
        manner: Manner::Block,
        lead: [
            "From: %n <%a>\nSent: Tuesday, March 3, 2026 10:00 AM\nTo: Ana <ana@client.example>\nSubject: %s",
            "De : %n <%a>\nEnvoyé : mardi 3 mars 2026 10:00\nÀ : Ana <ana@client.example>\nObjet : %s",
            "Von: %n <%a>\nGesendet: Dienstag, 3. März 2026 10:00\nAn: Ana <ana@client.example>\nBetreff: %s",
            "De: %n <%a>\nEnviado: martes, 3 de marzo de 2026 10:00\nPara: Ana <ana@client.example>\nAsunto: %s",
            "Van: %n <%a>\nVerzonden: dinsdag 3 maart 2026 10:00\nAan: Ana <ana@client.example>\nOnderwerp: %s",
            "From: %n <%a>\nSent: Tuesday, March 3, 2026 10:00 AM\nTo: Ana <ana@client.example>\nSubject: %s",
        ],
        footer: NO_FOOTER,
    },
    Program {
        name: "outlook-mobile",
        manner: Manner::Block,
        lead: [
            "From: %n <%a>\nSent: Tuesday, March 3, 2026 10:00:00 AM\nTo: Ana <ana@client.example>\nSubject: %s",
            "De : %n <%a>\nEnvoyé : mardi 3 mars 2026 10:00:00\nÀ : Ana <ana@client.example>\nObjet : %s",
            "Von: %n <%a>\nGesendet: Dienstag, März 3, 2026 10:00:00 AM\nAn: Ana <ana@client.example>\nBetreff: %s",
            "De: %n <%a>\nEnviado: martes, 3 de marzo de 2026 10:00:00\nPara: Ana <ana@client.example>\nAsunto: %s",
            "Van: %n <%a>\nVerzonden: dinsdag, maart 3, 2026 10:00:00 AM\nAan: Ana <ana@client.example>\nOnderwerp: %s",
            "差出人: %n <%a>\n送信日時: 2026年3月3日火曜日 10:00:00\n宛先: Ana <ana@client.example>\n件名: %s",
        ],
        footer: [
            "Get Outlook for iOS<https://aka.example/o0ukef>",
            "Obtenir Outlook pour iOS<https://aka.example/o0ukef>",
            "Outlook für iOS beziehen<https://aka.example/o0ukef>",
            "Obtener Outlook para iOS<https://aka.example/o0ukef>",
            "Outlook voor iOS downloaden<https://aka.example/o0ukef>",
            "Outlook for iOS を入手<https://aka.example/o0ukef>",
        ],
    },
    Program {
        name: "android",
        manner: Manner::Dashed,
        lead: [
            "-------- Original message --------\nFrom: %n <%a>\nDate: 3/3/26 10:00 (GMT+01:00)\nTo: Ana\nSubject: %s",
            "-------- Message d'origine --------\nDe : %n <%a>\nDate : 03/03/2026 10:00 (GMT+01:00)\nÀ : Ana\nObjet : %s",
            "-------- Ursprüngliche Nachricht --------\nVon: %n <%a>\nDatum: 03.03.26 10:00 (GMT+01:00)\nAn: Ana\nBetreff: %s",
            "-------- Mensaje original --------\nDe: %n <%a>\nFecha: 3/3/26 10:00 (GMT+01:00)\nA: Ana\nAsunto: %s",
            "-------- Oorspronkelijk bericht --------\nVan: %n <%a>\nDatum: 03-03-2026 10:00 (GMT+01:00)\nAan: Ana\nOnderwerp: %s",
            "-------- 元のメッセージ --------\n差出人: %n <%a>\n日付: 2026/03/03 10:00 (GMT+09:00)\n宛先: Ana\n件名: %s",
        ],
        footer: [
            "Sent from my Galaxy",
            "Envoyé depuis mon appareil Galaxy",
            "Von meinem/meiner Galaxy gesendet",
            "Enviado desde mi Galaxy",
            "Verzonden vanaf mijn Galaxy",
            "Galaxyから送信",
        ],
    },
    Program {
        name: "yahoo",
        manner: Manner::Named,
        lead: [
            "On Tuesday, March 3, 2026 at 10:00:00 AM GMT+1, %n <%a> wrote:",
            "Le mardi 3 mars 2026 à 10:00:00 UTC+1, %n <%a> a écrit :",
            "Am Dienstag, 3. März 2026 um 10:00:00 MEZ hat %n <%a> Folgendes geschrieben:",
            "El martes, 3 de marzo de 2026, 10:00:00 CET, %n <%a> escribió:",
            "Op dinsdag 3 maart 2026 om 10:00:00 CET schreef %n <%a>:",
            "2026年3月3日火曜日 10:00:00 JST、%n <%a>さんが書きました:",
        ],
        footer: NO_FOOTER,
    },
    Program {
        name: "proton",
        manner: Manner::Quoted,
        lead: [
            "On Tuesday, March 3rd, 2026 at 10:00 AM, %n <%a> wrote:",
            "Le mardi 3 mars 2026 à 10:00, %n <%a> a écrit :",
            "Am Dienstag, 3. März 2026 um 10:00 schrieb %n <%a>:",
            "El martes, 3 de marzo de 2026 a las 10:00, %n <%a> escribió:",
            "Op dinsdag 3 maart 2026 om 10:00 schreef %n <%a>:",
            "2026年3月3日 火曜日 10:00, %n <%a> 書きました:",
        ],
        footer: [
            "Sent with Proton Mail secure email.",
            "Envoyé avec la messagerie sécurisée Proton Mail.",
            "Gesendet mit sicherer E-Mail von Proton Mail.",
            "Enviado con el correo seguro Proton Mail.",
            "Verzonden met Proton Mail beveiligde e-mail.",
            "Proton Mail の安全なメールで送信。",
        ],
    },
];

const NEW: [&str; 6] = [
    "It works now, thank you.\nWhich version was it?",
    "Ça marche, merci beaucoup.\nQuelle était la version ?",
    "Es läuft jetzt, vielen Dank.\nWelche Version war es?",
    "Ya funciona, muchas gracias.\n¿Qué versión era?",
    "Het werkt nu, bedankt.\nWelke versie was het?",
    "動くようになりました。ありがとうございます。\nどのバージョンでしたか？",
];

const PREFIXES: [&str; 6] = ["Re: ", "RE : ", "AW: ", "RE: ", "Antw: ", "Re: "];

/// How many variants there are of each program in each language.
const VARIANTS: usize = 10;

/// Six hundred answers to `original` from `from`: ten programs, six languages, ten variants. `marker`
/// is the line above which answers are asked for; every other original bears it.
#[must_use]
pub fn replies(original: &Original, from: &str, to: &str, marker: &str) -> Vec<ReplyFixture> {
    let mut fixtures = Vec::new();
    for program in &PROGRAMS {
        for (place, language) in LANGUAGES.iter().enumerate() {
            for variant in 0..VARIANTS {
                fixtures.push(fixture(original, from, to, marker, program, place, language, variant));
            }
        }
    }
    fixtures
}

#[expect(clippy::too_many_arguments, reason = "each is one axis of the table")]
fn fixture(
    original: &Original,
    from: &str,
    to: &str,
    marker: &str,
    program: &Program,
    place: usize,
    language: &str,
    variant: usize,
) -> ReplyFixture {
    let name = format!("{}-{language}-{variant}", program.name);
    let has_marker = matches!(variant, 4 | 5);
    let mut quoted =
        if has_marker { format!("{marker}\n\n{}", original.text) } else { original.text.clone() };
    if variant == 8 {
        quoted = format!("{quoted}\n\nOn Mon, 2 Mar 2026 at 09:00, Ana wrote:\n\n> It fails.\n> Ana");
    }
    let lead = program.lead[place]
        .replace("%n", &original.name)
        .replace("%a", &original.address)
        .replace("%s", &original.subject);
    let new = NEW[place];
    let can_follow = program.manner == Manner::Quoted;
    let below = variant == 7 && can_follow;
    let mut own = new.to_owned();
    if variant == 3 {
        own.push_str("\n\n-- \nAna Ruiz\nClient SA, 12 rue des Essais\n+33 1 23 45 67 89");
    } else if !program.footer[place].is_empty() {
        own.push_str(&format!("\n\n{}", program.footer[place]));
    }
    let history = plain_history(program.manner, &lead, &quoted, variant == 6);
    let text = if below { format!("{history}\n\n{own}") } else { format!("{own}\n\n{history}") };
    let html = html_of(program.manner, &own, &lead, &quoted, below);

    let mut header = format!(
        "From: Ana Ruiz <{from}>\r\nTo: {to}\r\nSubject: {}\r\nDate: Tue, 3 Mar 2026 11:00:{:02} +0100\r\n\
         Message-ID: <{name}@client.example>\r\nMIME-Version: 1.0\r\n",
        encoded(&format!("{}{}", PREFIXES[place], original.subject)),
        variant,
    );
    if variant != 9 {
        header.push_str(&format!("In-Reply-To: <{}>\r\n", original.message_id));
    }
    header.push_str(&format!("References: <start@client.example>\r\n <{}>\r\n", original.message_id));
    let body = match variant {
        1 | 5 => format!(
            "Content-Type: multipart/alternative; boundary=\"b{variant}\"\r\n\r\n--b{variant}\r\n{}\r\n--b{variant}\r\n{}\r\n--b{variant}--\r\n",
            part("plain", &text, false),
            part("html", &html, false),
        ),
        2 => part("html", &html, true),
        9 => part("plain", &text, true),
        _ => part("plain", &text, false),
    };
    ReplyFixture { name, bytes: format!("{header}{body}").into_bytes(), new_text: new.to_owned() }
}

fn part(kind: &str, text: &str, in_base64: bool) -> String {
    let text = text.replace('\n', "\r\n");
    if in_base64 {
        let encoded = STANDARD.encode(&text);
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
        format!(
            "Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines.join("\r\n")
        )
    } else {
        format!(
            "Content-Type: text/{kind}; charset=\"UTF-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        )
    }
}

fn encoded(subject: &str) -> String {
    format!("=?utf-8?B?{}?=", STANDARD.encode(subject))
}

fn quote(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Breaks a long line as programs do that send 78 columns at most.
fn wrapped(lead: &str) -> String {
    let half = lead
        .char_indices()
        .filter(|(at, letter)| *letter == ' ' && *at > lead.len() / 2)
        .map(|(at, _)| at)
        .next();
    match half {
        Some(at) if lead.len() > 60 && !lead.contains('\n') => {
            format!("{}\n{}", &lead[..at], &lead[at + 1..])
        }
        _ => lead.to_owned(),
    }
}

fn plain_history(manner: Manner, lead: &str, quoted: &str, wraps: bool) -> String {
    let lead = if wraps { wrapped(lead) } else { lead.to_owned() };
    match manner {
        Manner::Quoted => format!("{lead}\n\n{}", quote(quoted)),
        Manner::QuotedWithin => quote(&format!("{lead}\n\n{quoted}")),
        Manner::Named => format!("{lead}\n\n{quoted}"),
        Manner::Block => format!("{}\n{lead}\n\n{quoted}", "_".repeat(32)),
        Manner::BareBlock | Manner::Dashed => format!("{lead}\n\n{quoted}"),
    }
}

fn html_of(manner: Manner, own: &str, lead: &str, quoted: &str, below: bool) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let lines = |text: &str| escape(text).replace('\n', "<br>\n");
    let own = match own.split_once("\n-- \n") {
        Some((new, signature)) => {
            format!("<div>{}</div><div>-- <br>{}</div>", lines(new.trim_end()), lines(signature))
        }
        None => format!("<div>{}</div>", lines(own)),
    };
    let history = match manner {
        Manner::Quoted => format!(
            "<div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">{}<br></div>\
             <blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex\">{}</blockquote></div>",
            escape(lead),
            lines(quoted)
        ),
        Manner::QuotedWithin => format!(
            "<blockquote type=\"cite\"><div>{}</div><br></blockquote><blockquote type=\"cite\"><div>{}</div></blockquote>",
            escape(lead),
            lines(quoted)
        ),
        Manner::Named => format!(
            "<div class=\"yahoo_quoted\"><div>{}</div><div>{}</div></div>",
            escape(lead),
            lines(quoted)
        ),
        Manner::Block | Manner::BareBlock | Manner::Dashed => format!(
            "<div id=\"divRplyFwdMsg\" style=\"border-top:solid #E1E1E1 1.0pt\"><p class=\"MsoNormal\">{}</p></div><div><p>{}</p></div>",
            escape(lead)
                .lines()
                .map(|line| match line.split_once(':') {
                    Some((name, value)) if !line.starts_with('-') => format!("<b>{name}:</b>{value}"),
                    _ => line.to_owned(),
                })
                .collect::<Vec<_>>()
                .join("<br>"),
            lines(quoted)
        ),
    };
    if below {
        format!("<html><body>{history}{own}</body></html>")
    } else {
        format!("<html><body>{own}<br>{history}</body></html>")
    }
}
