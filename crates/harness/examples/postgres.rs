//! Starts a private PostgreSQL, prints its URL, and stops it once standard input ends.
//!
//! `./test` holds one open for a whole run; in a terminal, control-D ends it.

use harness::Postgres;

fn main() {
    let postgres = Postgres::start();
    println!("{}", postgres.server_url());
    // Whatever ends the input, an error included, means that nobody needs it any more.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
