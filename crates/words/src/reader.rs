//! Who reads, and where.

use crate::language::Language;
use calendar::{Instant, Zone};

/// Who reads a text, where, and on what.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The language.
    pub language: Language,
    /// The zone on the reader's wall; none when it is not known.
    pub zone: Option<Zone>,
    /// Whether the text leaves the screen (mail, PDF, print): it then always names the city.
    pub paper: bool,
}

impl Reader {
    /// Whether a time of `zone` must name its city: on paper, for a reader whose zone is unknown, and
    /// for one whose wall shows another time at `at` or at `now`.
    ///
    /// Walls are compared, not names: somebody in Toronto need not be told that it is Montréal time.
    pub(crate) fn names_city(&self, zone: &Zone, at: Instant, now: Instant) -> bool {
        let Some(own) = &self.zone else { return true };
        self.paper || own != zone && (own.local(at) != zone.local(at) || own.local(now) != zone.local(now))
    }

    /// Whether « aujourd’hui » means the same date for the reader as on the wall of `zone`.
    pub(crate) fn shares_today(&self, zone: &Zone, now: Instant) -> bool {
        self.zone.as_ref().is_none_or(|own| own.local(now).date == zone.local(now).date)
    }
}
