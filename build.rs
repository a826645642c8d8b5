//! Passes the optimization level of this build to the crate, which warns where training would be
//! slow (`train::build_notice`).

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let level = std::env::var("OPT_LEVEL").unwrap_or_default();
    println!("cargo::rustc-env=SHOCKPROOF_OPT_LEVEL={level}");
}
