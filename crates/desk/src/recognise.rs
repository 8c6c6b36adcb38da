use std::ops::Range;

/// A kind of thing that nobody should leave in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretKind {
    /// A number of a payment card.
    Card,
    /// An international bank account number.
    Iban,
    /// What follows words such as `password:`.
    Password,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Card, Self::Iban, Self::Password];

    /// The kind as it is stored and written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Password => "password",
        }
    }
}

/// A part of a text that looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likely {
    /// What it looks like.
    pub kind: SecretKind,
    /// Where it stands, in bytes of the text.
    pub place: Range<usize>,
}

/// Parts of one text that are told of at most: a text made of nothing else costs no more than it is long.
const AT_MOST: usize = 50;
/// Letters of a password at most: what is longer is no password, and is looked at no further.
const PASSWORD_LETTERS: usize = 200;
/// Groups in which a number of a card is printed at most.
const GROUPS: usize = 5;

/// What of a text looks like a number of a payment card, a bank account or a password, in order of place. It is a hint
/// for a person who decides: a number of an order may happen to have the check digit of a card. Of very many the first
/// fifty are told.
///
/// A card is of a known scheme and length, in one piece or in the groups in which cards are printed, and has the check
/// digit of ISO/IEC 7812-1 (Luhn). An account number has the length of its country and the check digits of ISO 13616.
/// A password is what follows a word for it and a colon, or `est`, but for plain words: `mot de passe : oublié` names
/// none.
///
/// ```
/// use desk::{SecretKind, recognise};
///
/// let found = recognise("ma carte 4111-1111-1111-1111, merci");
/// assert_eq!((found[0].kind, found[0].place.clone()), (SecretKind::Card, 9..28));
/// assert!(recognise("appelez le 06 12 34 56 78").is_empty());
/// ```
#[must_use]
pub fn recognise(text: &str) -> Vec<Likely> {
    // Most texts hold fewer digits than any number that is looked for.
    let has_digits = text.bytes().filter(u8::is_ascii_digit).nth(6).is_some();
    let letters: Vec<(usize, char)> = if has_digits { text.char_indices().collect() } else { Vec::new() };
    let mut found: Vec<Likely> = Vec::new();
    for (kind, places) in [
        (SecretKind::Iban, accounts(&letters)),
        (SecretKind::Card, cards(&letters)),
        (SecretKind::Password, passwords(text)),
    ] {
        for place in places {
            if found.len() >= AT_MOST {
                break;
            }
            if found.iter().all(|known| known.place.end <= place.start || place.end <= known.place.start) {
                found.push(Likely { kind, place });
            }
        }
    }
    found.sort_by_key(|likely| likely.place.start);
    found
}

/// What may stand between groups of one number: a space of any width, or a hyphen.
fn divides(letter: char) -> bool {
    matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2007}' | '\u{2009}' | '-' | '\u{2010}' | '\u{2011}')
}

/// Where a letter that stands at a place of the list ends, in bytes.
fn end_of(letters: &[(usize, char)], place: usize) -> usize {
    let (start, letter) = letters[place];
    start + letter.len_utf8()
}

/// Places of numbers that may be of cards.
fn cards(letters: &[(usize, char)]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].1.is_ascii_digit() || (at > 0 && letters[at - 1].1.is_alphanumeric()) {
            at += 1;
            continue;
        }
        let groups = groups(letters, at);
        let end = groups.last().map_or(at + 1, |group| group.end);
        let mut first = 0;
        while first < groups.len() {
            // The longest: what a shorter number would leave over may be the code of the card.
            let last = (first..groups.len().min(first + GROUPS))
                .rev()
                .find(|last| is_card(letters, &groups[first..=*last]));
            match last {
                Some(last) => {
                    found.push(letters[groups[first].start].0..end_of(letters, groups[last].end - 1));
                    first = last + 1;
                }
                None => first += 1,
            }
        }
        at = end;
    }
    found
}

