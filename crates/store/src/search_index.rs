//! The words of requests, beside their rows: what [`crate::search`] looks into.
//!
//! Each text is a part of its own and is written once: its subject, who asks, each message, each
//! note, each file's name. So an answer on a long request costs no more than on a short one, and
//! what is erased leaves nothing of itself in the index.
//!
//! A part's number says where it belongs, highest bits first: the provider's space, the request's
//! place of arrival, the part's place in the request, its field. So the index gives parts in the
//! order of arrival without sorting, and a request's parts stand together.

use crate::commit::Before;
use crate::database::Database;
use crate::error::StoreError;
use crate::event_log::{LOG, log_entry};
use crate::fold_words::fold_words;
use crate::sql::{Query, Sql, Statement, Value};
use crate::unit_of_work::UnitOfWork;
use desk::{ContentId, FileId, MessageKind, ProviderId, Recorded, TicketEvent, TicketId};
use std::collections::HashMap;

/// Where in a request a word may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SearchField {
    /// Its subject.
    Subject,
    /// A message that both sides read.
    Message,
    /// The name of a file of such a message.
    File,
    /// Its number, and the name or address of who asks.
    Requester,
    /// A note between colleagues.
    Note,
    /// The name of a file of a note.
    NoteFile,
}

impl SearchField {
    /// Every field.
    pub const ALL: [Self; 6] =
        [Self::Subject, Self::Message, Self::File, Self::Requester, Self::Note, Self::NoteFile];

    pub(crate) fn bits(self) -> i64 {
        Self::ALL.iter().position(|known| *known == self).map_or(0, |place| place as i64)
    }
}

pub(crate) const FIELD_MASK: i64 = 7;
const PART_SHIFT: u32 = 3;
pub(crate) const TICKET_SHIFT: u32 = 23;
pub(crate) const SPACE_SHIFT: u32 = 52;
pub(crate) const SEQUENCE_MASK: i64 = (1 << (SPACE_SHIFT - TICKET_SHIFT)) - 1;
/// Parts of a request that find a place in the index.
const MOST_PARTS: i64 = 1 << (TICKET_SHIFT - PART_SHIFT);

pub(crate) static INSERT: Sql = Sql::differing(
    "INSERT INTO search_part (rowid, words, source) VALUES ($1, $2, $3)",
    "INSERT INTO search_part (id, words, source) VALUES ($1, $2, $3)",
);
static DELETE: Sql =
    Sql::differing("DELETE FROM search_part WHERE rowid = $1", "DELETE FROM search_part WHERE id = $1");
