//! Everything that a policy file or a bar can be refused for, by name.

use crate::market::BarError;
use std::path::PathBuf;

/// A policy file that could not be written or is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFileError {
    /// The operating system refused to read.
    #[error("{path}: cannot read the policy file; check that it exists and is readable")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The operating system refused to write; no partial file is left.
    #[error("{path}: cannot write the policy file; check that its folder exists and is writable")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file ends early.
    #[error(
        "{path}: policy file is truncated: found {found_bytes} bytes, expected {expected_bytes}; copy it again"
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its length.
        found_bytes: u64,
        /// The length that its own header announces (at least).
        expected_bytes: u64,
    },
    /// The bytes are no safetensors file.
    #[error(
        "{path}: not a policy file: found {found}, expected a safetensors file written by shockproof"
    )]
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: String,
    },
    /// A safetensors file of another program.
    #[error(
        "{path}: foreign safetensors file: found no metadata key `shockproof`, expected a policy written by shockproof"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The metadata is not the JSON of a policy header.
    #[error(
        "{path}: unreadable policy header: {found}; train again or use the version that wrote it"
    )]
    Header {
        /// The file.
        path: PathBuf,
        /// What the JSON parser says.
        found: String,
    },
    /// The content does not have the checksum that was written with it.
    #[error(
        "{path}: corrupted policy file: found content sha256 {found}, expected {expected}; copy it again"
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// sha256 of the content.
        found: String,
        /// sha256 in the header.
        expected: String,
    },
    /// Readable, but not a policy that can be used.
    #[error("{path}: policy refused: {fault}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: PolicyFault,
    },
}

/// Why a readable policy cannot be used. Each message says where, what was found, and what was
/// expected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// Written in another format.
    #[error(
        "format: found {found}, expected {expected}; use the library version that wrote the file"
    )]
    Format {
        /// Format of the file.
        found: u64,
        /// Format of this library.
        expected: u32,
    },
    /// A feature that this library does not know.
    #[error(
        "feature {index}: found {found}, expected a feature known to this library; update the library"
    )]
    UnknownFeature {
        /// Position in the list.
        index: usize,
        /// The feature, as written.
        found: String,
    },
    /// Features with parameters that cannot be.
    #[error("features: {found}")]
    Features {
        /// The error of the feature pipeline.
        found: String,
    },
    /// The layout in the file is not the one that its own features produce here.
    #[error(
        "layout field {index}: found {found}, expected {expected}: the file's features produce another observation here; train again"
    )]
    Layout {
        /// Position of the first difference.
        index: usize,
        /// The field in the file.
        found: String,
        /// The field that the features produce.
        expected: String,
    },
    /// A normalizer that does not fit the market features.
    #[error("normalizer.{part}: found {found}, expected {expected}")]
    Normalizer {
        /// `mean` or `scale`, with the index where there is one.
        part: String,
        /// What is there.
        found: String,
        /// What must be.
        expected: String,
    },
    /// A decoding of actions that cannot be.
    #[error("{found}")]
    Allocation {
        /// The error of the allocation.
        found: String,
    },
    /// The network does not take the observation.
    #[error("network: found {found} inputs, expected {expected} (the fields of the layout)")]
    Inputs {
        /// `network.n_inputs`.
        found: usize,
        /// Fields of the layout.
        expected: usize,
    },
    /// A layer of no width.
    #[error("network layer {layer}: found width 0, expected at least 1 (layer 0 is the input)")]
    EmptyLayer {
        /// Position: input, hidden layers, choices, levels.
        layer: usize,
    },
    /// The head does not speak the language of the allocation.
    #[error("network head: found {found}, expected {expected}")]
    Head {
        /// The head.
        found: String,
        /// What the allocation needs.
        expected: String,
    },
    /// A required tensor is not there.
    #[error("tensor {name}: found nothing, expected shape {expected:?}")]
    MissingTensor {
        /// Its name.
        name: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// A tensor that no policy has.
    #[error("tensor {name}: found it, expected only the tensors of an actor and a critic")]
    UnknownTensor {
        /// Its name.
        name: String,
    },
    /// A tensor of another shape.
    #[error("tensor {name}: found shape {found:?}, expected {expected:?}")]
    TensorShape {
        /// Its name.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that the network needs.
        expected: Vec<usize>,
    },
    /// A tensor of another type.
    #[error("tensor {name}: found type {found}, expected F32")]
    TensorType {
        /// Its name.
        name: String,
        /// Its type.
        found: String,
    },
    /// NaN or infinity among the numbers.
    #[error("{name}[{index}]: found {found}, expected a finite number; the training diverged")]
    NonFinite {
        /// The tensor or header field.
        name: String,
        /// Position of the first one.
        index: usize,
        /// What is there.
        found: String,
    },
    /// Made for another market than the one it is asked to trade.
    #[error(
        "{part}: found {found} in the policy, expected {expected} (the environment's); use the environment it was trained in"
    )]
    OtherMarket {
        /// Which part of the contract differs: `symbols`, `bar length`, `signals`, `features`,
        /// `account features`, `allocation`.
        part: &'static str,
        /// The policy's.
        found: String,
        /// The environment's.
        expected: String,
    },
}

