//! What the desk keeps of mail beside requests: how often it wrote by itself to strangers, which
//! addresses refuse its letters, and letters that became no request.

use crate::database::Database;
use crate::error::StoreError;
use crate::source_letters::{LetterSource, number};
use crate::sql::{Query, Row, Sql, Statement, Value};
use calendar::Instant;
use desk::{NoticeId, ProviderId, Return};

/// What mail servers last said of an address that did not take a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressStanding {
    /// How bad it is.
    pub class: Return,
    /// What the server said.
    pub reason: String,
    /// When.
    pub at: Instant,
}

/// A letter that became no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLetter {
    /// What makes two copies of it one.
    pub digest: [u8; 32],
    /// The mailbox it came to.
    pub mailbox: String,
    /// Why it became none: `bounce`, `loop`, `channel`, `no_reply`, `terms` or `unreadable`.
    pub why: String,
    /// Its From, as written.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// When it came.
    pub received_at: Instant,
}

/// How many letters went by themselves to one stranger, and to all of one domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Courtesies {
    /// To the address.
    pub to_address: u64,
    /// To the domain, the address included.
    pub to_domain: u64,
}

static COUNT: Sql = Sql::new(
    "SELECT count(*), coalesce(sum(CASE WHEN address = $3 THEN 1 ELSE 0 END), 0) FROM courtesy
     WHERE provider = $1 AND domain = $2 AND at > $4 AND notice <> $5",
);
static NOTE: Sql = Sql::new(
    "INSERT INTO courtesy (provider, notice, domain, address, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (provider, notice) DO NOTHING",
);
static FORGET: Sql = Sql::new("DELETE FROM courtesy WHERE provider = $1 AND at <= $2");
static STANDING: Sql =
    Sql::new("SELECT class, reason, at FROM address_standing WHERE provider = $1 AND address = $2");
