//! `policy.safetensors`: writing it in one piece, and refusing everything that is not it.

use super::{FORMAT, Head, PolicyFault, PolicyFileError, PolicyHeader};
use crate::features::FeatureSpec;
use safetensors::{Dtype, SafeTensors, tensor::Metadata, tensor::TensorView};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

/// Key of the header in the safetensors metadata.
const KEY: &str = "shockproof";
/// Largest safetensors header that the format admits.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// One tensor of a policy file.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorData {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, row-major.
    pub values: Vec<f32>,
}

/// A policy as it travels: a header and tensors by name (see [`PolicyHeader`] for the names).
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFile {
    /// What the weights mean.
    pub header: PolicyHeader,
    /// The weights. The critic may be absent: a decision does not need it.
    pub tensors: BTreeMap<String, TensorData>,
}

impl PolicyFile {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// [`PolicyFileError`] naming the file and what it is refused for.
    pub fn read(path: &Path) -> Result<Self, PolicyFileError> {
        let bytes = std::fs::read(path).map_err(|source| PolicyFileError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(&bytes, path)
    }

    /// Checks and writes: to a temporary file in the same folder first, then renamed. The same
    /// policy gives the same bytes.
    ///
    /// # Errors
    /// [`PolicyFileError::Refused`] for a policy that [`PolicyFile::read`] would refuse,
    /// [`PolicyFileError::Write`] from the operating system. Either way the file at `path`, if any,
    /// is untouched.
    pub fn write(&self, path: &Path) -> Result<(), PolicyFileError> {
        let bytes = self.to_bytes(path)?;
        write_in_one_piece(path, &bytes).map_err(|source| PolicyFileError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// The bytes of the file. `path` appears in errors only.
    ///
    /// # Errors
    /// [`PolicyFileError::Refused`] for a policy that [`PolicyFile::from_bytes`] would refuse.
    pub fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, PolicyFileError> {
        self.check().map_err(refused(path))?;
        let header_error = |found: String| PolicyFileError::Header {
            path: path.to_owned(),
            found,
        };
        let header =
            serde_json::to_string(&self.header).map_err(|e| header_error(e.to_string()))?;
        let raw: BTreeMap<&str, Vec<u8>> = self
            .tensors
            .iter()
            .map(|(name, t)| (name.as_str(), to_little_endian(&t.values)))
            .collect();
        let sha256 = checksum(&header, raw.iter().map(|(&name, bytes)| (name, &bytes[..])));
        let mut views = Vec::with_capacity(raw.len());
        for ((&name, bytes), tensor) in raw.iter().zip(self.tensors.values()) {
            let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes)
                .map_err(|e| header_error(format!("tensor {name}: {e}")))?;
            views.push((name, view));
        }
        let metadata = std::iter::once((KEY.to_owned(), seal(&sha256, &header))).collect();
        safetensors::serialize(views, Some(metadata)).map_err(|e| header_error(e.to_string()))
    }

    /// Parses and checks. `path` appears in errors only.
    ///
    /// # Errors
    /// [`PolicyFileError`] naming what the bytes are refused for.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, PolicyFileError> {
        let metadata = read_metadata(bytes, path)?;
        let container =
            SafeTensors::deserialize(bytes).map_err(|e| not_safetensors(path, e.to_string()))?;
        let sealed = metadata
            .metadata()
            .as_ref()
            .and_then(|map| map.get(KEY))
            .ok_or_else(|| PolicyFileError::Foreign {
                path: path.to_owned(),
            })?;
        let (expected, text) = unseal(sealed).ok_or_else(|| PolicyFileError::Header {
            path: path.to_owned(),
            found: "no `sha256` and `header` in the metadata".to_owned(),
        })?;
        let views: BTreeMap<String, TensorView<'_>> = container.tensors().into_iter().collect();
        let found = checksum(
            text,
            views.iter().map(|(name, v)| (name.as_str(), v.data())),
        );
        if found != expected {
            return Err(PolicyFileError::Checksum {
                path: path.to_owned(),
                found,
                expected: expected.to_owned(),
            });
        }
        let header = parse_header(text, path)?;
        let mut tensors = BTreeMap::new();
        for (name, view) in views {
            let tensor = to_tensor(&name, &view).map_err(refused(path))?;
            tensors.insert(name, tensor);
        }
        let file = Self { header, tensors };
        file.check().map_err(refused(path))?;
        Ok(file)
    }

    /// Checks the header and every tensor.
    ///
    /// # Errors
    /// [`PolicyFault`] naming the first thing that cannot be.
    pub fn check(&self) -> Result<(), PolicyFault> {
        self.header.check()?;
        let mut expected = self.actor_shapes();
        expected.extend(self.critic_shapes());
        for (name, shape) in &expected {
            self.tensor(name, shape)?;
        }
        match self
            .tensors
            .keys()
            .find(|&name| !expected.contains_key(name))
        {
            Some(name) => Err(PolicyFault::UnknownTensor { name: name.clone() }),
            None => Ok(()),
        }
    }

    /// A copy of the numbers of tensor `name`, which must have this shape.
    pub(super) fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, PolicyFault> {
        Ok(self.tensor(name, shape)?.values.clone())
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<&TensorData, PolicyFault> {
        let tensor = self
            .tensors
            .get(name)
            .ok_or_else(|| PolicyFault::MissingTensor {
                name: name.to_owned(),
                expected: shape.to_vec(),
            })?;
        let n_values: usize = shape.iter().product();
        if tensor.shape != shape || tensor.values.len() != n_values {
            return Err(PolicyFault::TensorShape {
                name: name.to_owned(),
                found: tensor.shape.clone(),
                expected: shape.to_vec(),
            });
        }
        match tensor.values.iter().position(|x| !x.is_finite()) {
            Some(index) => Err(PolicyFault::NonFinite {
                name: name.to_owned(),
                index,
                found: tensor.values[index].to_string(),
            }),
            None => Ok(tensor),
        }
    }

    fn actor_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let network = &self.header.network;
        let mut shapes = layer_shapes("actor", network.layer_sizes());
        if let Head::Gaussian { n_dims, .. } = network.head {
            shapes.insert("actor.log_std".to_owned(), vec![n_dims]);
        }
        shapes
    }

    /// The chain `n_inputs` → ... → 1 that the critic's own biases announce; empty without a
    /// critic.
    fn critic_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        let is_critic = |name: &&String| name.starts_with("critic.");
        if !self.tensors.keys().any(|name| is_critic(&name)) {
            return BTreeMap::new();
        }
        let width = |i: usize| {
            let bias = self.tensors.get(&format!("critic.{i}.bias"))?;
            bias.shape.first().copied()
        };
        let mut outputs: Vec<usize> = (0..).map_while(width).collect();
        outputs.pop();
        outputs.push(1);
        let inputs = std::iter::once(self.header.network.n_inputs).chain(outputs.iter().copied());
        layer_shapes("critic", inputs.zip(outputs.iter().copied()).collect())
    }
}

