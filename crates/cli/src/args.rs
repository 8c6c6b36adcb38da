use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// A support desk that executes the support agreement.
#[derive(Parser)]
#[command(
    name = "entente",
    version,
    about,
    before_help = "Examples:
  entente demo
  entente agreement check agreement.md
  entente agreement due agreement.md --at 2026-08-14T18:00:00-04:00 --set channel=email
  entente serve --config entente.toml"
)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    /// The whole product on an embedded database with sample data
    Demo(DemoOptions),
    /// The same product on the configured database, mail and addresses
    #[command(before_help = "Example:\n  entente serve --config entente.toml")]
    Serve {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Agreements: check, rehearse, adopt, due, explain, facts, amend, diff, replay, schema, weave
    #[command(
        subcommand,
        before_help = "Examples:
  entente agreement check agreement.md
  entente agreement rehearse agreement.md
  entente agreement due agreement.md --at 2026-08-14T18:00:00-04:00 --set channel=email"
    )]
    Agreement(AgreementVerb),
    /// Batch business-time questions: JSON Lines in, JSON Lines out
    #[command(before_help = r#"Example:
  echo '{"id":1,"op":"add","calendar":{"zone":"Europe/Paris","weekly":{"fri":[["09:00","17:00"]]}},"start":"2026-03-06T16:00:00+01:00","duration_s":3600}' | entente calendar"#)]
    Calendar,
    /// Letters: how a message would be taken in, and taking one in
    #[command(subcommand, before_help = "Example:\n  entente mail read letter.eml")]
    Mail(MailVerb),
    /// People: sign-in links and tokens
    #[command(
        subcommand,
        before_help = "Examples:
  entente user link --config entente.toml noe.tremblay@boreal.example
  entente user token --config entente.toml noe.tremblay@boreal.example --read-only"
    )]
    User(UserVerb),
    /// What is kept of people: exporting or erasing one, cleaning the pages that held it, the register of processing
    #[command(
        subcommand,
        before_help = "Examples:
  entente privacy erase --config entente.toml --person 01950000000070008000000000000044
  entente privacy scrub --config entente.toml"
    )]
    Privacy(PrivacyVerb),
    /// Keys that sign what the desk gives out
    #[command(subcommand, before_help = "Example:\n  entente keys rotate reply --config entente.toml")]
    Keys(KeysVerb),
    /// Brings the tables up to date as their owner, and grants the application's role what it needs
    #[command(before_help = "Examples:
  entente migrate --config owner.toml
  entente migrate --config owner.toml --grant entente_app")]
    Migrate {
        /// Configuration file (TOML) whose database address names the owner
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// A role of PostgreSQL that may then add to log and journal and change nothing in them
        #[arg(long, value_name = "ROLE")]
        grant: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Copies all that is stored into a folder, while everybody works
    #[command(before_help = "Example:\n  entente backup --config entente.toml -o /backup")]
    Backup {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Folder for the copy
        #[arg(short = 'o', value_name = "DIR")]
        out: PathBuf,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Makes the store anew from a copy, with every server stopped; who was erased since is erased again
    #[command(before_help = "Examples:
  entente restore --config entente.toml --from /backup/entente-20260814T220000Z.sqlite
  entente restore --config entente.toml --from entente-20260814T220000Z.sqlite --replace --erasures erasures.jsonl")]
    Restore {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The copy
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// The list of erasures, in place of the configured one
        #[arg(long, value_name = "FILE")]
        erasures: Option<PathBuf>,
        /// Put the embedded database that is there aside instead of refusing
        #[arg(long)]
        replace: bool,
        /// Numbers of requests to leave out, in case they were given after the copy
        #[arg(long, value_name = "N", default_value_t = 1000)]
        skip_numbers: u32,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Looks at what an installation stands on: configuration, database, clocks, letters that wait, certificates, folders
    /// and disks; exit 1 when something is wrong
    #[command(before_help = "Examples:
  entente doctor --config entente.toml
  entente doctor --config entente.toml --reach")]
    Doctor {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", default_value = "entente.toml")]
        config: PathBuf,
        /// Knock at the servers of mail, too
        #[arg(long)]
        reach: bool,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// The configuration: whether `serve` would take it
    #[command(subcommand, before_help = "Example:\n  entente config check --config entente.toml")]
    Config(ConfigVerb),
    /// Proves that what is stored is what was written; exit 1 when it is not
    #[command(before_help = "Examples:
  entente verify --config entente.toml --checkpoint 2026-03-06.txt
  entente verify --config entente.toml --against 2026-03-05.txt
  entente verify --config entente.toml --checkpoints checkpoints.jsonl --key 3b6a27bc…
  entente verify --config entente.toml --certificate bouleaux.txt --key 3b6a27bc…",
        group(clap::ArgGroup::new("signed").args(["checkpoints", "certificate"]).multiple(true)))]
    Verify {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Where to write the end of each log, to be kept on another machine
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// An earlier checkpoint, of which nothing may be missing
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// Signed checkpoints of the days, as they were copied away
        #[arg(long, value_name = "FILE", requires = "key")]
        checkpoints: Option<PathBuf>,
        /// The certificate that an account was destroyed, as it was handed on
        #[arg(long, value_name = "FILE", requires = "key")]
        certificate: Option<PathBuf>,
        /// The public key that signed them, in hexadecimal
        #[arg(long, value_name = "PUB", requires = "signed")]
        key: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
#[command(before_help = "Examples:
  entente demo
  entente demo --fresh --now 2026-08-14T17:55:00-04:00")]
pub struct DemoOptions {
    /// Folder for the database, outgoing mail and demo.json
    #[arg(long, value_name = "DIR", default_value = "entente-demo")]
    pub data: PathBuf,
    /// Address of pages and API
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub http: String,
    /// Address of the inbound mail listener
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2525")]
    pub smtp: String,
    /// Instant at which the product's clock starts (RFC 3339)
    #[arg(long, value_name = "INSTANT")]
    pub now: Option<String>,
    /// Begin anew: what an earlier demonstration stored in DIR is removed
    #[arg(long)]
    pub fresh: bool,
    /// Store so many invented requests before listening, for measurements
    #[arg(long, value_name = "N", hide = true)]
    pub seed_requests: Option<u32>,
    /// For which provider the invented requests are; the first one when absent
    #[arg(long, value_name = "KEY", hide = true)]
    pub seed_provider: Option<String>,
}

#[derive(Subcommand)]
pub enum AgreementVerb {
    /// Diagnostics of a document; exit 1 when there is an error
    #[command(before_help = "Example:\n  entente agreement check agreement.md --lang fr")]
    Check {
        /// The document
        file: PathBuf,
        /// Language of the diagnostics
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Runs the worked examples of documents; exit 1 when one failed
    #[command(before_help = "Example:\n  entente agreement rehearse agreement.md")]
    Rehearse {
        /// The documents
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// What a document promises for a request received at an instant
    #[command(
        before_help = "Example:\n  entente agreement due agreement.md --at 2026-08-14T18:00:00-04:00 --set channel=email --set severity=high"
    )]
    Due {
        /// The document
        file: PathBuf,
        /// When the request is received (RFC 3339)
        #[arg(long, value_name = "INSTANT")]
        at: String,
        /// A fact of the case; `NAME=unknown` leaves it open, whatever the document presumes
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// Another interpretation than the one in force
        #[arg(long, value_name = "NAME=ALTERNATIVE")]
        interpretation: Vec<String>,
        /// Language of the answer
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// A document in plain words
    #[command(before_help = "Example:\n  entente agreement explain agreement.md --lang fr")]
    Explain {
        /// The document
        file: PathBuf,
        /// Language of the explanation
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// The facts and parameters that a document asks for
    #[command(before_help = "Example:\n  entente agreement facts agreement.md --json")]
    Facts {
        /// The document
        file: PathBuf,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Changes one value where it stands, and nothing else of the text; exit 1 when it does not check
    #[command(before_help = "Examples:
  entente agreement amend agreement.md --list
  entente agreement amend agreement.md --set 'promise.response.within=8 business hours' -o next.md")]
    Amend {
        /// The document
        file: PathBuf,
        /// A value: the rule, the keys that lead to it, and what it becomes
        #[arg(long, value_name = "RULE.KEY=VALUE", required_unless_present = "list")]
        set: Vec<String>,
        /// Where to write the text; standard output when absent
        #[arg(short = 'o', value_name = "OUT")]
        out: Option<PathBuf>,
        /// The values that can be changed, with their addresses, instead
        #[arg(long, conflicts_with_all = ["set", "out"])]
        list: bool,
        /// Language of the diagnostics
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
        /// The list as data
        #[arg(long, requires = "list")]
        json: bool,
    },
    /// What differs between two versions, clause by clause, for a customer
    #[command(
        before_help = "Example:\n  entente agreement diff agreement-2026.md agreement-2027.md --lang fr"
    )]
    Diff {
        /// The version before
        old: PathBuf,
        /// The version after
        new: PathBuf,
        /// Language of the comparison
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// What if: histories of requests under this document; writes nothing
    #[command(before_help = "Examples:
  entente agreement replay next.md --history requests.jsonl
  entente agreement replay next.md --history requests.jsonl --against agreement.md --json
  entente agreement replay next.md --from-store --config entente.toml
  entente agreement replay next.md --from-store --data entente-demo")]
    Replay {
        /// The document
        file: PathBuf,
        /// The histories, one request a line (JSON Lines)
        #[arg(
            long,
            value_name = "FILE",
            required_unless_present = "from_store",
            conflicts_with = "from_store"
        )]
        history: Option<PathBuf>,
        /// The histories of the store: every request under an agreement of the same key
        #[arg(long)]
        from_store: bool,
        /// The configuration that names the store
        #[arg(long, value_name = "FILE", requires = "from_store", conflicts_with = "data")]
        config: Option<PathBuf>,
        /// The folder of a demo whose store it is
        #[arg(long, value_name = "DIR", requires = "from_store")]
        data: Option<PathBuf>,
        /// Compare with another document instead of the clocks that the histories recorded
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// When the clocks are read (RFC 3339); without it after the last event of the file, or now for a store
        #[arg(long, value_name = "INSTANT")]
        until: Option<String>,
        /// Language of complaints
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Puts a document, or values of contracts, in force under requests that run; --preview shows what moves
    #[command(before_help = "Examples:
  entente agreement adopt next.md --provider boreal --preview --config entente.toml
  entente agreement adopt next.md --provider boreal --config entente.toml
  entente agreement adopt boreal/3 --provider boreal --set closing_days=2026-12-24 --data entente-demo")]
    Adopt {
        /// The document, or KEY/VERSION of one that was adopted
        document: String,
        /// Whose agreement, by key; not needed where there is only one provider
        #[arg(long, value_name = "KEY")]
        provider: Option<String>,
        /// A value of the contracts that becomes another; several by commas
        #[arg(long, value_name = "NAME=VALUE")]
        set: Vec<String>,
        /// Only for this account, by key
        #[arg(long, value_name = "KEY")]
        account: Option<String>,
        /// Show what would move, and write nothing
        #[arg(long)]
        preview: bool,
        /// The configuration that names the store
        #[arg(long, value_name = "FILE", conflicts_with = "data")]
        config: Option<PathBuf>,
        /// The folder of a demo whose store it is
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Language of complaints
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// JSON Schema of the rule blocks, for editors
    #[command(before_help = "Example:\n  entente agreement schema > terms.schema.json")]
    Schema,
    /// The page to sign
    #[command(
        before_help = "Example:\n  entente agreement weave agreement.md -o agreement.pdf\n  entente agreement weave agreement.md -o agreement.html --lang en"
    )]
    Weave {
        /// The document
        file: PathBuf,
        /// Where to write it: `.pdf` or `.html`
        #[arg(short = 'o', value_name = "OUT")]
        out: PathBuf,
        /// Language of the rules
        #[arg(long, value_parser = ["fr", "en"])]
        lang: Option<String>,
    },
}

#[derive(Subcommand)]
pub enum MailVerb {
    /// How messages would be taken in, one JSON object a line
    #[command(before_help = "Example:\n  entente mail read letter.eml other.eml")]
    Read {
        /// The messages
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Takes one message from standard input, for a mail server's pipe
    #[command(
        before_help = "Example:\n  entente mail deliver --config entente.toml assistance@boreal.example < letter.eml"
    )]
    Deliver {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", default_value = "entente.toml")]
        config: PathBuf,
        /// The name under which the server writes `Authentication-Results`; what it does not say there that it
        /// checked is then believed of nobody
        #[arg(long, value_name = "SERVER")]
        checked_by: Option<String>,
        /// The mailboxes it is for; when absent, those that its header names
        mailboxes: Vec<String>,
    },
    /// Trusts the certificates and keys of a file, by which signatures of letters are verified
    #[command(
        before_help = "Example:\n  entente mail trust ana.pem --provider boreal --address ana@client.example --config entente.toml"
    )]
    Trust {
        /// Certificate or authority (PEM or DER), or OpenPGP public key
        file: PathBuf,
        /// Key of the provider whose mail they are for
        #[arg(long)]
        provider: String,
        /// The only address that they are trusted for; when absent, those that they name themselves
        #[arg(long)]
        address: Option<String>,
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", default_value = "entente.toml")]
        config: PathBuf,
    },
    /// Letters that became no request, one JSON object a line, the newest first
    #[command(before_help = "Example:\n  entente mail kept --config entente.toml --save kept")]
    Kept {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", default_value = "entente.toml")]
        config: PathBuf,
        /// Folder to write them to as they came
        #[arg(long, value_name = "DIR")]
        save: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum UserVerb {
    /// A sign-in link for somebody, good once and for ten minutes
    #[command(
        before_help = "Example:\n  entente user link --config entente.toml noe.tremblay@boreal.example"
    )]
    Link {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Their address
        address: String,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// An API token for somebody, valid for ninety days
    #[command(
        before_help = "Example:\n  entente user token --config entente.toml noe.tremblay@boreal.example --read-only"
    )]
    Token {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Their address
        address: String,
        /// Only reading
        #[arg(long)]
        read_only: bool,
        /// As data
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum ConfigVerb {
    /// Reads a configuration with the files that it names, and tells what is wrong; exit 1 when something is
    #[command(before_help = "Example:\n  entente config check --config entente.toml")]
    Check {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE", default_value = "entente.toml")]
        config: PathBuf,
        /// As data
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum KeysVerb {
    /// Makes a new key, which signs from now on; what was signed before keeps its worth for its life
    #[command(before_help = "Examples:
  entente keys rotate reply --config entente.toml
  entente keys rotate rating-link --at-once --config entente.toml")]
    Rotate {
        /// Which: `reply` (answers by mail), `file-link`, `rating-link`, `browser-pass` or `unsubscribe-link`
        #[arg(value_name = "NAME")]
        name: String,
        /// What was signed before is worth nothing any more: for a key that somebody else may know
        #[arg(long)]
        at_once: bool,
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// As data
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum PrivacyVerb {
    /// Erases a person: what they wrote, who they are, and all that is kept of them; for ever
    #[command(before_help = "Examples:
  entente privacy erase --config entente.toml --person 01950000000070008000000000000044
  entente privacy erase --config entente.toml --person maude@client.example --provider orvane")]
    Erase {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Their id, or their address
        #[arg(long, value_name = "ID")]
        person: String,
        /// Key of the provider, where several know the address
        #[arg(long, value_name = "KEY")]
        provider: Option<String>,
        /// Also what a colleague answered; what contacts wrote always goes
        #[arg(long)]
        texts: bool,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Hands over all that is kept of a person: JSON and files in one archive
    #[command(
        before_help = "Example:\n  entente privacy export --config entente.toml --person maude@client.example -o maude.zip"
    )]
    Export {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Their id, or their address
        #[arg(long, value_name = "ID")]
        person: String,
        /// Key of the provider, where several know the address
        #[arg(long, value_name = "KEY")]
        provider: Option<String>,
        /// Where to write the archive
        #[arg(short = 'o', value_name = "OUT")]
        out: PathBuf,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Hands over all that is kept of a customer: JSON, the agreements as signed and files in one archive
    #[command(
        before_help = "Example:\n  entente privacy export-account --config entente.toml --account bouleaux -o bouleaux.zip"
    )]
    ExportAccount {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Its key
        #[arg(long, value_name = "KEY")]
        account: String,
        /// Key of the provider, where several have such an account
        #[arg(long, value_name = "KEY")]
        provider: Option<String>,
        /// Where to write the archive
        #[arg(short = 'o', value_name = "OUT")]
        out: PathBuf,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// Destroys a customer: its requests' texts and files, its people, its licences and settings; for ever
    #[command(before_help = "Examples:
  entente privacy destroy-account --config entente.toml --account bouleaux --confirm bouleaux
  entente privacy destroy-account --config entente.toml --account bouleaux --confirm bouleaux --close-requests --end-contracts")]
    DestroyAccount {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Its key
        #[arg(long, value_name = "KEY")]
        account: String,
        /// Its key once more, so that none is destroyed by mistake
        #[arg(long, value_name = "KEY")]
        confirm: String,
        /// Key of the provider, where several have such an account
        #[arg(long, value_name = "KEY")]
        provider: Option<String>,
        /// Close the requests that are not closed
        #[arg(long)]
        close_requests: bool,
        /// End the contracts that run
        #[arg(long)]
        end_contracts: bool,
        /// As data
        #[arg(long)]
        json: bool,
    },
    /// The register of processing: what every table holds, why and how long (Markdown)
    #[command(before_help = "Example:\n  entente privacy register --lang fr")]
    Register {
        /// Language
        #[arg(long, value_parser = ["fr", "en"], default_value = "fr")]
        lang: String,
    },
    /// Writes the pages anew that held what was erased; nobody writes meanwhile
    #[command(before_help = "Example:\n  entente privacy scrub --config entente.toml")]
    Scrub {
        /// Configuration file (TOML)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}
