//! How the program is linked.

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script in this way what it builds for")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A program that is loaded anywhere holds 250,000 addresses that its loader must move. Told one by one they are 6
    // MiB that every start reads and keeps mapped, told as runs 64 kB. A C library of 2022 or later knows them.
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
