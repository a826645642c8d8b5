//! Reading, checking and writing of `policy.safetensors`.

use super::{
    FORMAT, FileFault, Head, PolicyFault, PolicyFileError, PolicyHeader, TensorData,
    container::{self, Tensors},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
};

/// A policy as stored in a file: a header, and tensors under the names listed in [`PolicyHeader`].
///
/// ```
/// use shockproof::{agent::{PolicyFile, PolicyHeader}, features::{FeatureSpec, Pipeline}};
/// use shockproof::market::Allocation;
///
/// let specs = [FeatureSpec::LogReturns { window: 1 }];
/// let pipeline = Pipeline::new(&specs, &["BTC".to_owned()])?;
/// let allocation = Allocation::Weights { low: -1.0, high: 1.0, max_gross: 1.0 };
/// let header = PolicyHeader::by_hand(&pipeline, &[], 60, allocation)?;
/// let contrarian = PolicyFile::linear(header, &[-100.0], &[0.0])?;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("policy.safetensors");
/// contrarian.write(&path)?;
/// assert_eq!(PolicyFile::read(&path)?, contrarian);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyFile {
    /// Description of the policy: features, layout, network shape, allocation.
    pub header: PolicyHeader,
    /// Weights by tensor name. The critic is optional, because decisions do not need it.
    pub tensors: BTreeMap<String, TensorData>,
}

impl PolicyFile {
    /// A network without hidden layers: `head(o · weight + bias)`, o the observation.
    ///
    /// Shapes: `weight [n_inputs, n_outputs]` row-major, `bias [n_outputs]`. The exploration noise
    /// has standard deviation 1.
    ///
    /// # Errors
    /// [`PolicyFault`] naming the tensor or the part of the header that does not fit.
    pub fn linear(header: PolicyHeader, weight: &[f32], bias: &[f32]) -> Result<Self, PolicyFault> {
        let tensor = |shape: &[usize], values: &[f32]| TensorData {
            shape: shape.to_vec(),
            values: values.to_vec(),
        };
        let network = &header.network;
        let shape = [network.n_inputs, network.head.n_outputs()];
        let mut tensors = Tensors::from([
            ("actor.0.weight".to_owned(), tensor(&shape, weight)),
            ("actor.0.bias".to_owned(), tensor(&shape[1..], bias)),
        ]);
        if let Head::Gaussian { n_dims, .. } = network.head {
            let log_std = tensor(&[n_dims], &vec![0.0; n_dims]);
            tensors.insert("actor.log_std".to_owned(), log_std);
        }
        let file = Self { header, tensors };
        file.check()?;
        Ok(file)
    }

    /// Reads a policy file and checks its header and tensors.
    ///
    /// Own features are read by name only; [`super::Agent::with_features`] resolves them.
    ///
    /// # Errors
    /// [`PolicyFileError`] naming the file and the cause.
    pub fn read(path: &Path) -> Result<Self, PolicyFileError> {
        std::fs::read(path)
            .map_err(at(path, FileFault::Read))
            .and_then(|bytes| Self::from_bytes(&bytes, path))
    }

    /// Checks the policy, writes it to a temporary file in the same folder and renames that file.
    /// Equal policies give equal bytes.
    ///
    /// # Errors
    /// [`FileFault::Refused`] for a policy that [`PolicyFile::read`] would refuse,
    /// [`FileFault::Write`] from the operating system. In both cases the file at `path`, if any,
    /// is untouched.
    pub fn write(&self, path: &Path) -> Result<(), PolicyFileError> {
        let bytes = self.to_bytes(path)?;
        write_atomically(path, &bytes).map_err(at(path, FileFault::Write))
    }

    /// Serializes the policy to the bytes of its file. `path` appears in errors only.
    ///
    /// # Errors
    /// [`FileFault::Refused`] for a policy that [`PolicyFile::from_bytes`] would refuse.
    pub fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, PolicyFileError> {
        self.check().map_err(at(path, FileFault::Refused))?;
        serde_json::to_string(&self.header)
            .map_err(|e| FileFault::Header(e.to_string()))
            .and_then(|header| container::pack(&header, &self.tensors))
            .map_err(at(path, |fault| fault))
    }