/// A bar or an account that the agent refuses. Nothing was committed: the same row may be sent
/// again, corrected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// Another number of bars than assets.
    #[error(
        "bars ending {end}: found {found} bars, expected {expected}, one per asset in the order of the policy"
    )]
    BarCount {
        /// End of the bars.
        end: String,
        /// Bars given.
        found: usize,
        /// Assets of the policy.
        expected: usize,
    },
    /// A bar that cannot be: a price that is NaN, infinite, zero or negative, high < low, ...
    #[error("{symbol} bar ending {end}: {fault}; ask the feed again")]
    Bar {
        /// The asset.
        symbol: String,
        /// End of the bar.
        end: String,
        /// What is wrong with it.
        fault: BarError,
    },
    /// Another number of signals than the policy reads.
    #[error(
        "signals at {end}: found {found}, expected {}, one for each of {expected:?}, in that order",
        expected.len()
    )]
    SignalCount {
        /// End of the bars.
        end: String,
        /// Signals given.
        found: usize,
        /// Names of the policy's.
        expected: Vec<String>,
    },
    /// A signal that is no number.
    #[error("signal {name} at {end}: found {found}, expected a finite number; ask the feed again")]
    Signal {
        /// The signal.
        name: String,
        /// End of the bars.
        end: String,
        /// What was given.
        found: f64,
    },
    /// A bar that was already seen.
    #[error("bars ending {end}: found a duplicate, expected an end after {last}; drop it")]
    Duplicate {
        /// End of the bars.
        end: String,
        /// End of the last accepted bars.
        last: String,
    },
    /// A bar from the past.
    #[error("bars ending {end}: found out of order, expected an end after {last}; sort the feed")]
    OutOfOrder {
        /// End of the bars.
        end: String,
        /// End of the last accepted bars.
        last: String,
    },
    /// An account that does not fit the policy.
    #[error("account {field} at {end}: found {found}, expected {expected}")]
    Account {
        /// The part of the account.
        field: &'static str,
        /// End of the bars.
        end: String,
        /// What was given.
        found: String,
        /// What must be.
        expected: String,
    },
    /// The features or the network produced NaN or infinity.
    #[error(
        "decision at {end}: found {name} = {found}, expected a finite number; keep the present position"
    )]
    NonFinite {
        /// End of the bars.
        end: String,
        /// The field or the output.
        name: String,
        /// What was computed.
        found: f64,
    },
    /// The network's answer is no action of the policy's allocation.
    #[error("decision at {end}: found an action that the allocation refuses; train again")]
    Undecodable {
        /// End of the bars.
        end: String,
    },
}
