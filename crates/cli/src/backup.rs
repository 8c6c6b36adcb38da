use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use operations::complete_tombstones;
use serde_json::json;
use std::path::Path;

/// Copies the store into a folder, and the list of erasures beside it.
pub fn run(config: &Path, out: &Path, as_data: bool) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    let failed = |attempt| {
        let path = out.display().to_string();
        move |source| VerbFailure::File { attempt, path, source }
    };
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        std::fs::create_dir_all(out).map_err(failed("making"))?;
        let made = environment.store.back_up(out, environment.now()).await?;
        if !as_data {
            line!("{}: {} bytes, {} requests", made.path.display(), made.size, made.requests);
        }
        complete_tombstones(&environment).await?;
        let list = &config.privacy.erasures_file;
        let mut erasures = None;
        if list.exists() {
            let copy = out.join("erasures.jsonl");
            // The list may be kept in the very folder.
            if std::fs::canonicalize(list).ok() != std::fs::canonicalize(&copy).ok() {
                std::fs::copy(list, &copy).map_err(failed("writing into"))?;
            }
            if !as_data {
                line!("{}: keep the latest beside every copy, older ones too", copy.display());
            }
            erasures = Some(copy.display().to_string());
        }
        if as_data {
            let copy = made.path.display().to_string();
            let shown = json!({
                "copy": copy, "bytes": made.size, "requests": made.requests, "erasures": erasures,
            });
            line!("{shown}");
        }
        Ok(Outcome::Done)
    })
}
