use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::wire;
use data_encoding::HEXLOWER;
use serde_json::json;
use std::path::Path;

/// How many letters of each provider are shown.
const AT_MOST: u32 = 1_000;

/// Shows the letters that became no request: reports about nothing known, our own that came back, and
/// what could not be read.
pub fn run(path: &Path, save: Option<&Path>) -> Result<Outcome, VerbFailure> {
    let config = Config::read(path)?;
    wire::runtime()?.block_on(async {
        let store = wire::standing(&config).await?;
        for provider in store.providers().await? {
            for letter in store.kept_letters(&provider.id, AT_MOST).await? {
                let digest: String = HEXLOWER.encode(&letter.digest);
                if let Some(folder) = save {
                    let bytes = store.kept_letter_bytes(&provider.id, &letter.digest).await?;
                    write(folder, &format!("{digest}.eml"), &bytes.unwrap_or_default())?;
                }
                let shown = json!({
                    "provider": provider.id.as_str(),
                    "mailbox": letter.mailbox,
                    "why": letter.why,
                    "from": letter.sender,
                    "subject": letter.subject,
                    "received_at": letter.received_at.to_string(),
                    "digest": digest,
                });
                line!("{shown}");
            }
        }
        Ok(Outcome::Done)
    })
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), VerbFailure> {
    let path = folder.join(name);
    let failed = |source| VerbFailure::File { attempt: "writing", path: path.display().to_string(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    std::fs::write(&path, bytes).map_err(failed)
}
