//! Digits of dates and times, put in place by hand: logs and pages are full of them.

/// Writes a number's last digits into the places, the lowest into the last one.
pub(crate) fn put_digits(places: &mut [u8], mut number: i64) {
    for place in places.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Digits and signs that were put in place, as a text.
pub(crate) fn text_of(places: &[u8]) -> &str {
    std::str::from_utf8(places).expect("digits are ASCII")
}
