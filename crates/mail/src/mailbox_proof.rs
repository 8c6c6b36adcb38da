//! Letters by which services find out who reads a mailbox.

use crate::letter::Letter;
use crate::screen::NO_REPLY;

/// What the subject of such a letter says: only as services say it, who tell their reader to do something or
/// hand them something. A person who asks about it says it otherwise.
const SUBJECTS: [&str; 34] = [
    "verify your",
    "confirm your",
    "activate your",
    "validate your",
    "reset your password",
    "verification code",
    "confirmation code",
    "security code",
    "login code",
    "sign-in code",
    "sign in to",
    "one-time",
    "magic link",
    "you have been invited",
    "invited you to",
    "vérifiez votre",
    "vérifier votre adresse",
    "confirmez votre",
    "activez votre",
    "validez votre",
    "réinitialisez votre",
    "réinitialisation de votre mot de passe",
    "code de vérification",
    "code de confirmation",
    "code de sécurité",
    "code de connexion",
    "vous a invité",
    "bestätigen sie ihre",
    "bestätigungscode",
    "ihr code",
    "confirme su",
    "verifique su",
    "código de verificación",
    "bevestig uw",
];

/// Whether a letter is one by which a service could prove to somebody that they read the mailbox it came to:
/// its sender takes no answers, or its subject asks to confirm something and its words hold a link or a
/// code. Whoever has others read such a letter gives them accounts in the name of the mailbox's domain.
#[must_use]
pub fn may_prove_mailbox(letter: &Letter) -> bool {
    if letter.from.as_ref().is_some_and(|from| takes_no_answers(&from.address)) {
        return true;
    }
    if letter.is_forward || letter.in_reply_to.is_some() {
        return false;
    }
    let subject = letter.subject.to_lowercase();
    SUBJECTS.iter().any(|words| subject.contains(words))
        && (letter.text.contains("https://") || letter.text.contains("http://") || has_code(&letter.text))
}

/// Whether an address says that nobody reads what is sent to it: `no-reply@`, `accounts-noreply+7@`.
fn takes_no_answers(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local).to_lowercase();
    let local = local.replace(['-', '_', '.'], "");
    NO_REPLY.iter().any(|name| local.contains(name))
}

/// Whether a word of a text is a code: four to eight digits, perhaps parted by a hyphen.
fn has_code(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|letter: char| letter.is_ascii_punctuation());
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        (4..=8).contains(&digits) && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::may_prove_mailbox;
    use crate::parse;

    #[test]
    fn letters_of_services_are_told_from_those_of_people() {
        let letter = |from: &str, subject: &str, text: &str| {
            may_prove_mailbox(&parse(
                format!("From: {from}\r\nSubject: {subject}\r\n\r\n{text}\r\n").as_bytes(),
            ))
        };
        let link = "Open https://service.example/v/1";
        for (from, subject, text) in [
            ("no-reply@service.example", "Welcome", "Hello."),
            ("NoReply@service.example", "Welcome", "Hello."),
            ("account-security-noreply+x7@service.example", "x", "Hello."),
            ("ne-pas-repondre@service.example", "Bienvenue", "Bonjour."),
            ("team@service.example", "Verify your email address", link),
            ("team@service.example", "Your verification code", "It is 482 913: 482913."),
            ("team@service.example", "=?utf-8?q?V=C3=A9rifiez_votre_adresse?=", link),
        ] {
            assert!(letter(from, subject, text), "{from} {subject}");
        }
        for (from, subject, text) in [
            ("ana@client.example", "Revit does not open", link),
            ("ana@client.example", "The verification code never comes", "Since Monday."),
            ("ana@client.example", "Re: Verify your email address", "It says no."),
            ("reply@client.example", "Welcome", "Hello."),
        ] {
            assert!(!letter(from, subject, text), "{from} {subject}");
        }
    }
}
