//! Calendars that nobody wrote: files of closed days, cut, crossed and garbled from a seed, are read in peace.

use calendar::HolidaySet;

#[test]
fn garbled_calendars_are_read_in_peace() {
    let seeds: [&[u8]; 4] = [
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Noël\\, fermé\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
            .as_bytes(),
        b"BEGIN:VEVENT\nDTSTART:20260803\nDTEND:20260822\nSUMMARY:Summer\n  break\nSTATUS:CONFIRMED\nEND:VEVENT\n",
        b"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20200229\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nDTSTART:20261301\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260501\r\nEND:VEVENT",
    ];
    let words = [
        "BEGIN:VEVENT\r\n",
        "END:VEVENT\r\n",
        "DTSTART;VALUE=DATE:",
        "DTEND:",
        "99991231",
        "00000000",
        "20260229",
        "RRULE:FREQ=YEARLY;INTERVAL=1",
        "\r\n ",
        "\r\n\t",
        "\\n",
        "EXDATE:",
        ";TZID=\"a:b\":",
    ];
    harness::fuzz("calendars", &seeds, &words, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(set) = HolidaySet::read_icalendar("any", &text, "fr") {
            // A year has so many days and no more, whatever the file says.
            let dates = set.dates_between(2026, 2026);
            assert!(dates.len() <= 365, "{} closed days in a year", dates.len());
        }
    });
}
