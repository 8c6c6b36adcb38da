//! What the sender wrote now, apart from what they quote.
//!
//! The rules are conservative: a line is only left out when it is known to be
//! history or signature, since a sentence left out is worse than one repeated.

/// The line that outgoing letters carry above their text: everything from it on
/// is history when it comes back.
///
/// It holds no words, so that it is the same in every language, and only
/// characters that every mail program keeps.
pub const REPLY_MARKER: &str = "=== 8< ===== 8< ===== 8< ===";

/// The longest signature left out, in lines that are not blank.
const SIGNATURE_LINES_AT_MOST: usize = 15;
/// How many lines an attribution may be wrapped over.
const ATTRIBUTION_LINES_AT_MOST: usize = 4;
/// How far below the author the other fields of a header block may stand, in
/// lines.
const HEADER_BLOCK_LINES_AT_MOST: usize = 8;

/// Whether an older message in a letter is its history or its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A message or an answer: what is quoted is history.
    Message,
    /// A forward: what it passes on is what the sender wants read.
    Forward,
}

/// Gives `text` without quoted history and signature.
pub(crate) fn without_history(text: &str, origin: Origin) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let mut in_history = false;
    let mut marked = false;
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if is_marker(line) {
            drop_attribution(&mut kept);
            marked = true;
            break;
        }
        if origin == Origin::Message {
            if starts_older_message(&lines, at) {
                drop_separator(&mut kept);
                break;
            }
            if let Some(length) = attribution_length(&lines, at) {
                let quote = next_written(&lines, at + length);
                if quote.is_some_and(|quote| is_quoted(lines[quote])) {
                    in_history = true;
                    at += length;
                    continue;
                }
                if names_time_or_address(&lines[at..at + length]) {
                    break;
                }
            }
            if is_quoted(line) {
                let length = quoted_length(&lines, at);
                let ends_the_text = next_written(&lines, at + length).is_none();
                let is_history = in_history || (ends_the_text && length > 1);
                if !is_history {
                    kept.extend_from_slice(&lines[at..at + length]);
                }
                at += length;
                continue;
            }
        }
        // The armour of a signature is neither text nor history.
        if line.trim_end() == "-----BEGIN PGP SIGNATURE-----" {
            break;
        }
        if line.trim_end() == "-----BEGIN PGP SIGNED MESSAGE-----" {
            at += 1;
            while at < lines.len() && lines[at].contains(": ") {
                at += 1;
            }
            continue;
        }
        if let Some(length) = signature_length(&lines, at) {
            at += length;
            continue;
        }
        kept.push(line);
        at += 1;
    }
    drop_device_signature(&mut kept);
    let new_text = joined(&kept);
    if new_text.is_empty() && !marked {
        // Nothing but history: show it rather than nothing.
        return text.trim().to_owned();
    }
    new_text
}

/// Whether this is the reply marker, quoted or not.
fn is_marker(line: &str) -> bool {
    line.contains('8')
        && line
            .trim_matches(|character: char| matches!(character, '>' | '|' | '*') || character.is_whitespace())
            .eq(REPLY_MARKER)
}

/// The attribution above the marker, in whatever language: it ends in a colon
/// and tells when or by whom.
fn drop_attribution(kept: &mut Vec<&str>) {
    while kept.last().is_some_and(|line| {
        let line = line.trim_matches(|character: char| character == '>' || character.is_whitespace());
        line.is_empty()
    }) {
        kept.pop();
    }
    let ends_in_colon = kept.last().is_some_and(|line| line.trim_end().ends_with([':', '：']));
    if ends_in_colon && kept.last().is_some_and(|line| names_time_or_address(&[line])) {
        kept.pop();
    }
}

/// A rule of underscores or hyphens directly above a header block.
fn drop_separator(kept: &mut Vec<&str>) {
    while kept.last().is_some_and(|line| {
        let line = line.trim();
        line.is_empty() || (line.len() > 2 && line.chars().all(|character| matches!(character, '_' | '-')))
    }) {
        kept.pop();
    }
}