    /// Parses the bytes of a policy file and checks the policy. `path` appears in errors only.
    ///
    /// # Errors
    /// [`PolicyFileError`] naming the cause.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, PolicyFileError> {
        let parse = || {
            let (text, tensors) = container::unpack(bytes)?;
            let header = parse_header(&text)?;
            let file = Self { header, tensors };
            file.check()?;
            Ok(file)
        };
        parse().map_err(at(path, |fault| fault))
    }

    /// Checks the header and every tensor.
    ///
    /// # Errors
    /// [`PolicyFault`] naming the first part that does not fit.
    pub fn check(&self) -> Result<(), PolicyFault> {
        self.header.check()?;
        let mut expected = self.actor_shapes();
        expected.extend(self.critic_shapes());
        for (name, shape) in &expected {
            self.values(name, shape)?;
        }
        match self
            .tensors
            .iter()
            .find(|(name, _)| !expected.contains_key(*name))
        {
            Some((name, tensor)) => {
                let expected = "only the tensors of an actor and a critic";
                Err(unfit(name, format!("shape {:?}", tensor.shape), expected))
            }
            None => Ok(()),
        }
    }

    /// Values of tensor `name`, which must have this `shape`.
    pub(super) fn values(&self, name: &str, shape: &[usize]) -> Result<&[f32], PolicyFault> {
        let expected = format!("shape {shape:?}");
        let Some(tensor) = self.tensors.get(name) else {
            return Err(unfit(name, "nothing".to_owned(), &expected));
        };
        let n_values: usize = shape.iter().product();
        if tensor.shape != shape || tensor.values.len() != n_values {
            let found = format!(
                "shape {:?} of {} numbers",
                tensor.shape,
                tensor.values.len()
            );
            return Err(unfit(name, found, &expected));
        }
        match tensor
            .values
            .iter()
            .enumerate()
            .find(|(_, x)| !x.is_finite())
        {
            Some((i, x)) => {
                let expected = "a finite number (the training diverged)";
                Err(unfit(&format!("{name}[{i}]"), x.to_string(), expected))
            }
            None => Ok(&tensor.values),
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

    /// Tensor shapes that the critic must have, given the widths of its hidden layers, which are
    /// read from its biases; empty without a critic.
    fn critic_shapes(&self) -> BTreeMap<String, Vec<usize>> {
        if !self.tensors.keys().any(|name| name.starts_with("critic.")) {
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

/// Parses the header. Another format version is refused before serde reads the other fields.
fn parse_header(text: &str) -> Result<PolicyHeader, FileFault> {
    #[derive(Deserialize)]
    struct Probe {
        format: u64,
    }
    let unreadable = |e: serde_json::Error| FileFault::Header(e.to_string());
    let Probe { format } = serde_json::from_str(text).map_err(unreadable)?;
    if format != u64::from(FORMAT) {
        return Err(FileFault::Refused(PolicyFault::Format {
            found: format,
            expected: FORMAT,
        }));
    }
    serde_json::from_str(text).map_err(unreadable)
}

fn unfit(name: &str, found: String, expected: &str) -> PolicyFault {
    PolicyFault::Tensor {
        name: name.to_owned(),
        found,
        expected: expected.to_owned(),
    }
}

/// Returns a closure that adds the path to a fault.
fn at<E>(path: &Path, fault: impl Fn(E) -> FileFault) -> impl Fn(E) -> PolicyFileError {
    move |error| PolicyFileError {
        path: path.to_owned(),
        fault: fault(error),
    }
}

/// Writes a file atomically: the file appears complete or not at all.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    #[cfg(unix)]
    {
        // The file gets the user's default permissions: the bot may run under another account.
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

    #[test]
    fn a_write_replaces_the_file_and_leaves_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_atomically(&path, b"old").unwrap();
        write_atomically(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write_atomically(&folder.path().join("no/a.txt"), b"x").is_err());
    }

    fn origin() -> &'static Path {
        Path::new("p.safetensors")
    }

    fn file_fault(bytes: &[u8]) -> FileFault {
        let error = PolicyFile::from_bytes(bytes, origin()).unwrap_err();
        assert!(error.to_string().starts_with("p.safetensors: "), "{error}");
        error.fault
    }

    fn fault(bytes: &[u8]) -> PolicyFault {
        match file_fault(bytes) {
            FileFault::Refused(fault) => fault,
            other => panic!("expected a refusal, found {other:?}"),
        }
    }

    /// Serializes `file` unchecked, with its header text edited.
    fn forged(file: &PolicyFile, edit: impl Fn(&str) -> String) -> Vec<u8> {
        let header = edit(&serde_json::to_string(&file.header).unwrap());
        container::pack(&header, &file.tensors).unwrap()
    }

    #[test]
    fn a_written_file_reads_back_bit_for_bit_and_is_the_same_when_written_twice() {
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
    fn truncated_files_are_refused() {
        let bytes = file().to_bytes(origin()).unwrap();
        for n in 0..bytes.len() {
            let found = file_fault(&bytes[..n]);
            let is_named = matches!(found, FileFault::Truncated { found_bytes, .. }
                if found_bytes == n as u64);
            assert!(is_named, "{n}: {found}");
        }
        let whole = bytes.len() as u64;
        let fault = file_fault(&bytes[..bytes.len() - 1]);
        assert!(matches!(fault, FileFault::Truncated { expected_bytes, .. }
            if expected_bytes == whole));
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let bytes = file().to_bytes(origin()).unwrap();
        for at in 0..bytes.len() {
            let mut corrupted = bytes.clone();
            corrupted[at] ^= 0b100;
            let read = PolicyFile::from_bytes(&corrupted, origin());
            // A flipped bit in the JSON's padding is harmless; only equal content is accepted.
            assert!(read.is_err() || read.unwrap() == file(), "byte {at}");
        }
        let mut weights = bytes;
        let last = weights.len() - 2;
        weights[last] ^= 1;
        let fault = file_fault(&weights);
        assert!(matches!(fault, FileFault::Checksum { .. }), "{fault}");
    }

    #[test]
    fn foreign_files_are_refused_by_name() {
        let not = |bytes: &[u8]| matches!(file_fault(bytes), FileFault::NotSafetensors(_));
        assert!(not(b"timestamp,open,high,low,close\n2000-01-03,1,2,3,4"));
        assert!(not(&[0_u8; 64]));
        let mut longer = file().to_bytes(origin()).unwrap();
        longer.push(0);
        assert!(not(&longer));
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &[0; 4]);
        let foreign = safetensors::serialize([("x", view.unwrap())], None).unwrap();
        assert!(matches!(file_fault(&foreign), FileFault::Foreign));
        let error = PolicyFile::read(Path::new("/nowhere/p.safetensors")).unwrap_err();
        assert!(matches!(error.fault, FileFault::Read(_)), "{error}");
        assert!(
            error.to_string().contains("/nowhere/p.safetensors"),
            "{error}"
        );
    }

    #[test]
    fn unknown_formats_and_features_are_refused_by_name() {
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
        let unknown = swap(r#""features":[]"#, r#""features":[{"Moon":{"phase":2}}]"#);
        let fault = file_fault(&unknown).to_string();
        assert!(
            fault.contains("`Moon`, expected one of `LogReturns`"),
            "{fault}"
        );
        let extra = swap(r#""seed":3"#, r#""seed":3,"luck":1"#);
        assert!(matches!(file_fault(&extra), FileFault::Header(found) if found.contains("luck")));
    }

    #[test]
    fn missing_foreign_and_misshapen_tensors_are_refused_by_name() {
        let refuse = |edit: &dyn Fn(&mut PolicyFile)| {
            let mut file = file();
            edit(&mut file);
            let from_bytes = fault(&forged(&file, str::to_owned));
            let error = file.to_bytes(origin()).unwrap_err();
            let same = matches!(&error.fault, FileFault::Refused(fault) if *fault == from_bytes);
            assert!(same, "writing says {error}, reading {from_bytes}");
            from_bytes.to_string()
        };
        let missing = refuse(&|file| drop(file.tensors.remove("actor.1.weight")));
        let name = "tensor actor.1.weight: found";
        assert!(
            missing.starts_with(&format!("{name} nothing, expected shape [4, 3]")),
            "{missing}"
        );
        let transposed = refuse(&|file| {
            file.tensors.get_mut("actor.1.weight").unwrap().shape = vec![3, 4];
        });
        let expected = format!("{name} shape [3, 4] of 12 numbers, expected shape [4, 3]");
        assert!(transposed.starts_with(&expected), "{transposed}");
        let unknown = refuse(&|file| {
            let unknown = tensor(&[2], &mut scatter());
            file.tensors.insert("actor.3.bias".to_owned(), unknown);
        });
        let expected = "tensor actor.3.bias: found shape [2], expected only the tensors";
        assert!(unknown.starts_with(expected), "{unknown}");
        let infinite = refuse(&|file| {
            file.tensors.get_mut("critic.0.bias").unwrap().values[2] = f32::INFINITY;
        });
        let expected = "tensor critic.0.bias[2]: found inf, expected a finite number";
        assert!(infinite.starts_with(expected), "{infinite}");
        let critic = refuse(&|file| drop(file.tensors.remove("critic.1.weight")));
        assert!(
            critic.starts_with("tensor critic.1.weight: found nothing"),
            "{critic}"
        );
    }

    type Edit<'a> = &'a dyn Fn(&mut PolicyHeader);

    #[test]
    fn inconsistent_headers_are_refused_by_name() {
        let refuse = |edit: &dyn Fn(&mut PolicyHeader)| {
            let mut file = file();
            edit(&mut file.header);
            file.check().unwrap_err()
        };
        let edits: [(Edit<'_>, &str); 5] = [
            (
                &|h| drop(h.layout.market.pop()),
                "normalizer.mean: found 5 numbers, expected 4",
            ),
            (
                &|h| h.normalizer.scale[1] = 0.0,
                "normalizer.scale[1]: found 0",
            ),
            (
                &|h| h.network.n_inputs = 4,
                "network n_inputs: found 4, expected 5",
            ),
            (
                &|h| h.symbols.push("C".to_owned()),
                "network head: found Gaussian",
            ),
            (
                &|h| h.network.hidden = vec![4, 0],
                "network layer 2: found width 0",
            ),
        ];
        for (edit, expected) in edits {
            let message = refuse(edit).to_string();
            assert!(message.starts_with(expected), "{message}");
        }
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
        assert!(matches!(error.fault, FileFault::Write(_)), "{error}");
    }
}
