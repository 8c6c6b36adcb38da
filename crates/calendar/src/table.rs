//! Open time as a table of intervals with running sums.
//!
//! Twelve years make an era. An era is built when it is first asked for and
//! kept as two arrays of 32-bit seconds: eight bytes an interval, some 50 kB
//! for an office with a lunch break. The length of an interval is the
//! difference of two running sums, so ends need no array of their own.

use crate::definition::CalendarDefinition;
use crate::local_date::LocalDate;
use crate::resolve::resolve;

const ERA_DAYS: i32 = 4383;
const ERA_SECONDS: i64 = ERA_DAYS as i64 * 86_400;
pub(crate) const ERA_MILLISECONDS: i64 = ERA_SECONDS * 1000;

/// 2020-01-01, so that the era most deadlines fall in is 2020 to 2031.
const COMMON_ERA_DAY: i32 = 18_262;

/// Which era holds 2020 to 2031.
pub(crate) const COMMON_ERA: usize = 10;

/// How many eras there are, from 1900 to 2199.
pub(crate) const ERAS: usize = 25;

const FIRST_DAY: i32 = COMMON_ERA_DAY - COMMON_ERA as i32 * ERA_DAYS;

/// First millisecond of the first era, and of what follows the last.
pub(crate) const RANGE_START: i64 = FIRST_DAY as i64 * 86_400_000;
pub(crate) const RANGE_END: i64 = RANGE_START + ERAS as i64 * ERA_MILLISECONDS;

/// The open time of twelve years.
#[derive(Debug)]
pub(crate) struct Era {
    /// Seconds from the start of the era to the start of each interval.
    starts: Box<[u32]>,
    /// Open seconds before each interval, and in the whole era at the end.
    totals: Box<[u32]>,
    /// One bit for each date, set for a business day.
    business: Box<[u64]>,
}

impl Era {
    pub(crate) fn build(definition: &CalendarDefinition, index: usize) -> Era {
        let first = LocalDate::from_days(FIRST_DAY + index as i32 * ERA_DAYS);
        let from = i64::from(first.days()) * 86_400;
        let resolved = resolve(definition, first, ERA_DAYS);
        let mut starts = Vec::with_capacity(resolved.intervals.len());
        let mut totals = Vec::with_capacity(resolved.intervals.len() + 1);
        let mut total = 0u32;
        for (start, end) in resolved.intervals {
            starts.push((start - from) as u32);
            totals.push(total);
            total += (end - start) as u32;
        }
        totals.push(total);
        let mut business = vec![0u64; (ERA_DAYS as usize).div_ceil(64)];
        for date in resolved.business_dates {
            let place = first.days_until(date) as usize;
            business[place / 64] |= 1 << (place % 64);
        }
        Era { starts: starts.into(), totals: totals.into(), business: business.into() }
    }

    /// Open milliseconds of the whole era.
    pub(crate) fn total(&self) -> i64 {
        i64::from(self.totals[self.starts.len()]) * 1000
    }

    /// Open milliseconds before an offset (milliseconds from the start of the era).
    pub(crate) fn open_before(&self, offset: i64) -> i64 {
        let second = (offset / 1000) as u32;
        let index = self.starts.partition_point(|start| *start <= second);
        if index == 0 {
            return 0;
        }
        let before = i64::from(self.totals[index - 1]) * 1000;
        let within = offset - i64::from(self.starts[index - 1]) * 1000;
        let all = i64::from(self.totals[index]) * 1000;
        (before + within).min(all)
    }

    /// The first offset that has so many open milliseconds before it; the count
    /// is above zero and at most the total.
    pub(crate) fn earliest_with(&self, open: i64) -> i64 {
        let second_up = ((open + 999) / 1000) as u32;
        let index = self.totals.partition_point(|total| *total < second_up) - 1;
        i64::from(self.starts[index]) * 1000 + open - i64::from(self.totals[index]) * 1000
    }

    /// The last offset that has so many open milliseconds before it; the count
    /// is not negative and below the total.
    pub(crate) fn latest_with(&self, open: i64) -> i64 {
        let second = (open / 1000) as u32;
        let index = self.totals.partition_point(|total| *total <= second) - 1;
        i64::from(self.starts[index]) * 1000 + open - i64::from(self.totals[index]) * 1000
    }

    /// The interval that holds an offset, else the first after it, as offsets in milliseconds.
    pub(crate) fn interval_from(&self, offset: i64) -> Option<(i64, i64)> {
        let second = (offset / 1000) as u32;
        let after = self.starts.partition_point(|start| *start <= second);
        [after.checked_sub(1), Some(after)]
            .into_iter()
            .flatten()
            .filter(|index| *index < self.starts.len())
            .map(|index| self.interval(index))
            .find(|(_, end)| *end > offset)
    }

    fn interval(&self, index: usize) -> (i64, i64) {
        let start = i64::from(self.starts[index]) * 1000;
        let length = i64::from(self.totals[index + 1] - self.totals[index]) * 1000;
        (start, start + length)
    }

    fn is_business(&self, place: usize) -> bool {
        self.business[place / 64] >> (place % 64) & 1 == 1
    }

    /// Bytes the era holds on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        (self.starts.len() + self.totals.len()) * 4 + self.business.len() * 8
    }
}

/// Which era a millisecond since the epoch falls in, and how far from its start.
pub(crate) fn era_of(milliseconds: i64) -> (usize, i64) {
    let from_start = milliseconds - RANGE_START;
    ((from_start / ERA_MILLISECONDS) as usize, from_start % ERA_MILLISECONDS)
}

/// The millisecond since the epoch at an offset in an era.
pub(crate) fn instant_in(era: usize, offset: i64) -> i64 {
    RANGE_START + era as i64 * ERA_MILLISECONDS + offset
}

/// Whether a date is a business day, by the era that holds it.
pub(crate) fn is_business_in<'a>(era: impl Fn(usize) -> &'a Era, date: LocalDate) -> bool {
    let from_start = date.days() - FIRST_DAY;
    if !(0..ERAS as i32 * ERA_DAYS).contains(&from_start) {
        return false;
    }
    era((from_start / ERA_DAYS) as usize).is_business((from_start % ERA_DAYS) as usize)
}