fn layer_shapes(part: &str, sizes: Vec<(usize, usize)>) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = BTreeMap::new();
    for (i, (n_in, n_out)) in sizes.into_iter().enumerate() {
        shapes.insert(format!("{part}.{i}.weight"), vec![n_in, n_out]);
        shapes.insert(format!("{part}.{i}.bias"), vec![n_out]);
    }
    shapes
}

/// The safetensors header alone, with the length of the file checked against what it announces.
fn read_metadata(bytes: &[u8], path: &Path) -> Result<Metadata, PolicyFileError> {
    let found_bytes = bytes.len() as u64;
    let truncated = |expected_bytes: u64| PolicyFileError::Truncated {
        path: path.to_owned(),
        found_bytes,
        expected_bytes,
    };
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(truncated(8));
    };
    let header_bytes = u64::from_le_bytes(*length);
    if header_bytes > MAX_HEADER_BYTES || rest.first().is_some_and(|&first| first != b'{') {
        return Err(not_safetensors(path, "other leading bytes".to_owned()));
    }
    let header = usize::try_from(header_bytes)
        .ok()
        .and_then(|n| rest.get(..n))
        .ok_or_else(|| truncated(8 + header_bytes))?;
    let metadata: Metadata = serde_json::from_slice(header)
        .map_err(|e| not_safetensors(path, format!("an unreadable tensor list ({e})")))?;
    let n_data = metadata.data_len() as u64;
    let expected_bytes = 8 + header_bytes + n_data;
    if found_bytes < expected_bytes {
        return Err(truncated(expected_bytes));
    }
    if found_bytes > expected_bytes {
        let beyond = format!(
            "{} bytes beyond the last tensor",
            found_bytes - expected_bytes
        );
        return Err(not_safetensors(path, beyond));
    }
    Ok(metadata)
}