/// Forgets what was read out of one text or file of a request.
pub(crate) static FORGET: Sql = Sql::differing(
    "DELETE FROM search_part WHERE source = $3
     AND rowid >= (SELECT (c.space << 52) | (t.sequence << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)
     AND rowid < (SELECT (c.space << 52) | ((t.sequence + 1) << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)",
    "DELETE FROM search_part WHERE source = $3
     AND id >= (SELECT (c.space << 52) | (t.sequence << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)
     AND id < (SELECT (c.space << 52) | ((t.sequence + 1) << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)",
);

/// Reads one text or the name of a file of a request anew, once it says something else.
pub(crate) static REWORD: Sql = Sql::differing(
    "UPDATE search_part SET words = $4 WHERE source = $3
     AND rowid >= (SELECT (c.space << 52) | (t.sequence << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)
     AND rowid < (SELECT (c.space << 52) | ((t.sequence + 1) << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)",
    "UPDATE search_part SET words = $4 WHERE source = $3
     AND id >= (SELECT (c.space << 52) | (t.sequence << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)
     AND id < (SELECT (c.space << 52) | ((t.sequence + 1) << 23) FROM ticket t
      JOIN desk_counter c ON c.provider = t.provider WHERE t.provider = $1 AND t.id = $2)",
);

/// Where a commit's parts go.
pub(crate) struct Shelf<'a> {
    pub(crate) space: i64,
    pub(crate) sequence: i64,
    /// Parts that the request has already.
    pub(crate) parts: i64,
    pub(crate) number: &'a str,
}

impl Shelf<'_> {
    fn id(&self, part: i64, field: SearchField) -> i64 {
        (self.space << SPACE_SHIFT) | (self.sequence << TICKET_SHIFT) | (part << PART_SHIFT) | field.bits()
    }
}

/// A commit's statements about the index, and how many parts the request has afterwards.
pub(crate) fn index_commit(
    unit: &UnitOfWork,
    before: Option<&Before>,
    shelf: &Shelf<'_>,
) -> (Vec<Statement<'static>>, i64) {
    let mut statements = Vec::new();
    let heads = [
        (SearchField::Subject, unit.row.subject.clone(), before.map(|before| &before.subject)),
        (SearchField::Requester, unit.row.requester.clone(), before.map(|before| &before.requester)),
    ];
    for (field, text, former) in heads {
        if former == Some(&text) {
            continue;
        }
        let id = shelf.id(0, field);
        if former.is_some() {
            statements.push(Statement::new(&DELETE, vec![Value::Integer(id)]));
        }
        let text = match field {
            SearchField::Requester => format!("{} {text}", shelf.number),
            _ => text,
        };
        let source = unit.commit.iter().find_map(|recorded| match &recorded.event {
            TicketEvent::Opened { subject, .. } if field == SearchField::Subject => Some(subject.id.0),
            _ => None,
        });
        statements.extend(insertion(id, &text, source));
    }
    let new = unit.contents.iter().map(|content| (content.id, content.text.as_str()));
    let released = unit.released.texts.iter().map(|(id, text)| (*id, text.as_str()));
    let texts: HashMap<ContentId, &str> = new.chain(released).collect();
    let new = unit.files.iter().map(|file| (file.id, file.name.as_str()));
    let released = unit.released.names.iter().map(|(id, name)| (*id, name.as_str()));
    let names: HashMap<FileId, &str> = new.chain(released).collect();
    let mut parts = shelf.parts;
    for (field, source, text) in said(&unit.commit, &texts, &names) {
        parts += 1;
        if parts < MOST_PARTS {
            statements.extend(insertion(shelf.id(parts, field), text, Some(source)));
        }
    }
    (statements, parts)
}

fn insertion(id: i64, text: &str, source: Option<u128>) -> Option<Statement<'static>> {
    let words = fold_words(text).join(" ");
    (!words.is_empty()).then(|| {
        Statement::new(&INSERT, vec![Value::Integer(id), Value::text(words), Value::id_or_empty(source)])
    })
}

/// What a commit's messages and notes say and bring, as far as it still stands.
fn said<'a>(
    commit: &[Recorded],
    texts: &HashMap<ContentId, &'a str>,
    names: &HashMap<FileId, &'a str>,
) -> Vec<(SearchField, u128, &'a str)> {
    let mut parts = Vec::new();
    for recorded in commit {
        let TicketEvent::Wrote { message, .. } = &recorded.event else { continue };
        let (text, file) = match message.kind {
            MessageKind::Note => (SearchField::Note, SearchField::NoteFile),
            MessageKind::Incoming | MessageKind::Outgoing => (SearchField::Message, SearchField::File),
        };
        if let Some(body) = texts.get(&message.body.id) {
            parts.push((text, message.body.id.0, *body));
        }
        for known in &message.files {
            if let Some(name) = names.get(&known.id) {
                parts.push((file, known.id.0, *name));
            }
        }
    }
    parts
}

/// Requests that are read at once while an older store is indexed.
const AT_ONCE: u32 = 200;

static INDEXED: Sql = Sql::new("SELECT value FROM setting WHERE key = 'search_index'");
static NOTE_INDEXED: Sql =
    Sql::new("INSERT INTO setting (key, value) VALUES ('search_index', '1') ON CONFLICT (key) DO NOTHING");
static TO_INDEX: Sql = Sql::new(
    "SELECT t.provider, t.id, t.sequence, t.number, t.subject, t.requester, c.space FROM ticket t
     JOIN desk_counter c ON c.provider = t.provider
     WHERE (t.provider, t.sequence) > ($1, $2) ORDER BY t.provider, t.sequence LIMIT $3",
);
static CONTENTS: Sql = Sql::new("SELECT id, text FROM content WHERE provider = $1 AND ticket = $2");
static NAMES: Sql = Sql::new("SELECT id, name FROM file WHERE provider = $1 AND ticket = $2");
static CLEAR: Sql = Sql::differing(
    "DELETE FROM search_part WHERE rowid >= $1 AND rowid < $2",
    "DELETE FROM search_part WHERE id >= $1 AND id < $2",
);
static NOTE_PARTS: Sql = Sql::new("UPDATE ticket SET parts = $3 WHERE provider = $1 AND id = $2");

/// A request that an older program stored.
struct Unindexed {
    provider: ProviderId,
    ticket: TicketId,
    sequence: i64,
    number: String,
    subject: String,
    requester: String,
    space: i64,
}

impl Database {
    /// Reads into the index what was stored before there was one. Done once, before the store is
    /// given to anybody; a program that ends meanwhile begins anew.
    pub(crate) async fn index_what_stands(&self) -> Result<(), StoreError> {
        if self.query_one(Query::new(&INDEXED, Vec::new(), |row| row.text(0))).await?.is_some() {
            return Ok(());
        }
        let mut after = (String::new(), 0);
        loop {
            let values = vec![
                Value::text(after.0.clone()),
                Value::Integer(after.1),
                Value::Integer(i64::from(AT_ONCE)),
            ];
            let found = self
                .query(Query::new(&TO_INDEX, values, |row| {
                    Ok(Unindexed {
                        provider: ProviderId(row.text(0)?),
                        ticket: TicketId(row.id(1)?),
                        sequence: row.integer(2)?,
                        number: row.text(3)?,
                        subject: row.text(4)?,
                        requester: row.text(5)?,
                        space: row.integer(6)?,
                    })
                }))
                .await?;
            let Some(last) = found.last() else { break };
            after = (last.provider.0.clone(), last.sequence);
            for known in &found {
                self.index_one(known).await?;
            }
        }
        self.write(&NOTE_INDEXED, Vec::new()).await.map(drop)
    }

    async fn index_one(&self, known: &Unindexed) -> Result<(), StoreError> {
        let key = || vec![Value::text(known.provider.0.clone()), Value::id(known.ticket.0)];
        let (log, contents, names, done) = self
            .query_all((
                Query::new(&LOG, key(), log_entry),
                Query::new(&CONTENTS, key(), |row| {
                    Ok((ContentId(row.id(0)?), crate::attachments::utf8(row.bytes(1)?)?))
                }),
                Query::new(&NAMES, key(), |row| {
                    Ok((FileId(row.id(0)?), crate::attachments::utf8(row.bytes(1)?)?))
                }),
                Query::new(&INDEXED, Vec::new(), |row| row.text(0)),
            ))
            .await?;
        if !done.is_empty() {
            // Another node was faster, and may have written more since.
            return Ok(());
        }
        let shelf = Shelf { space: known.space, sequence: known.sequence, parts: 0, number: &known.number };
        let texts = contents.iter().map(|(id, text)| (*id, text.as_str())).collect();
        let names = names.iter().map(|(id, name)| (*id, name.as_str())).collect();
        let first = shelf.id(0, SearchField::Subject);
        let clear = vec![Value::Integer(first), Value::Integer(first + (1 << TICKET_SHIFT))];
        let mut statements = vec![Statement::new(&CLEAR, clear)];
        let subject = log.iter().flat_map(|entry| &entry.commit).find_map(|recorded| match &recorded.event {
            TicketEvent::Opened { subject, .. } => Some(subject.id.0),
            _ => None,
        });
        statements.extend(insertion(first, &known.subject, subject));
        let requester = format!("{} {}", known.number, known.requester);
        statements.extend(insertion(shelf.id(0, SearchField::Requester), &requester, None));
        let mut parts = 0;
        for entry in &log {
            for (field, source, text) in said(&entry.commit, &texts, &names) {
                parts += 1;
                if parts < MOST_PARTS {
                    statements.extend(insertion(shelf.id(parts, field), text, Some(source)));
                }
            }
        }
        let mut values = key();
        values.push(Value::Integer(parts));
        // First, since it locks the request's row: nodes that do this at once take turns.
        statements.insert(0, Statement::new(&NOTE_PARTS, values));
        self.write_all(statements).await.map(drop)
    }
}
