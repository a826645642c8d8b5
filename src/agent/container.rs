//! Bytes of a policy file: a safetensors file whose metadata holds a sealed header.

use super::{FileFault, PolicyFault};
use safetensors::{Dtype, SafeTensors, tensor::Metadata, tensor::TensorView};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt::Write as _};

/// Key of the header in the safetensors metadata.
const KEY: &str = "shockproof";
/// Largest safetensors header that the format admits. Unit: bytes.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// One tensor of a policy file.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorData {
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// Elements, row-major.
    pub values: Vec<f32>,
}

pub(super) type Tensors = BTreeMap<String, TensorData>;

/// Serializes a header and its tensors. Equal content gives equal bytes.
pub(super) fn pack(header: &str, tensors: &Tensors) -> Result<Vec<u8>, FileFault> {
    let little_endian =
        |tensor: &TensorData| tensor.values.iter().flat_map(|x| x.to_le_bytes()).collect();
    let raw: Vec<Vec<u8>> = tensors.values().map(little_endian).collect();
    let names = || tensors.keys().map(String::as_str);
    let sha256 = checksum(header, names().zip(raw.iter().map(Vec::as_slice)));
    let mut views = Vec::with_capacity(raw.len());
    for ((name, tensor), bytes) in tensors.iter().zip(&raw) {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)
            .map_err(|e| FileFault::Header(format!("tensor {name}: {e}")))?;
        views.push((name, view));
    }
    let metadata = std::iter::once((KEY.to_owned(), seal(&sha256, header))).collect();
    safetensors::serialize(views, Some(metadata)).map_err(|e| FileFault::Header(e.to_string()))
}

/// Reads the header and the tensors in `bytes` after checking length and checksum.
pub(super) fn unpack(bytes: &[u8]) -> Result<(String, Tensors), FileFault> {
    let metadata = read_metadata(bytes)?;
    let container =
        SafeTensors::deserialize(bytes).map_err(|e| FileFault::NotSafetensors(e.to_string()))?;
    let sealed = metadata.metadata().as_ref().and_then(|map| map.get(KEY));
    let (expected, header) = unseal(sealed.ok_or(FileFault::Foreign)?)
        .ok_or_else(|| FileFault::Header("no `sha256` and `header` in the metadata".to_owned()))?;
    let views: BTreeMap<String, TensorView<'_>> = container.tensors().into_iter().collect();
    let raw = views
        .iter()
        .map(|(name, view)| (name.as_str(), view.data()));
    let found = checksum(header, raw);
    if found != expected {
        return Err(FileFault::Checksum {
            found,
            expected: expected.to_owned(),
        });
    }
    let mut tensors = Tensors::new();
    for (name, view) in views {
        let tensor = to_tensor(&name, &view)?;
        tensors.insert(name, tensor);
    }
    Ok((header.to_owned(), tensors))
}

/// Parses the safetensors header and checks the file length that it announces.
fn read_metadata(bytes: &[u8]) -> Result<Metadata, FileFault> {
    let found_bytes = bytes.len() as u64;
    let truncated = |expected_bytes: u64| FileFault::Truncated {
        found_bytes,
        expected_bytes,
    };
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or(truncated(8))?;
    let header_bytes = u64::from_le_bytes(*length);
    if header_bytes > MAX_HEADER_BYTES || rest.first().is_some_and(|&first| first != b'{') {
        return Err(FileFault::NotSafetensors("other leading bytes".to_owned()));
    }
    let header = usize::try_from(header_bytes)
        .ok()
        .and_then(|n| rest.get(..n))
        .ok_or_else(|| truncated(8 + header_bytes))?;
    let metadata: Metadata = serde_json::from_slice(header)
        .map_err(|e| FileFault::NotSafetensors(format!("an unreadable tensor list ({e})")))?;
    let expected_bytes = 8 + header_bytes + metadata.data_len() as u64;
    if found_bytes > expected_bytes {
        let n_beyond = found_bytes - expected_bytes;
        let found = format!("{n_beyond} bytes beyond the last tensor");
        return Err(FileFault::NotSafetensors(found));
    }
    if found_bytes < expected_bytes {
        return Err(truncated(expected_bytes));
    }
    Ok(metadata)
}

fn to_tensor(name: &str, view: &TensorView<'_>) -> Result<TensorData, PolicyFault> {
    if view.dtype() != Dtype::F32 {
        return Err(PolicyFault::Tensor {
            name: name.to_owned(),
            found: format!("type {}", view.dtype()),
            expected: "type F32".to_owned(),
        });
    }
    let (words, _) = view.data().as_chunks::<4>();
    Ok(TensorData {
        shape: view.shape().to_vec(),
        values: words.iter().map(|&word| f32::from_le_bytes(word)).collect(),
    })
}

/// Hex sha256 over the header text, then name and bytes of each tensor in name order; each item is
/// preceded by its length.
fn checksum<'a>(header: &str, tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut hasher = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(header.as_bytes());
    for (name, bytes) in tensors {
        add(name.as_bytes());
        add(bytes);
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}

const SEAL: (&str, &str, &str) = (r#"{"sha256":""#, r#"","header":"#, "}");

/// JSON of checksum and header in a fixed form, so that the reader hashes the text as written.
fn seal(sha256: &str, header: &str) -> String {
    [SEAL.0, sha256, SEAL.1, header, SEAL.2].concat()
}

fn unseal(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(SEAL.0)?
        .strip_suffix(SEAL.2)?
        .split_once(SEAL.1)
}
