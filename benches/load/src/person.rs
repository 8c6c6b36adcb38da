use std::collections::BTreeMap;

use serde_json::Value;

use crate::Failure;
use crate::arguments::Arguments;
use crate::burst::Words;
use crate::http::{HttpSender, HttpTarget};

/// Prints one value of the first person of a provider with a role, from the demo's `demo.json`;
/// the field `mailbox` is the provider's.
pub fn person(arguments: &Arguments) -> Result<bool, Failure> {
    let file = arguments.required("--demo")?;
    let facts: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let provider = arguments.required("--provider")?;
    let field = arguments.required("--field")?;
    let value = if field == "mailbox" {
        facts["providers"][provider][field].as_str()
    } else {
        let role = arguments.required("--role")?;
        facts["people"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|person| person["provider"] == provider && person["role"] == role)
            .and_then(|person| person[field].as_str())
    };
    println!("{}", value.ok_or_else(|| format!("{file} has no {field} for {provider}"))?);
    Ok(true)
}

/// Follows a sign-in link and prints the cookies it gave, as the value of a `Cookie` header.
pub fn sign_in(arguments: &Arguments) -> Result<bool, Failure> {
    let mut url = arguments.required("--url")?.to_owned();
    let origin: String = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let mut cookies = BTreeMap::new();
    for _ in 0..10 {
        let header = format!("Cookie: {}", join(&cookies));
        let words = ["--url", &url, "--header", &header].map(str::to_owned);
        let target = HttpTarget::of(&Arguments::parse(&words)?)?;
        let head = HttpSender::to(&target).ask(&Words { number: 0, pick: "" })?;
        for cookie in head.cookies {
            if let Some((name, value)) = cookie.split_once('=') {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        match head.location {
            Some(next) if next.starts_with('/') => url = format!("{origin}{next}"),
            Some(next) => url = next,
            None => {
                println!("{}", join(&cookies));
                return Ok(!cookies.is_empty());
            }
        }
    }
    Err("the link redirected more than ten times".into())
}

fn join(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}
