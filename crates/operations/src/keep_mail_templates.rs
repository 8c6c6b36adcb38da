//! The words of the letters that the desk sends by itself, as a provider wants them in place of the product's own.
//! What the agreement prescribes comes before them. There is no logic in them: gaps with names, and what stands
//! there when nothing is known.

use crate::environment::Environment;
use crate::error::Failure;
use crate::fill_template::pieces;
use crate::keep_texts::unknown;
use crate::viewer::Viewer;
use calendar::Instant;
use desk::{Refusal, Right};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Entry;
use terms::{Clause, MailTemplate};
use words::{Language, MailText};

/// Under which kind they are stored.
pub(crate) const MAIL_TEMPLATE: &str = "mail_template";
/// Versions that are kept of one letter, and characters of its subject and of its text.
const VERSIONS: usize = 50;
const SUBJECT_CHARACTERS: usize = 200;
const BODY_CHARACTERS: usize = 10_000;
/// Gaps that are never empty; every other one says what stands there when nothing is known.
const ALWAYS_KNOWN: [&str; 5] = ["number", "provider", "agent", "turn", "link"];
/// The names of the gaps in French.
const IN_FRENCH: [(&str, &str); 14] = [
    ("number", "numéro"),
    ("subject", "objet"),
    ("provider", "prestataire"),
    ("account", "client"),
    ("requester", "personne"),
    ("agent", "agent"),
    ("text", "texte"),
    ("turn", "tour"),
    ("promise", "promesse"),
    ("due", "échéance"),
    ("state", "état"),
    ("left", "reste"),
    ("clause", "clause"),
    ("link", "lien"),
];

/// A letter that the desk sends by itself, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailWording {
    /// `acknowledgement`, `reply`, `reminder`, ….
    pub kind: &'static str,
    /// `fr` or `en`.
    pub language: &'static str,
    /// Its words of now; none while the product's own are used.
    pub words: Option<WordedMail>,
    /// What it was before, the newest first; none where it was the product's own.
    pub earlier: Vec<(Instant, Option<WordedMail>)>,
    /// The clauses of the agreement that prescribe it, which come first.
    pub prescribed: Vec<Clause>,
}

/// Subject and text of a letter, with gaps such as `{{number}}` and `{{account|your company}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordedMail {
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// As it is stored: the newest version last.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    versions: Vec<Version>,
}

#[derive(Serialize, Deserialize)]
struct Version {
    at: i64,
    words: Option<WordedMail>,
}

/// What a stored template says now; null where it is worded as it was shipped.
pub(crate) fn latest_words(body: &str) -> serde_json::Value {
    let kept: Kept = serde_json::from_str(body).unwrap_or_default();
    let words = kept.versions.into_iter().next_back().and_then(|version| version.words);
    serde_json::to_value(words).unwrap_or_default()
}

/// The letters of the viewer's desk, each in each language.
///
/// # Errors
/// - the viewer does not keep texts;
/// - the store fails.
pub async fn list_mail_wordings(
    environment: &Environment,
    viewer: &Viewer,
) -> Result<Vec<MailWording>, Failure> {
    must_keep(viewer)?;
    let provider = &viewer.provider;
    let entries = environment.store.entries(&provider.id, MAIL_TEMPLATE).await?;
    let terms = match &provider.agreement {
        Some(agreement) => Some(environment.terms(&provider.id, agreement).await?),
        None => None,
    };
    let mut wordings = Vec::new();
    for kind in MailTemplate::KINDS {
        let mails = terms.iter().flat_map(|terms| &terms.mails);
        let prescribed: Vec<Clause> = mails
            .filter(|mail| mail.of.iter().any(|of| of == kind))
            .map(|mail| mail.clause.clone())
            .collect();
        for language in ["fr", "en"] {
            let key = key_of(kind, language);
            let kept = entries.iter().find(|entry| entry.key == key).map(kept_of).unwrap_or_default();
            let mut versions = kept.versions.into_iter().rev();
            let words = versions.next().and_then(|version| version.words);
            let earlier =
                versions.map(|version| (Instant::from_milliseconds(version.at), version.words)).collect();
            wordings.push(MailWording { kind, language, words, earlier, prescribed: prescribed.clone() });
        }
    }
    Ok(wordings)
}