/// Groups of digits from a place on, one divider or the end of a line between two; the last is left out where a letter follows it.
fn groups(letters: &[(usize, char)], from: usize) -> Vec<Range<usize>> {
    let digit = |place: usize| letters.get(place).is_some_and(|(_, letter)| letter.is_ascii_digit());
    let mut groups = Vec::new();
    let mut start = from;
    loop {
        let mut end = start;
        while digit(end) {
            end += 1;
        }
        if letters.get(end).is_some_and(|(_, letter)| letter.is_alphanumeric()) {
            return groups;
        }
        groups.push(start..end);
        let letter = |place: usize| letters.get(place).map(|(_, letter)| *letter);
        // A letter may have broken its line between two groups.
        let next = match (letter(end), letter(end + 1)) {
            (Some('\r'), Some('\n')) => end + 2,
            (Some(divider), _) if divides(divider) || divider == '\n' => end + 1,
            _ => return groups,
        };
        if !digit(next) {
            return groups;
        }
        start = next;
    }
}

/// Whether these groups are one number of a card: whole, or as cards are printed.
fn is_card(letters: &[(usize, char)], groups: &[Range<usize>]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let is_printed = matches!(
        lengths.as_slice(),
        [_] | [4, 4, 4, 4] | [4, 6, 4 | 5] | [4, 4, 4, 4, 1..=3] | [4, 4, 4, 1] | [4, 4, 5]
    );
    if !is_printed || !(13..=19).contains(&lengths.iter().sum::<usize>()) {
        return false;
    }
    let digits: Vec<u32> =
        groups.iter().cloned().flatten().filter_map(|place| letters[place].1.to_digit(10)).collect();
    is_of_a_scheme(&digits) && has_check_digit(&digits)
}

/// Whether a number begins as those of a card scheme do, and is as long. Source: ISO/IEC 7812-1, and the ranges that the
/// schemes publish.
fn is_of_a_scheme(digits: &[u32]) -> bool {
    let first = |count: usize| digits[..count].iter().fold(0, |number, digit| number * 10 + digit);
    match digits.len() {
        13 => first(1) == 4 || is_maestro(first(4)),
        14 => matches!(first(3), 300..=305) || matches!(first(2), 36 | 38 | 39) || is_maestro(first(4)),
        15 => matches!(first(2), 34 | 37) || is_maestro(first(4)),
        16 => {
            first(1) == 4
                || matches!(first(2), 36 | 38 | 39 | 51..=55 | 62 | 65)
                || matches!(first(3), 300..=305 | 644..=649)
                || matches!(first(4), 2221..=2720 | 3528..=3589 | 6011)
                || is_maestro(first(4))
        }
        _ => {
            (digits.len() == 19 && first(1) == 4)
                || matches!(first(2), 62 | 65)
                || matches!(first(3), 644..=649)
                || matches!(first(4), 3528..=3589 | 6011)
                || is_maestro(first(4))
        }
    }
}

