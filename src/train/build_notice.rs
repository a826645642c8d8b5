//! A warning for builds without optimization.

/// Returns a warning where this crate was built without optimization; `None` in other builds.
///
/// Cargo reads build profiles from the root crate only, so a plain `cargo run` of a crate that
/// depends on shockproof builds it without optimization.
///
/// ```
/// if let Some(notice) = shockproof::train::build_notice() {
///     eprintln!("warning: {notice}");
/// }
/// ```
#[must_use]
pub fn build_notice() -> Option<&'static str> {
    // Set by `build.rs`.
    notice(env!("SHOCKPROOF_OPT_LEVEL"))
}

fn notice(opt_level: &str) -> Option<&'static str> {
    matches!(opt_level, "0" | "1").then_some(
        "shockproof was built without optimization, which makes training 31 to 62 times slower; \
         use `cargo run --release`, or add to Cargo.toml: [profile.dev] opt-level = 2 and \
         [profile.dev.package.\"*\"] opt-level = 3",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_builds_without_optimization_are_noticed() {
        assert_eq!(build_notice(), None, "tests of this crate are optimized");
        for opt_level in ["2", "3", "s", "z"] {
            assert_eq!(notice(opt_level), None);
        }
        let said = notice("0").unwrap();
        assert!(said.contains("opt-level = 3") && !said.contains('\n'));
    }
}
