use terms::Facts;

/// The status of a request after a deed of the desk, as agreements speak of it: `new`, `open`,
/// `waiting`, `resolved`, `closed`. A comment leaves it where it was.
///
/// ```
/// # use terms::Facts;
/// let nothing = Facts::new();
/// assert_eq!(meters::status_after("new", "take-up", &nothing), "open");
/// assert_eq!(meters::status_after("open", "note", &nothing), "open");
/// assert_eq!(meters::status_after("open", "resolve", &nothing), "resolved");
/// ```
#[must_use]
pub fn status_after(status: &str, deed: &str, attributes: &Facts) -> &'static str {
    let by_customer = attributes.text("by") == Some("customer");
    match deed {
        "received" => "new",
        "resume" | "back-from-vendor" | "reopen" => "open",
        "wait" | "pass-to-vendor" => "waiting",
        "resolve" => "resolved",
        "close" => "closed",
        "take-up" | "assign" if status == "new" => "open",
        "reply" if status == "new" && !by_customer => "open",
        "reply" if status == "resolved" && by_customer => "open",
        _ => match status {
            "open" => "open",
            "waiting" => "waiting",
            "resolved" => "resolved",
            "closed" => "closed",
            "declined" => "declined",
            _ => "new",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::FactValue;

    #[test]
    fn the_customers_word_opens_what_was_solved_and_nothing_else() {
        let customer = Facts::new().with("by", FactValue::text("customer"));
        assert_eq!(status_after("resolved", "reply", &customer), "open");
        assert_eq!(status_after("new", "reply", &customer), "new");
        assert_eq!(status_after("waiting", "reply", &customer), "waiting");
        assert_eq!(status_after("new", "reply", &Facts::new()), "open");
    }
}
