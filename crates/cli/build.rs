//! How the program is linked.

use std::env;
use std::path::Path;
use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script in this way what it builds for")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=order.txt");
    let told = |name: &str| env::var(name).unwrap_or_default();
    // Apart from its name, so that a folder whose name has a comma is still one.
    let flag =
        |flag: &str| println!("cargo::rustc-link-arg-bins=-Xlinker\ncargo::rustc-link-arg-bins={flag}");
    // A program that is loaded anywhere holds 250,000 addresses that its loader must move. Told one by one they are 6
    // MiB that every start reads and keeps mapped, told as runs 64 kB. A C library of 2022 or later knows them.
    if told("CARGO_CFG_TARGET_OS") == "linux" && told("CARGO_CFG_TARGET_ENV") == "gnu" {
        flag("-z");
        flag("pack-relative-relocs");
    }
    // Of 67 MiB of code the daily work runs 7, scattered: the kernel maps sixteen pages around each that is touched, and
    // 26 MiB were in memory. Side by side they are 10, and each beside what calls it, a page costs less. A name that is
    // not found, after a change of the compiler or of a library, is passed over; `benches/order` renews the list, and
    // empties it while it lets the linker find the order.
    let flags = told("CARGO_ENCODED_RUSTFLAGS");
    let is_as_shipped = told("RUSTC_LINKER").is_empty() && !flags.contains("link");
    let list = format!("{}/order.txt", told("CARGO_MANIFEST_DIR"));
    if told("PROFILE") == "release"
        && is_as_shipped
        && std::fs::metadata(&list).is_ok_and(|list| list.len() > 0)
        && brings_lld(&told("RUSTC"), &told("TARGET"), &told("HOST"))
    {
        flag(&format!("--symbol-ordering-file={list}"));
        flag("--no-warn-symbol-ordering");
    }
}

/// Whether the compiler links with the linker that it brings along, which takes functions in a given order. It does so
/// by itself where it was built by its makers, for this target only.
fn brings_lld(rustc: &str, target: &str, host: &str) -> bool {
    if target != "x86_64-unknown-linux-gnu" || host != target {
        return false;
    }
    let asked = Command::new(rustc).args(["--print", "sysroot"]).output();
    let root =
        asked.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default();
    Path::new(&root).join(format!("lib/rustlib/{target}/bin/gcc-ld/ld.lld")).exists()
}
