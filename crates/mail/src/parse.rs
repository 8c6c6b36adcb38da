//! Bytes into a letter.

use mail_parser::{DateTime, HeaderName, HeaderValue};

use crate::body::Body;
use crate::bounce::read_bounce;
use crate::compose::LOOP_HEADER;
use crate::headers::Headers;
use crate::letter::{Automatic, Letter, Mailbox, Protection, ProtectionKind, ProtectionScheme};
use crate::neutral::shortened;
use crate::pgp::without_armour;
use crate::problems::Problems;
use crate::quoted_history::{Origin, without_history};
use crate::screen::screen;

/// How many bytes of the message's header are read.
const HEADER_BYTES_AT_MOST: usize = 256 * 1024;
/// The longest subject kept, in characters.
const SUBJECT_CHARACTERS_AT_MOST: usize = 1_000;

/// Reads a letter out of any bytes.
///
/// It never fails: what cannot be understood, or was cut, is named in
/// [`Letter::problems`]. Time and memory grow with the size alone: headers,
/// parts, their depth, and what is shown are bounded. The parts are taken apart
/// here and not by mail-parser, whose tree follows any depth and reads the rest
/// of the message again for each boundary that never comes; the fields, their
/// encodings and the character sets are mail-parser's.
pub fn parse(bytes: &[u8]) -> Letter {
    let mut problems = Problems::default();
    let (headers, body) = Headers::read(bytes, HEADER_BYTES_AT_MOST, &mut problems);
    if headers.is_empty() && body.is_empty() {
        problems.name("the message is empty");
    }

    let mut authors = headers.mailboxes(HeaderName::From, &mut problems);
    if authors.is_empty() {
        authors = headers.mailboxes(HeaderName::Sender, &mut problems);
    }
    match authors.len() {
        0 => problems.name("there is no sender"),
        1 => {}
        _ => problems.name("there is more than one sender; the first was taken"),
    }
    let has_other_authors = authors.len() > 1 || headers.written("from").nth(1).is_some();
    let from: Option<Mailbox> = authors.into_iter().next();

    let subject = headers.line(HeaderName::Subject).unwrap_or_default();
    let shown_subject = shortened(&subject, SUBJECT_CHARACTERS_AT_MOST);
    if shown_subject.len() < subject.len() {
        problems.name("the subject is too long; its end was left out");
    }
    let subject = shown_subject.to_owned();
    let date = read_date(&headers, &mut problems);

    let mut body_parts = Body::read(&headers, body, &mut problems);
    let (text, html) = body_parts.text_and_html(&mut problems);
    let is_forward = is_forward(&subject);
    let origin = if is_forward { Origin::Forward } else { Origin::Message };
    let new_text = without_history(&without_armour(&text), origin);
    let automatic = screen(&headers, from.as_ref(), &subject, &new_text);
    let automatic = automatic.or(body_parts.is_calendar_answer.then_some(Automatic::Reply));
    let mut protection = body_parts.protection.clone();
    for (mark, kind) in [
        ("-----BEGIN PGP SIGNED MESSAGE-----", ProtectionKind::Signed),
        ("-----BEGIN PGP MESSAGE-----", ProtectionKind::Encrypted),
    ] {
        if text.lines().take(2_000).any(|line| line.trim_end() == mark) {
            let found = Protection { kind, scheme: ProtectionScheme::Pgp };
            if !protection.contains(&found) {
                protection.push(found);
            }
        }
    }
    let bounce = (automatic == Some(Automatic::Bounce)).then(|| {
        let failed: Vec<String> = headers.written("x-failed-recipients").map(str::to_owned).collect();
        read_bounce(&subject, &failed, &text, &body_parts.attachments)
    });

    Letter {
        return_path: headers.written("return-path").next().and_then(read_path),
        to: headers.mailboxes(HeaderName::To, &mut problems),
        cc: headers.mailboxes(HeaderName::Cc, &mut problems),
        reply_to: headers.mailboxes(HeaderName::ReplyTo, &mut problems).into_iter().next(),
        message_id: headers.identities(HeaderName::MessageId).into_iter().next(),
        in_reply_to: headers.identities(HeaderName::InReplyTo).into_iter().next(),
        references: headers.identities(HeaderName::References),
        from,
        has_other_authors,
        subject,
        date,
        text,
        html,
        new_text,
        attachments: body_parts.attachments,
        automatic,
        protection,
        signatures: std::mem::take(&mut body_parts.signatures),
        bounce,
        comes_back: headers.has(&LOOP_HEADER.to_ascii_lowercase()),
        is_forward,
        problems: problems.into_list(),
    }
}

