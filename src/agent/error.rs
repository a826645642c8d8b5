//! Refusals of policy files and policies. Each message names place, found, expected and remedy.

use crate::{features::FeatureError, market::AllocationError, own::OwnError};
use std::path::PathBuf;

/// A policy file that cannot be written or read, or is refused.
#[derive(Debug, thiserror::Error)]
#[error("{}: {fault}", path.display())]
pub struct PolicyFileError {
    /// The file.
    pub path: PathBuf,
    /// Cause of the error.
    pub fault: FileFault,
}

/// The cause of a [`PolicyFileError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// A read error of the operating system.
    #[error("cannot read the policy file: {0}; check that it exists and is readable")]
    Read(std::io::Error),
    /// A write error of the operating system; no partial file is left.
    #[error("cannot write the policy file: {0}; check that its folder exists and is writable")]
    Write(std::io::Error),
    /// The file ends early.
    #[error(
        "policy file is truncated: found {found_bytes} bytes, expected {expected_bytes}; copy it \
         again"
    )]
    Truncated {
        /// Length of the file.
        found_bytes: u64,
        /// Smallest length according to the header of the file.
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

/// The cause of the refusal of a readable policy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// Another version of the file format.
    #[error(
        "format: found {found}, expected {expected}; use the library version that wrote the file"
    )]
    Format {
        /// Format of the file.
        found: u64,
        /// Format of this library.
        expected: u32,
    },
    /// A feature from outside the crate that is not on the shelf.
    #[error("feature {index}: {fault}; bring it on a shelf: `Agent::with_features(&file, &shelf)`")]
    OwnFeature {
        /// Position in the list.
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
    /// A layout in the file that its own features do not produce here.
    #[error(
        "layout field {index}: found {found}, expected {expected}: the file's features produce \
         another observation here; train again"
    )]
    Layout {
        /// Position of the first difference.
        index: usize,
        /// The field in the file.
        found: String,
        /// The field that the features produce.
        expected: String,
    },
    /// A network that fits neither the layout nor the allocation.
    #[error("network {part}: found {found}, expected {expected}; train again")]
    Network {
        /// `n_inputs`, `layer 2`, `head`.
        part: String,
        /// Part found.
        found: String,
        /// Expected part.
        expected: String,
    },
    /// A tensor that is missing, unknown, misshapen, of another type or not finite.
    #[error("tensor {name}: found {found}, expected {expected}; train again")]
    Tensor {
        /// Its name, with the index of a single number.
        name: String,
        /// Tensor found.
        found: String,
        /// Expected tensor.
        expected: String,
    },
    /// A policy made for another market than this environment's.
    #[error(
        "{part}: found {found} in the policy, expected {expected} (the environment's); use the \
         environment it was trained in"
    )]
    OtherMarket {
        /// The first part of the contract that differs: `symbols`, `bar length`, `signals`,
        /// `features`, `account features`, `allocation`.
        part: &'static str,
        /// Part of the policy.
        found: String,
        /// Part of the environment.
        expected: String,
    },
}