/// Keeps the words of a letter, or goes back to the product's own where none are given. What it said before stays
/// among its versions.
///
/// # Errors
/// - the viewer does not keep texts;
/// - there is no such letter or language;
/// - the words are empty or too long, name a gap that is none, leave one without what stands there when nothing is
///   known, or lack what every such letter says;
/// - the store fails.
pub async fn put_mail_wording(
    environment: &Environment,
    viewer: &Viewer,
    kind: &str,
    language: &str,
    words: Option<WordedMail>,
) -> Result<(), Failure> {
    must_keep(viewer)?;
    let missing = || Failure::NotFound { what: "letter" };
    let kind = MailTemplate::KINDS.into_iter().find(|known| *known == kind).ok_or_else(missing)?;
    let language = ["fr", "en"].into_iter().find(|known| *known == language).ok_or_else(missing)?;
    let words = words.map(|words| usable(kind, &words)).transpose()?;
    let (provider, key) = (&viewer.provider.id, key_of(kind, language));
    let mut kept = match environment.store.entry(provider, MAIL_TEMPLATE, &key).await? {
        Some(entry) => kept_of(&entry),
        None if words.is_none() => return Ok(()),
        None => Kept::default(),
    };
    kept.versions.push(Version { at: environment.now().milliseconds(), words });
    let excess = kept.versions.len().saturating_sub(VERSIONS);
    kept.versions.drain(..excess);
    let entry = Entry {
        provider: provider.clone(),
        kind: MAIL_TEMPLATE.to_owned(),
        key,
        body: serde_json::to_string(&kept).expect("what is kept is plain data"),
        changed_at: environment.now(),
        changed_by: viewer.person.id,
    };
    environment.store.put_entry(&entry).await?;
    environment.entries_changed();
    Ok(())
}

/// A letter as it would read, with sample values.
///
/// # Errors
/// As [`put_mail_wording`].
pub fn preview_mail_wording(
    environment: &Environment,
    viewer: &Viewer,
    kind: &str,
    language: &str,
    words: &WordedMail,
) -> Result<MailText, Failure> {
    must_keep(viewer)?;
    let missing = || Failure::NotFound { what: "letter" };
    let kind = MailTemplate::KINDS.into_iter().find(|known| *known == kind).ok_or_else(missing)?;
    let words = usable(kind, words)?;
    let language = Language::parse(language).ok_or_else(missing)?;
    let sample = |name: &str| match name {
        "number" => format!("{}-2417", viewer.provider.prefix),
        "provider" => viewer.provider.name.clone(),
        "agent" => viewer.person.name.clone(),
        "link" => {
            format!("{}/portal/demandes/{}-2417", environment.installation.public_url, viewer.provider.prefix)
        }
        other => words::text(language, &format!("mail-sample-{other}")).into_owned(),
    };
    Ok(filled(&words, sample))
}

/// The words that a provider keeps for a letter, in a language.
pub(crate) async fn mail_wording(
    environment: &Environment,
    provider: &desk::ProviderId,
    kind: &str,
    language: Language,
) -> Result<Option<WordedMail>, Failure> {
    let entries = environment.entries(provider, MAIL_TEMPLATE).await?;
    let key = key_of(kind, language.tag());
    let kept = entries.iter().find(|entry| entry.key == key).map(kept_of);
    Ok(kept.and_then(|kept| kept.versions.into_iter().next_back()).and_then(|version| version.words))
}

/// A letter with its gaps filled; an empty one reads as it says it should.
pub(crate) fn filled(words: &WordedMail, value: impl Fn(&str) -> String) -> MailText {
    let fill = |text: &str| {
        let mut filled = String::new();
        for (before, gap) in pieces(text) {
            filled.push_str(before);
            let Some(gap) = gap else { continue };
            let (written, otherwise) = split(gap);
            match name_of(written) {
                Some(name) => {
                    let value = value(name);
                    filled.push_str(if value.trim().is_empty() {
                        otherwise.unwrap_or_default()
                    } else {
                        &value
                    });
                }
                None => filled.push_str(&format!("{{{{{gap}}}}}")),
            }
        }
        filled
    };
    let subject = fill(&words.subject);
    let spaced: String = subject.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let subject = spaced.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    MailText { subject, text: format!("{}\n", fill(&words.body).trim_end()) }
}

fn usable(kind: &str, words: &WordedMail) -> Result<WordedMail, Failure> {
    let tidy = |text: &str| text.trim().replace("\r\n", "\n");
    let words = WordedMail { subject: tidy(&words.subject), body: tidy(&words.body) };
    if words.subject.is_empty() || words.body.is_empty() {
        return Err(Failure::Refused(Refusal::Empty));
    }
    for (what, text, most) in
        [("subject", &words.subject, SUBJECT_CHARACTERS), ("text", &words.body, BODY_CHARACTERS)]
    {
        if text.chars().count() > most {
            let (what, most) = (what.to_owned(), most as u32);
            return Err(Failure::Refused(Refusal::OutOfBounds { what, least: 1, most }));
        }
    }
    let mut named: BTreeMap<&str, bool> = BTreeMap::new();
    for (text, is_subject) in [(&words.subject, true), (&words.body, false)] {
        for gap in pieces(text).filter_map(|(_, gap)| gap) {
            let (written, otherwise) = split(gap);
            let Some(name) = name_of(written) else {
                let known = MailTemplate::VARIABLES.map(str::to_owned).to_vec();
                return Err(unknown("variable", written, known));
            };
            let is_filled = otherwise.is_some_and(|otherwise| !otherwise.trim().is_empty());
            if !ALWAYS_KNOWN.contains(&name) && !is_filled {
                return Err(needs(format!("{{{{{written}|…}}}}")));
            }
            *named.entry(name).or_default() |= is_subject;
        }
    }
    // An answer finds its request by the number too, and says what was said; a receipt says whose turn it is.
    if named.get("number") != Some(&true) {
        return Err(needs("{{number}}".to_owned()));
    }
    let wanted: &[&str] = match kind {
        "reply" => &["text", "turn"],
        "acknowledgement" | "reminder" => &["turn"],
        "customer_wrote" | "returned" | "update_asked" | "warning" | "missed" | "escalation" => &["link"],
        _ => &[],
    };
    match wanted.iter().find(|name| !named.contains_key(*name)) {
        Some(name) => Err(needs(format!("{{{{{name}}}}}"))),
        None => Ok(words),
    }
}

