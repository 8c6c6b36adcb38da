//! A letter as a plain value.

use serde::{Serialize, Serializer};

use crate::bounce::Bounce;
use crate::signature::Signature;

/// A letter as it was understood: decoded, cleaned, and with what could not be
/// understood named in [`Letter::problems`].
///
/// Serialises to one JSON object; attachments serialise without their bytes.
/// Everything in it was written by the sender and proves nothing about them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Letter {
    /// The first author named in `From`, else `Sender`.
    pub from: Option<Mailbox>,
    /// Whether it names other authors too: nothing tells which of them a server speaks of that has checked it.
    #[serde(skip)]
    pub has_other_authors: bool,
    /// The address in the first `Return-Path`, which the server writes that delivers; `None` where it is null, or none
    /// was written. Source: RFC 5321 section 4.4.
    #[serde(skip)]
    pub return_path: Option<String>,
    /// The recipients named in `To`, at most 1,000.
    pub to: Vec<Mailbox>,
    /// The recipients named in `Cc`, at most 1,000.
    pub cc: Vec<Mailbox>,
    /// Where the author wants answers.
    #[serde(serialize_with = "address_only")]
    pub reply_to: Option<Mailbox>,
    /// The subject on one line; empty when there is none.
    pub subject: String,
    /// When the sender says it was written: RFC 3339 in UTC.
    pub date: Option<String>,
    /// `Message-ID` without its angle brackets.
    pub message_id: Option<String>,
    /// The first id of `In-Reply-To` without its angle brackets.
    pub in_reply_to: Option<String>,
    /// The ids of `References` without their angle brackets, oldest first, at
    /// most 1,000.
    pub references: Vec<String>,
    /// The whole text with `\n` line ends, made from the HTML where no text was
    /// sent; empty for an empty letter.
    pub text: String,
    /// The HTML, sanitised and without anything that loads from elsewhere.
    pub html: Option<String>,
    /// The part of `text` that the sender wrote now: without quoted history and
    /// signature. Nothing is lost by it, `text` keeps all.
    pub new_text: String,
    /// Everything that is not the body.
    pub attachments: Vec<Attachment>,
    /// Which kind of automatic sender wrote it; `None` for a person.
    pub automatic: Option<Automatic>,
    /// How it is signed or encrypted. Nothing of it is verified: a signature is shown, not believed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protection: Vec<Protection>,
    /// The signatures with what they are over, to be judged by [`crate::judge_signature`]; at most two.
    #[serde(skip)]
    pub signatures: Vec<Signature>,
    /// What a report of a mail server says of an earlier letter, where this is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounce: Option<Bounce>,
    /// Whether it bears the mark of what this program writes by itself: it has come back.
    #[serde(skip)]
    pub comes_back: bool,
    /// Whether it passes an older message on, which is then its content.
    #[serde(skip)]
    pub is_forward: bool,
    /// What could not be understood, or was cut, one English sentence each.
    pub problems: Vec<String>,
}

/// A person's name and address as a header states them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, Serialize)]
pub struct Mailbox {
    /// The display name, on one line.
    pub name: Option<String>,
    /// The address as written, without angle brackets.
    pub address: String,
}

impl Mailbox {
    /// A mailbox without a display name.
    pub fn bare(address: impl Into<String>) -> Self {
        Mailbox { name: None, address: address.into() }
    }

    /// A mailbox with a display name.
    pub fn named(name: impl Into<String>, address: impl Into<String>) -> Self {
        Mailbox { name: Some(name.into()), address: address.into() }
    }
}

/// A file that came with a letter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Attachment {
    /// The file name, decoded and made harmless: no folder, no control or
    /// direction-changing character, at most 200 characters.
    pub name: Option<String>,
    /// `type/subtype` as the sender declares it, in lower case.
    pub media_type: String,
    /// The decoded size in bytes.
    pub size: usize,
    /// Whether the sender meant it to be seen inside the text.
    pub inline: bool,
    /// `Content-ID` without its angle brackets, by which the HTML refers to it.
    #[serde(skip)]
    pub content_id: Option<String>,
    /// The decoded content.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// A signature or an encryption of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Protection {
    /// Signed or encrypted.
    pub kind: ProtectionKind,
    /// By which scheme.
    pub scheme: ProtectionScheme,
}

/// What a protection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProtectionKind {
    /// It says who wrote it.
    Signed,
    /// It hides the content, which then cannot be read here.
    Encrypted,
}

/// A scheme of protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProtectionScheme {
    /// RFC 8551.
    Smime,
    /// RFC 9580 and RFC 3156.
    Pgp,
}

/// The kinds of automatic letter. None of them may be answered automatically.
///
/// Source: RFC 3834 section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Automatic {
    /// An automatic reply: absence notices, acknowledgements of other desks.
    Reply,
    /// A report that a letter could not be delivered, or about its delivery.
    Bounce,
    /// Sent to many: lists, newsletters, notifications of machines.
    Bulk,
    /// A letter of this installation come back, or one that goes in circles.
    Loop,
}

fn address_only<S: Serializer>(mailbox: &Option<Mailbox>, to: S) -> Result<S::Ok, S::Error> {
    mailbox.as_ref().map(|mailbox| &mailbox.address).serialize(to)
}