fn is_maestro(first: u32) -> bool {
    matches!(first, 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
}

/// The check digit of Luhn. Source: ISO/IEC 7812-1, annex B.
fn has_check_digit(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match digit * (1 + place as u32 % 2) {
            double if double > 9 => double - 9,
            double => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// How long account numbers are, by country. Source: the IBAN registry of ISO 13616.
const COUNTRIES: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 \
    EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 \
    LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 \
    SD18 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

/// Places of account numbers.
fn accounts(letters: &[(usize, char)]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + 4 <= letters.len() {
        match account(letters, at) {
            Some(end) => {
                found.push(letters[at].0..end_of(letters, end - 1));
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

/// Where the account number that begins at a place ends.
fn account(letters: &[(usize, char)], at: usize) -> Option<usize> {
    let letter = |place: usize| letters.get(place).map(|(_, letter)| *letter);
    if !letter(at + 2)?.is_ascii_digit() || !letter(at + 3)?.is_ascii_digit() {
        return None;
    }
    if at > 0 && letter(at - 1)?.is_alphanumeric() {
        return None;
    }
    let country: String = [letter(at)?, letter(at + 1)?].iter().map(char::to_ascii_uppercase).collect();
    let known = COUNTRIES.split(' ').find(|known| known.starts_with(&country))?;
    let length: usize = known[2..].parse().ok()?;
    let mut number = String::with_capacity(length);
    let mut place = at;
    while number.len() < length {
        let next = letter(place)?;
        if next.is_ascii_alphanumeric() {
            number.push(next.to_ascii_uppercase());
        } else if !divides(next) || !letter(place - 1)?.is_ascii_alphanumeric() {
            return None;
        }
        place += 1;
    }
    let goes_on = letter(place).is_some_and(char::is_alphanumeric);
    (!goes_on && has_check_digits(&number)).then_some(place)
}

/// The check digits of an account number: modulo 97. Source: ISO 13616, by ISO/IEC 7064 MOD 97-10.
fn has_check_digits(number: &str) -> bool {
    let turned = number[4..].chars().chain(number[..4].chars());
    let rest = turned.filter_map(|letter| letter.to_digit(36)).fold(0, |rest, value| {
        let shift = if value > 9 { 100 } else { 10 };
        (rest * shift + value) % 97
    });
    rest == 1
}

/// What people call a password, in lower case; `passe` ends `mot de passe` as well.
const WORDS: [&str; 9] =
    ["code secret", "passphrase", "passwords", "password", "passwort", "passwd", "passe", "mdp", "pwd"];
/// What stands between the two where there is no colon.
const IS: [&str; 3] = ["est", "is", "ist"];
/// What tells that no password follows, but what is wrong with it.
const NOT: [&str; 8] = ["ne", "n", "pas", "plus", "not", "no", "nicht", "kein"];
/// Words that may stand between a word for a password and the colon: `mot de passe de mon compte admin :`.
const WORDS_BETWEEN: usize = 8;
/// Letters that they take at most.
const LETTERS_BETWEEN: usize = 60;

/// Places of what follows a word for a password and a colon.
fn passwords(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        // What each of the words begins with. Most letters of most texts are none.
        if !matches!(byte, b'c' | b'C' | b'm' | b'M' | b'p' | b'P')
            || text[..at].ends_with(char::is_alphanumeric)
        {
            continue;
        }
        for word in WORDS {
            let end = at + word.len();
            if !text.as_bytes()[at..]
                .get(..word.len())
                .is_some_and(|said| said.eq_ignore_ascii_case(word.as_bytes()))
            {
                continue;
            }
            // Things come to pass that are no words.
            let before = text[..at].trim_end_matches(divides);
            let is_named = word != "passe" || before.ends_with("de") || before.ends_with("DE");
            let words_between = if is_named { WORDS_BETWEEN } else { 0 };
            found.extend(password_behind(text, end, words_between));
        }
    }
    found
}

/// The password that a text gives behind a word for one: behind a colon, of which some words may stand, or behind `est`.
fn password_behind(text: &str, from: usize, words_between: usize) -> Option<Range<usize>> {
    if text[from..].starts_with(char::is_alphanumeric) {
        return None;
    }
    let (mut words, mut word) = (0, String::new());
    for (offset, letter) in text[from..].char_indices().take(LETTERS_BETWEEN) {
        let at = from + offset;
        if letter.is_alphanumeric() {
            words += usize::from(word.is_empty());
            word.extend(letter.to_lowercase());
        } else {
            if words > words_between || NOT.contains(&word.as_str()) {
                return None;
            }
            if words == 1 && IS.contains(&word.as_str()) {
                let said = password_after(text, at).filter(|place| {
                    // Without a colon, what is written in capitals may be a word.
                    text[place.clone()].contains(|letter: char| !letter.is_alphabetic())
                });
                if said.is_some() {
                    return said;
                }
            }
            word.clear();
            match letter {
                ':' | '=' | '：' => return password_after(text, at + letter.len_utf8()),
                letter if divides(letter) || "\"'’*_()/".contains(letter) => {}
                _ => return None,
            }
        }
    }
    None
}

/// The password that follows a place, on its line or the next.
fn password_after(text: &str, from: usize) -> Option<Range<usize>> {
    let opening = |letter: char| divides(letter) && letter != '-' || "\t\"'`«“‘*_>".contains(letter);
    let mut start = from + text[from..].find(|letter| !opening(letter))?;
    if let Some(rest) = text[start..].strip_prefix("\r\n").or_else(|| text[start..].strip_prefix('\n')) {
        let line = text.len() - rest.len();
        start = line + text[line..].find(|letter| !opening(letter))?;
    }
    // In the address of a page the next value begins there.
    let is_address = text[..from].ends_with('=');
    let ends =
        |letter: char| letter.is_whitespace() || "\"`«»“”<>".contains(letter) || is_address && letter == '&';
    let said = text[start..].char_indices().take(PASSWORD_LETTERS + 1);
    let end = match said.take_while(|(_, letter)| !ends(*letter)).last() {
        Some((offset, letter)) => start + offset + letter.len_utf8(),
        None => return None,
    };
    if text[start..end].chars().nth(PASSWORD_LETTERS).is_some() {
        return None;
    }
    let said = text[start..end].trim_end_matches(['.', ',', ';', ')', '\'', '’', '…', '*']);
    let is_long = said.chars().nth(3).is_some();
    let is_word = said.chars().skip(1).all(|letter| letter.is_lowercase() || "'’-".contains(letter));
    (is_long && !is_word && !said.contains(crate::black_out::MARK)).then_some(start..start + said.len())
}

#[cfg(test)]
mod tests {
    use super::{SecretKind, recognise};
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<(SecretKind, &str)> {
        recognise(text).into_iter().map(|likely| (likely.kind, &text[likely.place])).collect()
    }

    #[test]
    fn what_looks_like_a_secret_is_found_where_it_stands() {
        use SecretKind::{Card, Iban, Password};
        for (text, expected) in [
            ("4111111111111111", &[(Card, "4111111111111111")][..]),
            ("carte 5555 5555 5555 4444 12/27 123", &[(Card, "5555 5555 5555 4444")]),
            ("12 4111-1111-1111-1111.", &[(Card, "4111-1111-1111-1111")]),
            ("4111 1111\r\n1111 1111\n12", &[(Card, "4111 1111\r\n1111 1111")]),
            ("(3782 822463 10005)", &[(Card, "3782 822463 10005")]),
            ("n°6011111111111117,", &[(Card, "6011111111111117")]),
            (
                "4111\u{a0}1111\u{a0}1111\u{a0}1111 et 4012888888881881",
                &[(Card, "4111\u{a0}1111\u{a0}1111\u{a0}1111"), (Card, "4012888888881881")],
            ),
            ("FR76 3000 6000 0112 3456 7890 189", &[(Iban, "FR76 3000 6000 0112 3456 7890 189")]),
            ("iban:DE89370400440532013000!", &[(Iban, "DE89370400440532013000")]),
            ("gb82 west 1234 5698 7654 32", &[(Iban, "gb82 west 1234 5698 7654 32")]),
            ("Mot de passe\u{a0}: Été2026!x.", &[(Password, "Été2026!x")]),
            ("password=hunter2&x=1", &[(Password, "hunter2")]),
            ("MDP : «\u{a0}a-b_c9\u{a0}»", &[(Password, "a-b_c9")]),
            ("Votre mot de passe :\nS3cret!!\nMerci", &[(Password, "S3cret!!")]),
            ("Mon mot de passe est : Tr0ub4dor&3x.", &[(Password, "Tr0ub4dor&3x")]),
            ("Mon mot de passe est Tr0ub4dor, merci", &[(Password, "Tr0ub4dor")]),
            ("mot de passe de mon compte admin : S3cret!!", &[(Password, "S3cret!!")]),
            ("Le mot de passe Wi-Fi (étage 2) est le suivant : S3cret!!", &[(Password, "S3cret!!")]),
            ("The password is hunter2", &[(Password, "hunter2")]),
            ("mdp : A1b2c3d4, pwd=E5f6g7h8", &[(Password, "A1b2c3d4"), (Password, "E5f6g7h8")]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn what_looks_like_none_is_left_alone() {
        for text in [
            "06 12 34 56 78",
            "+33 6 12 34 56 78 +33 6 12 34 56 79",
            "0612345678 0698765432",
            "DESK-4111 du 2026-11-27 à 14:05",
            "20261127101500",
            "commande 2026-000123456",
            "4111 1111 1111 1112",
            "x4111111111111111",
            "4111111111111111x",
            "41111111111111114111111111111111",
            "FR76 3000 6000 0112 3456 7890 188",
            "FR76 3000",
            "SIRET 732 829 320 00074",
            "mot de passe : oublié",
            "mon mot de passe : impossible de le changer",
            "Mot de passe :",
            "le passage : A1b2c3d4",
            "passeport : 12AB34567",
            "Mon mot de passe est EXPIRÉ",
            "le mot de passe ne marche pas : E-401",
            "mot de passe. Version : 2.31.4",
            "ce qui se passe ici : E-401",
            "mot de passe : ▮▮▮▮",
            &format!("mot de passe : {}", "A1".repeat(101)),
            "",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    /// A number of a scheme with its check digit.
    fn card() -> impl Strategy<Value = String> {
        let beginning = prop_oneof![
            Just(("4", 16)),
            Just(("4", 13)),
            Just(("4", 19)),
            Just(("52", 16)),
            Just(("2300", 16)),
            Just(("37", 15)),
            Just(("36", 14)),
            Just(("6011", 16)),
            Just(("3540", 16)),
            Just(("62", 17)),
        ];
        (beginning, proptest::collection::vec(0..10_u32, 19)).prop_map(|((first, length), rest)| {
            let mut number: String = first.to_owned();
            number.extend(rest.iter().map(u32::to_string).take(length - 1 - first.len()));
            let check = (0..10).find(|check| {
                let digits: Vec<u32> =
                    format!("{number}{check}").chars().filter_map(|digit| digit.to_digit(10)).collect();
                super::has_check_digit(&digits)
            });
            format!("{number}{}", check.unwrap())
        })
    }

    /// The same number as people write it.
    fn written(number: &str, divider: &str) -> String {
        let groups: &[usize] = match number.len() {
            15 => &[4, 6, 5],
            14 => &[4, 6, 4],
            _ => &[4, 4, 4, 4, 3],
        };
        let mut rest = number;
        let mut parts = Vec::new();
        for group in groups {
            let (part, after) = rest.split_at((*group).min(rest.len()));
            parts.push(part);
            rest = after;
        }
        parts.retain(|part| !part.is_empty());
        parts.join(divider)
    }

    /// Where each word were compared with all others this would take hours.
    #[test]
    fn a_text_made_of_nothing_else_costs_no_more_than_it_is_long() {
        for part in [
            "1234 ",
            "4111 1111 1111 1111 ",
            "password:A1",
            "password: ",
            "FR76 3000 ",
            "1",
            "passe=\n",
            "mdp is ",
        ] {
            let text = part.repeat((1 << 20) / part.len());
            assert!(recognise(&text).len() <= super::AT_MOST, "{part}");
        }
    }

    proptest! {
        #[test]
        fn a_card_within_a_text_is_found(
            number in card(),
            divider in prop_oneof![Just(""), Just(" "), Just("-"), Just("\u{a0}"), Just("\n")],
            before in "([a-zé,]{0,8}[ (:\n]){0,3}",
            after in "([ ).,\n][a-zé]{0,8}){0,3}",
        ) {
            let written = written(&number, divider);
            let text = format!("{before}{written}{after}");
            prop_assert_eq!(found(&text), [(SecretKind::Card, written.as_str())], "{}", text);
        }

        #[test]
        fn another_check_digit_is_no_card(number in card(), by in 1..10_u32) {
            let (head, last) = number.split_at(number.len() - 1);
            let other = (last.parse::<u32>().unwrap() + by) % 10;
            let text = format!("{head}{other}");
            prop_assert_eq!(found(&text), []);
        }

        #[test]
        fn phones_tickets_dates_and_orders_are_none(
            phone in "(0[1-9]|\\+33 [1-9])( [0-9]{2}){4}",
            other in "0[1-9][0-9]{8}",
            ticket in "[A-Z]{2,5}-[1-9][0-9]{0,8}",
            year in 1990..2100_u32, month in 1..13_u32, day in 1..29_u32,
            order in "(CMD|ORD|N)-?[0-9]{4}-[0-9]{6,9}",
            number in "[0-9]{5,12}",
            divider in prop_oneof![Just(", "), Just("\n"), Just(" ; ")],
        ) {
            let date = format!("{day:02}/{month:02}/{year}");
            let iso = format!("{year}-{month:02}-{day:02} 10:15");
            let text = [phone, other, ticket, date, iso, order, number].join(divider);
            prop_assert_eq!(found(&text), [], "{}", text);
        }

        #[test]
        fn any_text_is_read_in_peace(text in any::<String>()) {
            for likely in recognise(&text) {
                prop_assert!(text.get(likely.place).is_some());
            }
        }
    }
}
