//! Parts that a program brings from outside the crate.

/// One shelf for each kind of part that a file can name with `Own(name: …)`.
///
/// A program fills it and hands it to [`crate::cli::main`], or loads files with it
/// ([`Experiment::load_with`](super::Experiment::load_with),
/// [`EnvFile::load_with`](super::EnvFile::load_with)).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Registry {}
