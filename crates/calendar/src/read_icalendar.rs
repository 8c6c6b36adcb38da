//! Holiday sets from iCalendar files.

use crate::error::CalendarError;
use crate::holidays::{DayRule, Holiday, HolidaySet, Labels};
use crate::local_date::{LocalDate, digits};

/// Longest event that is taken for a holiday, in days.
const LONGEST_DAYS: i32 = 366;

impl HolidaySet {
    /// Reads the all-day events of an iCalendar file as closed days, each labelled in `language`.
    ///
    /// Events may last several days and may recur each year (`RRULE:FREQ=YEARLY`). Events marked
    /// cancelled are left out. The data ends with the last year that has a date, unless all recur.
    ///
    /// Source: RFC 5545 sections 3.1, 3.6.1 and 3.8.
    ///
    /// # Errors
    /// - No event at all.
    /// - An event without a whole day as its start, or that ends before it starts.
    /// - Any other recurrence, since leaving it out would leave days open that should be closed.
    ///
    /// ```
    /// # use calendar::{HolidaySet, LocalDate};
    /// let text = "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Noël\r\nEND:VEVENT\r\n";
    /// let set = HolidaySet::read_icalendar("office", text, "fr")?;
    /// let dates = set.dates_between(2026, 2026);
    /// assert_eq!(dates[&LocalDate::parse("2026-12-25")?].in_language("fr"), Some("Noël"));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn read_icalendar(name: &str, text: &str, language: &str) -> Result<HolidaySet, CalendarError> {
        let mut days = Vec::new();
        let mut last_year = None;
        let mut event: Option<Event> = None;
        for (number, line) in unfold(text) {
            let fail = |advice: &str| CalendarError::ICalendar { line: number, advice: advice.into() };
            let Some((property, value)) = split_property(&line) else {
                continue;
            };
            match (property.as_str(), &mut event) {
                ("BEGIN", _) if value.eq_ignore_ascii_case("VEVENT") => event = Some(Event::default()),
                ("END", Some(found)) if value.eq_ignore_ascii_case("VEVENT") => {
                    if !found.cancelled {
                        days.push(found.to_holiday(language).map_err(fail)?);
                        if !found.yearly {
                            last_year = last_year.max(found.start.map(LocalDate::year));
                        }
                    }
                    event = None;
                }
                ("DTSTART", Some(event)) => {
                    let start = read_date(value);
                    event.start =
                        Some(start.ok_or_else(|| fail("a holiday starts on a date, such as 20261225"))?);
                }
                ("DTEND", Some(event)) => {
                    let end = read_date(value);
                    event.end = Some(end.ok_or_else(|| fail("a holiday ends on a date, such as 20261226"))?);
                }
                ("SUMMARY", Some(event)) => event.summary = unescape(value),
                ("STATUS", Some(event)) => event.cancelled = value.eq_ignore_ascii_case("CANCELLED"),
                ("RRULE", Some(event)) => {
                    if !is_plainly_yearly(value) {
                        return Err(fail(
                            "only RRULE:FREQ=YEARLY is understood: list other dates one by one",
                        ));
                    }
                    event.yearly = true;
                }
                ("RDATE" | "EXDATE" | "DURATION", Some(_)) => {
                    return Err(fail("give each event its own DTSTART and DTEND"));
                }
                _ => {}
            }
        }
        if days.is_empty() {
            return Err(CalendarError::ICalendar {
                line: 1,
                advice: "the file has no event (BEGIN:VEVENT)".into(),
            });
        }
        Ok(HolidaySet {
            name: name.into(),
            days,
            data_ends_on: last_year.and_then(|year| LocalDate::new(year, 12, 31)),
            ..HolidaySet::default()
        })
    }
}

#[derive(Default)]
struct Event {
    start: Option<LocalDate>,
    /// The day after the last one.
    end: Option<LocalDate>,
    summary: String,
    yearly: bool,
    cancelled: bool,
}