/// The header, with the two refusals that a version change makes likely named before serde sees the
/// rest.
fn parse_header(text: &str, path: &Path) -> Result<PolicyHeader, PolicyFileError> {
    #[derive(Deserialize)]
    struct Probe {
        format: u64,
        #[serde(default)]
        features: Vec<serde_json::Value>,
    }
    let unreadable = |e: serde_json::Error| PolicyFileError::Header {
        path: path.to_owned(),
        found: e.to_string(),
    };
    let probe: Probe = serde_json::from_str(text).map_err(unreadable)?;
    if probe.format != u64::from(FORMAT) {
        return Err(refused(path)(PolicyFault::Format {
            found: probe.format,
            expected: FORMAT,
        }));
    }
    for (index, feature) in probe.features.iter().enumerate() {
        if FeatureSpec::deserialize(feature).is_err() {
            return Err(refused(path)(PolicyFault::UnknownFeature {
                index,
                found: feature.to_string(),
            }));
        }
    }
    serde_json::from_str(text).map_err(unreadable)
}

fn to_tensor(name: &str, view: &TensorView<'_>) -> Result<TensorData, PolicyFault> {
    if view.dtype() != Dtype::F32 {
        return Err(PolicyFault::TensorType {
            name: name.to_owned(),
            found: view.dtype().to_string(),
        });
    }
    let (words, _) = view.data().as_chunks::<4>();
    Ok(TensorData {
        shape: view.shape().to_vec(),
        values: words.iter().map(|&word| f32::from_le_bytes(word)).collect(),
    })
}

fn to_little_endian(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|x| x.to_le_bytes()).collect()
}

/// Hex sha256 over the header's text and each tensor's name and bytes, in name order, each preceded
/// by its length.
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

/// JSON of checksum and header in a fixed form, so that the reader hashes the very text that was
/// written.
fn seal(sha256: &str, header: &str) -> String {
    [SEAL.0, sha256, SEAL.1, header, SEAL.2].concat()
}

fn unseal(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(SEAL.0)?
        .strip_suffix(SEAL.2)?
        .split_once(SEAL.1)
}

fn refused(path: &Path) -> impl Fn(PolicyFault) -> PolicyFileError {
    move |fault| PolicyFileError::Refused {
        path: path.to_owned(),
        fault,
    }
}

fn not_safetensors(path: &Path, found: String) -> PolicyFileError {
    PolicyFileError::NotSafetensors {
        path: path.to_owned(),
        found,
    }
}