fn needs(what: String) -> Failure {
    Failure::Refused(Refusal::Needs { what, clause: None })
}

/// A gap as its name, and what stands there when nothing is known.
fn split(gap: &str) -> (&str, Option<&str>) {
    match gap.split_once('|') {
        Some((name, otherwise)) => (name.trim(), Some(otherwise.trim())),
        None => (gap.trim(), None),
    }
}

fn name_of(written: &str) -> Option<&'static str> {
    let folded = store::fold_words(written).join("-");
    let is = |name: &str| store::fold_words(name).join("-") == folded;
    IN_FRENCH.iter().find(|(english, french)| is(english) || is(french)).map(|(english, _)| *english)
}

fn key_of(kind: &str, language: &str) -> String {
    format!("{kind}.{language}")
}

fn kept_of(entry: &Entry) -> Kept {
    serde_json::from_str(&entry.body).unwrap_or_default()
}

fn must_keep(viewer: &Viewer) -> Result<(), Failure> {
    if viewer.may(Right::KeepTexts) && viewer.may_write() { Ok(()) } else { Err(Failure::NotPermitted) }
}

/// The names of the gaps in a language, as they are written.
#[must_use]
pub fn mail_gaps(language: Language) -> Vec<String> {
    let name = |(english, french): &(&str, &str)| match language {
        Language::French => (*french).to_owned(),
        Language::English => (*english).to_owned(),
    };
    let written = IN_FRENCH.iter().map(|pair| {
        let end = if ALWAYS_KNOWN.contains(&pair.0) { "" } else { "|…" };
        format!("{{{{{}{end}}}}}", name(pair))
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    use super::{IN_FRENCH, WordedMail, filled, usable};
    use crate::error::Failure;
    use desk::Refusal;
    use terms::MailTemplate;

    fn mail(subject: &str, body: &str) -> WordedMail {
        WordedMail { subject: subject.to_owned(), body: body.to_owned() }
    }

    #[test]
    fn what_cannot_be_said_is_told_when_it_is_kept() {
        assert_eq!(IN_FRENCH.map(|(english, _)| english), MailTemplate::VARIABLES);
        for (kind, subject, body, wrong) in [
            ("acknowledgement", "[{{number}}] Reçu", "{{turn}}", None),
            ("acknowledgement", "[{{numéro}}] {{objet|votre demande}}", "{{tour}} {{ lien }}", None),
            ("acknowledgement", "Reçu", "{{turn}}", Some("{{number}}")),
            ("acknowledgement", "Reçu", "{{number}} {{turn}}", Some("{{number}}")),
            ("acknowledgement", "[{{number}}]", "Bonjour", Some("{{turn}}")),
            ("acknowledgement", "[{{number}}]", "{{turn}} {{account}}", Some("{{account|…}}")),
            ("acknowledgement", "[{{number}}]", "{{turn}} {{client| }}", Some("{{client|…}}")),
            ("reply", "[{{number}}]", "{{turn}}", Some("{{text}}")),
            ("acknowledgement", "[{{number}}]", "{{turn}} {{montant}}", Some("montant")),
            ("acknowledgement", "[{{number}}]", "{{turn}} {{7*7|x}}", Some("7*7")),
        ] {
            let named = match usable(kind, &mail(subject, body)) {
                Ok(_) => None,
                Err(Failure::Refused(Refusal::Needs { what, .. })) => Some(what),
                Err(Failure::Refused(Refusal::UnknownValue { value, .. })) => Some(value),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(named.as_deref(), wrong, "{subject} {body}");
        }
    }

    #[test]
    fn an_empty_gap_reads_as_it_says_and_never_twice() {
        let words =
            mail("[{{number}}] {{subject|votre demande}}", "Bonjour {{requester|à vous}}, {{text|rien}}");
        let value = |name: &str| match name {
            "number" => "ORV-1\r\nBcc: x@y.example".to_owned(),
            "text" => "{{link}}".to_owned(),
            _ => " ".to_owned(),
        };
        let filled = filled(&words, value);
        assert_eq!(filled.subject, "[ORV-1 Bcc: x@y.example] votre demande");
        assert_eq!(filled.text, "Bonjour à vous, {{link}}\n");
    }
}
