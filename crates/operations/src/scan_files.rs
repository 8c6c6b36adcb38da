//! Files of messages are shown to a scanner before they are handed on.
//!
//! Any program that speaks the stream protocol of clamd will do, over TCP or a socket of this machine. A file that
//! nobody has looked at yet is looked at when it is asked for, and by the rounds; while the scanner is down it is held.
//! Source: clamd(8), `INSTREAM`.

use crate::environment::Environment;
use crate::error::Failure;
use crate::pulse::Loop;
use desk::{FileId, ProviderId};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::{FileMeta, ScanErrand, ScanState};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;

/// Where the scanner listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// At a host and port.
    Tcp(String),
    /// At a socket of this machine.
    Unix(PathBuf),
}

/// What a viewer is told of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FileScan {
    /// No scanner is configured, or it found nothing.
    #[default]
    Free,
    /// The scanner has not looked at it yet: it is held.
    Waiting,
    /// The scanner found something: its name, for administrators alone.
    Infected(Option<String>),
    /// The scanner cannot look at it: it is held.
    Unscannable,
}

/// Bytes of one piece of the stream.
const PIECE_BYTES: usize = 64 * 1024;
/// How long a scan may take.
const SCAN_FOR: Duration = Duration::from_secs(30);
/// How long somebody who asks for a file waits for the scanner.
const ASKED_FOR: Duration = Duration::from_secs(5);
/// Files that a round takes.
const AT_ONCE: u32 = 20;
/// Seconds after which a file is tried again.
const AGAIN_SECONDS: i64 = 60;
/// Files of a round that may take too long before the scanner itself is held to be in trouble: one that makes a scanner
/// think keeps no other waiting for longer than that.
const LATE_AT_MOST: usize = 1;
/// Tries after which a file that the scanner answers by an error is held for good.
const TRIES: u32 = 3;
/// Bytes of an answer at most.
const ANSWER_BYTES: usize = 4096;

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
enum ScanFailure {
    #[error("asking the scanner")]
    Down(#[source] std::io::Error),
    #[error("the scanner did not answer in time")]
    Late,
    #[error("the scanner answered `{0}`")]
    Refused(String),
}

impl Scanner {
    async fn scan(&self, bytes: &[u8]) -> Result<ScanState, ScanFailure> {
        let asked = async {
            let answer = match self {
                Self::Tcp(address) => {
                    let mut stream = TcpStream::connect(address).await.map_err(ScanFailure::Down)?;
                    stream_of(&mut stream, bytes).await
                }
                Self::Unix(path) => {
                    let mut stream = UnixStream::connect(path).await.map_err(ScanFailure::Down)?;
                    stream_of(&mut stream, bytes).await
                }
            };
            read_answer(&answer.map_err(ScanFailure::Down)?)
        };
        tokio::time::timeout(SCAN_FOR, asked).await.map_err(|_| ScanFailure::Late)?
    }
}

/// Sends a file in pieces, each after its length, and gives what is answered.
async fn stream_of(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    bytes: &[u8],
) -> std::io::Result<String> {
    stream.write_all(b"zINSTREAM\0").await?;
    let mut sent = Ok(());
    for piece in bytes.chunks(PIECE_BYTES) {
        let length = u32::try_from(piece.len()).expect("a piece is short").to_be_bytes();
        // A scanner that has enough closes; what it said before still counts.
        sent = async {
            stream.write_all(&length).await?;
            stream.write_all(piece).await
        }
        .await;
        if sent.is_err() {
            break;
        }
    }
    if sent.is_ok() {
        sent = stream.write_all(&[0; 4]).await;
    }
    let mut answer = Vec::new();
    let mut piece = [0; 512];
    while answer.len() < ANSWER_BYTES && !answer.contains(&0) {
        match stream.read(&mut piece).await {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&piece[..count]),
            Err(error) if answer.is_empty() => return Err(sent.err().unwrap_or(error)),
            Err(_) => break,
        }
    }
    if answer.is_empty() {
        sent?;
    }
    let end = answer.iter().position(|byte| *byte == 0).unwrap_or(answer.len());
    Ok(String::from_utf8_lossy(&answer[..end]).trim().to_owned())
}

/// `stream: OK`, `stream: NAME FOUND`, or an error.
fn read_answer(answer: &str) -> Result<ScanState, ScanFailure> {
    let said = answer.strip_prefix("stream:").map_or(answer, str::trim);
    if said == "OK" {
        return Ok(ScanState::Clean);
    }
    match said.strip_suffix("FOUND") {
        Some(name) => Ok(ScanState::Infected(name.trim().to_owned())),
        None => Err(ScanFailure::Refused(said.chars().take(200).collect())),
    }
}

/// What a viewer is told of a file in a state.
pub(crate) fn told(environment: &Environment, state: &ScanState, by_name: bool) -> FileScan {
    match state {
        ScanState::Infected(name) => FileScan::Infected(by_name.then(|| name.clone())),
        _ if environment.scanner().is_none() => FileScan::Free,
        ScanState::Clean => FileScan::Free,
        ScanState::Waiting => FileScan::Waiting,
        ScanState::Failed(_) => FileScan::Unscannable,
    }
}