fn write_in_one_piece(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // As any other file of the user, not as a secret one: the bot may run under another
        // account.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::tests::*, *};
    use crate::agent::Activation;

    fn file() -> PolicyFile {
        random_file(&[4, 3], Activation::Tanh, GAUSSIAN)
    }

    fn origin() -> &'static Path {
        Path::new("p.safetensors")
    }

    fn fault(bytes: &[u8]) -> PolicyFault {
        match PolicyFile::from_bytes(bytes, origin()) {
            Err(PolicyFileError::Refused { fault, .. }) => fault,
            other => panic!("expected a refusal, found {other:?}"),
        }
    }

    /// Serializes without any check, with a header edited as text.
    fn forged(file: &PolicyFile, edit: impl Fn(&str) -> String) -> Vec<u8> {
        let header = edit(&serde_json::to_string(&file.header).unwrap());
        let raw: BTreeMap<&str, Vec<u8>> = (file.tensors.iter())
            .map(|(name, t)| (name.as_str(), to_little_endian(&t.values)))
            .collect();
        let sha = checksum(&header, raw.iter().map(|(&n, b)| (n, &b[..])));
        let views = raw
            .iter()
            .zip(file.tensors.values())
            .map(|((&n, b), t)| (n, TensorView::new(Dtype::F32, t.shape.clone(), b).unwrap()));
        let metadata = std::iter::once((KEY.to_owned(), seal(&sha, &header))).collect();
        safetensors::serialize(views, Some(metadata)).unwrap()
    }

    #[test]
    fn what_is_written_is_read_bit_for_bit_and_twice_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.safetensors");
        file().write(&path).unwrap();
        let first = std::fs::read(&path).unwrap();
        assert_eq!(PolicyFile::read(&path).unwrap(), file());
        file().write(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn every_truncation_is_called_one() {
        let bytes = file().to_bytes(origin()).unwrap();
        for n in 0..bytes.len() {
            let found = PolicyFile::from_bytes(&bytes[..n], origin()).unwrap_err();
            let is_named = matches!(found, PolicyFileError::Truncated { found_bytes, .. }
                if found_bytes == n as u64);
            assert!(is_named, "{n}: {found}");
        }
        let whole = bytes.len() as u64;
        let error = PolicyFile::from_bytes(&bytes[..bytes.len() - 1], origin()).unwrap_err();
        assert!(
            matches!(error, PolicyFileError::Truncated { expected_bytes, .. }
            if expected_bytes == whole)
        );
    }

    #[test]
    fn no_flipped_bit_is_traded() {
        let bytes = file().to_bytes(origin()).unwrap();
        for at in 0..bytes.len() {
            let mut corrupted = bytes.clone();
            corrupted[at] ^= 0b100;
            let read = PolicyFile::from_bytes(&corrupted, origin());
            // A flip in the JSON's padding changes nothing; only equal content is accepted.
            assert!(read.is_err() || read.unwrap() == file(), "byte {at}");
        }
        let mut weights = bytes;
        let last = weights.len() - 2;
        weights[last] ^= 1;
        let error = PolicyFile::from_bytes(&weights, origin()).unwrap_err();
        assert!(matches!(error, PolicyFileError::Checksum { .. }), "{error}");
    }

    #[test]
    fn other_files_are_named() {
        let not = |bytes: &[u8]| {
            matches!(
                PolicyFile::from_bytes(bytes, origin()),
                Err(PolicyFileError::NotSafetensors { .. })
            )
        };
        assert!(not(b"timestamp,open,high,low,close\n2000-01-03,1,2,3,4"));
        assert!(not(&[0_u8; 64]));
        let mut longer = file().to_bytes(origin()).unwrap();
        longer.push(0);
        assert!(not(&longer));
        let views = [("x", TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap())];
        let foreign = safetensors::serialize(views, None).unwrap();
        let error = PolicyFile::from_bytes(&foreign, origin()).unwrap_err();
        assert!(matches!(error, PolicyFileError::Foreign { .. }), "{error}");
        let error = PolicyFile::read(Path::new("/nowhere/p.safetensors")).unwrap_err();
        assert!(matches!(error, PolicyFileError::Read { .. }), "{error}");
    }

    #[test]
    fn other_formats_and_features_are_named() {
        let swap = |from: &'static str, to: &'static str| {
            forged(&file(), |header| {
                assert!(header.contains(from));
                header.replacen(from, to, 1)
            })
        };
        let other = PolicyFault::Format {
            found: 7,
            expected: FORMAT,
        };
        assert_eq!(fault(&swap(r#""format":1"#, r#""format":7"#)), other);
        let unknown = fault(&swap(
            r#""features":[]"#,
            r#""features":[{"Moon":{"phase":2}}]"#,
        ));
        assert!(
            matches!(unknown, PolicyFault::UnknownFeature { index: 0, .. }),
            "{unknown}"
        );
        let extra = swap(r#""seed":3"#, r#""seed":3,"luck":1"#);
        let error = PolicyFile::from_bytes(&extra, origin()).unwrap_err();
        assert!(matches!(&error, PolicyFileError::Header { found, .. } if found.contains("luck")));
    }

    #[test]
    fn tensors_that_are_missing_foreign_or_misshapen_are_named() {
        let refuse = |edit: &dyn Fn(&mut PolicyFile)| {
            let mut file = file();
            edit(&mut file);
            let from_bytes = fault(&forged(&file, str::to_owned));
            let error = file.to_bytes(origin()).unwrap_err();
            let same =
                matches!(&error, PolicyFileError::Refused { fault, .. } if *fault == from_bytes);
            assert!(same, "writing says {error}, reading {from_bytes}");
            from_bytes
        };
        let name = "actor.1.weight".to_owned();
        let missing = refuse(&|file| drop(file.tensors.remove("actor.1.weight")));
        let expected = vec![4, 3];
        assert_eq!(
            missing,
            PolicyFault::MissingTensor {
                name: name.clone(),
                expected
            }
        );
        let transposed = refuse(&|file| {
            file.tensors.get_mut("actor.1.weight").unwrap().shape = vec![3, 4];
        });
        let (found, expected) = (vec![3, 4], vec![4, 3]);
        assert_eq!(
            transposed,
            PolicyFault::TensorShape {
                name,
                found,
                expected
            }
        );
        let unknown = refuse(&|file| {
            file.tensors
                .insert("actor.3.bias".to_owned(), tensor(&[2], &mut scatter()));
        });
        assert!(matches!(unknown, PolicyFault::UnknownTensor { name } if name == "actor.3.bias"));
        let infinite = refuse(&|file| {
            file.tensors.get_mut("critic.0.bias").unwrap().values[2] = f32::INFINITY;
        });
        assert!(
            matches!(infinite, PolicyFault::NonFinite { name, index: 2, .. } if name == "critic.0.bias")
        );
        let critic = refuse(&|file| drop(file.tensors.remove("critic.1.weight")));
        assert!(
            matches!(critic, PolicyFault::MissingTensor { name, .. } if name == "critic.1.weight")
        );
    }

    #[test]
    fn headers_that_contradict_themselves_are_named() {
        let refuse = |edit: &dyn Fn(&mut PolicyHeader)| {
            let mut file = file();
            edit(&mut file.header);
            file.check().unwrap_err()
        };
        assert!(matches!(
            refuse(&|h| drop(h.layout.market.pop())),
            PolicyFault::Normalizer { .. }
        ));
        assert!(matches!(
            refuse(&|h| h.normalizer.scale[1] = 0.0),
            PolicyFault::Normalizer { part, .. } if part == "scale[1]"
        ));
        let fewer = PolicyFault::Inputs {
            found: 4,
            expected: 5,
        };
        assert_eq!(refuse(&|h| h.network.n_inputs = 4), fewer);
        assert!(matches!(
            refuse(&|h| h.symbols.push("C".to_owned())),
            PolicyFault::Head { .. }
        ));
        assert!(matches!(
            refuse(&|h| h.network.hidden = vec![4, 0]),
            PolicyFault::EmptyLayer { layer: 2 }
        ));
    }

    #[test]
    fn a_refused_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.safetensors");
        file().write(&path).unwrap();
        let mut broken = file();
        broken.tensors.get_mut("actor.0.bias").unwrap().values[0] = f32::NAN;
        assert!(broken.write(&path).is_err());
        assert_eq!(PolicyFile::read(&path).unwrap(), file());
        let error = file().write(&folder.path().join("no/such/p")).unwrap_err();
        assert!(matches!(error, PolicyFileError::Write { .. }), "{error}");
    }
}
