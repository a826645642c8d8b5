//! Errors of policy files and policies. Each message names place, found, expected and remedy.

use crate::{
    features::FeatureError,
    market::{AllocationError, OrderRulesError},
    own::OwnError,
};
use std::path::PathBuf;

/// Error of reading, writing or checking a policy file.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct PolicyFileError {
    /// Path of the policy file.
    pub path: PathBuf,
    /// Cause of the error.
    pub fault: FileFault,
}

/// Cause of a [`PolicyFileError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// A read error of the operating system.
    #[error("cannot read the policy file: {0}; check that it exists and is readable")]
    Read(std::io::Error),
    /// A write error of the operating system; no partial file is left.
    #[error("cannot write the policy file: {0}; check that its folder exists and is writable")]
    Write(std::io::Error),
    /// A file that ends early.
    #[error(
        "policy file is truncated: found {found_bytes} bytes, expected {expected_bytes}; copy it \
         again"
    )]
    Truncated {
        /// Length of the file. Unit: bytes.
        found_bytes: u64,
        /// Smallest length that the file's header admits. Unit: bytes.
        expected_bytes: u64,
    },
    /// Bytes that are not a safetensors file.
    #[error(
        "not a policy file: found {0}, expected a safetensors file written by shockproof; name \
         another file"
    )]
    NotSafetensors(String),
    /// A safetensors file of another program.
    #[error(
        "foreign safetensors file: found no metadata key `shockproof`, expected a policy written \
         by shockproof; name another file"
    )]
    Foreign,
    /// Metadata that is not the JSON of a policy header.
    #[error(
        "unreadable policy header: found {0}, expected that of this library's version; train \
         again or use the version that wrote it"
    )]
    Header(String),
    /// Content that does not match its checksum.
    #[error(
        "corrupted policy file: found content sha256 {found}, expected {expected}; copy it again"
    )]
    Checksum {
        /// sha256 of the content.
        found: String,
        /// sha256 in the header.
        expected: String,
    },
    /// A readable policy that cannot be used.
    #[error("policy refused: {0}")]
    Refused(#[from] PolicyFault),
}

/// Cause of the refusal of a readable policy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// A version of the file format that this library does not read.
    #[error(
        "format: found {found}, expected {expected}; use the library version that wrote the file"
    )]
    Format {
        /// Format version of the file.
        found: u64,
        /// Format version that this library reads.
        expected: u32,
    },
    /// A feature from outside the crate that is not on the shelf.
    #[error("feature {index}: {fault}; bring it on a shelf: `Agent::with_features(&file, &shelf)`")]
    OwnFeature {
        /// Position in the feature list.
        index: usize,
        /// Cause of the error.
        fault: OwnError,
    },
    /// Inadmissible features or normalizer.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// An inadmissible allocation.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
    /// Inadmissible rules of orders.
    #[error(transparent)]
    Orders(#[from] OrderRulesError),
    /// An observation layout in the file that differs from the layout its features produce here.
    #[error(
        "layout field {index}: found {found}, expected {expected}: the file's features produce \
         another observation here; train again"
    )]
    Layout {
        /// Position of the first layout field that differs.
        index: usize,
        /// Layout field in the file.
        found: String,
        /// Layout field that the features produce.
        expected: String,
    },
    /// A network that fits neither the layout nor the allocation.
    #[error("network {part}: found {found}, expected {expected}; train again")]
    Network {
        /// Part of the network: `n_inputs`, `layer 2`, `head`.
        part: String,
        /// Size or head found.
        found: String,
        /// Size or head expected.
        expected: String,
    },
    /// A tensor that is missing, unknown, misshapen, of another type or not finite.
    #[error("tensor {name}: found {found}, expected {expected}; train again")]
    Tensor {
        /// Tensor name, with an element index if a single element is at fault.
        name: String,
        /// Shape, type or value found.
        found: String,
        /// Shape, type or value expected.
        expected: String,
    },
    /// A policy made for a market other than this environment's.
    #[error(
        "{part}: found {found} in the policy, expected {expected} (the environment's); use the \
         environment it was trained in"
    )]
    OtherMarket {
        /// First part of the contract that differs: `symbols`, `bar length in seconds`, `signals`,
        /// `features`, `account features`, `allocation`.
        part: &'static str,
        /// Value in the policy.
        found: String,
        /// Value in the environment.
        expected: String,
    },
}