/// A file with its bytes, where it may be handed on: one that nobody has looked at is looked at now.
///
/// # Errors
/// - it may not be handed on, now or ever: [`Failure::Invalid`], with the reason;
/// - the store fails.
pub(crate) async fn free_file(
    environment: &Environment,
    provider: &ProviderId,
    file: FileId,
) -> Result<Option<(FileMeta, Vec<u8>)>, Failure> {
    let Some((meta, bytes)) = environment.store.file(provider, file).await? else { return Ok(None) };
    let mut state = meta.scan.clone();
    if state == ScanState::Waiting
        && let Some(found) = look_now(environment, &bytes).await
    {
        let now = environment.now();
        environment.store.note_scan(provider, file, &found, now, now).await?;
        tell(provider, file, &found);
        state = found;
    }
    must_be_free(environment, &state)?;
    Ok(Some((meta, bytes)))
}

/// Whether bytes may be handed on that are kept as they came, and of which no finding is kept: they are looked at now.
///
/// # Errors
/// They may not: [`Failure::Invalid`], with the reason.
pub(crate) async fn bytes_must_be_free(environment: &Environment, bytes: &[u8]) -> Result<(), Failure> {
    let found = look_now(environment, bytes).await.unwrap_or(ScanState::Waiting);
    must_be_free(environment, &found)
}

/// What the scanner says while somebody waits for it; none where there is none, or it does not say.
async fn look_now(environment: &Environment, bytes: &[u8]) -> Option<ScanState> {
    let scanner = environment.scanner()?;
    match tokio::time::timeout(ASKED_FOR, scanner.scan(bytes)).await {
        Ok(Ok(found)) => return Some(found),
        Ok(Err(failure)) => tracing::warn!(error = &failure as &dyn std::error::Error, "a file is held"),
        Err(_) => tracing::warn!("a file is held: the scanner takes long"),
    }
    None
}

fn must_be_free(environment: &Environment, state: &ScanState) -> Result<(), Failure> {
    let held = |problem: &str| Failure::Invalid { field: "file", problem: problem.to_owned() };
    match told(environment, state, false) {
        FileScan::Free => Ok(()),
        FileScan::Waiting => Err(held("error-file-waiting")),
        FileScan::Infected(_) => Err(held("error-file-infected")),
        FileScan::Unscannable => Err(held("error-file-unscannable")),
    }
}

/// The same for whoever goes on without it.
pub(crate) async fn file_if_free(
    environment: &Environment,
    provider: &ProviderId,
    file: FileId,
) -> Result<Option<(FileMeta, Vec<u8>)>, Failure> {
    match free_file(environment, provider, file).await {
        Err(Failure::Invalid { .. }) => Ok(None),
        found => found,
    }
}

/// Shows the scanner files that wait for it; a bounded number at once. Gives how many were looked at.
///
/// # Errors
/// When the store fails. A scanner that is down is no failure: the files wait on.
pub async fn scan_files(environment: &Environment) -> Result<usize, Failure> {
    let Some(scanner) = environment.scanner() else { return Ok(0) };
    let store = &environment.store;
    let now = environment.now();
    let again_at = now.plus_seconds(AGAIN_SECONDS);
    let (mut looked_at, mut late) = (0, 0);
    for ScanErrand { provider, file, attempts } in store.claim_scans(now, again_at, AT_ONCE).await? {
        let Some((_, bytes)) = store.file(&provider, file).await? else {
            store.note_scan(&provider, file, &ScanState::Clean, now, now).await?;
            continue;
        };
        let state = match scanner.scan(&bytes).await {
            Ok(state) => state,
            Err(ScanFailure::Refused(why)) if attempts >= TRIES => ScanState::Failed(why),
            Err(failure) => {
                let error = &failure as &dyn std::error::Error;
                tracing::warn!(error, provider = %provider, file = %file, "a file waits for the scanner");
                late += usize::from(matches!(failure, ScanFailure::Late));
                if matches!(failure, ScanFailure::Down(_)) || late > LATE_AT_MOST {
                    // The others would fare no better now.
                    break;
                }
                continue;
            }
        };
        store.note_scan(&provider, file, &state, environment.now(), again_at).await?;
        tell(&provider, file, &state);
        looked_at += 1;
    }
    Ok(looked_at)
}

fn tell(provider: &ProviderId, file: FileId, state: &ScanState) {
    if let ScanState::Infected(finding) = state {
        tracing::warn!(provider = %provider, file = %file, finding, "a file is infected and is not handed on");
    }
}

/// Shows the scanner what waits, until told to stop.
pub(crate) async fn keep_scanning(environment: &Arc<Environment>, mut stop: watch::Receiver<bool>) {
    while environment.scanner().is_some() && !*stop.borrow() {
        match environment.pulse.pass(Loop::Scanning, scan_files(environment)).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(failure) => {
                tracing::error!(error = &failure as &dyn std::error::Error, "files could not be scanned");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(2)) => {}
            _ = stop.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read_answer;
    use store::ScanState;

    #[test]
    fn answers_of_scanners_are_read() {
        assert_eq!(read_answer("stream: OK").ok(), Some(ScanState::Clean));
        let found = read_answer("stream: Eicar-Test-Signature FOUND").ok();
        assert_eq!(found, Some(ScanState::Infected("Eicar-Test-Signature".to_owned())));
        for wrong in
            ["", "stream: ", "INSTREAM size limit exceeded. ERROR", "UNKNOWN COMMAND", "stream: OK FOUND?"]
        {
            assert!(read_answer(wrong).is_err(), "{wrong}");
        }
    }
}
