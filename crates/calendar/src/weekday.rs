//! The days of the week.

use serde::{Deserialize, Serialize};

use crate::error::CalendarError;

/// A day of the week, Monday first as in ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// All seven, Monday first.
    pub const ALL: [Weekday; 7] =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

    /// The five days from Monday to Friday.
    pub const MONDAY_TO_FRIDAY: &'static [Weekday] =
        &[Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

    /// Place in the week: 0 for Monday to 6 for Sunday.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The day at a place in the week counted from Monday (taken modulo seven).
    pub const fn from_index(index: usize) -> Weekday {
        Weekday::ALL[index % 7]
    }

    /// The three-letter name used in documents, `mon` to `sun`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Weekday::Mon => "mon",
            Weekday::Tue => "tue",
            Weekday::Wed => "wed",
            Weekday::Thu => "thu",
            Weekday::Fri => "fri",
            Weekday::Sat => "sat",
            Weekday::Sun => "sun",
        }
    }

    /// Reads `mon` to `sun`.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Weekday, CalendarError> {
        Weekday::ALL
            .into_iter()
            .find(|day| day.as_str() == text)
            .ok_or_else(|| CalendarError::Weekday { text: text.into() })
    }

    /// Reads one day or a stretch of days: `mon`, `mon-fri`, `sat-mon`.
    ///
    /// # Errors
    /// A name that is not a day.
    pub fn parse_stretch(text: &str) -> Result<Vec<Weekday>, CalendarError> {
        let Some((first, last)) = text.split_once('-') else {
            return Ok(vec![Weekday::parse(text)?]);
        };
        let (first, last) = (Weekday::parse(first)?, Weekday::parse(last)?);
        let length = (last.index() + 7 - first.index()) % 7 + 1;
        Ok((0..length).map(|step| Weekday::from_index(first.index() + step)).collect())
    }
}

impl std::fmt::Display for Weekday {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Weekday;

    #[test]
    fn stretches_may_pass_the_end_of_the_week() {
        let read = |text| Weekday::parse_stretch(text).unwrap();
        assert_eq!(read("mon-fri"), Weekday::MONDAY_TO_FRIDAY);
        assert_eq!(read("sat-mon"), [Weekday::Sat, Weekday::Sun, Weekday::Mon]);
        assert_eq!(read("sun"), [Weekday::Sun]);
        assert!(Weekday::parse_stretch("monday").is_err());
    }
}
