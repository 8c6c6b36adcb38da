use calendar::{Instant, LocalDate, LocalTime, Zone};
use serde::{Deserialize, Serialize};

/// How often somebody is told what may wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// As it happens.
    #[default]
    AtOnce,
    /// Together, on the hour.
    Hourly,
    /// Together, at eight in the morning where they are.
    Daily,
}

impl Rhythm {
    /// Every rhythm, in order.
    pub const ALL: [Self; 3] = [Self::AtOnce, Self::Hourly, Self::Daily];

    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
        }
    }

    /// The rhythm that a text names.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

/// How somebody wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoticeChoice {
    /// How often.
    pub rhythm: Rhythm,
    /// Whether what may wait waits for the morning.
    pub quiet_nights: bool,
}

impl Default for NoticeChoice {
    fn default() -> Self {
        Self { rhythm: Rhythm::AtOnce, quiet_nights: true }
    }
}

/// Whether something told can wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// It leaves at once: a receipt, an answer to who asked, what falls due or was missed, what climbs.
    AtOnce,
    /// It may wait for the hour, the day or the morning.
    MayWait,
}

/// The hour at which a night begins, ends, and at which a day's letter leaves, in the reader's zone.
const NIGHT_HOUR: u8 = 21;
const MORNING_HOUR: u8 = 7;
const DAILY_HOUR: u8 = 8;
const HOUR_MILLISECONDS: i64 = 3_600_000;

/// When something told leaves. `clock_runs` is whether a clock of the request counts at this hour: then
/// work goes on, and no night is quiet.
#[must_use]
pub fn leaves_at(
    urgency: Urgency,
    choice: NoticeChoice,
    clock_runs: bool,
    zone: &Zone,
    now: Instant,
) -> Instant {
    if urgency == Urgency::AtOnce {
        return now;
    }
    let at = match choice.rhythm {
        Rhythm::AtOnce => now,
        Rhythm::Hourly => {
            let hours = now.milliseconds().div_euclid(HOUR_MILLISECONDS);
            let is_on_the_hour = now.milliseconds() == hours * HOUR_MILLISECONDS;
            Instant::from_milliseconds((hours + i64::from(!is_on_the_hour)) * HOUR_MILLISECONDS)
        }
        Rhythm::Daily => next(zone, now, DAILY_HOUR),
    };
    let local = zone.local(at);
    let hour = local.time.hour();
    let is_night = !(MORNING_HOUR..NIGHT_HOUR).contains(&hour);
    if choice.quiet_nights && is_night && !clock_runs { next(zone, at, MORNING_HOUR) } else { at }
}

/// The next time that it is so late in a zone; now, when it is.
fn next(zone: &Zone, now: Instant, hour: u8) -> Instant {
    let time = LocalTime::new(hour, 0).unwrap_or(LocalTime::MIDNIGHT);
    let today = zone.local(now).date;
    let at = zone.instant_of(today, time);
    if at >= now { at } else { zone.instant_of(day_after(zone, today), time) }
}

fn day_after(zone: &Zone, date: LocalDate) -> LocalDate {
    let noon = LocalTime::new(12, 0).unwrap_or(LocalTime::MIDNIGHT);
    zone.local(zone.instant_of(date, noon).plus_seconds(86_400)).date
}

#[cfg(test)]
mod tests {
    use super::{NoticeChoice, Rhythm, Urgency, leaves_at};
    use calendar::{Instant, Zone};

    fn check(rhythm: Rhythm, quiet_nights: bool, clock_runs: bool, now: &str, expected: &str) {
        let zone = Zone::parse("Europe/Paris").expect("a zone");
        let at = |text: &str| Instant::parse(text).expect("an instant");
        let choice = NoticeChoice { rhythm, quiet_nights };
        let leaves = leaves_at(Urgency::MayWait, choice, clock_runs, &zone, at(now));
        assert_eq!(leaves, at(expected), "{rhythm:?} {now}");
        assert_eq!(leaves_at(Urgency::AtOnce, choice, clock_runs, &zone, at(now)), at(now));
    }

    #[test]
    fn what_may_wait_waits_as_it_was_chosen() {
        let day = "2026-03-10T10:20:00+01:00";
        check(Rhythm::AtOnce, true, false, day, day);
        check(Rhythm::Hourly, true, false, day, "2026-03-10T11:00:00+01:00");
        check(Rhythm::Hourly, true, false, "2026-03-10T11:00:00+01:00", "2026-03-10T11:00:00+01:00");
        check(Rhythm::Daily, true, false, day, "2026-03-11T08:00:00+01:00");
        check(Rhythm::Daily, true, false, "2026-03-10T06:00:00+01:00", "2026-03-10T08:00:00+01:00");
    }

    #[test]
    fn nights_are_quiet_unless_a_clock_runs_or_somebody_wants_them() {
        let night = "2026-03-10T23:59:00+01:00";
        check(Rhythm::AtOnce, true, false, night, "2026-03-11T07:00:00+01:00");
        check(Rhythm::AtOnce, true, false, "2026-03-10T03:00:00+01:00", "2026-03-10T07:00:00+01:00");
        check(Rhythm::AtOnce, true, true, night, night);
        check(Rhythm::AtOnce, false, false, night, night);
        check(Rhythm::Hourly, true, false, "2026-03-10T20:30:00+01:00", "2026-03-11T07:00:00+01:00");
        // The night in which the hour between two and three does not exist.
        check(Rhythm::AtOnce, true, false, "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00");
    }
}