/// Whether an older message starts here: the separator line of a mail program,
/// or the block of header fields that Outlook puts in its place.
fn starts_older_message(lines: &[&str], at: usize) -> bool {
    let line = lines[at].trim();
    is_separator(line) || starts_header_block(lines, at)
}

fn is_separator(line: &str) -> bool {
    let words = line
        .trim_matches(|character: char| {
            matches!(character, '-' | '_' | '=' | '*') || character.is_whitespace()
        })
        .to_lowercase();
    let dashes = line.starts_with("--") || line.starts_with("__");
    dashes
        && matches!(
            words.as_str(),
            "original message"
                | "original appointment"
                | "message d'origine"
                | "message d’origine"
                | "message original"
                | "message initial"
                | "ursprüngliche nachricht"
                | "originalnachricht"
                | "original-nachricht"
                | "mensaje original"
                | "oorspronkelijk bericht"
                | "origineel bericht"
                | "元のメッセージ"
                | "オリジナルメッセージ"
        )
}

/// The field names of a header block, language by language: author, then the
/// others of which two must follow.
const HEADER_BLOCKS: [(&[&str], &[&str]); 6] = [
    (&["from"], &["sent", "date", "to", "cc", "subject"]),
    (
        &["de"],
        &[
            "envoyé",
            "envoyé le",
            "date",
            "à",
            "cc",
            "objet",
            "enviado",
            "enviado el",
            "fecha",
            "para",
            "asunto",
        ],
    ),
    (&["von"], &["gesendet", "datum", "an", "cc", "betreff"]),
    (&["van"], &["verzonden", "datum", "aan", "cc", "onderwerp"]),
    (&["差出人", "送信者"], &["送信日時", "日時", "日付", "宛先", "cc", "件名"]),
    (&["da"], &["inviato", "data", "a", "cc", "oggetto"]),
];

