//! Addresses in which a secret stands: whoever reads one could follow it.

/// What such an address begins with; the secret follows.
pub(crate) const BEGINNINGS: [&str; 5] = ["/entrer/", "/installer/", "/avis/", "/desabonnement/", "/f/"];

/// A path as it may be written down: without the secret, where there is one.
pub(crate) fn without_secret(path: &str) -> &str {
    let found = BEGINNINGS.iter().find(|beginning| path.starts_with(**beginning));
    found.map_or(path, |beginning| beginning.trim_end_matches('/'))
}

/// Whether an address, wherever it begins, holds a secret.
pub(crate) fn holds_secret(address: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| address.contains(beginning))
}

#[cfg(test)]
mod tests {
    use super::{holds_secret, without_secret};

    #[test]
    fn no_secret_is_left_of_an_address() {
        for (path, expected) in [
            ("/entrer/0a1b", "/entrer"),
            ("/installer/0a1b", "/installer"),
            ("/avis/eyJw", "/avis"),
            ("/f/eyJw", "/f"),
            ("/agent/demandes/ORV-1", "/agent/demandes/ORV-1"),
        ] {
            assert_eq!(without_secret(path), expected);
            assert_eq!(holds_secret(&format!("https://desk.example{path}")), path != expected, "{path}");
        }
    }
}
