use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::print::line;
use crate::wire;
use std::path::Path;

/// Brings the tables up to date, and grants a role what the application needs.
pub fn run(config: &Path, role: Option<&str>) -> Result<Outcome, VerbFailure> {
    let config = Config::read(config)?;
    wire::runtime()?.block_on(async {
        let store = wire::database(&config).await?;
        line!("the tables are up to date");
        if let Some(role) = role {
            store.grant(role).await?;
            line!("{role} may add to log, journal and checkpoints, and change nothing in them");
        }
        Ok(Outcome::Done)
    })
}