fn read_date(headers: &Headers, problems: &mut Problems) -> Option<String> {
    let stated = headers.first(HeaderName::Date)?;
    let date = in_utc(stated).or_else(|| {
        let written = headers.written("date").next()?;
        let field = format!("Date: {}\r\n\r\n", mended_date(written));
        let (mended, _) = Headers::read(field.as_bytes(), field.len(), &mut Problems::default());
        mended.first(HeaderName::Date).and_then(in_utc)
    });
    if date.is_none() {
        problems.name("the date could not be understood");
    }
    date
}

/// The address of a return path: with or without its angle brackets, without the source route of former times.
fn read_path(written: &str) -> Option<String> {
    let path = written.trim();
    let path = path.strip_prefix('<').and_then(|path| path.strip_suffix('>')).unwrap_or(path);
    let address = match path.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => path,
    };
    address.contains('@').then(|| address.to_owned())
}

fn in_utc(stated: &HeaderValue<'_>) -> Option<String> {
    let date = stated.as_datetime().filter(|date| date.is_valid())?;
    Some(DateTime::from_timestamp(date.to_timestamp()).to_rfc3339())
}

/// A date of the obsolete form in today's: seconds, and zones as numbers.
///
/// Source: RFC 5322 section 4.3.
fn mended_date(written: &str) -> String {
    let words: Vec<String> = shortened(written, 100)
        .split_whitespace()
        .map(|word| match word {
            "UT" | "GMT" | "UTC" | "Z" => "+0000".to_owned(),
            "EDT" => "-0400".to_owned(),
            "EST" | "CDT" => "-0500".to_owned(),
            "CST" | "MDT" => "-0600".to_owned(),
            "MST" | "PDT" => "-0700".to_owned(),
            "PST" => "-0800".to_owned(),
            time if time.matches(':').count() == 1 && time.as_bytes()[0].is_ascii_digit() => {
                format!("{time}:00")
            }
            other => other.to_owned(),
        })
        .collect();
    let begins_with_day = words.first().is_some_and(|word| word.as_bytes()[0].is_ascii_digit());
    // The day of the week is not read, but one must be there.
    if begins_with_day { format!("Mon, {}", words.join(" ")) } else { words.join(" ") }
}

