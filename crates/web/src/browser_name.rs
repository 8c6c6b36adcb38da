//! What people call the browser that they use, from what it calls itself.

use std::borrow::Cow;

/// How browsers that people use call themselves, and what people call them. Most also claim to be those behind them here.
const BROWSERS: [(&str, &str); 14] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
    ("curl/", "curl"),
];

/// The same of systems.
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// The browser and its system, by the names that people know; else what it calls itself (RFC 9110, section 10.1.5).
pub(crate) fn browser_name(user_agent: &str) -> Cow<'_, str> {
    let named = |known: &[(&str, &'static str)]| {
        known.iter().find(|(token, _)| user_agent.contains(token)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => Cow::Owned(format!("{browser}, {system}")),
        (Some(browser), None) => Cow::Borrowed(browser),
        (None, _) => Cow::Borrowed(user_agent),
    }
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn browsers_are_called_what_people_call_them() {
        const GECKO: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (system, rest, expected) in [
            ("X11; Linux x86_64; rv:140.0", "Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            ("Windows NT 10.0; Win64; x64", "Chrome/140.0.0.0 Safari/537.36", "Chrome, Windows"),
            ("Windows NT 10.0; Win64; x64", "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge, Windows"),
            ("Macintosh; Intel Mac OS X 10_15_7", "Version/18.5 Safari/605.1.15", "Safari, macOS"),
            (
                "iPhone; CPU iPhone OS 18_5 like Mac OS X",
                "Version/18.5 Mobile Safari/604.1",
                "Safari, iPhone",
            ),
            ("iPhone; CPU iPhone OS 18_5 like Mac OS X", "CriOS/140.0 Mobile Safari/604.1", "Chrome, iPhone"),
            ("Linux; Android 10; K", "Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
            ("Linux; Android 13", "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile", "Samsung Internet, Android"),
        ] {
            let said = format!("Mozilla/5.0 ({system}) {GECKO} {rest}");
            assert_eq!(browser_name(&said), expected, "{said}");
        }
        assert_eq!(browser_name("curl/8.5.0"), "curl");
        assert_eq!(browser_name("Recettes/2 (interne)"), "Recettes/2 (interne)");
    }
}
