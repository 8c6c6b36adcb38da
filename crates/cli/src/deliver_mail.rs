use crate::config::Config;
use crate::failure::{Outcome, VerbFailure};
use crate::{log, serve, wire};
use mail::{TakeAnswer, parse};
use operations::{PostRoom, believed};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The message cannot be used. Source: `sysexits.h`, `EX_DATAERR`.
const UNUSABLE: u8 = 65;
/// There is no such mailbox: `EX_NOUSER`.
const NO_MAILBOX: u8 = 67;
/// Trying again later helps: `EX_TEMPFAIL`.
const LATER: u8 = 75;

/// Takes one message from standard input. The server that runs this has checked its From, or says what it
/// found under the name `checked_by`, else under the one that is configured.
pub fn run(path: &Path, mailboxes: Vec<String>, checked_by: Option<&str>) -> Result<Outcome, VerbFailure> {
    let later =
        |failure: &dyn std::fmt::Display| VerbFailure::Message { problem: failure.to_string(), code: LATER };
    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message).map_err(|failure| later(&failure))?;
    if message.is_empty() {
        return Err(VerbFailure::Message { problem: "standard input is empty".to_owned(), code: UNUSABLE });
    }
    let config = Config::read(path).map_err(|failure| later(&failure))?;
    log::start(config.log.format);
    wire::runtime().map_err(|failure| later(&failure))?.block_on(async {
        let environment = serve::environment(&config).await.map_err(|failure| later(&failure))?;
        let mut wanted = mailboxes;
        if wanted.is_empty() {
            let letter = parse(&message);
            let named = letter.to.iter().chain(&letter.cc).map(|to| to.address.clone());
            for address in delivered_to(&message).into_iter().chain(named) {
                let is_ours = environment.store.provider_by_mailbox(&address).await;
                if is_ours.map_err(|failure| later(&failure))?.is_some() && !wanted.contains(&address) {
                    wanted.push(address);
                }
            }
        }
        if wanted.is_empty() {
            let problem = "it is for no mailbox of ours; name the mailbox on the command line".to_owned();
            return Err(VerbFailure::Message { problem, code: NO_MAILBOX });
        }
        let configured = config.mail.inbound.as_ref().and_then(|inbound| inbound.checked_by.as_deref());
        let (is_authentic, checks) = believed(&message, checked_by.or(configured), true);
        let room = PostRoom::new(Arc::clone(&environment), Vec::new());
        for mailbox in wanted {
            match room.take_message(&mailbox, message.clone(), is_authentic, checks.clone()).await {
                TakeAnswer::Durable => {}
                TakeAnswer::Rejected(problem) | TakeAnswer::OverQuota(problem) => {
                    return Err(VerbFailure::Message {
                        problem: format!("{mailbox}: {problem}"),
                        code: NO_MAILBOX,
                    });
                }
                TakeAnswer::Full => return Err(later(&"there is no room now")),
                TakeAnswer::Temporary => return Err(later(&"it cannot be stored now")),
            }
        }
        Ok(Outcome::Done)
    })
}

/// The addresses that the server says it delivers to, which a list does not hide.
fn delivered_to(message: &[u8]) -> Vec<String> {
    let head = String::from_utf8_lossy(&message[..message.len().min(64 * 1024)]).into_owned();
    head.lines()
        .take_while(|line| !line.trim_end().is_empty())
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| {
            ["delivered-to", "x-original-to", "envelope-to"]
                .iter()
                .any(|wanted| name.eq_ignore_ascii_case(wanted))
        })
        .map(|(_, address)| address.trim().trim_matches(['<', '>']).to_owned())
        .collect()
}