/// Whether a subject says that an older message is passed on, which makes that
/// message the content and not its history.
fn is_forward(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    ["fw:", "fwd:", "tr:", "tr :", "wg:", "rv:", "doorst:", "fw :", "fwd :", "i:", "転送:", "enc:"]
        .iter()
        .any(|prefix| subject.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::content_digest::content_digest;
    use crate::letter::Automatic;

    fn with_header(lines: &str) -> Letter {
        parse(format!("From: Ana <ana@client.example>\r\n{lines}\r\n\r\nHello\r\n").as_bytes())
    }

    #[test]
    fn character_sets_become_unicode() {
        for (charset, encoding, body, expected) in [
            ("utf-8", "8bit", "été €".as_bytes(), "été €"),
            ("windows-1252", "8bit", b"\x93caf\xe9\x94 \x80".as_slice(), "“café” €"),
            ("iso-8859-1", "quoted-printable", b"caf=E9 =\r\nnoir", "café noir"),
            ("iso-8859-15", "8bit", b"\xa4", "€"),
            ("ISO-2022-JP", "7bit", b"\x1b$B$3$s$K$A$O\x1b(B", "こんにちは"),
            ("", "7bit", b"\x1b$B$3$s$K$A$O\x1b(B", "こんにちは"),
            ("shift_jis", "8bit", b"\x82\xb1\x82\xf1", "こん"),
            ("euc-jp", "8bit", b"\xa4\xb3\xa4\xf3", "こん"),
            ("koi8-r", "8bit", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
            ("gb2312", "8bit", b"\xc4\xe3\xba\xc3", "你好"),
            ("big5", "8bit", b"\xa7A\xa6n", "你好"),
            ("utf-16le", "base64", b"aABpAA==", "hi"),
            ("", "8bit", b"caf\xe9", "café"),
            ("us-ascii", "8bit", "café".as_bytes(), "café"),
            ("x-unheard-of", "8bit", b"caf\xe9", "café"),
            ("utf-8", "8bit", b"caf\xe9", "café"),
            ("utf-8", "8-bit", b"caf\xc3\xa9 \xe9", "café \u{fffd}"),
            ("utf-8", "8bit", b"caf\xe9", "café"),
            ("utf-8", "8-bit", b"caf\xc3\xa9 \xe9", "café \u{fffd}"),
            ("utf-8", "base64", b"Y2Fmw6k=", "café"),
            ("utf-8", "base64", b"Y2F*mw6k=!", "café"),
            ("utf-8", "quoted-printable", b"a=ZZb=C3=A9", "a=ZZbé"),
        ] {
            let mut message =
                format!("From: a@b.example\r\nContent-Type: text/plain; charset=\"{charset}\"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n")
                    .into_bytes();
            message.extend_from_slice(body);
            assert_eq!(parse(&message).text, expected, "{charset} {encoding}");
        }
    }

    #[test]
    fn headers_are_decoded() {
        let letter = parse(
            b"From: =?iso-8859-1?Q?Andr=E9_P=E9rez?= <andre@client.example>\r\n\
              To: \"Doe, Jane\" <jane@eole.example>, team: a@b.example, c@d.example;\r\n\
              Cc: copy@eole.example\r\n\
              Subject: =?utf-8?B?4pyT?= =?utf-8?Q?_licence?=\r\n =?utf-8?Q?_n=C2=B0?= 7\r\n\
              Date: Tue, 3 Mar 2026 10:00:00 +0100\r\n\
              Message-ID: <1@client.example>\r\n\
              In-Reply-To: <0@eole.example>\r\n\
              References: <a@eole.example>\r\n <0@eole.example>\r\n\
              Reply-To: Help <help@client.example>\r\n\r\nHi",
        );
        let from = letter.from.unwrap();
        assert_eq!(from.name.as_deref(), Some("André Pérez"));
        assert_eq!(from.address, "andre@client.example");
        let to: Vec<&str> = letter.to.iter().map(|to| to.address.as_str()).collect();
        assert_eq!(to, ["jane@eole.example", "a@b.example", "c@d.example"]);
        assert_eq!(letter.to[0].name.as_deref(), Some("Doe, Jane"));
        assert_eq!(letter.cc.len(), 1);
        assert_eq!(letter.subject, "✓ licence n° 7");
        assert_eq!(letter.date.as_deref(), Some("2026-03-03T09:00:00Z"));
        assert_eq!(letter.message_id.as_deref(), Some("1@client.example"));
        assert_eq!(letter.in_reply_to.as_deref(), Some("0@eole.example"));
        assert_eq!(letter.references, ["a@eole.example", "0@eole.example"]);
        assert_eq!(letter.reply_to.unwrap().address, "help@client.example");
        assert_eq!(letter.problems, Vec::<String>::new());
    }

    /// Source: RFC 5321 section 4.5.3.1 and RFC 5322 section 2.1.1, both in bytes.
    #[test]
    fn addresses_and_identities_are_bounded_in_bytes() {
        let domain = "client.example";
        let local = "é".repeat((320 - 1 - domain.len()) / 2);
        let fits = format!("{local}x@{domain}");
        assert_eq!(fits.len(), 320);
        let letter = parse(format!("From: {fits}\r\nCc: x{fits}, b@{domain}\r\n\r\nx").as_bytes());
        assert_eq!(letter.from.map(|from| from.address), Some(fits.clone()));
        assert_eq!(letter.cc.len(), 1);
        let letter = parse(format!("From: x{fits}\r\nReply-To: x{fits}\r\n\r\nx").as_bytes());
        assert_eq!((letter.from, letter.reply_to), (None, None));
        assert!(letter.problems.iter().any(|problem| problem == "an address could not be understood"));

        let long = "日".repeat(998);
        let letter = parse(format!("Message-ID: <{long}>\r\nReferences: <x{long}>\r\n\r\nx").as_bytes());
        assert_eq!(letter.message_id, Some("日".repeat(332)));
        assert_eq!(letter.references, [format!("x{}", "日".repeat(332))]);
    }

    #[test]
    fn the_json_has_the_fixed_shape() {
        let letter = parse(
            b"From: Ana <ana@client.example>\r\nTo: s@eole.example\r\nReply-To: r@client.example\r\n\
              Subject: Hi\r\nDate: Tue, 3 Mar 2026 10:00:00 +0000\r\nMessage-ID: <1@c.example>\r\n\
              Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n\
              Content-Type: text/plain\r\nContent-Disposition: attachment; filename=log.txt\r\n\r\nxyz\r\n--b--\r\n",
        );
        let expected = serde_json::json!({
            "from": {"name": "Ana", "address": "ana@client.example"},
            "to": [{"name": null, "address": "s@eole.example"}],
            "cc": [],
            "reply_to": "r@client.example",
            "subject": "Hi",
            "date": "2026-03-03T10:00:00Z",
            "message_id": "1@c.example",
            "in_reply_to": null,
            "references": [],
            "text": "Hello",
            "html": null,
            "new_text": "Hello",
            "attachments": [{"name": "log.txt", "media_type": "text/plain", "size": 3, "inline": false}],
            "automatic": null,
            "problems": [],
        });
        assert_eq!(serde_json::to_value(&letter).unwrap(), expected);
    }

    const NESTED: &str = "From: a@b.example\r\n\
        Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n\
        preamble\r\n--outer\r\n\
        Content-Type: multipart/alternative; boundary=outer-2\r\n\r\n\
        --outer-2\r\nContent-Type: text/plain\r\n\r\nPlain words\r\n\
        --outer-2\r\nContent-Type: multipart/related; boundary=rel\r\n\r\n\
        --rel\r\nContent-Type: text/html\r\n\r\n<p>Rich <img src=\"cid:i1\"><img src=\"https://spy.example/x.png\" alt=\"logo\"></p>\r\n\
        --rel\r\nContent-Type: image/png; name=i.png\r\nContent-ID: <i1>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw==\r\n\
        --rel--\r\n--outer-2--\r\n\
        --outer\r\nContent-Type: message/rfc822\r\n\r\nFrom: other@b.example\r\nSubject: inner\r\n\r\ninner text\r\n\
        --outer\r\nContent-Type: application/pdf\r\n\
        Content-Disposition: attachment; filename*0*=utf-8''r%C3%A9sum; filename*1*=%C3%A9.pdf\r\n\r\nPDF\r\n\
        --outer--\r\nepilogue";

    #[test]
    fn nested_parts_find_their_places() {
        let letter = parse(NESTED.as_bytes());
        assert_eq!(letter.text, "Plain words");
        let html = letter.html.unwrap();
        assert!(html.contains("cid:i1") && html.contains("logo"));
        assert!(!html.contains("spy.example"), "{html}");
        let files: Vec<(Option<&str>, &str, bool, usize)> = letter
            .attachments
            .iter()
            .map(|file| (file.name.as_deref(), file.media_type.as_str(), file.inline, file.size))
            .collect();
        assert_eq!(
            files,
            [
                (Some("i.png"), "image/png", true, 4),
                (Some("message.eml"), "message/rfc822", false, 51),
                (Some("résumé.pdf"), "application/pdf", false, 3),
            ]
        );
        assert_eq!(letter.attachments[0].content_id.as_deref(), Some("i1"));
        assert_eq!(letter.problems, Vec::<String>::new());
    }

    #[test]
    fn file_names_are_decoded_and_harmless() {
        for (parameter, expected) in [
            ("filename=\"=?utf-8?Q?r=C3=A9sum=C3=A9.pdf?=\"", "résumé.pdf"),
            ("filename*=iso-8859-1'fr'%E9t%E9.txt", "été.txt"),
            ("filename=\"../../../etc/cron.d/x\"", "x"),
            ("filename=\"C:\\\\temp\\\\a.txt\"", "a.txt"),
            ("filename*=utf-8''a%0D%0AB%00.txt", "aB.txt"),
            ("filename*=utf-8''%E2%80%AEfdp.exe", "fdp.exe"),
            ("filename*0=\"one \"; filename*1=\"two.txt\"", "one two.txt"),
            ("filename=\"\\\\\\\\evil.example\\\\part\\\\a.txt\"", "a.txt"),
            ("filename*=utf-8''a.txt%E2%80%8B.exe", "a.txt.exe"),
            ("filename=\"a.exe. . \"", "a.exe"),
            ("filename=\"=?utf-8?Q?a.exe=E2=80=8B.?=\"", "a.exe"),
            // What an encoded word says is no encoded word.
            ("filename=\"=?utf-8?Q?=3D=3Futf-8=3FQ=3F=2E=2E=2Fx=3F=3D?=\"", "x_="),
        ] {
            let letter = parse(
                format!("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; {parameter}\r\n\r\nx\r\n--b--")
                    .as_bytes(),
            );
            assert_eq!(letter.attachments[0].name.as_deref(), Some(expected), "{parameter}");
        }
    }

    /// Two names are one, the disposition's: what is shown, scanned and handed on is the same. Source: RFC 2183 section 2.3.
    #[test]
    fn of_two_names_one_counts_everywhere() {
        for (fields, expected) in [
            (
                "Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=b.exe",
                "b.exe",
            ),
            (
                "Content-Disposition: attachment; filename=b.exe\r\nContent-Type: text/plain; name=a.txt",
                "b.exe",
            ),
            ("Content-Type: text/plain; name=\"../a.txt\"\r\nContent-Disposition: attachment", "a.txt"),
            ("Content-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment; filename=\"..\"", "-"),
        ] {
            let letter = parse(
                format!("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n{fields}\r\n\r\nx\r\n--b--")
                    .as_bytes(),
            );
            assert_eq!(letter.attachments[0].name.as_deref().unwrap_or("-"), expected, "{fields}");
            assert_eq!(letter.attachments[0].media_type, "text/plain", "{fields}");
        }
    }

    /// Source: RFC 2047 section 6.2: what was decoded is not decoded again.
    #[test]
    fn an_encoded_word_in_an_encoded_word_stays_text() {
        let inner = "=?utf-8?Q?Bcc=3A_evil?=";
        let quoted: String = inner.bytes().map(|byte| format!("={byte:02X}")).collect();
        let packed = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, inner);
        for word in [format!("=?utf-8?Q?{quoted}?="), format!("=?utf-8?B?{packed}?=")] {
            let letter = parse(
                format!("From: {word} <a@b.example>\r\nTo: {word} <c@d.example>\r\nSubject: {word}\r\n\r\nx")
                    .as_bytes(),
            );
            assert_eq!(letter.subject, inner, "{word}");
            let from = letter.from.unwrap();
            assert_eq!((from.name.as_deref(), from.address.as_str()), (Some(inner), "a@b.example"), "{word}");
            assert_eq!(letter.to[0].name.as_deref(), Some(inner), "{word}");
        }
    }

    #[test]
    fn html_alone_becomes_text_and_is_made_safe() {
        let letter = parse(
            b"From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
            <html><head><title>T</title><style>p{}</style></head><body onload=\"x()\">\
            <p>Hello <b>there</b>,<br>see <a href=\"https://eole.example/a\">the page</a> or \
            <a href=\"https://eole.example/b\">https://eole.example/b</a></p><script>alert(1)</script>\
            <ul><li>one</li><li>two</li></ul><a href=\"javascript:x()\">bad</a>\
            <img src=\"//spy.example/p.gif\"><img src=\"data:image/svg+xml;base64,AAAA\">\
            <table background=\"https://spy.example/b\"><tr><td style=\"background:url(https://spy.example/c)\">cell</td></tr></table>\
            <form action=\"https://spy.example/f\"><input name=x></form></body></html>",
        );
        let html = letter.html.clone().unwrap();
        for forbidden in ["spy.example", "script", "onload", "javascript", "svg", "<form", "<style"] {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
        assert!(
            letter
                .text
                .starts_with("Hello there,\nsee the page <https://eole.example/a> or https://eole.example/b"),
            "{}",
            letter.text
        );
        for word in ["- one", "- two", "cell", "bad"] {
            assert!(letter.text.contains(word), "{word} in {}", letter.text);
        }
        assert!(!letter.text.contains("alert") && !letter.text.starts_with('T'));
    }

    /// The HTML three widespread programs write around an answer.
    #[test]
    fn history_in_html_is_told_apart() {
        for (program, answer) in [
            (
                "gmail",
                "<div dir=\"ltr\">It works now.<div><br></div><div>Ana</div></div><br><div class=\"gmail_quote\">\
                 <div dir=\"ltr\" class=\"gmail_attr\">On Tue, 3 Mar 2026 at 10:00, Eole &lt;<a href=\"mailto:support@eole.example\">\
                 support@eole.example</a>&gt; wrote:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0\">\
                 <div>Please try again.</div><div>Eole</div></blockquote></div>",
            ),
            (
                "apple",
                "<html><body>It works now.<br><br>Ana<br><div><br><blockquote type=\"cite\"><div>On 3 Mar 2026, at 10:00, \
                 Eole &lt;support@eole.example&gt; wrote:</div><br><div>Please try again.</div></blockquote></div></body></html>",
            ),
            (
                "outlook",
                "<html><body><p class=MsoNormal>It works now.<o:p></o:p></p><p class=MsoNormal>Ana</p>\
                 <div id=\"divRplyFwdMsg\"><hr tabindex=-1><font><b>De&nbsp;:</b> Éole &lt;support@eole.example&gt;<br>\
                 <b>Envoyé&nbsp;:</b> mardi 3 mars 2026 10:00<br><b>À&nbsp;:</b> Ana<br><b>Objet&nbsp;:</b> RE: Démarrage</font></div>\
                 <p>Please try again.</p></body></html>",
            ),
        ] {
            let letter = parse(
                format!("From: a@b.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{answer}")
                    .as_bytes(),
            );
            let said: Vec<&str> = letter.new_text.split_whitespace().collect();
            assert_eq!(said.join(" "), "It works now. Ana", "{program}: {}", letter.text);
            assert!(letter.text.contains("Please try again."), "{program}");
        }
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_fails() {
        let empty = parse(b"");
        assert_eq!(empty.text, "");
        assert!(empty.problems.iter().any(|problem| problem.contains("empty")));
        let headers_only = parse(b"From: a@b.example\r\nSubject: Only this\r\n");
        assert_eq!((headers_only.subject.as_str(), headers_only.text.as_str()), ("Only this", ""));
        let body_only = parse(b"just some words\r\nand: more");
        assert_eq!(body_only.text, "just some words\nand: more");
        assert!(body_only.problems.iter().any(|problem| problem.contains("no header")));
        let no_blank = parse(b"From: a@b.example\r\nSubject: x\r\nHello there\r\nBye");
        assert_eq!(no_blank.text, "Hello there\nBye");
        let lf_only = parse(b"From: a@b.example\nSubject: x\n\nHello\n");
        assert_eq!((lf_only.subject.as_str(), lf_only.text.as_str()), ("x", "Hello"));
        let unclosed = parse(
            b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello\r\n",
        );
        assert_eq!(unclosed.text, "Hello");
        assert!(unclosed.problems.iter().any(|problem| problem.contains("not closed")));
        let no_parts =
            parse(b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\nHello\r\n");
        assert_eq!(no_parts.text, "Hello");
        let two_authors = parse(b"From: a@b.example\r\nFrom: evil@c.example\r\n\r\nx");
        assert!(two_authors.has_other_authors);
        assert!(parse(b"From: a@b.example, evil@c.example\r\n\r\nx").has_other_authors);
        assert!(parse(b"From: a@b.example\r\nFrom: ?\r\n\r\nx").has_other_authors);
        assert!(!parse(b"From: a@b.example\r\nSender: c@b.example\r\n\r\nx").has_other_authors);
        assert_eq!(two_authors.from.unwrap().address, "a@b.example");
        let latin_header = parse(b"From: Andr\xe9 <a@b.example>\r\nSubject: caf\xe9\r\n\r\nx");
        assert_eq!(latin_header.subject, "café");
        assert_eq!(latin_header.from.unwrap().name.as_deref(), Some("André"));
        let bad_date = parse(b"From: a@b.example\r\nDate: yesterday\r\n\r\nx");
        assert_eq!(bad_date.date, None);
        assert_eq!(bad_date.problems, ["the date could not be understood"]);
        let mbox = parse(b"From a@b.example Tue Mar  3 10:00:00 2026\r\nFrom: a@b.example\r\n\r\nx");
        assert_eq!(mbox.from.unwrap().address, "a@b.example");
    }

    /// Source: RFC 3834 section 2.
    #[test]
    fn machines_are_told_from_people() {
        use Automatic::{Bounce, Bulk, Loop, Reply};
        for (header, expected) in [
            ("Subject: Hello", None),
            ("Auto-Submitted: no", None),
            ("X-Auto-Response-Suppress: None", None),
            ("Return-Path: <ana@client.example>", None),
            ("Auto-Submitted: auto-replied (vacation)", Some(Reply)),
            ("Auto-Submitted: auto-generated", Some(Bulk)),
            ("Auto-Submitted: auto-generated\r\nIn-Reply-To: <1@e.example>", Some(Reply)),
            ("X-Autoreply: yes", Some(Reply)),
            ("Precedence: auto_reply", Some(Reply)),
            ("X-Auto-Response-Suppress: All\r\nSubject: Automatic reply: x", Some(Reply)),
            ("Return-Path: <>", Some(Reply)),
            ("Precedence: bulk", Some(Bulk)),
            ("Precedence: list", Some(Bulk)),
            ("List-Id: <news.client.example>", Some(Bulk)),
            ("List-Unsubscribe: <https://client.example/u>", Some(Bulk)),
            ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", Some(Bounce)),
            ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", Some(Reply)),
            ("X-Failed-Recipients: x@y.example", Some(Bounce)),
            ("X-Entente-Loop: eole", Some(Loop)),
        ] {
            assert_eq!(with_header(header).automatic, expected, "{header}");
        }
        // The first is the one our own listener wrote.
        assert_eq!(with_header("Return-Path: <a@c.example>\r\nReturn-Path: <>").automatic, None);
        let daemon = parse(b"From: Mail <MAILER-DAEMON@mx.example>\r\n\r\nfailed");
        assert_eq!(daemon.automatic, Some(Bounce));
        let circling = "Received: from a by b\r\n".repeat(50);
        assert_eq!(with_header(circling.trim_end()).automatic, Some(Loop));
    }

    #[test]
    fn text_beside_html_reads_the_same_twice() {
        let letter = with_header(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>a</p>\r\n--b\r\n\r\n\r\n\r\n\r\nx\r\n--b--",
        );
        let html = letter.html.unwrap();
        assert!(html.contains("<pre>x</pre>"), "{html}");
    }

    #[test]
    fn two_copies_by_two_routes_have_one_digest() {
        let one = parse(NESTED.as_bytes());
        let other = format!("Received: from x by y\r\nDelivered-To: z@eole.example\r\n{NESTED}");
        assert_eq!(content_digest(&one), content_digest(&parse(other.as_bytes())));
        for (from, to) in [("Plain", "Other"), ("PDF\r", "PDG\r"), ("a@b.example", "c@b.example")] {
            let changed = NESTED.replacen(from, to, 1);
            assert_ne!(content_digest(&one), content_digest(&parse(changed.as_bytes())), "{from}");
        }
    }

    #[test]
    fn a_text_too_long_to_show_comes_whole_as_a_file() {
        let line = "0123456789 abcdefghijklmnopqrstuvwxyz\r\n";
        let text = line.repeat(60_000);
        let letter = parse(format!("From: a@b.example\r\n\r\n{text}").as_bytes());
        assert!(letter.text.len() <= 1024 * 1024 && letter.text.len() > 900_000);
        assert_eq!(letter.attachments[0].name.as_deref(), Some("body.txt"));
        assert_eq!(letter.attachments[0].bytes, text.as_bytes());
        assert_eq!(letter.problems.len(), 1);
    }

    /// Hostile messages of half a megabyte each: the time allowed is what an
    /// unoptimised build needs with a wide margin, far from what anything
    /// quadratic would take.
    #[test]
    fn hostile_messages_take_bounded_time() {
        let start = "From: a@b.example\r\n";
        let fill = |unit: &str| unit.repeat(512 * 1024 / unit.len());
        // As much as a header may hold, so that it is read and not left out.
        let fill_header = |unit: &str| unit.repeat(250 * 1024 / unit.len());
        let unclosed_boundaries: String = (0..40_000)
            .map(|number| format!("--b\r\nContent-Type: multipart/mixed; boundary=n{number}\r\n\r\n"))
            .collect();
        let deep: String = (0..20_000)
            .map(|number| format!("Content-Type: multipart/mixed; boundary=d{number}\r\n\r\n--d{number}\r\n"))
            .collect();
        let cases = vec![
            ("headers", format!("{start}{}\r\n\r\nx", fill("a: b\r\n"))),
            ("one long header", format!("{start}Subject: {}\r\n\r\nx", fill("x"))),
            ("folded header", format!("{start}To: {}\r\n\r\nx", fill_header("a\r\n "))),
            ("addresses", format!("{start}To: {}\r\n\r\nx", fill_header("a@b.example,"))),
            ("open comments", format!("{start}To: {}\r\n\r\nx", fill_header("(<"))),
            ("encoded words", format!("{start}Subject: {}\r\n\r\nx", fill_header("=?"))),
            ("references", format!("{start}References: {}\r\n\r\nx", fill_header("<a@b> "))),
            ("nested messages", fill("Content-Type: message/rfc822\r\n\r\n")),
            (
                "parts",
                format!("{start}Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", fill("--b\r\n\r\n")),
            ),
            (
                "digest",
                format!("{start}Content-Type: multipart/digest; boundary=b\r\n\r\n{}", fill("--b\r\n\r\n")),
            ),
            (
                "boundaries",
                format!("{start}Content-Type: multipart/mixed; boundary=b\r\n\r\n{unclosed_boundaries}"),
            ),
            ("deep parts", format!("{start}{deep}")),
            ("quotes", format!("{start}\r\n{}", fill("> a\r\nb\r\n"))),
            ("quote block", format!("{start}\r\n{}end", fill(">\r\n"))),
            ("attributions", format!("{start}\r\n{}", fill("On x\r\n"))),
            ("signatures", format!("{start}\r\n{}", fill("--\r\n\r\n"))),
            ("fields", format!("{start}\r\n{}", fill("From: a\r\n"))),
            (
                "equal signs",
                format!("{start}Content-Transfer-Encoding: quoted-printable\r\n\r\n{}", fill("=")),
            ),
        ];
        for (name, message) in cases {
            assert_bounded(name, &message);
        }
    }

    #[test]
    fn hostile_html_takes_bounded_time() {
        for unit in [
            "<b>",
            "<div>",
            "<",
            "<p>",
            "<hr>",
            "<a href=x>",
            "<table><tr><td>",
            "&amp",
            "<!--",
            "<blockquote>",
            "</p>",
            "<font><p>",
            "<li>",
            "<b></p>",
            "a<br>",
            "<img src=x>",
            "<select>",
            "<svg><math>",
            "<template>",
            "<ul>",
            "<pre>",
            "<td>",
        ] {
            let body = unit.repeat(64 * 1024 / unit.len());
            let message = format!("From: a@b.example\r\nContent-Type: text/html\r\n\r\n{body}");
            assert_bounded(unit, &message);
        }
    }

    // A stopwatch, not the time of day.
    #[allow(clippy::disallowed_methods)]
    fn assert_bounded(name: &str, message: &str) {
        let from = harness::thread_cpu_time();
        drop(parse(message.as_bytes()));
        let took = harness::thread_cpu_time() - from;
        assert!(took < Duration::from_secs(20), "{name} took {took:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn any_bytes_give_a_letter(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let letter = parse(&bytes);
            prop_assert!(letter.problems.len() <= 50);
        }

        #[test]
        fn any_pieces_of_messages_give_a_letter(pieces in prop::collection::vec(
            prop::sample::select(vec![
                "From: ", "To: ", "Subject: ", "Date: ", "a@b.example", "<", ">", "\r\n", "\n", "\r", "\r\n\r\n",
                "Content-Type: ", "multipart/mixed; boundary=b", "multipart/alternative; boundary=\"c\"", "message/rfc822",
                "text/html", "text/plain; charset=", "iso-2022-jp", "utf-7", "utf-16", "Content-Transfer-Encoding: ",
                "base64", "quoted-printable", "--b", "--c", "--b--", "=?utf-8?B?4pyT?=", "=?x?Q?=", "=", "=E9", "é", "\u{202e}",
                "; name*0*=utf-8''%", "; filename=\"", "\"", "(", ")", "References: ", "In-Reply-To: ", "<p>", "<blockquote>",
                "<table>", "</", "&#", " ", "\t", "\0", "On 3 Mar 2026 at 10:00 a@b.example wrote:", "> ", "-- ", "AAAA", "\u{1b}$B",
            ]), 0..120)) {
            let letter = parse(pieces.concat().as_bytes());
            prop_assert!(!letter.subject.contains(['\r', '\n']));
            for file in &letter.attachments {
                let name = file.name.clone().unwrap_or_default();
                prop_assert!(!name.contains(['/', '\\']) && !name.contains(char::is_control));
            }
        }
    }
}
