use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::{serve, wire};
use operations::complete_tombstones;
use std::path::Path;

/// Copies the store into a folder, and the list of erasures beside it.
pub fn run(config: &Path, out: &Path) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    let failed = |attempt| {
        let path = out.display().to_string();
        move |source| VerbFailure::File { attempt, path, source }
    };
    wire::runtime()?.block_on(async {
        let environment = serve::environment(&config).await?;
        std::fs::create_dir_all(out).map_err(failed("making"))?;
        let made = environment.store.back_up(out, environment.now()).await?;
        line!("{}: {} bytes, {} requests", made.path.display(), made.size, made.requests);
        complete_tombstones(&environment).await?;
        let list = &config.privacy.erasures_file;
        if list.exists() {
            let copy = out.join("erasures.jsonl");
            // The list may be kept in the very folder.
            if std::fs::canonicalize(list).ok() != std::fs::canonicalize(&copy).ok() {
                std::fs::copy(list, &copy).map_err(failed("writing into"))?;
            }
            line!("{}: keep the latest beside every copy, older ones too", copy.display());
        }
        Ok(Outcome::Done)
    })
}