static PUT_STANDING: Sql = Sql::new(
    "INSERT INTO address_standing (provider, address, class, reason, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (provider, address) DO UPDATE SET class = excluded.class, reason = excluded.reason,
     at = excluded.at WHERE excluded.class = 'hard' OR address_standing.class <> 'hard'",
);
static KEEP: Sql = Sql::new(
    "INSERT INTO kept_letter (provider, digest, mailbox, why, sender, subject, received_at, bytes)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (provider, digest) DO NOTHING",
);
static KEPT: Sql = Sql::new(
    "SELECT digest, mailbox, why, sender, subject, received_at FROM kept_letter
     WHERE provider = $1 ORDER BY received_at DESC LIMIT $2",
);
static KEPT_FROM: Sql = Sql::differing(
    "SELECT digest, mailbox, why, sender, subject, received_at, bytes FROM kept_letter
     WHERE provider = $1 AND instr(lower(sender), $2) > 0 ORDER BY received_at",
    "SELECT digest, mailbox, why, sender, subject, received_at, bytes FROM kept_letter
     WHERE provider = $1 AND strpos(lower(sender), $2) > 0 ORDER BY received_at",
);
static KEPT_NAMING: Sql = Sql::differing(
    "SELECT digest FROM kept_letter WHERE provider = $1 AND (instr(lower(sender), $2) > 0
     OR instr(lower(CAST(bytes AS TEXT)), $2) > 0)",
    "SELECT digest FROM kept_letter WHERE provider = $1 AND (strpos(lower(sender), $2) > 0
     OR strpos(lower(encode(bytes, 'escape') COLLATE \"C\"), encode(convert_to($2, 'UTF8'), 'escape')) > 0)",
);
static KEPT_ONE: Sql = Sql::new(
    "SELECT digest, mailbox, why, sender, subject, received_at FROM kept_letter
     WHERE provider = $1 AND digest = $2",
);
static FORGET_KEPT: Sql = Sql::new("DELETE FROM kept_letter WHERE provider = $1 AND digest = $2");
static KEPT_BYTES: Sql = Sql::new("SELECT bytes FROM kept_letter WHERE provider = $1 AND digest = $2");

static NOTE_SOURCE: Sql = Sql::new(
    "UPDATE kept_letter SET place = $3, uid_validity = $4, uid = $5 WHERE provider = $1 AND digest = $2",
);
static SOURCE: Sql = Sql::new(
    "SELECT place, uid_validity, uid FROM kept_letter WHERE provider = $1 AND digest = $2 AND place <> ''",
);

impl Database {
    /// How many letters went by themselves since an instant to a stranger and to their domain, this
    /// one not counted.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn courtesies(
        &self,
        provider: &ProviderId,
        address: &str,
        but: NoticeId,
        since: Instant,
    ) -> Result<Courtesies, StoreError> {
        let address = address.to_lowercase();
        let values = vec![
            Value::text(provider.0.clone()),
            Value::text(domain_of(&address).to_owned()),
            Value::text(address),
            Value::instant(since),
            Value::id(but.0),
        ];
        let query = Query::new(&COUNT, values, |row| {
            Ok(Courtesies { to_domain: row.count(0)?, to_address: row.count(1)? })
        });
        Ok(self.query_one(query).await?.unwrap_or_default())
    }

    /// Notes that a letter goes by itself to a stranger, and forgets those before `forgotten_before`.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_courtesy(
        &self,
        provider: &ProviderId,
        address: &str,
        notice: NoticeId,
        at: Instant,
        forgotten_before: Instant,
    ) -> Result<(), StoreError> {
        let address = address.to_lowercase();
        let domain = domain_of(&address).to_owned();
        let values = vec![
            Value::text(provider.0.clone()),
            Value::id(notice.0),
            Value::text(domain),
            Value::text(address),
            Value::instant(at),
        ];
        self.write(&NOTE, values).await?;
        let values = vec![Value::text(provider.0.clone()), Value::instant(forgotten_before)];
        self.write(&FORGET, values).await.map(drop)
    }

    /// What mail servers last said of an address, where it did not take a letter.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn address_standing(
        &self,
        provider: &ProviderId,
        address: &str,
    ) -> Result<Option<AddressStanding>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(address.to_lowercase())];
        self.query_one(Query::new(&STANDING, values, standing)).await
    }

    /// Notes what a mail server said of an address. A refusal for good is not made milder by a
    /// later, milder one.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn put_address_standing(
        &self,
        provider: &ProviderId,
        address: &str,
        standing: &AddressStanding,
    ) -> Result<(), StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::text(address.to_lowercase()),
            Value::text(standing.class.as_str().to_owned()),
            Value::text(standing.reason.clone()),
            Value::instant(standing.at),
        ];
        self.write(&PUT_STANDING, values).await.map(drop)
    }

    /// Keeps a letter that becomes no request; a second copy changes nothing.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn keep_letter(
        &self,
        provider: &ProviderId,
        letter: &KeptLetter,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::bytes(letter.digest.to_vec()),
            Value::text(letter.mailbox.clone()),
            Value::text(letter.why.clone()),
            Value::text(letter.sender.clone()),
            Value::text(letter.subject.clone()),
            Value::instant(letter.received_at),
            Value::bytes(bytes.to_vec()),
        ];
        self.write(&KEEP, values).await.map(drop)
    }

    /// The letters of a desk that became no request, the newest first.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn kept_letters(
        &self,
        provider: &ProviderId,
        limit: u32,
    ) -> Result<Vec<KeptLetter>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::Integer(i64::from(limit))];
        self.query(Query::new(&KEPT, values, kept)).await
    }

    /// Letters that became no request and in whose sender an address stands, be it within another, with their bytes, in
    /// order of arrival.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn kept_letters_from(
        &self,
        provider: &ProviderId,
        address: &str,
    ) -> Result<Vec<(KeptLetter, Vec<u8>)>, StoreError> {
        if !address.contains('@') {
            return Ok(Vec::new());
        }
        let values = vec![Value::text(provider.0.clone()), Value::text(address.to_lowercase())];
        self.query_at_leisure(Query::new(&KEPT_FROM, values, |row| Ok((kept(row)?, row.bytes(6)?)))).await
    }

    /// The digests of letters that became no request and in which an address stands, be it within another. Every one
    /// is looked at.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn kept_letters_naming(
        &self,
        provider: &ProviderId,
        address: &str,
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::text(address.to_lowercase())];
        self.query_at_leisure(Query::new(&KEPT_NAMING, values, |row| row.array(0))).await
    }

    /// A letter that became no request.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn kept_letter(
        &self,
        provider: &ProviderId,
        digest: &[u8; 32],
    ) -> Result<Option<KeptLetter>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::bytes(digest.to_vec())];
        self.query_one(Query::new(&KEPT_ONE, values, kept)).await
    }

    /// Keeps where a kept letter came from. Where no such letter is kept, it changes nothing.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn note_kept_source(
        &self,
        provider: &ProviderId,
        digest: &[u8; 32],
        source: &LetterSource,
    ) -> Result<(), StoreError> {
        let values = vec![
            Value::text(provider.0.clone()),
            Value::bytes(digest.to_vec()),
            Value::text(source.place.clone()),
            Value::count(source.uid_validity.into()),
            Value::count(source.uid.into()),
        ];
        self.write(&NOTE_SOURCE, values).await.map(drop)
    }

    /// Where a kept letter came from, as far as it is known.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn kept_source(
        &self,
        provider: &ProviderId,
        digest: &[u8; 32],
    ) -> Result<Option<LetterSource>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::bytes(digest.to_vec())];
        let query = Query::new(&SOURCE, values, |row| {
            Ok(LetterSource { place: row.text(0)?, uid_validity: number(row, 1)?, uid: number(row, 2)? })
        });
        self.query_one(query).await
    }

    /// Forgets a kept letter.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn forget_kept_letter(
        &self,
        provider: &ProviderId,
        digest: &[u8; 32],
    ) -> Result<(), StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::bytes(digest.to_vec())];
        self.erase(vec![Statement::new(&FORGET_KEPT, values)]).await.map(drop)
    }

    /// The bytes of a letter that became no request.
    ///
    /// # Errors
    /// What storage fails at.
    pub async fn kept_letter_bytes(
        &self,
        provider: &ProviderId,
        digest: &[u8; 32],
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let values = vec![Value::text(provider.0.clone()), Value::bytes(digest.to_vec())];
        self.query_one(Query::new(&KEPT_BYTES, values, |row| row.bytes(0))).await
    }
}

fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, domain)| domain)
}

fn standing(row: &Row<'_>) -> Result<AddressStanding, StoreError> {
    Ok(AddressStanding {
        class: match row.text(0)?.as_str() {
            "hard" => Return::Hard,
            "soft" => Return::Soft,
            "delay" => Return::Delay,
            other => return Err(StoreError::corrupt(format!("an address cannot be `{other}`"))),
        },
        reason: row.text(1)?,
        at: row.instant(2)?,
    })
}

fn kept(row: &Row<'_>) -> Result<KeptLetter, StoreError> {
    Ok(KeptLetter {
        digest: row.array(0)?,
        mailbox: row.text(1)?,
        why: row.text(2)?,
        sender: row.text(3)?,
        subject: row.text(4)?,
        received_at: row.instant(5)?,
    })
}
