use crate::args::MailVerb;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{deliver_mail, kept_mail, trust_mail};
use serde_json::Value;

/// Shows how messages would be taken in, one JSON object a line.
pub fn run(verb: MailVerb) -> Result<Outcome, VerbFailure> {
    let files = match verb {
        MailVerb::Read { files } => files,
        MailVerb::Kept { config, save } => return kept_mail::run(&config, save.as_deref()),
        MailVerb::Trust { file, provider, address, config } => {
            return trust_mail::run(&config, &file, &provider, address.as_deref());
        }
        MailVerb::Deliver { config, checked_by, mailboxes } => {
            return deliver_mail::run(&config, mailboxes, checked_by.as_deref());
        }
    };
    for file in files {
        let path = file.display().to_string();
        let bytes = std::fs::read(&file).map_err(|source| VerbFailure::File {
            attempt: "reading",
            path: path.clone(),
            source,
        })?;
        let letter = serde_json::to_value(mail::parse(&bytes)).expect("a letter is plain data");
        let mut shown = serde_json::Map::from_iter([("file".to_owned(), Value::from(path))]);
        if let Value::Object(fields) = letter {
            shown.extend(fields);
        }
        line!("{}", Value::Object(shown));
    }
    Ok(Outcome::Done)
}