impl Event {
    fn to_holiday(&self, language: &str) -> Result<Holiday, &'static str> {
        let start = self.start.ok_or("the event has no DTSTART")?;
        let days = start.days_until(self.end.unwrap_or(start.plus_days(1))).max(
            // Some programs write the same day as start and end of a single day.
            i32::from(self.end == Some(start)),
        );
        if !(1..=LONGEST_DAYS).contains(&days) {
            return Err("the event ends before it starts, or lasts more than a year");
        }
        let rule = match (self.yearly, days) {
            (false, _) => DayRule::Dates { dates: (0..days).map(|step| start.plus_days(step)).collect() },
            (true, 1) => DayRule::Yearly { month: start.month(), day: start.day() },
            (true, _) => return Err("a yearly event lasts one day: write one event for each day"),
        };
        let labels = match self.summary.as_str() {
            "" => Labels::default(),
            summary => Labels::of(&[(language, summary)]),
        };
        let mut holiday = Holiday::new(rule, labels);
        if self.yearly {
            holiday.first_year = Some(start.year());
        }
        Ok(holiday)
    }
}

/// Content lines with their first line's number: a line that starts with a blank continues the one before.
fn unfold(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => lines.push((index + 1, line.to_string())),
        }
    }
    lines
}

/// The name of a property without its parameters, and its value.
fn split_property(line: &str) -> Option<(String, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        *letter == ':' && !quoted
    })?;
    let (head, value) = (&line[..colon.0], &line[colon.0 + 1..]);
    let name = head.split(';').next().unwrap_or(head);
    Some((name.to_ascii_uppercase(), value.trim_end()))
}

fn read_date(value: &str) -> Option<LocalDate> {
    let bytes = value.as_bytes();
    if bytes.len() != 8 {
        return None;
    }
    let year = digits(&bytes[0..4])?;
    let (month, day) = (digits(&bytes[4..6])?, digits(&bytes[6..8])?);
    LocalDate::new(year as i32, month as u8, day as u8)
}

fn is_plainly_yearly(value: &str) -> bool {
    value.split(';').all(|part| matches!(part.to_ascii_uppercase().as_str(), "FREQ=YEARLY" | "INTERVAL=1"))
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') | None => text.push(' '),
                Some(other) => text.push(other),
            },
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::holidays::HolidaySet;

    fn file(event: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    }

    #[test]
    fn all_day_events_are_closed_days() {
        for (event, expected) in [
            ("DTSTART;VALUE=DATE:20261225\r\nSUMMARY:Noël\\, fermé", "2026-12-25 Noël, fermé"),
            ("DTSTART:20261225\r\nDTEND:20261227\r\nSUMMARY:Pont", "2026-12-25 Pont,2026-12-26 Pont"),
            ("DTSTART:20261225\nDTEND:20261225\nSUMMARY:Un\n  seul", "2026-12-25 Un seul"),
            ("DTSTART:20250714\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Fête", "2025-07-14 Fête,2026-07-14 Fête"),
            ("DTSTART:20261225\r\nX-A;P=\"a:b\":c", "2026-12-25 "),
        ] {
            let set = HolidaySet::read_icalendar("x", &file(event), "fr").unwrap();
            let found: Vec<String> = set
                .dates_between(2024, 2026)
                .into_iter()
                .map(|(date, labels)| format!("{date} {}", labels.in_language("fr").unwrap_or("")))
                .collect();
            assert_eq!(found.join(","), expected);
        }
        let set = HolidaySet::read_icalendar("x", &file("DTSTART:20261225"), "fr").unwrap();
        assert_eq!(set.data_ends_on.unwrap().to_string(), "2026-12-31");
    }

    #[test]
    fn what_would_leave_a_day_open_is_refused() {
        for (event, line, said) in [
            ("DTSTART:20261225T090000Z", 4, "starts on a date"),
            ("DTSTART:20260230", 4, "starts on a date"),
            ("SUMMARY:Noël", 5, "no DTSTART"),
            ("DTSTART:20261225\r\nDTEND:20261224", 6, "ends before"),
            ("DTSTART:20261225\r\nRRULE:FREQ=MONTHLY", 5, "FREQ=YEARLY"),
            ("DTSTART:20261225\r\nRRULE:FREQ=YEARLY;BYDAY=1MO", 5, "FREQ=YEARLY"),
            ("DTSTART:20261225\r\nRDATE:20261226", 5, "its own"),
        ] {
            let error = HolidaySet::read_icalendar("x", &file(event), "fr").unwrap_err().to_string();
            assert!(error.contains(said) && error.contains(&format!("line {line}")), "{error}");
        }
        let error = HolidaySet::read_icalendar("x", "", "fr").unwrap_err().to_string();
        assert!(error.contains("no event"), "{error}");
        let cancelled = file("DTSTART:20261225\r\nSTATUS:CANCELLED");
        assert!(HolidaySet::read_icalendar("x", &cancelled, "fr").is_err());
    }
}