fn starts_header_block(lines: &[&str], at: usize) -> bool {
    let Some((author, value)) = field(lines[at]) else {
        return false;
    };
    if value.is_empty() {
        return false;
    }
    let Some((_, others)) = HEADER_BLOCKS.iter().find(|(authors, _)| authors.contains(&author.as_str()))
    else {
        return false;
    };
    let mut found: Vec<String> = Vec::new();
    for line in lines.iter().skip(at + 1).take(HEADER_BLOCK_LINES_AT_MOST) {
        if let Some((name, _)) = field(line)
            && others.contains(&name.as_str())
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    found.len() >= 2
}

/// A line that reads like a header field: its name in lower case, its value.
fn field(line: &str) -> Option<(String, &str)> {
    let line = line
        .trim_start_matches(|character: char| matches!(character, '>' | '*') || character.is_whitespace());
    let (name, value) = line.split_once([':', '：'])?;
    if name.chars().count() > 20 {
        return None;
    }
    let name =
        name.trim_matches(|character: char| character == '*' || character.is_whitespace()).to_lowercase();
    Some((name, value.trim_matches(|character: char| character == '*' || character.is_whitespace())))
}

/// The words that open and close an attribution.
const ATTRIBUTIONS: [(&str, &[&str]); 8] = [
    ("on ", &["wrote", "writes"]),
    ("le ", &["a écrit", "a ecrit", "écrit"]),
    ("am ", &["schrieb", "geschrieben"]),
    ("el ", &["escribió", "escribio"]),
    ("op ", &["schreef", "geschreven"]),
    ("il ", &["ha scritto"]),
    ("em ", &["escreveu"]),
    ("den ", &["skrev"]),
];

/// How many lines from `at` on are an attribution, if they are one.
fn attribution_length(lines: &[&str], at: usize) -> Option<usize> {
    let first = lines[at].trim();
    if first.is_empty() || is_quoted(first) {
        return None;
    }
    let lower_first = first.to_lowercase();
    if let Some((_, verbs)) = ATTRIBUTIONS.iter().find(|(opening, _)| lower_first.starts_with(opening)) {
        let mut joined = String::new();
        for (count, line) in lines.iter().skip(at).take(ATTRIBUTION_LINES_AT_MOST).enumerate() {
            let line = line.trim();
            if line.is_empty() || is_quoted(line) {
                return None;
            }
            joined.push_str(&line.to_lowercase());
            joined.push(' ');
            if let Some(sentence) = without_colon(joined.trim()) {
                let closes = verbs.iter().any(|verb| {
                    sentence.ends_with(verb)
                        // German and Dutch put the author behind the verb.
                        || sentence.contains(&format!(" {verb} "))
                });
                return closes.then_some(count + 1);
            }
        }
        return None;
    }
    // A language that is not known here: the author's address and a time before a colon, over a
    // quote. Over anything else it may be a list.
    for count in 1..=2 {
        let Some(last) = lines.get(at + count - 1) else { break };
        if is_quoted(last) || last.trim().is_empty() {
            break;
        }
        let joined = lines[at..at + count].join(" ");
        if without_colon(last.trim()).is_some() {
            let quoted = next_written(lines, at + count).is_some_and(|next| is_quoted(lines[next]));
            let is_lead = joined.contains('<') && joined.contains('@') && names_time(&joined);
            let closes = without_colon(last.trim()).is_some_and(|said| said.ends_with("書きました"));
            if is_lead && (quoted || closes) {
                return Some(count);
            }
            break;
        }
    }
    let sentence = without_colon(&lower_first)?;
    let closes = [
        " wrote",
        " a écrit",
        " schrieb",
        " escribió",
        " schreef",
        "のメール",
        "のメッセージ",
        "さんは書きました",
        "が書きました",
        "書きました",
        "wrote",
    ]
    .iter()
    .any(|verb| sentence.ends_with(verb));
    (closes && names_time_or_address(&[first])).then_some(1)
}

fn without_colon(sentence: &str) -> Option<&str> {
    sentence
        .strip_suffix(':')
        .or_else(|| sentence.strip_suffix('：'))
        .map(|sentence| sentence.trim_end_matches(|character: char| character.is_whitespace()))
}

/// Whether lines tell a time or an address, as attributions do and sentences
/// that merely end in "wrote:" seldom.
fn names_time_or_address(lines: &[&str]) -> bool {
    let text = lines.join(" ");
    text.contains('@') || names_time(&text)
}

fn names_time(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    characters.windows(3).any(|three| {
        three[0].is_ascii_digit()
            && matches!(three[1], ':' | 'h' | '：' | '時')
            && (three[2].is_ascii_digit() || three[1] == '時')
    })
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// How many lines from `at` on are quoted, blank lines between them included.
fn quoted_length(lines: &[&str], at: usize) -> usize {
    let mut end = at;
    for (index, line) in lines.iter().enumerate().skip(at) {
        if is_quoted(line) {
            end = index + 1;
        } else if !line.trim().is_empty() {
            break;
        }
    }
    end - at
}

fn next_written(lines: &[&str], at: usize) -> Option<usize> {
    (at..lines.len()).find(|index| !lines[*index].trim().is_empty())
}

/// How many lines from a signature separator on are signature; none when so much
/// follows that it can hardly be one.
///
/// Source: RFC 3676 section 4.3.
fn signature_length(lines: &[&str], at: usize) -> Option<usize> {
    if !matches!(lines[at], "-- " | "--") {
        return None;
    }
    let mut written = 0;
    let mut end = at + 1;
    while end < lines.len() {
        let line = lines[end];
        if is_marker(line)
            || is_quoted(line)
            || starts_older_message(lines, end)
            || attribution_length(lines, end).is_some()
        {
            break;
        }
        if !line.trim().is_empty() {
            written += 1;
            if written > SIGNATURE_LINES_AT_MOST {
                return None;
            }
        }
        end += 1;
    }
    Some(end - at)
}

/// The line that telephones add.
fn drop_device_signature(kept: &mut Vec<&str>) {
    while kept.last().is_some_and(|line| line.trim().is_empty()) {
        kept.pop();
    }
    let is_device = kept.last().is_some_and(|line| {
        let line = line.trim().trim_end_matches(['.', '。']).to_lowercase();
        // The address behind the words is the programs', not the writer's.
        let line = line.split('<').next().unwrap_or_default().trim_end();
        let names_program = [
            "outlook for ios",
            "outlook for android",
            "outlook pour ios",
            "outlook pour android",
            "outlook für ios",
            "outlook für android",
            "outlook para ios",
            "outlook para android",
            "outlook voor ios",
            "outlook voor android",
            "proton mail",
            "yahoo mail",
            "courrier pour windows",
            "mail for windows",
            "mail für windows",
        ]
        .iter()
        .any(|program| line.contains(program));
        let begins_as_sent = [
            "sent ",
            "get ",
            "envoyé ",
            "obtenir ",
            "télécharger ",
            "gesendet ",
            "von ",
            "holen ",
            "outlook ",
            "enviado ",
            "obtener ",
            "descargar ",
            "verzonden ",
            "verstuurd ",
            "downloaden ",
            "proton mail ",
        ]
        .iter()
        .any(|start| line.starts_with(start));
        line.chars().count() < 60
            && (line.ends_with("から送信")
                || (names_program && begins_as_sent)
                || [
                    "sent from my ",
                    "envoyé de mon ",
                    "envoyé depuis mon ",
                    "von meinem",
                    "gesendet von ",
                    "enviado desde mi ",
                    "verzonden vanaf mijn ",
                    "verstuurd vanaf mijn ",
                    "get outlook for ",
                    "télécharger outlook pour ",
                    "sent with my ",
                    "envoyé de mon ",
                ]
                .iter()
                .any(|start| line.starts_with(start)))
    });
    if is_device && kept.len() > 1 {
        kept.pop();
    }
}

fn joined(kept: &[&str]) -> String {
    let first = kept.iter().position(|line| !line.trim().is_empty());
    let last = kept.iter().rposition(|line| !line.trim().is_empty());
    match (first, last) {
        (Some(first), Some(last)) => {
            let mut text = kept[first..=last].join("\n");
            text.truncate(text.trim_end().len());
            text
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> String {
        without_history(text, Origin::Message)
    }

    #[test]
    fn attributions_of_each_language_with_quotes_are_history() {
        for attribution in [
            "On Tue, 3 Mar 2026 at 10:00, Eole Support <support@eole.example> wrote:",
            "On 3 March 2026 Eole Support wrote:",
            "On Tue, 3 Mar 2026 at 10:00, Eole Support\n<support@eole.example>\nwrote:",
            "Le mar. 3 mars 2026 à 10:00, Assistance Éole <support@eole.example> a écrit :",
            "Le 03/03/2026 à 10:00, Assistance\u{a0}a écrit\u{a0}:",
            "Am Di., 3. März 2026 um 10:00 Uhr schrieb Eole <support@eole.example>:",
            "Am 03.03.2026 um 10:00 schrieb Eole:",
            "El mar, 3 mar 2026 a las 10:00, Eole (<support@eole.example>) escribió:",
            "Op di 3 mrt 2026 om 10:00 schreef Eole <support@eole.example>:",
            "2026年3月3日(火) 10:00 Eole <support@eole.example>のメール:",
            "Eole <support@eole.example> wrote:",
            "Il giorno mar 3 mar 2026 alle ore 10:00 Eole ha scritto:",
        ] {
            let text = format!("It works now.\n\n{attribution}\n\n> Please try again.\n>\n> Eole\n");
            assert_eq!(kept(&text), "It works now.", "{attribution}");
        }
    }

    #[test]
    fn outlook_blocks_of_each_language_are_history() {
        for block in [
            "From: Eole <support@eole.example>\nSent: Tuesday, March 3, 2026 10:00 AM\nTo: Ana\nSubject: RE: Start",
            "________________________________\nFrom: Eole <support@eole.example>\nSent: Tuesday\nTo: Ana\nSubject: x",
            "De : Éole <support@eole.example>\nEnvoyé : mardi 3 mars 2026 10:00\nÀ : Ana\nObjet : RE: Démarrage",
            "De\u{a0}: Éole\nDate\u{a0}: mardi 3 mars\nÀ\u{a0}: Ana\nObjet\u{a0}: x",
            "Von: Eole <support@eole.example>\nGesendet: Dienstag, 3. März 2026 10:00\nAn: Ana\nBetreff: AW: Start",
            "De: Eole\nEnviado el: martes, 3 de marzo de 2026 10:00\nPara: Ana\nAsunto: RE: Inicio",
            "Van: Eole <support@eole.example>\nVerzonden: dinsdag 3 maart 2026 10:00\nAan: Ana\nOnderwerp: RE: Start",
            "差出人: Eole <support@eole.example>\n送信日時: 2026年3月3日 10:00\n宛先: Ana\n件名: RE: 起動",
            "-----Original Message-----\nFrom: Eole",
            "-----Message d'origine-----\nDe : Éole",
            "-----Ursprüngliche Nachricht-----\nVon: Eole",
            "-----Mensaje original-----\nDe: Eole",
            "-----Oorspronkelijk bericht-----\nVan: Eole",
            "*From:* Eole <support@eole.example>\n*Sent:* Tuesday\n*To:* Ana\n*Subject:* x",
        ] {
            let text = format!("It works now.\n\n{block}\n\nPlease try again.\nEole\n");
            assert_eq!(kept(&text), "It works now.", "{block}");
        }
    }

    #[test]
    fn below_the_marker_everything_is_history() {
        for text in [
            format!("Thanks!\n\n{REPLY_MARKER}\nanything\nat all"),
            format!("Thanks!\n\nOn 3 Mar 2026 at 10:00 a@b.example wrote:\n> {REPLY_MARKER}\n> x\n"),
            format!("Thanks!\n\nW dniu 3.03.2026 o 10:00 Eole pisze:\n\n> > {REPLY_MARKER}\n"),
            format!("Thanks!\n\n  {REPLY_MARKER}  \nmine too"),
        ] {
            assert_eq!(kept(&text), "Thanks!", "{text}");
        }
        assert_eq!(kept(&format!("{REPLY_MARKER}\nall history")), "");
    }

    #[test]
    fn answers_below_and_between_quotes_stay() {
        assert_eq!(
            kept(
                "On 3 Mar 2026 at 10:00, Eole wrote:\n> Which version?\n\nVersion 7.\n\n> Which system?\nThe usual one.\n"
            ),
            "Version 7.\n\nThe usual one."
        );
    }

    #[test]
    fn what_only_looks_like_history_stays() {
        for text in [
            "On the screen somebody wrote:\nnothing at all",
            "Le message a écrit :\nrien",
            "I type\n> start\nand nothing happens.",
            "From: the menu I chose Start.\nIt failed.",
            "From: 3 pm on it fails\nTo: reproduce, click twice.",
            "Steps -- all of them:\n1. open\n2. close",
            "a\n---\nb",
            "The log says\n> a\n> b\n> c\nWhat does it mean?",
        ] {
            assert_eq!(kept(text), text);
        }
        let long_tail = format!("--\n{}", "a line\n".repeat(16));
        assert_eq!(kept(&long_tail), long_tail.trim());
    }

    /// Source: RFC 3676 section 4.3.
    #[test]
    fn signatures_go_and_history_behind_them() {
        assert_eq!(kept("It fails.\n\n-- \nAna\nClient SA\n"), "It fails.");
        assert_eq!(kept("It fails.\n--\nAna"), "It fails.");
        assert_eq!(kept("It fails.\n-- \nAna\n\nOn 3 Mar 2026 at 10:00 Eole wrote:\n> x\n"), "It fails.");
        assert_eq!(kept("Il échoue.\n\nEnvoyé de mon iPhone"), "Il échoue.");
        assert_eq!(kept("It fails.\n\nSent from my phone."), "It fails.");
    }

    #[test]
    fn a_forward_is_content_and_pure_history_is_shown() {
        let forwarded = "See below.\n\nFrom: Bob\nSent: Tuesday\nTo: Ana\nSubject: x\n\nIt is broken.";
        assert_eq!(without_history(forwarded, Origin::Forward), forwarded);
        let only = "On 3 Mar 2026 at 10:00 Eole wrote:\n> Please try again.";
        assert_eq!(kept(only), only);
        assert_eq!(kept(""), "");
    }
}
