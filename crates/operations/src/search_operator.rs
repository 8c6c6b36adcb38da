//! The operators of a search: their names in both languages, and what each takes.

use store::fold_words;

/// What a search may ask of a request beside words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchOperator {
    /// Where it stands.
    State,
    /// Of which customer.
    Account,
    /// Who asks.
    From,
    /// Who takes care.
    Assignee,
    /// With which team.
    Team,
    /// Of which severity.
    Severity,
    /// How it came.
    Channel,
    /// What the agreement says of it.
    Coverage,
    /// Whose turn it is.
    Turn,
    /// When it arrived.
    Received,
    /// When the desk recorded it.
    Opened,
    /// When it changed last.
    Updated,
    /// When its nearest deadline lies.
    Due,
    /// Whether a running clock is over its deadline.
    Late,
    /// Whether a deadline was missed.
    Missed,
    /// Under which agreement.
    Agreement,
    /// Its number.
    Number,
    /// Words of its subject.
    Subject,
    /// Words of its messages.
    Message,
    /// Words of its files' names.
    File,
    /// Words of notes between colleagues.
    Note,
    /// A tag that it bears.
    Tag,
    /// Whether it is put off.
    Snoozed,
    /// A value of a field of the desk's own, whose name follows: `field.serial:`.
    Field,
    /// How the customer says that they were helped.
    Satisfaction,
}

/// What stands after an operator's colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchValue {
    /// One of some names.
    Name,
    /// Words.
    Words,
    /// A date, a range of dates or a length of time.
    Time,
    /// Yes or no.
    YesNo,
}

/// An operator as it is written.
type Spelling = (SearchOperator, &'static str, &'static str, SearchValue);

const TABLE: [Spelling; 25] = [
    (SearchOperator::State, "état", "state", SearchValue::Name),
    (SearchOperator::Account, "client", "account", SearchValue::Name),
    (SearchOperator::From, "de", "from", SearchValue::Name),
    (SearchOperator::Assignee, "assigné", "assignee", SearchValue::Name),
    (SearchOperator::Team, "équipe", "team", SearchValue::Name),
    (SearchOperator::Severity, "gravité", "severity", SearchValue::Name),
    (SearchOperator::Channel, "canal", "channel", SearchValue::Name),
    (SearchOperator::Coverage, "couverture", "coverage", SearchValue::Name),
    (SearchOperator::Turn, "tour", "turn", SearchValue::Name),
    (SearchOperator::Received, "reçue", "received", SearchValue::Time),
    (SearchOperator::Opened, "ouverte", "opened", SearchValue::Time),
    (SearchOperator::Updated, "modifiée", "updated", SearchValue::Time),
    (SearchOperator::Due, "échéance", "due", SearchValue::Time),
    (SearchOperator::Late, "retard", "late", SearchValue::YesNo),
    (SearchOperator::Missed, "manquée", "missed", SearchValue::YesNo),
    (SearchOperator::Agreement, "contrat", "agreement", SearchValue::Name),
    (SearchOperator::Number, "numéro", "number", SearchValue::Name),
    (SearchOperator::Subject, "objet", "subject", SearchValue::Words),
    (SearchOperator::Message, "message", "message", SearchValue::Words),
    (SearchOperator::File, "fichier", "file", SearchValue::Words),
    (SearchOperator::Note, "note", "note", SearchValue::Words),
    (SearchOperator::Tag, "étiquette", "tag", SearchValue::Name),
    (SearchOperator::Snoozed, "reportée", "snoozed", SearchValue::YesNo),
    (SearchOperator::Field, "champ", "field", SearchValue::Name),
    (SearchOperator::Satisfaction, "satisfaction", "satisfaction", SearchValue::Name),
];

/// Other spellings that are understood.
const ALSO: [(&str, SearchOperator); 11] = [
    ("statut", SearchOperator::State),
    ("status", SearchOperator::State),
    ("compte", SearchOperator::Account),
    ("assignee", SearchOperator::Assignee),
    ("responsable", SearchOperator::Assignee),
    ("recu", SearchOperator::Received),
    ("ouvert", SearchOperator::Opened),
    ("modifie", SearchOperator::Updated),
    ("manque", SearchOperator::Missed),
    ("sujet", SearchOperator::Subject),
    ("texte", SearchOperator::Message),
];

impl SearchOperator {
    /// Every operator, in the order in which it is explained.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(operator, ..)| *operator)
    }

    /// The operator of a name, in any language, case and with or without accents.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if let Some((operator, field)) = name.split_once('.') {
            let of_field = !field.is_empty() && Self::parse(operator) == Some(Self::Field);
            return of_field.then_some(Self::Field);
        }
        let name = fold_words(name).join("-");
        let is_named = |known: &str| fold_words(known).join("-") == name;
        let of_table = TABLE.iter().find(|(_, french, english, _)| is_named(french) || is_named(english));
        of_table
            .map(|(operator, ..)| *operator)
            .or_else(|| ALSO.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator))
    }

    fn spelling(self) -> &'static Spelling {
        TABLE.iter().find(|(operator, ..)| *operator == self).expect("every operator has a row")
    }

    /// Its name in French.
    #[must_use]
    pub fn french(self) -> &'static str {
        self.spelling().1
    }

    /// Its name in English; it is its stable name too.
    #[must_use]
    pub fn english(self) -> &'static str {
        self.spelling().2
    }

    /// What it takes.
    #[must_use]
    pub fn takes(self) -> SearchValue {
        self.spelling().3
    }

    /// Whether it speaks of what only the provider's people see. For others there is no such
    /// operator.
    #[must_use]
    pub fn is_for_staff(self) -> bool {
        matches!(self, Self::Assignee | Self::Team | Self::Note | Self::Tag | Self::Snoozed)
    }
}

#[cfg(test)]
mod tests {
    use super::{ALSO, SearchOperator, TABLE};
    use std::collections::BTreeMap;

    #[test]
    fn a_name_means_one_operator_however_it_is_written() {
        let mut known = BTreeMap::new();
        for (operator, french, english, _) in TABLE {
            for name in [french, english] {
                for written in [name.to_owned(), name.to_uppercase(), store::fold_words(name).join("-")] {
                    assert_eq!(SearchOperator::parse(&written), Some(operator), "{written}");
                    assert!(known.insert(written, operator).is_none_or(|other| other == operator));
                }
            }
        }
        for (name, operator) in ALSO {
            assert_eq!(SearchOperator::parse(name), Some(operator), "{name}");
        }
        assert_eq!(SearchOperator::parse("http"), None);
        assert!(SearchOperator::all().count() >= 15);
    }
}
