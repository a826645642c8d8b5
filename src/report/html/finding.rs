//! One finding.

/// A sentence, and the numbers, counts of seeds and conditions behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) headline: String,
    pub(crate) detail: String,
}
