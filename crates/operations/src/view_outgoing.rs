use crate::environment::Environment;
use mail::{Transport, list_maildir, parse};

/// A letter that left, as the demonstration shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingView {
    /// Its id.
    pub id: String,
    /// To whom.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// When it was written (RFC 3339).
    pub date: Option<String>,
    /// Its words.
    pub text: String,
}

/// The letters that left into a folder, newest first; none when they leave by a mail server.
pub async fn list_outgoing(environment: &Environment, at_most: usize) -> Vec<OutgoingView> {
    let Transport::Maildir(maildir) = &environment.transport else { return Vec::new() };
    let folder = maildir.folder.clone();
    let listed = tokio::task::spawn_blocking(move || {
        list_maildir(&folder, at_most)
            .unwrap_or_default()
            .into_iter()
            .map(|(id, bytes)| {
                let letter = parse(&bytes);
                OutgoingView {
                    id,
                    to: letter.to.into_iter().map(|mailbox| mailbox.address).collect(),
                    subject: letter.subject,
                    date: letter.date,
                    text: letter.text,
                }
            })
            .collect()
    });
    listed.await.unwrap_or_default()
}
